package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
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
	Before    *At       // only what comes before this in the order; nil is no bound
	Limit     int       // at most so many; below 1 none
	Backwards bool      // the reverse order: newest first
	Only      Dating    // only the dated or the undated ones
	Past      bool      // what was retracted too; see [EventRow]
}

// A Dating chooses events by whether a day of them is known.
type Dating byte

// The datings.
const (
	AnyDating Dating = iota
	Dated
	Undated
)

// A List is one list of events that the indexes have.
type List struct {
	table byte
	of    []Term
}

// AllEvents is every subject that has a kind, an actor, or the class of events; each of its dates once.
func AllEvents() List { return List{tableTime, nil} }

// OfActors is the events that any of some actors is part of, in whatever role; each of its dates once. Roles are those of one of them.
func OfActors(actors ...IRI) List { return List{tableActor, irisOf(actors)} }

// OfPair is the events that two different actors have in common, in whatever roles.
func OfPair(a, b IRI) List { return List{tablePair, []Term{a, b}} }

// OfPairs is the events that the two actors of any of some pairs have in common; each of its dates once. Roles are those of one of the pairs.
func OfPairs(pairs ...[2]IRI) List {
	terms := make([]Term, 0, 2*len(pairs))
	for _, p := range pairs {
		terms = append(terms, p[0], p[1])
	}
	return List{tablePair, terms}
}

// OfKinds is the events that have any of some kinds; each of its dates once.
func OfKinds(kinds ...IRI) List { return List{tableKind, irisOf(kinds)} }

func irisOf(ids []IRI) []Term {
	terms := make([]Term, len(ids))
	for i, id := range ids {
		terms[i] = id
	}
	return terms
}

// A ListPart is what is wanted of a list.
type ListPart struct {
	List
	Span
}

