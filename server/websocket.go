package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/parleygraph/parley/graph/resolver"
)

// The codes that a socket is closed with, by the protocol graphql-transport-ws.
const (
	closeBadRequest      = websocket.StatusCode(4400) // what came is no message of the protocol
	closeUnauthorized    = websocket.StatusCode(4401) // an operation came before connection_init was acknowledged
	closeForbidden       = websocket.StatusCode(4403) // connection_init did not say who it is
	closeSubprotocol     = websocket.StatusCode(4406) // the client speaks neither protocol
	closeInitTimeout     = websocket.StatusCode(4408)
	closeSubscriberKnown = websocket.StatusCode(4409) // an operation has this id already
	closeTooManyInits    = websocket.StatusCode(4429)
)

// sockets answers over WebSocket, and ends all that streams when the server stops.
type sockets struct {
	*service
	base          context.Context // done when the server stops
	stop          context.CancelFunc
	streams       sync.WaitGroup // what is open
	mu            sync.Mutex     // for the next, and for adding to streams
	stopped       bool
	open          int
	subscriptions atomic.Int64
}

func newSockets(s *service) *sockets {
	base, stop := context.WithCancel(context.Background())
	return &sockets{service: s, base: base, stop: stop}
}

// Shutdown ends all streams and waits until they are gone, or ctx is.
func (t *sockets) Shutdown(ctx context.Context) error {
	t.mu.Lock()
	t.stopped = true
	t.mu.Unlock()
	t.stop()
	gone := make(chan struct{})
	go func() {
		t.streams.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// until returns a context that is done when ctx is, or when the server stops. The caller must call stop.
func (t *sockets) until(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	unlink := context.AfterFunc(t.base, cancel)
	return ctx, func() {
		unlink()
		cancel()
	}
}

// enter takes a place for a socket.
func (t *sockets) enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped || t.open >= t.config.MaxSockets {
		return false
	}
	t.open++
	t.streams.Add(1)
	t.metrics.sockets.Inc()
	return true
}

func (t *sockets) leave() {
	t.mu.Lock()
	t.open--
	t.mu.Unlock()
	t.metrics.sockets.Dec()
	t.streams.Done()
}

// subscribe takes a place for a subscription, and reports whether there was one.
func (t *sockets) subscribe() bool {
	if t.subscriptions.Add(1) > int64(t.config.MaxSubscriptions) {
		t.subscriptions.Add(-1)
		return false
	}
	t.metrics.subscriptions.Inc()
	return true
}

func (t *sockets) unsubscribe() {
	t.subscriptions.Add(-1)
	t.metrics.subscriptions.Dec()
}

// ServeHTTP makes a WebSocket of a request and serves it until it is closed.
func (t *sockets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !t.enter() {
		w.Header().Set("Retry-After", "5")
		refuse(w, r, http.StatusServiceUnavailable, resolver.CodeTooComplex, "the server has as many WebSockets as it may have; try again later")
		return
	}
	defer t.leave()
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Time{})
	options := &websocket.AcceptOptions{Subprotocols: []string{modern.name, legacy.name}, OriginPatterns: t.config.Origins}
	if slices.Contains(t.config.Origins, "*") {
		options.InsecureSkipVerify = true // the instance's own wish; there are no cookies that a page could misuse
	}
	conn, err := websocket.Accept(w, r, options) // it answers if it fails
	if err != nil {
		noteOf(r.Context()).setCode(codeBadUserInput)
		return
	}
	conn.SetReadLimit(t.config.MaxBody)
	// A socket outlives the server's shutdown of requests, so it listens to the server's own end.
	ctx, stop := t.until(context.WithoutCancel(r.Context()))
	defer stop()
	s := &socket{sockets: t, conn: conn, header: r.Header, ctx: ctx, asker: ctx, stop: stop, active: map[string]context.CancelFunc{}}
	switch conn.Subprotocol() {
	case modern.name:
		s.dialect = modern
	case legacy.name:
		s.dialect = legacy
	default:
		s.close(closeSubprotocol, "Subprotocol not acceptable")
		return
	}
	s.serve()
}

// A dialect is what the two protocols call the same things.
type dialect struct {
	name, start, stop, next string
}

