package graph

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
)

// actorDates are the dates of an actor's events, in memory: how many there were in a month is then two binary searches and not a scan of
// all of them. They do not change.
type actorDates struct {
	days []int32          // of those that were on one day for sure, ascending
	rest []store.EventRow // the others; those of which only the records tell which date counts have names
}

// errEnough ends a reading.
var errEnough = errors.New("no more is wanted")

// eachDate is [store.View.Dates] of the events of an actor, under whatever id, each once.
func (v *View) eachDate(ctx context.Context, id ID, from, to *edtf.Day, name func(*store.Signature) bool, each func(store.EventRow) bool) error {
	ids := v.same().lists(id)
	m, err := v.store.met(ctx)
	if err != nil {
		return err
	}
	if len(ids) > 1 && m.of[id] { // what is in the lists of two counts once: they are read as one, with names
		err := eachRow(ctx, v, &stream{list: store.OfActors(ids...), from: from, to: to}, func(rows []store.EventRow) error {
			for _, row := range rows {
				if !each(row) {
					return errEnough
				}
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	}
	for more := true; len(ids) > 0 && more; ids = ids[1:] {
		err := v.store.Dates(ctx, store.OfActors(ids[0]), from, to, name, func(row store.EventRow) bool {
			more = each(row)
			return more
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// datesOf returns the dates of an actor's events from those that the network keeps. It reads them if they are not there, in one scan.
// It returns nil if they are too many to keep, or the view is not one of now.
func (v *View) datesOf(ctx context.Context, id ID) (*actorDates, error) {
	most := v.graph.limits.kept
	if !v.isNow() || most == 0 {
		return nil, nil
	}
	n, err := v.network(ctx)
	if err != nil {
		return nil, err
	}
	refs, ok, err := v.store.Refs(ctx, []store.IRI{store.IRI(id)})
	if err != nil || !ok[0] {
		return nil, err
	}
	numbers, err := n.names.numbers(ctx, v.store, refs)
	if err != nil {
		return nil, err
	}
	actor := int(numbers[0])
	n.mu.RLock()
	var d *actorDates
	if actor < len(n.dates) {
		d = n.dates[actor]
	}
	n.mu.RUnlock()
	if d != nil {
		return d, nil
	}
	d = &actorDates{}
	take := func(row store.EventRow) bool {
		first, begins := dayOf(row.Earliest)
		last, ends := dayOf(row.Latest)
		if begins && ends && first == last && !row.Rival && math.MinInt32 < first && first < math.MaxInt32 {
			d.days = append(d.days, int32(first))
		} else if row.Event != "" || !row.Rival {
			d.rest = append(d.rest, row)
		}
		return len(d.days)+len(d.rest) < most && len(d.rest) < maxBatch
	}
	if err := v.eachDate(ctx, id, nil, nil, isRival, take); err != nil || len(d.days)+len(d.rest) >= most || len(d.rest) >= maxBatch {
		return nil, err
	}
	slices.Sort(d.days)
	d.days = slices.Clip(d.days)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dated += len(d.days); n.dated > most {
		n.dates, n.dated = nil, len(d.days)
	}
	if actor >= len(n.dates) {
		n.dates = append(n.dates, make([]*actorDates, actor+1-len(n.dates))...)
	}
	n.dates[actor] = d
	return d, nil
}

func isRival(s *store.Signature) bool { return s.Rival }

// within returns the days in a window, which may be nil.
func (d *actorDates) within(w *edtf.Window) []int32 {
	days := d.days
	if w != nil && w.From != nil {
		i, _ := slices.BinarySearchFunc(days, *w.From, func(day int32, from edtf.Day) int { return cmp.Compare(edtf.Day(day), from) })
		days = days[i:]
	}
	if w != nil && w.To != nil {
		days = days[:upTo(days, *w.To)]
	}
	return days
}

// upTo returns how many of some ascending days are not after a day.
func upTo(days []int32, last edtf.Day) int {
	i, _ := slices.BinarySearchFunc(days, last, func(day int32, last edtf.Day) int {
		if edtf.Day(day) <= last {
			return -1
		}
		return 1
	})
	return i
}

// overlaps reports whether a date may lie in a window, which may be nil.
func overlaps(at dated, w *edtf.Window) bool {
	if w == nil {
		return true
	}
	first, begins := dayOf(at.Earliest)
	last, ends := dayOf(at.Latest)
	return (w.From == nil || !ends || last >= *w.From) && (w.To == nil || !begins || first <= *w.To)
}
