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
	x := &redo{writer: w, d: d, subjects: map[tid]bool{}, flips: map[flip][2]bool{}}
	if err := x.find(ctx); err != nil {
		return err
	}
	if len(x.subjects) == 0 {
		return nil
	}
	before, after, fates, err := x.quads(ctx)
	if err != nil {
		return err
	}
	gone := map[string][]byte{}
	for _, e := range d.all(nil, before, func(q tquad) fate { return fates[q[3]][0] }, x.term) {
		gone[string(e.key)] = e.value
	}
	var come []write
	for _, e := range d.all(nil, after, func(q tquad) fate { return fates[q[3]][1] }, x.term) {
		if was, ok := gone[string(e.key)]; !ok || !bytes.Equal(was, e.value) {
			come = append(come, e) // a key with another value goes and comes
		} else {
			delete(gone, string(e.key))
		}
	}
	change := census{}
	d.census(change, before, -1, x.term)
	d.census(change, after, 1, x.term)
	x.members(change)
	x.names(before, after)
	return x.sums(ctx, gone, come)
}

// names notes down whose names may have changed.
func (x *redo) names(lists ...[]tquad) {
	found := map[tid]bool{}
	for _, quads := range lists {
		for _, q := range quads {
			if !found[q[0]] && x.d.useOf(q[1], x.term) == useName {
				found[q[0]] = true
				x.named = append(x.named, q[0])
			}
		}
	}
}

// A redo is the subjects whose entries are made anew.
type redo struct {
	*writer
	d        *deriver
	terms    map[tid]Term
	subjects map[tid]bool
	flips    map[flip][2]bool // whether it is so before and after, where that may change
}

// A flip is one way in which what a label says can cease to stand, or stand again.
type flip struct {
	label tid
	how   fate // denied or retracted
}

// A fate is what became of the quads of a label: it stands, or it is retracted, denied or both. A label that is both keeps both, so that one of
// them remains when the other is taken back; what is denied, retracted or not, is in no table.
type fate byte