var (
	modern = dialect{"graphql-transport-ws", "subscribe", "complete", "next"} // of the package graphql-ws
	legacy = dialect{"graphql-ws", "start", "stop", "data"}                   // of subscriptions-transport-ws, which GraphQL Playground speaks
)

// A message is one of either protocol.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// A socket is one client's.
type socket struct {
	*sockets
	dialect
	conn   *websocket.Conn
	header http.Header
	ctx    context.Context
	stop   context.CancelFunc

	begun   bool            // connection_init was acknowledged; only the reading goroutine uses it
	asker   context.Context // ctx with who it is; the same goroutine's
	closing sync.Once       // of the connection
	writing sync.Mutex      // one message at a time

	mu         sync.Mutex
	active     map[string]context.CancelFunc
	operations sync.WaitGroup
}

// serve reads messages until the connection ends, and then waits for all that it began.
func (s *socket) serve() {
	defer s.operations.Wait()
	defer s.conn.CloseNow()
	defer s.stop()
	going := context.AfterFunc(s.base, func() { s.close(websocket.StatusGoingAway, "the server stops") })
	defer going()
	silent := time.AfterFunc(s.config.InitTimeout, func() { s.close(closeInitTimeout, "Connection initialisation timeout") })
	defer silent.Stop()
	s.operations.Go(s.keepAlive)
	for {
		// The end of the server closes the connection, which ends reading; a context would cut it off before the close.
		kind, text, err := s.conn.Read(context.WithoutCancel(s.ctx))
		if err != nil {
			return
		}
		var m message
		if kind != websocket.MessageText || json.Unmarshal(text, &m) != nil {
			s.close(closeBadRequest, "want a message of the protocol, as JSON")
			return
		}
		if !s.take(m, silent) {
			return
		}
	}
}

// take does what a message says. It reports false when the connection is over.
func (s *socket) take(m message, silent *time.Timer) bool {
	switch {
	case m.Type == "connection_init":
		if s.begun {
			s.close(closeTooManyInits, "Too many initialisation requests")
			return false
		}
		if !silent.Stop() || !s.identify(m.Payload) {
			return false
		}
		s.begun = true
		return s.send(message{Type: "connection_ack"})
	case m.Type == "ping" && s.dialect == modern:
		return s.send(message{Type: "pong", Payload: m.Payload})
	case m.Type == "pong" && s.dialect == modern:
	case m.Type == "connection_terminate" && s.dialect == legacy:
		s.close(websocket.StatusNormalClosure, "")
		return false
	case m.Type == s.dialect.start:
		return s.begin(m)
	case m.Type == s.dialect.stop && m.ID != "":
		s.mu.Lock()
		cancel := s.active[m.ID]
		delete(s.active, m.ID)
		s.mu.Unlock()
		if cancel != nil {
			cancel()
		}
	default:
		s.close(closeBadRequest, "this is no message that the protocol knows here")
		return false
	}
	return true
}

// identify finds out who it is, by the request's header or by the payload of connection_init, where browsers must put it.
func (s *socket) identify(payload json.RawMessage) bool {
	if s.config.Identify == nil || payload == nil {
		return true
	}
	var said map[string]any
	if json.Unmarshal(payload, &said) != nil {
		s.close(closeBadRequest, "the payload of connection_init must be an object")
		return false
	}
	for _, name := range []string{"Authorization", "authorization"} {
		if text, ok := said[name].(string); ok {
			ctx, err := s.config.Identify(s.ctx, http.Header{"Authorization": {text}})
			if err != nil {
				s.close(closeForbidden, "Forbidden")
				return false
			}
			s.asker = ctx
		}
	}
	return true
}

