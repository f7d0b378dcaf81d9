package graph_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
)

// told writes all that a payload says.
func told(t rapid.TB, g *graph.GraphPayload) string {
	var b strings.Builder
	p := drawn(t, g)
	for i, n := range g.Nodes {
		at, m := must(n.Position(ctx))(t), must(n.Measures(ctx))(t)
		if at.X < 0 || at.X > 1000 || at.Y < 0 || at.Y > 1000 {
			t.Errorf("%s stands at %v", n.ID(), *at)
		}
		fmt.Fprintln(&b, p.nodes[i], must(n.Type(ctx))(t), must(n.Label(ctx))(t), *at, *m)
	}
	fmt.Fprintln(&b, strings.Join(p.edges, "\n"), p.left, p.cut)
	return b.String()
}

// The same question has the same answer, from the same graph and from another with the same data, in whatever order it was asked before.
func TestPayloadIsTheSameEveryTime(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m, q := drawTalks(r), drawGraphQuery(r)
		first := ""
		for i := range 2 {
			g := m.fixture().graph(r)
			if i == 1 { // gives actors other numbers
				v := g.View()
				must(v.Measures(ctx, []graph.ID{"person:cid", "group:officials"}, nil, nil))(r)
				v.Close()
			}
			for range 2 {
				v := g.View()
				got := told(r, must(v.GraphPayload(ctx, q))(r))
				if first == "" {
					first = got
				}
				diff(r, fmt.Sprintf("%+v", q), got, first)
				v.Close()
			}
		}
	})
}

const threeTalks = `
	event:x role:initiator person:ann
	event:x role:recipient person:ben
	event:x summary They spoke of trade.
	event:y role:participant person:ben
	event:y role:participant person:cid
	event:y kind kind:meeting
	event:y when 2025-02/2025-03
	person:dan name Dan`

// Types and labels are those of the nodes, and all can be asked at once.
func TestPayloadLabels(t *testing.T) {
	v := world(t, threeTalks)
	for _, c := range []struct {
		projection graph.Projection
		want       string
	}{
		{graph.ProjectActors, "PERSON Ben; PERSON Ann; PERSON Cid"},
		{graph.ProjectActorEvents, "PERSON Ben; EVENT meeting, 2025-02/2025-03; PERSON Cid; EVENT They spoke of trade.; PERSON Ann"},
	} {
		g := must(v.GraphPayload(ctx, graph.GraphQuery{Around: []graph.ID{"person:ben"}, Projection: c.projection}))(t)
		each(t, g.Nodes, one(func(n *graph.GraphNode) (*graph.Point, error) { return n.Position(ctx) }, isNil))
		each(t, g.Nodes, one(func(n *graph.GraphNode) (*graph.NodeMeasures, error) { return n.Measures(ctx) }, isNil))
		each(t, g.Edges, func(e *graph.GraphEdge) ([]graph.ID, error) { return e.EventIds(ctx, nil) })
		labels := each(t, g.Nodes, func(n *graph.GraphNode) ([]string, error) {
			typ, err := n.Type(ctx)
			if err != nil {
				return nil, err
			}
			label, err := n.Label(ctx)
			return []string{string(typ) + " " + label}, err
		})
		if got := strings.Join(labels, "; "); got != c.want {
			t.Errorf("labels of %s = %s, want %s", c.projection, got, c.want)
		}
	}
}

// A picture of more than maxEdges edges leaves out the weakest, and says so.
func TestPayloadCutsEdges(t *testing.T) {
	f := newFixture()
	const n = 260 // all of them met, and the first two of them once more
	var around []graph.ID
	for i := range n {
		f.say("event:all role:participant " + string(person(i)))
	}
	f.say("event:all kind kind:meeting\nevent:two role:participant person:258\nevent:two role:participant person:259\nevent:two kind kind:meeting")
	around = append(around, person(0))
	v := f.view(t)
	g := must(v.GraphPayload(ctx, graph.GraphQuery{Around: around, MaxNodes: ptr(300)}))(t)
	if x, all := g.Truncation, n*(n-1)/2; len(g.Nodes) != n || len(g.Edges) != 25_000 || x == nil || x.Edges != all-25_000 || x.Nodes != 0 {
		t.Fatalf("%d nodes, %d edges, truncation %+v; want %d, 25000 and a cut of %d edges", len(g.Nodes), len(g.Edges), x, n, all-25_000)
	}
	heavy, degrees := 0, 0
	for _, e := range g.Edges {
		if e.Weight == 2 {
			heavy++
		}
	}
	for _, x := range g.Nodes {
		degrees += x.Degree
		if x.Degree+x.Adds().Talks < x.Talks-1 || x.Adds().Nodes != 0 {
			t.Errorf("%s has degree %d, %d talks, adds %+v", x.ID(), x.Degree, x.Talks, *x.Adds())
		}
	}
	if heavy != 1 || degrees != 2*25_000 {
		t.Errorf("%d edges of weight 2, degrees of %d in all, want 1, 50000", heavy, degrees)
	}
}

