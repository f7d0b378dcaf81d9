package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
)

// A Use says what [View.TiesWithin] does with events of a signature.
type Use byte

// The uses.
const (
	Leave Use = iota // they do not count
	Count            // each counts, by the date that it has in the index
	Look             // the caller looks at each
)

// An Order is where an event stands among those of one day. Those of one store compare.
type Order tid

// Compare returns a negative number if o comes first, forwards.
func (o Order) Compare(p Order) int { return compareTIDs(tid(o), tid(p)) }

// Orders returns the places of events in the order, of those that no quad ever had the last. It is one call.
func (v *View) Orders(ctx context.Context, events []IRI) ([]Order, error) {
	v.calls.Add(1)
	terms := make([]Term, len(events))
	for i, e := range events {
		terms[i] = e
	}
	tids, ok, err := v.store.dict.find(ctx, v.state, terms)
	if err != nil {
		return nil, fmt.Errorf("order %d events: %w", len(events), err)
	}
	out := make([]Order, len(events))
	for i, t := range tids {
		if !ok[i] {
			t = tid{^uint8(0), ^uint64(0)}
		}
		out[i] = Order(t)
	}
	return out, nil
}

// Ordered returns the events at places in the order, "" for a blank node. It is one call.
func (v *View) Ordered(ctx context.Context, orders []Order) ([]IRI, error) {
	v.calls.Add(1)
	tids := make([]tid, len(orders))
	for i, o := range orders {
		tids[i] = tid(o)
	}
	terms, err := v.store.dict.names(ctx, v.state, tids)
	if err != nil {
		return nil, fmt.Errorf("events at %d places: %w", len(orders), err)
	}
	events := make([]IRI, len(orders))
	for i, t := range terms {
		events[i], _ = t.(IRI)
	}
	return events, nil
}

// A Seen is one of an actor's events with another actor.
type Seen struct {
	At
	Order Order
}

// A TieWithin is what an actor has with another one in a window, by events that count.
type TieWithin struct {
	other       tid
	Other       IRI  // "" until it is asked for by [View.NameTies]
	Min, Max    int  // how many certainly lie in the window, and how many possibly
	First, Last Seen // of which a day is known: the one that begins first and the one that ends last, of several the first in the order; Max may be above 0 without any
	Parts       []TiePart
}

// Ref returns the ref of the other one; false for a blank node.
func (t *TieWithin) Ref() (Ref, bool) { return t.other.ref() }

// A TiePart is the events of a tie that have one signature.
type TiePart struct {
	*Signature // shared: not to be changed
	Min, Max   int
}

// TiesWithin returns, for each of some actors, what it has with others in a window, in no order, without names; nil bounds are none. With
// certain, what possibly lies in the window does not count. It reads all entries of the actors' pairs, and holds one sum for each of their
// ties and signatures. Of signatures to be looked at it calls look with the events, some hundreds at a time: of which actor (its place in
// the list), of which other, and each of the event's dates. Of events that count, all dates do: use should have those of several dates
// looked at.
func (v *View) TiesWithin(ctx context.Context, actors []IRI, from, to *edtf.Day, certain bool, use func(*Signature) Use, look func([]LookAt) error) ([][]TieWithin, error) {
	v.calls.Add(1)
	ties, err := v.tiesWithin(ctx, actors, from, to, certain, use, look)
	if err != nil {
		return nil, fmt.Errorf("ties of %d actors: %w", len(actors), err)
	}
	return ties, nil
}

// A LookAt is an event to be looked at.
type LookAt struct {
	Actor int
	Other IRI
	Seen
}

// maxLook is how many events are looked at at once.
const maxLook = 1024

// A tieReading is the reading of one actor's ties.
type tieReading struct {
	view     *View
	actor    int
	from, to *edtf.Day
	certain  bool
	use      func(*Signature) Use

	signatures signatures
	named      []*Signature
	uses       []Use
	value      []byte // the last one, and its number
	number     int

	ties  map[tid]*tieSums
	last  *tieSums
	looks *looks
}

