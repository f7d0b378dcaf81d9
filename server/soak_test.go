package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
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

// A soak is clients that ask a running program what they know the answers of, in all the ways there are, and write, and hear of what is
// written.
type soak struct {
	url      atomic.Pointer[string] // of the program as it runs now
	down     atomic.Bool            // it has been told to stop, and its successor does not answer yet
	token    string
	client   *http.Client
	answers  map[string]string // document → data, as it was before the soak, and as it must stay
	list     []string          // the documents
	clients  [soakClients]*soakClient
	asked    atomic.Int64
	refused  atomic.Int64 // while it was down
	sockets  atomic.Int64 // closed with 1001
	problems sync.Map     // text → how often
}

// announced is what a request may come to while the program stops and begins anew, and at no other time. Answers with a status of their own are
// no such thing: whoever is heard is answered. The exception is a socket, which would have to be closed again at once.
var announced = regexp.MustCompile(strings.Join([]string{
	`connection refused`,             // nobody listens
	`connection reset by peer|EOF`,   // it came on a connection that was being closed
	`broken pipe`,                    // the same, seen while it was sent
	`server closed idle connection`,  // the same, in the words of Go's client
	`handshake response .* got 503$`, // of a socket
}, "|"))

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
	if (wasDown || s.down.Load()) && announced.MatchString(err.Error()) {
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

// A soakWrite is a write as its client knows it.
type soakWrite struct {
	mutation string
	input    fields
	fields   // what it was answered; nil until it was acknowledged
}

func (w *soakWrite) claim() string    { return get(w.fields, "claim", "id").(string) }
func (w *soakWrite) entity() string   { return get(w.fields, "entity", "id").(string) }
func (w *soakWrite) revision() uint64 { return revisionOf(w.fields["revision"].(string)) }

func revisionOf(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// A soakClient asks and writes, one after the other.
type soakClient struct {
	*soak
	number int
	random *rand.Rand
	writes []*soakWrite    // all acknowledged, but perhaps the last
	closed map[string]bool // claims that it has retracted or corrected
}

// draw chooses what to write next, mostly of what was written before.
func (c *soakClient) draw() *soakWrite {
	key := fmt.Sprintf("client %d, write %d", c.number, len(c.writes))
	says := fields{"source": article, "locator": "paragraph 2", "statement": "So says " + key + "."}
	event := &soakWrite{mutation: "recordEvent", input: with(with(validEvent, "summary", "Call of "+key+"."), "clientKey", key)}
	var events, open []*soakWrite
	for _, w := range c.writes {
		switch {
		case w.mutation == "recordEvent":
			events = append(events, w)
		case w.mutation == "assertClaim" && !c.closed[w.claim()]:
			open = append(open, w)
		}
	}
	if len(events) == 0 {
		return event
	}
	about := events[c.random.IntN(len(events))].entity()
	asserted := fields{"clientKey": key, "evidence": says, "facts": []any{fields{"subject": about, "field": "when", "value": fmt.Sprintf("2027-01-%02d", 1+c.random.IntN(28))}}}
	switch n := c.random.IntN(10); {
	case n < 4:
		return event
	case n < 5:
		return &soakWrite{mutation: "recordSource", input: with(with(validSource, "title", "The paper of "+key), "clientKey", key)}
	case n < 7 || len(open) == 0:
		return &soakWrite{mutation: "assertClaim", input: asserted}
	case n < 8: // somebody else denies that he was called
		return &soakWrite{mutation: "assertClaim", input: with(with(asserted, "stance", "DENIES"), "facts", []any{fields{"subject": about, "field": "role:recipient", "value": "person:scott-bessent"}})}
	case n < 9:
		closed := open[c.random.IntN(len(open))].claim()
		return &soakWrite{mutation: "retractClaim", input: fields{"clientKey": key, "claim": closed, "reason": "It was a slip."}}
	default:
		closed := open[c.random.IntN(len(open))].claim()
		return &soakWrite{mutation: "assertClaim", input: with(with(asserted, "supersedes", closed), "reason", "It was another day.")}
	}
}

// write writes once, or once more what the stop kept the answer of, and asks twice what it must find then.
func (c *soakClient) write(ctx context.Context) {
	var w *soakWrite
	if n := len(c.writes); n > 0 && c.writes[n-1].fields == nil {
		w = c.writes[n-1]
	} else {
		w = c.draw()
		c.writes = append(c.writes, w)
	}
	wasDown := c.down.Load()
	out, err := c.post(ctx, fields{"query": writeDocument(w.mutation), "variables": fields{"input": w.input}})
	if err != nil {
		c.failed("write", wasDown, err)
		return
	}
	p, _ := get(out, "data", w.mutation).(fields)
	if p == nil || string(mustMarshal(p["userErrors"])) != "[]" {
		c.problem("%s is answered %.300s", w.mutation, mustMarshal(out))
		c.writes = c.writes[:len(c.writes)-1]
		return
	}
	w.fields = p
	for _, closed := range []string{"claim", "supersedes"} {
		if id, ok := w.input[closed].(string); ok {
			c.closed[id] = true
		}
	}
	for range 2 {
		wasDown := c.down.Load()
		out, err := c.post(ctx, fields{"query": `query After($id: ID!) { stats { revision } node(id: $id) { id } }`, "variables": fields{"id": w.entity()}})
		if err != nil {
			c.failed("after a write", wasDown, err)
			return
		}
		c.asked.Add(1)
		if n, _ := get(out, "data", "stats", "revision").(string); n == "" || revisionOf(n) < w.revision() || get(out, "data", "node", "id") != w.entity() {
			c.problem("after write %d of %s: %.300s", w.revision(), w.entity(), mustMarshal(out))
		}
	}
}

// post is for what the stop of the soak does not cut off: a write that was sent is to be heard of.
func (c *soakClient) post(ctx context.Context, body fields) (out fields, err error) {
	r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), "POST", *c.url.Load()+"/graphql", bytes.NewReader(mustMarshal(body)))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.token)
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %.200s", answer.Status, text)
	}
	return out, json.Unmarshal(text, &out)
}