// What is wrong with a question for paths, pictures and measures: the golden has the words.
func TestNetworkErrors(t *testing.T) {
	v := world(t, threeTalks)
	list := func(n int) []graph.ID {
		return repeat(n, func() graph.ID { return "person:ann" })
	}
	people := func(n int) (ids []graph.ID) {
		for i := range n {
			ids = append(ids, person(i))
		}
		return ids
	}
	paths := func(change func(*graph.PathQuery)) error {
		q := graph.PathQuery{From: "person:ann", To: "person:ben"}
		change(&q)
		return second(v.Paths(ctx, q))
	}
	picture := func(change func(*graph.GraphQuery)) error {
		q := graph.GraphQuery{Around: []graph.ID{"person:ann"}}
		change(&q)
		return second(v.GraphPayload(ctx, q))
	}
	measures := func(during *graph.Window, kinds []graph.ID, actors ...graph.ID) error {
		return second(v.Measures(ctx, actors, kinds, during))
	}
	hop := must(v.Paths(ctx, graph.PathQuery{From: "person:ann", To: "person:ben"}))(t).Paths[0].Hops[0]
	edge := must(v.GraphPayload(ctx, graph.GraphQuery{Around: []graph.ID{"person:ann"}}))(t).Edges[0]
	var b strings.Builder
	for _, c := range []struct {
		call string
		err  error
	}{
		{"paths maxHops: 0", paths(func(q *graph.PathQuery) { q.MaxHops = ptr(0) })},
		{"paths maxHops: 7", paths(func(q *graph.PathQuery) { q.MaxHops = ptr(7) })},
		{"paths maxHops: -1", paths(func(q *graph.PathQuery) { q.MaxHops = ptr(-1) })},
		{"paths first: 0", paths(func(q *graph.PathQuery) { q.First = ptr(0) })},
		{"paths first: 51", paths(func(q *graph.PathQuery) { q.First = ptr(51) })},
		{"paths from nobody", paths(func(q *graph.PathQuery) { q.From = "person:nobody" })},
		{"paths from an event", paths(func(q *graph.PathQuery) { q.From = "event:x" })},
		{"paths to nobody", paths(func(q *graph.PathQuery) { q.To = "" })},
		{"paths to a source", paths(func(q *graph.PathQuery) { q.To = "source:default" })},
		{"paths to oneself", paths(func(q *graph.PathQuery) { q.To = q.From })},
		{"paths kinds", paths(func(q *graph.PathQuery) { q.Kinds = []graph.ID{"kind:meeting", "kind:meetin"} })},
		{"paths during", paths(func(q *graph.PathQuery) { q.During = window("2025", "2024") })},
		{"paths during.from", paths(func(q *graph.PathQuery) { q.During = window("00000000", "") })},
		{"hop events first: 0", second(hop.Events(ctx, ptr(0)))},
		{"hop events first: 11", second(hop.Events(ctx, ptr(11)))},

		{"graph around nobody", picture(func(q *graph.GraphQuery) { q.Around = nil })},
		{"graph around 21", picture(func(q *graph.GraphQuery) { q.Around = people(21) })},
		{"graph around an unknown", picture(func(q *graph.GraphQuery) { q.Around = append(q.Around, "person:nobody") })},
		{"graph around an event", picture(func(q *graph.GraphQuery) { q.Around = []graph.ID{"event:x"} })},
		{"graph depth: 0", picture(func(q *graph.GraphQuery) { q.Depth = ptr(0) })},
		{"graph depth: 4", picture(func(q *graph.GraphQuery) { q.Depth = ptr(4) })},
		{"graph maxNodes: 0", picture(func(q *graph.GraphQuery) { q.MaxNodes = ptr(0) })},
		{"graph maxNodes: 1001", picture(func(q *graph.GraphQuery) { q.MaxNodes = ptr(1001) })},
		{"graph maxNodes: 1 of 2", picture(func(q *graph.GraphQuery) { q.Around, q.MaxNodes = append(q.Around, "person:ben"), ptr(1) })},
		{"graph projection", picture(func(q *graph.GraphQuery) { q.Projection = "SOURCES" })},
		{"graph kinds", picture(func(q *graph.GraphQuery) { q.Kinds = []graph.ID{"call"} })},
		{"graph during", picture(func(q *graph.GraphQuery) { q.During = &graph.Window{} })},
		{"edge eventIds first: 0", second(edge.EventIds(ctx, ptr(0)))},
		{"edge eventIds first: 101", second(edge.EventIds(ctx, ptr(101)))},

		{"measures of nobody", measures(nil, nil)},
		{"measures of 101", measures(nil, nil, list(101)...)},
		{"measures of an unknown", measures(nil, nil, "person:ann", "person:nobody")},
		{"measures of a place", measures(nil, nil, "place:none")},
		{"measures kinds", measures(nil, []graph.ID{"kind:vist"}, "person:ann")},
		{"measures during", measures(window("soon", ""), nil, "person:ann")},
	} {
		var argument *graph.ArgumentError
		if !errors.As(c.err, &argument) {
			t.Errorf("%s: error %v, want one of an argument", c.call, c.err)
			continue
		}
		kind := "invalid"
		if errors.Is(c.err, graph.ErrNotFound) {
			kind = "not found"
		}
		fmt.Fprintf(&b, "%s\n\t%s: %v\n", c.call, kind, c.err)
	}
	golden(t, "network_errors.golden", b.String())
}

