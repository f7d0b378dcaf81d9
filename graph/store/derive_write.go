package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// derive adds the writes by which the derived tables follow the change of quads. Its cost is that of all quads of the subjects that
// change; of the quads of a claim if its stance does; and of the entries of a pair if what was the first or the last of its
// events goes. All of it is some six round trips.
func (w *writer) derive(ctx context.Context) error {
	d := w.view.store.derive
	if d == nil {
		return nil
	}
	x := &redo{writer: w, d: d, subjects: map[tid]bool{}, flips: map[tid][2]bool{}}
	if err := x.find(ctx); err != nil {
		return err
	}
	if len(x.subjects) == 0 {
		return nil
	}
	before, after, err := x.quads(ctx)
	if err != nil {
		return err
	}
	gone := map[string][]byte{}
	for _, e := range d.all(nil, before, x.term) {
		gone[string(e.key)] = e.value
	}
	var come []write
	for _, e := range d.all(nil, after, x.term) {
		if was, ok := gone[string(e.key)]; !ok || !bytes.Equal(was, e.value) {
			come = append(come, e) // a key with another value goes and comes
		} else {
			delete(gone, string(e.key))
		}
	}
	return x.sums(ctx, gone, come)
}

// A redo is the subjects whose entries are made anew.
type redo struct {
	*writer
	d        *deriver
	terms    map[tid]Term
	subjects map[tid]bool
	flips    map[tid][2]bool // labels that deny before and after, where that may change
}

// term is what the deriver asks for terms.
func (x *redo) term(t tid) Term { return x.terms[t] }

// learn reads the terms that the deriver will ask for, in one round trip for predicates and one for objects.
func (v *View) learn(ctx context.Context, d *deriver, known map[tid]Term, lists ...[]tquad) error {
	read := func(want func(q tquad) (tid, bool)) error {
		var missing []tid
		for _, quads := range lists {
			for _, q := range quads {
				if t, ok := want(q); ok {
					if _, ok := known[t]; !ok {
						known[t] = nil
						missing = append(missing, t)
					}
				}
			}
		}
		terms, err := v.store.dict.names(ctx, v.state, missing)
		for i, t := range missing {
			if err == nil {
				known[t] = terms[i]
			}
		}
		return err
	}
	if err := read(func(q tquad) (tid, bool) { return q[1], !d.knows(q[1]) }); err != nil {
		return err
	}
	term := func(t tid) Term { return known[t] }
	return read(func(q tquad) (tid, bool) { return q[2], d.asks(q, term) })
}

// find finds the subjects.
func (x *redo) find(ctx context.Context) error {
	x.terms = x.created
	if err := x.view.learn(ctx, x.d, x.terms, x.added, x.removed); err != nil {
		return err
	}
	var stances []span
	var labels []tid
	for i, quads := range [][]tquad{x.added, x.removed} {
		for _, q := range quads {
			if x.d.derives(q, x.term) {
				x.subjects[q[0]] = true
			}
			if !x.d.denies(q, x.term) {
				continue
			}
			flip, ok := x.flips[q[0]]
			if !ok {
				s, _ := tpattern{q, [4]bool{true, true, true, false}}.span()
				stances, labels = append(stances, s), append(labels, q[0])
			}
			flip[1] = flip[1] || i == 0
			x.flips[q[0]] = flip
		}
	}
	gone := quadSet(x.removed)
	err := x.view.scanQuads(ctx, stances, func(i int, q tquad) {
		flip := x.flips[labels[i]]
		x.flips[labels[i]] = [2]bool{true, flip[1] || !gone[q]}
	})
	if err != nil {
		return err
	}
	var spans []span
	for _, l := range labels {
		if x.flips[l][0] != x.flips[l][1] {
			s, _ := tpattern{tquad{3: l}, [4]bool{3: true}}.span()
			spans = append(spans, s)
		}
	}
	var labelled []tquad
	if err := x.view.scanQuads(ctx, spans, func(_ int, q tquad) { labelled = append(labelled, q) }); err != nil {
		return err
	}
	if err := x.view.learn(ctx, x.d, x.terms, labelled); err != nil {
		return err
	}
	for _, q := range labelled {
		if x.d.derives(q, x.term) {
			x.subjects[q[0]] = true
		}
	}
	return nil
}

// denies reports whether a quad says that the quads of its subject are not so.
func (d *deriver) denies(q tquad, term func(tid) Term) bool {
	return d.useOf(q[1], term) == useStance && term(q[2]) == Term(d.model.Denies)
}

func quadSet(quads []tquad) map[tquad]bool {
	set := make(map[tquad]bool, len(quads))
	for _, q := range quads {
		set[q] = true
	}
	return set
}

// quads returns the quads of the subjects that are not denied, before and after the change, by subject.
func (x *redo) quads(ctx context.Context) (before, after []tquad, err error) {
	subjects := slices.SortedFunc(maps.Keys(x.subjects), compareTIDs)
	spans := make([]span, len(subjects))
	for i, t := range subjects {
		spans[i], _ = tpattern{tquad{t}, [4]bool{true}}.span()
	}
	if err := x.view.scanQuads(ctx, spans, func(_ int, q tquad) { before = append(before, q) }); err != nil {
		return nil, nil, err
	}
	gone := quadSet(x.removed)
	for _, q := range before {
		if !gone[q] {
			after = append(after, q)
		}
	}
	for _, q := range x.added {
		if x.subjects[q[0]] {
			after = append(after, q)
		}
	}
	slices.SortStableFunc(after, func(a, b tquad) int { return compareTIDs(a[0], b[0]) })
	if err := x.view.learn(ctx, x.d, x.terms, before, after); err != nil {
		return nil, nil, err
	}
	denied, err := x.view.denied(ctx, x.d, before, after)
	if err != nil {
		return nil, nil, err
	}
	stands := func(quads []tquad, now int) []tquad {
		return slices.DeleteFunc(quads, func(q tquad) bool {
			if q[3] == q[0] {
				return false
			}
			if flip, ok := x.flips[q[3]]; ok {
				return flip[now]
			}
			return denied[q[3]]
		})
	}
	return stands(before, 0), stands(after, 1), nil
}

