package store

import (
	"context"
	"fmt"
	"slices"
)

// An ahead is what [View.Ahead] has read of lists, for the one call of Lists that takes it.
type ahead struct {
	wants    [][]span
	listings []*listing
}

// Remote reports whether a read of the view is a round trip to another program, which is where [View.Ahead] is worth it.
func (v *View) Remote() bool { return v.store.shared != nil }

// Ahead reads all quads of some subjects, parts of lists and all quads of the events in these, for those who ask for them next, in this order. That takes three
// round trips, where one after the other they take five: one for the subjects' terms; one for their quads and the lists, which need not wait for each
// other; and one for the names in both and the events' quads. It takes one more for names that only the events have, and none if the subjects are in
// memory: then it reads nothing. Whatever is asked for then, the answers are the same.
func (v *View) Ahead(ctx context.Context, subjects []IRI, parts ...ListPart) error {
	kept := 0
	v.store.subjects.get(v.state.revision, subjects, func(int, []Quad) { kept++ })
	if kept == len(subjects) {
		return nil
	}
	if err := v.readAhead(ctx, subjects, parts); err != nil {
		return fmt.Errorf("read %d subjects and %d lists ahead: %w", len(subjects), len(parts), err)
	}
	return nil
}

func (v *View) readAhead(ctx context.Context, subjects []IRI, parts []ListPart) error {
	patterns := make([]Pattern, len(subjects))
	for i, s := range subjects {
		patterns[i].Subject = s
	}
	found, err := v.patterns(ctx, patterns)
	if err != nil || slices.ContainsFunc(found, func(p foundPattern) bool { return !p.known }) {
		return err // who asks for what is not there gets an error
	}
	listings, err := v.listings(ctx, parts)
	if err != nil {
		return err
	}
	a := &ahead{listings: listings}
	for _, l := range listings {
		a.wants = append(a.wants, slices.Clone(l.wants()))
	}
	own := &along{snapshot: v.state}
	for _, p := range found {
		own.want(p.tpattern)
	}
	if err := v.scanLists(ctx, own, listings); err != nil {
		return err
	}
	if err := own.rest(ctx); err != nil {
		return err
	}

	var tids []tid
	for _, quads := range own.quads {
		for _, q := range quads {
			tids = append(tids, q[:]...)
		}
	}
	events := &along{snapshot: v.state}
	seen := map[tid]bool{}
	for _, l := range listings {
		l.settle()
		for _, p := range l.found {
			if tids = append(tids, p.event); !seen[p.event] {
				seen[p.event] = true
				events.want(tpattern{q: tquad{p.event}, given: [4]bool{true}})
			}
		}
		if tids, err = l.signatures.tids(tids); err != nil {
			return err
		}
	}
	if _, err := v.store.dict.names(ctx, events, tids); err != nil {
		return err
	}
	if err := events.rest(ctx); err != nil {
		return err
	}

	quads := append(own.quads, events.quads...)
	read := make([][]Quad, len(quads))
	if err := v.fill(ctx, quads, read); err != nil {
		return err
	}
	patterns = make([]Pattern, len(read))
	for i, qs := range read {
		if len(qs) > 0 {
			patterns[i].Subject = qs[0].Subject
		}
	}
	v.keep(patterns, read)
	v.ahead.Store(a)
	return nil
}

// fits reports whether what was read ahead is what some listings want.
func (a *ahead) fits(listings []*listing) bool {
	if len(listings) != len(a.listings) {
		return false
	}
	for i, l := range listings {
		if !slices.EqualFunc(l.wants(), a.wants[i], span.equal) {
			return false
		}
	}
	return true
}

// An along is a snapshot of which the first read brings quads along that it was not asked for.
type along struct {
	snapshot
	spans []span
	quads [][]tquad // of each of spans
	bad   error
}

// want adds a pattern.
func (a *along) want(p tpattern) {
	s, _ := p.span()
	a.spans, a.quads = append(a.spans, s), append(a.quads, nil)
}

// get reads keys as spans of one entry.
func (a *along) get(ctx context.Context, keys [][]byte) ([][]byte, error) {
	spans := make([]span, len(keys))
	for i, k := range keys {
		spans[i] = span{lower: k, upper: append(slices.Clone(k), 0), limit: 1}
	}
	values := make([][]byte, len(keys))
	err := a.scan(ctx, spans, func(i int, _, value []byte) bool {
		values[i] = append([]byte{}, value...)
		return true
	})
	return values, err
}

func (a *along) scan(ctx context.Context, spans []span, each func(i int, key, value []byte) bool) error {
	more := a.spans
	a.spans = nil
	err := a.snapshot.scan(ctx, slices.Concat(spans, more), func(i int, key, value []byte) bool {
		if i < len(spans) {
			return each(i, key, value)
		}
		q, err := parseQuadKey(key)
		if err != nil {
			a.bad = err
			return false
		}
		i -= len(spans)
		a.quads[i] = append(a.quads[i], q)
		return true
	})
	if err == nil {
		err = a.bad
	}
	return err
}

// rest reads what no read has brought along.
func (a *along) rest(ctx context.Context) error {
	if a.spans == nil {
		return nil
	}
	return a.scan(ctx, nil, nil)
}