const (
	stands    fate = 0
	retracted fate = 1
	denied    fate = 2
)

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
	var said []span
	var flips []flip
	for i, quads := range [][]tquad{x.added, x.removed} {
		for _, q := range quads {
			if x.d.derives(q, x.term) {
				x.subjects[q[0]] = true
			}
			how := x.d.fate(q, x.term)
			if how == stands {
				continue
			}
			f := flip{q[0], how}
			so, ok := x.flips[f]
			if !ok {
				s, _ := tpattern{q, [4]bool{true, true, how == denied, false}}.span()
				said, flips = append(said, s), append(flips, f)
			}
			so[1] = so[1] || i == 0
			x.flips[f] = so
		}
	}
	gone := quadSet(x.removed)
	err := x.view.scanQuads(ctx, said, func(i int, q tquad) {
		x.flips[flips[i]] = [2]bool{true, x.flips[flips[i]][1] || !gone[q]}
	})
	if err != nil {
		return err
	}
	var spans []span
	for _, f := range flips {
		if so := x.flips[f]; so[0] != so[1] {
			s, _ := tpattern{tquad{3: f.label}, [4]bool{3: true}}.span()
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

// fate returns what a quad says of the quads that its subject labels.
func (d *deriver) fate(q tquad, term func(tid) Term) fate {
	switch u := d.useOf(q[1], term); {
	case u == useRetracted:
		return retracted
	case u == useStance && term(q[2]) == Term(d.model.Denies):
		return denied
	}
	return stands
}

func quadSet(quads []tquad) map[tquad]bool {
	set := make(map[tquad]bool, len(quads))
	for _, q := range quads {
		set[q] = true
	}
	return set
}

// quads returns the quads of the subjects before and after the change, by subject, and what became of their labels before and after.
func (x *redo) quads(ctx context.Context) (before, after []tquad, fates map[tid][2]fate, err error) {
	subjects := slices.SortedFunc(maps.Keys(x.subjects), compareTIDs)
	spans := make([]span, 0, len(subjects))
	for _, t := range subjects {
		if !x.fresh[t] { // which had none
			s, _ := tpattern{tquad{t}, [4]bool{true}}.span()
			spans = append(spans, s)
		}
	}
	if err := x.view.scanQuads(ctx, spans, func(_ int, q tquad) { before = append(before, q) }); err != nil {
		return nil, nil, nil, err
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
		return nil, nil, nil, err
	}
	was, err := x.view.fates(ctx, x.d, before, after)
	if err != nil {
		return nil, nil, nil, err
	}
	fates = map[tid][2]fate{}
	for label, f := range was {
		fates[label] = [2]fate{f, f}
	}
	for f := range x.flips {
		fates[f.label] = [2]fate{x.fate(f.label, was, 0), x.fate(f.label, was, 1)}
	}
	return before, after, fates, nil
}

// fate is what became of a label whose flips are known, before or after the change. A flip that is not known did not change, so that it shows in what
// became of the label before.
func (x *redo) fate(label tid, was map[tid]fate, now int) fate {
	f := was[label]
	for _, how := range []fate{denied, retracted} {
		if so, ok := x.flips[flip{label, how}]; ok {
			f &^= how
			if so[now] {
				f |= how
			}
		}
	}
	return f
}

// fates returns what became of the labels of quads, in the view's state; those that stand may be left out. It is two round trips; one if nothing is denied
// or retracted at all.
func (v *View) fates(ctx context.Context, d *deriver, lists ...[]tquad) (map[tid]fate, error) {
	found, err := v.patterns(ctx, []Pattern{{Predicate: d.model.Retracted}, {Predicate: d.model.Stance, Object: d.model.Denies}})
	if err != nil {
		return nil, err
	}
	hows := [2]fate{retracted, denied}
	var any []span
	var of []int
	for i, iri := range []IRI{d.model.Retracted, d.model.Stance} {
		if iri != "" && found[i].known {
			s, _ := found[i].span()
			s.limit = 1
			any, of = append(any, s), append(of, i)
		}
	}
	var used [2]bool
	if err := v.scanQuads(ctx, any, func(i int, _ tquad) { used[of[i]] = true }); err != nil || used == [2]bool{} {
		return nil, err
	}
	fates := map[tid]fate{}
	var spans []span
	of = of[:0]
	for _, quads := range lists {
		for _, q := range quads {
			if _, ok := fates[q[3]]; ok || q[3] == q[0] {
				continue
			}
			fates[q[3]] = stands
			for i := range hows {
				if used[i] {
					p := found[i].tpattern
					p.q[0], p.given[0] = q[3], true
					s, _ := p.span()
					s.limit = 1
					spans, of = append(spans, s), append(of, i)
				}
			}
		}
	}
	return fates, v.scanQuads(ctx, spans, func(i int, q tquad) { fates[q[0]] |= hows[of[i]] })
}

// all appends the entries of the quads of several subjects, those of each together. of tells what became of the label of a quad.
func (d *deriver) all(ws []write, quads []tquad, of func(tquad) fate, term func(tid) Term) []write {
	var stand, past []tquad
	for i := 0; i < len(quads); {
		stand, past = stand[:0], past[:0]
		for j := i; i < len(quads) && quads[i][0] == quads[j][0]; i++ {
			q := quads[i]
			switch f := of(q); {
			case q[3] == q[0] || f == stands:
				stand = append(stand, q)
			case f == retracted:
				past = append(past, q)
			}
		}
		ws = d.entries(ws, stand, past, term)
	}
	return ws
}

// sums writes the entries that go and come, and the sums that follow.
func (x *redo) sums(ctx context.Context, gone map[string][]byte, come []write) error {
	ties, degrees, classes := map[string]*tieChange{}, map[string]int64{}, map[[2]byte]int64{}
	count := func(key, value []byte, by int64) error {
		if !hasDate(key[0]) {
			return nil
		}
		head, dated, err := cutEntry(key)
		if err != nil {
			return err
		}
		classes[[2]byte{key[0], dated[0]}] += by
		if key[0] == tableActor && counts(value) {
			degrees[string(head)] += by
		}
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
	if err := x.degrees(ctx, degrees); err != nil {
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
