package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

var relevanceOrder = order{name: "events RELEVANCE", desc: []bool{true, true}}

// eventsByRelevance cuts a page of the events that pass a filter, those first whose summaries fit its text best, then newest first, then by
// id. It reads the records of all candidates, batch by batch, and keeps no more than the page.
func (v *View) eventsByRelevance(ctx context.Context, f *eventFilter, where *EventWhere, p Page) (*EventConnection, error) {
	if where == nil || where.Text == nil {
		return nil, invalid("orderBy", "relevance is that of a text: give where.text, or order by time")
	}
	want := words(fold(*where.Text))
	if len(want) == 0 {
		return nil, invalid("where.text", "there is no word in it, so nothing is more relevant than anything else")
	}
	n, fromEnd, err := p.limit()
	if err != nil {
		return nil, err
	}
	o := relevanceOrder
	var after, before key
	for _, c := range []struct {
		argument string
		cursor   *string
		to       *key
	}{{"after", p.After, &after}, {"before", p.Before, &before}} {
		if c.cursor != nil {
			if *c.to, err = o.parse(c.argument, *c.cursor, 3); err != nil {
				return nil, err
			}
		}
	}
	var best []row[*EventEdge] // in the order from where the page is cut
	compare := func(a, b row[*EventEdge]) int {
		if fromEnd {
			a, b = b, a
		}
		return o.compare(a.key, b.key)
	}
	err = eachBatch(ctx, v, f.stream(where), func(list []dated) error {
		rows, err := f.expand(ctx, v.scratch(), [][]dated{list})
		if err != nil {
			return err
		}
		for _, x := range rows[0] {
			r := x.edge.Node.rec
			k := key{fmt.Sprintf("%.6f", r.relevance(want)), timeKey(r.when(vocab.SemHasTimeStamp), TimeDesc), string(r.id)}
			if after != nil && o.compare(k, after) <= 0 || before != nil && o.compare(k, before) >= 0 {
				continue
			}
			one := row[*EventEdge]{k, x.edge}
			if i, _ := slices.BinarySearchFunc(best, one, compare); i <= n {
				best = slices.Insert(best, i, one)
				best = best[:min(len(best), n+1)]
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	more := len(best) > n
	best = best[:min(len(best), n)]
	if fromEnd {
		slices.Reverse(best)
	}
	c := &EventConnection{
		Edges:    make([]*EventEdge, len(best)),
		PageInfo: &PageInfo{HasPreviousPage: p.After != nil || fromEnd && more, HasNextPage: p.Before != nil || !fromEnd && more},
		count:    func(ctx context.Context) (*Range, error) { return v.countEvents(ctx, where) },
	}
	records := make([]*record, len(best))
	ids := make([]ID, len(best))
	for i, x := range best {
		c.Edges[i] = x.edge
		x.edge.Cursor = o.cursor(x.key)
		records[i] = x.edge.Node.rec
		ids[i] = records[i].id
		if i == 0 {
			c.PageInfo.StartCursor = &x.edge.Cursor
		}
		c.PageInfo.EndCursor = &x.edge.Cursor
	}
	v.adopt(records)
	shown := v.cohort(ids)
	for _, e := range c.Edges {
		e.Node.node.cohort = shown
	}
	return c, nil
}

// relevance tells how well the best of the record's summaries fits some words, from 0 to 1.
func (r *record) relevance(want []string) (best float64) {
	for _, f := range r.all(vocab.DctermsDescription) {
		score, _ := textFit(words(fold(store.Text(f.object))), want)
		best = max(best, score)
	}
	return best
}

// textFit tells how the words that are wanted fit those of a text, and how well, from 0 to 1: all must be found in it, as they are or as beginnings. A
// whole word counts more than a beginning, and a text of which the words are more counts more.
func textFit(have, want []string) (score float64, m manner) {
	if slices.Equal(have, want) {
		return 1, sameFit
	}
	if !haveWords(have, want) {
		return 0, noFit
	}
	whole, letters, all := 0, 0, 0
	for _, w := range want {
		if slices.Contains(have, w) {
			whole++
		}
		letters += len(w)
	}
	for _, h := range have {
		all += len(h)
	}
	score = 0.5 + 0.2*float64(whole)/float64(len(want)) + 0.25*min(1, float64(letters)/float64(all))
	if whole < len(want) {
		return score, prefixFit
	}
	return score, wordFit
}
