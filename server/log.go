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
		e := &exchange{Context: r.Context(), ResponseWriter: w, note: note{begun: time.Now(), cost: -1}}
		defer func() {
			n := &e.note
			n.mu.Lock()
			defer n.mu.Unlock()
			m.requested(handlerOf(r.URL.Path), e.status())
			span := trace.SpanFromContext(e.Context)
			n.describe(span)
			l := requestLine{method: shorten(r.Method, 16), path: shorten(r.URL.Path, 100), status: e.status(), time: time.Now(),
				operation: n.name, document: n.document, cost: n.cost, code: n.code}
			l.duration = l.time.Sub(n.begun).Round(time.Microsecond)
			if span.SpanContext().IsSampled() {
				l.trace = span.SpanContext().TraceID().String()
			}
			logLine(e, log, &l)
		}()
		next.ServeHTTP(e, r.WithContext(e))
	})
}

// A requestLine is what the log says of a request. Texts are empty, and the cost is -1, if there is nothing to say.
type requestLine struct {
	time      time.Time // when it was answered
	method    string
	path      string
	status    int
	duration  time.Duration
	operation string
	document  string // SHA-256, of which the beginning is shown
	cost      int
	code      string
	trace     string
}

// logLine logs a request. What newLog made is given the line as it is to be written; any other log, and a line that needs quotes, goes slog's way.
func logLine(ctx context.Context, log *slog.Logger, l *requestLine) {
	h := log.Handler()
	if p, ok := h.(*promptHandler); ok && p.bare && l.plain() {
		p.lines.append(l.appendTo)
		return
	}
	if h.Enabled(ctx, slog.LevelInfo) { // as log.LogAttrs does, which finds out besides who calls it
		_ = h.Handle(ctx, l.record()) // there is nobody to tell
	}
}

func (l *requestLine) record() slog.Record {
	attrs := append(make([]slog.Attr, 0, 9), slog.String("method", l.method), slog.String("path", l.path), slog.Int("status", l.status), slog.Duration("duration", l.duration))
	if l.operation != "" {
		attrs = append(attrs, slog.String("operation", l.operation))
	}
	if l.document != "" {
		attrs = append(attrs, slog.String("document", l.document[:12]))
	}
	if l.cost >= 0 {
		attrs = append(attrs, slog.Int("cost", l.cost))
	}
	if l.code != "" {
		attrs = append(attrs, slog.String("code", l.code))
	}
	if l.trace != "" {
		attrs = append(attrs, slog.String("trace", l.trace))
	}
	r := slog.NewRecord(l.time, slog.LevelInfo, "request", 0)
	r.AddAttrs(attrs...)
	return r
}

// plain reports whether all texts of the line can be written as they are, without quotes.
func (l *requestLine) plain() bool {
	for _, text := range [...]string{l.method, l.path, l.operation, l.code} {
		for i := range len(text) {
			switch b := text[i]; {
			case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '/', b == '.', b == '_', b == '-', b == ':':
			default:
				return false
			}
		}
	}
	return l.method != "" && l.path != ""
}

// appendTo writes a plain line as slog.TextHandler writes its record, for a fraction of the time.
func (l *requestLine) appendTo(b []byte) []byte {
	b = append(b, "time="...)
	b = l.time.AppendFormat(b, "2006-01-02T15:04:05.000Z07:00")
	b = append(append(b, " level=INFO msg=request method="...), l.method...)
	b = append(append(b, " path="...), l.path...)
	b = strconv.AppendInt(append(b, " status="...), int64(l.status), 10)
	b = append(append(b, " duration="...), l.duration.String()...)
	if l.operation != "" {
		b = append(append(b, " operation="...), l.operation...)
	}
	if l.document != "" {
		b = append(append(b, " document="...), l.document[:12]...)
	}
	if l.cost >= 0 {
		b = strconv.AppendInt(append(b, " cost="...), int64(l.cost), 10)
	}
	if l.code != "" {
		b = append(append(b, " code="...), l.code...)
	}
	if l.trace != "" {
		b = append(append(b, " trace="...), l.trace...)
	}
	return append(b, '\n')
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
	begun time.Time // when the request came

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
	return &note{begun: time.Now()}
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

// An exchange is a request being answered: its context, in which its note is, and the writer of its answer, which remembers the status
// that was sent. They are one, since each request has them all.
type exchange struct {
	context.Context
	http.ResponseWriter
	note note
	sent int
}

// Value implements context.Context.
func (e *exchange) Value(key any) any {
	if key == (noteKey{}) {
		return &e.note
	}
	return e.Context.Value(key)
}

func (e *exchange) WriteHeader(status int) {
	if e.sent == 0 {
		e.sent = status
	}
	e.ResponseWriter.WriteHeader(status)
}

func (e *exchange) status() int {
	if e.sent == 0 {
		return http.StatusOK
	}
	return e.sent
}

// Unwrap is for http.ResponseController.
func (e *exchange) Unwrap() http.ResponseWriter { return e.ResponseWriter }
