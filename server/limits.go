package main

import (
	"flag"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/parleygraph/parley/graph"
)

// A Config says how a [Handler] limits what it is asked, and whom it lets ask. A zero field has its default, which stands with
// its reason in the table of limits below.
type Config struct {
	Timeout time.Duration // of one request
	MaxBody int64         // bytes of a request's body, or of a message on a socket

	// What a document may be. All but MaxCost are counted before it is parsed.
	MaxDocument   int64 // bytes
	MaxTokens     int
	MaxDepth      int // of selections, with fragments put in, and of values in arguments and variables
	MaxFields     int // with fragments put in
	MaxRootFields int
	MaxAliases    int
	MaxDirectives int
	MaxPairs      int // of fields of one name
	MaxValues     int // in variables
	MaxCost       int // see costs

	MaxConcurrent int   // queries and mutations at once
	DocumentCache int64 // bytes
	AnswerCache   int64 // bytes

	MaxSockets             int
	MaxSubscriptions       int // in all
	MaxSocketSubscriptions int // operations under way on one socket
	InitTimeout            time.Duration
	Ping                   time.Duration

	// Traces, if it is set, gets a span of every request and every operation.
	Traces trace.TracerProvider

	// Origins are those of other sites whose pages may ask, such as https://example.org; "*" is any.
	Origins []string

	// Documents, if it is set, holds all documents that are answered.
	Documents *documentList

	// Identify, if it is set, puts into a request's context who sends it, by its header Authorization. Its error refuses
	// the request. On a socket, the header may come as the field Authorization of the first message's payload.
	Identify identifier

	// Ledger, if it is set, is where mutations record. Without it nobody may write.
	Ledger *graph.Ledger
}

// DefaultDrain is how long requests may run on once the program is told to stop: as long as a request may take at all.
const DefaultDrain = 10 * time.Second

const (
	// readHeaderTimeout, readTimeout and idleTimeout end connections that keep a place without asking anything.
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second // 1 MiB at 35 kB/s
	idleTimeout       = 2 * time.Minute

	// writeGrace is how long a client may take to fetch an answer once the request's own time is over, and eventGrace how long
	// to fetch an event of a subscription.
	writeGrace = 30 * time.Second
	eventGrace = 10 * time.Second

	// maxHeaderBytes bounds a request's line and headers, and so the document of a GET.
	maxHeaderBytes = 64 << 10

	// maxErrors bounds the errors of one answer: nobody reads more, and a document can have one a token.
	maxErrors = 20

	// gcPercent is by how much the heap may grow before its garbage is collected, unless GOGC says so. What is kept is small beside what
	// questions leave behind: for 10 MiB more than with 100, answers take a twentieth less of the processor.
	gcPercent = 150

	// compressFrom is the size from which answers are compressed: smaller ones fit into a packet as they are.
	compressFrom = 1400
)

// A limit is a setting of a Config: its flag, its default, and why that is the default.
type limit struct {
	value                               flag.Value
	name, placeholder, fallback, reason string
}

// limits returns the settings of c that bound something. Each value points into c.
func (c *Config) limits() []limit {
	return []limit{
		{(*durationFlag)(&c.Timeout), "timeout", "DURATION", "10s",
			"how long one request may take; answers take milliseconds, and after ten seconds nobody waits any more"},
		{(*sizeFlag)(&c.MaxBody), "max-body", "SIZE", "1MiB",
			"how large a request may be; a document of a thousand fields and its variables take a tenth of it"},
		{(*sizeFlag)(&c.MaxDocument), "max-document", "SIZE", "64KiB",
			"how large a document may be; the introspection that tools send has 2 KiB"},
		{(*countFlag)(&c.MaxTokens), "max-tokens", "N", "2000",
			"how many tokens a document may have; the longest of the playground has 250, introspection 150 to 300"},
		{(*countFlag)(&c.MaxDepth), "max-depth", "N", "20",
			"how deep selections and values may nest; introspection nests 16 deep, questions 10"},
		{(*countFlag)(&c.MaxFields), "max-fields", "N", "5000",
			"how many fields a document may select once its fragments are put in; each is a line of the answer at least"},
		{(*countFlag)(&c.MaxRootFields), "max-root-fields", "N", "20",
			"how many questions one document may ask; each is a search of its own"},
		{(*countFlag)(&c.MaxAliases), "max-aliases", "N", "100",
			"how many aliases a document may have; with them one field is asked for many times"},
		{(*countFlag)(&c.MaxDirectives), "max-directives", "N", "50",
			"how many directives a document may have; nobody needs one on every field"},
		{(*countFlag)(&c.MaxPairs), "max-pairs", "N", "100000",
			"how many pairs of fields of one name a document may have; validation compares each pair, and 300 fields called id are 45,000"},
		{(*countFlag)(&c.MaxValues), "max-values", "N", "2000",
			"how many values variables may hold; a list of ids has at most a hundred"},
		{(*countFlag)(&c.MaxCost), "max-cost", "N", "20000",
			"how much an answer may cost, in fields: a full page of a hundred with a hundred and fifty fields each, in about a tenth of a second"},
		{(*countFlag)(&c.MaxConcurrent), "max-concurrent", "N", "64",
			"how many questions are answered at once; more would wait for processors anyway, and hold memory while they do"},
		{(*sizeFlag)(&c.DocumentCache), "document-cache", "SIZE", "32MiB",
			"how much memory parsed documents may take; a front end has some hundred of 100 KiB each"},
		{(*sizeFlag)(&c.AnswerCache), "answer-cache", "SIZE", "64MiB",
			"how much memory answers may take that are kept to be given again until something is written; that is some ten thousand. 1 keeps none"},
		{(*countFlag)(&c.MaxSockets), "max-sockets", "N", "1000",
			"how many WebSockets may be open; each takes about 30 KiB and a file"},
		{(*countFlag)(&c.MaxSubscriptions), "max-subscriptions", "N", "2000",
			"how many subscriptions may run in all; each write is told to every one of them"},
		{(*countFlag)(&c.MaxSocketSubscriptions), "max-socket-subscriptions", "N", "50",
			"how many operations may run on one socket; a page shows a handful"},
		{(*durationFlag)(&c.InitTimeout), "init-timeout", "DURATION", "5s",
			"how long a WebSocket may stay silent before its first message; clients send it at once"},
		{(*durationFlag)(&c.Ping), "ping", "DURATION", "20s",
			"how often an open stream is proved alive; proxies end silent connections after 30 to 60 seconds"},
	}
}

// withDefaults returns c with its zero fields filled.
func (c Config) withDefaults() Config {
	for _, l := range c.limits() {
		if text := l.value.String(); text == "0" || text == "0s" {
			if err := l.value.Set(l.fallback); err != nil {
				panic("the default of -" + l.name + ": " + err.Error())
			}
		}
	}
	return c
}
