package graph_test

import (
	"fmt"
	"testing"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
)

// What was read for one question is not read for the next, until a write changes it or a claim that it rests on; a write that changes
// other things leaves it where it is. Two graphs over one store, of which one keeps nothing, say the same after each.
func TestRecordsBesideWrites(t *testing.T) {
	const base = `event:a role:initiator person:ann by claim:a
		event:a role:recipient person:ben by claim:a
		event:b role:initiator person:ann by claim:b
		event:b role:recipient person:ben by claim:b`
	quad := func(s, p string, o store.Term, label string) store.Quad {
		return store.Quad{Subject: store.IRI(s), Predicate: store.IRI(p), Object: o, Label: store.IRI(label)}
	}
	line := func(text string) []store.Quad { // the one quad that a line says, without what would make it complete
		f := newFixture().say(text)
		return f.quads[len(f.quads)-1:]
	}
	for _, c := range []struct {
		name        string
		add, remove []store.Quad
		read        []graph.ID // whose records are read again
	}{
		{"nothing", nil, nil, nil},
		{"another event", line("event:c role:initiator person:zoe by claim:c"), nil, nil},
		{"an event's date", line("event:a when 2024-05-05 by claim:c"), nil, []graph.ID{"event:a"}},
		{"a name", line("person:ann name@es Ana by claim:c"), nil, []graph.ID{"person:ann"}},
		{"a role taken out", nil, []store.Quad{quad("event:b", "role:recipient", store.IRI("person:ben"), "claim:b")}, []graph.ID{"event:b"}},
		{"a claim that is retracted", line("claim:a retractedAt 2026-01-01T00:00:00Z"), nil, []graph.ID{"event:a", "event:b", "person:ann", "person:ben"}},
		{"a claim that is surer", line("claim:b certainty CONFIRMED"), nil, []graph.ID{"event:a", "event:b", "person:ann", "person:ben"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, s := open(t, append(newFixture().say(base).complete(), vocabulary()...))
			ids := []graph.ID{"event:a", "event:b", "person:ann", "person:ben"}
			must(g.View().Kinds(ctx))(t) // of all views
			must(g.View().Events(ctx, nil, nil, all))(t)
			must(g.View().Nodes(ctx, ids))(t)
			if v := g.View(); len(must(v.Nodes(ctx, ids))(t)) != 4 || v.Calls() != 0 {
				t.Fatalf("the same again asks the store %d times, want 0", v.Calls())
			}
			old := g.View()
			before := describeNodes(t, old, ids)
			if c.add != nil {
				must(s.Add(ctx, c.add))(t)
			}
			if c.remove != nil {
				must(s.Remove(ctx, c.remove))(t)
			}
			var read []graph.ID
			for _, id := range ids {
				v := g.View() // kept records are of its revision from here on
				must(v.Nodes(ctx, []graph.ID{id}))(t)
				if v.Calls() > 0 {
					read = append(read, id)
				}
			}
			diff(t, "read again", read, c.read)
			diff(t, "of the new revision", describeNodes(t, g.View(), ids), describeNodes(t, graph.New(s, "").View(), ids))
			diff(t, "of the old view", describeNodes(t, old, ids), before)
			diff(t, "of the new revision, again", describeNodes(t, g.View(), ids), describeNodes(t, graph.New(s, "").View(), ids))
		})
	}
}

