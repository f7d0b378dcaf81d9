package resolver

import (
	"context"

	"github.com/parleygraph/parley/graph"
)

func (query) Node(ctx context.Context, id graph.ID) (graph.Node, error) {
	return view(ctx).Node(ctx, id)
}

func (query) Nodes(ctx context.Context, ids []graph.ID) ([]graph.Node, error) {
	return view(ctx).Nodes(ctx, ids)
}

func (query) Actor(ctx context.Context, id *graph.ID, name *string) (graph.Actor, error) {
	return view(ctx).Actor(ctx, id, name)
}

func (query) Actors(ctx context.Context, where *graph.ActorWhere, orderBy []graph.ActorOrder, first *int, after *string, last *int, before *string) (*graph.ActorConnection, error) {
	return view(ctx).Actors(ctx, where, orderBy, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Claims(ctx context.Context, where *graph.ClaimWhere, first *int, after *string, last *int, before *string) (*graph.ClaimConnection, error) {
	return view(ctx).Claims(ctx, where, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Coverage(ctx context.Context, actors []graph.ID, during *graph.Window) (*graph.Coverage, error) {
	return view(ctx).Coverage(ctx, actors, during)
}

func (query) Event(ctx context.Context, id graph.ID) (*graph.Event, error) {
	return view(ctx).Event(ctx, id)
}

func (query) Events(ctx context.Context, where *graph.EventWhere, orderBy *graph.TimeOrder, first *int, after *string, last *int, before *string) (*graph.EventConnection, error) {
	return view(ctx).Events(ctx, where, orderBy, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Interactions(ctx context.Context, where *graph.InteractionWhere, orderBy *graph.TimeOrder, first *int, after *string, last *int, before *string) (*graph.InteractionConnection, error) {
	return view(ctx).Interactions(ctx, where, orderBy, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Contacts(ctx context.Context, of graph.ID, kinds []graph.ID, during *graph.Window, certainty *graph.WindowCertainty, first *int, after *string, last *int, before *string) (*graph.ContactConnection, error) {
	return view(ctx).Contacts(ctx, of, kinds, during, certainty, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Kinds(ctx context.Context) ([]*graph.EventKind, error) {
	return view(ctx).Kinds(ctx)
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

func (query) Search(ctx context.Context, text string, types []graph.NodeType, first *int, after *string) (*graph.SearchConnection, error) {
	return view(ctx).Search(ctx, text, types, graph.Page{First: first, After: after})
}

func (query) Sources(ctx context.Context, where *graph.SourceWhere, first *int, after *string, last *int, before *string) (*graph.SourceConnection, error) {
	return view(ctx).Sources(ctx, where, graph.Page{First: first, After: after, Last: last, Before: before})
}

func (query) Timeline(ctx context.Context, actors []graph.ID, where *graph.EventWhere, interval graph.Interval) ([]*graph.TimeBucket, error) {
	return view(ctx).Timeline(ctx, actors, where, interval)
}
