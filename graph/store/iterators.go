package store

import (
	"context"
	"fmt"

	"github.com/cayleygraph/cayley/graph"
)

// quads is the quads of a pattern, as Cayley's planner sees them: it can be scanned, and asked whether it holds a quad.
type quads struct {
	qs      *quadStore
	pattern tpattern
}

var _ graph.IteratorShape = (*quads)(nil)

func (s *quads) String() string                                       { return fmt.Sprintf("Quads(%v)", s.pattern.given) }
func (s *quads) SubIterators() []graph.IteratorShape                  { return nil }
func (s *quads) Optimize(context.Context) (graph.IteratorShape, bool) { return s, false }
func (s *quads) Iterate() graph.Scanner {
	return &quadScanner{reader: reader{qs: s.qs}, pattern: s.pattern}
}
func (s *quads) Lookup() graph.Index { return &quadIndex{reader: reader{qs: s.qs}, pattern: s.pattern} }

func (s *quads) Stats(ctx context.Context) (graph.IteratorCosts, error) {
	n, err := s.qs.size(ctx, s.pattern)
	return graph.IteratorCosts{ContainsCost: 2, NextCost: 1, Size: n}, err
}

// nodes is all nodes.
type nodes struct{ qs *quadStore }

var _ graph.IteratorShape = (*nodes)(nil)

func (s *nodes) String() string                                       { return "Nodes" }
func (s *nodes) SubIterators() []graph.IteratorShape                  { return nil }
func (s *nodes) Optimize(context.Context) (graph.IteratorShape, bool) { return s, false }
func (s *nodes) Iterate() graph.Scanner                               { return &nodeScanner{reader: reader{qs: s.qs}} }
func (s *nodes) Lookup() graph.Index                                  { return &nodeIndex{reader{qs: s.qs}} }

func (s *nodes) Stats(ctx context.Context) (graph.IteratorCosts, error) {
	st, err := s.qs.Stats(ctx, true)
	return graph.IteratorCosts{ContainsCost: 2, NextCost: 1, Size: st.Nodes}, err
}

// A reader is what Cayley's scanners and indexes of this store have in common. It reads the state of its first call, which it
// gives back at the end, and by Close.
type reader struct {
	qs  *quadStore
	x   *run
	now graph.Ref
}

// begin prepares a call. It reports false if there is nothing more to call.
func (r *reader) begin(ctx context.Context) bool {
	r.now = nil
	if r.x == nil {
		r.x = r.qs.run(ctx)
	}
	r.x.ctx = ctx
	return r.x.done != nil && r.x.err == nil
}

func (r *reader) TagResults(map[string]graph.Ref) {}
func (r *reader) Result() graph.Ref               { return r.now }
func (r *reader) NextPath(context.Context) bool   { return false }

func (r *reader) Err() error {
	if r.x == nil {
		return nil
	}
	return r.x.err
}

func (r *reader) Close() error {
	if r.x != nil {
		r.x.close()
	}
	return r.Err()
}

// A quadScanner lists quads: those of a short list from links, others piece by piece.
type quadScanner struct {
	reader
	pattern tpattern
	begun   bool
	quads   []tquad
	i       int
	stream  *quadStream
}

func (s *quadScanner) String() string { return "QuadScanner" }

func (s *quadScanner) Next(ctx context.Context) bool {
	if !s.begin(ctx) {
		return false
	}
	if !s.begun {
		s.begun = true
		if n := given(&s.pattern); n > 0 && n < 4 {
			list := s.x.quadsOf(&s.pattern)
			s.quads = list.quads
			if list.more {
				sp, _ := s.pattern.span()
				s.stream = newQuadStream(s.x, sp)
			}
		} else {
			sp, _ := s.pattern.span()
			s.stream = newQuadStream(s.x, sp)
		}
	}
	if s.i == len(s.quads) && s.stream != nil {
		s.quads, s.i = s.stream.read(), 0
	}
	if s.i == len(s.quads) || s.x.err != nil {
		s.Close()
		return false
	}
	s.now = s.quads[s.i]
	s.i++
	return true
}

// A nodeScanner lists all nodes.
type nodeScanner struct {
	reader
	stream *nodeStream
}

func (s *nodeScanner) String() string { return "NodeScanner" }

func (s *nodeScanner) Next(ctx context.Context) bool {
	if !s.begin(ctx) {
		return false
	}
	if s.stream == nil {
		s.stream = newNodeStream(s.x, prefixSpan([]byte{tableTerm}))
	}
	t, ok := s.stream.next()
	if !ok {
		s.Close()
		return false
	}
	s.now = t
	return true
}

// A quadIndex tells whether quads match a pattern and are there.
type quadIndex struct {
	reader
	pattern tpattern
}

func (x *quadIndex) String() string { return "QuadIndex" }

func (x *quadIndex) Contains(ctx context.Context, r graph.Ref) bool {
	q, ok := r.(tquad)
	if !x.begin(ctx) || !ok {
		return false
	}
	for i, given := range x.pattern.given {
		if given && q[i] != x.pattern.q[i] {
			return false
		}
	}
	// A quad that another iterator of the same question read is there; only one that was deleted meanwhile is not.
	if x.qs.view == nil {
		there, err := x.x.view.containsTID(ctx, q)
		if err != nil {
			return x.x.fail(err)
		}
		if !there {
			return false
		}
	}
	x.now = r
	return true
}

// A nodeIndex tells whether nodes are there.
type nodeIndex struct{ reader }

func (x *nodeIndex) String() string { return "NodeIndex" }

func (x *nodeIndex) Contains(ctx context.Context, r graph.Ref) bool {
	t, ok := r.(tid)
	if !x.begin(ctx) || !ok {
		return false
	}
	there, err := x.x.view.state.hasNodes(ctx, []tid{t})
	if err != nil {
		return x.x.fail(err)
	}
	if !there[0] {
		return false
	}
	x.now = r
	return true
}
