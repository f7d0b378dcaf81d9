package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

var soakTime = flag.Duration("soak", 10*time.Second, "how long TestSoak asks; -soak 5m for many requests")

// soakClients is how many ask at once.
const soakClients = 8

// A soak is clients that ask a running program what they know the answers of, in all the ways there are.
type soak struct {
	url      atomic.Pointer[string] // of the program as it runs now
	down     atomic.Bool            // it has been told to stop, and its successor does not answer yet
	client   *http.Client
	answers  map[string]string // document → data, as it was before the soak
	list     []string          // the documents
	asked    atomic.Int64
	refused  atomic.Int64 // while it was down
	sockets  atomic.Int64 // closed with 1001
	problems sync.Map     // text → how often
}

func (s *soak) problem(format string, args ...any) {
	n, _ := s.problems.LoadOrStore(fmt.Sprintf(format, args...), new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
}

// check compares an answer with what is known of it.
func (s *soak) check(way, query string, body []byte) {
	s.asked.Add(1)
	if got := withoutCost(body); got != s.answers[query] {
		s.problem("%s: %.60q was answered %.200s", way, query, got)
	}
}

// failed judges a request that got no answer: that is announced while the program is down, or was when the request began.
func (s *soak) failed(way string, wasDown bool, err error) {
	if wasDown || s.down.Load() {
		s.refused.Add(1)
		time.Sleep(20 * time.Millisecond)
		return
	}
	s.problem("%s: %v", way, err)
}

// overHTTP asks once: by POST, by GET, or for events.
func (s *soak) overHTTP(ctx context.Context, way, query string) {
	wasDown := s.down.Load()
	var r *http.Request
	var err error
	if way == "GET" {
		r, err = http.NewRequestWithContext(ctx, "GET", *s.url.Load()+"/graphql?query="+url.QueryEscape(query), nil)
	} else {
		r, err = http.NewRequestWithContext(ctx, "POST", *s.url.Load()+"/graphql", bytes.NewReader(mustMarshal(map[string]any{"query": query})))
		r.Header.Set("Content-Type", "application/json")
	}
	if err != nil {
		s.problem("%s: %v", way, err)
		return
	}
	if way == "events" {
		r.Header.Set("Accept", "text/event-stream")
	}
	answer, err := s.client.Do(r)
	if err != nil {
		if ctx.Err() == nil {
			s.failed(way, wasDown, err)
		}
		return
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.failed(way, wasDown, err)
	case answer.StatusCode != http.StatusOK:
		s.problem("%s: %s: %.200s", way, answer.Status, body)
	case way == "events":
		m := regexp.MustCompile(`(?m)^event: ?next\ndata: ?(.*)$`).FindSubmatch(body)
		if m == nil {
			s.problem("events: %.200s", body)
			return
		}
		s.check(way, query, m[1])
	default:
		s.check(way, query, body)
	}
}

// overSocket opens a socket, asks some questions on it, and stays until it is told to go or the program closes it.
func (s *soak) overSocket(ctx context.Context, queries []string, linger time.Duration) {
	wasDown := s.down.Load()
	c, _, err := websocket.Dial(ctx, strings.Replace(*s.url.Load(), "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		if ctx.Err() == nil {
			s.failed("socket", wasDown, err)
		}
		return
	}
	defer c.CloseNow()
	c.SetReadLimit(1 << 20)
	gone := func(err error) {
		switch {
		case ctx.Err() != nil:
		case websocket.CloseStatus(err) == websocket.StatusGoingAway && s.down.Load():
			s.sockets.Add(1)
		default:
			s.failed("socket", wasDown, err)
		}
	}
	if err := wsjson.Write(ctx, c, map[string]any{"type": "connection_init"}); err != nil {
		gone(err)
		return
	}
	for i, query := range queries {
		message := map[string]any{"id": strconv.Itoa(i), "type": "subscribe", "payload": map[string]any{"query": query}}
		if err := wsjson.Write(ctx, c, message); err != nil {
			gone(err)
			return
		}
	}
	for completed := 0; completed < len(queries); {
		var m struct {
			Type, ID string
			Payload  json.RawMessage
		}
		if err := wsjson.Read(ctx, c, &m); err != nil {
			gone(err)
			return
		}
		switch m.Type {
		case "next":
			i, _ := strconv.Atoi(m.ID)
			s.check("socket", queries[i], m.Payload)
		case "complete":
			completed++
		case "error":
			s.problem("socket: %s", m.Payload)
			completed++
		}
	}
	lingering, cancel := context.WithTimeout(ctx, linger)
	defer cancel()
	if _, _, err := c.Read(lingering); err != nil && lingering.Err() == nil {
		gone(err)
	}
	c.Close(websocket.StatusNormalClosure, "")
}

// run lets all clients ask until ctx is done.
func (s *soak) run(ctx context.Context) {
	var wg sync.WaitGroup
	for i := range soakClients {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 6))
			one := func() string { return s.list[random.IntN(len(s.list))] }
			for ctx.Err() == nil {
				switch way := random.IntN(20); {
				case way < 9:
					s.overHTTP(ctx, "POST", one())
				case way < 16:
					s.overHTTP(ctx, "GET", one())
				case way < 18:
					s.overHTTP(ctx, "events", one())
				default:
					s.overSocket(ctx, []string{one(), one(), one()}, time.Duration(random.IntN(300))*time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
	s.client.CloseIdleConnections()
}

// gauges returns what the program holds once its garbage is collected and its connections have ended.
func gauges(t *testing.T, metrics string) map[string]float64 {
	t.Helper()
	base := strings.TrimSuffix(metrics, "/metrics")
	for range 2 { // the second collects what finalizers let go of
		do(t, newRequest(t, "GET", base+"/debug/pprof/heap?gc=1", nil))
	}
	_, text := do(t, newRequest(t, "GET", metrics, nil))
	values := map[string]float64{}
	for _, m := range regexp.MustCompile(`(?m)^(\w+) (\S+)$`).FindAllStringSubmatch(text, -1) {
		values[m[1]], _ = strconv.ParseFloat(m[2], 64)
	}
	return values
}

// TestSoak lets clients ask everything in every way, stops the program amidst of it and starts it again on the same store: each
// answer is what it was, nothing fails but what the stop announces, and in the end the program holds no more than before.
func TestSoak(t *testing.T) {
	length := *soakTime
	if testing.Short() {
		length = 2 * time.Second
	}
	dir := t.TempDir()
	start := func() (*served, string) {
		p := startServe(t, dir, nil, "-metrics-addr", "127.0.0.1:0")
		return p, regexp.MustCompile(`metrics +(http://\S+)`).FindStringSubmatch(p.said)[1]
	}
	program, _ := start()
	s := &soak{answers: map[string]string{}, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: soakClients}}}
	s.url.Store(&program.url)
	for _, e := range examples() {
		s.answers[e.Query] = program.ask(t, e.Query)
		s.list = append(s.list, e.Query)
	}
	for i := range 20 { // as a front end's, with other arguments each time
		query := fmt.Sprintf("{ actors(first: %d) { nodes { id name events(first: 2) { totalCount } } pageInfo { hasNextPage } } stats { revision } }", i+1)
		s.answers[query] = program.ask(t, query)
		s.list = append(s.list, query)
	}
	for query, answer := range s.answers {
		if strings.Contains(answer, `"errors"`) {
			t.Fatalf("%s: %s", query, answer)
		}
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.run(ctx)
	}()
	time.Sleep(length / 2)
	s.down.Store(true)
	if got := program.stop(t); got != exitOK {
		t.Errorf("status %d after SIGTERM, want 0: %s", got, shorten(strings.Join(program.log.lines(), "\n"), 2000))
	}
	program, metrics := start()
	s.url.Store(&program.url)
	time.Sleep(100 * time.Millisecond) // what had begun before has failed by now
	s.down.Store(false)
	firstLife := s.asked.Load()
	time.Sleep(length / 2)
	stop()
	<-done
	after := gauges(t, metrics)

	// The same load once more: what is held now must not have grown by it.
	ctx, stop = context.WithTimeout(t.Context(), length/2)
	defer stop()
	s.run(ctx)
	for wait := time.Now(); time.Since(wait) < 5*time.Second; time.Sleep(50 * time.Millisecond) {
		if gauges(t, metrics)["go_goroutines"] <= after["go_goroutines"] {
			break
		}
	}
	again := gauges(t, metrics)
	if got := program.stop(t); got != exitOK {
		t.Errorf("status %d after SIGTERM, want 0", got)
	}

	s.problems.Range(func(text, n any) bool {
		t.Errorf("%d times: %s", n.(*atomic.Int64).Load(), text)
		return true
	})
	if firstLife == 0 || s.asked.Load() < firstLife+soakClients {
		t.Errorf("%d answers before the stop, %d in all", firstLife, s.asked.Load())
	}
	for _, gauge := range []string{"parley_sockets", "parley_answers_in_flight", "parley_subscriptions", "parley_panics_total"} {
		if v, ok := again[gauge]; !ok || v != 0 {
			t.Errorf("%s is %v, want 0", gauge, v)
		}
	}
	if was, is := after["go_goroutines"], again["go_goroutines"]; is > was+4 {
		t.Errorf("%v goroutines, and %v after as many requests more", was, is)
	}
	const heap = "go_memstats_heap_alloc_bytes"
	if was, is := after[heap], again[heap]; was == 0 || is > was*1.25+4<<20 {
		t.Errorf("%.1f MB of heap, and %.1f after as many requests more", was/1e6, is/1e6)
	}
	t.Logf("%d answers, %d requests refused while it was down, %d sockets closed with 1001; heap %.1f MB, then %.1f; goroutines %v, then %v",
		s.asked.Load(), s.refused.Load(), s.sockets.Load(), after[heap]/1e6, again[heap]/1e6, after["go_goroutines"], again["go_goroutines"])
}