// run lets all clients ask, and write if they are to, until ctx is done; what they wrote is acknowledged then.
func (s *soak) run(ctx context.Context, writing bool) {
	var wg sync.WaitGroup
	for _, c := range s.clients {
		wg.Go(func() {
			one := func() string { return s.list[c.random.IntN(len(s.list))] }
			for ctx.Err() == nil {
				switch way := c.random.IntN(20); {
				case way < 7:
					s.overHTTP(ctx, "POST", one())
				case way < 13:
					s.overHTTP(ctx, "GET", one())
				case way < 15:
					s.overHTTP(ctx, "events", one())
				case way < 17:
					s.overSocket(ctx, []string{one(), one(), one()}, time.Duration(c.random.IntN(60))*time.Millisecond)
				case writing:
					c.write(ctx)
				}
			}
			for n := len(c.writes); n > 0 && c.writes[n-1].fields == nil; n = len(c.writes) {
				c.write(ctx)
			}
		})
	}
	wg.Wait()
	s.client.CloseIdleConnections()
}

// acknowledged returns all writes that the program has said it made, by revision. No client runs.
func (s *soak) acknowledged() map[uint64]*soakWrite {
	all := map[uint64]*soakWrite{}
	for _, c := range s.clients {
		for _, w := range c.writes {
			if all[w.revision()] != nil {
				s.problem("two writes made revision %d", w.revision())
			}
			all[w.revision()] = w
		}
	}
	return all
}

// A soakListener stays subscribed to changes, and goes on where it was when the program begins anew.
type soakListener struct {
	*soak
	way  string // events, or socket
	last string // revision

	begun int // how often it subscribed

	mu    sync.Mutex
	heard map[uint64]string // claims, by revision
}

// listen listens until ctx is done.
func (l *soakListener) listen(ctx context.Context) {
	for ctx.Err() == nil {
		wasDown := l.down.Load()
		question := fields{"query": changesQuery, "variables": fields{"after": l.last}}
		subscribe := l.overEvents
		if l.way == "socket" {
			subscribe = l.overSocket
		}
		before := l.begun
		if err := subscribe(ctx, question); ctx.Err() == nil {
			l.failed("listening by "+l.way, wasDown && l.begun == before, err) // what has begun may end only while the program is down
		}
	}
}

// hear takes down a notice.
func (l *soakListener) hear(text []byte) {
	var out struct {
		Data struct{ Changes notice }
	}
	if err := json.Unmarshal(text, &out); err != nil || len(out.Data.Changes.Changes) == 0 {
		l.problem("a notice by %s is %.300s", l.way, text)
		return
	}
	n := out.Data.Changes
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heard[revisionOf(n.Revision)] != "" || revisionOf(n.Revision) <= revisionOf(l.last) {
		l.problem("by %s, a notice of revision %s comes again, or too late", l.way, n.Revision)
	}
	l.heard[revisionOf(n.Revision)], l.last = n.Changes[0].Claim.ID, n.Revision
}

