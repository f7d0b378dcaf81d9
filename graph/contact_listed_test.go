package graph_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
)

// Contacts and events that are counted from lists in memory are those that the store's index counts, and the talks of two those that it lists,
// page by page, also after writes.
func TestCountedInMemory(t *testing.T) {
	contacts, interactions := 0, 0
	defer func() {
		if contacts == 0 || interactions == 0 {
			t.Errorf("%d contacts and %d interactions were compared: nobody talked", contacts, interactions)
		}
	}()
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
			e := fmt.Sprintf(rapid.SampledFrom([]string{"event:%d", "event:%d-%[1]d", "event:x%dx"}).Draw(t, "id"), n)
			n++
			f.say(fmt.Sprintf("%[1]s kind %[2]s\n %[1]s when %[3]s\n %[1]s role:initiator %[4]s\n %[1]s role:recipient %[5]s",
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
			other := graph.ID(actors[rapid.IntRange(3, 6).Draw(t, "with")])
			talks, by := graph.InteractionWhere{Actor: &q.of, Counterpart: &other, Kinds: q.kinds, During: q.during}, drawOrder(t)
			talked := func(g *graph.Graph) (out []string) {
				write := func(i *graph.Interaction) string {
					return fmt.Sprint(i.Event().ID(), i.When().EDTF, must(i.From(ctx))(t).ID(), must(i.To(ctx))(t).ID(), i.Directed(), i.Certainty())
				}
				get := func(p graph.Page) *graph.InteractionConnection {
					v := g.View()
					defer v.Close()
					con := must(v.Interactions(ctx, &talks, &by, p))(t)
					for _, i := range con.Nodes() {
						interactions++
						out = append(out, write(i))
					}
					return con
				}
				out = append(out, fmt.Sprint(must(get(all).TotalCount(ctx))(t)))
				samePages(t, "talks", []int{1, *q.page.First}, get, write)
				return out
			}
			diff(t, fmt.Sprintf("talks of %s and %s, %+v", q.of, other, q), talked(g), talked(index))
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
						contacts++
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

// The store is asked about a pair until it would have paid to read all talks of one of the two: then that is done, once, and again after a write to them
// only when as much was asked.
func TestPairsAreReadWhenItPays(t *testing.T) {
	f := newFixture().say("event:a role:initiator person:a\n event:a role:recipient person:b\n person:c name C")
	g, s := open(t, append(f.complete(), vocabulary()...))
	calls := func() int {
		v := g.View()
		defer v.Close()
		a, b := graph.ID("person:a"), graph.ID("person:b")
		if n := len(must(v.Interactions(ctx, &graph.InteractionWhere{Actor: &a, Counterpart: &b}, nil, all))(t).Nodes()); n != 1 {
			t.Fatalf("%d interactions, want 1", n)
		}
		return v.Calls()
	}
	ask := func() (extra []int) { // by question, the calls beyond those of the last
		var n []int
		for range 10 {
			n = append(n, calls())
		}
		for i := range n {
			n[i] -= n[9]
		}
		return n
	}
	calls()                                     // reads the kinds
	want := []int{1, 1, 1, 1, 1, 1, 3, 0, 0, 0} // the list; with the eighth how many events they have, the talks, and the names of those shown
	diff(t, "after the start", ask(), want)
	diff(t, "in memory", ask(), make([]int, 10))
	must(s.Add(ctx, newFixture().say("event:b role:initiator person:a\n event:b role:subject person:b").complete()))(t)
	calls()
	diff(t, "after a write", ask(), want)
}
