package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
)

// TestAnswerCacheProperty asks and fills a cache at random, as requests do that overtake each other: what it finds was added under that
// key and at that revision, nothing of an older revision comes back, and it takes no more than it may.
func TestAnswerCacheProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 20 * (keptBytes + 100)
		c := newAnswerCache(limit)
		type at struct {
			key      byte
			revision uint64
		}
		added := map[at]*keptAnswer{}
		latest := uint64(0)
		key := func(of string) byte { return byte(rapid.IntRange(0, 40).Draw(t, of)) }
		revision := func() uint64 {
			r := rapid.Uint64Range(0, 5).Draw(t, "revision")
			latest = max(latest, r)
			return r
		}
		t.Repeat(map[string]func(*rapid.T){
			"find": func(t *rapid.T) {
				x, way := at{key("key"), revision()}, byte(rapid.IntRange(0, 2).Draw(t, "way"))
				got := c.find(answerKey{x.key}, x.revision)
				if way > 0 {
					got = c.findSent([]byte{way, x.key}, x.revision)
				}
				if got != nil && (got != added[x] || x.revision < latest) {
					t.Errorf("find(%v) by way %d = %v, want %v; the latest revision is %d", x, way, got, added[x], latest)
				}
			},
			"add": func(t *rapid.T) {
				x := at{key("key"), revision()}
				a := newKeptAnswer(&answer{body: make([]byte, rapid.IntRange(1, 2*limit/10).Draw(t, "bytes"))}, answerKey{x.key})
				before := c.find(a.key, x.revision)
				c.add(a, x.revision)
				kept := c.find(a.key, x.revision)
				if fits := x.revision == latest && a.size() <= limit/10; before != nil && kept != before || before == nil && (kept == a) != fits {
					t.Errorf("add(%v, %d bytes): %v is kept after %v", x, len(a.body), kept, before)
				}
				if kept == a {
					added[x] = a
				}
			},
			"also": func(t *rapid.T) {
				k, sent := key("key"), []byte{byte(rapid.IntRange(1, 2).Draw(t, "way")), 0}
				sent[1] = k
				sent = append(sent, make([]byte, rapid.SampledFrom([]int{0, 0, limit / 10}).Draw(t, "longer"))...)
				c.also(answerKey{k}, sent)
				got, want := c.findSent(sent, latest), c.find(answerKey{k}, latest)
				if got != want && (got != nil || want.size() <= limit/10-int64(len(sent)+sentBytes)) {
					t.Errorf("by a request that asks %d %v is found, want %v", k, got, want)
				}
			},
			"pack": func(t *rapid.T) {
				k, encoding := key("key"), rapid.IntRange(0, len(encodings)-1).Draw(t, "encoding")
				a := c.find(answerKey{k}, latest)
				if a == nil {
					return
				}
				first, again := c.pack(a, encoding), c.pack(a, encoding)
				if !bytes.Equal(first, compress(encodings[encoding], a.body)) || !bytes.Equal(first, again) {
					t.Errorf("%d bytes of %d were compressed into %d, then into %d", len(a.body), k, len(first), len(again))
				}
				if kept := &first[0] == &again[0]; kept != (a.packed[encoding] != nil) {
					t.Errorf("the same was returned again: %v, and it is kept: %v", kept, !kept)
				}
			},
			"": func(t *rapid.T) {
				sum, sent := int64(0), 0
				for e := c.order.Front(); e != nil; e = e.Next() {
					a := e.Value.(*keptAnswer)
					sum += a.size()
					sent += len(a.sent)
				}
				if bytes, n, _, _ := c.stats(); bytes != sum || bytes > limit || n != c.order.Len() || n != len(c.byKey) || sent != len(c.bySent) {
					t.Errorf("%d answers, said to take %d bytes, take %d of %d; %d keys, and %d requests, want %d", n, bytes, sum, limit, len(c.byKey), len(c.bySent), sent)
				}
			},
		})
	})
}

// TestAnswerCacheOrder fills a cache beyond its limit: it keeps what was asked for last.
func TestAnswerCacheOrder(t *testing.T) {
	a := func(i int) *keptAnswer {
		return newKeptAnswer(&answer{body: make([]byte, 100)}, answerKey{byte(i)})
	}
	c := newAnswerCache(20 * a(0).size())
	for i := range 100 {
		c.add(a(i), 1)
		if i >= 10 && c.find(answerKey{10}, 1) == nil {
			t.Fatalf("the answer that is asked for all the time is gone after %d others", i)
		}
	}
	for i, want := range map[int]bool{0: false, 10: true, 80: false, 81: true, 99: true} {
		if got := c.find(answerKey{byte(i)}, 1) != nil; got != want {
			t.Errorf("answer %d: kept %v, want %v", i, got, want)
		}
	}
}

