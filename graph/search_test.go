package graph_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hbollon/go-edlib"
	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
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
		{"Shienbaum", nil},
		{"clauda sheinbuam", nil},
		{"Клаудия Шейнбаум", nil},
		{"weis", nil},
		{"tanaka", nil},
		{"amol", nil},
		{"am0", nil},
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

// A search costs the same calls however many names there are: none for names, one for titles and summaries, two for the page. A write costs what it
// changed.
func TestSearchCalls(t *testing.T) {
	for _, size := range []int{10, 100} {
		g, s := open(t, append(crowd(size).complete(), vocabulary()...))
		calls := func(text string, types ...graph.NodeType) int {
			v := g.View()
			defer v.Close()
			if n := len(must(v.Search(ctx, text, types, graph.Page{}))(t).Nodes()); n == 0 {
				t.Errorf("nothing is found by %q", text)
			}
			return v.Calls()
		}
		calls("hub") // reads all names
		for _, text := range []string{"hub", "hbu", "хуб", "h"} {
			if n := calls(text, graph.TypePerson); n > 2 {
				t.Errorf("with %d actors, search of a person by %q takes %d calls, want at most 2", size, text, n)
			}
			if n := calls(text); n > 3 {
				t.Errorf("with %d actors, search by %q takes %d calls, want at most 3", size, text, n)
			}
		}
		for i, lines := range []string{"event:new role:initiator person:hub", "person:hub alias Nabe", "event:new topic topic:new"} {
			must(s.Add(ctx, newFixture().say(lines).complete()))(t)
			if n := calls("hub", graph.TypePerson); n > 10 {
				t.Errorf("with %d actors, search after write %d takes %d calls, want at most 10", size, i, n)
			}
			if n := calls("hub", graph.TypePerson); n > 2 {
				t.Errorf("with %d actors, the second search after write %d takes %d calls, want at most 2", size, i, n)
			}
		}
		if n := calls("nabe", graph.TypePerson); n > 2 {
			t.Errorf("search by a new alias takes %d calls", n)
		}
	}
}

// Of more names than are kept in memory, those are found that have the words as they are written.
func TestSearchBeyondMemory(t *testing.T) {
	v := searchWorld(t)
	want := ids(must(v.Search(ctx, "lop", nil, all))(t).Nodes())
	if len(want) < 4 {
		t.Fatalf("search of lop finds %v", want)
	}
	v.Graph().SetNameLimits(3, 0)
	diff(t, "search of lop", ids(must(v.Search(ctx, "lop", nil, all))(t).Nodes()), want)
	diff(t, "search of lopez jose", ids(must(v.Search(ctx, "lopez jose", nil, all))(t).Nodes()), []graph.ID{"person:lopez"})
	diff(t, "search of claudia", ids(must(v.Search(ctx, "claudia", []graph.NodeType{graph.TypePerson}, all))(t).Nodes()), []graph.ID{"person:claudia-sheinbaum"})
}

// A search that is cancelled ends with that, before and after names are read.
func TestSearchCancelled(t *testing.T) {
	v := searchWorld(t)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for range 2 {
		if _, err := v.Search(gone, "lopez", nil, all); !errors.Is(err, context.Canceled) {
			t.Errorf("a search that is cancelled returns %v", err)
		}
		must(v.Search(ctx, "lopez", nil, all))(t)
	}
}

// someNames draws quads of a small world of names, claims that are retracted, denied or recorded late, classes, and events.
func someNames(t *rapid.T) []store.Quad {
	pick := func(label string, list ...string) string { return rapid.SampledFrom(list).Draw(t, label) }
	typed := func(text, datatype string) store.Term {
		return store.TypedString{Value: store.String(text), Type: store.IRI(datatype)}
	}
	who := func() store.IRI {
		return store.IRI(pick("who", "person:a", "person:b", "person:c", "person:d", "government:e", "place:f", "topic:g", "source:h", "event:i", "event:j"))
	}
	var out []store.Quad
	for range rapid.IntRange(1, 10).Draw(t, "quads") {
		claim := store.IRI(pick("claim", "claim:1", "claim:2", "claim:3", "claim:4"))
		q := store.Quad{Subject: who(), Label: claim}
		set := func(predicate string, object store.Term) { q.Predicate, q.Object = store.IRI(predicate), object }
		name := func() store.Term {
			words := rapid.SliceOfN(rapid.SampledFrom([]string{"Anna", "ANA", "Hannah", "Ánna", "Anna-Maria", "Мария", "Mariya", "Lopez", "López", "Lopes", "x", "2014", "2015", "田中", "…", "longest", "lognest"}), 1, 3).Draw(t, "name")
			return store.LangString{Value: store.String(strings.Join(words, " ")), Lang: "en"}
		}
		switch rapid.IntRange(0, 9).Draw(t, "what") {
		case 0, 1, 2:
			set(pick("naming", vocab.SchemaName, vocab.SchemaName, vocab.SchemaAlternateName, vocab.SkosPrefLabel, vocab.RdfsLabel), name())
		case 3:
			set(pick("text", vocab.DctermsTitle, vocab.DctermsDescription), name())
		case 4, 5:
			set(vocab.RdfType, store.IRI(pick("class", vocab.ClassPerson, vocab.ClassPerson, vocab.ClassGovernment, vocab.ClassTopic, vocab.ClassSource, vocab.ClassEvent)))
		case 6:
			q.Subject = store.IRI(pick("event", "event:i", "event:j"))
			set(pick("role", "role:initiator", "role:recipient"), who())
		case 7, 8:
			q.Subject = claim
			set(vocab.ParleyStance, store.String(graph.Denies))
			if rapid.Bool().Draw(t, "retracted") {
				set(vocab.ProvInvalidatedAtTime, typed("2025-03-01T00:00:00Z", vocab.XsdDateTime))
			}
		case 9:
			q.Subject, q.Label = claim, claim
			set(vocab.ProvGeneratedAtTime, typed(pick("recorded", "2025-01-01T00:00:00Z", "2025-06-01T00:00:00Z"), vocab.XsdDateTime))
			if rapid.Bool().Draw(t, "says") {
				set(vocab.DctermsDescription, name())
			}
		}
		out = append(out, q)
	}
	return out
}

