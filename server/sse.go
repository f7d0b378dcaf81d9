package main

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/parleygraph/parley/graph/resolver"
)

// stream answers one operation as server-sent events, by the protocol graphql-sse in its mode of distinct connections: an event
// "next" for each answer, then an event "complete". A browser's EventSource reads it from a URL; it must be closed at
// "complete", or it asks again. What is refused is an event too, since an EventSource cannot read any other body.
func (t *transport) stream(w http.ResponseWriter, r *http.Request, p *params) {
	ctx, stop := t.sockets.until(r.Context())
	defer stop()
	e := &events{w: w, control: http.NewResponseController(w)}
	// A stream lasts longer than the server's time for reading a request. That a client has gone is found all the same.
	_ = e.control.SetReadDeadline(time.Time{})
	h := w.Header()
	h.Set("Content-Type", mediaStream+"; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy must not wait for more

	start := time.Now()
	op, a := t.prepareMasked(ctx, p)
	if a == nil && op.Operation.Operation != ast.Subscription {
		limited, cancel := context.WithTimeout(r.Context(), t.config.Timeout) // it may run on when the server stops
		a = t.answer(limited, p)
		cancel()
	}
	if a == nil && !t.sockets.subscribe() {
		a = t.refuseAs(http.StatusServiceUnavailable, resolver.CodeTooComplex, "the server has as many subscriptions as it may have; try again later")
	}
	if a != nil {
		t.observe("sse", a, start)
		noteOf(ctx).setCode(a.code)
		_ = e.write("next", a.body) && e.write("complete", nil)
		return
	}
	defer t.sockets.unsubscribe()
	next, end, a := t.subscribe(ctx, op)
	if a != nil {
		_ = e.write("next", a.body) && e.write("complete", nil)
		return
	}
	defer end()
	answers := make(chan *answer)
	go func() { // it ends with ctx, which ends with this function
		defer close(answers)
		for {
			a := next(ctx)
			if a == nil {
				return
			}
			select {
			case answers <- a:
			case <-ctx.Done():
				return
			}
		}
	}()
	defer func() {
		stop()
		for range answers { // until it has ended: nothing of a subscription outlives its request
		}
	}()
	ping := time.NewTicker(t.config.Ping)
	defer ping.Stop()
	if !e.comment() {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ping.C:
			if !e.comment() {
				return
			}
		case a, ok := <-answers:
			if !ok {
				e.write("complete", nil)
				return
			}
			t.observe("sse", a, time.Time{})
			if !e.write("next", a.body) {
				return
			}
		}
	}
}

// events writes server-sent events. Each write reports whether the client still takes them.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// write writes an event. It has a data line even if it has no data: an EventSource drops events without one. JSON as it is
// written here has no line breaks.
func (e *events) write(name string, data []byte) bool {
	var b bytes.Buffer
	b.WriteString("event: ")
	b.WriteString(name)
	b.WriteString("\ndata: ")
	b.Write(data)
	b.WriteString("\n\n")
	return e.flush(b.Bytes())
}

// comment writes what nobody reads, so that the connection is not taken for dead.
func (e *events) comment() bool { return e.flush([]byte(":\n\n")) }

func (e *events) flush(text []byte) bool {
	_ = e.control.SetWriteDeadline(time.Now().Add(eventGrace))
	if _, err := e.w.Write(text); err != nil {
		return false
	}
	return e.control.Flush() == nil
}
