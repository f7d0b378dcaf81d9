package graph

import (
	"context"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
)

// Counting events needs no names and no records where the indexes know all that a filter asks for: who, of which kinds, when. Then it is a
// scan of dates. Events of several dates or kinds, of which only the records tell the one that counts, are looked at.

// each calls visit with every event that the filter of w lets through and that all of some actors were part of, in no order: the date
// that counts, and how surely it passes. The date may be without the event's id. Of events that certainly pass it may call days instead, with
// the days on which they were, ascending. It holds one batch in memory. The filter is used up.
func (f *eventFilter) each(ctx context.Context, w *EventWhere, actors []ID, days func([]int32), visit func(dated, edtf.Truth)) error {
	var d demand
	d.event(w, f.countries)
	d.actors = append(d.actors, actors...)
	s := d.stream(f.tax, nil)
	if len(actors) > 0 {
		f.test = allOf([]test[*record]{f.test, func(r *record) edtf.Truth {
			all := f.tax.actors(r)
			return truth(!slices.ContainsFunc(actors, func(id ID) bool { _, ok := slices.BinarySearch(all, id); return !ok }))
		}})
	}
	t := &tally{filter: f, demand: &d, stream: s, days: days, visit: visit}
	if !t.countable() {
		return eachBatch(ctx, f.view, s, func(list []dated) error { return t.look(ctx, list) })
	}
	if err := t.scan(ctx); err != nil {
		return err
	}
	return t.flush(ctx)
}

// countEvents counts the same. The filter is one of its own, since several fields may count at once.
func (v *View) countEvents(ctx context.Context, w *EventWhere, actors ...ID) (*Range, error) {
	f, err := v.eventFilter(ctx, w, "where")
	if err != nil {
		return nil, err
	}
	n := &Range{}
	days := func(days []int32) { n.Min, n.Max = n.Min+len(days), n.Max+len(days) }
	err = f.each(ctx, w, actors, days, func(_ dated, t edtf.Truth) { n.add(t) })
	return n, err
}

type tally struct {
	filter  *eventFilter
	demand  *demand
	stream  *stream
	days    func([]int32)
	visit   func(dated, edtf.Truth)
	pending []dated // to be looked at
}

// countable reports whether the demand is all that the filter asks for, and the indexes know it.
func (t *tally) countable() bool {
	d := t.demand
	return t.filter.view.isNow() && !t.stream.look && !d.more && !d.twice && len(slices.Compact(d.actors)) <= 2
}

// scan reads the dates of the list that the demand chose; of kinds, one list each.
func (t *tally) scan(ctx context.Context) error {
	v, d, s := t.filter.view, t.demand, t.stream
	keep := func(sig *store.Signature) bool { return s.keep == nil || s.keep(sig) }
	actors := slices.Compact(d.actors)
	if len(actors) == 1 && d.kinds == nil {
		if kept, err := v.datesOf(ctx, actors[0]); err != nil {
			return err
		} else if kept != nil {
			return t.kept(ctx, kept)
		}
	}
	if len(actors) == 2 {
		return eachRow(ctx, v, s, func(rows []store.EventRow) error {
			for _, row := range rows {
				if row.Event == "" {
					continue
				}
				if err := t.take(ctx, row); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var failed error
	read := func(list store.List, mine func(*store.Signature) bool) error {
		unsure := func(sig *store.Signature) bool { return mine(sig) && !t.sure(sig) }
		take := func(row store.EventRow) bool {
			if mine(row.Signature) && (t.sure(row.Signature) || row.Event != "") {
				failed = t.take(ctx, row)
			}
			return failed == nil
		}
		var err error
		if len(actors) == 1 {
			err = v.eachDate(ctx, actors[0], s.from, s.to, unsure, take)
		} else {
			err = v.store.Dates(ctx, list, s.from, s.to, unsure, take)
		}
		if err == nil {
			err = failed
		}
		return err
	}
	switch {
	case len(actors) == 1:
		return read(s.list, keep)
	case d.kinds == nil:
		return read(store.AllEvents(), keep)
	}
	for _, k := range t.filter.tax.kinds {
		if !t.filter.tax.isKind(k, d.kinds) {
			continue
		}
		// An event of several kinds counts in the list of the first of them.
		err := read(store.OfKinds(store.IRI(k)), func(sig *store.Signature) bool {
			i := slices.IndexFunc(sig.Kinds, func(k store.IRI) bool { return t.filter.tax.isKind(ID(k), d.kinds) })
			return i >= 0 && sig.Kinds[i] == store.IRI(k)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// kept counts dates that are in memory.
func (t *tally) kept(ctx context.Context, d *actorDates) error {
	if days := d.within(t.demand.window); len(days) > 0 {
		t.days(days)
	}
	for _, row := range d.rest {
		if overlaps(row.At, t.demand.window) {
			if err := t.take(ctx, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// sure reports whether events of a signature need not be looked at.
func (t *tally) sure(sig *store.Signature) bool {
	return !sig.Rival && (t.demand.kinds == nil || len(sig.Kinds) == 1)
}

// take counts an event, or keeps it to be looked at.
func (t *tally) take(ctx context.Context, row store.EventRow) error {
	if !t.sure(row.Signature) {
		if t.pending = append(t.pending, row.At); len(t.pending) < maxBatch {
			return nil
		}
		return t.flush(ctx)
	}
	truth := edtf.Yes
	if w := t.demand.window; w != nil && !inside(row.At, w) {
		if truth = edtf.Maybe; t.demand.certain {
			return nil
		}
	}
	t.visit(row.At, truth)
	return nil
}

// inside reports whether a date that overlaps a window lies in it whatever it turns out to be.
func inside(at dated, w *edtf.Window) bool {
	first, begins := dayOf(at.Earliest)
	last, ends := dayOf(at.Latest)
	return (w.From == nil || begins && first >= *w.From) && (w.To == nil || ends && last <= *w.To)
}

func (t *tally) flush(ctx context.Context) error {
	list := t.pending
	t.pending = t.pending[:0]
	if len(list) == 0 {
		return nil
	}
	return t.look(ctx, list)
}

// look asks the records.
func (t *tally) look(ctx context.Context, list []dated) error {
	rows, err := t.filter.expand(ctx, t.filter.view.scratch(), [][]dated{list})
	if err != nil {
		return err
	}
	for _, row := range rows[0] {
		t.visit(row.at, row.edge.Certainty.truth())
	}
	return nil
}
