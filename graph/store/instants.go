package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// A Stretch asks for the quads of a predicate whose objects are instants, xsd:dateTime with a zone, in a stretch of time. Objects of
// other datatypes, or that are no instants, are in none.
//
// The order is that of the instants; then, of one instant written in several ways, of quads of one instant, one of the store's own,
// which is the same for all views of a store.
type Stretch struct {
	Predicate    IRI
	After, Until *time.Time // the stretch begins after the one and ends with the other; nil is no end
	From         *Quad      // only what comes after this in the order; nil is no bound
	Limit        int        // at most so many; below 1 none
	Backwards    bool       // the reverse order: latest first
}

// Instants returns, for each stretch, its quads in order. It is one reading of the store however many stretches it has.
//
// It reads the quads of the stretch and no more, of instants in their canonical form: in UTC, without zeros at the end of the fraction
// of a second, "2026-11-23T08:15:30.25Z". So this program writes them. Those written otherwise, with an offset, have
// their place all the same; for these all of the predicate are read, whatever the stretch, so that data that has very many is slow.
//
// It returns an error that wraps [ErrUnknownTerm] if a From has a term that no quad ever had.
func (v *View) Instants(ctx context.Context, stretches ...Stretch) ([][]Quad, error) {
	v.calls.Add(1)
	out := make([][]Quad, len(stretches))
	found, err := v.instants(ctx, stretches)
	if err == nil {
		err = v.fill(ctx, found, out)
	}
	if err != nil {
		return nil, fmt.Errorf("quads of stretches of time: %w", err)
	}
	return out, nil
}

// A moment is a quad at the instant that its object is.
type moment struct {
	at time.Time
	q  tquad
}

// compareMoments orders moments as [Stretch] says.
func compareMoments(a, b moment) int {
	if c := a.at.Compare(b.at); c != 0 {
		return c
	}
	return cmp.Or(compareTIDs(a.q[2], b.q[2]), compareTIDs(a.q[3], b.q[3]), compareTIDs(a.q[0], b.q[0]))
}

func (v *View) instants(ctx context.Context, stretches []Stretch) ([][]tquad, error) {
	predicates := make([]Term, len(stretches))
	for i, s := range stretches {
		predicates[i] = s.Predicate
	}
	tids, ok, err := v.store.dict.find(ctx, v.state, predicates)
	if err != nil {
		return nil, err
	}
	from := make([]*moment, len(stretches))
	for i, s := range stretches {
		if s.From != nil {
			if from[i], err = v.moment(ctx, *s.From); err != nil {
				return nil, fmt.Errorf("after %v: %w", *s.From, err)
			}
		}
	}
	moments := make([][]moment, len(stretches))
	var spans []span
	var of []int // which stretch a span is of
	for i, s := range stretches {
		if !ok[i] || s.Limit < 1 {
			continue
		}
		if one, ok := s.span(tids[i], from[i]); ok {
			spans, of = append(spans, one), append(of, i)
		}
		spans, of = append(spans, written(tids[i])), append(of, i)
	}
	others := make([][]tquad, len(stretches)) // of terms that say themselves what they are
	err = v.scanQuads(ctx, spans, func(n int, q tquad) {
		if i := of[n]; q[2].kind == kindInstant {
			moments[i] = append(moments[i], moment{q[2].instant(), q})
		} else if q[2].kind == kindEntry {
			others[i] = append(others[i], q)
		}
	})
	if err != nil {
		return nil, err
	}
	out := make([][]tquad, len(stretches))
	for i, s := range stretches {
		if len(others[i]) > 0 {
			more, err := v.moments(ctx, others[i])
			if err != nil {
				return nil, err
			}
			for _, m := range more {
				if s.has(m, from[i]) {
					moments[i] = append(moments[i], m)
				}
			}
			slices.SortFunc(moments[i], func(a, b moment) int {
				if s.Backwards {
					a, b = b, a
				}
				return compareMoments(a, b)
			})
		}
		for _, m := range moments[i][:min(len(moments[i]), max(0, s.Limit))] {
			out[i] = append(out[i], m.q)
		}
	}
	return out, nil
}

