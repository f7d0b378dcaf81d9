package graph_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/graph/network"
	"gonum.org/v1/gonum/graph/simple"
	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
)

// A people is a graph of people by number: how often each two talked.
type people struct {
	n     int
	talks map[[2]int]int
}

func person(i int) graph.ID { return graph.ID(fmt.Sprintf("person:%03d", i)) }

func drawPeople(t *rapid.T) people {
	p := people{n: rapid.IntRange(2, 15).Draw(t, "people"), talks: map[[2]int]int{}}
	for range rapid.IntRange(1, 40).Draw(t, "talks") {
		a, b := rapid.IntRange(0, p.n-1).Draw(t, "a"), rapid.IntRange(0, p.n-1).Draw(t, "b")
		if a != b {
			p.talks[[2]int{min(a, b), max(a, b)}]++
		}
	}
	return p
}

func (p people) fixture() *fixture {
	f := newFixture()
	for i := range p.n {
		f.mention(string(person(i)))
	}
	for a := range p.n {
		for b := a + 1; b < p.n; b++ {
			for k := range p.talks[[2]int{a, b}] {
				e := fmt.Sprintf("event:%d-%d-%d", a, b, k)
				f.say(fmt.Sprintf("%s role:initiator %s\n%s role:recipient %s", e, person(a), e, person(b)))
			}
		}
	}
	return f
}

func (p people) ids() (ids []graph.ID) {
	for i := range p.n {
		ids = append(ids, person(i))
	}
	return ids
}

// gonum measures some of the people: the same by somebody else's code.
func (p people) gonum(among []int) (betweenness, pageRank map[int64]float64, degree map[int64]int) {
	undirected, directed := simple.NewUndirectedGraph(), simple.NewWeightedDirectedGraph(0, 0)
	for _, i := range among {
		undirected.AddNode(simple.Node(i))
		directed.AddNode(simple.Node(i))
	}
	degree = map[int64]int{}
	if len(among) == 0 { // which gonum's PageRank does not take
		return nil, nil, degree
	}
	for pair, n := range p.talks {
		a, b := simple.Node(pair[0]), simple.Node(pair[1])
		if !slices.Contains(among, pair[0]) || !slices.Contains(among, pair[1]) {
			continue
		}
		undirected.SetEdge(simple.Edge{F: a, T: b})
		directed.SetWeightedEdge(simple.WeightedEdge{F: a, T: b, W: float64(n)})
		directed.SetWeightedEdge(simple.WeightedEdge{F: b, T: a, W: float64(n)})
		degree[int64(a)]++
		degree[int64(b)]++
	}
	betweenness = network.Betweenness(undirected)
	if n := float64(len(among)); n > 2 {
		for i := range betweenness {
			betweenness[i] /= (n - 1) * (n - 2)
		}
	}
	return betweenness, network.PageRank(directed, 0.85, 1e-12), degree
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

func TestMeasuresAgainstGonum(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := drawPeople(r)
		v := p.fixture().view(r)
		talked, everyone := []int{}, []int{}
		for i := range p.n {
			everyone = append(everyone, i)
			for pair := range p.talks {
				if pair[0] == i || pair[1] == i {
					talked = append(talked, i)
					break
				}
			}
		}
		check := func(what string, i int, m *graph.NodeMeasures, betweenness, pageRank map[int64]float64, degree map[int64]int) {
			k := int64(i)
			if m.Degree != degree[k] || !near(m.Betweenness, betweenness[k]) || !near(m.PageRank, pageRank[k]) || m.BetweennessSampled {
				r.Errorf("%s: %s of %v has %+v, want degree %d, betweenness %g, PageRank %g", what, person(i), p.talks, *m, degree[k], betweenness[k], pageRank[k])
			}
		}
		got := must(v.Measures(ctx, p.ids(), nil, nil))(r)
		if got.Among != len(talked) || got.Pairs != len(p.talks) {
			r.Errorf("among %d in %d pairs, want %d in %d", got.Among, got.Pairs, len(talked), len(p.talks))
		}
		between, rank, degree := p.gonum(talked)
		numbers := map[int]int{}
		for i, a := range got.Actors {
			if a.Actor.ID() != person(i) || (a.Measures != nil) != slices.Contains(talked, i) {
				r.Fatalf("the measures of %s are those of %s: %v", person(i), a.Actor.ID(), a.Measures)
			}
			if a.Measures != nil {
				check("measures", i, a.Measures, between, rank, degree)
				numbers[a.Measures.Community]++
			}
		}
		for c := range got.Communities { // each has a number, the larger the community the smaller
			if numbers[c+1] == 0 || c > 0 && numbers[c+1] > numbers[c] {
				r.Errorf("communities have %v members", numbers)
			}
		}
		if len(numbers) != got.Communities || got.Modularity < -0.5 || got.Modularity > 1 {
			r.Errorf("%d communities, modularity %g, members %v", got.Communities, got.Modularity, numbers)
		}

		// In a picture, those who did not talk are there too.
		between, rank, degree = p.gonum(everyone)
		payload := must(v.GraphPayload(ctx, graph.GraphQuery{Around: p.ids()}))(r)
		for i, n := range payload.Nodes {
			check("picture", i, must(n.Measures(ctx))(r), between, rank, degree)
		}
	})
}

