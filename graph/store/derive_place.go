package store

import (
	"context"
	"fmt"
)

// ComparePlaces tells which of two places comes first in lists of one order: it returns a negative number if a does. It returns an error that
// wraps [ErrUnknownTerm] if no quad ever had one of the events.
func (v *View) ComparePlaces(ctx context.Context, a, b At, backwards bool) (int, error) {
	v.calls.Add(1)
	tids, ok, err := v.store.dict.find(ctx, v.state, []Term{a.Event, b.Event})
	if err != nil {
		return 0, fmt.Errorf("compare places: %w", err)
	}
	for i, at := range []At{a, b} {
		if !ok[i] {
			return 0, fmt.Errorf("compare places: %s: %w", at.Event, ErrUnknownTerm)
		}
	}
	p, q := place{date: date{a.Earliest, a.Latest}, event: tids[0]}, place{date: date{b.Earliest, b.Latest}, event: tids[1]}
	return (&Span{Backwards: backwards}).compare(p, q), nil
}
