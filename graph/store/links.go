package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

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

// maxChanges is how many writes are remembered, and maxChanged how many actors each.
const (
	maxChanges = 1024
	maxChanged = 256
)

// A changeLog remembers the actors whose links the last writes changed, so that those who keep links know which to read anew.
type changeLog struct {
	mu   sync.Mutex
	list []changed // of revisions that follow each other
}

type changed struct {
	revision uint64
	actors   []Ref
	many     bool // more than are remembered

	subjects     []IRI
	manySubjects bool
}

// changesOf returns what is remembered of the writes by which a revision came about, and of whose quads they changed.
func changesOf(revision uint64, writes []write, quads ...[]Quad) changed {
	c := changed{revision: revision}
	seen := map[IRI]bool{}
	for _, list := range quads {
		for _, q := range list {
			if s, ok := q.Subject.(IRI); ok && !seen[s] && !c.manySubjects {
				if seen[s], c.manySubjects = true, len(c.subjects) == maxChanged; c.manySubjects {
					c.subjects = nil
				} else {
					c.subjects = append(c.subjects, s)
				}
			}
		}
	}
	add := func(t tid) {
		if r, ok := t.ref(); ok && !c.many && !slices.Contains(c.actors, r) {
			if c.many = len(c.actors) == maxChanged; c.many {
				c.actors = nil
			} else {
				c.actors = append(c.actors, r)
			}
		}
	}
	for _, w := range writes {
		if len(w.key) == 0 {
			continue
		}
		switch w.key[0] {
		case tableActor, tablePair, tableLarge:
			if t, _, err := cutTID(w.key[1:]); err == nil {
				add(t)
			}
		case tableRoster: // whoever left it has an entry of their own that goes; who stays has none that changes
			at, err := rolesAt(w.value)
			if err != nil {
				continue // it goes as a whole
			}
			members, err := cutRoster(w.value[at:])
			if err != nil {
				c.actors, c.many = nil, true
			}
			for _, m := range members {
				add(m.actor)
			}
		}
	}
	return c
}

// note remembers what a write changed.
func (l *changeLog) note(c changed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.list); n > 0 && l.list[n-1].revision+1 != c.revision {
		l.list = nil
	}
	if len(l.list) == maxChanges {
		l.list = slices.Delete(l.list, 0, maxChanges/2)
	}
	l.list = append(l.list, c)
}

// SubjectsSince returns the subjects whose quads are not what they were at an earlier revision, in no order, each at least once. It
// returns false if the store no longer knows: then any may have changed.
func (v *View) SubjectsSince(revision uint64) (subjects []IRI, ok bool) {
	ok = v.since(revision, func(c *changed) bool {
		subjects = append(subjects, c.subjects...)
		return !c.manySubjects
	})
	return subjects, ok
}

// ChangedSince returns the actors whose links are not what they were at an earlier revision, in no order, each at least once. It
// returns false if the store no longer knows: then any may have changed.
func (v *View) ChangedSince(revision uint64) (actors []Ref, ok bool) {
	ok = v.since(revision, func(c *changed) bool {
		actors = append(actors, c.actors...)
		return !c.many
	})
	return actors, ok
}

// since calls each for the changes that made the view's revision of an earlier one, until it returns false. It returns whether each was
// told of all of them.
func (v *View) since(revision uint64, each func(*changed) bool) bool {
	now := v.Revision()
	if revision >= now {
		return revision == now
	}
	l := &v.store.changed
	l.mu.Lock()
	defer l.mu.Unlock()
	next := revision + 1
	for i := range l.list {
		if c := &l.list[i]; c.revision == next && next <= now {
			if !each(c) {
				return false
			}
			next++
		}
	}
	return next == now+1
}
