package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
)

func TestSeenAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := drawModel(r)
		v := m.view(r)
		var ids []graph.ID
		for _, id := range mActorIDs {
			ids = append(ids, graph.ID(id))
		}
		for _, n := range must(v.Nodes(ctx, ids))(r) {
			var events []*mEvent
			for _, e := range m.events {
				if _, dated := e.sortKey(); dated && slices.ContainsFunc(e.parts, func(p mPart) bool { return p.actor == string(n.ID()) && !p.claim.denies }) {
					events = append(events, e)
				}
			}
			want := [2]string{}
			slices.SortFunc(events, func(a, b *mEvent) int { return compareEvents(a, b, graph.TimeAsc) })
			for i, e := range events {
				when := preferred(e.date)
				if i == 0 {
					want[0] = when
				}
				if want[1] == "" || lastDay(when) >= lastDay(want[1]) {
					want[1] = when
				}
			}
			got := [2]string{}
			a := n.(graph.Actor)
			for i, seen := range []*graph.When{must(a.FirstSeen(ctx))(r), must(a.LastSeen(ctx))(r)} {
				if seen != nil {
					got[i] = seen.EDTF
				}
			}
			if got != want {
				r.Fatalf("%s was seen %q, want %q", n.ID(), got, want)
			}
		}
	})
}

// More events that have not ended than a page has, and one among them that ended later than the one that began last.
func TestLastSeenBehindMany(t *testing.T) {
	var lines strings.Builder
	for i := range 250 {
		fmt.Fprintf(&lines, "event:e%d when 2024-%02d-%02d/..\nevent:e%d role:subject person:ann\n", i, 1+i/28, 1+i%28, i)
	}
	lines.WriteString("event:long when 2023-01-01/2026-01-01\nevent:long role:subject person:ann\nevent:last when 2025-02-01\nevent:last role:subject person:ann\n")
	v := world(t, lines.String())
	a := node[*graph.Person](t, v, "person:ann")
	if got := must(a.FirstSeen(ctx))(t).EDTF; got != "2023-01-01/2026-01-01" {
		t.Errorf("FirstSeen() = %s", got)
	}
	if got := must(a.LastSeen(ctx))(t).EDTF; got != "2023-01-01/2026-01-01" {
		t.Errorf("LastSeen() = %s, want the event that ended last", got)
	}
}
