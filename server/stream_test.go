package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// A ticking schema has a subscription, and nothing that Parley has: what streams is tested with it, since it says when events
// come. It is executed as gqlgen executes what it generates: a channel a subscription, a response an event.
type ticking struct {
	schema  *ast.Schema
	running atomic.Int64
	events  chan struct{} // an event for each, for whichever subscription is first
}

const tickingSDL = `
type Query { hello: String! }
type Mutation { write: String! }
type Subscription { ticks(from: Int! = 0, to: Int): Int! forever: Int! fails: Int! }
`

func newTicking() *ticking {
	return &ticking{schema: gqlparser.MustLoadSchema(&ast.Source{Input: tickingSDL}), events: make(chan struct{})}
}

func (s *ticking) Schema() *ast.Schema { return s.schema }

func (s *ticking) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (s *ticking) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	field := oc.Operation.SelectionSet[0].(*ast.Field)
	data := func(v any) *graphql.Response {
		return &graphql.Response{Data: mustMarshal(map[string]any{field.Alias: v})}
	}
	if oc.Operation.Operation != ast.Subscription {
		return graphql.OneShot(data("world"))
	}
	if field.Name == "fails" {
		graphql.AddErrorf(ctx, "secret")
		return graphql.OneShot(&graphql.Response{})
	}
	events := make(chan int)
	s.running.Add(1)
	go func() {
		defer s.running.Add(-1)
		defer close(events)
		args := field.ArgumentMap(oc.Variables)
		n, _ := whole(args["from"])
		to, limited := whole(args["to"])
		for ; !limited || n < to; n++ {
			if field.Name == "forever" {
				select {
				case <-s.events:
				case <-ctx.Done():
					return
				}
			}
			select {
			case events <- n:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func(ctx context.Context) *graphql.Response {
		select {
		case n, ok := <-events:
			if ok {
				return data(n)
			}
		case <-ctx.Done():
		}
		return nil
	}
}

type streamServer struct {
	*httptest.Server
	schema  *ticking
	surface *Surface
}

// newStreamServer serves the ticking schema. When the test ends, nothing of it may run.
func newStreamServer(t *testing.T, c Config) *streamServer {
	t.Helper()
	g := curatedGraph(t) // counted before: the first test that asks opens it, and its goroutines stay for the tests to come
	before := runtime.NumGoroutine()
	schema := newTicking()
	surface := newHandler(c, g, schema, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(surface)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := surface.Shutdown(ctx); err != nil {
			t.Errorf("streams that do not end: %v", err)
		}
		server.CloseClientConnections()
		server.Close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		eventually(t, "no subscription runs", func() bool { return schema.running.Load() == 0 })
		eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
	})
	return &streamServer{server, schema, surface}
}

// eventually waits until something holds, for ten seconds at most.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 1000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("not within ten seconds: %s\n%s", what, stacks[:runtime.Stack(stacks, true)])
}

type client struct {
	*websocket.Conn
	t *testing.T
}

func (s *streamServer) dial(t *testing.T, protocol string, headers ...string) *client {
	t.Helper()
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	options := &websocket.DialOptions{HTTPHeader: h}
	if protocol != "" {
		options.Subprotocols = []string{protocol}
	}
	c, answer, err := websocket.Dial(t.Context(), s.URL+"/graphql", options)
	if err != nil {
		status := ""
		if answer != nil {
			status = answer.Status
		}
		t.Fatalf("%v %s", err, status)
	}
	t.Cleanup(func() { c.CloseNow() })
	return &client{c, t}
}

func (s *streamServer) connect(t *testing.T, protocol string) *client {
	t.Helper()
	c := s.dial(t, protocol)
	c.say(`{"type":"connection_init"}`)
	c.hear(`{"type":"connection_ack"}`)
	return c
}