// TestAnswerBytes checks that the estimate by which the cache is bounded is none too low.
func TestAnswerBytes(t *testing.T) {
	for _, sent := range []int{0, 1, 2 * sentKept} {
		testAnswerBytes(t, sent)
	}
}

// testAnswerBytes asks each answer by so many different requests.
func testAnswerBytes(t *testing.T, sent int) {
	const n, size = 10_000, 200
	c, config := newAnswerCache(1<<30), Config{}.withDefaults()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range n {
		key, _, _ := config.keyOf("{ a }", strconv.Itoa(i), nil)
		c.add(newKeptAnswer(&answer{body: make([]byte, size), revision: strconv.Itoa(1000 + i), document: hashOf(strconv.Itoa(i))}, key), 1)
		for request := range sent {
			c.also(key, strconv.AppendInt(nil, int64(1000*i+request), 10))
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	want, kept, _, _ := c.stats()
	if got := int64(after.HeapAlloc - before.HeapAlloc); kept != n || got > want {
		t.Errorf("%d answers, each asked by %d requests, take %d bytes, and the estimate is %d", kept, sent, got, want)
	} else {
		t.Logf("%d answers, each asked by %d requests: %d bytes, estimated %d", kept, sent, got/n, want/n)
	}
	runtime.KeepAlive(c)
}

func TestKeyOf(t *testing.T) {
	type question struct{ document, operation, variables string }
	const doc = "query A($x: Int, $y: [String]) { a } query B { b }"
	base := question{doc, "A", `{"x": 1, "y": ["é", null]}`}
	c := Config{MaxValues: 10, MaxDepth: 3}.withDefaults()
	key := func(t *testing.T, q question) answerKey {
		t.Helper()
		k, _, ok := c.keyOf(q.document, q.operation, json.RawMessage(q.variables))
		if !ok {
			t.Fatalf("%v has no key", q)
		}
		return k
	}
	for _, x := range []struct {
		name string
		question
		same bool
	}{
		{"itself", base, true},
		{"the order of variables", question{doc, "A", `{"y": ["é", null], "x": 1}`}, true},
		{"spaces", question{doc, "A", `{"x":1,"y":["é",null]}`}, true},
		{"escapes", question{doc, "A", `{"x": 1, "\u0079": ["\u00e9", null]}`}, true},
		{"the order of a list", question{doc, "A", `{"x": 1, "y": [null, "é"]}`}, false},
		{"another number", question{doc, "A", `{"x": 1.0, "y": ["é", null]}`}, false},
		{"a text that looks like it", question{doc, "A", `{"x": "1", "y": ["é", null]}`}, false},
		{"null is not nothing", question{doc, "A", `{"x": 1, "y": ["é", null], "z": null}`}, false},
		{"another operation", question{doc, "B", base.variables}, false},
		{"another document", question{doc + " ", "A", base.variables}, false},
		{"the same bytes otherwise", question{doc + "A", "", base.variables}, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := key(t, x.question) == key(t, base); got != x.same {
				t.Errorf("the same key: %v, want %v", got, x.same)
			}
		})
	}
	for name, q := range map[string]question{
		"no JSON":         {doc, "A", `{"x": }`},
		"no object":       {doc, "A", `[1]`},
		"too many values": {doc, "A", `{"y": ["a","b","c","d","e","f","g","h","i","j"]}`},
		"too deep":        {doc, "A", `{"y": [[[1]]]}`},
		"too large":       {strings.Repeat(" ", int(c.MaxDocument)+1), "A", `{}`},
	} {
		if _, _, ok := c.keyOf(q.document, q.operation, json.RawMessage(q.variables)); ok {
			t.Errorf("%s: it has a key", name)
		}
	}
}

// Values that differ have other keys, and those that do not the same.
func TestCanonical(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "a", "n", "0", "1", "true", "\x01a", "[", "{"})
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		some := []*rapid.Generator[any]{
			rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.Map(text, func(s string) any { return s }),
			rapid.Map(rapid.SampledFrom([]string{"0", "1", "1.0", "11"}), func(s string) any { return json.Number(s) }),
		}
		if depth > 0 {
			some = append(some, rapid.Map(rapid.SliceOfN(value(depth-1), 0, 3), func(l []any) any { return l }),
				rapid.Map(rapid.MapOfN(text, value(depth-1), 0, 3), func(m map[string]any) any { return m }))
		}
		return rapid.OneOf(some...)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := value(2).Draw(t, "a"), value(2).Draw(t, "b")
		if got, want := bytes.Equal(appendCanonical(nil, a), appendCanonical(nil, b)), cmp.Equal(a, b); got != want {
			t.Errorf("%#v and %#v are the same: %v, want %v", a, b, got, want)
		}
	})
}

