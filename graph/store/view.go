package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// A View is one state of a store. Its methods may be called by many goroutines at once. It must be closed, and not used
// after; until then the store keeps what it shows.
type View struct {
	store *Store
	state *state
	calls atomic.Int64
	ahead atomic.Pointer[ahead] // nil if nothing was read ahead
	done  sync.Once
}

// A state is the store after one write: a snapshot, shared by all views of it and closed with the last.
type state struct {
	snapshot
	meta
	model   []byte // with which the derived tables are made, if the state was read and does not come of a write of this program
	uses    int    // by views, and by the store while it is the present one; guarded by Store.mu
	classes classTable
	census  census
	links   links // what paths asked for last
}

// Close ends the use of the view. Closing it again does nothing.
func (v *View) Close() (err error) {
	v.done.Do(func() { err = v.store.release(v.state) })
	return err
}

// Calls returns how many times the view was asked for quads. Tests count it, to see that an answer asks for many things at
// once and not for each by itself.
func (v *View) Calls() int { return int(v.calls.Load()) }

// Revision returns the number of the state: each write that changes something makes one more. An empty store has 0.
func (v *View) Revision() uint64 { return v.state.revision }

// Size returns the number of quads, and of different terms in them.
func (v *View) Size() (quads, terms int) { return int(v.state.quads), int(v.state.terms) }

// A Pattern matches the quads that have its terms; a nil one matches any.
type Pattern struct{ Subject, Predicate, Object, Label Term }

// Match returns, for each pattern, the quads that match it, in an order that is the same for all views of one state. It is one
// call to the store however many patterns it has; each is one span of one table. The caller may keep and change the answer.
func (v *View) Match(ctx context.Context, patterns ...Pattern) ([][]Quad, error) {
	v.calls.Add(1)
	out := make([][]Quad, len(patterns))
	subjects, of := subjectsOf(patterns)
	if len(subjects) > 0 {
		kept, n := make([][]Quad, len(patterns)), 0
		v.store.subjects.get(v.state.revision, subjects, func(i int, quads []Quad) { kept[of[i]], n = quads, n+len(quads) })
		all := make([]Quad, 0, n)
		rest, at := make([]Pattern, 0, len(patterns)), make([]int, 0, len(patterns))
		for i, p := range patterns {
			if kept[i] == nil {
				rest, at = append(rest, p), append(at, i)
				continue
			}
			all = append(all, kept[i]...)
			out[i], all = all[:len(kept[i]):len(kept[i])], all[len(kept[i]):]
		}
		if len(rest) == 0 {
			if _, err := v.state.get(ctx, nil); err != nil {
				return nil, fmt.Errorf("match quads: %w", err)
			}
			return out, nil
		}
		if len(rest) < len(patterns) {
			read := make([][]Quad, len(rest))
			if err := v.match(ctx, rest, read); err != nil {
				return nil, fmt.Errorf("match quads: %w", err)
			}
			for i, quads := range read {
				out[at[i]] = quads
			}
			v.keep(rest, read)
			return out, nil
		}
	}
	if err := v.match(ctx, patterns, out); err != nil {
		return nil, fmt.Errorf("match quads: %w", err)
	}
	v.keep(patterns, out)
	return out, nil
}

// subjectsOf returns the subjects of those patterns that ask for all quads of one, and which patterns these are.
func subjectsOf(patterns []Pattern) (subjects []IRI, of []int) {
	for i, p := range patterns {
		if s, ok := p.Subject.(IRI); ok && p.Predicate == nil && p.Object == nil && p.Label == nil {
			subjects, of = append(subjects, s), append(of, i)
		}
	}
	return subjects, of
}

// keep remembers what was read, if it is not too much. The quads are the caller's to change, and so it keeps copies.
func (v *View) keep(patterns []Pattern, read [][]Quad) {
	subjects, of := subjectsOf(patterns)
	n := 0
	for _, i := range of {
		n += len(read[i])
	}
	if n == 0 || n > maxKept {
		return
	}
	v.store.subjects.put(v.state.revision, subjects, func(i int) []Quad { return slices.Clone(read[of[i]]) })
}

