package store

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
)

// A Ref stands for an IRI of a store: 8 bytes in place of a text. Equal IRIs of one store have equal refs, for ever. It means
// nothing in another store, and nothing on disk.
type Ref uint64

// ref returns the ref of a tid; false if it is no IRI, or one of a dictionary with more than 2^31 entries.
func (t tid) ref() (Ref, bool) {
	if t.kind != kindEntry && t.kind != kindNumbered || t.n > math.MaxUint64>>1 {
		return 0, false
	}
	r := Ref(t.n << 1)
	if t.kind == kindNumbered {
		r |= 1
	}
	return r, true
}

func (r Ref) tid() tid {
	if r&1 != 0 {
		return tid{kindNumbered, uint64(r >> 1)}
	}
	return tid{kindEntry, uint64(r >> 1)}
}

// Order returns where the event that a ref stands for is among those of one day.
func (r Ref) Order() Order { return Order(r.tid()) }

// Refs returns the refs of IRIs, in their order; ok is false for those that no quad ever had.
func (v *View) Refs(ctx context.Context, iris []IRI) (refs []Ref, ok []bool, err error) {
	v.calls.Add(1)
	terms := make([]Term, len(iris))
	for i, iri := range iris {
		terms[i] = iri
	}
	tids, ok, err := v.store.dict.find(ctx, v.state, terms)
	if err != nil {
		return nil, nil, fmt.Errorf("refs of %d terms: %w", len(iris), err)
	}
	refs = make([]Ref, len(iris))
	for i, t := range tids {
		if ok[i] {
			refs[i], ok[i] = t.ref()
		}
	}
	return refs, ok, nil
}

// Named returns the IRIs of refs, in their order; "" for one that names no IRI.
func (v *View) Named(ctx context.Context, refs []Ref) ([]IRI, error) {
	v.calls.Add(1)
	tids := make([]tid, len(refs))
	for i, r := range refs {
		tids[i] = r.tid()
	}
	terms, err := v.store.dict.names(ctx, v.state, tids)
	if err != nil {
		return nil, fmt.Errorf("names of %d refs: %w", len(refs), err)
	}
	iris := make([]IRI, len(refs))
	for i, t := range terms {
		iris[i], _ = t.(IRI)
	}
	return iris, nil
}

// A Link is one date of one event that two actors have in common, seen from one of them.
type Link struct {
	Actor, Other, Event Ref
	First, Last         edtf.Bound
	Signature           int // which of those that Links returns
}

// LinkCount returns how many links all actors have together, without those of large events.
func (v *View) LinkCount() int {
	n := int64(0)
	for c, count := range v.state.classes.counts {
		if c[0] == tablePair {
			n += count
		}
	}
	return int(n)
}

// Links calls each for every link of some actors, or of all actors if actors is nil, until it returns false, and returns the signatures
// that the links have. Links of one actor come together and by the other one, but for those of large events, which come last. It
// is one call however many actors, and one for each 256 large events of an actor; it holds nothing in memory but signatures.
func (v *View) Links(ctx context.Context, actors []Ref, each func(Link) bool) ([]*Signature, error) {
	v.calls.Add(1)
	x := &linking{view: v, each: each}
	if err := x.read(ctx, actors); err != nil {
		return nil, fmt.Errorf("links of %d actors: %w", len(actors), err)
	}
	return v.signatures(ctx, &x.found)
}

// A linking is Links under way.
type linking struct {
	view  *View
	each  func(Link) bool
	found signatures
	value []byte
	stop  bool
}

