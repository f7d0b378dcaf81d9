package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/cayley/graph/memstore"
	"github.com/cayleygraph/quad"
)

// ErrTooLarge says that an answer would be larger than the store hands out at once. Ask for less.
var ErrTooLarge = errors.New("the answer is too large")

// ErrNotStore says that a location holds something else than a store of a format that this program reads.
var ErrNotStore = errors.New("not a store that this program reads")

// A Store holds quads. Its methods may be called by many goroutines at once.
type Store struct {
	dir   string     // "" in memory
	write sync.Mutex // one writer at a time
	now   atomic.Pointer[state]
}

// A state is all quads after one write. Nothing in it changes once it is in Store.now.
type state struct {
	revision uint64
	quads    []Quad              // sorted by CompareQuads, each once
	qs       *memstore.QuadStore // the same by toMem, indexed; never iterate over all of it: that writes to it
	terms    int                 // how many different ones
}

// Open opens the store at a location: "mem:" for an empty one in memory, otherwise a folder, made if it is missing. It
// returns an error that wraps [ErrNotStore] if the folder's file is none of this program's.
func Open(ctx context.Context, location string) (*Store, error) {
	s := &Store{}
	revision, quads := uint64(0), []Quad(nil)
	switch {
	case location == "mem:":
	case location == "":
		return nil, errors.New("open store: no location: give a folder, or mem: for a store in memory")
	case strings.Contains(location, "://"):
		return nil, fmt.Errorf("open store %s: no such kind of store: give a folder, or mem: for a store in memory", location)
	default:
		s.dir = location
		var err error
		if revision, quads, err = readDir(ctx, location); err != nil {
			return nil, fmt.Errorf("open store %s: %w", location, err)
		}
	}
	s.now.Store(newState(revision, quads))
	return s, nil
}

// Close ends the use of the store. What [Store.Add] acknowledged is safe without it.
func (s *Store) Close() error { return nil }

// Add adds quads, all or none, and returns how many were not there before. When it returns without an error, they are
// durable. A quad without subject, predicate or object is an error, and so is one that N-Quads cannot say or would give back
// changed, such as one with a relative IRI. Quads that are there already are no error, and adding none that is new makes no
// new revision.
func (s *Store) Add(ctx context.Context, quads []Quad) (added int, err error) {
	for _, q := range quads {
		if q.Subject == nil || q.Predicate == nil || q.Object == nil {
			return 0, fmt.Errorf("add quad %v: it must have a subject, a predicate and an object", q)
		}
		if err := checkQuad(q); err != nil {
			return 0, fmt.Errorf("add quad %s: %w", strings.TrimSuffix(fmt.Sprintf("%.200s", AppendQuad(nil, q)), "\n"), err)
		}
	}
	s.write.Lock()
	defer s.write.Unlock()
	old := s.now.Load()
	all := slices.Concat(old.quads, quads)
	slices.SortFunc(all, CompareQuads)
	all = slices.CompactFunc(all, func(a, b Quad) bool { return CompareQuads(a, b) == 0 })
	if added = len(all) - len(old.quads); added == 0 {
		return 0, nil
	}
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("add %d quads: %w", len(quads), err)
	}
	next := newState(old.revision+1, all)
	if s.dir != "" {
		if err := writeDir(s.dir, next); err != nil {
			return 0, fmt.Errorf("add %d quads to %s: %w", len(quads), s.dir, err)
		}
	}
	s.now.Store(next)
	return added, nil
}

// checkQuad returns an error if q would not come back from the file of a folder, or not as it is.
func checkQuad(q Quad) error {
	line := AppendQuad(nil, q)
	if len(line) > MaxLine {
		return fmt.Errorf("it has %d bytes: write it with at most %d", len(line), MaxLine)
	}
	back, _, err := ParseQuad(string(line))
	if err != nil {
		return err
	}
	if back != q {
		return fmt.Errorf("it would be read back as %v: use the terms of package store, and UTF-8", back)
	}
	return nil
}

// newState takes quads, which must be sorted and each once.
func newState(revision uint64, quads []Quad) *state {
	st := &state{revision: revision, quads: quads, qs: memstore.New()}
	for _, q := range quads {
		st.qs.AddQuad(Quad{Subject: toMem(q.Subject), Predicate: q.Predicate, Object: toMem(q.Object), Label: toMem(q.Label)})
	}
	stats, _ := st.qs.Stats(context.Background(), true) // memstore's never fails
	st.terms = int(stats.Nodes.Size)
	return st
}

// toMem returns t under the name that it has in memstore, which takes blank nodes such as _:memnode1 for numbers of its own:
// they get a colon before their name, which the name of a blank node cannot have.
func toMem(t Term) Term {
	if b, is := t.(BlankNode); is && (strings.HasPrefix(string(b), "memnode") || strings.HasPrefix(string(b), ":")) {
		return ":" + b
	}
	return t
}