// TestRemember asks the same again in all the ways there are, and counts what comes from the cache.
func TestRemember(t *testing.T) {
	surface := Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler))
	server := httptest.NewServer(surface)
	defer server.Close()
	const doc = `query Kind($id: ID!) { node(id: $id) { id } }`
	question := map[string]any{"query": doc, "variables": map[string]any{"id": "kind:call"}}
	with := func(change map[string]any) map[string]any {
		q := map[string]any{}
		for _, m := range []map[string]any{question, change} {
			for k, v := range m {
				q[k] = v
			}
		}
		return q
	}
	hash := map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hashOf(doc)}}
	get := func() (*httptest.Server, url.Values) {
		return server, url.Values{"query": {doc}, "variables": {`{"id":"kind:call"}`}}
	}
	ask := func(body map[string]any, headers ...string) string {
		answer, text := do(t, postRequest(t, server, body, headers...))
		if answer.Header.Get(costHeader) == "" {
			t.Errorf("%v: no cost", body)
		}
		return text
	}
	want := ask(question)
	if !strings.Contains(want, `{"id":"kind:call"}`) || !strings.Contains(want, `"extensions":{"cost":2}`) {
		t.Fatal(want)
	}
	hits := func() uint64 { _, _, hits, _ := surface.service.answers.stats(); return hits }
	for _, x := range []struct {
		name string
		ask  func() string
		kept bool
		same bool
	}{
		{"again", func() string { return ask(question) }, true, true},
		{"as another media type", func() string { return ask(question, "Accept", mediaResponse) }, true, true},
		{"by GET", func() string { s, q := get(); _, text := do(t, getRequest(t, s, q)); return text }, true, true},
		{"with the hash, to be registered", func() string { return ask(with(map[string]any{"extensions": hash})) }, false, true},
		{"by the hash", func() string { return ask(with(map[string]any{"query": nil, "extensions": hash})) }, true, true},
		{"with a wrong hash", func() string {
			return ask(with(map[string]any{"query": doc + " ", "extensions": hash}))
		}, false, false},
		{"for another", func() string { return ask(with(map[string]any{"variables": map[string]any{"id": "kind:visit"}})) }, false, false},
		{"of another operation", func() string { return ask(with(map[string]any{"operationName": "Other"})) }, false, false},
	} {
		before := hits()
		got := x.ask()
		if kept := hits() > before; kept != x.kept || (got == want) != x.same {
			t.Errorf("%s: from the cache %v, want %v: %s", x.name, kept, x.kept, got)
		}
	}
	for _, body := range []string{"{ events(first: 0) { totalCount } }", "{ nothing }", "{ kinds { id }", "mutation { x }", "subscription { x }"} {
		before := hits()
		first := ask(map[string]any{"query": body})
		if again := ask(map[string]any{"query": body}); hits() != before || again != first {
			t.Errorf("%s: from the cache, %s", body, again)
		}
	}
}

// TestRememberTimeout asks with no time: the answer that says so is not kept.
func TestRememberTimeout(t *testing.T) {
	surface := Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler))
	p := &params{query: "{ kinds { id } }"}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if a := surface.service.answer(over, p); a.code == "" {
		t.Fatalf("a question without time was answered: %.100s", a.body)
	}
	if a := surface.service.answer(t.Context(), p); a.code != "" || !a.hasData {
		t.Errorf("the next got %.100s", a.body)
	}
}

