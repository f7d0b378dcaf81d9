// Package scalar says how the scalars of the schema stand in requests and answers. It stands beside graph because graph must
// not know GraphQL, and apart from resolver because the generated code needs it.
package scalar

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/parleygraph/parley/graph"
)

// MarshalID writes an id as a string.
func MarshalID(id graph.ID) graphql.Marshaler { return graphql.MarshalString(string(id)) }

// UnmarshalID reads an id: a string or, as GraphQL wants it, a whole number.
func UnmarshalID(v any) (graph.ID, error) {
	s, err := graphql.UnmarshalID(v)
	return graph.ID(s), err
}
