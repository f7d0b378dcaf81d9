package resolver

import (
	"context"
	"errors"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/gen"
)

// Why somebody may not write.
var (
	errReadOnly = errors.New("this server only answers: nobody may write to it; ask who runs it for one with -writers")
	errNobody   = errors.New("who writes must say who they are: send the header Authorization: Bearer and the token that you were given")
)

func (root) Mutation() gen.MutationResolver { return mutation{} }

// mutation resolves the fields of Mutation, in the order of the SDL.
type mutation struct{}

// record makes a write, and keeps the view that it is answered from as long as the operation's own.
func record[I any, P interface{ View() *graph.View }](ctx context.Context, in I, do func(l *graph.Ledger, ctx context.Context, writer string, in I) (P, error)) (P, error) {
	var none P
	a, _ := ctx.Value(authorKey{}).(author)
	switch {
	case a.ledger == nil:
		return none, errReadOnly
	case a.name == "":
		return none, errNobody
	}
	p, err := do(a.ledger, ctx, a.name, in)
	if err != nil {
		return none, err
	}
	view(ctx).Keep(p.View())
	return p, nil
}

func (mutation) RecordSource(ctx context.Context, input graph.RecordSourceInput) (*graph.RecordSourcePayload, error) {
	return record(ctx, input, (*graph.Ledger).RecordSource)
}

func (mutation) RecordActor(ctx context.Context, input graph.RecordActorInput) (*graph.RecordActorPayload, error) {
	return record(ctx, input, (*graph.Ledger).RecordActor)
}

func (mutation) RecordEvent(ctx context.Context, input graph.RecordEventInput) (*graph.RecordEventPayload, error) {
	return record(ctx, input, (*graph.Ledger).RecordEvent)
}

func (mutation) RecordTenure(ctx context.Context, input graph.RecordTenureInput) (*graph.RecordTenurePayload, error) {
	return record(ctx, input, (*graph.Ledger).RecordTenure)
}

func (mutation) AssertClaim(ctx context.Context, input graph.AssertClaimInput) (*graph.AssertClaimPayload, error) {
	return record(ctx, input, (*graph.Ledger).AssertClaim)
}

func (mutation) RetractClaim(ctx context.Context, input graph.RetractClaimInput) (*graph.RetractClaimPayload, error) {
	return record(ctx, input, (*graph.Ledger).RetractClaim)
}

func (mutation) MergeActors(ctx context.Context, input graph.MergeActorsInput) (*graph.MergeActorsPayload, error) {
	return record(ctx, input, (*graph.Ledger).MergeActors)
}

func (mutation) UnmergeActors(ctx context.Context, input graph.UnmergeActorsInput) (*graph.UnmergeActorsPayload, error) {
	return record(ctx, input, (*graph.Ledger).UnmergeActors)
}
