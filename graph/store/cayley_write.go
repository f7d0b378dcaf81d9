package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/quad"
)

// ApplyDeltas makes all changes, in their order, or none. It returns a [graph.DeltaError] for the first that adds a quad that
// is there, or deletes one that is not, unless o ignores that. A quad that lacks a subject, a predicate or an object cannot be added.
// Looking takes two round trips, however many changes there are.
func (qs *quadStore) ApplyDeltas(in []graph.Delta, o graph.IgnoreOpts) error {
	if qs.view != nil {
		return errors.New("apply deltas: this is one state of the store, which does not change")
	}
	_, _, _, err := qs.store.applyTo(context.Background(), func(v *View) (c change, err error) {
		c.add, c.remove, err = v.deltas(context.Background(), in, o)
		return c, err
	})
	var refused *graph.DeltaError
	if err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("apply %d deltas: %w", len(in), err)
	}
	return err
}

// deltas returns what changes come to: quads to add that are not there, and quads to remove that are, each once.
func (v *View) deltas(ctx context.Context, in []graph.Delta, o graph.IgnoreOpts) (add, remove []Quad, err error) {
	var quads []Quad // each once, in the order given: new terms are numbered in it
	at := make([]int, len(in))
	places := make(map[string]int, len(in))
	var key []byte
	for i, d := range in {
		if d.Action == graph.Add {
			if err := checkWhole(d.Quad); err != nil {
				return nil, nil, &graph.DeltaError{Delta: d, Err: err}
			}
		}
		if key, err = appendSameness(key[:0], d.Quad); err != nil {
			return nil, nil, err
		}
		n, ok := places[string(key)]
		if !ok {
			n = len(quads)
			places[string(key)] = n
			quads = append(quads, d.Quad)
		}
		at[i] = n
	}
	was, err := v.contain(ctx, quads)
	if err != nil {
		return nil, nil, err
	}
	is := slices.Clone(was)
	for i, d := range in {
		n := at[i]
		switch d.Action {
		case graph.Add:
			if is[n] && !o.IgnoreDup {
				return nil, nil, &graph.DeltaError{Delta: d, Err: graph.ErrQuadExists}
			}
			is[n] = true
		case graph.Delete:
			if !is[n] && !o.IgnoreMissing {
				return nil, nil, &graph.DeltaError{Delta: d, Err: graph.ErrQuadNotExist}
			}
			is[n] = false
		default:
			return nil, nil, &graph.DeltaError{Delta: d, Err: graph.ErrInvalidAction}
		}
	}
	for n, q := range quads {
		if is[n] && !was[n] {
			add = append(add, q)
		} else if !is[n] && was[n] {
			remove = append(remove, q)
		}
	}
	return add, remove, nil
}

// appendSameness appends what two quads have in common if they are the same to the store. Go's equality is not that: a NaN is
// unequal to itself, and one moment has as many unequal times as there are zones.
func appendSameness(b []byte, q Quad) ([]byte, error) {
	for _, t := range [4]Term{q.Subject, q.Predicate, q.Object, q.Label} {
		if t, ok := inline(t); ok {
			b = appendTID(append(b, 0), t)
			continue
		}
		text, number, err := entryText(t)
		if err != nil {
			return nil, err
		}
		b = binary.AppendUvarint(append(b, 1), number)
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	return b, nil
}

// contain reports for each of some quads whether it is in the store, in two round trips.
func (v *View) contain(ctx context.Context, quads []Quad) ([]bool, error) {
	terms := make([]Term, 0, 4*len(quads))
	for _, q := range quads {
		terms = append(terms, q.Subject, q.Predicate, q.Object, q.Label)
	}
	tids, ok, err := v.store.dict.find(ctx, v.state, terms)
	if err != nil {
		return nil, err
	}
	var keys [][]byte
	var at []int
	for i := range quads {
		if j := 4 * i; ok[j] && ok[j+1] && ok[j+2] && ok[j+3] {
			keys, at = append(keys, appendQuadKey(nil, 0, tquad(tids[j:j+4]))), append(at, i)
		}
	}
	out := make([]bool, len(quads))
	if len(keys) == 0 {
		return out, nil
	}
	values, err := v.state.get(ctx, keys)
	if err != nil {
		return nil, err
	}
	for j, value := range values {
		out[at[j]] = value != nil
	}
	return out, nil
}

// checkWhole returns an error for a quad that lacks one of the terms that each has.
func checkWhole(q Quad) error {
	if q.Subject == nil || q.Predicate == nil || q.Object == nil {
		return errors.New("a quad must have a subject, a predicate and an object")
	}
	return nil
}

// batchQuads is how many quads a writer of Cayley's takes together: some 30 MB. Ten times fewer take a third longer.
const batchQuads = 200_000

// NewQuadWriter returns a writer that adds quads, many at a time; the rest when it is closed. A batch is all or nothing, not all that
// the writer is given. Quads that are there already are passed over.
func (qs *quadStore) NewQuadWriter() (quad.WriteCloser, error) {
	if qs.view != nil {
		return nil, errors.New("write quads: this is one state of the store, which does not change")
	}
	return &quadWriter{store: qs.store}, nil
}

type quadWriter struct {
	store *Store
	batch []Quad
}

func (w *quadWriter) WriteQuad(q quad.Quad) error {
	_, err := w.WriteQuads([]quad.Quad{q})
	return err
}

// WriteQuads takes all of some quads, or none if one of them is no whole quad.
func (w *quadWriter) WriteQuads(quads []quad.Quad) (int, error) {
	for _, q := range quads {
		if err := checkWhole(q); err != nil {
			return 0, fmt.Errorf("write quad %v: %w", q, err)
		}
	}
	w.batch = append(w.batch, quads...)
	if len(w.batch) >= batchQuads {
		if err := w.Close(); err != nil {
			return 0, err
		}
	}
	return len(quads), nil
}

func (w *quadWriter) Close() error {
	_, _, err := w.store.apply(context.Background(), w.batch, nil)
	w.batch = w.batch[:0]
	if err != nil {
		return fmt.Errorf("write quads: %w", err)
	}
	return nil
}
