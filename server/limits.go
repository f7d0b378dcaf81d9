package main

import "time"

// How large and how long anything may be. What an instance may want otherwise has a flag, and these are its defaults.
const (
	// DefaultTimeout bounds one request. Answers over the curated graph take milliseconds; after ten seconds nobody waits any
	// more, and the work should stop too.
	DefaultTimeout = 10 * time.Second

	// DefaultMaxBody bounds a request's body: a document of a thousand fields and its variables take a tenth of it.
	DefaultMaxBody = 1 << 20

	// DefaultDrain is how long requests may run on once the program is told to stop: as long as a request may take at all.
	DefaultDrain = DefaultTimeout

	// maxTokens bounds a document's tokens before it is parsed. The longest document of the playground has 250, the introspection
	// that tools send 150 to 300. Validation compares fields in pairs, so its cost grows with the square: 2,000 tokens cost at
	// most 0.15 s here, 5,000 cost 0.9 s.
	maxTokens = 2_000

	// maxCachedDocuments and maxCachedDocument bound the cache of parsed documents, by number and each in bytes: hand-written
	// documents are shorter, longer ones are made by machines and differ each time. A parsed document takes up to 100 times its
	// text, so the whole cache stays at 40 MB at worst.
	maxCachedDocuments = 100
	maxCachedDocument  = 4 << 10

	// readHeaderTimeout, readTimeout and idleTimeout end connections that keep a place without asking anything.
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second // 1 MiB at 35 kB/s
	idleTimeout       = 2 * time.Minute

	// writeGrace is how long a client may take to fetch an answer once the request's own time is over.
	writeGrace = 30 * time.Second

	// maxHeaderBytes bounds a request's line and headers, and so the document of a GET.
	maxHeaderBytes = 64 << 10
)
