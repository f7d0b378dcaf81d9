package store

import (
	"context"

	"github.com/cayleygraph/cayley/graph"
)

// A plan is a set of nodes that a query asks for, as this store finds them: without a quad as a step between two nodes, without
// a reference made of each tid, and from lists of [links]. Cayley's shapes are turned into plans by OptimizeShape; what a plan
// cannot say stays Cayley's, and either can stand within the other.
//
// A node of a plan may be reached by several paths, which differ in their tags, and a plan counts as Cayley's iterators do:
// next takes each way to a node, nextPath the other ways by which what was only looked up is reached.
type plan interface {
	// scan returns a cursor that lists the nodes by next.
	scan(x *run) cursor
	// lookup returns a cursor that tells by contains whether nodes are in the plan; it will be asked some n times.
	lookup(x *run, n float64) cursor
	// cost guesses what scan and lookup take.
	cost(x *run) cost
	String() string
}

// A cost is counted in lists of links: one is what it takes to get one and look at a quad of it.
type cost struct {
	size     float64 // nodes, each as often as it is reached
	next     float64 // for each of them
	contains float64
}

// A cursor is a plan at work, for one goroutine. An error ends it; it is kept by the run.
type cursor interface {
	next() bool
	contains(t tid) bool
	// nextPath goes to another path to the same node.
	nextPath() bool
	result() tid
	// tags appends the tags of the path.
	tags(to []tag) []tag
	close()
}

// A tag is a name that a query gives to a node on the path.
type tag struct {
	name string
	tid  tid
	ref  graph.Ref // instead of the tid, if it is not nil
}

// A run is one evaluation of a plan, on one state.
type run struct {
	qs      *quadStore
	ctx     context.Context
	view    *View
	done    func()
	err     error
	costs   map[plan]cost
	foreign map[*foreign]graph.IteratorShape // those built for the run
}

func (qs *quadStore) run(ctx context.Context) *run {
	x := &run{qs: qs, ctx: ctx, costs: map[plan]cost{}}
	x.view, x.done = qs.at()
	return x
}

// close gives the state back. Closing again does nothing.
func (x *run) close() {
	if x.done != nil {
		x.done()
		x.done = nil
	}
}

// fail keeps the first error. It returns false, for the cursor to return.
func (x *run) fail(err error) bool {
	if x.err == nil {
		x.err = err
	}
	return false
}

func (x *run) costOf(p plan) cost {
	c, ok := x.costs[p]
	if !ok {
		c = p.cost(x)
		x.costs[p] = c
	}
	return c
}

// quadsOf returns the quads of a pattern, nil after an error.
func (x *run) quadsOf(p *tpattern) linkList {
	list, err := x.view.state.quadsOf(x.ctx, p)
	if err != nil {
		x.fail(err)
		return linkList{}
	}
	return list
}

// count guesses how many quads a pattern has; exactly up to maxLinks.
func (x *run) count(p *tpattern) (n float64, exact bool) {
	all := float64(x.view.state.quads)
	switch {
	case p.given == [4]bool{}:
		return all, true
	case p.given == [4]bool{true, true, true, true}:
		return 1, false
	}
	list := x.quadsOf(p)
	if !list.more {
		return float64(len(list.quads)), true
	}
	// A predicate or a label has a large part of all quads, a node a small one.
	if p.given[0] || p.given[2] {
		return max(all/100, maxLinks), false
	}
	return max(all/4, maxLinks), false
}

func (x *run) fan(p *tpattern, dir int) float64 {
	f, err := x.view.state.fan(x.ctx, p, dir)
	if err != nil {
		x.fail(err)
		return 1
	}
	return f
}

// maxSet is how many paths are held in memory to look nodes up.
const maxSet = 200_000

// setCost is what a path costs that is put into a set, beside the finding of it.
const setCost = 2

// probe returns a cursor for some n lookups: that of the plan, or a set of all its nodes if that is cheaper.
func (x *run) probe(p plan, n float64) cursor {
	if x.setIsCheaper(p, n) {
		return &set{x: x, plan: p, n: n}
	}
	return p.lookup(x, n)
}

func (x *run) setIsCheaper(p plan, n float64) bool {
	c := x.costOf(p)
	return c.contains > 1 && c.size < maxSet/2 && c.size*(c.next+setCost) < n*c.contains
}

// probing is what each of n lookups costs by probe.
func (x *run) probing(p plan, n float64) float64 {
	c := x.costOf(p)
	if x.setIsCheaper(p, n) {
		return c.size*(c.next+setCost)/max(n, 1) + 0.5
	}
	return c.contains
}

// fixed is given nodes.
type fixed struct{ nodes []tid }