func (c *client) say(text string) {
	c.t.Helper()
	if err := c.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// hear reads messages and compares them, each as JSON, with want.
func (c *client) hear(want ...string) {
	c.t.Helper()
	for _, w := range want {
		ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
		var got, wanted any
		err := wsjson.Read(ctx, c.Conn, &got)
		cancel()
		if err != nil {
			c.t.Fatalf("%v, want %s", err, w)
		}
		if err := json.Unmarshal([]byte(w), &wanted); err != nil {
			c.t.Fatal(err)
		}
		if g, w := string(mustMarshal(got)), string(mustMarshal(wanted)); g != w {
			c.t.Fatalf("heard %s, want %s", g, w)
		}
	}
}

// closes reads until the connection is closed and compares the code.
func (c *client) closes(want websocket.StatusCode) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	for {
		_, text, err := c.Read(ctx)
		if err == nil {
			c.t.Logf("before the close: %s", text)
			continue
		}
		var closed websocket.CloseError
		if !errors.As(err, &closed) || closed.Code != want {
			c.t.Errorf("closed with %v, want %d", err, want)
		}
		return
	}
}

// TestWebSocket speaks both protocols.
func TestWebSocket(t *testing.T) {
	type step struct{ say, hear string }
	for _, test := range []struct {
		name, protocol string
		steps          []step
	}{
		{"events and their end", "graphql-transport-ws", []step{
			{`{"id":"a","type":"subscribe","payload":{"query":"subscription { ticks(to: 2) }"}}`, `{"id":"a","type":"next","payload":{"data":{"ticks":0},"extensions":{"cost":1}}}`},
			{"", `{"id":"a","type":"next","payload":{"data":{"ticks":1},"extensions":{"cost":1}}}`},
			{"", `{"id":"a","type":"complete"}`},
			{`{"id":"a","type":"subscribe","payload":{"query":"{ hello }"}}`, `{"id":"a","type":"next","payload":{"data":{"hello":"world"},"extensions":{"cost":1}}}`},
			{"", `{"id":"a","type":"complete"}`},
		}},
		{"variables", "graphql-transport-ws", []step{
			{`{"id":"a","type":"subscribe","payload":{"query":"subscription S($n: Int) { ticks(from: 6, to: $n) }","variables":{"n":7},"operationName":"S"}}`, `{"id":"a","type":"next","payload":{"data":{"ticks":6},"extensions":{"cost":1}}}`},
			{"", `{"id":"a","type":"complete"}`},
		}},
		{"ping", "graphql-transport-ws", []step{{`{"type":"ping","payload":{"x":1}}`, `{"type":"pong","payload":{"x":1}}`}}},
		{"an operation that is stopped", "graphql-transport-ws", []step{
			{`{"id":"a","type":"subscribe","payload":{"query":"subscription { forever }"}}`, ""},
			{`{"id":"a","type":"complete"}`, ""},
			{`{"id":"b","type":"subscribe","payload":{"query":"mutation { write }"}}`, `{"id":"b","type":"next","payload":{"data":{"write":"world"},"extensions":{"cost":1}}}`},
			{"", `{"id":"b","type":"complete"}`},
		}},
		{"a document that is wrong", "graphql-transport-ws", []step{
			{`{"id":"a","type":"subscribe","payload":{"query":"{ x }"}}`, `{"id":"a","type":"error","payload":[{"message":"Cannot query field \"x\" on type \"Query\".","locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT"}}]}`},
			{`{"id":"a","type":"subscribe","payload":{"variables":{}}}`, `{"id":"a","type":"error","payload":[{"message":"there is no query in the payload","extensions":{"code":"BAD_USER_INPUT"}}]}`},
		}},
		{"a resolver that fails", "graphql-transport-ws", []step{
			{`{"id":"a","type":"subscribe","payload":{"query":"subscription { fails }"}}`, `{"id":"a","type":"error","payload":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`},
		}},
		{"events and their end, in the older protocol", "graphql-ws", []step{
			{`{"id":"1","type":"start","payload":{"query":"subscription { ticks(to: 1) }"}}`, `{"id":"1","type":"data","payload":{"data":{"ticks":0},"extensions":{"cost":1}}}`},
			{"", `{"id":"1","type":"complete"}`},
			{`{"id":"2","type":"start","payload":{"query":"subscription { forever }"}}`, ""},
			{`{"id":"2","type":"stop"}`, ""},
			{`{"id":"3","type":"start","payload":{"query":"{ x }"}}`, `{"id":"3","type":"error","payload":{"message":"Cannot query field \"x\" on type \"Query\".","locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT"}}}`},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStreamServer(t, Config{})
			c := s.connect(t, test.protocol)
			for _, step := range test.steps {
				if step.say != "" {
					c.say(step.say)
				}
				if step.hear != "" {
					c.hear(step.hear)
				}
			}
		})
	}
}

