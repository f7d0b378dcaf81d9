// Package importer turns other people's data sets into quads: ICEWS, GDELT, and the lists of the U.S. Department of State.
//
// It is one pass over the rows. Each row becomes the facts of an event (or a tenure), under a claim, with records for the actors and
// places that it names; the same row always becomes the same quads. So a store that has them passes them over, running an import
// twice changes nothing, and nothing has to be gathered in memory: two rows that tell of one event get one id.
//
// # A tour, from the bottom up
//
//   - rows.go reads lines of tab-separated columns, packed or not; text.go makes ids of names.
//   - country.go, cameo.go and sectors in actor.go are the tables; kind.go reads the kinds and their codes from the curated quads.
//   - record.go writes quads, each record once; distinct.go counts events.
//   - icews.go, gdelt.go and state.go know the columns of one source each; importer.go runs them.
//
// The package knows the vocabulary and N-Quads. It must not know package graph, nor the command that runs it.
package importer