func (x *linking) read(ctx context.Context, actors []Ref) error {
	spans := []span{prefixSpan([]byte{tablePair})}
	large := []span{prefixSpan([]byte{tableLarge})}
	if actors != nil {
		sorted := slices.Clone(actors)
		slices.SortFunc(sorted, func(a, b Ref) int { return compareTIDs(a.tid(), b.tid()) })
		sorted = slices.Compact(sorted)
		spans, large = make([]span, len(sorted)), make([]span, len(sorted))
		for i, a := range sorted {
			spans[i] = prefixSpan(appendTID([]byte{tablePair}, a.tid()))
			large[i] = prefixSpan(appendTID([]byte{tableLarge}, a.tid()))
		}
	}
	var bad error
	err := x.view.state.scan(ctx, spans, func(_ int, key, value []byte) bool {
		if x.stop || bad != nil {
			return false
		}
		bad = x.pair(key, value)
		return !x.stop && bad == nil
	})
	if err == nil {
		err = bad
	}
	if err != nil || x.stop || len(x.view.state.classes.of[tableLarge]) == 0 {
		return err
	}
	return x.large(ctx, large)
}

// pair takes in an entry of a pair.
func (x *linking) pair(key, value []byte) error {
	actor, rest, err := cutTID(key[1:])
	if err != nil {
		return err
	}
	other, rest, err := cutTID(rest)
	if err != nil {
		return err
	}
	d, event, err := cutDated(rest)
	if err != nil {
		return err
	}
	x.link(actor, other, event, d, x.add(value))
	return nil
}

// add returns the number of a signature. That an entry is the one that counts is no part of it.
func (x *linking) add(value []byte) int {
	if len(value) > 0 && value[0]&flagCounts != 0 {
		x.value = append(x.value[:0], value...) // the engine's bytes are not to be changed
		x.value[0] &^= flagCounts
		value = x.value
	}
	return x.found.add(value)
}

func (x *linking) link(actor, other, event tid, d date, signature int) {
	a, aok := actor.ref()
	o, ook := other.ref()
	e, eok := event.ref()
	if aok && ook && eok && !x.stop {
		x.stop = !x.each(Link{a, o, e, d.first, d.last, signature})
	}
}

// A largeLink is an entry of an actor at a large event.
type largeLink struct {
	actor, event tid
	date         date
}

// large reads the entries of large events, and their rosters in chunks.
func (x *linking) large(ctx context.Context, spans []span) error {
	var pending []largeLink
	var bad error
	err := x.view.state.scan(ctx, spans, func(_ int, key, _ []byte) bool {
		if x.stop || bad != nil {
			return false
		}
		l := largeLink{}
		var rest []byte
		if l.actor, rest, bad = cutTID(key[1:]); bad == nil {
			l.date, l.event, bad = cutDated(rest)
		}
		if pending = append(pending, l); bad == nil && len(pending) == chunk {
			bad = x.rosters(ctx, pending)
			pending = pending[:0]
		}
		return !x.stop && bad == nil
	})
	if err == nil {
		err = bad
	}
	if err == nil && len(pending) > 0 {
		err = x.rosters(ctx, pending)
	}
	return err
}

func (x *linking) rosters(ctx context.Context, pending []largeLink) error {
	keys := make([][]byte, len(pending))
	for i, l := range pending {
		keys[i] = appendTID([]byte{tableRoster}, l.event)
	}
	rosters, err := x.view.state.get(ctx, keys)
	if err != nil {
		return err
	}
	var signature []byte
	for i, roster := range rosters {
		l := pending[i]
		at, err := rolesAt(roster)
		if err != nil {
			return fmt.Errorf("roster %x: %w", keys[i], err)
		}
		members, err := cutRoster(roster[at:])
		if err != nil {
			return fmt.Errorf("roster %x: %w", keys[i], err)
		}
		own := slices.IndexFunc(members, func(m member) bool { return m.actor == l.actor })
		if own < 0 {
			return fmt.Errorf("roster %x: %w", keys[i], errKey)
		}
		for _, m := range members {
			if m.actor != l.actor {
				signature = append(append(append(append(signature[:0], roster[:at]...), members[own].roles...), tidEnd), m.roles...)
				x.link(l.actor, m.actor, l.event, l.date, x.found.add(signature))
			}
		}
	}
	return nil
}
