package explorer

import (
	"errors"
	"html/template"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph"
)

// How much of one thing stands in a list; its own page has all.
const (
	listed    = 20 // rows of a list
	rowParts  = 8  // participants of an event in a row
	rowClaims = 6  // claims of an event in a row
)

// A Ref is a link to something.
type Ref struct {
	ID, Name, Href string
	Type           string // a graph.NodeType
}

// argumentError returns what is wrong with an argument, nil if err says nothing of one.
func argumentError(err error) *graph.ArgumentError {
	var a *graph.ArgumentError
	if errors.As(err, &a) {
		return a
	}
	return nil
}

// typeOf returns what a node is.
func typeOf(n graph.Node) graph.NodeType {
	switch n.(type) {
	case *graph.Person:
		return graph.TypePerson
	case *graph.Government:
		return graph.TypeGovernment
	case *graph.Agency:
		return graph.TypeAgency
	case *graph.Organization:
		return graph.TypeOrganization
	case *graph.Group:
		return graph.TypeGroup
	case *graph.Event:
		return graph.TypeEvent
	case *graph.Place:
		return graph.TypePlace
	case *graph.Topic:
		return graph.TypeTopic
	case *graph.Position:
		return graph.TypePosition
	case *graph.Tenure:
		return graph.TypeTenure
	case *graph.Claim:
		return graph.TypeClaim
	case *graph.Source:
		return graph.TypeSource
	case *graph.EventKind:
		return graph.TypeEventKind
	case *graph.Role:
		return graph.TypeRole
	}
	return ""
}

func (r *request) actor(a graph.Actor) Ref {
	return Ref{string(a.ID()), a.Name(&r.lang), r.link([]string{"actor", string(a.ID())}), string(typeOf(a))}
}

func (r *request) actors(list []graph.Actor, err error) ([]Ref, error) {
	var out []Ref
	for _, a := range list {
		out = append(out, r.actor(a))
	}
	return out, err
}

func (r *request) kind(k *graph.EventKind) Ref {
	return Ref{string(k.ID()), k.Label(&r.lang), r.link([]string{"kind", string(k.ID())}), string(graph.TypeEventKind)}
}

func (r *request) source(s *graph.Source) Ref {
	return Ref{string(s.ID()), s.Title(&r.lang), r.link([]string{"source", string(s.ID())}), string(graph.TypeSource)}
}

