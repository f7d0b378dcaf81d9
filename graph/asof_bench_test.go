package graph_test

import (
	"testing"

	"github.com/parleygraph/parley/graph"
)

// The questions of other benchmarks, of the past: the two side by side say what asOf costs.

func past(b *testing.B, v *graph.View) *graph.View {
	return must(v.AsOf(&graph.AsOf{KnownAt: ptr("2027-01-01T00:00:00Z")}))(b)
}

func BenchmarkContactsAsOf(b *testing.B) {
	benchmark(b, func(b *testing.B, v *graph.View) int {
		list := must(past(b, v).Contacts(ctx, "government:mexico", nil, nil, graph.Page{}))(b).Nodes()
		for _, c := range list {
			must(c.Actor(ctx))(b).Name(nil)
		}
		return len(list)
	})
}

func BenchmarkEventsPageAsOf(b *testing.B) {
	benchmark(b, func(b *testing.B, v *graph.View) int {
		list := must(past(b, v).Events(ctx, nil, nil, graph.Page{}))(b).Nodes()
		walkEvents(b, list)
		return len(list)
	})
}

func BenchmarkDiff(b *testing.B) {
	benchmark(b, func(b *testing.B, v *graph.View) int {
		return len(must(v.Diff(ctx, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", graph.Page{}))(b).Nodes())
	})
}