// denied returns the labels of quads that deny them, in the view's state. It is two round trips; one if nothing is denied at all.
func (v *View) denied(ctx context.Context, d *deriver, lists ...[]tquad) (map[tid]bool, error) {
	if d.model.Stance == "" {
		return nil, nil
	}
	found, err := v.patterns(ctx, []Pattern{{Predicate: d.model.Stance, Object: d.model.Denies}})
	if err != nil || !found[0].known {
		return nil, err
	}
	p := found[0].tpattern
	any, _ := p.span()
	any.limit = 1
	n := 0
	if err := v.scanQuads(ctx, []span{any}, func(int, tquad) { n++ }); err != nil || n == 0 {
		return nil, err
	}
	labels := map[tid]bool{}
	var spans []span
	for _, quads := range lists {
		for _, q := range quads {
			if _, ok := labels[q[3]]; !ok && q[3] != q[0] {
				labels[q[3]] = false
				p.q[0], p.given[0] = q[3], true
				s, _ := p.span()
				s.limit = 1
				spans = append(spans, s)
			}
		}
	}
	return labels, v.scanQuads(ctx, spans, func(_ int, q tquad) { labels[q[0]] = true })
}

// all appends the entries of the quads of several subjects, those of each together.
func (d *deriver) all(ws []write, quads []tquad, term func(tid) Term) []write {
	for i := 0; i < len(quads); {
		j := i
		for j < len(quads) && quads[j][0] == quads[i][0] {
			j++
		}
		ws = d.entries(ws, quads[i:j], term)
		i = j
	}
	return ws
}

// sums writes the entries that go and come, and the sums that follow.
func (x *redo) sums(ctx context.Context, gone map[string][]byte, come []write) error {
	ties, classes := map[string]*tieChange{}, map[[2]byte]int64{}
	count := func(key, value []byte, by int64) error {
		if !hasDate(key[0]) {
			return nil
		}
		head, dated, err := cutEntry(key)
		if err != nil {
			return err
		}
		classes[[2]byte{key[0], dated[0]}] += by
		if key[0] != tablePair {
			return nil
		}
		d, _, err := cutDated(dated)
		if err != nil {
			return err
		}
		tie := tieOf(head, value)
		t := ties[tie]
		if t == nil {
			t = &tieChange{pair: head}
			ties[tie] = t
		}
		if by > 0 {
			t.come.add(d, value[0]&flagCounts != 0)
		} else {
			t.gone.add(d, value[0]&flagCounts != 0)
		}
		return nil
	}
	written := make(map[string]bool, len(come))
	for _, e := range come {
		written[string(e.key)] = true
		x.set(e.key, e.value)
		if err := count(e.key, e.value, 1); err != nil {
			return err
		}
	}
	for key, value := range gone {
		if !written[key] {
			x.delete([]byte(key))
		}
		if err := count([]byte(key), value, -1); err != nil {
			return err
		}
	}
	if err := x.ties(ctx, ties, gone); err != nil {
		return err
	}
	for c, by := range classes {
		n := by + x.view.state.classes.counts[c]
		switch {
		case by == 0:
		case n == 0:
			x.delete(classKey(c))
		default:
			x.set(classKey(c), binary.AppendVarint(nil, n))
		}
	}
	return nil
}

// A tieChange is what comes to a tie and goes from it.
type tieChange struct {
	pair       []byte // the head of its entries' keys
	come, gone sum
}

// ties writes the ties that change. One that loses what may have been its first or last day is summed up anew.
func (x *redo) ties(ctx context.Context, ties map[string]*tieChange, gone map[string][]byte) error {
	keys := slices.Sorted(maps.Keys(ties))
	get := make([][]byte, len(keys))
	for i, k := range keys {
		get[i] = []byte(k)
	}
	values, err := x.view.state.get(ctx, get)
	if err != nil {
		return err
	}
	var spans []span
	var anew []int
	sums := make([]sum, len(keys))
	for i, k := range keys {
		t := ties[k]
		var s sum
		if values[i] != nil {
			if s, err = parseSum(values[i]); err != nil {
				return fmt.Errorf("tie %x: %w", k, err)
			}
		}
		sums[i] = s
		sums[i].count -= t.gone.count
		if t.gone.hasFirst && s.first == t.gone.first || t.gone.hasLast && s.last == t.gone.last {
			sums[i] = sum{}
			spans, anew = append(spans, prefixSpan(t.pair)), append(anew, i)
		}
	}
	var bad error
	err = x.view.state.scan(ctx, spans, func(n int, key, value []byte) bool {
		i := anew[n]
		if _, went := gone[string(key)]; went || tieOf(ties[keys[i]].pair, value) != keys[i] {
			return true
		}
		d, _, err := cutDated(key[len(ties[keys[i]].pair):])
		if err != nil {
			bad = err
			return false
		}
		sums[i].add(d, value[0]&flagCounts != 0)
		return true
	})
	if err = errors.Join(err, bad); err != nil {
		return err
	}
	for i, k := range keys {
		sums[i].merge(ties[k].come)
		if sums[i] == (sum{}) {
			x.delete([]byte(k))
		} else {
			x.set([]byte(k), sums[i].append(nil))
		}
	}
	return nil
}