// nodes returns links to some nodes, in their order; nil for none.
func nodes[N graph.Node](r *request, list []N) ([]Ref, error) {
	var out []Ref
	for _, n := range list {
		x, err := r.node(n)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// node returns a link to anything. An event without a summary is called by its kind and date.
func (r *request) node(n graph.Node) (Ref, error) {
	id := string(n.ID())
	out := Ref{ID: id, Name: id, Href: r.link([]string{"node", id}), Type: string(typeOf(n))}
	switch n := n.(type) {
	case graph.Actor:
		return r.actor(n), nil
	case *graph.EventKind:
		return r.kind(n), nil
	case *graph.Source:
		return r.source(n), nil
	case *graph.Event:
		return r.event(n)
	case *graph.Claim:
		out.Href = r.link([]string{"claim", id})
		if s := n.Statement(&r.lang); s != nil {
			out.Name = *s
		}
	case interface{ Name(*string) string }:
		out.Name = n.Name(&r.lang)
	case interface{ Label(*string) string }:
		out.Name = n.Label(&r.lang)
	}
	return out, nil
}

func (r *request) event(e *graph.Event) (Ref, error) {
	out := Ref{ID: string(e.ID()), Href: r.link([]string{"event", string(e.ID())}), Type: string(graph.TypeEvent)}
	if s := e.Summary(&r.lang); s != nil {
		out.Name = *s
		return out, nil
	}
	k, err := e.Kind(r.ctx)
	if err != nil {
		return out, err
	}
	out.Name = k.Label(&r.lang) + ", " + dateWords(r.lang, e.When().EDTF)
	return out, nil
}

func (r *request) events(list []*graph.Event, err error) ([]Ref, error) {
	var out []Ref
	for _, e := range list {
		x, err := r.event(e)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, err
}

// A part is somebody's part in an event.
type part struct {
	Actor      Ref
	Role       string
	RoleID     string
	Capacity   string // the post held that day, "" if none is known
	Possibly   bool   // held that day, as far as dates tell
	OnBehalfOf *Ref
	Notes      []*note
}

// An eventRow is an event in a list.
type eventRow struct {
	Ref
	Kind      Ref
	When      when
	Summary   string // "" if nobody wrote one
	Status    graph.EventStatus
	Possible  bool // in the window asked for, but perhaps not
	Parts     []part
	MoreParts int
	Notes     []*note
	MoreNotes bool
}

// Doers are the parts that tell who acted on whom: initiators and visitors first.
func (e eventRow) Occurred() bool { return e.Status == graph.Occurred }

// rows reads what a list shows of its events; all that came in with the list at once.
func (r *request) rows(list []*graph.Event) ([]eventRow, error) {
	out := make([]eventRow, 0, len(list))
	for _, e := range list {
		x, err := r.row(e, rowParts, rowClaims)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

func (r *request) row(e *graph.Event, parts, claims int) (eventRow, error) {
	id := string(e.ID())
	row := eventRow{Ref: Ref{ID: id, Href: r.link([]string{"event", id}), Type: string(graph.TypeEvent)}, When: r.when(e.When()), Status: e.Status(), Summary: text(e.Summary(&r.lang))}
	k, err := e.Kind(r.ctx)
	if err != nil {
		return row, err
	}
	row.Kind = r.kind(k)
	row.Name = row.Summary
	if row.Name == "" {
		row.Name = row.Kind.Name + ", " + row.When.Words
	}
	list, err := e.Participations(r.ctx)
	if err != nil {
		return row, err
	}
	for i, p := range list {
		if i == parts {
			row.MoreParts = len(list) - parts
			break
		}
		x, err := r.part(p)
		if err != nil {
			return row, err
		}
		row.Parts = append(row.Parts, x)
	}
	cs, err := e.Claims(r.ctx, &claims, nil, nil, nil)
	if err != nil {
		return row, err
	}
	for _, c := range cs.Nodes() {
		row.Notes = append(row.Notes, r.note(c))
	}
	row.MoreNotes = cs.PageInfo.HasNextPage
	return row, nil
}

func (r *request) part(p *graph.Participation) (x part, err error) {
	a, err := p.Actor(r.ctx)
	if err != nil {
		return x, err
	}
	role, err := p.Role(r.ctx)
	if err != nil {
		return x, err
	}
	x.Actor, x.Role, x.RoleID = r.actor(a), role.Label(&r.lang), strings.TrimPrefix(string(role.ID()), "role:")
	behalf, err := p.OnBehalfOf(r.ctx)
	if err != nil {
		return x, err
	}
	if behalf != nil {
		b := r.actor(behalf)
		x.OnBehalfOf = &b
	}
	t, err := p.Capacity(r.ctx)
	if err != nil || t == nil {
		return x, err
	}
	post, err := t.Position(r.ctx)
	if err != nil {
		return x, err
	}
	x.Capacity = post.Name(&r.lang)
	sure, err := p.CapacityCertainty(r.ctx)
	if err != nil {
		return x, err
	}
	x.Possibly = sure != nil && *sure == graph.Possible
	return x, nil
}

// A note is a footnote: a claim that something on the page rests on.
type note struct {
	N            int
	ID, Href     string
	Statement    string
	Quote        string
	Locator      string
	Source       Ref
	Publisher    string
	Authors      []Ref
	Published    when
	URL          string
	AttributedTo []Ref
	Certainty    graph.Certainty
	Stance       graph.Stance
	RecordedAt   string
	Retracted    string // when, "" while it stands
	Retraction   string

	claim *graph.Claim
}

// notes are the footnotes of a page, in the order in which it comes upon them.
type notes struct {
	list []*note
	byID map[graph.ID]*note
}

// note returns the footnote of a claim, a new one if the page has none of it yet. Its texts are read when the page is finished.
func (r *request) note(c *graph.Claim) *note {
	if n := r.notes.byID[c.ID()]; n != nil {
		return n
	}
	n := &note{N: len(r.notes.list) + 1, ID: string(c.ID()), claim: c}
	if r.notes.byID == nil {
		r.notes.byID = map[graph.ID]*note{}
	}
	r.notes.byID[c.ID()] = n
	r.notes.list = append(r.notes.list, n)
	return n
}

func (r *request) notesOf(list []*graph.Claim) []*note {
	var out []*note
	for _, c := range list {
		out = append(out, r.note(c))
	}
	return out
}

// fill reads what a footnote says.
func (n *note) fill(r *request) error {
	c := n.claim
	s, err := c.Source(r.ctx)
	if err != nil {
		return err
	}
	n.Source, n.Published, n.URL = r.source(s), r.when(s.Published()), text(s.URL())
	p, err := s.Publisher(r.ctx)
	if err != nil {
		return err
	}
	if p != nil {
		n.Publisher = p.Name(&r.lang)
	}
	if n.Authors, err = r.actors(s.Authors(r.ctx)); err != nil {
		return err
	}
	if n.AttributedTo, err = r.actors(c.AttributedTo(r.ctx)); err != nil {
		return err
	}
	if n.RecordedAt, err = c.RecordedAt(); err != nil {
		return err
	}
	n.Href = r.link([]string{"claim", n.ID})
	n.Statement, n.Quote, n.Locator = text(c.Statement(&r.lang)), text(c.Quote()), text(c.Locator())
	n.Certainty, n.Stance = c.Certainty(), c.Stance()
	n.Retracted, n.Retraction = text(c.RetractedAt()), text(c.Retraction())
	return nil
}

// near returns actors, events and others that are called alike, best first: by all words of a text, or else by one of them.
func (r *request) near(name string) ([]Ref, error) {
	if _, bare, ok := strings.Cut(name, ":"); ok {
		name = bare
	}
	words := strings.FieldsFunc(name, func(c rune) bool { return strings.ContainsRune("-_/. ", c) })
	tries := []string{strings.Join(words, " ")}
	for _, w := range words {
		if len([]rune(w)) >= 3 && len(tries) < 6 && len(words) > 1 {
			tries = append(tries, w)
		}
	}
	for _, w := range words { // a letter too many, or a wrong one at the end
		if c := []rune(w); len(c) >= 5 && len(tries) < 10 {
			tries = append(tries, string(c[:len(c)/2+1]))
		}
	}
	five := 5
	for _, try := range tries {
		found, err := r.view.Search(r.ctx, try, nil, graph.Page{First: &five})
		if errors.Is(err, graph.ErrInvalidArgument) {
			continue // no word in it, or too many
		}
		if err != nil {
			return nil, err
		}
		out, err := nodes(r, found.Nodes())
		if err != nil {
			return nil, err
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	return nil, nil
}

// A kindOption is a kind that a filter offers.
type kindOption struct {
	ID, Label string
	Depth     int
	Selected  bool
}

// keptKinds are the options of filters by kind, of one revision and in one language: they are the same on all pages.
type keptKinds struct {
	revision string
	list     []kindOption // the roots, each with what is right below it; nobody changes it
	labels   map[graph.ID]string
}

// kinds returns the options of the view's revision; those of now are kept.
func (r *request) kinds() (*keptKinds, error) {
	k := &keptKinds{revision: r.view.Revision(), labels: map[graph.ID]string{}}
	if old := r.pages.kinds[r.lang].Load(); old != nil && old.revision == k.revision && r.asOf.KnownAt == nil {
		return old, nil
	}
	all, err := r.view.Kinds(r.ctx)
	if err != nil {
		return nil, err
	}
	below := map[graph.ID][]graph.ID{}
	for _, x := range all {
		b, err := x.Broader(r.ctx)
		if err != nil {
			return nil, err
		}
		k.labels[x.ID()] = x.Label(&r.lang)
		if b != nil {
			below[b.ID()] = append(below[b.ID()], x.ID())
		} else {
			below[""] = append(below[""], x.ID())
		}
	}
	for _, root := range below[""] {
		k.list = append(k.list, kindOption{ID: string(root), Label: k.labels[root]})
		for _, id := range below[root] {
			k.list = append(k.list, kindOption{ID: string(id), Label: k.labels[id], Depth: 1})
		}
	}
	if r.asOf.KnownAt == nil {
		r.pages.kinds[r.lang].Store(k)
	}
	return k, nil
}

// kindOptions returns the roots of the kinds and what is right below them, and the kind that is chosen.
func (r *request) kindOptions(chosen string) ([]kindOption, error) {
	k, err := r.kinds()
	if err != nil {
		return nil, err
	}
	if chosen == "" {
		return k.list, nil
	}
	out := slices.Clone(k.list)
	if i := slices.IndexFunc(out, func(o kindOption) bool { return o.ID == chosen }); i >= 0 {
		out[i].Selected = true
	} else if label := k.labels[graph.ID(chosen)]; label != "" {
		out = append(out, kindOption{chosen, label, 1, true})
	}
	return out, nil
}

// Options returns the kinds as elements of a form, without a template: they are on most pages.
func (f filter) Options() template.HTML {
	var b strings.Builder
	for _, k := range f.Kinds {
		selected, indent := "", ""
		if k.Selected {
			selected = " selected"
		}
		if k.Depth > 0 {
			indent = "– "
		}
		tag(&b, `<option value="`, k.ID, `"`+selected+`>`+indent, k.Label, `</option>`)
	}
	return template.HTML(b.String())
}
