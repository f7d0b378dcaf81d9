package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/cayleygraph/cayley/graph/path"
)

// MaxWalk is how many terms a walk may reach in its last step: what is held in memory for one answer.
const MaxWalk = 100_000

// A Step of a walk follows a predicate.
type Step struct {
	Predicate IRI
	Backwards bool // from the object to the subject
}

// Walk follows steps from a term and returns the terms reached, each once, in the order of [CompareTerms]. It runs as a
// Cayley path. It returns an error that wraps [ErrTooLarge] if there are more than [MaxWalk].
func (v *View) Walk(ctx context.Context, from Term, steps []Step) ([]Term, error) {
	v.calls.Add(1)
	if v.qs.ValueOf(from) == nil {
		return nil, ctx.Err()
	}
	p := path.StartPath(v.qs, from)
	for _, s := range steps {
		if s.Backwards {
			p = p.In(s.Predicate)
		} else {
			p = p.Out(s.Predicate)
		}
	}
	terms, err := p.Unique().Iterate(ctx).Paths(false).Limit(MaxWalk + 1).AllValues(v.qs)
	if err == nil {
		err = ctx.Err() // Cayley stops silently
	}
	if err != nil {
		return nil, fmt.Errorf("walk from %v: %w", from, err)
	}
	if len(terms) > MaxWalk {
		return nil, fmt.Errorf("walk from %v: more than %d terms: %w", from, MaxWalk, ErrTooLarge)
	}
	slices.SortFunc(terms, CompareTerms)
	return terms, nil
}

// Has reports whether a term occurs in any quad.
func (v *View) Has(t Term) bool { return t != nil && v.qs.ValueOf(t) != nil }
