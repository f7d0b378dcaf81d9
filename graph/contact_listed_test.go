package graph_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
)

// Contacts and events that are counted from lists in memory are those that the store's index counts, page by page, also after writes.
func TestCountedInMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		actors := []string{"person:a", "person:b", "person:c", "person:d", "person:e", "person:f", "person:g"}
		kinds := []string{"kind:call", "kind:meeting", "kind:announcement"}
		day := rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("2020-01-%02d", rapid.IntRange(1, 9).Draw(t, "day")) })
		n := 0
		event := func(f *fixture) {
			if rapid.IntRange(0, 9).Draw(t, "uncertain") == 9 { // of nobody whose contacts are counted here
				f.say(fmt.Sprintf("event:%d when 2020-01-01/2020-01-07\n event:%[1]d role:subject person:a", n))
				n++
			}
			a := rapid.IntRange(0, 1).Draw(t, "one") // few have most
			b := rapid.IntRange(a+1, len(actors)-1).Draw(t, "other")
			e := fmt.Sprintf("event:%d", n)
			n++
			f.say(fmt.Sprintf("%s kind %s\n %[1]s when %s\n %[1]s role:initiator %s\n %[1]s role:recipient %s",
				e, rapid.SampledFrom(kinds).Draw(t, "kind"), day.Draw(t, "when"), actors[a], actors[b]))
		}
		f := newFixture()
		for _, a := range actors {
			f.mention(a)
		}
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			event(f)
		}
		g, s := open(t, append(f.complete(), vocabulary()...))
		index := graph.New(s, "")
		index.SetNetworkLimits(0, 4_000_000, 100, false)
		for range 4 {
			q := struct {
				of     graph.ID
				kinds  []graph.ID
				during *graph.Window
				page   graph.Page
			}{of: graph.ID(actors[rapid.IntRange(0, 2).Draw(t, "of")])}
			if rapid.Bool().Draw(t, "some kinds") {
				q.kinds = []graph.ID{graph.ID(rapid.SampledFrom(kinds).Draw(t, "of kind"))}
			}
			if rapid.Bool().Draw(t, "a window") {
				from, to := day.Draw(t, "from"), day.Draw(t, "to")
				q.during = &graph.Window{From: &from, To: &to}
				if from > to {
					q.during = &graph.Window{From: &from}
				} else if from == to {
					q.during = &graph.Window{To: &to}
				}
			}
			q.page.First = ptr(rapid.IntRange(1, 4).Draw(t, "first"))
			ask := func(g *graph.Graph) (out []string) {
				v := g.View()
				where := &graph.EventWhere{During: q.during}
				buckets, err := v.Timeline(ctx, []graph.ID{q.of}, where, graph.Day)
				for _, b := range buckets {
					out = append(out, fmt.Sprint(b.From(), b.To(), *b.Count))
				}
				where.Actors = &graph.ParticipationsWhere{Some: &graph.ParticipationWhere{Actor: &q.of}}
				if err == nil {
					out = append(out, fmt.Sprint(*must(must(v.Events(ctx, where, nil, graph.Page{}))(t).Count(ctx))(t)))
				} else {
					out = append(out, err.Error())
				}
				v.Close()
				p := q.page
				for {
					v := g.View()
					con, err := v.Contacts(ctx, q.of, q.kinds, q.during, nil, p)
					if err != nil {
						return append(out, err.Error())
					}
					for _, e := range con.Edges {
						c := e.Node
						out = append(out, fmt.Sprint(e.Rank, e.Certainty, *c.Count, must(c.Actor(ctx))(t).ID(), must(c.First(ctx))(t).EDTF, must(c.Last(ctx))(t).EDTF, must(c.Sources(ctx))(t)))
						for _, k := range c.Kinds() {
							out = append(out, fmt.Sprint(must(k.Kind(ctx))(t).ID(), *k.Count))
						}
					}
					out = append(out, fmt.Sprint(con.PageInfo.HasNextPage, con.PageInfo.HasPreviousPage, must(con.TotalCount(ctx))(t)))
					v.Close()
					if !con.PageInfo.HasNextPage {
						return out
					}
					p.After = con.PageInfo.EndCursor
				}
			}
			diff(t, fmt.Sprintf("%+v", q), ask(g), ask(index))
			if rapid.Bool().Draw(t, "another event") {
				f := newFixture()
				event(f)
				must(s.Add(ctx, f.complete()))(t)
			}
		}
	})
}

// Who joins an event is a new contact of all who were in it already, though nothing else of them changes; and who leaves it is none any more.
func TestContactsOfWhoJoins(t *testing.T) {
	for _, members := range []int{2, 20} { // as pairs, and by a roster
		f := newFixture().say("event:a kind kind:meeting\n person:new name New")
		for i := range members {
			f.say(fmt.Sprintf("event:a role:participant person:%02d", i))
		}
		g, s := open(t, append(f.complete(), vocabulary()...))
		ask := func(g *graph.Graph) (out []string) {
			v := g.View()
			defer v.Close()
			for _, c := range must(v.Contacts(ctx, "person:00", nil, nil, nil, all))(t).Nodes() {
				out = append(out, fmt.Sprint(must(c.Actor(ctx))(t).ID(), *c.Count))
			}
			return out
		}
		before := ask(g)
		joins := newFixture().say("event:a role:participant person:new")
		quad := joins.quads[len(joins.quads)-1:]
		must(s.Add(ctx, quad))(t)
		diff(t, "who joined", ask(g), ask(graph.New(s, "")))
		if n := len(ask(g)); n != members {
			t.Errorf("of %d members one has %d contacts when another has joined, want %d", members, n, members)
		}
		must(s.Remove(ctx, quad))(t)
		diff(t, "who left", ask(g), before)
	}
}
