package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
)

// A Span says which part of a list of events is wanted.
//
// The order is that of the days on which the dates begin; of a date whose begin is not known, of its end; then an order of the store's own,
// which is the same for all states of a store and, of events whose ids differ in a number only, that of the numbers. Events without
// a known day come last, forwards and backwards.
type Span struct {
	From, To  *edtf.Day // the window, both inclusive; nil is no end. An event is in it if any day of its date may be.
	After     *At       // only what comes after this in the order; nil is no bound
	Limit     int       // at most so many; below 1 none
	Backwards bool      // the reverse order: newest first
	Past      bool      // what was retracted too; see [EventRow]
}

// An At is an event and one of its dates: its place in a list of events.
type At struct {
	Event            IRI
	Earliest, Latest edtf.Bound
}

// An EventRow is an event as lists have it. An event that has several dates, because claims differ, has a row for each: those who
// know which date is preferred keep that row. An event without a date that can be read has a row with unknown bounds.
//
// With Past, the rows are candidates for any time: every event has a row for each date that it has or had, and one without a date if it may have
// been without one. What of it stood when, its signature does not say; it says of all that they have rivals.
type EventRow struct {
	At
	*Signature // shared by rows: not to be changed
}

// A Signature is what the indexes keep of an event besides its date. Denied quads are not in it.
type Signature struct {
	Marks      byte  // 1 << n: the mark Marks[n] of the store's [Model] is set
	Rival      bool  // the event has several dates
	Kinds      []IRI // in an order of the store's own, as are the others
	Roles      []IRI // of the actor that was asked for; of the first, for a pair; none in a list by kind or of all
	OtherRoles []IRI // of the second actor of a pair, or of the other one of a tie
}

// EventsOf returns a part of the events of an actor, in whatever role.
func (v *View) EventsOf(ctx context.Context, actor IRI, s Span) ([]EventRow, error) {
	rows, err := v.events(ctx, s, tableActor, []Term{actor})
	if err != nil {
		return nil, fmt.Errorf("events of %s: %w", actor, err)
	}
	return rows, nil
}

// EventsOfPair returns a part of the events that two different actors have in common, in whatever roles.
func (v *View) EventsOfPair(ctx context.Context, a, b IRI, s Span) ([]EventRow, error) {
	rows, err := v.events(ctx, s, tablePair, []Term{a, b})
	if err != nil {
		return nil, fmt.Errorf("events of %s and %s: %w", a, b, err)
	}
	return rows, nil
}

// EventsOfKinds returns a part of the events that have any of some kinds, each of its dates once.
func (v *View) EventsOfKinds(ctx context.Context, kinds []IRI, s Span) ([]EventRow, error) {
	terms := make([]Term, len(kinds))
	for i, k := range kinds {
		terms[i] = k
	}
	rows, err := v.events(ctx, s, tableKind, terms)
	if err != nil {
		return nil, fmt.Errorf("events of %d kinds: %w", len(kinds), err)
	}
	return rows, nil
}

// Events returns a part of all events, each of its dates once: of every subject that has a kind, an actor, or the class of events.
func (v *View) Events(ctx context.Context, s Span) ([]EventRow, error) {
	rows, err := v.events(ctx, s, tableTime, nil)
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return rows, nil
}

// A place is a row of a list before its terms are named.
type place struct {
	date
	event     tid
	signature int // see signatures
}

// compare orders places as lists have them, forwards.
func (p place) compare(q place) int {
	d, dok := p.day()
	e, eok := q.day()
	if dok != eok {
		if dok {
			return -1
		}
		return 1
	}
	if c := cmp.Compare(d, e); c != 0 {
		return c
	}
	return cmp.Or(compareTIDs(p.event, q.event), p.compareDays(q.date))
}

