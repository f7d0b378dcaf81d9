package main

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// logRequests logs one line for each request, once it is answered: what was asked of which path, how it went, how long it
// took. Never documents, variables or the parameters of a URL: what people ask is theirs. A document shows as the beginning of
// its SHA-256, so that whoever has it can tell how it does.
func logRequests(log *slog.Logger, m *metrics, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		n := &note{cost: -1}
		sw := &statusWriter{ResponseWriter: w}
		defer func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			attrs := []slog.Attr{
				slog.String("method", shorten(r.Method, 16)),
				slog.String("path", shorten(r.URL.Path, 100)),
				slog.Int("status", sw.status()),
				slog.Duration("duration", time.Since(start).Round(time.Microsecond)),
			}
			if n.name != "" {
				attrs = append(attrs, slog.String("operation", n.name))
			}
			if n.document != "" {
				attrs = append(attrs, slog.String("document", n.document[:12]))
			}
			if n.cost >= 0 {
				attrs = append(attrs, slog.Int("cost", n.cost))
			}
			if n.code != "" {
				attrs = append(attrs, slog.String("code", n.code))
			}
			span := trace.SpanFromContext(r.Context())
			n.describe(span)
			if span.SpanContext().IsSampled() {
				attrs = append(attrs, slog.String("trace", span.SpanContext().TraceID().String()))
			}
			m.requests.WithLabelValues(handlerOf(r.URL.Path), strconv.Itoa(sw.status())).Inc()
			log.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
		}()
		next.ServeHTTP(sw, r.WithContext(context.WithValue(r.Context(), noteKey{}, n)))
	})
}

// handlerOf returns what serves a path, for metrics: few names, whatever is asked for.
func handlerOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "":
		return "root"
	case "graphql", "graph.json", "playground", "graphiql", "schema.graphql", "healthz", "readyz", "explorer",
		"search", "actor", "pair", "event", "source", "sources", "claim", "kind", "kinds", "timeline", "path", "node", "network", "record":
		return first
	}
	return "other"
}

// shorten keeps a stranger's text from filling the log.
func shorten(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	return s[:bytes] + "…"
}

type noteKey struct{}

// A note is what becomes known of a request while it is answered.
type note struct {
	mu         sync.Mutex
	name, code string
	document   string // SHA-256
	cost       int    // -1 if it is not known
}

// noteOf returns the note of a request; outside of one, a note that nobody reads.
func noteOf(ctx context.Context) *note {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		return n
	}
	return &note{}
}

func (n *note) setOperation(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.name = shorten(name, 64)
}

func (n *note) operation() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.name
}

// setCode keeps the first code of an answer.
func (n *note) setCode(code string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.code == "" {
		n.code = code
	}
}

func (n *note) setDocument(hash string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.document = hash
}

// keep notes down what was found out when an answer was kept.
func (n *note) keep(a *keptAnswer) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.document, n.name, n.cost = a.document, shorten(a.name, 64), a.cost
}

func (n *note) setCost(cost int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cost = cost
}

// A statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	sent int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.sent == 0 {
		w.sent = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) status() int {
	if w.sent == 0 {
		return http.StatusOK
	}
	return w.sent
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