// TestWebSocketCloses does what the protocol forbids, and compares the codes.
func TestWebSocketCloses(t *testing.T) {
	const begin, forever = `{"type":"connection_init"}`, `{"id":"a","type":"subscribe","payload":{"query":"subscription { forever }"}}`
	for _, test := range []struct {
		name, protocol string
		say            []string
		want           websocket.StatusCode
	}{
		{"no protocol", "", nil, 4406},
		{"nothing said", "graphql-transport-ws", nil, 4408},
		{"no JSON", "graphql-transport-ws", []string{"x"}, 4400},
		{"an unknown message", "graphql-transport-ws", []string{begin, `{"type":"x"}`}, 4400},
		{"a message of the other protocol", "graphql-transport-ws", []string{begin, `{"id":"a","type":"start","payload":{"query":"{ hello }"}}`}, 4400},
		{"no payload", "graphql-transport-ws", []string{begin, `{"id":"a","type":"subscribe"}`}, 4400},
		{"no id", "graphql-transport-ws", []string{begin, `{"type":"subscribe","payload":{"query":"{ hello }"}}`}, 4400},
		{"an operation too early", "graphql-transport-ws", []string{forever}, 4401},
		{"one id for two", "graphql-transport-ws", []string{begin, forever, forever}, 4409},
		{"begun twice", "graphql-transport-ws", []string{begin, begin}, 4429},
		{"the end, in the older protocol", "graphql-ws", []string{begin, `{"type":"connection_terminate"}`}, websocket.StatusNormalClosure},
		{"a message too large", "graphql-transport-ws", []string{begin, `{"type":"ping","payload":{"x":"` + strings.Repeat("x", 5000) + `"}}`}, websocket.StatusMessageTooBig},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStreamServer(t, Config{InitTimeout: 200 * time.Millisecond, MaxBody: 4 << 10})
			c := s.dial(t, test.protocol)
			for _, text := range test.say {
				c.say(text)
			}
			c.closes(test.want)
		})
	}
}

// TestWebSocketStops ends the server with subscriptions under way.
func TestWebSocketStops(t *testing.T) {
	s := newStreamServer(t, Config{})
	c := s.connect(t, "graphql-transport-ws")
	c.say(`{"id":"a","type":"subscribe","payload":{"query":"subscription { forever }"}}`)
	s.schema.events <- struct{}{} // it runs
	c.hear(`{"id":"a","type":"next","payload":{"data":{"forever":0},"extensions":{"cost":1}}}`)
	go s.surface.Shutdown(t.Context())
	c.closes(websocket.StatusGoingAway)
	if answer, _ := do(t, newRequest(t, "GET", s.URL+"/readyz", nil)); answer.StatusCode != 503 {
		t.Errorf("/readyz: %s", answer.Status)
	}
}