// TestRememberLog tells of an answer that was kept what it told of the first.
func TestRememberLog(t *testing.T) {
	var log strings.Builder
	surface := Handler(Config{}, curatedGraph(t), slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" {
				return slog.Attr{}
			}
			return a
		},
	})))
	for range 2 {
		r := httptest.NewRequest("POST", "/graphql", strings.NewReader(`{"query": "query Stats { stats { quads } }"}`))
		r.Header.Set("Content-Type", "application/json")
		surface.ServeHTTP(httptest.NewRecorder(), r)
	}
	lines := strings.SplitAfter(log.String(), "\n")
	if _, _, hits, _ := surface.service.answers.stats(); hits != 1 || !strings.Contains(lines[0], "operation=Stats") || !strings.Contains(lines[0], "cost=") {
		t.Fatalf("%d answers from the cache: %s", hits, log.String())
	}
	if diff := cmp.Diff(lines[0], lines[1]); diff != "" {
		t.Errorf("the log of the second differs (-first +second):\n%s", diff)
	}
}

// TestRememberWrites asks while something is written: nobody is given a state from before a write that was acknowledged before the
// question came, and no answer mixes two states.
func TestRememberWrites(t *testing.T) {
	st, err := store.Open(t.Context(), pgtest.Fresh(t), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	surface := Handler(Config{}, graph.New(st, ""), slog.New(slog.DiscardHandler))
	server := httptest.NewServer(surface)
	defer server.Close()
	const writes, readers = 60, 4
	var acknowledged atomic.Uint64
	var asking sync.WaitGroup
	stop := make(chan struct{})
	for range readers {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				least := acknowledged.Load()
				answer, text := do(t, postRequest(t, server, map[string]any{"query": "{ stats { revision quads } }"}))
				var got struct {
					Data struct {
						Stats struct {
							Revision string
							Quads    uint64
						}
					}
				}
				if err := json.Unmarshal([]byte(text), &got); err != nil {
					t.Errorf("%v: %s", err, text)
					return
				}
				s := got.Data.Stats
				if n, err := strconv.ParseUint(s.Revision, 10, 64); err != nil || n < least || s.Quads != n || answer.Header.Get(revisionHeader) != s.Revision {
					t.Errorf("%s of revision %s, want one quad a revision and at least revision %d", text, answer.Header.Get(revisionHeader), least)
					return
				}
			}
		})
	}
	for i := range writes {
		if _, err := st.Add(t.Context(), []store.Quad{{Subject: store.IRI(fmt.Sprint("x:", i)), Predicate: store.IRI("x:p"), Object: store.String("o")}}); err != nil {
			t.Fatal(err)
		}
		acknowledged.Store(uint64(i + 1))
		_, _, before, _ := surface.service.answers.stats()
		for now := before; now == before && !t.Failed(); _, _, now, _ = surface.service.answers.stats() {
			runtime.Gosched() // until somebody is answered from the cache
		}
	}
	close(stop)
	asking.Wait()
	if _, _, hits, misses := surface.service.answers.stats(); hits == 0 || misses < 2 {
		t.Errorf("%d answers came from the cache and %d did not: the test asked nothing of it", hits, misses)
	}
}

// A nobody takes answers as net/http does, and throws them away.
type nobody struct {
	header http.Header
	status int
}

func (n *nobody) Header() http.Header              { return n.header }
func (n *nobody) WriteHeader(status int)           { n.status = status }
func (n *nobody) Write(p []byte) (int, error)      { n.status = 200; return len(p), nil }
func (n *nobody) SetReadDeadline(time.Time) error  { return nil }
func (n *nobody) SetWriteDeadline(time.Time) error { return nil }

// keptAsker returns what asks once more what is kept, without a network.
func keptAsker(t testing.TB) (ask func(), surface *Surface) {
	t.Helper()
	g, err := curated()
	if err != nil {
		t.Fatal(err)
	}
	log, _ := newLog(io.Discard)
	surface = Handler(Config{}, g, log)
	body := []byte(`{"query": "query Stats { stats { quads events actors } }"}`)
	w := &nobody{header: http.Header{}}
	r := &http.Request{Method: "POST", URL: &url.URL{Path: "/graphql"}, RequestURI: "/graphql", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: "x",
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body))}
	in := bytes.NewReader(nil)
	r.Body = io.NopCloser(in)
	return func() {
		in.Reset(body)
		clear(w.header)
		w.status = 0
		if surface.ServeHTTP(w, r); w.status != http.StatusOK {
			t.Fatalf("status %d", w.status)
		}
	}, surface
}

