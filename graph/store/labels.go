package store

import (
	"context"
	"fmt"
	"slices"
)

// A Labelled is a subject, the labels of all its quads, and its date.
type Labelled struct {
	Subject Ref
	Labels  []Ref // each once, in no order; what is not an IRI is left out. Not to be kept
	At      At    // its date in the lists, without the name of the event
	Dated   bool  // At is the one date that counts; if not, the lists do not have the subject, or several dates of it
}

// Labels calls each for every subject of quads that match one of some patterns, until it returns false, with the labels of all its quads
// and its date in some lists, of one actor each at most. Nothing is named and no quad is kept: it holds 40 bytes a subject. It is one call, and
// reads the spans of the patterns, the lists, and the quads of the subjects.
func (v *View) Labels(ctx context.Context, patterns []Pattern, lists []List, each func(Labelled) bool) error {
	v.calls.Add(1)
	if err := v.labels(ctx, patterns, lists, each); err != nil {
		return fmt.Errorf("labels of the subjects of %d patterns: %w", len(patterns), err)
	}
	return nil
}

func (v *View) labels(ctx context.Context, patterns []Pattern, lists []List, each func(Labelled) bool) error {
	found, err := v.patterns(ctx, patterns)
	if err != nil {
		return err
	}
	var spans []span
	for _, p := range found {
		if p.known {
			s, _ := p.span()
			spans = append(spans, s)
		}
	}
	var subjects []tid
	if err := v.scanQuads(ctx, spans, func(_ int, q tquad) { subjects = append(subjects, q[0]) }); err != nil {
		return err
	}
	slices.SortFunc(subjects, compareTIDs)
	subjects = slices.Compact(subjects)

	dates := make([]date, len(subjects))
	state := make([]byte, len(subjects)) // 0: no date, 1: one, 2: several
	for _, l := range lists {
		err := v.datesOfEvents(ctx, l, func(d date, event tid, rival bool) {
			i, ok := slices.BinarySearchFunc(subjects, event, compareTIDs)
			if !ok {
				return
			}
			if dates[i] = d; rival {
				state[i] = 2
			} else {
				state[i] = max(state[i], 1)
			}
		})
		if err != nil {
			return err
		}
	}

	// The subjects are in the order of the table.
	next, stopped := 0, false
	var labels []Ref
	flush := func(until int) { // tells of all subjects before one
		for ; next < until && !stopped; next++ {
			if r, ok := subjects[next].ref(); ok {
				d := dates[next]
				stopped = !each(Labelled{r, labels, At{"", d.first, d.last}, state[next] == 1})
			}
			labels = labels[:0]
		}
	}
	for from := 0; from < len(subjects) && !stopped; from += maxLook {
		part := subjects[from:min(from+maxLook, len(subjects))]
		spans = spans[:0]
		for _, t := range part {
			spans = append(spans, prefixSpan(appendTID([]byte{tableQuad}, t)))
		}
		err := v.scanQuads(ctx, spans, func(i int, q tquad) {
			flush(from + i)
			if r, ok := q[3].ref(); ok && !slices.Contains(labels, r) {
				labels = append(labels, r)
			}
		})
		if err != nil {
			return err
		}
		flush(from + len(part))
	}
	return nil
}

// datesOfEvents calls each for all dates of a list.
func (v *View) datesOfEvents(ctx context.Context, of List, each func(d date, event tid, rival bool)) error {
	tids, ok, err := v.store.dict.find(ctx, v.state, of.of)
	if err != nil || slices.Contains(ok, false) {
		return err
	}
	l := &listing{view: v}
	prefix := []byte{of.table}
	for _, t := range tids {
		prefix = appendTID(prefix, t)
	}
	l.want(prefix)
	var bad error
	err = v.state.scan(ctx, l.spans, func(_ int, key, value []byte) bool {
		d, event, err := cutDated(key[len(prefix):])
		if err != nil || len(value) == 0 {
			bad = errKey
			return false
		}
		each(d, event, value[0]&flagRival != 0)
		return true
	})
	if err == nil {
		err = bad
	}
	return err
}