// A looks is what is to be looked at, of all actors.
type looks struct {
	view    *View
	pending []lookAt
	look    func([]LookAt) error
}

type lookAt struct {
	actor        int
	other, event tid
	date         date
}

type tieSums struct {
	other       tid
	parts       []tiePart
	first, last place
	dated       bool // those two are
}

type tiePart struct{ signature, min, max int }

func (v *View) tiesWithin(ctx context.Context, actors []IRI, from, to *edtf.Day, certain bool, use func(*Signature) Use, look func([]LookAt) error) ([][]TieWithin, error) {
	tids, ok, err := v.store.dict.find(ctx, v.state, irisOf(actors))
	if err != nil {
		return nil, err
	}
	var spans []span
	var of []*tieReading
	var heads []int
	var larges []*largeTies
	queue := &looks{view: v, look: look}
	all := make([]*tieReading, len(actors))
	hasLarge := len(v.state.classes.of[tableLarge]) > 0
	for i := range actors {
		w := &tieReading{view: v, actor: i, from: from, to: to, certain: certain, use: use, looks: queue, ties: map[tid]*tieSums{}}
		all[i] = w
		if !ok[i] {
			continue
		}
		pairs := appendTID([]byte{tablePair}, tids[i])
		spans, of, heads, larges = append(spans, prefixSpan(pairs)), append(of, w), append(heads, len(pairs)), append(larges, nil)
		if hasLarge {
			own := appendTID([]byte{tableLarge}, tids[i])
			l := &largeTies{view: v, actor: tids[i], found: &w.signatures, each: w.large}
			spans, of, heads, larges = append(spans, prefixSpan(own)), append(of, w), append(heads, len(own)), append(larges, l)
		}
	}
	var bad error
	err = v.state.scan(ctx, spans, func(i int, key, value []byte) bool {
		w := of[i]
		if larges[i] != nil {
			if d, _, err := cutDated(key[heads[i]:]); err == nil && d.overlaps(from, to) {
				bad = larges[i].add(ctx, key[heads[i]:], value)
			} else {
				bad = err
			}
			return bad == nil
		}
		other, rest, err := cutTID(key[heads[i]:])
		if err != nil {
			bad = err
			return false
		}
		d, event, err := cutDated(rest)
		switch {
		case err != nil:
			bad = err
		case d.overlaps(from, to):
			bad = w.add(ctx, other, d, event, value)
		}
		return bad == nil
	})
	if err == nil {
		err = bad
	}
	for _, l := range larges {
		if l != nil && err == nil {
			err = l.flush(ctx)
		}
	}
	out := make([][]TieWithin, len(actors))
	if err == nil {
		err = queue.flush(ctx)
	}
	if err != nil {
		return nil, err
	}
	for i, w := range all {
		out[i] = w.result()
	}
	return out, nil
}

// large takes in an event of many actors: one row of its roster.
func (w *tieReading) large(ctx context.Context, other tid, p place, signature []byte) error {
	return w.add(ctx, other, p.date, p.event, signature)
}

// add takes in one event with one other actor.
func (w *tieReading) add(ctx context.Context, other tid, d date, event tid, value []byte) error {
	if w.value == nil || !bytes.Equal(value, w.value) {
		w.value, w.number = append(w.value[:0], value...), w.signatures.add(value)
	}
	n := w.number
	for n >= len(w.named) { // seldom: new signatures
		one := signatures{list: w.signatures.list[len(w.named):]}
		more, err := w.view.signatures(ctx, &one)
		if err != nil {
			return err
		}
		for _, s := range more {
			w.named, w.uses = append(w.named, s), append(w.uses, w.use(s))
		}
	}
	switch w.uses[n] {
	case Leave:
		return nil
	case Look:
		q := w.looks
		q.pending = append(q.pending, lookAt{w.actor, other, event, d})
		if len(q.pending) < maxLook {
			return nil
		}
		return q.flush(ctx)
	}
	inside := d.inside(w.from, w.to)
	if w.certain && !inside {
		return nil
	}
	t := w.last
	if t == nil || t.other != other {
		if t = w.ties[other]; t == nil {
			t = &tieSums{other: other}
			w.ties[other] = t
		}
		w.last = t
	}
	i := slices.IndexFunc(t.parts, func(p tiePart) bool { return p.signature == n })
	if i < 0 {
		i = len(t.parts)
		t.parts = append(t.parts, tiePart{signature: n})
	}
	t.parts[i].max++
	if inside {
		t.parts[i].min++
	}
	if _, ok := d.day(); !ok {
		return nil
	}
	p := place{date: d, event: event}
	if !t.dated || p.begins(t.first) < 0 {
		t.first = p
	}
	if !t.dated || p.ends(t.last) > 0 {
		t.last = p
	}
	t.dated = true
	return nil
}

