package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/resolver"
	"github.com/parleygraph/parley/schema"
)

// A Config says how a [Handler] limits what it is asked. A zero field has its default.
type Config struct {
	Timeout time.Duration // of one request; [DefaultTimeout]
	MaxBody int64         // bytes of a request's body; [DefaultMaxBody]
}

// Handler returns everything that HTTP reaches: /graphql, /graph.json, /playground, /schema.graphql, /healthz, and / as a way to the
// playground. It answers from g, and logs one line a request.
func Handler(c Config, g *graph.Graph, log *slog.Logger) http.Handler {
	return newHandler(c, g, resolver.New(), log)
}

// newHandler is Handler over any schema, for tests that need one which fails.
func newHandler(c Config, g *graph.Graph, es graphql.ExecutableSchema, log *slog.Logger) http.Handler {
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.MaxBody <= 0 {
		c.MaxBody = DefaultMaxBody
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", guardRequest(c, newExecutor(g, es, log)))
	mux.Handle("GET /graph.json", pictureHandler(c, g, log))
	addPlayground(mux)
	mux.Handle("GET /schema.graphql", text(sdl()))
	mux.Handle("GET /healthz", text([]byte("ok\n")))
	mux.Handle("GET /{$}", http.RedirectHandler("/playground", http.StatusFound))

	cross := http.NewCrossOriginProtection() // a page of another site must not make a browser write here
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusForbidden, "FORBIDDEN", "a page of another origin may not send this; send it from a server, or by GET")
	}))
	return logRequests(log, secure(cross.Handler(mux)))
}

// secure sets the headers that every answer has.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer") // a question may stand in a URL
		next.ServeHTTP(w, r)
	})
}

// text serves what never changes while the program runs.
func text(body []byte) http.Handler {
	return asset{body: body, contentType: "text/plain; charset=utf-8", etag: etag(body)}
}

// sdl returns the schema as it is served: the files of package schema, by name.
func sdl() []byte {
	names, err := fs.Glob(schema.Files, "*.graphqls")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	slices.Sort(names)
	var all bytes.Buffer
	for i, name := range names {
		if i > 0 {
			all.WriteByte('\n')
		}
		f, err := schema.Files.Open(name)
		if err != nil {
			panic(err) // the files are compiled in
		}
		fmt.Fprintf(&all, "# %s\n\n", name)
		if _, err := io.Copy(&all, f); err != nil {
			panic(err)
		}
		f.Close()
	}
	return all.Bytes()
}
