// Package store is where the quads are: it keeps them, finds them by pattern, and follows paths through them.
//
// It is the only importer of Cayley (package seed may use its quad values through the names that this package gives them).
// It knows quads and nothing of what they mean: no actors, no claims, no dates, no GraphQL.
//
// A [Store] is opened by [Open]: in memory (mem:), or in a folder, which holds the file that the grammar below describes.
// [Store.Add] is the way in, all or nothing and durable when it returns. A [View] is the way out: one unchanging state of
// the store, for the length of one request. Readers never wait and never see half a write.
//
// # How it is kept
//
// Each state is a Cayley memstore built by one goroutine and never changed once a reader can see it: memstore has no locks.
// A write builds the next state beside it and then takes its place, so a write costs as much as a load of everything. That
// is right for curated quads, of which there are thousands, and wrong for millions.
//
// The file of a folder, quads.nq, is N-Quads with one comment before them:
//
//	file   = header *quad
//	header = "# parley store, format 1, revision " 1*DIGIT ", quads " 1*DIGIT LF
//	quad   = a line as [WriteQuad] makes it, in the order of [CompareQuads]
//
// It is replaced whole: written beside the old one, synced, renamed over it, and the folder synced. A crash leaves either,
// and perhaps a part of the new one beside it, which the next write removes. A store whose file has another revision than it
// wrote last, because another program wrote, refuses to write.
package store
