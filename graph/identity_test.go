package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// portrayed are the actors whose portraits are made.
var portrayed = []string{"agency:a", "group:officials", "person:ann", "person:ben", "person:cid"}

// portrait is what a view answers to all kinds of questions about some actors, byte for byte. The claims of merges are left out where only they
// would tell two graphs apart.
func portrait(t rapid.TB, v *graph.View, who []graph.ID) string {
	var b strings.Builder
	add := func(what string, x ...any) {
		text := must(json.Marshal(x))(t)
		fmt.Fprintf(&b, "%s %s\n", what, text)
	}
	claims := func(list []*graph.Claim) []graph.ID {
		return slices.DeleteFunc(ids(list), func(id graph.ID) bool { return strings.HasPrefix(string(id), "claim:merge") })
	}
	for _, e := range must(v.Events(ctx, nil, nil, all))(t).Nodes() {
		add("event", e.ID(), e.When().EDTF, must(e.Claims(ctx, ptr(100), nil, nil, nil))(t).Nodes())
		for _, p := range must(e.Participations(ctx))(t) {
			capacity := must(p.Capacity(ctx))(t)
			add(" part", must(p.Actor(ctx))(t).ID(), must(p.Role(ctx))(t).ID(), claims(must(p.Claims(ctx))(t)), capacity != nil, describeFact(t, p.Fact()))
		}
	}
	add("talks", talks(t, v, nil))
	add("actors", ids(must(v.Actors(ctx, nil, nil, all))(t).Nodes()), ids(must(v.Actors(ctx, &graph.ActorWhere{Name: &graph.TextFilter{StartsWith: ptr("Ann")}}, nil, all))(t).Nodes()))
	window := &graph.Window{From: ptr("2025-02"), To: ptr("2025-03-10")}
	kinds := []graph.ID{"kind:communication"}
	for _, id := range who {
		a := node[graph.Actor](t, v, id)
		add("actor", a.ID(), a.Names(), a.Aliases(), describeFact(t, a.NameFact())[0], ids(must(a.UnitOf(ctx))(t)),
			ids(must(a.Tenures(ctx, nil))(t)), must(a.FirstSeen(ctx))(t), must(a.LastSeen(ctx))(t), claims(must(a.Claims(ctx, ptr(100), nil, nil, nil))(t).Nodes()))
		for _, where := range []*graph.ClaimWhere{{About: &id}, {AttributedTo: &id}, {AttributedTo: &id, Stance: ptr(graph.Denies)}} {
			add(" claims", claims(must(v.Claims(ctx, where, all))(t).Nodes()))
		}
		add(" units", ids(must(a.Units(ctx, ptr(100), nil, nil, nil))(t).Nodes()))
		events := must(a.Events(ctx, nil, nil, ptr(100), nil, nil, nil))(t)
		add(" events", ids(events.Nodes()), must(events.TotalCount(ctx))(t))
		part := &graph.ParticipationsWhere{Some: &graph.ParticipationWhere{Actor: &id, Role: ptr(graph.ID("role:participant"))}}
		filtered := must(v.Events(ctx, &graph.EventWhere{Actors: part, During: window}, nil, all))(t)
		add(" events by a filter", ids(filtered.Nodes()), must(filtered.TotalCount(ctx))(t))
		for i, during := range []*graph.Window{nil, window} {
			con := must(v.Contacts(ctx, id, kinds[:i], during, nil, all))(t)
			add(" contacts", must(con.TotalCount(ctx))(t))
			for _, e := range con.Edges {
				x := e.Node
				add("  contact", must(x.Actor(ctx))(t).ID(), e.Rank, x.Count, must(x.First(ctx))(t), must(x.Last(ctx))(t), kindCounts(t, x))
			}
			add(" coverage", must(v.Coverage(ctx, []graph.ID{id}, during))(t).Statement, must(v.Coverage(ctx, []graph.ID{id}, during))(t).Spans)
			for _, bucket := range must(v.Timeline(ctx, []graph.ID{id}, &graph.EventWhere{During: &graph.Window{From: ptr("2025-01-01"), To: ptr("2025-04-30")}}, graph.Month))(t) {
				add(" month", bucket.From(), bucket.Count)
			}
			for _, bucket := range must(v.Timeline(ctx, []graph.ID{id}, &graph.EventWhere{Kinds: kinds, During: during}, graph.Year))(t) {
				add(" year of talks", bucket.From(), bucket.Count)
			}
		}
		p := must(v.GraphPayload(ctx, graph.GraphQuery{Around: []graph.ID{id}, Depth: ptr(2)}))(t)
		for _, n := range p.Nodes {
			add(" node", n.ID(), n.Degree, n.Talks, n.FirstSeen(), n.LastSeen(), must(n.Label(ctx))(t))
		}
		for _, e := range p.Edges {
			add(" edge", e.ID(), e.Count(), must(e.EventIds(ctx, ptr(100)))(t))
		}
		add(" measures", must(v.Measures(ctx, []graph.ID{id}, nil, nil))(t).Actors[0].Measures)
		for _, other := range who {
			if node[graph.Actor](t, v, other).ID() == a.ID() {
				continue
			}
			list := must(v.Interactions(ctx, &graph.InteractionWhere{Actor: &id, Counterpart: &other}, ptr(graph.TimeDesc), graph.Page{First: ptr(2)}))(t)
			add(" with", other, talks(t, v, &graph.InteractionWhere{Actor: &id, Counterpart: &other}), len(list.Edges), must(list.TotalCount(ctx))(t))
			add(" to", talks(t, v, &graph.InteractionWhere{From: &id, To: &other, During: window}))
			add(" together", must(v.Coverage(ctx, []graph.ID{id, other}, nil))(t).Statement)
			for _, bucket := range must(v.Timeline(ctx, []graph.ID{id, other}, nil, graph.Year))(t) {
				add(" year", bucket.From(), bucket.Count)
			}
			paths := must(v.Paths(ctx, graph.PathQuery{From: id, To: other}))(t)
			for _, path := range paths.Paths {
				for _, h := range path.Hops {
					add(" hop", must(h.From(ctx))(t).ID(), must(h.To(ctx))(t).ID(), h.Count, ids(must(h.Events(ctx, ptr(10)))(t)), claims(must(h.Claims(ctx))(t)))
				}
			}
		}
	}
	for _, text := range []string{"ann", "anna lee", "ben", "zoe", "nan", "trade"} {
		for _, e := range must(v.Search(ctx, text, nil, all))(t).Edges {
			add("hit", text, e.Node.ID(), e.Score, e.Reason)
		}
	}
	return b.String()
}