// events reads a list: of one actor, a pair, or kinds. It is one round trip, and one each for the terms asked for and the terms found
// that are not in memory; more if both actors of a pair were at more than largeChunk large events in the window.
// It holds at most Limit rows for each class of dates, and kind, in memory.
func (v *View) events(ctx context.Context, s Span, table byte, of []Term) ([]EventRow, error) {
	v.calls.Add(1)
	tids, ok, err := v.store.dict.find(ctx, v.state, of)
	if err != nil || s.Limit < 1 {
		return nil, err
	}
	l := &listing{Span: s, view: v, found: make([]place, 0, min(s.Limit, 100))}
	if l.after, err = l.bound(ctx); err != nil {
		return nil, err
	}
	if table == tableKind {
		for i, t := range tids {
			if ok[i] {
				l.want(appendTID([]byte{table}, t))
			}
		}
	} else {
		prefix := []byte{table}
		for i, t := range tids {
			if !ok[i] {
				return nil, ctx.Err()
			}
			prefix = appendTID(prefix, t)
		}
		l.want(prefix)
	}
	if table == tablePair && tids[0] != tids[1] {
		l.common(tids[0], tids[1])
	}
	if err := l.scan(ctx); err != nil {
		return nil, err
	}
	return l.rows(ctx)
}

// A listing is a list while it is read.
type listing struct {
	Span
	view  *View
	after *place

	spans  []span
	heads  []int // how long the prefixes of the spans are
	all    []bool
	counts []int

	found      []place
	signatures signatures
	large      []*meeting
	value      []byte // of the last entry
}

// bound returns the place after which the list begins.
func (l *listing) bound(ctx context.Context) (*place, error) {
	if l.After == nil {
		return nil, nil
	}
	tids, ok, err := l.view.store.dict.find(ctx, l.view.state, []Term{l.After.Event})
	if err != nil {
		return nil, err
	}
	if !ok[0] {
		return nil, fmt.Errorf("after %s: %w", l.After.Event, ErrUnknownTerm)
	}
	return &place{date: date{l.After.Earliest, l.After.Latest}, event: tids[0]}, nil
}

// want adds the spans of a list, one for each class of dates that its table has.
func (l *listing) want(prefix []byte) {
	if table := pastTable(prefix[0]); l.Past && table != 0 {
		l.wantOf(append([]byte{table}, prefix[1:]...))
	}
	l.wantOf(prefix)
}

func (l *listing) wantOf(prefix []byte) {
	for _, class := range l.view.state.classes.of[prefix[0]] {
		if s, all, ok := l.span(prefix, class); ok {
			if s.backwards = l.Backwards; all {
				s.limit = l.Limit
			}
			l.spans, l.heads, l.all, l.counts = append(l.spans, s), append(l.heads, len(prefix)), append(l.all, all), append(l.counts, 0)
		}
	}
}

// span returns the span of a class of dates; ok is false if nothing can be in it.
func (l *listing) span(prefix []byte, class byte) (s span, all, ok bool) {
	if s, all, ok = windowSpan(prefix, class, l.From, l.To); !ok || l.after == nil {
		return s, all, ok
	}
	day, dated := l.after.day()
	if (class == classNone) == dated {
		return s, all, class == classNone // undated ones come after all others
	}
	// What is not after the place goes: by day and event, then by class, then by what follows.
	key := append(bytes.Clone(prefix), class)
	if dated {
		key = appendDay(key, day)
	}
	key = appendTID(key, l.after.event)
	own := l.after.class()
	if class == own {
		key = l.after.appendKey(bytes.Clone(prefix), l.after.event)
	}
	if !l.Backwards {
		switch {
		case class < own:
			key = after(key)
		case class == own:
			key = append(key, 0)
		}
		if bytes.Compare(key, s.lower) > 0 {
			s.lower = key
		}
	} else {
		if class < own {
			key = after(key)
		}
		if s.upper == nil || bytes.Compare(key, s.upper) < 0 {
			s.upper = key
		}
	}
	return s, all, bytes.Compare(s.lower, s.upper) < 0
}

// scan reads the spans.
func (l *listing) scan(ctx context.Context) error {
	spans := l.spans
	for _, m := range l.large {
		spans = append(spans, m.spans()...)
	}
	var bad error
	err := l.view.state.scan(ctx, spans, func(i int, key, value []byte) bool {
		if bad != nil {
			return false
		}
		if i >= len(l.spans) {
			i -= len(l.spans)
			bad = l.large[i/2].take(i%2, key, value)
			return bad == nil
		}
		p := place{}
		if p.date, p.event, bad = cutDated(key[l.heads[i]:]); bad != nil {
			return false
		}
		if !l.all[i] && !p.overlaps(l.From, l.To) {
			return true
		}
		if l.Past && len(value) > 0 {
			l.value = append(l.value[:0], value...)
			l.value[0] |= flagRival
			value = l.value
		}
		p.signature = l.signatures.add(value)
		l.found = append(l.found, p)
		l.counts[i]++
		return l.counts[i] < l.Limit
	})
	if err == nil {
		err = bad
	}
	if err != nil || len(l.large) == 0 {
		return err
	}
	// What is left of large events, if it is very many: they are in the way of nothing else.
	left := l.large[:0]
	for _, m := range l.large {
		if m.meet(l) {
			left = append(left, m)
		}
	}
	if l.spans, l.large = nil, left; len(left) > 0 {
		return l.scan(ctx)
	}
	return nil
}