// Between those who are not connected there is no path, and the answer says what that rests on.
func TestPathsOfUnconnected(t *testing.T) {
	v := world(t, threeTalks+`
		event:z role:initiator person:eve
		event:z role:recipient person:fay
		person:gil name Gil`)
	for _, c := range []struct {
		name string
		q    graph.PathQuery
		want int
	}{
		{"one who never talked", graph.PathQuery{From: "person:ann", To: "person:dan"}, 0},
		{"from one who never talked", graph.PathQuery{From: "person:dan", To: "person:ann"}, 0},
		{"two who never did", graph.PathQuery{From: "person:dan", To: "person:gil"}, 0},
		{"another circle", graph.PathQuery{From: "person:ann", To: "person:fay"}, 0},
		{"another circle, in time", graph.PathQuery{From: "person:fay", To: "person:cid", TimeRespecting: true}, 0},
		{"too far", graph.PathQuery{From: "person:ann", To: "person:cid", MaxHops: ptr(1)}, 0},
		{"not by this kind", graph.PathQuery{From: "person:ann", To: "person:cid", Kinds: []graph.ID{"kind:call"}}, 0},
		{"not in this window", graph.PathQuery{From: "person:ann", To: "person:cid", During: window("2025-02", "2025-03")}, 0},
		{"not in this order", graph.PathQuery{From: "person:cid", To: "person:ann", TimeRespecting: true}, 0},
		{"connected", graph.PathQuery{From: "person:ann", To: "person:cid"}, 1},
		{"connected in time", graph.PathQuery{From: "person:ann", To: "person:cid", TimeRespecting: true}, 1},
	} {
		r := must(v.Paths(ctx, c.q))(t)
		coverage := must(r.Coverage(ctx))(t)
		if len(r.Paths) != c.want || r.Paths == nil || !r.Exhausted || coverage.Statement == "" {
			t.Errorf("%s: %d paths, exhausted %t, %+v; want %d", c.name, len(r.Paths), r.Exhausted, coverage, c.want)
		}
	}
}

// A countdown is a context that is cancelled when it has been asked n times.
type countdown struct {
	context.Context
	left   atomic.Int64
	cancel context.CancelFunc
}

func newCountdown(n int64) *countdown {
	c := &countdown{}
	c.Context, c.cancel = context.WithCancel(ctx)
	c.left.Store(n)
	return c
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		c.cancel()
	}
	return c.Context.Err()
}

// Whenever a question is cancelled it ends, says so, and spoils nothing for the next.
func TestNetworkCancelled(t *testing.T) {
	p := people{n: 12, talks: map[[2]int]int{}}
	for i := range p.n {
		for j := i + 1; j < p.n; j += 1 + i%3 {
			p.talks[[2]int{i, j}] = 1 + j%2
		}
	}
	ids := p.ids()
	g := p.fixture().graph(t)
	for name, ask := range map[string]func(context.Context, *graph.View) (string, error){
		"paths": func(ctx context.Context, v *graph.View) (string, error) {
			r, err := v.Paths(ctx, graph.PathQuery{From: ids[0], To: ids[11], First: ptr(10)})
			if err != nil {
				return "", err
			}
			out := ""
			for _, p := range r.Paths {
				out += pathText(t, p) + "\n"
			}
			return out, nil
		},
		"picture": func(ctx context.Context, v *graph.View) (string, error) {
			r, err := v.GraphPayload(ctx, graph.GraphQuery{Around: ids[:1], Depth: ptr(2)})
			if err != nil {
				return "", err
			}
			if _, err := r.Nodes[0].Position(ctx); err != nil {
				return "", err
			}
			if _, err := r.Nodes[0].Measures(ctx); err != nil {
				return "", err
			}
			return told(t, r), nil
		},
		"events": func(ctx context.Context, v *graph.View) (string, error) {
			r, err := v.GraphPayload(ctx, graph.GraphQuery{Around: ids[:2], Depth: ptr(2), Projection: graph.ProjectActorEvents})
			if err != nil {
				return "", err
			}
			return told(t, r), nil
		},
		"measures": func(ctx context.Context, v *graph.View) (string, error) {
			r, err := v.Measures(ctx, ids, nil, nil)
			if err != nil {
				return "", err
			}
			return fmt.Sprint(r.Among, r.Pairs, r.Communities, r.Modularity, *r.Actors[3].Measures), nil
		},
	} {
		want := ""
		for n := int64(0); ; n++ {
			g.SetNetworkLimits(int(n%2)*10_000, 10_000, 100, false) // forgets
			v := g.View()
			got, err := ask(newCountdown(n), v)
			v.Close()
			if err == nil {
				if n < 5 {
					t.Errorf("%s asks only %d times whether it is cancelled", name, n)
				}
				v := g.View()
				want = must(ask(ctx, v))(t)
				v.Close()
				diff(t, name, got, want)
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("%s cancelled after %d: %v", name, n, err)
			}
		}
	}
}