// mergedQuads says by quads that one actor is another, and mergeOf what makes the claim complete.
func mergedQuads(merged, survivor string, n int) []store.Quad {
	f := newFixture()
	f.ids["source:default"] = true
	claim := fmt.Sprintf("claim:merge-%d", n)
	f.say(claim + " statement It is the same.")
	f.ids = map[string]bool{claim: true}
	f.complete()
	return append(f.quads, store.Quad{Subject: store.IRI(merged), Predicate: store.IRI(vocab.DctermsIsReplacedBy), Object: store.IRI(survivor), Label: store.IRI(claim)})
}

// rewritten writes quads as if nobody had ever had the merged ids.
func rewritten(quads []store.Quad, to map[string]string) (out []store.Quad) {
	end := func(t store.Term) store.Term {
		if iri, ok := t.(store.IRI); ok {
			if s, ok := to[string(iri)]; ok {
				return store.IRI(s)
			}
		}
		return t
	}
	seen := map[store.Quad]bool{}
	for _, q := range quads {
		was := q
		if q.Subject, q.Object = end(q.Subject), end(q.Object); q.Subject == q.Object && was != q || seen[q] {
			continue
		}
		seen[q] = true
		out = append(out, q)
	}
	return out
}

// A graph in which actors were merged answers every question as one whose quads were rewritten would, whatever is kept in memory, and whoever
// was merged answers with the survivor.
func TestMergedIsRewritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		quads := append(m.fixture().complete(), vocabulary()...)
		people := rapid.Permutation([]string{"person:ann", "person:ben", "person:cid"}).Draw(t, "people")
		to := map[string]string{people[1]: people[0]}
		merges := mergedQuads(people[1], people[0], 1)
		if rapid.Bool().Draw(t, "a chain") { // by a step that is merged itself
			to[people[2]] = people[0]
			merges = append(merges, mergedQuads(people[2], people[1], 2)...)
		}
		g, s := open(t, quads)
		oracle, _ := open(t, rewritten(quads, to))
		if rapid.Bool().Draw(t, "asked before") { // what is kept was kept of the two
			portrait(t, g.View(), toIDs(portrayed))
		}
		must(s.Add(ctx, merges))(t)
		switch rapid.SampledFrom([]string{"kept", "asked", "nothing", "records"}).Draw(t, "limits") {
		case "asked":
			g.SetNetworkLimits(0, 1_000_000, 100, false)
			oracle.SetNetworkLimits(0, 1_000_000, 100, false)
		case "nothing":
			g.SetNameLimits(0, 0)
			oracle.SetNameLimits(0, 0)
		case "records":
			g.SetNetworkLimits(1_000_000, 1_000_000, 100, true)
			oracle.SetNetworkLimits(1_000_000, 1_000_000, 100, true)
		}
		v, w := g.View(), oracle.View()
		var who []graph.ID
		for _, id := range portrayed {
			if to[id] == "" {
				who = append(who, graph.ID(id))
			}
		}
		if got, want := portrait(t, v, who), portrait(t, w, who); got != want {
			t.Fatalf("%s into %s:\n%s", people[1:], people[0], lineDiff(got, want))
		}
		var merged []graph.ID
		for id := range to {
			merged = append(merged, graph.ID(id))
			if got := node[graph.Actor](t, v, graph.ID(id)).ID(); got != graph.ID(people[0]) {
				t.Fatalf("%s answers with %s, want %s", id, got, people[0])
			}
		}
		slices.Sort(merged)
		diff(t, "redirectedFrom", node[graph.Actor](t, v, graph.ID(people[0])).RedirectedFrom(), merged)
		if got, want := portrait(t, v, merged[:1]), portrait(t, w, []graph.ID{graph.ID(people[0])}); got != want {
			t.Fatalf("asked of %s, which is %s now:\n%s", merged[0], people[0], lineDiff(got, want))
		}
	})
}

