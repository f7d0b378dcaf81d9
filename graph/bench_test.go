package graph_test

import (
	"testing"

	"github.com/parleygraph/parley/graph"
)

// benchmark asks the curated graph, each time by a view of its own, and reports what that costs in calls and gives in rows.
func benchmark(b *testing.B, ask func(b *testing.B, v *graph.View) int) {
	g, _ := open(b, curated())
	calls, rows := 0, ask(b, g.View()) // the first view reads the kinds and roles
	if rows == 0 {
		b.Fatal("no rows")
	}
	b.ReportAllocs()
	for b.Loop() {
		v := g.View()
		rows = ask(b, v)
		calls = v.Calls()
	}
	b.ReportMetric(float64(calls), "calls/op")
	b.ReportMetric(float64(rows), "rows/op")
}

func BenchmarkInteractionsOfAnActor(b *testing.B) {
	benchmark(b, func(b *testing.B, v *graph.View) int {
		list := must(v.Interactions(ctx, &graph.InteractionWhere{Actor: ptr(graph.ID("person:pete-hegseth"))}, nil, graph.Page{}))(b).Nodes()
		for _, i := range list {
			must(i.From(ctx))(b).Name(nil)
			must(i.To(ctx))(b).Name(nil)
			for _, c := range must(i.Claims(ctx))(b) {
				must(c.Source(ctx))(b).Title(nil)
			}
		}
		return len(list)
	})
}

func BenchmarkContacts(b *testing.B) {
	benchmark(b, func(b *testing.B, v *graph.View) int {
		list := must(v.Contacts(ctx, "government:mexico", nil, nil, nil, graph.Page{}))(b).Nodes()
		for _, c := range list {
			must(c.Actor(ctx))(b).Name(nil)
		}
		return len(list)
	})
}

func BenchmarkEventsPage(b *testing.B) {
	benchmark(b, func(b *testing.B, v *graph.View) int {
		list := must(v.Events(ctx, nil, nil, graph.Page{}))(b).Nodes()
		walkEvents(b, list)
		return len(list)
	})
}

func BenchmarkSearch(b *testing.B) {
	benchmark(b, func(b *testing.B, v *graph.View) int {
		return len(must(v.Search(ctx, "mexico", nil, graph.Page{}))(b).Nodes())
	})
}
