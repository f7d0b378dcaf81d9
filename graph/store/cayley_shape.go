package store

import (
	"context"
	"fmt"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/cayley/graph/shape"
	"github.com/cayleygraph/quad"
)

var _ shape.Optimizer = (*quadStore)(nil)

// planned is a plan as one of Cayley's shapes.
type planned struct {
	qs   *quadStore
	plan plan
}

func (s planned) BuildIterator(qs graph.QuadStore) graph.Iterator {
	if own, ok := graph.Unwrap(qs).(*quadStore); ok {
		s.qs = own // of one state, if the shape stands in a plan that runs
	}
	return graph.AsLegacy(&planIterator{s})
}

func (s planned) Optimize(shape.Optimizer) (shape.Shape, bool) { return s, false }

// OptimizeShape turns a shape into a plan if there is one for it. Cayley calls it for each shape of a query, the inner ones
// first, after its own optimizations. What has no plan stays as it is, with plans in it: pages, counts, sorting,
// recursion, patterns of text, and quads as results.
func (qs *quadStore) OptimizeShape(s shape.Shape) (shape.Shape, bool) {
	var p plan
	switch s := s.(type) {
	case shape.NodesFrom:
		if shape.IsNull(s.Quads) {
			p = &fixed{} // a step from nothing, as Cayley leaves it
		} else if quads, ok := s.Quads.(shape.Quads); ok {
			p = planQuads(s.Dir, quads)
		}
	case shape.QuadsAction:
		p = planAction(s)
	case shape.Intersect:
		if subs, ok := planAll(s); ok {
			p = &and{subs: subs}
		}
	case shape.IntersectOpt:
		subs, ok := planAll(s.Sub)
		optional, okOpt := planAll(s.Opt)
		if ok && okOpt && len(subs) > 0 {
			p = &and{subs: subs, optional: optional}
		}
	case shape.Union:
		if subs, ok := planAll(s); ok {
			p = &or{subs: subs}
		}
	case shape.Save:
		if sub, ok := planOf(s.From); ok {
			p = &tagged{plan: sub, names: s.Tags}
		}
	case shape.FixedTags:
		if sub, ok := planOf(s.On); ok {
			t := &tagged{plan: sub}
			for name, r := range s.Tags {
				t.given = append(t.given, tag{name: name, ref: r})
			}
			p = t
		}
	case shape.Except:
		var from plan = &all{}
		ok := true
		if s.From != nil {
			from, ok = planOf(s.From)
		}
		if exclude, okEx := planOf(s.Exclude); ok && okEx {
			p = &not{from: from, exclude: exclude}
		}
	case shape.Filter:
		return qs.planFilter(s)
	}
	if p == nil {
		return s, false
	}
	return planned{qs, p}, true
}

// planOf returns the plan of a shape; false for one of which the results may be no nodes of the store.
func planOf(s shape.Shape) (plan, bool) {
	switch s := s.(type) {
	case nil, shape.Null:
		return &fixed{}, true
	case planned:
		return s.plan, true
	case shape.AllNodes:
		return &all{}, true
	case shape.Fixed:
		p := &fixed{}
		for _, r := range s {
			t, ok := r.(tid)
			if !ok {
				return nil, false
			}
			p.nodes = append(p.nodes, t)
		}
		return p, true
	case shape.NodesFrom:
		return &fixed{}, shape.IsNull(s.Quads)
	case shape.Quads, shape.Count, shape.QuadsAction:
		return nil, false
	case shape.Intersect, shape.IntersectOpt, shape.Union, shape.Save, shape.FixedTags, shape.Except:
		return nil, false // there was no plan for something in it
	case shape.Unique:
		_, ok := planOf(s.From)
		return &foreign{shape: s}, ok
	case shape.Page:
		_, ok := planOf(s.From)
		return &foreign{shape: s}, ok
	case shape.Sort:
		_, ok := planOf(s.From)
		return &foreign{shape: s}, ok
	case shape.Filter:
		_, ok := planOf(s.From)
		return &foreign{shape: s}, ok
	case shape.Materialize:
		_, ok := planOf(s.Values)
		return &foreign{shape: s}, ok
	}
	return &foreign{shape: s}, true // recursion, and iterators that were given: of nodes
}

func planAll(shapes []shape.Shape) ([]plan, bool) {
	var plans []plan
	for _, s := range shapes {
		p, ok := planOf(s)
		if !ok {
			return nil, false
		}
		plans = append(plans, p)
	}
	return plans, true
}

// planQuads is a step over quads that filters describe; nil if there is none.
func planQuads(result quad.Direction, quads shape.Quads) plan {
	if result < quad.Subject || result > quad.Label {
		return nil
	}
	p := &step{dir: int(result - 1)}
	for _, f := range quads {
		if f.Dir < quad.Subject || f.Dir > quad.Label {
			return nil
		}
		sub, ok := planOf(f.Values)
		if !ok {
			return nil
		}
		d := int(f.Dir - 1)
		switch s := sub.(type) {
		case *fixed:
			if len(s.nodes) == 1 && !p.given.given[d] {
				p.given.q[d], p.given.given[d] = s.nodes[0], true
				continue
			}
		case *tagged:
			if _, ok := s.plan.(*all); ok && len(s.given) == 0 {
				for _, name := range s.names {
					p.saves = append(p.saves, stepSave{d, name})
				}
				continue
			}
		case *all:
			p.saves = append(p.saves, stepSave{dir: d}) // it must be there
			continue
		case *within:
			if p.within == nil {
				w := *s
				w.dir = d
				p.within = &w
				continue
			}
		}
		p.subs = append(p.subs, stepSub{d, sub})
	}
	p.separate()
	return p
}