func toIDs(list []string) []graph.ID {
	out := make([]graph.ID, len(list))
	for i, s := range list {
		out[i] = graph.ID(s)
	}
	return out
}

// lineDiff is the lines in which two texts differ.
func lineDiff(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	var b strings.Builder
	for i := range max(len(g), len(w)) {
		var x, y string
		if i < len(g) {
			x = g[i]
		}
		if i < len(w) {
			y = w[i]
		}
		if x != y {
			fmt.Fprintf(&b, "got  %s\nwant %s\n", x, y)
		}
	}
	return b.String()
}

// Merge, edit, un-merge: then the graph is the old one with the edit on the side that it named; and as of every instant all is as it was answered then.
func TestUnmergeRestores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		quads := append(m.fixture().say("source:default title Default").complete(), vocabulary()...)
		people := rapid.Permutation([]string{"person:ann", "person:ben", "person:cid"}).Draw(t, "people")
		survivor, merged := graph.ID(people[0]), graph.ID(people[1])
		who := toIDs(portrayed)
		now := 0
		clock := func() time.Time { return beginning.Add(time.Duration(now) * time.Second) }
		lenient := func(quads []store.Quad, known graph.Known) []graph.Violation { return nil } // models break rules of lint, and some have no claims on what they say
		start := func() (*graph.Graph, *graph.Ledger) {
			g, _ := open(t, quads)
			return g, graph.NewLedger(g, lenient, clock)
		}
		g, l := start()
		other, without := start()
		edits := 0
		edit := func(l *graph.Ledger, subject graph.ID) {
			in := claimOf(string(subject), "aliases", fmt.Sprintf("Nan %d", edits))
			in.ID = ptr(graph.ID(fmt.Sprintf("claim:edit-%d", edits)))
			assert(t, l, "a test", in)
		}
		then := map[int]string{}
		look := func() {
			v := g.View()
			defer v.Close()
			then[now] = portrait(t, v, who)
			now++
		}
		look()
		evidence := graph.EvidenceInput{Source: "source:default", Locator: "page 1"}
		p, err := l.MergeActors(ctx, "a test", graph.MergeActorsInput{Survivor: survivor, Merged: merged, Evidence: evidence})
		if id := recorded(t, p.Recorded, err); p.Actor().ID() != survivor || p.Entity().ID() != survivor || id == "" {
			t.Fatalf("mergeActors answers with %s, want %s", p.Actor().ID(), survivor)
		}
		look()
		for range rapid.IntRange(0, 2).Draw(t, "edits") {
			edits++
			subject := rapid.SampledFrom([]graph.ID{survivor, merged}).Draw(t, "edited")
			edit(l, subject)
			edit(without, subject)
			look()
		}
		u, err := l.UnmergeActors(ctx, "a test", graph.UnmergeActorsInput{Merged: merged, Reason: "They met."})
		if recorded(t, u.Recorded, err); u.Actor().ID() != merged || u.Claim.RetractedAt() == nil {
			t.Fatalf("unmergeActors answers with %s, want %s", u.Actor().ID(), merged)
		}
		look()
		// The claims that it was one are there, of both, retracted; beside them nothing is.
		drop := func(text string) string { return strings.ReplaceAll(text, string(`"`+p.Claim.ID()+`"`), "") }
		clean := strings.NewReplacer("[,", "[", ",,", ",", ",]", "]")
		v, w := g.View(), other.View()
		if got, want := clean.Replace(drop(then[now-1])), clean.Replace(portrait(t, w, who)); got != want {
			t.Fatalf("after merging, %d edits, and un-merging:\n%s", edits, lineDiff(got, want))
		}
		for at, want := range then {
			past := must(v.AsOf(&graph.AsOf{KnownAt: ptr(instant(at))}))(t)
			if got := portrait(t, past, who); got != want {
				t.Fatalf("as of %d of %d:\n%s", at, now-1, lineDiff(got, want))
			}
		}
	})
}

