package resolver

import (
	"context"

	"github.com/parleygraph/parley/graph"
)

func (query) Graph(ctx context.Context, around []graph.ID, depth *int, projection *graph.Projection, kinds []graph.ID, during *graph.Window, maxNodes *int) (*graph.GraphPayload, error) {
	q := graph.GraphQuery{Around: around, Depth: depth, Kinds: kinds, During: during, MaxNodes: maxNodes}
	if projection != nil {
		q.Projection = *projection
	}
	return view(ctx).GraphPayload(ctx, q)
}

func (query) Measures(ctx context.Context, actors, kinds []graph.ID, during *graph.Window) (*graph.Measures, error) {
	return view(ctx).Measures(ctx, actors, kinds, during)
}