// match reads what Match returns.
func (v *View) match(ctx context.Context, patterns []Pattern, out [][]Quad) error {
	found, err := v.patterns(ctx, patterns)
	if err != nil {
		return err
	}
	spans, at := make([]span, 0, len(found)), make([]int, 0, len(found))
	for i, p := range found {
		if p.known {
			at = append(at, i)
		}
	}
	// Pebble seeks forwards for less.
	slices.SortFunc(at, func(i, j int) int { return found[i].compare(found[j].tpattern) })
	for _, i := range at {
		s, _ := found[i].span()
		spans = append(spans, s)
	}
	b := buffers.Get().(*buffer)
	defer b.put()
	all := b.quads[:0] // one list cut up, and not one grown for each
	counts := make([]int, len(patterns))
	if err := v.scanQuads(ctx, spans, func(i int, q tquad) { all, counts[at[i]] = append(all, q), counts[at[i]]+1 }); err != nil {
		return err
	}
	b.quads = all[:0]
	tquads := make([][]tquad, len(patterns))
	for _, i := range at {
		n := counts[i]
		tquads[i], all = all[:n], all[n:]
	}
	return v.fill(ctx, tquads, out)
}

// A Cut says which part of a list of quads is wanted.
type Cut struct {
	After, Before *Quad // only what stands between these, neither included; nil is no bound
	Limit         int   // at most so many; below 1 none
	Backwards     bool  // from the end on, in the reverse order
}

// Page returns a part of the quads that match a pattern, in the order of [View.Match]. It reads the part and no more. It returns
// an error that wraps [ErrUnknownTerm] if a bound has a term that no quad ever had: then it has no place in the order.
func (v *View) Page(ctx context.Context, p Pattern, c Cut) ([]Quad, error) {
	v.calls.Add(1)
	found, err := v.patterns(ctx, []Pattern{p})
	if err != nil {
		return nil, fmt.Errorf("page of quads: %w", err)
	}
	if c.Limit < 1 || !found[0].known {
		return nil, ctx.Err()
	}
	s, order := found[0].span()
	s.limit, s.backwards = c.Limit, c.Backwards
	if c.After != nil {
		q, err := v.quad(ctx, *c.After)
		if err != nil {
			return nil, fmt.Errorf("page of quads after %v: %w", *c.After, err)
		}
		if lower := append(appendQuadKey(nil, order, q), 0); bytes.Compare(lower, s.lower) > 0 {
			s.lower = lower
		}
	}
	if c.Before != nil {
		q, err := v.quad(ctx, *c.Before)
		if err != nil {
			return nil, fmt.Errorf("page of quads before %v: %w", *c.Before, err)
		}
		if upper := appendQuadKey(nil, order, q); s.upper == nil || bytes.Compare(upper, s.upper) < 0 {
			s.upper = upper
		}
	}
	if s.upper != nil && bytes.Compare(s.lower, s.upper) >= 0 {
		return nil, ctx.Err()
	}
	var page []tquad
	if err := v.scanQuads(ctx, []span{s}, func(_ int, q tquad) { page = append(page, q) }); err != nil {
		return nil, fmt.Errorf("page of quads: %w", err)
	}
	out := make([][]Quad, 1)
	if err := v.fill(ctx, [][]tquad{page}, out); err != nil {
		return nil, fmt.Errorf("page of quads: %w", err)
	}
	return out[0], nil
}

// Count returns how many quads match a pattern. It reads their keys.
func (v *View) Count(ctx context.Context, p Pattern) (n int, err error) {
	v.calls.Add(1)
	if p == (Pattern{}) {
		return int(v.state.quads), ctx.Err()
	}
	found, err := v.patterns(ctx, []Pattern{p})
	if err != nil {
		return 0, fmt.Errorf("count quads: %w", err)
	}
	if !found[0].known {
		return 0, ctx.Err()
	}
	s, _ := found[0].span()
	if err := v.state.scan(ctx, []span{s}, func(int, []byte, []byte) bool { n++; return true }); err != nil {
		return 0, fmt.Errorf("count quads: %w", err)
	}
	return n, nil
}

