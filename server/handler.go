package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/resolver"
)

// A Surface is everything that HTTP reaches: /graphql, /graph.json, /playground, /graphiql, /schema.graphql, /healthz, /readyz, and the pages of the
// explorer at / and below.
type Surface struct {
	handler   http.Handler
	service   *service
	transport *transport
	draining  atomic.Bool
}

// Handler returns a surface that answers from g and logs one line a request. What streams must be ended by
// [Surface.Shutdown].
func Handler(c Config, g *graph.Graph, log *slog.Logger) *Surface {
	return newHandler(c, g, resolver.New(), log)
}

// newHandler is Handler over any schema, for tests that need one which fails.
func newHandler(c Config, g *graph.Graph, es graphql.ExecutableSchema, log *slog.Logger) *Surface {
	m := newMetrics()
	s := &Surface{service: newService(c.withDefaults(), g, es, log, m)}
	s.transport = newTransport(s.service)
	m.watch(s.service)

	mux := http.NewServeMux()
	mux.Handle("/graphql", s.transport)
	routes := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/graphql" { // what most ask for, and what an answer from memory would wait for longest
			s.transport.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
	mux.Handle("GET /graph.json", s.service.pictures(es.Schema()))
	addPlayground(mux)
	addGraphiQL(mux, playgroundFiles)
	mux.Handle("GET /schema.graphql", text(sdl(es.Schema())))
	mux.Handle("GET /healthz", text([]byte("ok\n")))
	mux.HandleFunc("GET /readyz", s.ready)
	s.service.addExplorer(mux)
	mux.Handle("POST /record/preview", s.service.preview())
	s.handler = traced(c.Traces, logRequests(log, m, secure(s.service.revised(origins(c.Origins, s.service.caughtUp(routes))))))
	return s
}

// ServeHTTP implements http.Handler.
func (s *Surface) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Drain says that no new requests are wanted: /readyz tells so from now on, and everything else goes on.
func (s *Surface) Drain() { s.draining.Store(true) }

// Shutdown ends what streams: sockets are closed with 1001. It waits until they are gone, or ctx is.
func (s *Surface) Shutdown(ctx context.Context) error {
	s.Drain()
	return s.transport.sockets.Shutdown(ctx)
}

// ready answers whether requests may be sent here: the store answers within a second, and the server is not about to stop.
func (s *Surface) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	status, body := http.StatusOK, "ok\n"
	if s.draining.Load() {
		status, body = http.StatusServiceUnavailable, "stopping\n"
	} else if err := s.probe(ctx); err != nil {
		s.service.log.ErrorContext(ctx, "not ready", "error", err)
		status, body = http.StatusServiceUnavailable, "the store does not answer\n"
	}
	w.Header().Set("Cache-Control", "no-store")
	send(w, r, status, "text/plain; charset=utf-8", []byte(body))
}

