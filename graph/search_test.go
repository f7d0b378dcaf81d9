package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
)

func searchWorld(t rapid.TB) *graph.View {
	return world(t, `
		person:claudia-sheinbaum name Claudia Sheinbaum
		person:claudia-sheinbaum alias Claudia Sheinbaum Pardo
		person:andres name Andrés Manuel López Obrador
		person:andres alias AMLO
		person:lopez name José López
		person:weiss name Karl Weiß
		person:tanaka name@ja 田中
		government:mexico name Mexico
		government:mexico name@es México
		place:mexico name Mexico
		place:mexico-city name Mexico City
		place:mexico-city name@es Ciudad de México
		topic:lopez label Lópezism
		position:president name President of Mexico
		source:mexico title Mexico, a history
		event:x summary Sheinbaum and López talk.
		claim:default statement Mexico spoke to López.
		claim:denial stance DENIES
		person:nobody name Mexico Himself by claim:denial`)
}

func TestSearch(t *testing.T) {
	v := searchWorld(t)
	var b strings.Builder
	for _, c := range []struct {
		text  string
		types []graph.NodeType
	}{
		{"Claudia Sheinbaum", nil},
		{"sheinbaum", nil},
		{"pardo claudia", nil},
		{"shein clau", nil},
		{"ANDRES", nil},
		{"amlo", nil},
		{"lopez", nil},
		{"López", []graph.NodeType{graph.TypePerson}},
		{"manuel lopez", nil},
		{"Mexico", nil},
		{"mexico", []graph.NodeType{graph.TypeGovernment, graph.TypeSource}},
		{"ciudad mexico", nil},
		{"weiss", nil},
		{"田", nil},
		{"lopez, jose!", nil},
		{"exico", nil},
		{"claudia lopez", nil},
	} {
		fmt.Fprintf(&b, "%s %v\n", c.text, c.types)
		last := 2.0
		for _, e := range must(v.Search(ctx, c.text, c.types, all))(t).Edges {
			fmt.Fprintf(&b, "\t%.3f %s: %s\n", e.Score, e.Node.ID(), e.Reason)
			if e.Score > last || e.Score <= 0 || e.Score > 1 {
				t.Errorf("Search(%q): score %v behind %v", c.text, e.Score, last)
			}
			last = e.Score
		}
	}
	golden(t, "search.golden", b.String())
	samePages(t, "search mexico", []int{1, 2, 3}, func(p graph.Page) *graph.SearchConnection {
		return must(v.Search(ctx, "mexico", nil, p))(t)
	}, func(n graph.Node) string { return string(n.ID()) })
}

// An actor is found by an id or else by exactly a name or alias, the first by id of several.
func TestActor(t *testing.T) {
	v := world(t, `
		person:b name José
		person:b alias Pepe
		person:a name@es Jose
		government:g name Pepe II`)
	for _, c := range []struct {
		id, name string
		want     graph.ID
	}{
		{"", "jose", "person:a"},
		{"", "JOSÉ", "person:a"},
		{"", "pepe", "person:b"},
		{"", "Pep", ""},
		{"", "", ""},
		{"person:b", "", "person:b"},
		{"person:b", "somebody else", "person:b"},
		{"person:none", "jose", ""},
		{"position:default", "", ""},
	} {
		var id *graph.ID
		if c.id != "" {
			id = ptr(graph.ID(c.id))
		}
		a, err := v.Actor(ctx, id, &c.name)
		var got graph.ID
		if a != nil {
			got = a.ID()
		}
		if got != c.want || err != nil {
			t.Errorf("Actor(%q, %q) = %q, %v, want %q", c.id, c.name, got, err, c.want)
		}
	}
}

func TestTextFilter(t *testing.T) {
	v := world(t, `
		person:a name Ángel Muñoz
		person:a alias El Güero
		person:b name Angela`)
	for _, c := range []struct {
		filter graph.TextFilter
		want   []graph.ID
	}{
		{graph.TextFilter{}, []graph.ID{"person:a", "person:b"}},
		{graph.TextFilter{Eq: ptr("angel munoz")}, []graph.ID{"person:a"}},
		{graph.TextFilter{Eq: ptr("angel")}, nil},
		{graph.TextFilter{StartsWith: ptr("ANGEL")}, []graph.ID{"person:a", "person:b"}},
		{graph.TextFilter{Contains: ptr("guero")}, []graph.ID{"person:a"}},
		{graph.TextFilter{Contains: ptr("gel m")}, []graph.ID{"person:a"}},
		{graph.TextFilter{StartsWith: ptr("angel"), Contains: ptr("noz")}, []graph.ID{"person:a"}},
		{graph.TextFilter{StartsWith: ptr("el"), Contains: ptr("noz")}, nil}, // of one text, not of two
		{graph.TextFilter{Contains: ptr("")}, []graph.ID{"person:a", "person:b"}},
	} {
		var got []graph.ID
		where := &graph.ActorWhere{Name: &c.filter, Type: &graph.NodeTypeFilter{Eq: ptr(graph.TypePerson)}}
		for _, a := range must(v.Actors(ctx, where, nil, all))(t).Nodes() {
			got = append(got, a.ID())
		}
		diff(t, fmt.Sprintf("%q %q %q", text(c.filter.Eq), text(c.filter.StartsWith), text(c.filter.Contains)), got, c.want)
	}
}