func (l *soakListener) overEvents(ctx context.Context, question fields) error {
	r, err := http.NewRequestWithContext(ctx, "POST", *l.url.Load()+"/graphql", bytes.NewReader(mustMarshal(question)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	answer, err := l.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	l.begun++
	for in := bufio.NewReader(answer.Body); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		if text, ok := strings.CutPrefix(line, "data: {"); ok {
			l.hear([]byte("{" + text))
		}
	}
}

func (l *soakListener) overSocket(ctx context.Context, question fields) error {
	c, _, err := websocket.Dial(ctx, strings.Replace(*l.url.Load(), "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return err
	}
	defer c.CloseNow()
	if err := wsjson.Write(ctx, c, map[string]any{"type": "connection_init"}); err != nil {
		return err
	}
	if err := wsjson.Write(ctx, c, map[string]any{"id": "changes", "type": "subscribe", "payload": question}); err != nil {
		return err
	}
	l.begun++
	for {
		var m struct {
			Type    string
			Payload json.RawMessage
		}
		switch err := wsjson.Read(ctx, c, &m); {
		case websocket.CloseStatus(err) == websocket.StatusGoingAway && l.down.Load():
			l.sockets.Add(1)
			return io.EOF
		case err != nil:
			return err
		case m.Type == "next":
			l.hear(m.Payload)
		case m.Type != "connection_ack":
			l.problem("listening by socket: %s %s", m.Type, m.Payload)
		}
	}
}

// listening runs a function while listeners listen, and lets them hear of all that was written meanwhile.
func (s *soak) listening(ctx context.Context, listeners []*soakListener, do func()) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	for _, l := range listeners {
		wg.Go(func() { l.listen(ctx) })
	}
	do()
	for _, l := range listeners {
		for wait := time.Now(); time.Since(wait) < 10*time.Second; time.Sleep(20 * time.Millisecond) {
			l.mu.Lock()
			n := len(l.heard)
			l.mu.Unlock()
			if n >= len(s.acknowledged()) {
				break
			}
		}
	}
	stop()
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

// TestSoak lets clients ask everything in every way, and write, stops the program amidst of it and starts it again on the same store: each
// answer about what was known before is what it was, whoever wrote finds it at once, and in the end, too; whoever listens hears of each
// write once; nothing fails but what the stop announces; the store is whole, and the program holds no more than before.
func TestSoak(t *testing.T) {
	length := *soakTime
	if testing.Short() {
		length = 2 * time.Second
	}
	dir := t.TempDir()
	token, hash := newToken()
	if err := appendLine(filepath.Join(dir, "writers"), (writer{"Night desk", hash}).line()); err != nil {
		t.Fatal(err)
	}
	start := func() (*served, string) {
		p := startServe(t, dir, nil, "-writers", "writers", "-metrics-addr", "127.0.0.1:0")
		return p, regexp.MustCompile(`metrics +(http://\S+)`).FindStringSubmatch(p.said)[1]
	}
	program, _ := start()
	s := &soak{token: token, answers: map[string]string{}, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * soakClients}}}
	s.url.Store(&program.url)
	before := time.Now().UTC().Format(time.RFC3339Nano)
	ask := func(query string) {
		if query = knownAt(t, query, before); query == "" {
			return // it asks for what no later question has a view of
		}
		s.answers[query] = program.ask(t, query)
		s.list = append(s.list, query)
	}
	for _, e := range examples() {
		ask(e.Query)
	}
	for i := range 20 { // as a front end's, with other arguments each time
		ask(fmt.Sprintf("{ actors(first: %d) { nodes { id name events(first: 2) { totalCount } } pageInfo { hasNextPage } } }", i+1))
	}
	for query, answer := range s.answers {
		if strings.Contains(answer, `"errors"`) {
			t.Fatalf("%s: %s", query, answer)
		}
	}
	from := get(decoded(t, program.ask(t, `{ stats { revision } }`)), "data", "stats", "revision").(string)
	listeners := []*soakListener{{soak: s, way: "events"}, {soak: s, way: "socket"}}
	for _, l := range listeners {
		l.last, l.heard = from, map[uint64]string{}
	}
	for i := range s.clients {
		s.clients[i] = &soakClient{soak: s, number: i, random: rand.New(rand.NewPCG(uint64(i), 6)), closed: map[string]bool{}}
	}

	var metrics string
	var began map[string]float64 // before anybody asked the second time
	firstLife := int64(0)
	s.listening(t.Context(), listeners, func() {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.run(ctx, true)
		}()
		time.Sleep(length / 2)
		s.down.Store(true)
		if got := program.stop(t); got != exitOK {
			t.Errorf("status %d after SIGTERM, want 0: %s", got, shorten(strings.Join(program.log.lines(), "\n"), 2000))
		}
		program, metrics = start()
		began = gauges(t, metrics)
		s.url.Store(&program.url)
		time.Sleep(100 * time.Millisecond) // what had begun before has failed by now
		s.down.Store(false)
		firstLife = s.asked.Load()
		time.Sleep(length / 2)
		stop()
		<-done
	})
	after := gauges(t, metrics)

	// The same questions once more: what is held now must not have grown by them.
	s.listening(t.Context(), listeners, func() {
		ctx, stop := context.WithTimeout(t.Context(), length/2)
		defer stop()
		s.run(ctx, false)
	})
	for wait := time.Now(); time.Since(wait) < 5*time.Second; time.Sleep(50 * time.Millisecond) {
		if gauges(t, metrics)["go_goroutines"] <= began["go_goroutines"] {
			break
		}
	}
	again := gauges(t, metrics)

	acknowledged := s.acknowledged()
	s.find(t, program, acknowledged)
	if got := program.stop(t); got != exitOK {
		t.Errorf("status %d after SIGTERM, want 0", got)
	}
	if out, err := parley(dir, nil, "check").CombinedOutput(); err != nil {
		t.Errorf("check: %v: %s", err, out)
	}

	for _, l := range listeners {
		for revision, w := range acknowledged {
			if want := w.claim(); l.heard[revision] != want {
				t.Errorf("by %s, of revision %d %q was heard, want %q", l.way, revision, l.heard[revision], want)
			}
		}
		if len(l.heard) != len(acknowledged) {
			t.Errorf("by %s, %d notices were heard, and %d writes acknowledged", l.way, len(l.heard), len(acknowledged))
		}
		if l.begun < 3 {
			t.Errorf("by %s it subscribed %d times, want 3 at least: at the start, after the stop, and for the questions without writes", l.way, l.begun)
		}
	}
	s.problems.Range(func(text, n any) bool {
		t.Errorf("%d times: %s", n.(*atomic.Int64).Load(), text)
		return true
	})
	if firstLife == 0 || s.asked.Load() < firstLife+soakClients || len(acknowledged) == 0 {
		t.Errorf("%d answers before the stop, %d in all, and %d writes", firstLife, s.asked.Load(), len(acknowledged))
	}
	for _, gauge := range []string{"parley_sockets", "parley_answers_in_flight", "parley_subscriptions", "parley_panics_total"} {
		if v, ok := again[gauge]; !ok || v != 0 {
			t.Errorf("%s is %v, want 0", gauge, v)
		}
	}
	if was, is := began["go_goroutines"], again["go_goroutines"]; was == 0 || is > was+4 {
		t.Errorf("%v goroutines, and %v after all", was, is)
	}
	const heap = "go_memstats_heap_alloc_bytes"
	if was, is := after[heap], again[heap]; was == 0 || is > was*1.25+4<<20 {
		t.Errorf("%.1f MB of heap, and %.1f after as many requests more", was/1e6, is/1e6)
	}
	if after["parley_answer_cache_hits_total"] == 0 {
		t.Error("no answer came from memory while others wrote")
	}
	t.Logf("%d answers, %.0f of the second life from memory, and %d writes, heard of %d times; %d requests refused while it was down, %d sockets closed with 1001; heap %.1f MB, then %.1f, then %.1f; goroutines %v, then %v",
		s.asked.Load(), again["parley_answer_cache_hits_total"], len(acknowledged), len(listeners[0].heard)+len(listeners[1].heard),
		s.refused.Load(), s.sockets.Load(), began[heap]/1e6, after[heap]/1e6, again[heap]/1e6, began["go_goroutines"], again["go_goroutines"])
}

