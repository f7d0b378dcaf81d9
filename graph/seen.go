package graph

import (
	"context"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/schema/vocab"
)

// FirstSeen returns when the actor's event was that began first, nil if it has none with a known day; of several, it is that of the first
// in the order of lists. It is read for all actors that came in with it, from the ends of their lists.
func (a *actor) FirstSeen(ctx context.Context) (*When, error) {
	all, err := remember(a.cohort, "first seen", func() (map[ID]*When, error) {
		return a.cohort.outermost(ctx, TimeAsc)
	})
	return all[a.rec.id], err
}

// LastSeen returns when the actor's event was that ended last or, if that day is open or unknown, began last; nil if it has none with a
// known day. Of several, it is that of the one that began last.
func (a *actor) LastSeen(ctx context.Context) (*When, error) {
	all, err := remember(a.cohort, "last seen", func() (map[ID]*When, error) { return a.cohort.lastSeen(ctx) })
	return all[a.rec.id], err
}

// outermost returns the date of each member's first event in an order of time; members without a dated one have none.
func (c *cohort) outermost(ctx context.Context, by TimeOrder) (map[ID]*When, error) {
	f, err := c.view.eventFilter(ctx, nil, "")
	if err != nil {
		return nil, err
	}
	streams := make([]*stream, len(c.ids))
	for i, id := range c.ids {
		streams[i] = f.streamOf(id, nil)
	}
	one := 1
	list, err := c.view.eventPages(ctx, f, streams, &by, Page{First: &one})
	if err != nil {
		return nil, err
	}
	out := map[ID]*When{}
	for i, con := range list {
		for _, e := range con.Edges {
			if hasDay(e.Node.rec.place(vocab.SemHasTimeStamp)) {
				out[c.ids[i]] = e.Node.rec.when(vocab.SemHasTimeStamp)
			}
		}
	}
	return out, nil
}

// lastSeen takes the event that began last, and then looks for those that began earlier and ended later. These overlap the days behind
// its end; so do those of which no end is known, which never ended later.
func (c *cohort) lastSeen(ctx context.Context) (map[ID]*When, error) {
	last, err := c.outermost(ctx, TimeDesc)
	if err != nil {
		return nil, err
	}
	f, err := c.view.eventFilter(ctx, nil, "")
	if err != nil {
		return nil, err
	}
	var streams []*stream
	var of []ID
	for _, id := range c.ids {
		if w := last[id]; w != nil && endOf(w) < edtf.MaxDay {
			s := f.streamOf(id, nil)
			from := endOf(w) + 1
			s.from = &from
			streams, of = append(streams, s), append(of, id)
		}
	}
	many := MaxPage
	by := TimeDesc
	list, err := c.view.eventPages(ctx, f, streams, &by, Page{First: &many})
	if err != nil {
		return nil, err
	}
	for i, con := range list {
		later := func(w *When) {
			if w != nil && endOf(w) > endOf(last[of[i]]) {
				last[of[i]] = w
			}
		}
		for _, e := range con.Edges {
			later(e.Node.rec.when(vocab.SemHasTimeStamp))
		}
		if !con.PageInfo.HasNextPage {
			continue
		}
		// Seldom: more of them than a page has.
		var latest *When
		err := eachBatch(ctx, c.view, streams[i], func(batch []dated) error {
			rows, err := f.expand(ctx, c.view.scratch(), [][]dated{batch})
			if err != nil {
				return err
			}
			for _, row := range rows[0] { // oldest first: of several, the one that began last
				if w := row.edge.Node.rec.when(vocab.SemHasTimeStamp); w != nil && (latest == nil || endOf(w) >= endOf(latest)) {
					latest = w
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		later(latest)
	}
	return last, nil
}