// Counts returns how many quads match each of some patterns, at most so many of each: it reads no more of their keys. It is one call.
func (v *View) Counts(ctx context.Context, most int, patterns ...Pattern) ([]int, error) {
	v.calls.Add(1)
	found, err := v.patterns(ctx, patterns)
	if err != nil {
		return nil, fmt.Errorf("count quads of %d patterns: %w", len(patterns), err)
	}
	counts := make([]int, len(patterns))
	var spans []span
	var of []int
	for i, p := range found {
		if p.known && most > 0 {
			s, _ := p.span()
			s.limit = most
			spans, of = append(spans, s), append(of, i)
		}
	}
	if err := v.state.scan(ctx, spans, func(i int, _, _ []byte) bool { counts[of[i]]++; return counts[of[i]] < most }); err != nil {
		return nil, fmt.Errorf("count quads of %d patterns: %w", len(patterns), err)
	}
	return counts, nil
}

// Has reports whether a term occurs in any quad.
func (v *View) Has(ctx context.Context, t Term) (bool, error) {
	v.calls.Add(1)
	return v.has(ctx, t)
}

func (v *View) has(ctx context.Context, t Term) (bool, error) {
	is, err := v.hasEach(ctx, t)
	return err == nil && is[0], err
}

// HasEach reports which of several terms occur in any quad, by one look for all.
func (v *View) HasEach(ctx context.Context, terms ...Term) ([]bool, error) {
	v.calls.Add(1)
	return v.hasEach(ctx, terms...)
}

func (v *View) hasEach(ctx context.Context, terms ...Term) ([]bool, error) {
	out := make([]bool, len(terms))
	var iris []IRI
	var of []int
	for i, t := range terms {
		if iri, ok := t.(IRI); ok {
			iris, of = append(iris, iri), append(of, i)
		}
	}
	v.store.subjects.get(v.state.revision, iris, func(i int, _ []Quad) { out[of[i]] = true }) // whose quads are kept has some
	asked := make([]Term, 0, len(terms))
	at := make([]int, 0, len(terms))
	for i, t := range terms {
		if t != nil && !out[i] {
			asked, at = append(asked, t), append(at, i)
		}
	}
	tids, ok, err := v.store.dict.find(ctx, v.state, asked)
	if err != nil {
		return nil, err
	}
	var keys [][]byte
	n := 0
	for i, t := range tids {
		if ok[i] {
			keys = append(keys, appendTID([]byte{tableTerm}, t))
			at[n], n = at[i], n+1
		}
	}
	found, err := v.state.get(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i, value := range found {
		out[at[i]] = value != nil
	}
	return out, nil
}

// A foundPattern is a pattern as tids. If it is not known, one of its terms never was in the store and nothing matches.
type foundPattern struct {
	tpattern
	known bool
}

func (v *View) patterns(ctx context.Context, patterns []Pattern) ([]foundPattern, error) {
	var terms []Term
	for _, p := range patterns {
		for _, t := range [4]Term{p.Subject, p.Predicate, p.Object, p.Label} {
			if t != nil {
				terms = append(terms, t)
			}
		}
	}
	tids, ok, err := v.store.dict.find(ctx, v.state, terms)
	if err != nil {
		return nil, err
	}
	out := make([]foundPattern, len(patterns))
	n := 0
	for i, p := range patterns {
		out[i].known = true
		for d, t := range [4]Term{p.Subject, p.Predicate, p.Object, p.Label} {
			if t != nil {
				out[i].q[d], out[i].given[d] = tids[n], true
				out[i].known = out[i].known && ok[n]
				n++
			}
		}
	}
	return out, nil
}

// quad returns a quad as tids.
func (v *View) quad(ctx context.Context, q Quad) (tquad, error) {
	tids, ok, err := v.store.dict.find(ctx, v.state, []Term{q.Subject, q.Predicate, q.Object, q.Label})
	if err != nil {
		return tquad{}, err
	}
	for _, k := range ok {
		if !k {
			return tquad{}, ErrUnknownTerm
		}
	}
	return tquad(tids), nil
}

// scanQuads reads the quads of spans of quad tables.
func (v *View) scanQuads(ctx context.Context, spans []span, each func(i int, q tquad)) error {
	var bad error
	err := v.state.scan(ctx, spans, func(i int, key, _ []byte) bool {
		q, err := parseQuadKey(key)
		if err != nil {
			bad = err
			return false
		}
		each(i, q)
		return true
	})
	if err == nil {
		err = bad
	}
	return err
}