// find asks for all that was acknowledged: it is there, and stands or was retracted as its client left it.
func (s *soak) find(t *testing.T, program *served, acknowledged map[uint64]*soakWrite) {
	t.Helper()
	want := map[string]string{} // ids, and what is to be said of them
	for _, w := range acknowledged {
		want[w.entity()] = fmt.Sprintf(`{"id":%q}`, w.entity()) // unless it is a claim
	}
	for _, w := range acknowledged {
		if w.mutation != "retractClaim" {
			want[w.claim()] = fmt.Sprintf(`{"id":%q,"recordedBy":"Night desk","retractedBy":null}`, w.claim())
		}
	}
	for _, c := range s.clients {
		for id := range c.closed {
			want[id] = fmt.Sprintf(`{"id":%q,"recordedBy":"Night desk","retractedBy":"Night desk"}`, id)
		}
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(want)), 100) {
		out := decoded(t, program.ask(t, fmt.Sprintf(`{ nodes(ids: %s) { id ... on Claim { recordedBy retractedBy } } }`, mustMarshal(ids))))
		for i, n := range get(out, "data", "nodes").([]any) {
			if got := string(mustMarshal(n)); got != want[ids[i]] {
				t.Errorf("%s is %s, want %s", ids[i], got, want[ids[i]])
			}
		}
	}
}
