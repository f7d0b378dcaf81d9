package store

import (
	"fmt"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/cayley/graph/iterator"
	"github.com/cayleygraph/cayley/graph/shape"
)

// foreign is one of Cayley's shapes in a plan.
type foreign struct{ shape shape.Shape }

func (p *foreign) String() string { return fmt.Sprintf("%T", p.shape) }

func (p *foreign) build(x *run) graph.IteratorShape {
	if s, ok := x.foreign[p]; ok {
		return s
	}
	it := graph.AsShape(p.shape.BuildIterator(&quadStore{store: x.qs.store, view: x.view}))
	it, _ = it.Optimize(x.ctx)
	if x.foreign == nil {
		x.foreign = map[*foreign]graph.IteratorShape{}
	}
	x.foreign[p] = it
	return it
}

func (p *foreign) scan(x *run) cursor {
	s := p.build(x).Iterate()
	return &foreignCursor{x: x, base: s, scan: s}
}

// lookup asks Cayley's iterator, but for a recursive one: that lists its nodes while it looks for one, and when it comes upon
// one by that, gives it the tags of the node that it was asked for before (v0.7.7, recursiveContains).
func (p *foreign) lookup(x *run, n float64) cursor {
	it := p.build(x)
	if _, ok := graph.AsLegacy(it).(*iterator.Recursive); ok {
		return &set{x: x, plan: p, all: true}
	}
	i := it.Lookup()
	return &foreignCursor{x: x, base: i, index: i}
}

func (p *foreign) cost(x *run) cost {
	c, err := p.build(x).Stats(x.ctx)
	if err != nil {
		x.fail(err)
	}
	return cost{float64(c.Size.Size), float64(c.NextCost), float64(c.ContainsCost)}
}

type foreignCursor struct {
	x     *run
	base  graph.IteratorBase
	scan  graph.Scanner
	index graph.Index
	now   tid
	held  map[string]graph.Ref
}

func (c *foreignCursor) next() bool {
	for c.scan.Next(c.x.ctx) {
		if t, ok := c.scan.Result().(tid); ok {
			c.now = t
			return true
		}
	}
	return c.failed()
}

func (c *foreignCursor) contains(t tid) bool {
	c.now = t
	return c.index.Contains(c.x.ctx, t) || c.failed()
}

func (c *foreignCursor) nextPath() bool { return c.base.NextPath(c.x.ctx) || c.failed() }

// failed takes over an error. It returns false.
func (c *foreignCursor) failed() bool {
	if err := c.base.Err(); err != nil {
		c.x.fail(err)
	}
	return false
}

func (c *foreignCursor) result() tid { return c.now }

func (c *foreignCursor) tags(to []tag) []tag {
	if c.held == nil {
		c.held = map[string]graph.Ref{}
	}
	clear(c.held)
	c.base.TagResults(c.held)
	for name, r := range c.held {
		to = append(to, tag{name: name, ref: r})
	}
	return to
}

func (c *foreignCursor) close() { c.base.Close() }