// probe asks the store something small.
func (s *Surface) probe(ctx context.Context) error {
	done := make(chan error, 1)
	go func() {
		if err := s.service.graph.Alive(ctx); err != nil {
			done <- err
			return
		}
		v := s.service.graph.View()
		defer v.Close()
		_, err := v.Node(ctx, "kind:talk") // whether there is such a node does not matter
		done <- err
	}()
	select {
	case err := <-done:
		if errors.Is(err, graph.ErrNotFound) || errors.Is(err, graph.ErrInvalidArgument) {
			return nil
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// origins lets the pages of some origins ask, besides this server's own: they get the headers of CORS, and may send. "*" is
// every page. There are no cookies, so a page asks with no more rights than anybody has.
func origins(allowed []string, next http.Handler) http.Handler {
	any := slices.Contains(allowed, "*")
	cross := http.NewCrossOriginProtection() // a page of another site must not make a browser write here
	for _, origin := range allowed {
		if origin != "*" {
			if err := cross.AddTrustedOrigin(origin); err != nil {
				panic(err) // checkOrigins has seen them
			}
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusForbidden, "FORBIDDEN", "a page of another origin may not send this; send it from a server, or by GET")
	}))
	guarded := cross.Handler(next)
	if any {
		guarded = next
	}
	if len(allowed) == 0 {
		return guarded
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		h := w.Header()
		h.Add("Vary", "Origin")
		if origin == "" || !any && !slices.Contains(allowed, origin) {
			guarded.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", strings.Join([]string{"ETag", revisionHeader, costHeader}, ", "))
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Allow-Headers", "Content-Type, Accept, Authorization, If-None-Match, "+revisionHeader+", Apollo-Require-Preflight, X-Apollo-Operation-Name")
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// checkOrigins reports the first that is no origin.
func checkOrigins(list []string) error {
	for _, origin := range list {
		if origin == "*" {
			continue
		}
		if err := http.NewCrossOriginProtection().AddTrustedOrigin(origin); err != nil {
			return fmt.Errorf("%q is no origin; want https://example.org, without a path, or *", origin)
		}
	}
	return nil
}

// secure sets the headers that every answer has. Names are as net/http writes them, and nobody changes the lists: an answer from memory has
// little to do besides, and net/http sorts and copies all that there are.
func secure(next http.Handler) http.Handler {
	sniff := []string{"nosniff"}
	shown := http.Header{ // for what a browser may show as a document
		"Referrer-Policy":            {"no-referrer"}, // a question may stand in a URL
		"Cross-Origin-Opener-Policy": {"same-origin"},
		"X-Frame-Options":            {"DENY"}, // for what has no Content-Security-Policy
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = sniff
		if r.Method != http.MethodPost || r.URL.Path != "/graphql" { // a document comes by a link or from a form, which cannot send JSON
			maps.Copy(h, shown)
		}
		next.ServeHTTP(w, r)
	})
}

// revised gives every answer the store's revision: whoever asks anything knows from then on what has happened. Answers from the graph put
// theirs in its place.
func (s *service) revised(next http.Handler) http.Handler {
	type value struct {
		revision uint64
		text     []string
	}
	var last atomic.Pointer[value]
	last.Store(&value{0, []string{"0"}})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := last.Load()
		if now := s.graph.Revision(); now != v.revision {
			v = &value{now, []string{strconv.FormatUint(now, 10)}}
			last.Store(v)
		}
		w.Header()[revisionHeader] = v.text
		next.ServeHTTP(w, r)
	})
}

// caughtUp lets whoever sends back a revision that it has seen be answered from that one or a later, though another server may have told it.
func (s *service) caughtUp(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen := r.Header.Get(revisionHeader); seen != "" {
			if refused := s.catchUp(r.Context(), seen); refused != nil {
				if refused.status == http.StatusServiceUnavailable {
					w.Header().Set("Retry-After", "1")
				}
				refuse(w, r, refused.status, refused.code, refused.message)
				return
			}
			w.Header().Set(revisionHeader, strconv.FormatUint(s.graph.Revision(), 10))
		}
		next.ServeHTTP(w, r)
	})
}

// catchUp waits until the store has the revision that somebody has seen, or says why it does not.
func (s *service) catchUp(ctx context.Context, seen string) *refusal {
	revision, err := strconv.ParseUint(seen, 10, 64)
	if err != nil {
		return &refusal{http.StatusBadRequest, codeBadUserInput, fmt.Sprintf("%s: %.60q is no revision; send back that of an answer, or leave it out", revisionHeader, seen)}
	}
	if revision <= s.graph.Revision() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	switch err := s.graph.CatchUp(ctx, revision); {
	case err == nil:
		return nil
	case errors.Is(err, graph.ErrNoRevision):
		return &refusal{http.StatusBadRequest, codeBadUserInput, fmt.Sprintf("%s: there has been no revision %d yet, the store is at %d; if it was restored from a backup, leave it out",
			revisionHeader, revision, s.graph.Revision())}
	default:
		shown := resolver.Present(s.internal)(ctx, err)
		code, _ := shown.Extensions["code"].(string)
		return &refusal{statusOf(code), code, shown.Message}
	}
}

// text serves what never changes while the program runs.
func text(body []byte) http.Handler {
	return asset{body: body, contentType: "text/plain; charset=utf-8", etag: etag(body)}
}

// sdl returns a schema as it is served: one definition a type, extensions put in, by name, with all descriptions. Relay's
// compiler takes neither types that are extended before they are defined nor an extended schema.
func sdl(schema *ast.Schema) []byte {
	var all bytes.Buffer
	all.WriteString("schema")
	for _, d := range schema.SchemaDirectives {
		fmt.Fprintf(&all, "\n  @%s(", d.Name)
		for i, a := range d.Arguments {
			if i > 0 {
				all.WriteString(", ")
			}
			fmt.Fprintf(&all, "%s: %s", a.Name, a.Value)
		}
		all.WriteByte(')')
	}
	all.WriteString(" {\n")
	for _, root := range []struct {
		name string
		def  *ast.Definition
	}{{"query", schema.Query}, {"mutation", schema.Mutation}, {"subscription", schema.Subscription}} {
		if root.def != nil {
			fmt.Fprintf(&all, "  %s: %s\n", root.name, root.def.Name)
		}
	}
	all.WriteString("}\n\n")
	rest := *schema
	rest.SchemaDirectives = nil
	formatter.NewFormatter(&all, formatter.WithIndent("  ")).FormatSchema(&rest)
	return all.Bytes()
}
