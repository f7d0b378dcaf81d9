package store

import (
	"context"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/cayley/graph/iterator"
	"github.com/cayleygraph/quad"
)

// quadStore is a store as Cayley sees it: paths, shapes and query languages run on it. Its nodes are tids, its quads tquads.
//
// Over a store it answers each question from the state at that moment; over a view, from the view, and takes no writes.
type quadStore struct {
	store *Store
	view  *View // nil over a store
}

var (
	_ graph.QuadStore      = (*quadStore)(nil)
	_ graph.BatchQuadStore = (*quadStore)(nil)
)

// Key makes a tid one of Cayley's references.
func (t tid) Key() any { return t }

// Key makes a tquad one of Cayley's references.
func (q tquad) Key() any { return q }

// at returns the view to answer from, and what to do after.
func (qs *quadStore) at() (v *View, done func()) {
	if qs.view != nil {
		return qs.view, func() {}
	}
	v = qs.store.View()
	return v, func() { v.Close() }
}

// ValueOf returns the reference of a term, nil if no quad has it. Cayley leaves no way to return an error: what cannot be read is
// as if it were not there.
func (qs *quadStore) ValueOf(t quad.Value) graph.Ref {
	if t == nil {
		return nil
	}
	v, done := qs.at()
	defer done()
	n, ok := inline(t)
	if !ok {
		n, ok = v.store.dict.tids.get(t)
	}
	if ok {
		if there, ok := v.state.links.node(n); ok {
			if !there {
				return nil
			}
			return n
		}
	}
	refs, err := qs.RefsOf(context.Background(), []quad.Value{t})
	if err != nil {
		return nil
	}
	return refs[0]
}

// NameOf returns the term of a reference, nil if it has none.
func (qs *quadStore) NameOf(r graph.Ref) quad.Value {
	if t, ok := r.(tid); ok {
		if term, ok := qs.store.dict.terms.get(t); ok {
			return term
		}
	}
	terms, err := qs.ValuesOf(context.Background(), []graph.Ref{r})
	if err != nil {
		return nil
	}
	return terms[0]
}

// ValuesOf returns the terms of references, in one round trip.
func (qs *quadStore) ValuesOf(ctx context.Context, refs []graph.Ref) ([]quad.Value, error) {
	v, done := qs.at()
	defer done()
	out := make([]quad.Value, len(refs))
	var tids []tid
	var at []int
	for i, r := range refs {
		switch r := r.(type) {
		case nil:
		case tid:
			tids, at = append(tids, r), append(at, i)
		case graph.PreFetchedValue:
			out[i] = r.NameOf()
		}
	}
	terms, err := v.store.dict.names(ctx, v.state, tids)
	if err != nil {
		return nil, err
	}
	for j, t := range terms {
		out[at[j]] = t
	}
	return out, nil
}

// RefsOf returns the references of terms, nil for those that no quad has, in two round trips.
func (qs *quadStore) RefsOf(ctx context.Context, terms []quad.Value) ([]graph.Ref, error) {
	v, done := qs.at()
	defer done()
	tids, ok, err := v.store.dict.find(ctx, v.state, terms)
	if err != nil {
		return nil, err
	}
	there, err := v.state.hasNodes(ctx, tids)
	if err != nil {
		return nil, err
	}
	out := make([]graph.Ref, len(terms))
	for i, t := range tids {
		if ok[i] && terms[i] != nil && there[i] {
			out[i] = t
		}
	}
	return out, nil
}

// Quad returns the quad of a reference.
func (qs *quadStore) Quad(r graph.Ref) quad.Quad {
	q, ok := r.(tquad)
	if !ok {
		return quad.Quad{}
	}
	v, done := qs.at()
	defer done()
	out := make([][]Quad, 1)
	if err := v.fill(context.Background(), [][]tquad{{q}}, out); err != nil {
		return quad.Quad{}
	}
	return out[0][0]
}

// QuadDirection returns one of the nodes of a quad, nil for a label that it does not have.
func (qs *quadStore) QuadDirection(r graph.Ref, d quad.Direction) graph.Ref {
	q, ok := r.(tquad)
	if !ok || d < quad.Subject || d > quad.Label {
		return nil
	}
	if t := q.get(d); t.kind != kindNone {
		return t
	}
	return nil
}

// QuadIterator returns the quads that have a node in a direction.
func (qs *quadStore) QuadIterator(d quad.Direction, r graph.Ref) graph.Iterator {
	t, ok := r.(tid)
	if !ok {
		return iterator.NewNull()
	}
	var p tpattern
	p.q[d-1], p.given[d-1] = t, true
	return graph.AsLegacy(&quads{qs: qs, pattern: p})
}

// QuadIteratorSize tells roughly how many quads have a node in a direction.
func (qs *quadStore) QuadIteratorSize(ctx context.Context, d quad.Direction, r graph.Ref) (graph.Size, error) {
	t, ok := r.(tid)
	if !ok {
		return graph.Size{Exact: true}, nil
	}
	var p tpattern
	p.q[d-1], p.given[d-1] = t, true
	return qs.size(ctx, p)
}

// size counts the quads of a pattern up to maxLinks; beyond, it answers with a guess and says so.
func (qs *quadStore) size(ctx context.Context, p tpattern) (graph.Size, error) {
	x := qs.run(ctx)
	defer x.close()
	n, exact := x.count(&p)
	return graph.Size{Size: int64(n), Exact: exact}, x.err
}

// Stats counts nodes and quads, exactly.
func (qs *quadStore) Stats(context.Context, bool) (graph.Stats, error) {
	v, done := qs.at()
	defer done()
	n, terms := v.Size()
	return graph.Stats{
		Nodes: graph.Size{Size: int64(terms), Exact: true},
		Quads: graph.Size{Size: int64(n), Exact: true},
	}, nil
}

// NodesAllIterator returns all nodes that some quad has.
func (qs *quadStore) NodesAllIterator() graph.Iterator { return graph.AsLegacy(&nodes{qs: qs}) }

// QuadsAllIterator returns all quads.
func (qs *quadStore) QuadsAllIterator() graph.Iterator { return graph.AsLegacy(&quads{qs: qs}) }

// Close does nothing: whoever opened the store closes it.
func (qs *quadStore) Close() error { return nil }

// containsTID reports whether a quad is in the store.
func (v *View) containsTID(ctx context.Context, q tquad) (bool, error) {
	found, err := v.state.get(ctx, [][]byte{appendQuadKey(nil, 0, q)})
	return err == nil && found[0] != nil, err
}