func planAction(s shape.QuadsAction) plan {
	if s.Result < quad.Subject || s.Result > quad.Label {
		return nil
	}
	p := &step{dir: int(s.Result - 1)}
	for d, r := range s.Filter {
		t, ok := r.(tid)
		if !ok {
			return nil
		}
		p.given.q[d-1], p.given.given[d-1] = t, true
	}
	for d, names := range s.Save {
		for _, name := range names {
			p.saves = append(p.saves, stepSave{int(d - 1), name})
		}
	}
	return p
}

// separate makes a given term one of the nodes of a plan if there is a plan for the same direction.
func (p *step) separate() {
	for i, s := range p.subs {
		if p.given.given[s.dir] {
			p.subs[i].plan = &and{subs: []plan{&fixed{nodes: []tid{p.given.q[s.dir]}}, s.plan}}
			p.given.q[s.dir], p.given.given[s.dir] = tid{}, false
		}
	}
}

// planIterator is a plan among Cayley's iterators.
type planIterator struct{ planned }

var _ graph.IteratorShape = (*planIterator)(nil)

func (p *planIterator) String() string                                       { return fmt.Sprint(p.plan) }
func (p *planIterator) SubIterators() []graph.IteratorShape                  { return nil }
func (p *planIterator) Optimize(context.Context) (graph.IteratorShape, bool) { return p, false }
func (p *planIterator) Iterate() graph.Scanner                               { return &planCursor{planned: p.planned} }
func (p *planIterator) Lookup() graph.Index                                  { return &planCursor{planned: p.planned} }

func (p *planIterator) Stats(ctx context.Context) (graph.IteratorCosts, error) {
	x := p.qs.run(ctx)
	defer x.close()
	c := x.costOf(p.plan)
	size := graph.Size{Size: int64(c.size)}
	if s, ok := p.plan.(*step); ok && len(s.subs) == 0 && len(s.saves) == 0 && s.within == nil && s.dir != int(quad.Label-1) {
		var n float64
		n, size.Exact = x.count(&s.given)
		size.Size = int64(n)
	}
	return graph.IteratorCosts{
		ContainsCost: int64(min(c.contains, 1e9)) + 1,
		NextCost:     int64(min(c.next, 1e9)) + 1,
		Size:         size,
	}, x.err
}

// planCursor is a plan at work among Cayley's iterators. Its state is that at its first call; it is given back at the end, and by
// Close.
type planCursor struct {
	planned
	x      *run
	cursor cursor
	result graph.Ref
	held   []tag
}

func (c *planCursor) String() string { return fmt.Sprint(c.plan) }

func (c *planCursor) Next(ctx context.Context) bool {
	if c.x == nil {
		c.x = c.qs.run(ctx)
		c.cursor = c.plan.scan(c.x)
	}
	c.x.ctx = ctx
	if c.result = nil; c.x.done == nil || c.x.err != nil {
		return false
	}
	if !c.cursor.next() || c.x.err != nil {
		c.Close()
		return false
	}
	c.result = c.cursor.result()
	return true
}

// lookups is how often Cayley is thought to ask. It does not say.
const lookups = 1000

func (c *planCursor) Contains(ctx context.Context, r graph.Ref) bool {
	if c.x == nil {
		c.x = c.qs.run(ctx)
		c.cursor = c.x.probe(c.plan, lookups)
	}
	c.x.ctx = ctx
	t, ok := r.(tid)
	if c.result = nil; !ok || c.x.done == nil || c.x.err != nil || !c.cursor.contains(t) || c.x.err != nil {
		return false
	}
	c.result = r
	return true
}

func (c *planCursor) NextPath(ctx context.Context) bool {
	if c.x == nil || c.x.done == nil || c.x.err != nil {
		return false
	}
	c.x.ctx = ctx
	return c.cursor.nextPath() && c.x.err == nil
}

func (c *planCursor) Result() graph.Ref { return c.result }

func (c *planCursor) TagResults(to map[string]graph.Ref) {
	if c.cursor == nil || c.result == nil {
		return
	}
	c.held = c.cursor.tags(c.held[:0])
	for _, t := range c.held {
		switch {
		case t.name == "":
		case t.ref != nil || t.tid.kind == kindNone:
			to[t.name] = t.ref
		default:
			to[t.name] = t.tid
		}
	}
}

func (c *planCursor) Err() error {
	if c.x == nil {
		return nil
	}
	return c.x.err
}

func (c *planCursor) Close() error {
	if c.x != nil && c.x.done != nil {
		c.cursor.close()
		c.x.close()
	}
	return c.Err()
}
