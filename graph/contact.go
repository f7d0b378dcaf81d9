package graph

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
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
	id          ID
	of          ID
	query       *contactQuery
	Count       *Range
	first, last store.Seen    // without an event if no day is known
	kinds       map[ID]*Range // as counted by the store or by records; beside these, listed counts
	listed      []talkAt      // in the window; see listedTies
	names       *networkNames // of their kinds
	actors      *cohort       // of the page
	shown       []*Contact    // in it
	events      *cohort       // that were first and last
}

// Actor returns who it is.
func (c *Contact) Actor(ctx context.Context) (Actor, error) {
	return mustPick[Actor](ctx, c.actors, c.id)
}

// First returns when the talk was that began first, nil if no day of any is known; of several, it is that of the first in the order of lists.
func (c *Contact) First(ctx context.Context) (*When, error) { return c.when(ctx, c.first) }

// Last returns when the talk was that ended last, nil if no day of any is known.
func (c *Contact) Last(ctx context.Context) (*When, error) { return c.when(ctx, c.last) }

func (c *Contact) when(ctx context.Context, s store.Seen) (*When, error) {
	if s.Event == "" {
		return nil, nil
	}
	records, err := c.events.load(ctx)
	if err != nil {
		return nil, err
	}
	i, _ := slices.BinarySearch(c.events.ids, ID(s.Event))
	return records[i].when(vocab.SemHasTimeStamp), nil
}

// Sources returns the ids of the sources that the talks rest on, sorted. It reads the records of all of them, batch by batch.
func (c *Contact) Sources(ctx context.Context) ([]ID, error) {
	q, v := c.query, c.actors.view
	w := &InteractionWhere{Actor: &c.of, Counterpart: &c.id, Kinds: q.kinds, During: q.during, Certainty: q.certainty}
	s, only := q.tax.talkStream(w)
	sources := map[ID]bool{}
	err := eachBatch(ctx, v, s, func(list []dated) error {
		talks, err := v.scratch().talksAt(ctx, list, only)
		for _, t := range talks {
			if t.other(c.of) != c.id || t.from != c.of && t.to != c.of || q.truth(t.event) == edtf.No {
				continue
			}
			for _, f := range t.event.facts {
				if _, ok := slices.BinarySearch(t.claims, f.label); ok && f.claim != nil {
					sources[f.claim.id1(vocab.DctermsSource)] = true
				}
			}
		}
		return err
	})
	return sortedIDs(sources), err
}

// A KindCount tells how many talks were of a kind. See the SDL.
type KindCount struct {
	id    ID
	of    *Contact
	Count *Range
}

// Kind returns the kind.
func (k *KindCount) Kind(ctx context.Context) (*EventKind, error) {
	c, err := remember(k.of.actors, "kinds of talks", func() (*cohort, error) {
		var ids []ID
		for _, x := range k.of.shown {
			for id := range x.byKind() {
				ids = append(ids, id)
			}
		}
		return k.of.actors.view.cohort(ids), nil
	})
	if err != nil {
		return nil, err
	}
	return mustPick[*EventKind](ctx, c, k.id)
}

// byKind counts the talks by kind.
func (c *Contact) byKind() map[ID]*Range {
	if len(c.listed) == 0 {
		return c.kinds
	}
	kinds, table := map[ID]*Range{}, c.names.kindTable()
	for i := 0; i < len(c.listed); {
		k, j := c.listed[i].kind, i
		for j < len(c.listed) && c.listed[j].kind == k {
			j++
		}
		if kinds[table[k]] == nil && c.query.ofKind(table[k]) {
			kinds[table[k]] = &Range{}
		}
		if n := kinds[table[k]]; n != nil {
			n.Min, n.Max = n.Min+j-i, n.Max+j-i
		}
		i = j
	}
	return kinds
}

func (q *contactQuery) ofKind(kind ID) bool { return q.tax.isKind(kind, q.kinds) }

