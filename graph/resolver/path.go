package resolver

import (
	"context"

	"github.com/parleygraph/parley/graph"
)

func (query) Paths(ctx context.Context, from, to graph.ID, maxHops *int, timeRespecting *bool, kinds []graph.ID, during *graph.Window, first *int, asOf *graph.AsOf) (*graph.PathResult, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Paths(ctx, graph.PathQuery{
		From: from, To: to, MaxHops: maxHops, TimeRespecting: timeRespecting != nil && *timeRespecting, Kinds: kinds, During: during, First: first,
	})
}
