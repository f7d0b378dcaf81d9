package graph_test

import (
	"testing"

	"github.com/parleygraph/parley/graph"
)

func TestSourceRoot(t *testing.T) {
	v := world(t, `
		source:post derivedFrom source:reprint
		source:reprint derivedFrom source:wire
		source:digest derivedFrom source:wire
		source:digest derivedFrom source:blog
		source:ping derivedFrom source:pong
		source:pong derivedFrom source:ping
		source:self derivedFrom source:self
		source:tail derivedFrom source:ping
		claim:denial stance DENIES
		source:alone derivedFrom source:wire by claim:denial`)
	for id, want := range map[graph.ID]graph.ID{
		"source:post": "source:wire", "source:reprint": "source:wire", "source:wire": "source:wire",
		"source:digest": "source:blog", // the first by id
		"source:self":   "source:self", "source:alone": "source:alone",
	} {
		if got := must(node[*graph.Source](t, v, id).Root(ctx))(t).ID(); got != want {
			t.Errorf("%s: Root() = %s, want %s", id, got, want)
		}
	}
	for _, id := range []graph.ID{"source:ping", "source:pong", "source:tail"} { // there is no first; it ends
		if got := must(node[*graph.Source](t, v, id).Root(ctx))(t).ID(); got != "source:ping" && got != "source:pong" {
			t.Errorf("%s: Root() = %s, want one of the cycle", id, got)
		}
	}
	diff(t, "DerivedFrom of source:digest", ids(must(node[*graph.Source](t, v, "source:digest").DerivedFrom(ctx))(t)), []graph.ID{"source:blog", "source:wire"})
}

func TestSourceWhere(t *testing.T) {
	v := world(t, `
		source:a title The Café Papers
		source:a published 2025-03
		source:a publisher organization:press
		source:b title Visits
		source:b title@es Visitas
		source:b published 2025-03-10
		source:c title Undated
		claim:c source source:c
		claim:c stance DENIES
		event:x role:initiator person:ann by claim:c`)
	for _, c := range []struct {
		name  string
		where graph.SourceWhere
		want  []graph.ID
	}{
		{"title", graph.SourceWhere{Title: &graph.TextFilter{StartsWith: ptr("the CAFE")}}, []graph.ID{"source:a"}},
		{"title in another language", graph.SourceWhere{Title: &graph.TextFilter{Eq: ptr("visitas")}}, []graph.ID{"source:b"}},
		{"publisher", graph.SourceWhere{Publisher: ptr(graph.ID("organization:press"))}, []graph.ID{"source:a"}},
		{"published: possibly, and without a date", graph.SourceWhere{Published: window("2025-03-01", "2025-03-05")}, []graph.ID{"source:a", "source:c"}},
		{"not published then: not certainly", graph.SourceWhere{Not: &graph.SourceWhere{Published: window("2025-03-01", "2025-03-05")}}, []graph.ID{"source:a", "source:b", "source:c"}},
		{"about: what it denies too", graph.SourceWhere{About: ptr(graph.ID("person:ann"))}, []graph.ID{"source:c"}},
		{"or", graph.SourceWhere{Or: []*graph.SourceWhere{{About: ptr(graph.ID("person:ann"))}, {Publisher: ptr(graph.ID("organization:press"))}}}, []graph.ID{"source:a", "source:c"}},
	} {
		var got []graph.ID
		for _, s := range must(v.Sources(ctx, &c.where, all))(t).Nodes() {
			switch s.ID() {
			case "source:a", "source:b", "source:c":
				got = append(got, s.ID())
			}
		}
		diff(t, c.name, got, c.want)
	}
}

func window(from, to string) *graph.Window {
	w := &graph.Window{}
	if from != "" {
		w.From = &from
	}
	if to != "" {
		w.To = &to
	}
	return w
}

// The filter by source finds an event by any claim on it; of interactions, by a claim that puts one of the two into it.
func TestWhereSource(t *testing.T) {
	v := world(t, `
		claim:a source source:a
		claim:b source source:b
		claim:d source source:d
		claim:d stance DENIES
		event:x role:initiator person:ann by claim:a
		event:x role:recipient person:ben by claim:a
		event:x summary Talk by claim:b
		event:x role:recipient person:cid by claim:d`)
	for source, want := range map[graph.ID][2]int{"source:a": {1, 1}, "source:b": {1, 0}, "source:d": {1, 0}, "source:parley-roles": {0, 0}} {
		events := must(v.Events(ctx, &graph.EventWhere{Source: &source}, nil, all))(t).Nodes()
		talks := must(v.Interactions(ctx, &graph.InteractionWhere{Source: &source}, nil, all))(t).Nodes()
		if got := [2]int{len(events), len(talks)}; got != want {
			t.Errorf("%s: %d events and %d interactions, want %v", source, got[0], got[1], want)
		}
	}
}