// rows puts what was found in order, cuts it, and names it.
func (l *listing) rows(ctx context.Context) ([]EventRow, error) {
	compare := place.compare
	if l.Backwards {
		compare = func(p, q place) int {
			if x, y := p.class() == classNone, q.class() == classNone; x != y {
				return p.compare(q)
			}
			return q.compare(p)
		}
	}
	if !slices.IsSortedFunc(l.found, compare) {
		slices.SortFunc(l.found, compare)
	}
	found := slices.CompactFunc(l.found, func(p, q place) bool { return p.date == q.date && p.event == q.event }) // of two kinds
	found = found[:min(len(found), l.Limit)]
	if len(found) == 0 {
		return nil, nil
	}
	tids := make([]tid, len(found), len(found)+8)
	for i, p := range found {
		tids[i] = p.event
	}
	tids, err := l.signatures.tids(tids)
	if err != nil {
		return nil, err
	}
	terms, err := l.view.store.dict.names(ctx, l.view.state, tids)
	if err != nil {
		return nil, err
	}
	signatures := l.signatures.named(terms[len(found):])
	rows := make([]EventRow, len(found))
	for i, p := range found {
		event, _ := terms[i].(IRI) // "" of a blank node, which no list can go on after
		rows[i] = EventRow{At{event, p.first, p.last}, signatures[p.signature]}
	}
	return rows, nil
}

// DatesOf calls each for all events of an actor in a window, in no order, until it returns false. It holds nothing in memory but
// signatures. A row names its event only if that has several dates, and so several rows: to count, the others need no name.
func (v *View) DatesOf(ctx context.Context, actor IRI, from, to *edtf.Day, each func(EventRow) bool) error {
	v.calls.Add(1)
	if err := v.datesOf(ctx, actor, from, to, each); err != nil {
		return fmt.Errorf("dates of %s: %w", actor, err)
	}
	return nil
}

func (v *View) datesOf(ctx context.Context, actor IRI, from, to *edtf.Day, each func(EventRow) bool) error {
	tids, ok, err := v.store.dict.find(ctx, v.state, []Term{actor})
	if err != nil || !ok[0] {
		return err
	}
	l := &listing{Span: Span{From: from, To: to}, view: v}
	prefix := appendTID([]byte{tableActor}, tids[0])
	l.want(prefix)
	var bad error
	var named []*Signature
	stopped := false
	err = v.state.scan(ctx, l.spans, func(i int, key, value []byte) bool {
		if stopped || bad != nil {
			return false
		}
		var d date
		var event tid
		if d, event, bad = cutDated(key[len(prefix):]); bad != nil {
			return false
		}
		if !d.overlaps(from, to) {
			return true
		}
		n := l.signatures.add(value)
		if n == len(named) { // seldom: a new signature
			one := signatures{list: l.signatures.list[n:]}
			var more []*Signature
			if more, bad = v.signatures(ctx, &one); bad != nil {
				return false
			}
			named = append(named, more...)
		}
		row := EventRow{At{"", d.first, d.last}, named[n]}
		if row.Rival {
			var terms []Term
			if terms, bad = v.store.dict.names(ctx, v.state, []tid{event}); bad != nil {
				return false
			}
			row.Event, _ = terms[0].(IRI)
		}
		stopped = !each(row)
		return !stopped
	})
	if err == nil {
		err = bad
	}
	return err
}

// signatures names signatures.
func (v *View) signatures(ctx context.Context, s *signatures) ([]*Signature, error) {
	tids, err := s.tids(nil)
	if err != nil {
		return nil, err
	}
	terms, err := v.store.dict.names(ctx, v.state, tids)
	if err != nil {
		return nil, err
	}
	return s.named(terms), nil
}
