package resolver

import (
	"context"

	"github.com/parleygraph/parley/graph"
)

func (query) Graph(ctx context.Context, around []graph.ID, depth *int, projection *graph.Projection, kinds []graph.ID, during *graph.Window, maxNodes *int, asOf *graph.AsOf) (*graph.GraphPayload, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	q := graph.GraphQuery{Around: around, Depth: depth, Kinds: kinds, During: during, MaxNodes: maxNodes}
	if projection != nil {
		q.Projection = *projection
	}
	return v.GraphPayload(ctx, q)
}

func (query) Measures(ctx context.Context, actors, kinds []graph.ID, during *graph.Window, asOf *graph.AsOf) (*graph.Measures, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Measures(ctx, actors, kinds, during)
}
