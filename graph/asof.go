package graph

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// An AsOf says of when an answer is, by both clocks. See the SDL.
type AsOf struct{ ValidAt, KnownAt *string }

// A clock is an AsOf made ready. Its zero value is now, by both.
//
// Nothing that is recorded is ever lost, so what was known at an instant follows from what is in the store: claims that were not yet
// recorded are left out with all that they say, and what was retracted later stands. A claim that does not say when it was recorded has
// always been known.
type clock struct {
	known *time.Time // inclusive
	valid *edtf.Date
}

// AsOf returns the view as of an instant, a date or both; nil is v itself. It shares what v reads from, and is closed with it. What comes
// out of it stays in it: the nodes that a node leads to are as of then too.
//
// It costs what v costs and a look at the claims of whatever points to a node; it never reads more than v would. It returns an
// [ArgumentError] for what is no instant or no date.
func (v *View) AsOf(at *AsOf) (*View, error) {
	if at == nil || at.ValidAt == nil && at.KnownAt == nil {
		return v, nil
	}
	var c clock
	if at.KnownAt != nil {
		known, err := parseInstant("asOf.knownAt", *at.KnownAt)
		if err != nil {
			return nil, err
		}
		c.known = &known
	}
	if at.ValidAt != nil {
		d, err := parseDate("asOf.validAt", *at.ValidAt)
		if err != nil {
			return nil, err
		}
		if _, ok := dayOf(d.Latest()); !ok {
			return nil, invalid("asOf.validAt", "%.60q has no last day; give a day, a month or a year", *at.ValidAt)
		}
		c.valid = &d
	}
	return v.at(c), nil
}

// at returns the view by another clock: the same one for the same instant and date, so that fields of one request share what they read.
func (v *View) at(c clock) *View {
	key := ""
	if c.known != nil {
		key = c.known.UTC().Format(time.RFC3339Nano)
	}
	if c.valid != nil {
		key += " " + c.valid.String()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if found := v.past[key]; found != nil {
		return found
	}
	p := &View{graph: v.graph, store: v.graph.reader(v.store.View, c), clock: c, omitCursors: v.omitCursors, records: map[ID]*record{}}
	if c.known == nil {
		p.shared = v.shared // kinds and roles have no time of their own
	} else if tax := v.graph.past.get(v.store.Revision(), *c.known); tax != nil {
		p.tax, p.shared = tax, tax.records
	}
	if v.past == nil {
		v.past = map[string]*View{}
	}
	v.past[key] = p
	return p
}

func parseInstant(argument, s string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return at, invalid(argument, "%.60q is no instant; write it in RFC 3339, such as 2025-03-01T12:00:00Z", s)
	}
	return at, nil
}

// asKnown takes out of a record what was not known yet: all of it if it is a claim that was recorded later, and its retraction if that
// came later.
func (c clock) asKnown(r *record) {
	if c.known == nil {
		return
	}
	if r.recordedAt().After(*c.known) {
		r.later, r.facts = true, nil
		return
	}
	if at, ok := r.retractedAt(); ok && at.After(*c.known) {
		r.facts = slices.DeleteFunc(r.facts, func(f fact) bool { return slices.Contains(retractionPredicates, f.predicate) })
	}
}

// retractionPredicates are those of what a retraction adds to a claim.
var retractionPredicates = []string{vocab.ProvInvalidatedAtTime, vocab.ParleyRetractedBy, vocab.ParleyRetraction}

// begun reports whether an event had begun, or may have, on the date that the view is of. What has no date may have.
func (c clock) begun(r *record) bool {
	if c.valid == nil || r.typ != TypeEvent {
		return true
	}
	w := r.when(vocab.SemHasTimeStamp)
	if w == nil {
		return true
	}
	first, ok := dayOf(w.date.Earliest())
	last, _ := dayOf(c.valid.Latest())
	return !ok || first <= last
}

// held reports whether a tenure covers the date that the view is of, certainly or possibly.
func (c clock) held(r *record) bool {
	if c.valid == nil {
		return true
	}
	w := r.when(vocab.SemHasTimeStamp)
	return w != nil && edtf.Covers(w.date, *c.valid) != edtf.No
}

// knownQuads leaves out, of quads that were found, those whose claims were recorded later. Of a view of now it is the quads as they are.
func (v *View) knownQuads(ctx context.Context, found [][]store.Quad) ([][]store.Quad, error) {
	if v.clock.known == nil {
		return found, nil
	}
	labels := map[ID]bool{}
	for _, quads := range found {
		for _, q := range quads {
			if label, ok := q.Label.(store.IRI); ok {
				labels[ID(label)] = true
			}
		}
	}
	ids := sortedIDs(labels)
	claims, err := v.load(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read %d claims: %w", len(ids), err)
	}
	later := map[ID]bool{}
	for _, c := range claims {
		if c.later {
			later[c.id] = true
		}
	}
	out := make([][]store.Quad, len(found))
	for i, quads := range found {
		for _, q := range quads {
			if label, ok := q.Label.(store.IRI); !ok || !later[ID(label)] {
				out[i] = append(out[i], q)
			}
		}
	}
	return out, nil
}
