package graph

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/community"
	"gonum.org/v1/gonum/graph/iterator"
	"gonum.org/v1/gonum/graph/simple"
)

// NodeMeasures say how central a node is. See the SDL.
type NodeMeasures struct {
	Degree             int
	Betweenness        float64
	BetweennessSampled bool
	PageRank           float64
	Community          int
}

// Measures are how central actors are in the whole graph. See the SDL.
type Measures struct {
	Actors      []*ActorMeasures
	Among       int
	Pairs       int
	Communities int
	Modularity  float64
}

// An ActorMeasures is how central an actor is.
type ActorMeasures struct {
	Actor    Actor
	Measures *NodeMeasures // nil if it did not talk at all
}

const (
	maxMeasured     = 100
	exactWays       = 500  // beyond so many nodes the ways that begin at some are counted
	sampledWays     = 200  // so many
	pageRankDamping = 0.85 // the share of steps that follow a talk, as PageRank's authors had it
)

// A joined is nodes, by number, and what joins them: the neighbours of each, ascending, and how strongly. It is a graph of gonum's whose
// nodes and neighbours always come in one order, so that what is computed on it is the same every time.
type joined struct {
	to     [][]int32
	weight [][]float64
}

// A joint is an edge of a joined graph.
type joint struct {
	from, to int32
	weight   float64
}

// join makes a graph of n nodes of edges, no two of which may join the same nodes.
func join(n int, edges []joint) *joined {
	g := &joined{make([][]int32, n), make([][]float64, n)}
	both := make([]joint, 0, 2*len(edges))
	for _, e := range edges {
		both = append(both, e, joint{e.to, e.from, e.weight})
	}
	slices.SortFunc(both, func(a, b joint) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	for _, e := range both {
		g.to[e.from], g.weight[e.from] = append(g.to[e.from], e.to), append(g.weight[e.from], e.weight)
	}
	return g
}

// measure says of each node how central it is, and how well communities keep to themselves.
func (g *joined) measure(ctx context.Context) (list []NodeMeasures, modularity float64, err error) {
	n := len(g.to)
	list = make([]NodeMeasures, n)
	between, sampled, err := g.betweenness(ctx)
	if err != nil {
		return nil, 0, err
	}
	ranks, err := g.pageRank(ctx)
	if err != nil {
		return nil, 0, err
	}
	communities, modularity := g.communities()
	for i := range list {
		list[i] = NodeMeasures{len(g.to[i]), between[i], sampled, ranks[i], communities[i]}
	}
	return list, modularity, ctx.Err()
}

// betweenness is Brandes' algorithm, "A faster algorithm for betweenness centrality" (2001), from all nodes or, of more than exactWays, from
// some that stand evenly in their order. gonum's is the same but always begins at all.
func (g *joined) betweenness(ctx context.Context) (share []float64, sampled bool, err error) {
	n := len(g.to)
	share = make([]float64, n)
	if n < 3 {
		return share, false, nil
	}
	begin := n
	if n > exactWays {
		begin, sampled = sampledWays, true
	}
	var (
		order  = make([]int32, 0, n)
		far    = make([]int32, n)
		ways   = make([]float64, n)
		depend = make([]float64, n)
	)
	for k := range begin {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		s := int32(k * n / begin)
		for i := range n {
			far[i], ways[i], depend[i] = -1, 0, 0
		}
		far[s], ways[s] = 0, 1
		order = append(order[:0], s)
		for i := 0; i < len(order); i++ {
			u := order[i]
			for _, v := range g.to[u] {
				if far[v] < 0 {
					far[v] = far[u] + 1
					order = append(order, v)
				}
				if far[v] == far[u]+1 {
					ways[v] += ways[u]
				}
			}
		}
		for i := len(order) - 1; i > 0; i-- {
			v := order[i]
			for _, u := range g.to[v] {
				if far[u] == far[v]-1 {
					depend[u] += ways[u] / ways[v] * (1 + depend[v])
				}
			}
			share[v] += depend[v]
		}
	}
	for i := range share {
		share[i] /= float64(begin) * float64(n-2)
	}
	for k := range begin { // a way that begins at a node does not lead through it
		share[k*n/begin] *= float64(begin) / float64(begin-1)
	}
	return share, sampled, nil
}

// pageRank walks until no rank changes by more than a billionth. gonum's begins at random and so never answers twice alike.
func (g *joined) pageRank(ctx context.Context) ([]float64, error) {
	n := len(g.to)
	now, next, out := make([]float64, n), make([]float64, n), make([]float64, n)
	for i, list := range g.weight {
		now[i] = 1 / float64(n)
		for _, w := range list {
			out[i] += w
		}
	}
	for range 200 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		stay := 0.0 // the rank of those that lead nowhere goes to all
		for i := range now {
			if out[i] == 0 {
				stay += now[i]
			}
		}
		change := 0.0
		for i := range next {
			sum := 0.0
			for k, j := range g.to[i] {
				sum += now[j] * g.weight[i][k] / out[j]
			}
			next[i] = (1-pageRankDamping)/float64(n) + pageRankDamping*(sum+stay/float64(n))
			change += max(next[i]-now[i], now[i]-next[i])
		}
		now, next = next, now
		if change < 1e-9 {
			break
		}
	}
	return now, nil
}