// Kinds returns how many talks were of each kind, most frequent first, then by kind.
func (c *Contact) Kinds() []*KindCount {
	var list []*KindCount
	for id, n := range c.byKind() {
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

// A ContactEdge is a contact in a page, with its place in the whole ranking, from 1, and whether some talk lies in the window certainly.
type ContactEdge struct {
	Edge[*Contact]
	Rank      int
	Certainty WindowCertainty
}

// Contacts returns a page of an actor's counterparts, most frequent first, then those seen last, then by id.
func (v *View) Contacts(ctx context.Context, of ID, kinds []ID, during *Window, certainty *WindowCertainty, p Page) (*ContactConnection, error) {
	of = v.same().id(of)
	if _, err := v.require(ctx, "of", of, actorTypes...); err != nil {
		return nil, err
	}
	pages, err := v.cohort([]ID{of}).readContacts(ctx, kinds, during, certainty, p)
	return pages[of], err
}

// Contacts returns a page of the actor's counterparts; see [View.Contacts].
func (a *actor) Contacts(ctx context.Context, kinds []ID, during *Window, certainty *WindowCertainty, first *int, after *string, last *int, before *string) (*ContactConnection, error) {
	pages, err := a.cohort.contacts(ctx, kinds, during, certainty, Page{first, after, last, before})
	return pages[a.rec.id], err
}

// A contactQuery says which talks count.
type contactQuery struct {
	tax       *taxonomy
	now       bool
	kinds     []ID
	during    *Window
	window    *edtf.Window
	certainty *WindowCertainty
	order     order
}

// truth tells how surely an event counts.
func (q *contactQuery) truth(r *record) edtf.Truth {
	if !q.ofKind(r.kindOf()) {
		return edtf.No
	}
	return during(q.window, q.certainty, r.when(vocab.SemHasTimeStamp))
}

// use tells whether the events of two actors with a signature are talks of the two, by the rule of [Interaction].
func (q *contactQuery) use(s *store.Signature) store.Use {
	t := q.tax
	if !t.anyTakesPart(s.Roles) || !t.anyTakesPart(s.OtherRoles) || !slices.ContainsFunc(s.Kinds, func(k store.IRI) bool { return t.isKind(ID(k), q.kinds) }) {
		return store.Leave
	}
	if !q.now || s.Rival || len(s.Kinds) != 1 || s.Marks != 0 {
		return store.Look
	}
	is := func(roles []store.IRI, role ID) bool {
		return slices.ContainsFunc(roles, func(r store.IRI) bool { return t.takesPart[ID(r)] && t.isRole(ID(r), role) })
	}
	switch kind := ID(s.Kinds[0]); {
	case t.isKind(kind, []ID{kindCommunication}):
		return store.Count
	case !t.isKind(kind, []ID{kindStatement}):
	case is(s.Roles, roleInitiator) && is(s.OtherRoles, roleRecipient), is(s.OtherRoles, roleInitiator) && is(s.Roles, roleRecipient):
		return store.Count
	}
	return store.Leave
}

// talksAt lists the talks in the events of some candidates, by event and pair, under the dates that count.
func (v *View) talksAt(ctx context.Context, list []dated, only ID) ([]*talk, error) {
	talks, err := v.talksOf(ctx, v.eventsAt(list), only)
	if err != nil {
		return nil, err
	}
	const few = 64 // of which a look at each is cheaper than a map
	stands := func(at dated) bool { return slices.Contains(list, at) }
	if len(list) > few {
		at := make(map[dated]bool, len(list))
		for _, d := range list {
			at[d] = true
		}
		stands = func(d dated) bool { return at[d] }
	}
	return slices.DeleteFunc(talks, func(t *talk) bool { return !stands(t.event.place(vocab.SemHasTimeStamp)) }), nil
}

// contacts cuts a page for every member, once.
func (c *cohort) contacts(ctx context.Context, kinds []ID, within *Window, certainty *WindowCertainty, p Page) (map[ID]*ContactConnection, error) {
	return remember(c, fmt.Sprint("contacts ", describe(kinds), describe(within), describe(certainty), describe(p)), func() (map[ID]*ContactConnection, error) {
		return c.readContacts(ctx, kinds, within, certainty, p)
	})
}

// readContacts is contacts, anew each time.
func (c *cohort) readContacts(ctx context.Context, kinds []ID, within *Window, certainty *WindowCertainty, p Page) (map[ID]*ContactConnection, error) {
	if _, _, err := p.limit(); err != nil {
		return nil, err
	}
	tax, window, err := c.view.whichTalks(ctx, kinds, within)
	if err != nil {
		return nil, err
	}
	q := &contactQuery{tax, c.view.isNow(), kinds, within, window, certainty, contactOrder}
	q.order.mute = c.view.omitCursors
	out := make(map[ID]*ContactConnection, len(c.ids))
	listed, err := c.listedTies(ctx, q)
	if err != nil {
		return nil, err
	}
	if listed != nil {
		for i, id := range c.ids {
			if out[id], err = listed[i].page(id, p); err != nil {
				return nil, err
			}
		}
	} else if err := c.countedTies(ctx, q, p, out); err != nil {
		return nil, err
	}
	var shown []*Contact
	for _, id := range c.ids {
		shown = append(shown, out[id].Nodes()...)
	}
	if err := nameListed(ctx, c.view, shown); err != nil {
		return nil, err
	}
	actorIDs, eventIDs := make([]ID, 0, len(shown)), make([]ID, 0, 2*len(shown))
	for _, x := range shown {
		actorIDs = append(actorIDs, x.id)
		for _, s := range []*store.Seen{&x.first, &x.last} {
			if s.Event != "" {
				eventIDs = append(eventIDs, ID(s.Event))
			}
		}
	}
	actors, events := c.view.cohortOf(actorIDs), c.view.cohortOf(eventIDs)
	for _, x := range shown {
		x.actors, x.shown, x.events = actors, shown, events
	}
	return out, nil
}

// countedTies cuts the pages by what the store and records count.
func (c *cohort) countedTies(ctx context.Context, q *contactQuery, p Page, out map[ID]*ContactConnection) error {
	ties, looked, err := c.ties(ctx, q)
	if err != nil {
		return err
	}
	cuts := make([]contactCut, len(c.ids))
	var unnamed []*store.TieWithin
	for i := range c.ids {
		if cuts[i], err = cutContacts(ties[i], len(looked[i]) == 0, p); err != nil {
			return err
		}
		unnamed = append(unnamed, cuts[i].list...)
	}
	if err := c.view.store.NameTies(ctx, unnamed); err != nil {
		return err
	}
	for i, id := range c.ids {
		for _, t := range cuts[i].list {
			if t.Other != "" {
				contactOf(looked[i], ID(t.Other)).merge(t)
			}
		}
		total := cuts[i].skipped + len(looked[i]) + cuts[i].left
		if out[id], err = contactPage(id, q, slices.Collect(maps.Values(looked[i])), cuts[i].skipped, cuts[i].left, p); err != nil {
			return err
		}
		out[id].total = func(context.Context) (int, error) { return total, nil }
	}
	return nil
}

// ties counts, for every member, the talks with each other actor: by the index alone where that can tell, by their records where not.
func (c *cohort) ties(ctx context.Context, q *contactQuery) (ties [][]store.TieWithin, looked []map[ID]*Contact, err error) {
	records := !q.now
	if !records {
		if records, err = c.met(ctx); err != nil {
			return nil, nil, err
		}
	}
	if records {
		return c.pastTies(ctx, q)
	}
	same := c.view.same()
	looked = make([]map[ID]*Contact, len(c.ids))
	var actors []store.IRI
	var of []int // the members whose ids they are
	for i, id := range c.ids {
		looked[i] = map[ID]*Contact{}
		for _, iri := range same.lists(id) {
			actors, of = append(actors, iri), append(of, i)
		}
	}
	var from, to *edtf.Day
	if q.window != nil {
		from, to = q.window.From, q.window.To
	}
	look := func(list []store.LookAt) error {
		places := make([]dated, len(list))
		for i, x := range list {
			places[i] = x.At
		}
		talks, err := c.view.scratch().talksAt(ctx, places, "")
		if err != nil {
			return err
		}
		for _, x := range list {
			of, other, looked := c.ids[of[x.Actor]], same.id(ID(x.Other)), looked[of[x.Actor]]
			i, _ := slices.BinarySearchFunc(talks, ID(x.Event), func(t *talk, id ID) int { return strings.Compare(string(t.event.id), string(id)) })
			for ; i < len(talks) && talks[i].event.id == ID(x.Event); i++ {
				t := talks[i]
				if (t.from == of && t.to == other || t.to == of && t.from == other) && t.event.place(vocab.SemHasTimeStamp) == x.At {
					if truth := q.truth(t.event); truth != edtf.No {
						contactOf(looked, other).add(t.event.kindOf(), truth, x.Seen)
					}
				}
			}
		}
		return nil
	}
	certain := q.certainty != nil && *q.certainty == Certain
	read, err := c.view.store.TiesWithin(ctx, actors, from, to, certain, q.use, look)
	if err != nil {
		return nil, nil, err
	}
	ties = make([][]store.TieWithin, len(c.ids))
	for i, list := range read {
		if of := of[i]; len(same.with[c.ids[of]]) == 0 && !same.anyMerged(list) {
			ties[of] = list
		} else if err := c.view.addTies(ctx, list, looked[of]); err != nil {
			return nil, nil, err
		}
	}
	return ties, looked, nil
}

// anyMerged reports whether somebody whom others know by another id is among those of some ties.
func (s *identities) anyMerged(ties []store.TieWithin) bool {
	return s.any() && slices.ContainsFunc(ties, func(t store.TieWithin) bool {
		ref, ok := t.Ref()
		return ok && s.ref(ref) != ref
	})
}

// addTies adds what the index counted to what survivors have.
func (v *View) addTies(ctx context.Context, ties []store.TieWithin, to map[ID]*Contact) error {
	list := make([]*store.TieWithin, len(ties))
	for i := range ties {
		list[i] = &ties[i]
	}
	if err := v.store.NameTies(ctx, list); err != nil {
		return err
	}
	for _, t := range list {
		if t.Other != "" {
			contactOf(to, v.same().id(ID(t.Other))).merge(t)
		}
	}
	return nil
}

// met reports whether somebody was in an event with a member, or as one, under two ids: then what the store counts of each id is not what they
// have together.
func (c *cohort) met(ctx context.Context) (bool, error) {
	const most = 1000 // beyond so many events it is taken for granted
	m, err := c.view.store.met(ctx)
	switch {
	case err != nil || len(m.ids) == 0:
		return false, err
	case len(m.ids) > most || slices.ContainsFunc(c.ids, func(id ID) bool { return m.of[id] }):
		return true, nil
	}
	tax, err := c.view.taxonomy(ctx)
	if err != nil {
		return false, err
	}
	events, err := c.view.load(ctx, m.ids)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(events, func(r *record) bool {
		return slices.ContainsFunc(tax.actors(r), func(id ID) bool { _, ok := slices.BinarySearch(c.ids, id); return ok })
	}), nil
}

// pastTies is ties as of then: what the indexes count stands now, so the records of all candidates are read, batch by batch.
func (c *cohort) pastTies(ctx context.Context, q *contactQuery) (ties [][]store.TieWithin, looked []map[ID]*Contact, err error) {
	v := c.view
	ties, looked = make([][]store.TieWithin, len(c.ids)), make([]map[ID]*Contact, len(c.ids))
	for i, of := range c.ids {
		looked[i] = map[ID]*Contact{}
		s, only := q.tax.talkStream(&InteractionWhere{Actor: &of, Kinds: q.kinds, During: q.during, Certainty: q.certainty})
		err := eachBatch(ctx, v, s, func(list []dated) error {
			talks, err := v.scratch().talksAt(ctx, list, only)
			if err != nil {
				return err
			}
			events := make([]store.IRI, len(talks))
			for j, t := range talks {
				events[j] = store.IRI(t.event.id)
			}
			orders, err := v.store.Orders(ctx, events)
			if err != nil {
				return err
			}
			for j, t := range talks {
				if t.from != of && t.to != of {
					continue
				}
				if truth := q.truth(t.event); truth != edtf.No {
					seen := store.Seen{At: t.event.place(vocab.SemHasTimeStamp), Order: orders[j]}
					contactOf(looked[i], t.other(of)).add(t.event.kindOf(), truth, seen)
				}
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return ties, looked, nil
}

func contactOf(contacts map[ID]*Contact, id ID) *Contact {
	x := contacts[id]
	if x == nil {
		x = &Contact{id: id, Count: &Range{}, kinds: map[ID]*Range{}}
		contacts[id] = x
	}
	return x
}

// add counts a talk.
func (c *Contact) add(kind ID, truth edtf.Truth, s store.Seen) {
	c.Count.add(truth)
	if c.kinds[kind] == nil {
		c.kinds[kind] = &Range{}
	}
	c.kinds[kind].add(truth)
	if hasDay(s.At) {
		c.see(s, s)
	}
}

// see takes in a first and a last talk.
func (c *Contact) see(first, last store.Seen) {
	begins := func(a, b store.Seen) int {
		return cmp.Or(edtf.CompareBounds(a.Earliest, a.Latest, b.Earliest, b.Latest), a.Order.Compare(b.Order))
	}
	if c.first.Event == "" || begins(first, c.first) < 0 {
		c.first = first
	}
	if c.last.Event == "" || cmp.Or(cmp.Compare(endDay(last.At), endDay(c.last.At)), c.last.Order.Compare(last.Order)) > 0 {
		c.last = last
	}
}

// endDay is the day that a date ends on or, if that is not known, begins on.
func endDay(at dated) edtf.Day {
	for _, b := range []edtf.Bound{at.Latest, at.Earliest} {
		if day, ok := dayOf(b); ok {
			return day
		}
	}
	return edtf.MinDay
}

// merge takes in what the index counted.
func (c *Contact) merge(t *store.TieWithin) {
	c.Count.Min, c.Count.Max = c.Count.Min+t.Min, c.Count.Max+t.Max
	for _, p := range t.Parts {
		kind := ID(p.Kinds[0])
		if c.kinds[kind] == nil {
			c.kinds[kind] = &Range{}
		}
		c.kinds[kind].Min, c.kinds[kind].Max = c.kinds[kind].Min+p.Min, c.kinds[kind].Max+p.Max
	}
	if t.First.Event != "" {
		c.see(t.First, t.Last)
	}
}

// rankKey is where a contact stands: by the most talks, then the last day. There is room in it for an id.
func rankKey(most int, last dated) key {
	day := ""
	if hasDay(last) {
		day = dayKey(endDay(last))
	}
	return append(make(key, 0, 3), padded(uint64(most), 10), day)
}

// padded writes a number with at least so many digits.
func padded(n uint64, digits int) string {
	var b [20]byte
	i := len(b)
	for ; n > 0 || len(b)-i < digits; n /= 10 {
		i--
		b[i] = '0' + byte(n%10)
	}
	return string(b[i:])
}

// A contactCut is the ties that a page is cut from, and how many others come before and after them.
type contactCut struct {
	list          []*store.TieWithin
	skipped, left int
}

var contactOrder = order{name: "contacts", desc: []bool{true, true}}

// cutContacts chooses the ties whose names are read: those of the page, and those that are as frequent and as recent as its ends; all
// if there are few, or some were counted otherwise.
func cutContacts(ties []store.TieWithin, counted bool, p Page) (contactCut, error) {
	const few = 200
	o := contactOrder
	list := make([]*store.TieWithin, len(ties))
	for i := range ties {
		list[i] = &ties[i]
	}
	skipped, left := 0, 0
	if counted && len(list) > few && p.Last == nil && p.Before == nil {
		n, _, _ := p.limit()
		ranks := func(a, b *store.TieWithin) int {
			return o.compare(rankKey(a.Max, a.Last.At), rankKey(b.Max, b.Last.At))
		}
		slices.SortFunc(list, func(a, b *store.TieWithin) int {
			return cmp.Or(cmp.Compare(b.Max, a.Max), cmp.Compare(endDay(b.Last.At), endDay(a.Last.At)))
		})
		if p.After != nil {
			k, err := o.parse("after", *p.After, 3)
			if err != nil {
				return contactCut{}, err
			}
			skipped, _ = slices.BinarySearchFunc(list, k, func(t *store.TieWithin, k key) int { return o.compare(rankKey(t.Max, t.Last.At), k[:2]) })
			for end := skipped; end < len(list) && o.compare(rankKey(list[end].Max, list[end].Last.At), k[:2]) == 0; end++ {
				n++
			}
		}
		end := min(len(list), skipped+n+1)
		for end < len(list) && ranks(list[end-1], list[end]) == 0 {
			end++
		}
		left = len(list) - end
		list = list[skipped:end]
	}
	return contactCut{list, skipped, left}, nil
}

// contactPage cuts one actor's page out of contacts before which skipped others come, and after which left.
func contactPage(of ID, q *contactQuery, found []*Contact, skipped, left int, p Page) (*ContactConnection, error) {
	rows, edges := make([]row[*ContactEdge], len(found)), make([]ContactEdge, len(found))
	for i, x := range found {
		x.of, x.query = of, q
		e := &edges[i]
		e.Node, e.Certainty = x, Possible
		if x.Count.Min > 0 {
			e.Certainty = Certain
		}
		rows[i] = row[*ContactEdge]{append(rankKey(x.Count.Max, x.last.At), string(x.id)), e}
	}
	con, err := page[*Contact](rows, q.order, 3, p, func(e *ContactEdge, cursor string, place int) { e.Cursor, e.Rank = cursor, skipped+place+1 })
	if err != nil {
		return nil, err
	}
	con.PageInfo.HasPreviousPage = con.PageInfo.HasPreviousPage || skipped > 0
	con.PageInfo.HasNextPage = con.PageInfo.HasNextPage || left > 0
	return con, nil
}
