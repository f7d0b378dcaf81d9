package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/resolver"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

// DefaultAddr is where the server listens: on this machine only, since it asks nobody who they are.
const DefaultAddr = "127.0.0.1:8080"

// serveFlags are serve's settings.
type serveFlags struct {
	all         *flags
	addr, base  textFlag
	store       storeFlags
	seed        boolFlag
	drain       durationFlag
	surface     Config // the limits
	origins     listFlag
	documents   textFlag
	writers     textFlag
	metricsAddr textFlag
}

var serveCommand = command{
	name:  "serve",
	short: "answer questions over HTTP: pages, GraphQL, a playground, the schema",
	long: `Opens the store, adds the curated quads that it does not have yet, and answers GraphQL at /graphql until it is told to stop
(SIGINT, which is Ctrl+C, or SIGTERM). It then takes no new requests and lets those run on that it has, for a while.
/graphql speaks HTTP, WebSocket (graphql-transport-ws and graphql-ws) and server-sent events. At / every answer is a page;
at /playground questions can be typed and tried; /schema.graphql is the schema; /healthz answers ok, /readyz whether the store answers too.
Mutations are for those whose tokens are in the file of -writers; without one, nobody can write. Each request is one line of log on standard error.
Servers on one database (-store postgres://…) are as one, and keep nothing of their own: start as many as you need, behind any balancer that asks /readyz, and
give all the same -writers. A client that sends Parley-Revision back, which every answer has, is never answered from before it. The location takes what libpq does:
several hosts, of which the primary is found, sslmode, sslrootcert, and search_path for several stores in one database. server/README.md says more.
OTEL_EXPORTER_OTLP_ENDPOINT=URL sends traces to a collector of OpenTelemetry, whose other variables hold too.`,
	example: "parley serve -addr 127.0.0.1:9000 -store mem:",
	flags: func(f *flags) func(context.Context, *program, []string) error {
		s := &serveFlags{
			all: f, addr: DefaultAddr, base: graph.DefaultBase, seed: true,
			drain: durationFlag(DefaultDrain), surface: Config{}.withDefaults(),
		}
		f.define(&s.addr, "addr", "HOST:PORT", "where to listen; this machine only, since anybody who reaches it may ask; port 0 takes any free one")
		s.store.define(f, "DIR|mem:|postgres://…", storeUsage)
		s.store.defineServing(f)
		f.define(&s.seed, "seed", "BOOL", seedUsage)
		f.define(&s.base, "base", "IRI", "what ids become IRIs under, for use outside this instance; it ends in / or #")
		f.define(&s.drain, "drain", "DURATION", "how long requests may run on once it is told to stop; as long as one may take at all")
		f.define(&s.origins, "origins", "ORIGIN,…", "whose pages may ask, besides this server's own: https://example.org, or * for any; browsers keep all others out")
		f.define(&s.documents, "documents", "FILE|DIR", "the only documents to answer: files .graphql, or .json as Relay and Apollo write them; without it, any is answered")
		f.define(&s.writers, "writers", "FILE", "who may write: a file with a name and the hash of a token in each line, as parley token makes them; without it, nobody may")
		f.define(&s.metricsAddr, "metrics-addr", "HOST:PORT", "where to serve /metrics for Prometheus, /debug/pprof, /healthz and /readyz; for operators only, so keep it on this machine")
		for _, l := range s.surface.limits() {
			f.define(l.value, l.name, l.placeholder, l.reason)
		}
		return s.run
	},
}

