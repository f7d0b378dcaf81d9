package graph

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A Quad is a fact and its claim, as terms. See the SDL.
type Quad struct {
	view  *View
	nodes *cohort // of the page: all nodes that its quads name
	quad  store.Quad
}

// Subject returns what it is about.
func (q *Quad) Subject() *Term { return &Term{q.nodes, q.quad.Subject} }

// Predicate returns which property.
func (q *Quad) Predicate() *Term { return &Term{q.nodes, q.quad.Predicate} }

// Object returns its value.
func (q *Quad) Object() *Term { return &Term{q.nodes, q.quad.Object} }

// Label returns the claim as a term, nil if there is none.
func (q *Quad) Label() *Term {
	if q.quad.Label == nil {
		return nil
	}
	return &Term{q.nodes, q.quad.Label}
}

// A Term is an IRI, a blank node or a literal. See the SDL.
type Term struct {
	nodes *cohort
	term  store.Term
}

// Value returns the bare text.
func (t *Term) Value() string { return store.Text(t.term) }

// A TermKind says what a term is. See the SDL.
type TermKind string

// Kind tells what the term is.
func (t *Term) Kind() TermKind {
	switch t.term.(type) {
	case store.IRI:
		return "IRI"
	case store.BlankNode:
		return "BLANK"
	}
	return "LITERAL"
}

// Datatype returns a literal's datatype, nil for other terms.
func (t *Term) Datatype() *string {
	var s string
	switch x := t.term.(type) {
	case store.IRI, store.BlankNode:
		return nil
	case store.LangString:
		s = vocab.RdfLangString
	case store.TypedString:
		s = string(x.Type)
	default:
		s = vocab.XsdString
	}
	return &s
}

// Language returns a literal's language, nil if it has none.
func (t *Term) Language() *string {
	if x, ok := t.term.(store.LangString); ok {
		return &x.Lang
	}
	return nil
}

// Nquads returns the term as N-Quads has it.
func (t *Term) Nquads() string { return store.FormatTerm(t.term) }