// communities numbers communities by their size, those of one size by their first node, and says of each node which it is in.
func (g *joined) communities() (of []int, modularity float64) {
	of = make([]int, len(g.to))
	edges := 0
	for _, list := range g.to {
		edges += len(list)
	}
	if edges == 0 { // of which gonum makes nothing
		for i := range of {
			of[i] = i + 1
		}
		return of, 0
	}
	found := community.Modularize(g, 1, rand.NewPCG(1, 2)).Communities()
	for _, list := range found {
		slices.SortFunc(list, func(a, b graph.Node) int { return cmp.Compare(a.ID(), b.ID()) })
	}
	slices.SortFunc(found, func(a, b []graph.Node) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a[0].ID(), b[0].ID()))
	})
	for i, list := range found {
		for _, n := range list {
			of[n.ID()] = i + 1
		}
	}
	return of, g.modularity(of)
}

// modularity is Newman's, of the communities that nodes are in: the share of all weight that is within them, less what chance would put there.
func (g *joined) modularity(of []int) float64 {
	within, ends, all := 0.0, map[int]float64{}, 0.0
	for i, list := range g.to {
		for k, j := range list {
			w := g.weight[i][k]
			all += w
			ends[of[i]] += w
			if of[i] == of[j] {
				within += w
			}
		}
	}
	q := within / all
	numbers := make([]int, 0, len(ends))
	for c := range ends {
		numbers = append(numbers, c)
	}
	slices.Sort(numbers) // so that the sum is the same every time
	for _, c := range numbers {
		q -= ends[c] / all * (ends[c] / all)
	}
	return q
}

// What gonum asks of a weighted, undirected graph.

func (g *joined) Node(id int64) graph.Node {
	if id < 0 || id >= int64(len(g.to)) {
		return nil
	}
	return simple.Node(id)
}

func (g *joined) Nodes() graph.Nodes {
	nodes := make([]graph.Node, len(g.to))
	for i := range nodes {
		nodes[i] = simple.Node(i)
	}
	return iterator.NewOrderedNodes(nodes)
}

func (g *joined) From(id int64) graph.Nodes {
	nodes := make([]graph.Node, len(g.to[id]))
	for i, to := range g.to[id] {
		nodes[i] = simple.Node(to)
	}
	return iterator.NewOrderedNodes(nodes)
}

func (g *joined) HasEdgeBetween(x, y int64) bool {
	_, ok := slices.BinarySearch(g.to[x], int32(y))
	return ok
}

func (g *joined) Edge(u, v int64) graph.Edge { return g.WeightedEdge(u, v) }

func (g *joined) EdgeBetween(x, y int64) graph.Edge { return g.WeightedEdge(x, y) }

func (g *joined) WeightedEdgeBetween(x, y int64) graph.WeightedEdge { return g.WeightedEdge(x, y) }

func (g *joined) WeightedEdge(u, v int64) graph.WeightedEdge {
	if !g.HasEdgeBetween(u, v) {
		return nil
	}
	w, _ := g.Weight(u, v)
	return simple.WeightedEdge{F: simple.Node(u), T: simple.Node(v), W: w}
}

func (g *joined) Weight(x, y int64) (w float64, ok bool) {
	if x == y {
		return 0, true
	}
	i, ok := slices.BinarySearch(g.to[x], int32(y))
	if !ok {
		return 0, false
	}
	return g.weight[x][i], true
}

// A measured is the measures of a whole network, through one filter.
type measured struct {
	nodes       []NodeMeasures // by actor
	among       int
	pairs       int
	communities int
	modularity  float64
}

// maxKeptMeasures is of how many filters a network keeps the measures.
const maxKeptMeasures = 8

