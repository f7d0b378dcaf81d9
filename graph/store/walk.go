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
	terms, err := v.walk(ctx, from, steps)
	if err != nil {
		return nil, fmt.Errorf("walk from %v: %w", from, err)
	}
	slices.SortFunc(terms, CompareTerms)
	return terms, nil
}

func (v *View) walk(ctx context.Context, from Term, steps []Step) ([]Term, error) {
	if ok, err := v.has(ctx, from); err != nil || !ok {
		return nil, err
	}
	qs := &quadStore{store: v.store, view: v}
	tids, _, err := v.store.dict.find(ctx, v.state, []Term{from})
	if err != nil {
		return nil, err
	}
	reached := tids
	for _, s := range steps {
		if reached, err = v.step(ctx, qs, reached, s); err != nil {
			return nil, err
		}
	}
	return v.store.dict.names(ctx, v.state, reached)
}

// step returns what a step reaches from any of some nodes, each once.
func (v *View) step(ctx context.Context, qs graph.QuadStore, from []tid, s Step) ([]tid, error) {
	var reached []tid
	seen := map[tid]bool{}
	for _, t := range from {
		p := path.StartPathNodes(qs, t)
		if s.Backwards {
			p = p.In(s.Predicate)
		} else {
			p = p.Out(s.Predicate)
		}
		err := p.Unique().Iterate(ctx).Paths(false).Limit(MaxWalk + 1).Each(func(r graph.Ref) {
			if t, ok := r.(tid); ok && !seen[t] {
				seen[t] = true
				reached = append(reached, t)
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