// describeNodes writes down what is said of nodes.
func describeNodes(t testing.TB, v *graph.View, of []graph.ID) (out []string) {
	for _, n := range must(v.Nodes(ctx, of))(t) {
		switch n := n.(type) {
		case *graph.Event:
			out = append(out, fmt.Sprint(n.ID(), n.When().EDTF, describeFact(t, n.WhenFact())))
			for _, p := range must(n.Participations(ctx))(t) {
				out = append(out, fmt.Sprint(n.ID(), must(p.Role(ctx))(t).ID(), must(p.Actor(ctx))(t).ID(), ids(must(p.Claims(ctx))(t))))
			}
		case graph.Actor:
			out = append(out, fmt.Sprint(n.ID(), describeFact(t, n.NameFact())))
			for _, l := range n.Names() {
				out = append(out, fmt.Sprint(n.ID(), *l))
			}
		}
	}
	for _, x := range must(v.Interactions(ctx, nil, nil, all))(t).Nodes() {
		out = append(out, fmt.Sprint(x.Event().ID(), must(x.From(ctx))(t).ID(), must(x.To(ctx))(t).ID(), x.When().EDTF))
	}
	return out
}

// Kept records are bounded, and what is asked for again stays.
func TestRecordsAreBounded(t *testing.T) {
	f := newFixture()
	for i := range 3000 {
		f.say(fmt.Sprintf("event:%d role:initiator person:%d\n event:%d role:recipient person:hub", i, i, i))
	}
	g := f.graph(t)
	g.KeepFacts(1000)
	for i := range 300 {
		v := g.View()
		var some []graph.ID
		for j := range 10 {
			some = append(some, graph.ID(fmt.Sprintf("event:%d", 10*i+j)))
		}
		must(v.Nodes(ctx, append(some, "person:hub")))(t)
		if n := g.KeptRecords(); n > 1000 {
			t.Fatalf("%d records are kept, want at most as many as 1000 facts have", n)
		}
		v.Close()
	}
	v := g.View()
	must(v.Nodes(ctx, []graph.ID{"person:hub", "event:2999"}))(t)
	if v.Calls() != 0 {
		t.Errorf("what was asked for last asks the store %d times, want 0", v.Calls())
	}
	v = g.View()
	must(v.Nodes(ctx, []graph.ID{"event:0"}))(t)
	if v.Calls() == 0 {
		t.Error("what was asked for long ago is still kept")
	}
}

// Talks that are in memory are shown by records that others have read, and by those of the new revision when one of them was written to; what they
// rest on is known with them.
func TestTalksByKeptRecords(t *testing.T) {
	f := newFixture().say(`event:a role:initiator person:a by claim:a
		event:a role:recipient person:b by claim:a
		event:b role:initiator person:a by claim:b
		event:b role:recipient person:b by claim:b`)
	g, s := open(t, append(f.complete(), vocabulary()...))
	ask := func(g *graph.Graph) (out []string, calls int) {
		v := g.View()
		defer v.Close()
		a, b := graph.ID("person:a"), graph.ID("person:b")
		con := must(v.Interactions(ctx, &graph.InteractionWhere{Actor: &a, Counterpart: &b}, nil, all))(t)
		for _, x := range con.Nodes() {
			out = append(out, fmt.Sprint(x.Event().ID(), x.When().EDTF, must(x.Event().Kind(ctx))(t).ID(), ids(must(x.Claims(ctx))(t))))
		}
		calls = v.Calls()
		out = append(out, fmt.Sprint(*must(con.Count(ctx))(t)))
		return out, calls
	}
	warm := func() (out []string) {
		for range 20 {
			out, _ = ask(g)
		}
		return out
	}
	diff(t, "in memory", warm(), saidBy(ask(graph.New(s, ""))))
	if _, n := ask(g); n != 1 {
		t.Errorf("talks in memory of kept records ask the store %d times, want once, for the numbers of the two", n)
	}
	for _, c := range []struct{ name, line string }{
		{"a claim that is surer", "claim:b certainty CONFIRMED"},
		{"a date", "event:a when 2024-05-05 by claim:c"},
	} {
		said := newFixture().say(c.line)
		must(s.Add(ctx, said.quads[len(said.quads)-1:]))(t)
		diff(t, c.name, saidBy(ask(g)), saidBy(ask(graph.New(s, ""))))
		diff(t, c.name+", in memory again", warm(), saidBy(ask(graph.New(s, ""))))
	}
}

func saidBy(out []string, _ int) []string { return out }