// Lists returns parts of lists, in their order. It is one call to the store however many they are.
func (v *View) Lists(ctx context.Context, parts ...ListPart) ([][]EventRow, error) {
	v.calls.Add(1)
	rows, err := v.lists(ctx, parts)
	if err != nil {
		return nil, fmt.Errorf("%d lists of events: %w", len(parts), err)
	}
	return rows, nil
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
	rows, err := v.events(ctx, s, tableKind, irisOf(kinds))
	if err != nil {
		return nil, fmt.Errorf("events of %d kinds: %w", len(kinds), err)
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

// events reads one list.
func (v *View) events(ctx context.Context, s Span, table byte, of []Term) ([]EventRow, error) {
	v.calls.Add(1)
	rows, err := v.lists(ctx, []ListPart{{List{table, of}, s}})
	if err != nil {
		return nil, err
	}
	return rows[0], nil
}

// lists reads parts of lists. It is one round trip, and one each for the terms asked for and the terms found
// that are not in memory; more if both actors of a pair were at more than largeChunk large events in the window.
// It holds at most Limit rows of each list for each class of dates, and kind, in memory.
func (v *View) lists(ctx context.Context, parts []ListPart) ([][]EventRow, error) {
	listings, err := v.listings(ctx, parts)
	if err != nil {
		return nil, err
	}
	if a := v.ahead.Load(); a != nil && a.fits(listings) && v.ahead.CompareAndSwap(a, nil) {
		listings = a.listings
	} else if err := v.scanLists(ctx, v.state, listings); err != nil {
		return nil, err
	}
	return v.rows(ctx, listings)
}

// listings prepares the reading of parts of lists.
func (v *View) listings(ctx context.Context, parts []ListPart) ([]*listing, error) {
	terms := make([]Term, 0, 2*len(parts))
	for _, p := range parts {
		terms = append(terms, p.of...)
		for _, at := range []*At{p.After, p.Before} {
			if at != nil {
				terms = append(terms, at.Event)
			}
		}
	}
	tids, ok, err := v.store.dict.find(ctx, v.state, terms)
	if err != nil {
		return nil, err
	}
	listings := make([]*listing, len(parts))
	n := 0
	for i, p := range parts {
		l := &listing{Span: p.Span, view: v}
		listings[i] = l
		of := n
		n += len(p.of)
		for _, bound := range []struct {
			at *At
			to **place
		}{{p.After, &l.after}, {p.Before, &l.before}} {
			if bound.at == nil {
				continue
			}
			if !ok[n] {
				return nil, fmt.Errorf("beside %s: %w", bound.at.Event, ErrUnknownTerm)
			}
			*bound.to = &place{date: date{bound.at.Earliest, bound.at.Latest}, event: tids[n]}
			n++
		}
		if p.Limit < 1 {
			continue
		}
		l.found = make([]place, 0, min(p.Limit, 100))
		l.of(p.table, tids[of:of+len(p.of)], ok[of:of+len(p.of)])
	}
	return listings, nil
}

// of adds the spans of what a list is of.
func (l *listing) of(table byte, tids []tid, ok []bool) {
	if table == tableKind || table == tableActor {
		for i, t := range tids {
			if ok[i] {
				l.want(appendTID([]byte{table}, t))
			}
		}
		return
	}
	if table != tablePair { // that of all has one span
		l.want([]byte{table})
		return
	}
	for ; len(tids) > 0; tids, ok = tids[2:], ok[2:] {
		if !ok[0] || !ok[1] {
			continue
		}
		if l.want(appendTID(appendTID([]byte{table}, tids[0]), tids[1])); tids[0] != tids[1] {
			l.common(tids[0], tids[1])
		}
	}
}

// A listing is a list while it is read.
type listing struct {
	Span
	view *View

	after, before *place

	spans  []span
	heads  []int // how long the prefixes of the spans are
	all    []bool
	counts []int

	found      []place
	signatures signatures
	large      []*meeting
	value      []byte // of the last entry
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
	if l.Only == Dated && class == classNone || l.Only == Undated && class != classNone {
		return s, false, false
	}
	if s, all, ok = windowSpan(prefix, class, l.From, l.To); !ok {
		return s, all, false
	}
	if p := l.after; p != nil {
		// Undated ones come after all others, in both orders.
		if _, dated := p.day(); (class == classNone) != dated {
			p.cut(&s, prefix, class, !l.Backwards)
		} else if !dated {
			return s, all, false
		}
	}
	if p := l.before; p != nil {
		if _, dated := p.day(); (class == classNone) != dated {
			p.cut(&s, prefix, class, l.Backwards)
		} else if dated {
			return s, all, false
		}
	}
	return s, all, s.upper == nil || bytes.Compare(s.lower, s.upper) < 0
}

// cut takes from the span of a class what is not above a place in the order, or not below it. Both are dated, or neither.
func (p *place) cut(s *span, prefix []byte, class byte, above bool) {
	// By day and event, then by class, then by what follows.
	key := append(bytes.Clone(prefix), class)
	if day, dated := p.day(); dated {
		key = appendDay(key, day)
	}
	key = appendTID(key, p.event)
	own := p.class()
	if class == own {
		key = p.appendKey(bytes.Clone(prefix), p.event)
	}
	if class < own {
		key = after(key)
	}
	if !above {
		if s.upper == nil || bytes.Compare(key, s.upper) < 0 {
			s.upper = key
		}
		return
	}
	if class == own {
		key = append(key, 0)
	}
	if bytes.Compare(key, s.lower) > 0 {
		s.lower = key
	}
}

// wants returns all spans of a listing that nothing was read of yet.
func (l *listing) wants() []span {
	own := l.spans
	for _, m := range l.large {
		own = append(own, m.class[:]...)
	}
	return own
}

// scanLists reads the spans of listings from the view's snapshot.
func (v *View) scanLists(ctx context.Context, from snapshot, listings []*listing) error {
	var spans []span
	type owner struct{ listing, span int }
	var owners []owner
	for i, l := range listings {
		own := l.spans
		for _, m := range l.large {
			own = append(own, m.spans()...)
		}
		for j := range own {
			owners = append(owners, owner{i, j})
		}
		spans = append(spans, own...)
	}
	if len(spans) == 0 {
		return ctx.Err()
	}
	var bad error
	err := from.scan(ctx, spans, func(i int, key, value []byte) (more bool) {
		if bad == nil {
			more, bad = listings[owners[i].listing].take(owners[i].span, key, value)
		}
		return more && bad == nil
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return err
	}
	// What is left of large events, if it is very many: they are in the way of nothing else.
	again := false
	for _, l := range listings {
		left := l.large[:0]
		for _, m := range l.large {
			if m.meet(l) {
				left = append(left, m)
			}
		}
		l.spans, l.large = nil, left
		again = again || len(left) > 0
	}
	if again {
		return v.scanLists(ctx, from, listings)
	}
	return nil
}

// take takes in an entry of one of the spans, and reports whether more of it is wanted.
func (l *listing) take(i int, key, value []byte) (more bool, err error) {
	if i >= len(l.spans) {
		i -= len(l.spans)
		return true, l.large[i/2].take(i%2, key, value)
	}
	p := place{}
	if p.date, p.event, err = cutDated(key[l.heads[i]:]); err != nil {
		return false, err
	}
	if !l.all[i] && !p.overlaps(l.From, l.To) {
		return true, nil
	}
	if l.Past && len(value) > 0 {
		l.value = append(l.value[:0], value...)
		l.value[0] |= flagRival
		value = l.value
	}
	p.signature = l.signatures.add(value)
	l.found = append(l.found, p)
	l.counts[i]++
	return l.counts[i] < l.Limit, nil
}

// compare orders places as the list does.
func (s *Span) compare(p, q place) int {
	if s.Backwards && (p.class() == classNone) == (q.class() == classNone) {
		return q.compare(p)
	}
	return p.compare(q)
}

// settle puts what was found in order and cuts it.
func (l *listing) settle() {
	if !slices.IsSortedFunc(l.found, l.compare) {
		slices.SortFunc(l.found, l.compare)
	}
	l.found = slices.CompactFunc(l.found, func(p, q place) bool { return p.date == q.date && p.event == q.event }) // of two kinds
	l.found = l.found[:max(0, min(len(l.found), l.Limit))]
}

// rows puts what was found in order, cuts it, and names it.
func (v *View) rows(ctx context.Context, listings []*listing) (out [][]EventRow, err error) {
	n := 0
	for _, l := range listings {
		l.settle()
		n += len(l.found)
	}
	out = make([][]EventRow, len(listings))
	if n == 0 {
		return out, nil
	}
	tids := make([]tid, 0, n+8)
	for _, l := range listings {
		for _, p := range l.found {
			tids = append(tids, p.event)
		}
		if tids, err = l.signatures.tids(tids); err != nil {
			return nil, err
		}
	}
	terms, err := v.store.dict.names(ctx, v.state, tids)
	if err != nil {
		return nil, err
	}
	for i, l := range listings {
		if len(l.found) == 0 {
			terms = terms[l.signatures.size():]
			continue
		}
		events := terms[:len(l.found)]
		signatures := l.signatures.named(terms[len(l.found):])
		terms = terms[len(l.found)+l.signatures.size():]
		out[i] = make([]EventRow, len(l.found))
		for j, p := range l.found {
			event, _ := events[j].(IRI) // "" of a blank node, which no list can go on after
			out[i][j] = EventRow{At{event, p.first, p.last}, signatures[p.signature]}
		}
	}
	return out, nil
}

// DatesOf calls each for all events of an actor in a window, in no order, until it returns false. It holds nothing in memory but
// signatures. A row names its event only if that has several dates, and so several rows: to count, the others need no name.
func (v *View) DatesOf(ctx context.Context, actor IRI, from, to *edtf.Day, each func(EventRow) bool) error {
	return v.Dates(ctx, OfActors(actor), from, to, (*Signature).isRival, each)
}

func (s *Signature) isRival() bool { return s.Rival }

// Dates calls each for all events of a list in a window, in no order, until it returns false; the list is not that of a pair, and of
// one actor or kind at most. It holds nothing in memory but signatures. A row names its event if name says so: to count, most need none.
func (v *View) Dates(ctx context.Context, of List, from, to *edtf.Day, name func(*Signature) bool, each func(EventRow) bool) error {
	v.calls.Add(1)
	if err := v.dates(ctx, of, from, to, name, each); err != nil {
		return fmt.Errorf("dates of events: %w", err)
	}
	return nil
}

func (v *View) dates(ctx context.Context, of List, from, to *edtf.Day, name func(*Signature) bool, each func(EventRow) bool) error {
	if of.table == tablePair || len(of.of) > 1 {
		return errors.New("the list is in several spans: read it by View.List")
	}
	tids, ok, err := v.store.dict.find(ctx, v.state, of.of)
	if err != nil || slices.Contains(ok, false) {
		return err
	}
	l := &listing{Span: Span{From: from, To: to}, view: v}
	prefix := []byte{of.table}
	for _, t := range tids {
		prefix = appendTID(prefix, t)
	}
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
		if name(row.Signature) {
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