// TestWebSocketGone cuts connections off, in the middle of events.
func TestWebSocketGone(t *testing.T) {
	s := newStreamServer(t, Config{})
	for range 20 {
		c := s.connect(t, "graphql-transport-ws")
		for i := range 5 {
			c.say(fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":{"query":"subscription { %s }"}}`, i, []string{"forever", "ticks"}[i%2]))
		}
		c.CloseNow()
	}
	eventually(t, "no subscription runs", func() bool { return s.schema.running.Load() == 0 })
}

// TestWebSocketLimits subscribes 2,000 times on one socket, opens more sockets than there may be, and has more subscriptions
// than there may be in all.
func TestWebSocketLimits(t *testing.T) {
	s := newStreamServer(t, Config{MaxSocketSubscriptions: 50, MaxSubscriptions: 60, MaxSockets: 3})
	c := s.connect(t, "graphql-transport-ws")
	go func() {
		for i := range 2000 {
			if c.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"id":"%d","type":"subscribe","payload":{"query":"subscription { forever }"}}`, i)) != nil {
				return
			}
		}
	}()
	for range 1950 {
		var m message
		if err := wsjson.Read(t.Context(), c.Conn, &m); err != nil || m.Type != "error" || !strings.Contains(string(m.Payload), "TOO_COMPLEX") {
			t.Fatalf("%v: %v", err, m)
		}
	}
	eventually(t, "50 run", func() bool { return s.schema.running.Load() == 50 })
	other := s.connect(t, "graphql-transport-ws")
	for i := range 12 {
		other.say(fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":{"query":"subscription { forever }"}}`, i))
	}
	for range 2 {
		var m message
		if err := wsjson.Read(t.Context(), other.Conn, &m); err != nil || m.Type != "error" {
			t.Fatalf("%v: %v", err, m)
		}
	}
	s.connect(t, "graphql-transport-ws")
	if _, answer, err := websocket.Dial(t.Context(), s.URL+"/graphql", nil); err == nil || answer == nil || answer.StatusCode != 503 {
		t.Errorf("a socket too many: %v, %v", answer, err)
	}
}

// TestWebSocketOrigins opens sockets from pages.
func TestWebSocketOrigins(t *testing.T) {
	for _, test := range []struct {
		allowed []string
		origin  string
		want    bool
	}{
		{nil, "", true}, {nil, "https://other.example", false}, {[]string{"https://front.example"}, "https://front.example", true},
		{[]string{"https://front.example"}, "http://front.example", false}, {[]string{"*"}, "https://other.example", true},
	} {
		s := newStreamServer(t, Config{Origins: test.allowed})
		h := http.Header{}
		if test.origin != "" {
			h.Set("Origin", test.origin)
		}
		c, answer, err := websocket.Dial(t.Context(), s.URL+"/graphql", &websocket.DialOptions{HTTPHeader: h, Subprotocols: []string{"graphql-transport-ws"}})
		if (err == nil) != test.want || !test.want && (answer == nil || answer.StatusCode != 403) {
			t.Errorf("%v from %q: %v", test.allowed, test.origin, err)
		}
		if err == nil {
			c.CloseNow()
		}
	}
}

// TestWebSocketIdentify puts who it is into the context, from the header or from the payload.
func TestWebSocketIdentify(t *testing.T) {
	var seen atomic.Value
	s := newStreamServer(t, Config{Identify: func(ctx context.Context, h http.Header) (context.Context, error) {
		seen.Store(h.Get("Authorization"))
		if h.Get("Authorization") == "Bearer wrong" {
			return nil, errors.New("this token is not known")
		}
		return ctx, nil
	}})
	s.dial(t, "graphql-transport-ws", "Authorization", "Bearer header")
	if got := seen.Load(); got != "Bearer header" {
		t.Errorf("by header: %v", got)
	}
	c := s.dial(t, "graphql-transport-ws")
	c.say(`{"type":"connection_init","payload":{"Authorization":"Bearer payload"}}`)
	c.hear(`{"type":"connection_ack"}`)
	if got := seen.Load(); got != "Bearer payload" {
		t.Errorf("by payload: %v", got)
	}
	c = s.dial(t, "graphql-transport-ws")
	c.say(`{"type":"connection_init","payload":{"Authorization":"Bearer wrong"}}`)
	c.closes(4403)
	answer, body := do(t, postRequest(t, s.Server, map[string]any{"query": "{ hello }"}, "Authorization", "Bearer wrong"))
	if answer.StatusCode != 401 || !strings.Contains(body, "UNAUTHENTICATED") || answer.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("over HTTP: %s %s", answer.Status, body)
	}
}

