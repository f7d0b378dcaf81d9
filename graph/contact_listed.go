package graph

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
)

// listedTies are an actor's talks in memory, by counterpart and day: see [network]. Whom the actor talked to most in a window is then two
// binary searches for each of those who may be in the page, and not a look at every talk.
type listedTies struct {
	query *contactQuery
	names *networkNames
	list  *talkList
}

// A listedTie is what an actor has with one counterpart in a window.
type listedTie struct {
	with     int32 // its place in the list
	n        int32 // how many of talks are of the kinds asked for
	talks    []talkAt
	from, to int32 // the first and the last day of these
}

// listedTies returns the talks of all members. It returns nil if a talk of one of them has a date that is no single day, or if they are more
// than one question may read: then the store and the records have to count.
func (c *cohort) listedTies(ctx context.Context, q *contactQuery) ([]listedTies, error) {
	if !q.now || c.view.graph.limits.kept == 0 {
		return nil, nil
	}
	r, err := c.view.networkReader(ctx)
	if err != nil {
		return nil, err
	}
	actors, err := r.numbersOf(ctx, c.ids)
	if errors.Is(err, errNoNumber) {
		return nil, nil // ids of nothing came in with the others
	}
	if err != nil {
		return nil, err
	}
	if ok, err := r.readOnly(ctx, actors); err != nil || !ok {
		return nil, err
	}
	out := make([]listedTies, len(actors))
	for i, a := range actors {
		out[i] = listedTies{q, r.names, r.at(a)}
		if !out[i].list.days {
			return nil, nil
		}
	}
	return out, nil
}

// within returns what the actor has with one counterpart.
func (l *listedTies) within(i int32) (t listedTie) {
	t = listedTie{with: i, talks: l.list.talksWith(int(i))}
	if w := l.query.window; w != nil {
		t.talks = within(t.talks, w.From, w.To)
	}
	if len(l.query.kinds) == 0 {
		if t.n = int32(len(t.talks)); t.n > 0 {
			t.from, t.to = t.talks[0].first, t.talks[t.n-1].last
		}
		return t
	}
	table := l.names.kindTable()
	for i := range t.talks {
		if l.query.ofKind(table[t.talks[i].kind]) {
			if t.to = t.talks[i].last; t.n == 0 {
				t.from = t.talks[i].first
			}
			t.n++
		}
	}
	return t
}

// rank is a number that is the greater the earlier the tie comes; those of one rank come by id.
func (t *listedTie) rank() uint64 { return uint64(t.n)<<32 | uint64(int64(t.to)-math.MinInt32) }

// best returns the n first, and those of the same rank as the last of them; all for no n. It does not look at counterparts with fewer
// talks of any time.
func (l *listedTies) best(n int) (ties []listedTie) {
	ties = make([]listedTie, 0, n+n/2) // most pages have few of the last rank
	ranks := make([]uint64, 0, n)      // the greatest so far, at most n, descending
	for _, i := range l.list.byCount() {
		if n > 0 && len(ranks) == n && uint64(l.list.count(i)) < ranks[n-1]>>32 {
			break
		}
		t := l.within(i)
		if t.n == 0 {
			continue
		}
		if n == 0 {
			ties = append(ties, t)
			continue
		}
		rank := t.rank()
		if len(ranks) == n && rank < ranks[n-1] {
			continue
		}
		ties = append(ties, t)
		at, _ := slices.BinarySearchFunc(ranks, rank, func(a, b uint64) int { return cmp.Compare(b, a) })
		if at < n {
			ranks = slices.Insert(ranks[:min(len(ranks), n-1)], at, rank)
		}
	}
	if n > 0 && len(ranks) == n {
		ties = slices.DeleteFunc(ties, func(t listedTie) bool { return t.rank() < ranks[n-1] })
	}
	return ties
}

// page cuts the actor's page.
func (l *listedTies) page(of ID, p Page) (*ContactConnection, error) {
	n := 0
	if p.After == nil && p.Before == nil && p.Last == nil {
		n, _, _ = p.limit()
		n++ // whether another page follows
	}
	ties := l.best(n)
	table := l.names.table()
	made, found := make([]struct { // one allocation for a page
		contact Contact
		count   Range
	}, len(ties)), make([]*Contact, len(ties))
	for i, t := range ties {
		x, count := &made[i].contact, &made[i].count
		*count = Range{int(t.n), int(t.n)}
		x.id, x.Count, x.listed, x.names = table[l.list.to[t.with]], count, t.talks, l.names
		x.first, x.last = l.seen(t.talks, t.from), l.seen(t.talks, t.to)
		found[i] = x
	}
	con, err := contactPage(of, l.query, found, 0, 0, p)
	if err != nil {
		return nil, err
	}
	con.total = func(context.Context) (int, error) {
		return len(l.best(0)), nil
	}
	return con, nil
}

// seen returns the first talk in the order of lists, of those on a day, without a name.
func (l *listedTies) seen(talks []talkAt, day int32) (s store.Seen) {
	i, _ := slices.BinarySearchFunc(talks, day, func(t talkAt, day int32) int { return cmp.Compare(t.first, day) })
	table := l.names.kindTable()
	for first := true; i < len(talks) && talks[i].first == day; i++ {
		if o := talks[i].event.Order(); l.query.ofKind(table[talks[i].kind]) && (first || o.Compare(s.Order) < 0) {
			s.Order, first = o, false
		}
	}
	bound := edtf.Bound{Kind: edtf.Known, Day: edtf.Day(day)}
	s.Earliest, s.Latest = bound, bound
	return s
}

// nameListed names the events that were first and last with contacts that came from lists.
func nameListed(ctx context.Context, v *View, contacts []*Contact) error {
	orders := make([]store.Order, 0, 2*len(contacts))
	for _, x := range contacts {
		if len(x.listed) > 0 {
			orders = append(orders, x.first.Order, x.last.Order)
		}
	}
	if len(orders) == 0 {
		return nil
	}
	names, err := v.store.Ordered(ctx, orders)
	if err != nil {
		return err
	}
	for _, x := range contacts {
		if len(x.listed) > 0 {
			x.first.Event, x.last.Event, names = names[0], names[1], names[2:]
		}
	}
	return nil
}
