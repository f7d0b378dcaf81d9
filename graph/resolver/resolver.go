// Package resolver connects the generated GraphQL executor (package gen) with the domain (package graph): arguments in, a call,
// the result out, and errors turned into codes by the one table in errors.go. Fields of nodes are methods of package graph,
// which gen calls by itself; only the fields of Query stand here. It knows nothing of the store and nothing of HTTP.
package resolver

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/gen"
)

// New returns the schema, ready to execute: what package direct can answer it answers, and gqlgen the rest. The context of every operation
// must come from [WithView].
func New() graphql.ExecutableSchema {
	return gen.NewDirectSchema(gen.Config{Resolvers: root{}})
}

// NewReference is New with gqlgen alone, whose answers those of New must equal byte by byte.
func NewReference() graphql.ExecutableSchema {
	return gen.NewExecutableSchema(gen.Config{Resolvers: root{}})
}

type viewKey struct{}

// WithView returns a context whose operation is answered from v.
func WithView(ctx context.Context, v *graph.View) context.Context {
	return context.WithValue(ctx, viewKey{}, v)
}

// view returns the view of an operation.
func view(ctx context.Context) *graph.View {
	v, ok := ctx.Value(viewKey{}).(*graph.View)
	if !ok {
		panic(errors.New("resolver: the operation's context does not come from WithView"))
	}
	return v
}

type authorKey struct{}

// An author is whose writes an operation's are.
type author struct {
	ledger *graph.Ledger
	name   string
}

// WithLedger returns a context whose operation may record, in l: by whoever [WithWriter] has said. Without a ledger nobody may.
func WithLedger(ctx context.Context, l *graph.Ledger) context.Context {
	return context.WithValue(ctx, authorKey{}, author{l, writerOf(ctx)})
}

type writerKey struct{}

// WithWriter returns a context of somebody who has proved to be a writer, with the name under which that writer records.
func WithWriter(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, writerKey{}, name)
}

// Writer returns the name that [WithWriter] gave, "" for nobody's.
func Writer(ctx context.Context) string { return writerOf(ctx) }

func writerOf(ctx context.Context) string {
	name, _ := ctx.Value(writerKey{}).(string)
	return name
}

type root struct{}

func (root) Query() gen.QueryResolver { return query{} }

// query resolves the fields of Query, in the order of the SDL's files.
type query struct{}