func (s *serveFlags) run(ctx context.Context, p *program, args []string) (err error) {
	if len(args) > 0 {
		return usagef("it takes no arguments, and got %q", args[0])
	}
	if err := checkBase(string(s.base)); err != nil {
		return usagef("-base %s: %w", s.base, err)
	}
	if err := checkOrigins(s.origins.values); err != nil {
		return usagef("-origins: %w", err)
	}
	s.surface.Origins = s.origins.values
	if s.documents != "" {
		if s.surface.Documents, err = readDocuments(string(s.documents)); err != nil {
			return err
		}
	}
	var writers []writer
	if s.writers != "" {
		if writers, err = readWriters(string(s.writers)); err != nil {
			return fmt.Errorf("-writers: %w", err)
		}
		s.surface.Identify = identifyWriters(writers)
	}
	if traces, err := newTraces(ctx, p.getenv); err != nil {
		return fmt.Errorf("traces: %w", err)
	} else if traces != nil {
		s.surface.Traces = traces
		defer func() {
			sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if e := traces.Shutdown(sending); e != nil { // a collector that is away is no failure of ours
				fmt.Fprintf(p.stderr, "traces: the last were not sent: %v\n", e)
			}
		}()
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	o, err := s.open(ctx, writers != nil)
	if err != nil {
		return err
	}
	defer func() { closeStore(o.store, &err) }()
	listener, err := net.Listen("tcp", string(s.addr))
	if err != nil {
		return err
	}
	var operators net.Listener
	if s.metricsAddr != "" {
		if operators, err = net.Listen("tcp", string(s.metricsAddr)); err != nil {
			listener.Close()
			return fmt.Errorf("-metrics-addr: %w", err)
		}
	}
	if _, set := p.getenv("GOGC"); !set {
		debug.SetGCPercent(gcPercent)
	}
	log, flush := newLog(p.stderr)
	defer flush()
	s.announce(p.stdout, listener.Addr(), operators, o.stats)
	return s.serve(ctx, stop, listener, operators, o, log)
}

// An opened is a store and what answers from it.
type opened struct {
	store   *store.Store
	graph   *graph.Graph
	stats   *graph.Stats
	surface Config
}

// open opens the store, and adds the curated quads.
func (s *serveFlags) open(ctx context.Context, written bool) (o *opened, err error) {
	o = &opened{surface: s.surface}
	if o.store, err = s.store.open(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closeStore(o.store, &err)
		}
	}()
	if s.seed {
		quads, err := curatedQuads(seed.Files())
		if err != nil {
			return nil, err
		}
		if _, err := o.store.Add(ctx, quads); err != nil {
			return nil, err
		}
	}
	o.graph = graph.New(o.store, string(s.base))
	if written {
		o.surface.Ledger = newLedger(o.graph, time.Now)
	}
	v := o.graph.View()
	defer v.Close()
	o.stats, err = v.Stats(ctx)
	return o, err
}

// reopen opens a store that is lost anew, as often as it takes, and returns an error when ctx is done. It says what was lost, as loudly as a log can.
func (s *serveFlags) reopen(ctx context.Context, o *opened, log *slog.Logger) error {
	log.Error("ACKNOWLEDGED WRITES ARE LOST: the database is not what it was, as after the promotion of a standby that had not received them all; "+
		"this server forgets all that it knew and goes on with what is there", "revision", o.store.Revision(), "error", o.store.Err())
	if err := o.store.Close(); err != nil {
		log.Warn("the lost store", "error", err)
	}
	for {
		fresh, err := s.open(ctx, o.surface.Ledger != nil)
		if err == nil {
			*o = *fresh
			log.Error("the store is open again: tell those who wrote that what came after this revision is gone", "revision", o.store.Revision())
			return nil
		}
		log.Error("open the store again", "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// A switchboard hands requests to what answers now.
type switchboard struct{ now atomic.Pointer[http.Handler] }

func (b *switchboard) set(h http.Handler) { b.now.Store(&h) }

func (b *switchboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*b.now.Load()).ServeHTTP(w, r)
}

// closed answers while the store is opened anew.
var closed = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" {
		send(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
		return
	}
	w.Header().Set("Retry-After", "1")
	refuse(w, r, http.StatusServiceUnavailable, resolver.CodeTimeout, "the store is opened anew; ask again in a moment")
})

