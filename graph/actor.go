package graph

import (
	"context"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// An Actor is who can act. See the SDL for its fields.
type Actor interface {
	Node
	IRI() string
	Name(language *string) string
	NameFact() *Fact
	History(ctx context.Context, first *int, after *string, last *int, before *string) (*ChangeConnection, error)
	Names() []*LocalizedText
	Aliases() []*LocalizedText
	Description(language *string) *string
	SameAs() []string
	Tenures(ctx context.Context, activeAt *string) ([]*Tenure, error)
	UnitOf(ctx context.Context) ([]Actor, error)
	Units(ctx context.Context, first *int, after *string, last *int, before *string) (*ActorConnection, error)
	ActedOnBehalfOf(ctx context.Context) ([]Actor, error)
	Events(ctx context.Context, where *EventWhere, orderBy *TimeOrder, first *int, after *string, last *int, before *string) (*EventConnection, error)
	Contacts(ctx context.Context, kinds []ID, during *Window, certainty *WindowCertainty, first *int, after *string, last *int, before *string) (*ContactConnection, error)
	Claims(ctx context.Context, first *int, after *string, last *int, before *string) (*ClaimConnection, error)
	FirstSeen(ctx context.Context) (*When, error)
	LastSeen(ctx context.Context) (*When, error)
	RedirectedFrom() []ID
	base() *node
}

// The types of actors.
type (
	Person       struct{ actor }
	Government   struct{ actor }
	Agency       struct{ actor }
	Organization struct{ actor }
	Group        struct{ actor }
)

type actor struct{ named }

// Aliases returns the other names, English ones first.
func (a *actor) Aliases() []*LocalizedText { return a.rec.texts(vocab.SchemaAlternateName, true) }

// Description returns who or what it is, nil if nobody wrote it down.
func (a *actor) Description(language *string) *string {
	return a.rec.localized(vocab.SchemaDescription, language)
}

// Tenures returns the posts held, newest first. See [newestTenures].
func (a *actor) Tenures(ctx context.Context, activeAt *string) ([]*Tenure, error) {
	list, err := followBack[*Tenure](ctx, &a.node, vocab.OrgMember)
	if err != nil {
		return nil, err
	}
	return newestTenures(list, activeAt)
}

// UnitOf returns what the actor is a part of.
func (a *actor) UnitOf(ctx context.Context) ([]Actor, error) {
	return follow[Actor](ctx, &a.node, vocab.OrgUnitOf)
}

// Units returns a page of the actor's parts, by id.
func (a *actor) Units(ctx context.Context, first *int, after *string, last *int, before *string) (*ActorConnection, error) {
	list, err := followBack[Actor](ctx, &a.node, vocab.OrgUnitOf)
	if err != nil {
		return nil, err
	}
	return actorPage(list, []ActorOrder{ActorIDAsc}, Page{first, after, last, before})
}

// ActedOnBehalfOf returns for whom the actor has acted, in any event.
func (a *actor) ActedOnBehalfOf(ctx context.Context) ([]Actor, error) {
	return follow[Actor](ctx, &a.node, vocab.ProvActedOnBehalfOf)
}

// Claims returns a page of the claims that say something of the actor, by id.
func (a *actor) Claims(ctx context.Context, first *int, after *string, last *int, before *string) (*ClaimConnection, error) {
	return claimsAbout(ctx, &a.node, Page{first, after, last, before})
}

// takingPart finds the events of the members, in any role.
func (c *cohort) takingPart(ctx context.Context) (incoming, error) {
	tax, err := c.view.taxonomy(ctx)
	if err != nil {
		return incoming{}, err
	}
	return c.incoming(ctx, tax.rolePredicates...)
}

// An ActorOrder is an order of actors. See the SDL.
type ActorOrder string

// The orders of actors.
const (
	ActorNameAsc  ActorOrder = "NAME_ASC"
	ActorNameDesc ActorOrder = "NAME_DESC"
	ActorIDAsc    ActorOrder = "ID_ASC"
	ActorIDDesc   ActorOrder = "ID_DESC"
)

// An ActorWhere says which actors. See the SDL.
type ActorWhere struct {
	Type     *NodeTypeFilter
	Name     *TextFilter
	UnitOf   *ID
	SameAs   *string
	Position *ID
	And, Or  []*ActorWhere
	Not      *ActorWhere
}

// ActorConnection is a page of actors.
type (
	ActorConnection = Connection[Actor, *ActorEdge]
	ActorEdge       = Edge[Actor]
)

// Actor returns the actor with an id or, without one, the first by id that has this name or alias; nil if there is none.
func (v *View) Actor(ctx context.Context, id *ID, name *string) (Actor, error) {
	switch {
	case id != nil:
		n, err := v.Node(ctx, *id)
		a, _ := n.(Actor)
		return a, err
	case name != nil:
		all, err := v.actorsNamed(ctx, *name)
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			if (&TextFilter{Eq: name}).matches(a.base().rec.names()...) {
				return a, nil
			}
		}
		return nil, nil
	}
	return nil, invalid("id", "give an id or a name")
}

// actorsNamed returns actors by id, among them all that have or had a name; those that the index of names knows, or all actors where it does not tell.
func (v *View) actorsNamed(ctx context.Context, name string) ([]Actor, error) {
	s, err := newSearch(name, actorTypes)
	if err != nil { // there is no word in it, or too many
		return v.allActors(ctx)
	}
	names, err := v.nameIndex(ctx)
	if err != nil {
		return nil, err
	}
	if names.over {
		return v.allActors(ctx)
	}
	ids := slices.Clone(v.same().ids(names.same(s.latin)))
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return pick[Actor](ctx, v.cohort(ids), ids)
}