// listen asks for server-sent events and returns what reads their lines.
func (s *streamServer) listen(t *testing.T, r *http.Request) (*bufio.Reader, func()) {
	t.Helper()
	r.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if got := answer.Header.Get("Content-Type"); answer.StatusCode != 200 || got != "text/event-stream; charset=utf-8" {
		t.Fatalf("%s, %s", answer.Status, got)
	}
	return bufio.NewReader(answer.Body), func() { answer.Body.Close() }
}

// TestEvents subscribes as EventSource does, by a URL, and by POST as clients do.
func TestEvents(t *testing.T) {
	s := newStreamServer(t, Config{})
	const want = ":\n\nevent: next\ndata: {\"data\":{\"ticks\":0},\"extensions\":{\"cost\":1}}\n\nevent: next\ndata: {\"data\":{\"ticks\":1},\"extensions\":{\"cost\":1}}\n\nevent: complete\ndata: \n\n"
	const query = "subscription { ticks(to: 2) }"
	for name, r := range map[string]*http.Request{
		"GET":  newRequest(t, "GET", s.URL+"/graphql?"+url.Values{"query": {query}}.Encode(), nil),
		"POST": postRequest(t, s.Server, map[string]any{"query": query}),
	} {
		in, _ := s.listen(t, r)
		if got, err := io.ReadAll(in); err != nil || string(got) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
	in, _ := s.listen(t, postRequest(t, s.Server, map[string]any{"query": "subscription { fails }"}))
	if got, err := io.ReadAll(in); err != nil || !strings.Contains(string(got), `"code":"INTERNAL"`) || !strings.HasSuffix(string(got), "event: complete\ndata: \n\n") {
		t.Errorf("one that fails: %v %s", err, got)
	}
	answer, body := do(t, postRequest(t, s.Server, map[string]any{"query": query}))
	if answer.StatusCode != 400 || !strings.Contains(body, "WebSocket") {
		t.Errorf("without a stream: %s %s", answer.Status, body)
	}
}

// TestEventsGone leaves streams, and ends the server under them; silence is broken by comments.
func TestEventsGone(t *testing.T) {
	s := newStreamServer(t, Config{Ping: 50 * time.Millisecond, Timeout: 100 * time.Millisecond, MaxSubscriptions: 10})
	target := s.URL + "/graphql?" + url.Values{"query": {"subscription { forever }"}}.Encode()
	for range 10 {
		in, leave := s.listen(t, newRequest(t, "GET", target, nil))
		for range 10 { // half a second, which is longer than a question may take
			if line, err := in.ReadString('\n'); line != ":\n" || err != nil {
				t.Fatalf("%q, %v", line, err)
			}
			in.ReadString('\n')
		}
		leave()
		eventually(t, "it has ended", func() bool { return s.schema.running.Load() == 0 })
	}
	for range 10 {
		s.listen(t, newRequest(t, "GET", target, nil))
	}
	eventually(t, "all run", func() bool { return s.schema.running.Load() == 10 })
	in, _ := s.listen(t, newRequest(t, "GET", target, nil))
	if got, _ := io.ReadAll(in); !strings.Contains(string(got), "TOO_COMPLEX") {
		t.Errorf("one too many: %s", got)
	}
	if err := s.surface.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	eventually(t, "all have ended", func() bool { return s.schema.running.Load() == 0 })
}