// Node returns the node that the term names, nil if it names none.
func (t *Term) Node(ctx context.Context) (Node, error) {
	iri, ok := t.term.(store.IRI)
	if !ok {
		return nil, nil
	}
	found, err := pick[Node](ctx, t.nodes, []ID{ID(iri)})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// QuadConnection is a page of quads.
type (
	QuadConnection = Connection[*Quad, *QuadEdge]
	QuadEdge       = Edge[*Quad]
)

// A QuadPattern matches the quads that have its terms, written as [parseTerm] reads them; a nil one matches any.
type QuadPattern struct{ Subject, Predicate, Object, Label *string }

// Quads returns a page of the quads that match a pattern, in the store's order. It reads the page and no
// more.
func (v *View) Quads(ctx context.Context, in QuadPattern, p Page) (*QuadConnection, error) {
	var pattern store.Pattern
	for _, x := range []struct {
		argument string
		text     *string
		term     *store.Term
	}{{"subject", in.Subject, &pattern.Subject}, {"predicate", in.Predicate, &pattern.Predicate}, {"object", in.Object, &pattern.Object}, {"label", in.Label, &pattern.Label}} {
		if x.text != nil {
			t, err := parseTerm(x.argument, *x.text)
			if err != nil {
				return nil, err
			}
			*x.term = t
		}
	}
	limit, backwards, err := p.limit()
	if err != nil {
		return nil, err
	}
	o := order{name: "quads"}
	bounds := map[string]*store.Quad{}
	for _, x := range p.cursors() {
		k, err := o.parse(x.argument, x.text, 4)
		if err != nil {
			return nil, err
		}
		if bounds[x.argument], err = quadOf(x.argument, k); err != nil {
			return nil, err
		}
	}
	cut := store.Cut{After: bounds["after"], Before: bounds["before"], Limit: limit + 1, Backwards: backwards}
	quads, err := v.store.Page(ctx, pattern, cut)
	if errors.Is(err, store.ErrUnknownTerm) {
		return nil, invalid("after", "this is no cursor of a list of quads here; give one from this list")
	}
	if err != nil {
		return nil, err
	}
	more := len(quads) > limit
	quads = quads[:min(limit, len(quads))]
	if backwards {
		slices.Reverse(quads)
	}
	c := &QuadConnection{PageInfo: &PageInfo{HasNextPage: more || cut.Before != nil, HasPreviousPage: cut.After != nil}}
	if backwards {
		c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage = cut.Before != nil, more || cut.After != nil
	}
	c.total = func(ctx context.Context) (int, error) { return v.store.Count(ctx, pattern) }
	nodes := v.nodesIn(quads)
	c.Edges = make([]*QuadEdge, len(quads))
	for i, q := range quads {
		c.Edges[i] = &QuadEdge{o.cursor(quadKey(q)), &Quad{v, nodes, q}}
	}
	if n := len(c.Edges); n > 0 {
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Edges[0].Cursor, &c.Edges[n-1].Cursor
	}
	return c, nil
}

// nodesIn is the cohort of all nodes that quads name.
func (v *View) nodesIn(quads []store.Quad) *cohort {
	var ids []ID
	for _, q := range quads {
		for _, t := range []store.Term{q.Subject, q.Predicate, q.Object, q.Label} {
			if iri, ok := t.(store.IRI); ok {
				ids = append(ids, ID(iri))
			}
		}
	}
	return v.cohort(ids)
}

func quadKey(q store.Quad) key {
	k := make(key, 4)
	for i, t := range []store.Term{q.Subject, q.Predicate, q.Object, q.Label} {
		if t != nil {
			k[i] = store.FormatTerm(t)
		}
	}
	return k
}

func quadOf(argument string, k key) (*store.Quad, error) {
	var terms [4]store.Term
	for i, s := range k {
		if s == "" && i == 3 {
			break
		}
		t, err := store.ParseTerm(s)
		if err != nil {
			return nil, invalid(argument, "this is no cursor of a list of quads; give one from this list")
		}
		terms[i] = t
	}
	return &store.Quad{Subject: terms[0], Predicate: terms[1], Object: terms[2], Label: terms[3]}, nil
}

// parseTerm reads a term as the arguments of quads have it: <iri>, _:b or "literal" as in N-Quads; otherwise a prefixed name
// of the vocabulary (schema:name) or an id (person:pete-hegseth).
func parseTerm(argument, s string) (store.Term, error) {
	if s == "" {
		return nil, invalid(argument, "it is empty; leave it out to match any term")
	}
	if strings.HasPrefix(s, "<") || strings.HasPrefix(s, "_:") || strings.HasPrefix(s, `"`) {
		t, err := store.ParseTerm(s)
		if err != nil {
			return nil, invalid(argument, "%.60q is no term: %v", s, err)
		}
		return t, nil
	}
	iri, _ := vocab.Expand(s)
	t, err := store.ParseTerm("<" + iri + ">")
	if err != nil {
		return nil, invalid(argument, "%.60q is no id and no prefixed name: %v; write a text as \"text\"@en", s, err)
	}
	return t, nil
}

// maxSteps is how many predicates a walk may follow: each step may multiply the terms reached.
const maxSteps = 10

// Walk follows predicates from a term and returns at most first terms, each once, in the order of [store.CompareTerms].
func (v *View) Walk(ctx context.Context, from string, path []string, first int) ([]*Term, error) {
	if err := checkLimit("first", first); err != nil {
		return nil, err
	}
	start, err := parseTerm("from", from)
	if err != nil {
		return nil, err
	}
	if len(path) > maxSteps {
		return nil, invalid("path", "%d steps are too many; follow at most %d", len(path), maxSteps)
	}
	steps := make([]store.Step, len(path))
	for i, p := range path {
		name, backwards := strings.CutPrefix(p, "^")
		if name == "" {
			return nil, invalid("path", "%q is no predicate; write an IRI or a prefixed name", p)
		}
		t, err := parseTerm("path", name)
		if err != nil {
			return nil, err
		}
		iri, ok := t.(store.IRI)
		if !ok {
			return nil, invalid("path", "%.60q is no predicate; write an IRI or a prefixed name", p)
		}
		steps[i] = store.Step{Predicate: iri, Backwards: backwards}
	}
	if ok, err := v.store.Has(ctx, start); err != nil {
		return nil, err
	} else if !ok {
		return nil, notFound("from", "nothing is recorded of %.60q; search finds ids by name", from)
	}
	terms, err := v.store.Walk(ctx, start, steps)
	if errors.Is(err, store.ErrTooLarge) {
		return nil, invalid("path", "it reaches more than %d terms; take fewer or narrower steps", store.MaxWalk)
	}
	if err != nil {
		return nil, err
	}
	var ids []ID
	out := make([]*Term, min(first, len(terms)))
	for i := range out {
		out[i] = &Term{term: terms[i]}
		if iri, ok := terms[i].(store.IRI); ok {
			ids = append(ids, ID(iri))
		}
	}
	nodes := v.cohort(ids)
	for _, t := range out {
		t.nodes = nodes
	}
	return out, nil
}

// Stats tells how much there is. See the SDL.
type Stats struct {
	Quads, Terms, Actors, Events, Claims, Sources int
	Revision                                      string
}

// Stats counts: whatever a quad says is a node of a class, be that claim denied or retracted. The store keeps the numbers, so that this reads
// nothing, however much there is.
func (v *View) Stats(ctx context.Context) (*Stats, error) {
	s := &Stats{Revision: v.Revision()}
	s.Quads, s.Terms = v.store.Size()
	var err error
	for _, x := range []struct {
		n     *int
		types []NodeType
	}{{&s.Actors, actorTypes}, {&s.Events, []NodeType{TypeEvent}}, {&s.Claims, []NodeType{TypeClaim}}, {&s.Sources, []NodeType{TypeSource}}} {
		if *x.n, err = v.store.Members(classesOf(x.types...)...); err != nil {
			return nil, err
		}
	}
	return s, ctx.Err()
}