// has reports whether a moment is in the stretch.
func (s *Stretch) has(m moment, from *moment) bool {
	if s.After != nil && !m.at.After(*s.After) || s.Until != nil && m.at.After(*s.Until) {
		return false
	}
	if from == nil {
		return true
	}
	c := compareMoments(m, *from)
	return c > 0 && !s.Backwards || c < 0 && s.Backwards
}

// span returns the span of the canonical instants of the stretch; ok is false if it is empty.
func (s *Stretch) span(predicate tid, from *moment) (_ span, ok bool) {
	prefix := appendTID([]byte{tableQuad + 1}, predicate)
	one := prefixSpan(append(bytes.Clone(prefix), kindInstant))
	one.limit, one.backwards = s.Limit, s.Backwards
	raise := func(key []byte) {
		if bytes.Compare(key, one.lower) > 0 {
			one.lower = key
		}
	}
	lower := func(key []byte) {
		if bytes.Compare(key, one.upper) < 0 {
			one.upper = key
		}
	}
	// The key behind which the quads of an instant are, or, with past, before which.
	at := func(t time.Time, past bool) []byte {
		switch year := t.UTC().Year(); {
		case year <= 1678:
			return prefix
		case year >= 2262:
			return append(bytes.Clone(prefix), kindInstant+1)
		}
		key := appendTID(bytes.Clone(prefix), tid{kindInstant, uint64(t.UnixNano()) ^ signBit})
		if past {
			key = after(key)
		}
		return key
	}
	if s.After != nil {
		raise(at(*s.After, true))
	}
	if s.Until != nil {
		lower(at(*s.Until, true))
	}
	if from != nil {
		key := at(from.at, false) // of one instant, what is written otherwise comes first
		own := from.q[2].kind == kindInstant
		if own {
			key = appendQuadKey(nil, 1, from.q)
		}
		switch {
		case s.Backwards:
			lower(key)
		case own:
			raise(append(key, 0))
		default:
			raise(key)
		}
	}
	return one, bytes.Compare(one.lower, one.upper) < 0
}

// written is the span of a predicate's quads whose objects are entries of the dictionary.
func written(predicate tid) span {
	prefix := appendTID([]byte{tableQuad + 1}, predicate)
	return span{lower: append(bytes.Clone(prefix), kindEntry), upper: append(bytes.Clone(prefix), kindNumbered)}
}

// instant is that of a tid that holds one.
func (t tid) instant() time.Time { return time.Unix(0, int64(t.n^signBit)).UTC() }

// moments reads quads whose objects are entries of the dictionary, and leaves out those that are no instants.
func (v *View) moments(ctx context.Context, quads []tquad) ([]moment, error) {
	objects := make([]tid, len(quads))
	for i, q := range quads {
		objects[i] = q[2]
	}
	terms, err := v.store.dict.names(ctx, v.state, objects)
	if err != nil {
		return nil, err
	}
	var out []moment
	for i, t := range terms {
		if text, is := t.(TypedString); is && text.Type == instantType {
			if at, ok := instantOf(string(text.Value)); ok {
				out = append(out, moment{at, quads[i]})
			}
		}
	}
	return out, nil
}

// moment returns the moment of a quad whose object is an instant.
func (v *View) moment(ctx context.Context, q Quad) (*moment, error) {
	ids, err := v.quad(ctx, q)
	if err != nil {
		return nil, err
	}
	if ids[2].kind == kindInstant {
		return &moment{ids[2].instant(), ids}, nil
	}
	found, err := v.moments(ctx, []tquad{ids})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%v is no instant: %w", q.Object, ErrUnknownTerm)
	}
	return &found[0], nil
}
