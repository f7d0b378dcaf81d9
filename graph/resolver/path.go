package resolver

import (
	"context"

	"github.com/parleygraph/parley/graph"
)

func (query) Paths(ctx context.Context, from, to graph.ID, maxHops *int, timeRespecting *bool, kinds []graph.ID, during *graph.Window, first *int) (*graph.PathResult, error) {
	return view(ctx).Paths(ctx, graph.PathQuery{
		From: from, To: to, MaxHops: maxHops, TimeRespecting: timeRespecting != nil && *timeRespecting, Kinds: kinds, During: during, First: first,
	})
}
