// Package store is where the quads are: it keeps them, finds them by pattern, and follows paths through them.
//
// It is the only importer of Cayley (package seed may use its quad values through the names that this package gives them). It knows
// quads, and dates, which its keys sort by. Of what quads mean it knows what its caller tells it in a [Model], so that it can index it;
// nothing of actors, claims, GraphQL or HTTP.
//
// A [Store] is opened by [Open]: in memory (mem:), in a folder, or in a database (postgres://…) that several servers share. [Store.Add] and
// [Store.Remove] are the ways in, all or nothing and durable when they return. A [View] is the way out: one unchanging state of the store,
// for the length of one request. [Store.Check] proves that a store is whole; [Store.Backup] and [Restore] carry it elsewhere.
//
// # A tour, from the bottom up
//
//   - engine.go says what the store stands on: an ordered map from bytes to bytes with snapshots and atomic batches, each method one
//     round trip. pebble.go is the first, on Pebble; faults.go and stop_fs.go turn the ends that Pebble comes to into errors.
//   - postgres.go is the second, on a database, and says how it keeps states there and by which statements; postgres_*.go are its parts.
//     follow.go is how a store keeps up with what other servers write. trace.go is what a write leaves for whoever keeps in memory what it
//     changed, here and there. pgtest starts real servers for tests.
//   - open.go looks at a folder before it touches it; marker.go is the file by which it knows a store, and finds out that the end of one
//     is missing; meta.go is the store's own record and brings older formats to this one.
//   - tid.go turns a term into a few bytes that sort as it does; dictionary.go keeps the terms for which that takes a number. keys.go has
//     the grammar of every key, in one comment.
//   - store.go writes; journal.go keeps a note beside a write, for who wants to know later what was written; view.go reads by pattern and
//     in pages, instants.go by stretches of time; walk.go follows paths; ahead.go saves round trips. The files derive*.go
//     keep what is made from the quads, in the same batch as they; bulk*.go load more quads than one batch holds.
//   - cayley*.go and iterators.go are the store as Cayley sees it: its paths, shapes and query languages run on it.
//   - nquads.go, nquads_parse.go and term.go read and write N-Quads, exactly as the standard has them.
//   - check*.go, backup.go, restore.go and copy*.go look after a store.
//
// # What it promises
//
// Of one write, everything is there or nothing, whoever looks and whatever happens. When [Store.Add] returns, what it added survives
// the death of the process and the loss of power. One that failed left nothing; if the store cannot know that, it says so by
// [ErrFailed], takes no more writes and can be read on.
//
// Readers never wait and never see half a write. A view stays as it is until it is closed, and costs the disk what was written over
// since; so it must be closed. There is one writer at a time; others wait for it, and not for the disk, the wait for which they share. A
// folder has one process at a time; others are told which has it ([ErrInUse]). A database has any number: each write rests on all before
// it, whoever made them; a store learns of them within [PostgresOptions.Poll], or by [Store.CatchUp].
//
// Damage is found, not guessed around: each block of a file has a sum, the file's marker says how far the store had come, and what is
// not as it was written is an error that wraps [ErrDamaged] and says of which file, when the store is opened or when it is read. It never
// looks like quads that are not there. A folder that is no store, or one of a newer format, is [ErrNotStore] and stays untouched.
//
// Terms come back as they were written: "029"^^xsd:integer does not become 29. Values of Cayley's own types, which Cayley's interface
// can add and [Store.Add] cannot, come back as values: a time in UTC, and one zero and one NaN of the several that there are.
package store
