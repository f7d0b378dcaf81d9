package store

import (
	"context"
	"math"
	"time"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/cayley/graph/iterator"
	"github.com/cayleygraph/cayley/graph/shape"
	"github.com/cayleygraph/quad"
)

// within is the nodes of which the tid holds a value in a range: a span of the table of terms and, behind given terms, of a table
// of quads.
type within struct {
	kind     byte
	min, max uint64 // both included
	dir      int    // in a step
}

func (p *within) String() string { return "Within" }

func (p *within) contains(t tid) bool { return t.kind == p.kind && t.n >= p.min && t.n <= p.max }

// behind is the span of keys that begin with a prefix and then have a tid of the range.
func (p *within) behind(prefix []byte) span {
	n := len(prefix)
	return span{
		lower: appendTID(prefix[:n:n], tid{p.kind, p.min}),
		upper: after(appendTID(prefix[:n:n], tid{p.kind, p.max})),
	}
}

// span returns the span of the quads of a pattern that have a tid of the range; false if no table has them together.
func (p *within) span(q *tpattern) (span, bool) {
	n := given(q)
	if q.given[p.dir] {
		return span{}, false
	}
	for o, order := range orders {
		if n < len(order) && order[n] == p.dir && serves(order, q.given, n) {
			return p.behind(prefixOf(q, o, n)), true
		}
	}
	return span{}, false
}

func (p *within) cost(x *run) cost {
	return cost{float64(x.view.state.terms)/3 + 1, 0.2, 0.1}
}

func (p *within) scan(x *run) cursor {
	if p.min > p.max {
		return &fixedCursor{}
	}
	return &withinCursor{allCursor{stream: newNodeStream(x, p.behind([]byte{tableTerm}))}, p}
}

func (p *within) lookup(*run, float64) cursor { return &withinCursor{plan: p} }

type withinCursor struct {
	allCursor
	plan *within
}

func (c *withinCursor) contains(t tid) bool { c.now = t; return c.plan.contains(t) }

// planFilter makes ranges of the comparisons with numbers and times, and plans of all others. Other filters stay Cayley's.
//
// Only kinds of values of which Cayley compares like with like are ranges. A typed literal, a date or an xsd:integer, it compares
// with everything else by the text that N-Quads have for it, which is no range of tids.
func (qs *quadStore) planFilter(s shape.Filter) (shape.Shape, bool) {
	from, ok := planOf(s.From)
	if !ok {
		return s, false
	}
	var rest []shape.ValueFilter
	var comparisons []shape.Comparison
	var ranges []*within
	for _, f := range s.Filters {
		c, ok := f.(shape.Comparison)
		if !ok {
			rest = append(rest, f)
		} else if w, ok := qs.rangeOf(c); !ok {
			comparisons = append(comparisons, c)
		} else if len(ranges) == 1 && ranges[0].kind == w.kind {
			ranges[0].min, ranges[0].max = max(ranges[0].min, w.min), min(ranges[0].max, w.max)
		} else {
			ranges = append(ranges, w)
		}
	}
	if len(rest) == len(s.Filters) {
		return s, false
	}
	if len(ranges) > 0 {
		a := &and{}
		for _, w := range ranges {
			a.subs = append(a.subs, w)
		}
		if _, ok := from.(*all); ok && len(ranges) == 1 {
			from = ranges[0]
		} else {
			a.subs = append(a.subs, from)
			from = a
		}
	}
	for _, c := range comparisons {
		from = &compared{plan: from, by: c}
	}
	if len(rest) > 0 {
		return shape.Filter{From: planned{qs, from}, Filters: rest}, true
	}
	return planned{qs, from}, true
}

// rangeOf returns the range of tids that a comparison is true for; false if there is none.
func (qs *quadStore) rangeOf(c shape.Comparison) (*within, bool) {
	w := &within{max: math.MaxUint64}
	above, below := c.Val, c.Val // the least and the greatest value that is equal
	switch v := c.Val.(type) {
	case quad.Int:
		w.kind = kindInt
	case quad.Float:
		if math.IsNaN(float64(v)) {
			return nil, false
		}
		w.kind = kindFloat
		least, _ := inline(quad.Float(math.Inf(-1)))
		most, _ := inline(quad.Float(math.Inf(1)))
		w.min, w.max = least.n, most.n // NaNs are outside
		if v == 0 {
			above, below = quad.Float(math.Copysign(0, -1)), quad.Float(0)
		}
	case quad.Time:
		if late, err := qs.hasLateTimes(); late || err != nil {
			return nil, false
		}
		w.kind = kindTime
		above = quad.Time(time.Time(v).UTC())
		below = above
	default:
		return nil, false
	}
	lower, ok1 := inline(above)
	upper, ok2 := inline(below)
	if !ok1 || !ok2 {
		return nil, false
	}
	switch c.Op {
	case iterator.CompareGTE:
		w.min = lower.n
	case iterator.CompareGT:
		if upper.n == math.MaxUint64 {
			w.min, w.max = 1, 0
		} else {
			w.min = upper.n + 1
		}
	case iterator.CompareLTE:
		w.max = upper.n
	case iterator.CompareLT:
		if lower.n == 0 {
			w.min, w.max = 1, 0
		} else {
			w.max = lower.n - 1
		}
	default:
		return nil, false
	}
	return w, true
}

// hasLateTimes reports whether the dictionary has times out of the range of kindTime.
func (qs *quadStore) hasLateTimes() (late bool, err error) {
	v, done := qs.at()
	defer done()
	sp := prefixSpan([]byte{tableEntry, 'Z'})
	sp.limit = 1
	err = v.state.scan(context.Background(), []span{sp}, func(int, []byte, []byte) bool { late = true; return false })
	return late, err
}

// compared is the nodes of a plan for which a comparison is true, as Cayley makes it.
type compared struct {
	plan plan
	by   shape.Comparison
}

func (p *compared) String() string { return "Compared" }

func (p *compared) cost(x *run) cost {
	c := x.costOf(p.plan)
	return cost{c.size, c.next + 1, c.contains + 1}
}

func (p *compared) scan(x *run) cursor {
	return &comparedCursor{cursor: p.plan.scan(x), x: x, by: p.by}
}
func (p *compared) lookup(x *run, n float64) cursor {
	return &comparedCursor{cursor: p.plan.lookup(x, n), x: x, by: p.by}
}

type comparedCursor struct {
	cursor
	x  *run
	by shape.Comparison
}

func (c *comparedCursor) next() bool {
	for c.cursor.next() {
		if c.is(c.cursor.result()) {
			return true
		}
	}
	return false
}

func (c *comparedCursor) contains(t tid) bool { return c.cursor.contains(t) && c.is(t) }

func (c *comparedCursor) is(t tid) bool {
	terms, err := c.x.view.store.dict.names(c.x.ctx, c.x.view.state, []tid{t})
	if err != nil {
		return c.x.fail(err)
	}
	it := iterator.NewComparison(iterator.NewFixed(graph.PreFetched(terms[0])), c.by.Op, c.by.Val, c.x.qs)
	defer it.Close()
	return it.Next(c.x.ctx)
}