func TestCommunitiesAreCliques(t *testing.T) {
	p := people{n: 11, talks: map[[2]int]int{{0, 5}: 1}}
	for a := range p.n { // 0-4 and 5-10
		for b := a + 1; b < p.n; b++ {
			if a < 5 == (b < 5) {
				p.talks[[2]int{a, b}] = 1
			}
		}
	}
	got := must(p.fixture().view(t).Measures(ctx, p.ids(), nil, nil))(t)
	var of []int
	for _, a := range got.Actors {
		of = append(of, a.Measures.Community)
	}
	diff(t, "communities", of, []int{2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1})
	// 25 of 26 edges are within; 21 and 31 of 52 ends are of each.
	if want := 25.0/26 - (21*21+31*31)/(52.0*52); !near(got.Modularity, want) || got.Communities != 2 {
		t.Errorf("%d communities, modularity %g, want 2, %g", got.Communities, got.Modularity, want)
	}
}

// Of many, an estimate is made: whoever is in the middle of a star is on all ways, whether or not ways were counted from it.
func TestBetweennessIsSampled(t *testing.T) {
	for _, hub := range []int{0, 1, 300} {
		p := people{n: 600, talks: map[[2]int]int{}}
		for i := range p.n {
			if i != hub {
				p.talks[[2]int{min(i, hub), max(i, hub)}] = 1
			}
		}
		got := must(p.fixture().view(t).Measures(ctx, []graph.ID{person(hub), person(7)}, nil, nil))(t)
		m, leaf := got.Actors[0].Measures, got.Actors[1].Measures
		if !m.BetweennessSampled || !near(m.Betweenness, 1) || m.Degree != 599 || leaf.Betweenness != 0 || leaf.Degree != 1 {
			t.Errorf("the middle %s has %+v, one at the rim %+v", person(hub), *m, *leaf)
		}
	}
}

// Measures are of the talks that count: of a kind, in a window.
func TestMeasuresOfSome(t *testing.T) {
	v := world(t, `
		event:x role:initiator person:ann
		event:x role:recipient person:ben
		event:y role:participant person:ann
		event:y role:participant person:cid
		event:y kind kind:meeting
		event:y when 2025-03
		person:dan name Dan`)
	for _, c := range []struct {
		kinds  []graph.ID
		during *graph.Window
		want   string
	}{
		{nil, nil, "ann:2 ben:1 cid:1 dan:- among 3 pairs 2"},
		{[]graph.ID{"kind:meeting"}, nil, "ann:1 ben:- cid:1 dan:- among 2 pairs 1"},
		{[]graph.ID{"kind:call", "kind:meeting"}, nil, "ann:2 ben:1 cid:1 dan:- among 3 pairs 2"},
		{nil, window("2025-03-31", ""), "ann:1 ben:- cid:1 dan:- among 2 pairs 1"},
		{nil, window("", "2025-02"), "ann:1 ben:1 cid:- dan:- among 2 pairs 1"},
		{[]graph.ID{"kind:visit"}, nil, "ann:- ben:- cid:- dan:- among 0 pairs 0"},
	} {
		m := must(v.Measures(ctx, []graph.ID{"person:ann", "person:ben", "person:cid", "person:dan"}, c.kinds, c.during))(t)
		var got []string
		for _, a := range m.Actors {
			degree := "-"
			if a.Measures != nil {
				degree = fmt.Sprint(a.Measures.Degree)
			}
			got = append(got, bare(a.Actor.ID())+":"+degree)
		}
		if got := fmt.Sprintf("%s among %d pairs %d", strings.Join(got, " "), m.Among, m.Pairs); got != c.want {
			t.Errorf("measures of %v in %v = %s, want %s", c.kinds, c.during, got, c.want)
		}
	}
}
