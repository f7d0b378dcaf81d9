// Package schema is what can be said: the GraphQL schema, one file per concept, and in it the vocabulary of the graph.
//
// The directives @prefix, @class and @predicate (schema.graphqls) bind types and fields to the terms of RDF vocabularies.
// From them, vocabgen makes package vocab (the terms as Go constants, and the table of classes and fields that the loader
// checks data against) and the data dictionary in seed/README.md; gqlgen, which directgen runs, makes graph/gen, the GraphQL executor.
// Both are committed, and a test makes them anew and compares.
//
// The package itself has no code: what others know of the schema they know by what is made of it.
package schema

//go:generate go run ./vocabgen -readme ../seed/README.md -out vocab/vocab.go
//go:generate go -C .. run ./graph/directgen
