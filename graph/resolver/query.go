package resolver

import (
	"context"

	"github.com/parleygraph/parley/graph"
)

func (query) Node(ctx context.Context, id graph.ID, asOf *graph.AsOf) (graph.Node, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Node(ctx, id)
}

func (query) Nodes(ctx context.Context, ids []graph.ID, asOf *graph.AsOf) ([]graph.Node, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Nodes(ctx, ids)
}

func (query) Actor(ctx context.Context, id *graph.ID, name *string, asOf *graph.AsOf) (graph.Actor, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Actor(ctx, id, name)
}

func (query) Actors(ctx context.Context, where *graph.ActorWhere, orderBy []graph.ActorOrder, first *int, after *string, last *int, before *string, asOf *graph.AsOf) (*graph.ActorConnection, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Actors(ctx, where, orderBy, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Claims(ctx context.Context, where *graph.ClaimWhere, first *int, after *string, last *int, before *string, asOf *graph.AsOf) (*graph.ClaimConnection, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Claims(ctx, where, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Coverage(ctx context.Context, actors []graph.ID, during *graph.Window, asOf *graph.AsOf) (*graph.Coverage, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Coverage(ctx, actors, during)
}

func (query) Event(ctx context.Context, id graph.ID, asOf *graph.AsOf) (*graph.Event, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Event(ctx, id)
}

func (query) Events(ctx context.Context, where *graph.EventWhere, orderBy *graph.TimeOrder, first *int, after *string, last *int, before *string, asOf *graph.AsOf) (*graph.EventConnection, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Events(ctx, where, orderBy, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Interactions(ctx context.Context, where *graph.InteractionWhere, orderBy *graph.TimeOrder, first *int, after *string, last *int, before *string, asOf *graph.AsOf) (*graph.InteractionConnection, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Interactions(ctx, where, orderBy, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Contacts(ctx context.Context, of graph.ID, kinds []graph.ID, during *graph.Window, first *int, after *string, last *int, before *string, asOf *graph.AsOf) (*graph.ContactConnection, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Contacts(ctx, of, kinds, during, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Kinds(ctx context.Context, asOf *graph.AsOf) ([]*graph.EventKind, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Kinds(ctx)
}

func (query) Quads(ctx context.Context, subject, predicate, object, label *string, first *int, after *string, last *int, before *string) (*graph.QuadConnection, error) {
	pattern := graph.QuadPattern{Subject: subject, Predicate: predicate, Object: object, Label: label}
	return view(ctx).Quads(ctx, pattern, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Walk(ctx context.Context, from graph.ID, path []string, first *int) ([]*graph.Term, error) {
	n := graph.MaxPage
	if first != nil {
		n = *first
	}
	return view(ctx).Walk(ctx, string(from), path, n)
}

func (query) Stats(ctx context.Context) (*graph.Stats, error) {
	return view(ctx).Stats(ctx)
}

func (query) Search(ctx context.Context, text string, types []graph.NodeType, first *int, after *string, asOf *graph.AsOf) (*graph.SearchConnection, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Search(ctx, text, types, graph.Page{First: first, After: after})
}

func (query) Sources(ctx context.Context, where *graph.SourceWhere, first *int, after *string, last *int, before *string, asOf *graph.AsOf) (*graph.SourceConnection, error) {
	v, err := view(ctx).AsOf(asOf)
	if err != nil {
		return nil, err
	}
	return v.Sources(ctx, where, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Diff(ctx context.Context, knownFrom, knownTo string, first *int, after *string, last *int, before *string) (*graph.ChangeConnection, error) {
	return view(ctx).Diff(ctx, knownFrom, knownTo, graph.Page{First: first, After: after, Last: last, Before: before})
}