// names returns all names and aliases.
func (r *record) names() []string {
	var out []string
	for _, p := range []string{vocab.SchemaName, vocab.SchemaAlternateName} {
		for _, f := range r.all(p) {
			out = append(out, store.Text(f.object))
		}
	}
	return out
}

// ofTypes returns all nodes of some types, by id.
func (v *View) ofTypes(ctx context.Context, types ...NodeType) (*cohort, error) {
	found, err := v.store.Match(ctx, patternsOf(types...)...)
	if err != nil {
		return nil, err
	}
	var ids []ID
	for _, quads := range found {
		for _, q := range quads {
			ids = append(ids, ID(store.Text(q.Subject)))
		}
	}
	return v.cohort(ids), nil
}

func patternsOf(types ...NodeType) (patterns []store.Pattern) {
	for _, class := range classesOf(types...) {
		patterns = append(patterns, store.Pattern{Predicate: store.IRI(vocab.RdfType), Object: class})
	}
	return patterns
}

func (v *View) allActors(ctx context.Context) ([]Actor, error) {
	c, err := v.ofTypes(ctx, actorTypes...)
	if err != nil {
		return nil, err
	}
	return pick[Actor](ctx, c, c.ids)
}

// Actors returns a page of actors, by name unless asked otherwise.
func (v *View) Actors(ctx context.Context, where *ActorWhere, orderBy []ActorOrder, p Page) (*ActorConnection, error) {
	if _, _, err := p.limit(); err != nil {
		return nil, err
	}
	all, err := v.allActors(ctx)
	if err != nil {
		return nil, err
	}
	if where = where.identified(v.same()); where != nil {
		if err := v.checkActorWhere(ctx, where, "where", new(int)); err != nil {
			return nil, err
		}
		var held incoming
		if len(all) > 0 {
			if held, err = all[0].base().cohort.incoming(ctx, vocab.OrgMember); err != nil {
				return nil, err
			}
		}
		positions := map[ID][]ID{}
		for person, tenures := range held.subjects {
			records, err := v.load(ctx, tenures)
			if err != nil {
				return nil, err
			}
			for _, t := range records {
				if !v.clock.held(t) {
					continue
				}
				positions[person] = append(positions[person], t.ids(vocab.ParleyPosition)...)
			}
		}
		all = slices.DeleteFunc(all, func(a Actor) bool { return !where.matches(a.base().rec, positions) })
	}
	con, err := actorPage(all, orderBy, p)
	if err != nil {
		return nil, err
	}
	shown := v.cohort(idsOf(con.Nodes()))
	for _, e := range con.Edges {
		e.Node = wrap(shown, e.Node.base().rec).(Actor)
	}
	return con, nil
}

func (v *View) checkActorWhere(ctx context.Context, w *ActorWhere, path string, count *int) error {
	if w == nil {
		return nil
	}
	if err := countWhere(path, count); err != nil {
		return err
	}
	if w.UnitOf != nil {
		if _, err := v.require(ctx, path+".unitOf", *w.UnitOf, actorTypes...); err != nil {
			return err
		}
	}
	if w.Position != nil {
		if _, err := v.require(ctx, path+".position", *w.Position, TypePosition); err != nil {
			return err
		}
	}
	return eachPart(path, w.And, w.Or, w.Not, func(w *ActorWhere, path string) error { return v.checkActorWhere(ctx, w, path, count) })
}

// matches tells whether an actor meets all conditions; positions has what each person held.
func (w *ActorWhere) matches(r *record, positions map[ID][]ID) bool {
	sub := func(s *ActorWhere) bool { return s.matches(r, positions) }
	return w.Type.matches(r.typ) &&
		w.Name.matches(r.names()...) &&
		(w.UnitOf == nil || slices.Contains(r.ids(vocab.OrgUnitOf), *w.UnitOf)) &&
		(w.SameAs == nil || slices.Contains(r.iris(vocab.OwlSameAs), *w.SameAs)) &&
		(w.Position == nil || slices.Contains(positions[r.id], *w.Position)) &&
		!slices.ContainsFunc(w.And, func(s *ActorWhere) bool { return !sub(s) }) &&
		(w.Or == nil || slices.ContainsFunc(w.Or, sub)) &&
		(w.Not == nil || !sub(w.Not))
}

// actorPage sorts actors and cuts out a page. The id decides last.
func actorPage(list []Actor, orderBy []ActorOrder, p Page) (*ActorConnection, error) {
	if len(orderBy) == 0 {
		orderBy = []ActorOrder{ActorNameAsc}
	}
	if len(orderBy) > 2 {
		return nil, invalid("orderBy", "%d orders are too many; two settle it", len(orderBy))
	}
	o := order{name: "actors"}
	for _, by := range orderBy {
		o.name += " " + string(by)
		o.desc = append(o.desc, strings.HasSuffix(string(by), "DESC"))
	}
	rows := make([]row[*ActorEdge], len(list))
	for i, a := range list {
		var k key
		for _, by := range orderBy {
			if by == ActorIDAsc || by == ActorIDDesc {
				k = append(k, string(a.ID()))
			} else {
				k = append(k, fold(a.Name(nil)))
			}
		}
		rows[i] = row[*ActorEdge]{append(k, string(a.ID())), &ActorEdge{Node: a}}
	}
	return page[Actor](rows, o, len(orderBy)+1, p, func(e *ActorEdge, cursor string, _ int) { e.Cursor = cursor })
}