func (p *fixed) String() string              { return "Fixed" }
func (p *fixed) scan(*run) cursor            { return &fixedCursor{nodes: p.nodes} }
func (p *fixed) lookup(*run, float64) cursor { return &fixedCursor{nodes: p.nodes} }
func (p *fixed) cost(*run) cost              { return cost{float64(len(p.nodes)), 0.1, 0.1} }
func (c *fixedCursor) nextPath() bool        { return false }
func (c *fixedCursor) result() tid           { return c.now }
func (c *fixedCursor) tags(to []tag) []tag   { return to }
func (c *fixedCursor) close()                {}

type fixedCursor struct {
	nodes []tid
	i     int
	now   tid
	set   map[tid]bool
}

func (c *fixedCursor) next() bool {
	if c.i == len(c.nodes) {
		return false
	}
	c.now = c.nodes[c.i]
	c.i++
	return true
}

func (c *fixedCursor) contains(t tid) bool {
	c.now = t
	if len(c.nodes) > 8 {
		if c.set == nil {
			c.set = make(map[tid]bool, len(c.nodes))
			for _, n := range c.nodes {
				c.set[n] = true
			}
		}
		return c.set[t]
	}
	for _, n := range c.nodes {
		if n == t {
			return true
		}
	}
	return false
}

// all is all nodes. Whoever looks one up has it from a quad or from RefsOf, so it is there.
type all struct{}

func (p *all) String() string { return "All" }
func (p *all) scan(x *run) cursor {
	return &allCursor{stream: newNodeStream(x, prefixSpan([]byte{tableTerm}))}
}
func (p *all) lookup(*run, float64) cursor { return &allCursor{} }
func (p *all) cost(x *run) cost            { return cost{float64(x.view.state.terms), 0.2, 0} }

type allCursor struct {
	stream *nodeStream
	now    tid
}

func (c *allCursor) next() bool {
	t, ok := c.stream.next()
	c.now = t
	return ok
}
func (c *allCursor) contains(t tid) bool { c.now = t; return t.kind != kindNone }
func (c *allCursor) nextPath() bool      { return false }
func (c *allCursor) result() tid         { return c.now }
func (c *allCursor) tags(to []tag) []tag { return to }
func (c *allCursor) close()              {}

// tagged gives names to the nodes of a plan, and has some tags from the start.
type tagged struct {
	plan
	names []string
	given []tag
}

func (p *tagged) cost(x *run) cost                { return x.costOf(p.plan) }
func (p *tagged) scan(x *run) cursor              { return &taggedCursor{p.plan.scan(x), p} }
func (p *tagged) lookup(x *run, n float64) cursor { return &taggedCursor{p.plan.lookup(x, n), p} }

type taggedCursor struct {
	cursor
	plan *tagged
}

func (c *taggedCursor) tags(to []tag) []tag {
	to = c.cursor.tags(to)
	for _, name := range c.plan.names {
		to = append(to, tag{name: name, tid: c.cursor.result()})
	}
	return append(to, c.plan.given...)
}

// set is a plan whose nodes are kept in memory with the tags of each path, to be looked up.
type set struct {
	x    *run
	plan plan
	n    float64 // how often it will be asked
	all  bool    // however many there are: the plan cannot look up

	first map[tid]int32 // of paths, +1
	last  map[tid]int32
	paths []setPath
	held  []tag
	over  cursor // of the plan itself, if there are too many

	now tid
	at  int32
}

type setPath struct {
	from, to, next int32
}

func (c *set) fill() {
	c.first, c.last = map[tid]int32{}, map[tid]int32{}
	s := c.plan.scan(c.x)
	defer s.close()
	for s.next() {
		t := s.result()
		for again := true; again; again = s.nextPath() {
			if len(c.paths) == maxSet && !c.all {
				c.first, c.last, c.paths, c.held = map[tid]int32{}, nil, nil, nil
				c.over = c.plan.lookup(c.x, c.n)
				return
			}
			from := len(c.held)
			c.held = s.tags(c.held)
			c.paths = append(c.paths, setPath{int32(from), int32(len(c.held)), 0})
			i := int32(len(c.paths))
			if l := c.last[t]; l > 0 {
				c.paths[l-1].next = i
			} else {
				c.first[t] = i
			}
			c.last[t] = i
		}
	}
}

func (c *set) contains(t tid) bool {
	if c.first == nil {
		c.fill()
	}
	if c.over != nil {
		return c.over.contains(t)
	}
	c.now = t
	i := c.first[t]
	if i == 0 {
		return false
	}
	c.at = i
	return true
}

func (c *set) nextPath() bool {
	if c.over != nil {
		return c.over.nextPath()
	}
	if c.at == 0 || c.paths[c.at-1].next == 0 {
		return false
	}
	c.at = c.paths[c.at-1].next
	return true
}

func (c *set) next() bool { panic("a set is for lookups") }

func (c *set) result() tid { return c.now }

func (c *set) tags(to []tag) []tag {
	if c.over != nil {
		return c.over.tags(to)
	}
	if c.at == 0 {
		return to
	}
	p := c.paths[c.at-1]
	return append(to, c.held[p.from:p.to]...)
}

func (c *set) close() {
	if c.over != nil {
		c.over.close()
	}
}