// Whatever is written, at any revision and of any time, an index answers as a scan of all records does, and pages make the one list.
func TestSearchEqualsScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, s := open(t, nil)
		defer s.Close()
		g.SetNameLimits(1000, rapid.IntRange(0, 4).Draw(t, "changed"))
		var views []*graph.View
		have := map[store.Quad]bool{}
		for range rapid.IntRange(1, 6).Draw(t, "writes") {
			if quads := someNames(t); len(have) == 0 || rapid.IntRange(0, 2).Draw(t, "add") > 0 {
				must(s.Add(ctx, quads))(t)
				for _, q := range quads {
					have[q] = true
				}
			} else {
				some := slices.SortedFunc(maps.Keys(have), store.CompareQuads)
				quads = rapid.SliceOfN(rapid.SampledFrom(some), 1, 6).Draw(t, "removed")
				must(s.Remove(ctx, quads))(t)
				for _, q := range quads {
					delete(have, q)
				}
			}
			views = append(views, g.View())
			for range rapid.IntRange(0, 3).Draw(t, "searches") {
				v := rapid.SampledFrom(views).Draw(t, "view")
				at := v
				if known := rapid.SampledFrom([]string{"", "2025-02-01T00:00:00Z", "2025-04-01T00:00:00Z"}).Draw(t, "known"); known != "" {
					at = must(v.AsOf(&graph.AsOf{KnownAt: &known}))(t)
				}
				text := rapid.SampledFrom([]string{"anna", "An", "ana", "Maria", "мария", "Мар", "maria anna", "lopez", "lopze", "a", "x", "2014", "田", "田中", "tian zhong", "longest", "logest", "lopez x"}).Draw(t, "text")
				types := rapid.SampledFrom([][]graph.NodeType{nil, {graph.TypePerson}, {graph.TypeTopic, graph.TypeEvent}, {graph.TypeSource}}).Draw(t, "types")
				want := must(at.ScanSearch(ctx, text, types))(t)
				diff(t, fmt.Sprintf("search of %q", text), must(at.IndexSearch(ctx, text, types))(t), want)
				var named, actor graph.ID
				for _, a := range must(at.Actors(ctx, &graph.ActorWhere{Name: &graph.TextFilter{Eq: &text}}, nil, all))(t).Nodes() {
					if named == "" || a.ID() < named {
						named = a.ID()
					}
				}
				if a := must(at.Actor(ctx, nil, &text))(t); a != nil {
					actor = a.ID()
				}
				if actor != named {
					t.Errorf("the actor named %q is %q, want %q", text, actor, named)
				}
				var paged []string
				page := graph.Page{First: ptr(rapid.IntRange(1, 3).Draw(t, "page"))}
				for {
					con := must(at.Search(ctx, text, types, page))(t)
					if n := must(con.TotalCount(ctx))(t); n != len(want) || con.PageInfo.HasPreviousPage != (len(paged) > 0) {
						t.Fatalf("a page behind %d of %d says %d, previous %t", len(paged), len(want), n, con.PageInfo.HasPreviousPage)
					}
					for _, e := range con.Edges {
						paged = append(paged, string(e.Node.ID()))
						if e.Reason == "" {
							t.Errorf("%s is found by %q and no reason is given", e.Node.ID(), text)
						}
						page.After = &e.Cursor
					}
					if !con.PageInfo.HasNextPage {
						break
					}
				}
				for i := range want {
					want[i] = want[i][strings.LastIndexByte(want[i], ' ')+1:]
				}
				if !slices.Equal(paged, want) {
					t.Errorf("pages of %q have %v, want %v", text, paged, want)
				}
			}
		}
		for _, v := range views {
			v.Close()
		}
	})
}

// The words that differ by typos are those that a library's distance says.
func TestNearWords(t *testing.T) {
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("aabbccé")), 1, 13, -1)
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(letters, 1, 60).Draw(t, "words")
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 3, 12, -1).Draw(t, "text")
		most := 1
		if len(text) > 5 {
			most = rapid.IntRange(1, 2).Draw(t, "most")
		}
		want := []string{}
		for _, w := range list {
			if !strings.ContainsRune(w, 'é') && edlib.OSADamerauLevenshteinDistance(text, w) <= most {
				want = append(want, w)
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(slices.Compact(want), graph.NearWords(list, text, most)); diff != "" {
			t.Errorf("near %q, -want +got:\n%s", text, diff)
		}
	})
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