// begin begins an operation.
func (s *socket) begin(m message) bool {
	if !s.begun {
		s.close(closeUnauthorized, "Unauthorized")
		return false
	}
	if m.ID == "" || first(m.Payload) != '{' {
		s.close(closeBadRequest, "an operation needs an id and a payload")
		return false
	}
	p, refused := parseParams(m.Payload, "the payload")
	if refused == nil {
		p.header = s.header
		refused = p.complete("there is no query in the payload")
	}
	if refused != nil {
		return s.fail(m.ID, s.refuseAs(0, refused.code, refused.message))
	}
	ctx, cancel := context.WithCancel(s.asker)
	s.mu.Lock()
	_, known := s.active[m.ID]
	full := len(s.active) >= s.config.MaxSocketSubscriptions
	if !known && !full {
		s.active[m.ID] = cancel
	}
	s.mu.Unlock()
	switch {
	case known:
		cancel()
		s.close(closeSubscriberKnown, "Subscriber for this id already exists")
		return false
	case full:
		cancel()
		return s.fail(m.ID, s.refuseAs(0, resolver.CodeTooComplex, "the socket has as many operations under way as it may have; complete one"))
	}
	s.operations.Go(func() {
		defer cancel()
		s.run(ctx, m.ID, p)
	})
	return true
}

// run answers an operation, and tells the end of it unless the client did.
func (s *socket) run(ctx context.Context, id string, p *params) {
	complete := func() {
		s.mu.Lock()
		_, mine := s.active[id]
		delete(s.active, id)
		s.mu.Unlock()
		if mine && s.ctx.Err() == nil {
			s.send(message{ID: id, Type: "complete"})
		}
	}
	fail := func(a *answer) {
		s.mu.Lock()
		_, mine := s.active[id]
		delete(s.active, id)
		s.mu.Unlock()
		if mine {
			s.fail(id, a)
		}
	}
	start := time.Now()
	op, refused := s.prepareMasked(ctx, p)
	if refused != nil {
		s.observe("ws", refused, start)
		fail(refused)
		return
	}
	if seen := p.seen(); seen != "" { // where requests have a header
		if refused := s.catchUp(ctx, seen); refused != nil {
			a := s.refuseAs(refused.status, refused.code, refused.message)
			s.observe("ws", a, start)
			fail(a)
			return
		}
	}
	if op.Operation.Operation != ast.Subscription {
		limited, cancel := context.WithTimeout(ctx, s.config.Timeout)
		defer cancel()
		a := s.answer(limited, p)
		s.observe("ws", a, start)
		if !a.hasData {
			fail(a)
			return
		}
		s.send(message{ID: id, Type: s.next, Payload: a.body})
		complete()
		return
	}
	if !s.sockets.subscribe() {
		fail(s.refuseAs(0, resolver.CodeTooComplex, "the server has as many subscriptions as it may have; try again later"))
		return
	}
	defer s.unsubscribe()
	next, end, refused := s.service.subscribe(ctx, op)
	if refused != nil {
		fail(refused)
		return
	}
	defer end()
	for {
		a := next(ctx)
		if a == nil {
			complete()
			return
		}
		s.observe("ws", a, time.Time{})
		if !a.hasData {
			fail(a)
			return
		}
		if ctx.Err() != nil || !s.send(message{ID: id, Type: s.next, Payload: a.body}) {
			return
		}
	}
}

// fail tells that an operation was not executed. In the newer protocol the payload is the list of errors; in the older, one.
func (s *socket) fail(id string, a *answer) bool {
	var body struct {
		Errors []json.RawMessage `json:"errors"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil || len(body.Errors) == 0 {
		return true // an answer without data has errors
	}
	payload := body.Errors[0]
	if s.dialect == modern {
		payload = mustMarshal(body.Errors)
	}
	return s.send(message{ID: id, Type: "error", Payload: payload})
}

// send writes a message. A client that does not take it in time is cut off.
func (s *socket) send(m message) bool {
	text := mustMarshal(m)
	s.writing.Lock()
	defer s.writing.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), eventGrace)
	defer cancel()
	err := s.conn.Write(ctx, websocket.MessageText, text)
	if err != nil {
		s.stop()
	}
	return err == nil
}

// keepAlive proves again and again that the client is there.
func (s *socket) keepAlive() {
	tick := time.NewTicker(s.config.Ping)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(s.ctx, s.config.Ping)
		err := s.conn.Ping(ctx)
		cancel()
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				s.conn.CloseNow()
			}
			return
		}
		if s.dialect == legacy {
			s.send(message{Type: "ka"})
		}
	}
}

// close closes the connection with a code, once.
func (s *socket) close(code websocket.StatusCode, reason string) {
	s.closing.Do(func() {
		_ = s.conn.Close(code, reason) // who has gone needs no reason
		s.stop()
	})
}
