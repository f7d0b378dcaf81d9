package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/schema/vocab"
)

// A Range is a number that is uncertain where dates are. See the SDL.
type Range struct{ Min, Max int }

func (r *Range) add(t edtf.Truth) {
	if t == edtf.Yes {
		r.Min++
	}
	r.Max++
}

// A Contact is one actor's counterpart, over all their talks. See the SDL.
type Contact struct {
	id      ID
	Count   *Range
	span    timeSpan
	kinds   map[ID]*Range
	sources map[ID]bool
	actors  *cohort // of the page
	kindsOf *cohort
}

// Actor returns who it is.
func (c *Contact) Actor(ctx context.Context) (Actor, error) {
	return mustPick[Actor](ctx, c.actors, c.id)
}

// First returns when the first talk was, nil if none has a date.
func (c *Contact) First() *When { return c.span.first }

// Last returns when the last talk was, nil if none has a date.
func (c *Contact) Last() *When { return c.span.last }

// Sources returns the ids of the sources that the talks rest on, sorted.
func (c *Contact) Sources() []ID { return sortedIDs(c.sources) }

// A KindCount tells how many talks were of a kind. See the SDL.
type KindCount struct {
	id    ID
	of    *Contact
	Count *Range
}

// Kind returns the kind.
func (k *KindCount) Kind(ctx context.Context) (*EventKind, error) {
	return mustPick[*EventKind](ctx, k.of.kindsOf, k.id)
}

// Kinds returns how many talks were of each kind, most frequent first, then by kind.
func (c *Contact) Kinds() []*KindCount {
	var list []*KindCount
	for id, n := range c.kinds {
		list = append(list, &KindCount{id, c, n})
	}
	slices.SortFunc(list, func(a, b *KindCount) int {
		if a.Count.Max != b.Count.Max {
			return b.Count.Max - a.Count.Max
		}
		return strings.Compare(string(a.id), string(b.id))
	})
	return list
}

// ContactConnection is a page of contacts.
type ContactConnection = Connection[*Contact, *ContactEdge]

// A ContactEdge is a contact in a page, with its place in the whole ranking, from 1.
type ContactEdge struct {
	Edge[*Contact]
	Rank int
}

// Contacts returns a page of an actor's counterparts, most frequent first, then those seen last, then by id.
func (v *View) Contacts(ctx context.Context, of ID, kinds []ID, during *Window, p Page) (*ContactConnection, error) {
	if _, err := v.require(ctx, "of", of, actorTypes...); err != nil {
		return nil, err
	}
	pages, err := v.cohort([]ID{of}).contacts(ctx, kinds, during, p)
	return pages[of], err
}

// Contacts returns a page of the actor's counterparts; see [View.Contacts].
func (a *actor) Contacts(ctx context.Context, kinds []ID, during *Window, first *int, after *string, last *int, before *string) (*ContactConnection, error) {
	pages, err := a.cohort.contacts(ctx, kinds, during, Page{first, after, last, before})
	return pages[a.rec.id], err
}

// contacts cuts a page for every member.
func (c *cohort) contacts(ctx context.Context, kinds []ID, within *Window, p Page) (map[ID]*ContactConnection, error) {
	if _, _, err := p.limit(); err != nil {
		return nil, err
	}
	return remember(c, fmt.Sprint("contacts ", describe(kinds), describe(within), describe(p)), func() (map[ID]*ContactConnection, error) {
		tax, err := c.view.taxonomy(ctx)
		if err != nil {
			return nil, err
		}
		if err := tax.checkKinds("kinds", kinds); err != nil {
			return nil, err
		}
		window, err := within.parse("during")
		if err != nil {
			return nil, err
		}
		in, err := c.takingPart(ctx)
		if err != nil {
			return nil, err
		}
		all, err := c.view.talksOf(ctx, in.cohort, "")
		if err != nil {
			return nil, err
		}
		found := map[ID]map[ID]*Contact{}
		for _, t := range all {
			truth := during(window, nil, t.event.when(vocab.SemHasTimeStamp))
			if truth == edtf.No || !tax.isKind(t.event.kindOf(), kinds) {
				continue
			}
			for _, id := range []ID{t.from, t.to} {
				if _, ok := slices.BinarySearch(c.ids, id); ok {
					if found[id] == nil {
						found[id] = map[ID]*Contact{}
					}
					c.count(found[id], t.other(id), t, truth)
				}
			}
		}
		out := map[ID]*ContactConnection{}
		var shown []*Contact
		for _, id := range c.ids {
			if out[id], err = contactPage(found[id], p); err != nil {
				return nil, err
			}
			shown = append(shown, out[id].Nodes()...)
		}
		var actorIDs, kindIDs []ID
		for _, x := range shown {
			actorIDs = append(actorIDs, x.id)
			for k := range x.kinds {
				kindIDs = append(kindIDs, k)
			}
		}
		actors, kindsOf := c.view.cohort(actorIDs), c.view.cohort(kindIDs)
		for _, x := range shown {
			x.actors, x.kindsOf = actors, kindsOf
		}
		return out, nil
	})
}

// count adds a talk to the contact with other.
func (c *cohort) count(contacts map[ID]*Contact, other ID, t talk, truth edtf.Truth) {
	x := contacts[other]
	if x == nil {
		x = &Contact{id: other, Count: &Range{}, kinds: map[ID]*Range{}, sources: map[ID]bool{}}
		contacts[other] = x
	}
	x.Count.add(truth)
	kind := t.event.kindOf()
	if x.kinds[kind] == nil {
		x.kinds[kind] = &Range{}
	}
	x.kinds[kind].add(truth)
	x.span.add(t.event.when(vocab.SemHasTimeStamp))
	c.view.mu.Lock()
	defer c.view.mu.Unlock()
	for _, id := range t.claims {
		if claim, ok := c.view.known(id); ok {
			x.sources[claim.id1(vocab.DctermsSource)] = true
		}
	}
}

func contactPage(contacts map[ID]*Contact, p Page) (*ContactConnection, error) {
	var rows []row[*ContactEdge]
	for id, x := range contacts {
		k := key{fmt.Sprintf("%010d", x.Count.Max), endKey(x.span.last), string(id)}
		rows = append(rows, row[*ContactEdge]{k, &ContactEdge{Edge: Edge[*Contact]{Node: x}}})
	}
	o := order{name: "contacts", desc: []bool{true, true}}
	return page[*Contact](rows, o, 3, p, func(e *ContactEdge, cursor string, place int) { e.Cursor, e.Rank = cursor, place+1 })
}