// fromMem undoes toMem.
func fromMem(t Term) Term {
	if b, is := t.(BlankNode); is && strings.HasPrefix(string(b), ":") {
		return b[1:]
	}
	return t
}

// View returns the store's present state. It stays as it is, whatever is written later, and needs no closing.
func (s *Store) View() *View { return &View{state: s.now.Load()} }

// A View is one state of a store. Its methods may be called by many goroutines at once.
type View struct {
	*state
	calls atomic.Int64
}

// Calls returns how many times the view was asked for quads. Tests count it, to see that an answer asks for many things at
// once and not for each by itself.
func (v *View) Calls() int { return int(v.calls.Load()) }

// Revision returns the number of the state: each write that changes something makes one more. An empty store has 0.
func (v *View) Revision() uint64 { return v.revision }

// Size returns the number of quads, and of different terms in them.
func (v *View) Size() (quads, terms int) { return len(v.quads), v.terms }

// A Pattern matches the quads that have its terms; a nil one matches any.
type Pattern struct{ Subject, Predicate, Object, Label Term }

func (p Pattern) get(d quad.Direction) Term {
	return Quad(p).Get(d)
}

// Match returns, for each pattern, the quads that match it, in the order of [CompareQuads]. It is one call to the store
// however many patterns it has, and reads the smallest index that a pattern allows.
func (v *View) Match(ctx context.Context, patterns ...Pattern) ([][]Quad, error) {
	v.calls.Add(1)
	out := make([][]Quad, len(patterns))
	for i, p := range patterns {
		quads, err := v.match(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("match quads: %w", err)
		}
		if p == (Pattern{}) {
			quads = slices.Clone(quads) // the caller may change its answer, and not the state
		}
		out[i] = quads
	}
	return out, nil
}

// Page returns at most limit quads that match a pattern, in the order of [CompareQuads] or, with backwards, in the reverse
// one, beginning behind the quad after, which need not be in the store; nil begins at the end that the order starts from.
// A limit below 1 gives none.
func (v *View) Page(ctx context.Context, p Pattern, after *Quad, limit int, backwards bool) ([]Quad, error) {
	v.calls.Add(1)
	quads, err := v.match(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("page of quads: %w", err)
	}
	if after != nil {
		i, found := slices.BinarySearchFunc(quads, *after, CompareQuads)
		switch {
		case backwards:
			quads = quads[:i]
		case found:
			quads = quads[i+1:]
		default:
			quads = quads[i:]
		}
	}
	limit = min(max(limit, 0), len(quads))
	if backwards {
		quads = slices.Clone(quads[len(quads)-limit:])
		slices.Reverse(quads)
		return quads, nil
	}
	return slices.Clone(quads[:limit]), nil
}

// Count returns how many quads match a pattern.
func (v *View) Count(ctx context.Context, p Pattern) (int, error) {
	v.calls.Add(1)
	quads, err := v.match(ctx, p)
	if err != nil {
		return 0, fmt.Errorf("count quads: %w", err)
	}
	return len(quads), nil
}

// match returns what matches p, sorted. The caller must not change it.
func (v *View) match(ctx context.Context, p Pattern) ([]Quad, error) {
	if p == (Pattern{}) {
		return v.quads, ctx.Err()
	}
	// Walk the shortest of the indexes of the terms that are given, and compare the others.
	var refs [quad.Label + 1]graph.Ref
	best, size := quad.Any, int64(0)
	for _, d := range quad.Directions {
		t := p.get(d)
		if t == nil {
			continue
		}
		if refs[d] = v.qs.ValueOf(toMem(t)); refs[d] == nil {
			return nil, ctx.Err()
		}
		n, err := v.qs.QuadIteratorSize(ctx, d, refs[d])
		if err != nil {
			return nil, err
		}
		if best == quad.Any || n.Size < size {
			best, size = d, n.Size
		}
	}
	var out []Quad
	scan := graph.AsShape(v.qs.QuadIterator(best, refs[best])).Iterate()
	defer scan.Close()
next:
	for n := 0; scan.Next(ctx); n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		ref := scan.Result()
		for _, d := range quad.Directions {
			if refs[d] != nil && d != best && v.qs.QuadDirection(ref, d) != refs[d] {
				continue next
			}
		}
		q := v.qs.Quad(ref)
		q.Subject, q.Object, q.Label = fromMem(q.Subject), fromMem(q.Object), fromMem(q.Label)
		out = append(out, q)
	}
	if err := scan.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(out, CompareQuads)
	return out, ctx.Err()
}