// Measures says how central actors are among all who talked. See the SDL.
func (v *View) Measures(ctx context.Context, actors, kinds []ID, during *Window) (*Measures, error) {
	if len(actors) == 0 || len(actors) > maxMeasured {
		return nil, invalid("actors", "%d are not from 1 to %d", len(actors), maxMeasured)
	}
	actors = v.same().ids(actors)
	for i, id := range actors {
		if _, err := v.require(ctx, fmt.Sprintf("actors[%d]", i), id, actorTypes...); err != nil {
			return nil, err
		}
	}
	list, err := pick[Actor](ctx, v.cohort(actors), actors)
	if err != nil {
		return nil, err
	}
	r, err := v.networkReader(ctx)
	if err != nil {
		return nil, err
	}
	f, err := v.talkFilter(ctx, r.network, kinds, during)
	if err != nil {
		return nil, err
	}
	m, err := r.measure(ctx, f, fmt.Sprint(kinds, f.windowKey()))
	if err != nil {
		return nil, err
	}
	numbers, err := r.numbersOf(ctx, actors)
	if err != nil {
		return nil, err
	}
	out := &Measures{Among: m.among, Pairs: m.pairs, Communities: m.communities, Modularity: m.modularity}
	for i, a := range numbers {
		am := &ActorMeasures{Actor: list[i]}
		if int(a) < len(m.nodes) && m.nodes[a].Degree > 0 {
			am.Measures = &m.nodes[a]
		}
		out.Actors = append(out.Actors, am)
	}
	return out, nil
}

// measure measures the whole network, or remembers it.
func (r *networkReader) measure(ctx context.Context, f *talkFilter, key string) (*measured, error) {
	r.mu.RLock()
	m := r.measured[key]
	r.mu.RUnlock()
	if m != nil {
		return m, nil
	}
	all, err := r.everyone(ctx)
	if err != nil {
		return nil, err
	}
	var edges []joint
	table := r.names.table()
	byID := func(a, b int32) int { return cmp.Compare(table[a], table[b]) } // numbers are given as questions come
	slices.SortFunc(all, byID)
	for _, a := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l := r.at(a)
		for i, b := range l.to {
			if table[a] < table[b] {
				if n := f.count(l.talksWith(i)).Max; n > 0 {
					edges = append(edges, joint{a, b, float64(n)})
				}
			}
		}
	}
	who := make([]int32, 0, 2*len(edges)) // that talked, by id
	for _, e := range edges {
		who = append(who, e.from, e.to)
	}
	slices.Sort(who)
	who = slices.Compact(who)
	slices.SortFunc(who, byID)
	place := make(map[int32]int32, len(who))
	for i, a := range who {
		place[a] = int32(i)
	}
	for i, e := range edges {
		edges[i].from, edges[i].to = place[e.from], place[e.to]
	}
	g := join(len(who), edges)
	list, modularity, err := g.measure(ctx)
	if err != nil {
		return nil, err
	}
	m = &measured{nodes: make([]NodeMeasures, len(table)), among: len(who), pairs: len(edges), modularity: modularity}
	for p, a := range who {
		m.nodes[a] = list[p]
		m.communities = max(m.communities, list[p].Community)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.measured == nil || len(r.measured) >= maxKeptMeasures {
		r.measured = map[string]*measured{}
	}
	r.measured[key] = m
	return m, nil
}

// windowKey tells windows apart.
func (f *talkFilter) windowKey() string {
	if f.window == nil {
		return ""
	}
	day := func(d *edtf.Day) string {
		if d == nil {
			return ".."
		}
		return d.String()
	}
	return day(f.window.From) + "/" + day(f.window.To)
}

// everyone reads the talks of all actors, and returns all who are there.
func (r *networkReader) everyone(ctx context.Context) ([]int32, error) {
	c, err := r.view.ofTypes(ctx, actorTypes...)
	if err != nil {
		return nil, err
	}
	actors, err := r.numbersOf(ctx, c.ids)
	if err != nil {
		return nil, err
	}
	ok, err := r.read(ctx, actors)
	if err == nil && !ok {
		err = invalid("actors", "the graph has more talks than the %d that one question may read: measure a picture of some of it, by graph", r.view.graph.limits.asked/2)
	}
	return actors, err
}

// joints returns the edges of a picture, between the places of its nodes.
func (p *GraphPayload) joints() []joint {
	edges := make([]joint, len(p.Edges))
	for i, e := range p.Edges {
		edges[i] = joint{e.from, e.to, float64(e.Weight)}
	}
	return edges
}

// Measures says how central the node is in its picture.
func (n *GraphNode) Measures(ctx context.Context) (*NodeMeasures, error) {
	list, err := remember(n.of.cohort, "measures", func() ([]NodeMeasures, error) {
		list, _, err := join(len(n.of.Nodes), n.of.joints()).measure(ctx)
		return list, err
	})
	if err != nil {
		return nil, err
	}
	return &list[n.place], nil
}