// As of an instant, paths, pictures and measures show what was known then; and the present is not changed by being asked about the past.
func TestNetworkAsOf(t *testing.T) {
	v := world(t, threeTalks+`
		claim:late recordedAt 2027-06-01T00:00:00Z
		event:late kind kind:call by claim:late
		event:late when 2025-05-01 by claim:late
		event:late role:initiator person:ann by claim:late
		event:late role:recipient person:dan by claim:late`)
	told := func(v *graph.View) string {
		g := must(v.GraphPayload(ctx, graph.GraphQuery{Around: []graph.ID{"person:ann"}}))(t)
		var edges []string
		for _, e := range g.Edges {
			edges = append(edges, bare(e.Target()))
		}
		m := must(v.Measures(ctx, []graph.ID{"person:ann"}, nil, nil))(t)
		p := must(v.Paths(ctx, graph.PathQuery{From: "person:ben", To: "person:dan"}))(t)
		return fmt.Sprintf("%v degree %d among %d, %d paths", edges, m.Actors[0].Measures.Degree, m.Among, len(p.Paths))
	}
	before := must(v.AsOf(&graph.AsOf{KnownAt: ptr("2027-05-31T00:00:00Z")}))(t) // the kinds are known since 2026
	for range 2 {
		if got, want := told(v), "[ben dan] degree 2 among 4, 1 paths"; got != want {
			t.Errorf("now: %s, want %s", got, want)
		}
		if got, want := told(before), "[ben] degree 1 among 3, 0 paths"; got != want {
			t.Errorf("before: %s, want %s", got, want)
		}
	}
}

// A picture can be read however many talked to each other: no two nodes stand in one spot, and none so far out that it presses the others
// together.
func TestPayloadPositions(t *testing.T) {
	const n = 30
	star, all := newFixture(), newFixture()
	for i := range n {
		star.say(fmt.Sprintf("event:%[1]d role:initiator person:hub\nevent:%[1]d role:recipient person:%[1]d", i))
		all.say(fmt.Sprintf("event:%[1]d role:initiator person:hub\nevent:%[1]d role:recipient person:%[1]d\nevent:all role:participant person:%[1]d", i))
		for range 100 { // one talked far more than the others
			if i == 0 {
				all.say(fmt.Sprintf("event:more-%d role:initiator person:hub\nevent:more-%[1]d role:recipient person:0", len(all.quads)))
			}
		}
	}
	for name, f := range map[string]*fixture{"a star": star, "everybody": all} {
		v := f.view(t)
		g := must(v.GraphPayload(ctx, graph.GraphQuery{Around: []graph.ID{"person:hub"}}))(t)
		if len(g.Nodes) != n+1 {
			t.Fatalf("%s: %d nodes, want %d", name, len(g.Nodes), n+1)
		}
		at := each(t, g.Nodes, one(func(n *graph.GraphNode) (*graph.Point, error) { return n.Position(ctx) }, isNil))
		least := math.Inf(1)
		for i, a := range at {
			if a.X < 0 || a.X > 1000 || a.Y < 0 || a.Y > 1000 {
				t.Errorf("%s: node %d stands at %v, beyond the sheet", name, i, *a)
			}
			for _, b := range at[:i] {
				least = min(least, math.Hypot(a.X-b.X, a.Y-b.Y))
			}
		}
		// Spread evenly, 31 nodes have some 1000/sqrt(31) = 180 each.
		if least < 40 {
			t.Errorf("%s: two nodes stand %.1f apart", name, least)
		}
	}
}