// callers is a graph of n calls that an actor made under two ids, in turns, and of some that it made as both.
func callers(n, both int) *fixture {
	f := newFixture()
	for i := range n {
		f.say(fmt.Sprintf("event:%d role:initiator person:%c\n event:%d role:recipient person:other-%d\n event:%d when 2025-01-%02d", i, 'a'+i%2, i, i%7, i, 1+i%28))
	}
	for i := range both {
		f.say(fmt.Sprintf("event:both-%d role:initiator person:a\n event:both-%d role:initiator person:b\n event:both-%d role:recipient person:other-1", i, i, i))
	}
	return f
}

// What is asked of an actor of several ids is answered from the indexes of all of them: it takes no more records of more events.
// Those of the events that it was part of under two ids are asked for, since only they say how.
func TestMergedRecords(t *testing.T) {
	for _, tt := range []struct {
		name string
		both int
		kept int // talks in memory
		most int // how many records a question may take
	}{
		{"apart", 0, 1_000_000, 35},
		{"met", 3, 1_000_000, 40},
		{"nothing is kept", 0, 0, 35},
	} {
		t.Run(tt.name, func(t *testing.T) {
			records := map[string][]int{}
			for _, n := range []int{280, 1400} {
				g, _ := open(t, slices.Concat(callers(n, tt.both).complete(), vocabulary(), mergedQuads("person:b", "person:a", 1)))
				must(g.View().Events(ctx, nil, nil, graph.Page{}))(t) // reads the kinds and roles
				for _, q := range mergedQuestions {
					if tt.kept == 0 && slices.Contains([]string{"graph", "coverage"}, q.name) {
						continue // these walk on what is kept
					}
					g.Forget()
					g.SetNetworkLimits(tt.kept, 1_000_000, 100, false)
					v := g.View()
					q.ask(t, v, "person:a", "person:other-1")
					records[q.name] = append(records[q.name], v.Records())
				}
			}
			t.Logf("records by events: %v", records)
			for name, n := range records {
				if n[1] > n[0] || n[0] > tt.most {
					t.Errorf("%s takes %d records of 280 events and %d of 1400, want no more of these, and at most %d", name, n[0], n[1], tt.most)
				}
			}
		})
	}
}

// Two actors of very many ids have more pairs of these than are read as one list; their answers are those of one id each all the same.
func TestMergedOfManyIDs(t *testing.T) {
	f, to := newFixture(), map[string]string{}
	var merges []store.Quad
	for i := range 12 {
		for _, side := range []string{"ann", "ben"} {
			if i > 0 {
				id := fmt.Sprintf("person:%s-%d", side, i)
				to[id] = "person:" + side
				merges = append(merges, mergedQuads(id, "person:"+side, 2*i+len(side)%2+len(merges))...)
			}
		}
	}
	id := func(side string, i int) string {
		if i == 0 {
			return "person:" + side
		}
		return fmt.Sprintf("person:%s-%d", side, i)
	}
	for i := range 40 {
		f.say(fmt.Sprintf("event:%d role:initiator %s\n event:%d role:recipient %s\n event:%d when 2025-%02d-%02d", i, id("ann", i%12), i, id([]string{"ben", "cid"}[i%2], i%5), i, 1+i%12, 1+i%28))
	}
	f.say("event:1 role:recipient person:ann-4 \n event:3 role:recipient person:ben-11")
	quads := append(f.complete(), vocabulary()...)
	g, _ := open(t, append(slices.Clone(quads), merges...))
	oracle, _ := open(t, rewritten(quads, to))
	who := []graph.ID{"person:ann", "person:ben", "person:cid"}
	if got, want := portrait(t, g.View(), who), portrait(t, oracle.View(), who); got != want {
		t.Fatal(lineDiff(got, want))
	}
}

// kindCounts are the kinds of a contact's talks.
func kindCounts(t rapid.TB, c *graph.Contact) (out []any) {
	for _, k := range c.Kinds() {
		out = append(out, must(k.Kind(ctx))(t).ID(), k.Count)
	}
	return out
}