// TestKeptAllocations counts what an answer from memory leaves for the garbage collector: that took an eighth of its time.
func TestKeptAllocations(t *testing.T) {
	ask, surface := keptAsker(t)
	ask()
	const most = 4 // the exchange, the request with it, and how long it took, in words
	if n := testing.AllocsPerRun(1000, ask); n > most {
		t.Errorf("%v allocations, want at most %d", n, most)
	}
	if _, _, hits, misses := surface.service.answers.stats(); misses != 1 || hits == 0 {
		t.Errorf("%d answers from memory, %d not", hits, misses)
	}
}

// TestKeptPacked asks for an answer compressed, again and again: it is compressed once for each encoding.
func TestKeptPacked(t *testing.T) {
	surface := Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler))
	server := httptest.NewServer(surface)
	defer server.Close()
	size := func() int64 { size, _, _, _ := surface.service.answers.stats(); return size }
	ask := func(encoding string) string {
		answer, text := do(t, postRequest(t, server, map[string]any{"query": "{ kinds { id label definition } }"}, "Accept-Encoding", encoding))
		if got := answer.Header.Get("Content-Encoding"); got != strings.TrimPrefix(encoding, "identity") {
			t.Fatalf("encoded as %q, want %q", got, encoding)
		}
		return text
	}
	plain := ask("identity")
	for i, encoding := range encodings {
		before := size()
		for range 3 {
			packed := ask(encoding)
			if want := string(compress(encoding, []byte(plain))); packed != want {
				t.Errorf("%d bytes as %s, want %d", len(packed), encoding, len(want))
			}
		}
		after := size()
		var kept *keptAnswer
		for e := surface.service.answers.order.Front(); e != nil; e = e.Next() {
			kept = e.Value.(*keptAnswer)
		}
		if got, want := after-before, int64(cap(kept.packed[i])); want == 0 || got != want {
			t.Errorf("%s: the cache has grown by %d bytes, want %d", encoding, got, want)
		}
	}
	if again := ask("identity"); again != plain {
		t.Errorf("%s", again)
	}
}

// BenchmarkKept asks again what is kept, without a network: what an answer from memory costs beside net/http.
func BenchmarkKept(b *testing.B) {
	ask, _ := keptAsker(b)
	b.ReportAllocs()
	for b.Loop() {
		ask()
	}
}

// TestCursorsWhenAsked asks for cursors in all the ways that a document can name them, of lists that have none unless somebody does.
func TestCursorsWhenAsked(t *testing.T) {
	g := curatedGraph(t)
	v := g.View()
	defer v.Close()
	first := 2
	list, err := v.Events(t.Context(), nil, nil, graph.Page{First: &first})
	if err != nil {
		t.Fatal(err)
	}
	start, end := list.Edges[0].Cursor, list.Edges[1].Cursor
	surface := Handler(Config{}, g, slog.New(slog.DiscardHandler))
	for _, x := range []struct{ document, want string }{
		{`{ events(first: 2) { edges { cursor } } }`, `{"data":{"events":{"edges":[{"cursor":"` + start + `"},{"cursor":"` + end + `"}]}}}`},
		{`{ events(first: 2) { pageInfo { x: startCursor } } }`, `{"data":{"events":{"pageInfo":{"x":"` + start + `"}}}}`},
		{`query($a: Boolean = true) { events(first: 2) { ...P @include(if: $a) } } fragment P on EventConnection { pageInfo { ... { endCursor } } }`,
			`{"data":{"events":{"pageInfo":{"endCursor":"` + end + `"}}}}`},
	} {
		if got := withoutCost(surface.service.answer(t.Context(), &params{query: x.document}).body); got != x.want {
			t.Errorf("%s is answered %s, want %s", x.document, got, x.want)
		}
	}
	silent := g.View()
	defer silent.Close()
	silent.OmitCursors()
	again, err := silent.Events(t.Context(), nil, nil, graph.Page{First: &first})
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range again.Edges {
		if e.Cursor != "" || e.Node.ID() != list.Edges[i].Node.ID() {
			t.Errorf("edge %d has cursor %q and node %s, want none and %s", i, e.Cursor, e.Node.ID(), list.Edges[i].Node.ID())
		}
	}
	if p := again.PageInfo; p.StartCursor != nil || p.EndCursor != nil || p.HasNextPage != list.PageInfo.HasNextPage {
		t.Errorf("the page is %+v", p)
	}
}
