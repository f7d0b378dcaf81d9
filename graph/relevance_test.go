package graph_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
)

func TestEventsByRelevance(t *testing.T) {
	v := world(t, `
		event:a when 2025-01-01
		event:a summary Talks on trade and on tariffs
		event:b when 2025-01-02
		event:b summary A trader and others held several talks
		event:c when 2025-01-03
		event:c summary Trade talks
		event:d when 2025-01-04
		event:d summary Talks on trade and on tariffs
		event:e when 2025-01-05
		event:e summary Tariffs`)
	where := &graph.EventWhere{Text: ptr("trade talks")}
	got := must(v.Events(ctx, where, ptr(graph.Relevance), graph.Page{}))(t)
	diff(t, "best first, then newest", ids(got.Nodes()), []graph.ID{"event:c", "event:d", "event:a", "event:b"})
	diff(t, "count", *must(got.Count(ctx))(t), graph.Range{Min: 4, Max: 4})
	for _, c := range []struct {
		argument string
		where    *graph.EventWhere
		page     graph.Page
	}{
		{"orderBy", nil, graph.Page{}},
		{"orderBy", &graph.EventWhere{During: window("2025", "")}, graph.Page{}},
		{"where.text", &graph.EventWhere{Text: ptr("...")}, graph.Page{}},
		{"after", where, graph.Page{After: &must(v.Events(ctx, where, nil, graph.Page{}))(t).Edges[0].Cursor}},
		{"first", where, graph.Page{First: ptr(0)}},
	} {
		_, err := v.Events(ctx, c.where, ptr(graph.Relevance), c.page)
		var argument *graph.ArgumentError
		if !errors.As(err, &argument) || argument.Argument != c.argument {
			t.Errorf("Events(%+v) = %v, want an error of %s", c.where, err, c.argument)
		}
	}
}

func TestRelevanceAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := drawModel(r)
		v := m.view(r)
		where := drawEventWhere(r, 1)
		where.Text = ptr(rapid.SampledFrom([]string{"talk", "TRADE a", "tar"}).Draw(r, "text"))
		// How well each summary fits each text: a talk on trade, a talk, tariffs again.
		score := map[string]map[string]int{
			"talk":    {"Tálk": 3, "A talk on trade": 2},
			"TRADE a": {"A talk on trade": 2},
			"tar":     {"tariffs again": 1},
		}[*where.Text]
		rank := func(e *mEvent) (best int) {
			for _, s := range standing(e.summary) {
				best = max(best, score[s])
			}
			return best
		}
		events := slices.Clone(m.events)
		slices.SortStableFunc(events, func(a, b *mEvent) int {
			x, hasX := a.sortKey()
			y, hasY := b.sortKey()
			c := cmp.Compare(rank(b), rank(a))
			switch {
			case c != 0:
				return c
			case hasX && hasY:
				return cmp.Or(cmp.Compare(y, x), cmp.Compare(a.id, b.id))
			case hasX:
				return -1
			case hasY:
				return 1
			}
			return cmp.Compare(a.id, b.id)
		})
		var want []string
		for _, e := range events {
			if truth := m.matchEvent(e, where); truth > 0 {
				want = append(want, fmt.Sprint(e.id, certaintyOf(truth)))
			}
		}
		get := func(p graph.Page) *graph.EventConnection {
			return must(v.Events(ctx, where, ptr(graph.Relevance), p))(r)
		}
		var got []string
		for _, e := range get(all).Edges {
			got = append(got, fmt.Sprint(e.Node.ID(), e.Certainty))
		}
		if !slices.Equal(got, want) {
			r.Fatalf("events = %q, want %q", got, want)
		}
		samePages(r, "events by relevance", []int{1, 2, 4}, get, func(e *graph.Event) string { return string(e.ID()) })
	})
}