// inside reports whether a date certainly lies in a window that it overlaps.
func (d date) inside(from, to *edtf.Day) bool {
	return (from == nil || d.first.Kind == edtf.Known && d.first.Day >= *from) && (to == nil || d.last.Kind == edtf.Known && d.last.Day <= *to)
}

// begins compares places by the dates' begin, then by event: a negative number is that of the one that is the first.
func (p place) begins(q place) int {
	if c := edtf.CompareBounds(p.first, p.last, q.first, q.last); c != 0 {
		return c
	}
	return compareTIDs(p.event, q.event)
}

// ends compares places by the dates' end: a positive number is that of the one that is the last. Of one day, the first in the order is.
func (p place) ends(q place) int {
	a, _ := p.end()
	b, _ := q.end()
	return cmp.Or(cmp.Compare(a, b), compareTIDs(q.event, p.event))
}

// flush has what is pending looked at.
func (q *looks) flush(ctx context.Context) error {
	if len(q.pending) == 0 {
		return nil
	}
	tids := make([]tid, 0, 2*len(q.pending))
	for _, p := range q.pending {
		tids = append(tids, p.other, p.event)
	}
	terms, err := q.view.store.dict.names(ctx, q.view.state, tids)
	if err != nil {
		return err
	}
	list := make([]LookAt, 0, len(q.pending))
	for i, p := range q.pending {
		other, ok := terms[2*i].(IRI)
		event, also := terms[2*i+1].(IRI)
		if ok && also {
			list = append(list, LookAt{p.actor, other, Seen{At{event, p.date.first, p.date.last}, Order(p.event)}})
		}
	}
	q.pending = q.pending[:0]
	return q.look(list)
}

func (w *tieReading) result() []TieWithin {
	out := make([]TieWithin, 0, len(w.ties))
	for _, t := range w.ties {
		x := TieWithin{other: t.other, Parts: make([]TiePart, len(t.parts))}
		for i, p := range t.parts {
			x.Parts[i] = TiePart{w.named[p.signature], p.min, p.max}
			x.Min, x.Max = x.Min+p.min, x.Max+p.max
		}
		if t.dated {
			x.First, x.Last = seen(t.first), seen(t.last)
		}
		out = append(out, x)
	}
	return out
}

func seen(p place) Seen {
	return Seen{At{"", p.first, p.last}, Order(p.event)}
}

// NameTies names the others of ties, and the events that were first and last.
func (v *View) NameTies(ctx context.Context, ties []*TieWithin) error {
	v.calls.Add(1)
	tids := make([]tid, 0, 3*len(ties))
	for _, t := range ties {
		tids = append(tids, t.other, tid(t.First.Order), tid(t.Last.Order))
	}
	terms, err := v.store.dict.names(ctx, v.state, tids)
	if err != nil {
		return fmt.Errorf("names of %d ties: %w", len(ties), err)
	}
	for i, t := range ties {
		t.Other, _ = terms[3*i].(IRI)
		t.First.Event, _ = terms[3*i+1].(IRI)
		t.Last.Event, _ = terms[3*i+2].(IRI)
	}
	return nil
}