// serve answers until ctx is done, then ends what streams and lets requests run on for at most s.drain. It closes both
// listeners, the operators' last; that may be nil. It calls stop when ctx is done, so that a second signal ends the program
// at once. If the store is lost, it opens it anew, and o is that one.
func (s *serveFlags) serve(ctx context.Context, stop func(), listener, operators net.Listener, o *opened, log *slog.Logger) error {
	var front, back switchboard
	var surface *Surface
	answer := func() {
		surface = Handler(o.surface, o.graph, log)
		front.set(surface)
		back.set(surface.operators())
	}
	answer()
	server := newServer(&front, log)
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(listener) }()
	if operators != nil {
		aside := newServer(&back, log)
		aside.WriteTimeout = 2 * time.Minute // a profile takes half a minute
		go func() { failed <- aside.Serve(operators) }()
		defer aside.Close()
	}
	for lost := true; lost; {
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			lost = false
		case <-o.store.Lost():
			front.set(closed)
			back.set(closed)
			ending, cancel := context.WithTimeout(ctx, time.Second)
			surface.Shutdown(ending) // who listens comes again
			cancel()
			if s.reopen(ctx, o, log) == nil {
				answer()
			}
		}
	}
	stop()
	surface.Drain()
	log.Info("stopping", "drain", time.Duration(s.drain))
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(s.drain))
	defer cancel()
	if err := errors.Join(surface.Shutdown(draining), server.Shutdown(draining)); err != nil {
		server.Close() // what it returns says no more than that
		if errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("requests that still ran after %v were cut off", time.Duration(s.drain))
		}
		return err
	}
	log.Info("stopped")
	return nil
}

// newServer returns a server that ends connections which keep a place without asking anything.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// operators serves what operators look at and nobody else should.
func (s *Surface) operators() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.service.metrics.handler())
	mux.Handle("GET /healthz", text([]byte("ok\n")))
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// announce prints where everything is.
func (s *serveFlags) announce(w io.Writer, addr net.Addr, operators net.Listener, stats *graph.Stats) {
	at := "http://" + reachable(addr)
	fmt.Fprintf(w, "Parley answers who talked to whom, when, and who says so.\n\n")
	fmt.Fprintf(w, "  explorer    %s/\n", at)
	fmt.Fprintf(w, "  playground  %s/playground\n", at)
	fmt.Fprintf(w, "  GraphQL     %s/graphql\n", at)
	fmt.Fprintf(w, "  schema      %s/schema.graphql\n", at)
	if operators != nil {
		fmt.Fprintf(w, "  metrics     http://%s/metrics\n", reachable(operators.Addr()))
	}
	fmt.Fprintf(w, "  store       %s, revision %s: %s quads, %s actors, %s events, %s claims, %s sources\n", s.store.at, stats.Revision,
		grouped(stats.Quads), grouped(stats.Actors), grouped(stats.Events), grouped(stats.Claims), grouped(stats.Sources))
	for _, x := range s.all.changed() {
		from := "as a flag"
		if x.origin != "flag" {
			from = "from " + x.origin
		}
		fmt.Fprintf(w, "  -%-10s %s, %s; default %s\n", x.name, x.value, from, x.defaultText())
	}
	fmt.Fprint(w, "\nStop it with Ctrl+C.\n")
}

// reachable returns an address that a browser on this machine can open.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return addr.String()
}

// grouped writes a number with its thousands apart.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// checkBase reports why an IRI is none that ids can stand under.
func checkBase(base string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil || !u.IsAbs() || strings.ContainsAny(base, "<>\"{}|^`\\ "):
		return errors.New("want an absolute IRI, such as https://example.org/id/")
	case !strings.HasSuffix(base, "/") && !strings.HasSuffix(base, "#"):
		return errors.New("it must end in / or #, so that an id can stand behind it")
	}
	return nil
}
