package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/cayley/graph/path"
)

// MaxWalk is how many terms a walk may reach in a step: what is held in memory for one answer.
const MaxWalk = 100_000

// A Step of a walk follows a predicate.
type Step struct {
	Predicate IRI
	Backwards bool // from the object to the subject
}

// Walk follows steps from a term and returns the terms reached by the last, each once, in the order of [CompareTerms]:
// without steps the term itself, and none from a term that is in no quad. It returns an error that wraps [ErrTooLarge] if a
// step reaches more than [MaxWalk]. Its cost is that of the quads of the terms on the way, each taken once a step.
//
// Each step from each term is a Cayley path. One path of all steps would be shorter to write, and takes every way there is:
// ten steps among six nodes that all know each other took 5 seconds, and could not be cancelled.
func (v *View) Walk(ctx context.Context, from Term, steps []Step) ([]Term, error) {
	v.calls.Add(1)
	start := v.qs.ValueOf(toMem(from))
	if start == nil {
		return nil, ctx.Err()
	}
	reached, err := []graph.Ref{start}, ctx.Err()
	for _, s := range steps {
		if err == nil {
			reached, err = v.step(ctx, reached, s)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("walk from %v: %w", from, err)
	}
	terms := make([]Term, len(reached))
	for i, r := range reached {
		terms[i] = fromMem(v.qs.NameOf(r))
	}
	slices.SortFunc(terms, CompareTerms)
	return terms, nil
}

// step returns what a step reaches from any of some nodes, each once.
func (v *View) step(ctx context.Context, from []graph.Ref, s Step) ([]graph.Ref, error) {
	var reached []graph.Ref
	seen := map[any]bool{}
	for _, r := range from {
		p := path.StartPathNodes(v.qs, r)
		if s.Backwards {
			p = p.In(s.Predicate)
		} else {
			p = p.Out(s.Predicate)
		}
		err := p.Unique().Iterate(ctx).Paths(false).Limit(MaxWalk + 1).Each(func(r graph.Ref) {
			if key := graph.ToKey(r); !seen[key] {
				seen[key] = true
				reached = append(reached, r)
			}
		})
		if err == nil {
			err = ctx.Err() // Cayley stops silently
		}
		if err != nil {
			return nil, err
		}
		if len(reached) > MaxWalk {
			return nil, fmt.Errorf("more than %d terms: %w", MaxWalk, ErrTooLarge)
		}
	}
	return reached, nil
}

// Has reports whether a term occurs in any quad.
func (v *View) Has(t Term) bool { return t != nil && v.qs.ValueOf(toMem(t)) != nil }
