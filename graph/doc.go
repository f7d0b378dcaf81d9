// Package graph is the domain: actors, events and those who were part of them, claims and sources, and the questions that
// Parley answers about them. It finds everything through package store, names everything by package vocab, and never knows
// GraphQL, HTTP or Cayley.
//
// # A tour, from the bottom up
//
//   - ../schema/*.graphqls says what can be said, with a description of every type and field. Types and fields of this package
//     have the names that they have there, and their doc comments say only what is not there.
//   - store keeps the quads; edtf reads dates.
//   - identity.go: who is who. A view reads quads as if they named the survivor wherever they name an actor that was merged into it,
//     and reads the lists of all its ids. Only of events in which it was under two do records say how.
//   - graph.go: a [Graph] stands over a store, and a [View] is it at one revision, for one request. A View turns quads into
//     records: what is said of one id, by claims that assert it, the preferred value first.
//   - node.go: a [Node] is a record with a type. Nodes that come into an answer side by side are a cohort: what is asked of one
//     is read for all at once. So the number of store calls depends on the shape of a question, not on its size; a test counts.
//   - page.go: pages of lists, cursors, and their grammar.
//   - asof.go: a view of what was known at an instant and so on a date. fact.go: what speaks for a value and against it; history.go: what
//     came to be known when.
//   - time.go, text.go, where.go: dates and windows with three truth values, texts in languages, filters.
//   - One file a concept: actor.go, tenure.go, event.go, kind.go, interaction.go (who talked to whom: the rule is there), contact.go,
//     claim.go, source.go, quad.go, search.go, coverage.go.
//   - ledger.go: how something is recorded, step by step; record.go: the kinds of writes, and record_merge.go
//     those by which two actors are one; change.go: what subscribers hear of them.
//   - names.go: the names that search looks through, in memory; search_fit.go is the rule by which a text fits a name.
//   - gen is made by gqlgen and directgen and holds nothing else; direct answers by it what needs no more of gqlgen; resolver connects it
//     with this package; ../server serves it.
//
// # How a question is answered
//
//  1. The server parses a request and hands gen a context with a new View in it (resolver.WithView).
//  2. gen calls a resolver for each field of Query; the resolver calls a method of the View, such as [View.Interactions].
//  3. That method checks its arguments ([ArgumentError] names the one that is wrong), finds candidates by an index of the store,
//     reads their records in one call and their claims in another, filters, sorts, and cuts the page.
//  4. gen walks the selection and calls the methods of the nodes in the page, and direct makes JSON of what they return. The first that
//     needs more, such as the names of actors, reads it for the whole cohort. If anything goes wrong, gqlgen does it all again: it is
//     what says how an answer with errors looks.
//  5. Errors go through the one table in resolver/errors.go to codes.
//
// # What it costs
//
// Lists read their candidates from an index of the store, a batch at a time in the order that they are shown in, and records decide which of
// them are in the list: so a page costs what it shows and what is passed over. What is asked of the past reads the same indexes and those of
// what was retracted, and always asks the records.
//
// A graph keeps what the next question will ask again, bounded, of the newest revision, and a write takes out what it changes:
//
//   - records.go: records, with their dates and talks.
//   - network.go: who talked to whom, an actor at a time, by counterpart and day. Paths, pictures and measures walk on it; contacts are two
//     binary searches for each counterpart that may be in the page (contact_listed.go), and a page of the talks of two is a binary search, once they
//     were asked about often enough for their talks to be read (interaction_listed.go).
//   - dates.go: the days of an actor's events. Timelines, and counts of an actor's events, are two binary searches for each stretch.
//
// Where it does not serve, because dates are uncertain or there is too much to keep, counts are a scan of the index.
package graph
