package graph_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// mergedQuestions are what is asked of an actor, and of it and another.
var mergedQuestions = []struct {
	name string
	ask  func(t testing.TB, v *graph.View, of, with graph.ID)
}{
	{"interactions", func(t testing.TB, v *graph.View, of, _ graph.ID) {
		for _, x := range must(v.Interactions(ctx, &graph.InteractionWhere{Actor: &of}, nil, graph.Page{First: ptr(20)}))(t).Nodes() {
			_ = must(x.From(ctx))(t).Name(nil) + must(x.To(ctx))(t).Name(nil)
		}
	}},
	{"pair", func(t testing.TB, v *graph.View, of, with graph.ID) {
		must(v.Interactions(ctx, &graph.InteractionWhere{Actor: &of, Counterpart: &with}, nil, graph.Page{First: ptr(20)}))(t)
	}},
	{"events", func(t testing.TB, v *graph.View, of, _ graph.ID) {
		con := must(must(v.Actor(ctx, &of, nil))(t).Events(ctx, nil, nil, ptr(20), nil, nil, nil))(t)
		must(con.TotalCount(ctx))(t)
	}},
	{"contacts", func(t testing.TB, v *graph.View, of, _ graph.ID) {
		for _, x := range must(v.Contacts(ctx, of, nil, nil, nil, graph.Page{First: ptr(20)}))(t).Nodes() {
			_ = must(x.Actor(ctx))(t).Name(nil) + must(x.Last(ctx))(t).EDTF
		}
	}},
	{"timeline", func(t testing.TB, v *graph.View, of, _ graph.ID) {
		must(v.Timeline(ctx, []graph.ID{of}, nil, graph.Month))(t)
	}},
	{"timeline of talks", func(t testing.TB, v *graph.View, of, _ graph.ID) {
		must(v.Timeline(ctx, []graph.ID{of}, &graph.EventWhere{Kinds: []graph.ID{"kind:communication"}}, graph.Month))(t)
	}},
	{"timeline of the two", func(t testing.TB, v *graph.View, of, with graph.ID) {
		must(v.Timeline(ctx, []graph.ID{of, with}, nil, graph.Month))(t)
	}},
	{"graph", func(t testing.TB, v *graph.View, of, _ graph.ID) {
		must(v.GraphPayload(ctx, graph.GraphQuery{Around: []graph.ID{of}, MaxNodes: ptr(50)}))(t)
	}},
	{"seen", func(t testing.TB, v *graph.View, of, _ graph.ID) {
		a := must(v.Actor(ctx, &of, nil))(t)
		must(a.FirstSeen(ctx))(t)
		must(a.LastSeen(ctx))(t)
	}},
	{"coverage", func(t testing.TB, v *graph.View, of, with graph.ID) {
		must(v.Coverage(ctx, []graph.ID{of}, nil))(t)
	}},
}

// BenchmarkIcewsMerged asks real events about the second busiest actor; then about it after the busiest, which it met, was merged into it; and then
// about one whom the busiest never met, after it was merged into that: of a graph that has just been opened, again, and after a write that has
// nothing to do with any of them. It reports how often the store was asked, and for how many records, beside the time.
//
//	go test ./graph -run - -bench IcewsMerged -benchtime 1x -icews.store DIR
func BenchmarkIcewsMerged(b *testing.B) {
	if testing.Short() {
		b.Skip("it asks questions of half a million events")
	}
	_, s := icewsStore(b)
	ids, events := icewsActors(b)
	slices.SortStableFunc(ids, func(a, b graph.ID) int { return events[b] - events[a] })
	merged, second, with := ids[0], ids[1], ids[2]
	v := s.View()
	stranger := ids[slices.IndexFunc(ids, func(id graph.ID) bool {
		return id != merged && len(must(v.EventsOfPair(ctx, store.IRI(merged), store.IRI(id), store.Span{Limit: 1}))(b)) == 0
	})]
	v.Close()
	b.Logf("%s has %d events, %s %d, %s, whom the first never met, %d", merged, events[merged], second, events[second], stranger, events[stranger])
	write := func(b *testing.B, n int) {
		q := store.Quad{Subject: store.IRI(fmt.Sprintf("place:%d", n)), Predicate: store.IRI(vocab.SchemaName), Object: store.String("Nowhere"), Label: store.IRI("claim:icews-in-2005")}
		must(s.Add(ctx, []store.Quad{q}))(b)
		must(s.Remove(ctx, []store.Quad{q}))(b)
	}
	run := func(b *testing.B, survivor graph.ID) {
		for _, q := range mergedQuestions {
			b.Run(q.name, func(b *testing.B) {
				for b.Loop() {
					g := graph.New(s, "")
					for _, when := range []string{"first", "again", "written"} {
						if when == "written" {
							write(b, b.N)
						}
						start := time.Now()
						v := g.View()
						q.ask(b, v, survivor, with)
						b.ReportMetric(float64(time.Since(start))/1e6, when+"-ms")
						b.ReportMetric(float64(v.Calls()), when+"-calls")
						b.ReportMetric(float64(v.Records()), when+"-records")
						v.Close()
					}
				}
			})
		}
	}
	b.Run("apart", func(b *testing.B) { run(b, second) })
	for _, survivor := range []graph.ID{second, stranger} {
		name := "met"
		if survivor == stranger {
			name = "strangers"
		}
		quads := mergedQuads(string(merged), string(survivor), 1)
		must(s.Add(ctx, quads))(b)
		b.Run(name, func(b *testing.B) { run(b, survivor) })
		must(s.Remove(ctx, quads))(b)
	}
}
