package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
)

// twoServers starts two servers at once on what may be an empty database. Each is a program of its own, and writers know one token for both.
// The database is checked when the test ends.
func twoServers(t *testing.T, at string, first, second []string) [2]*desk {
	t.Helper()
	dir := t.TempDir()
	token, hash := newToken()
	if err := appendLine(filepath.Join(dir, "writers"), (writer{"Night desk", hash}).line()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		st, err := store.Open(context.Background(), at, store.Options{Model: graph.StoreModel()})
		if err != nil {
			t.Error(err)
			return
		}
		defer st.Close()
		if err := st.Check(context.Background(), nil); err != nil {
			t.Errorf("the store after the test: %v", err)
		}
	})
	var desks [2]*desk
	var listens [2]func()
	var servers [2]*served
	for i, args := range [][]string{first, second} {
		servers[i], listens[i] = beginServe(t, dir, nil, append([]string{"-store", at, "-writers", "writers"}, args...)...)
	}
	for i, s := range servers {
		listens[i]()
		desks[i] = &desk{Server: &httptest.Server{URL: s.url}, token: token}
		t.Cleanup(func() {
			if got := s.stop(t); got != exitOK {
				t.Errorf("status %d: %s", got, strings.Join(s.log.lines(), "\n"))
			}
		})
	}
	return desks
}

// askAt asks a server, and tells it the revision that whoever asks has seen; 0 is none.
func (d *desk) askAt(t *testing.T, query string, seen uint64) (body string, revision uint64) {
	t.Helper()
	r := postRequest(t, d.Server, fields{"query": query})
	if seen > 0 {
		r.Header.Set(revisionHeader, strconv.FormatUint(seen, 10))
	}
	answer, body := do(t, r)
	revision, err := strconv.ParseUint(answer.Header.Get(revisionHeader), 10, 64)
	if err != nil {
		t.Fatalf("%s: %v: %s", answer.Status, err, body)
	}
	return withoutCost([]byte(body)), revision
}

// made returns the revision that a write led to.
func made(t *testing.T, p fields) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(p["revision"].(string), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestServersBegin starts two servers at once on an empty database: both come up, and the curated quads are there once.
func TestServersBegin(t *testing.T) {
	at := pgtest.Location(t)
	for range 2 { // and again, on what is there
		two := twoServers(t, at, nil, nil)
		const query = `{ stats { revision quads events claims } }`
		a, _ := two[0].askAt(t, query, 0)
		b, _ := two[1].askAt(t, query, 0)
		if want := curatedStats(t, query); a != want || b != want {
			t.Errorf("two servers answer\n%s\n%s\nand one alone\n%s", a, b, want)
		}
	}
}

func curatedStats(t *testing.T, query string) string {
	t.Helper()
	server := httptest.NewServer(Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler)))
	defer server.Close()
	return withoutCost(answerTo(t, server.URL, question{query: query}))
}

// namedOnly is an actor that has nothing but a name in common with another.
func namedOnly(name string) fields {
	return with(with(with(validActor, "name", name), "otherNames", []any{}), "sameAs", []any{})
}

// readsOwnWrites writes on either server in turns and asks the other one at once, with the revision that the write led to.
func readsOwnWrites(t *testing.T, two [2]*desk, rounds int) {
	t.Helper()
	_, seen := two[0].askAt(t, `{ stats { revision } }`, 0)
	for n := range rounds {
		name := fmt.Sprintf("Read me after %d", seen)
		a, b := two[n%2], two[1-n%2]
		p := a.must(t, "recordActor", namedOnly(name))
		if now := made(t, p); now <= seen {
			t.Errorf("write %d made revision %d after %d", n, now, seen)
		} else {
			seen = now
		}
		query := fmt.Sprintf(`{ node(id: %q) { ... on Person { name } } stats { revision } }`, get(p, "actor", "id"))
		body, at := b.askAt(t, query, seen)
		if want := fmt.Sprintf(`{"data":{"node":{"name":%q},"stats":{"revision":"%d"}}}`, name, at); body != want || at < seen {
			t.Fatalf("of revision %d, which it was told of, the other server answers at %d: %s, want %s", seen, at, body, want)
		}
	}
}

// TestServersReadYourWrites has two servers that ask the database for news so seldom that they would not hear of any: whoever tells the revision that it has seen
// is answered from it all the same. And it has servers as they are, which hear of each other's writes by themselves.
func TestServersReadYourWrites(t *testing.T) {
	t.Run("told", func(t *testing.T) {
		seldom := []string{"-store-poll", "10s"}
		two := twoServers(t, pgtest.Location(t), seldom, seldom)
		readsOwnWrites(t, two, 30)
		_, newest := two[0].askAt(t, `{ stats { revision } }`, 0)
		for seen, want := range map[string]string{
			fmt.Sprint(newest + 1): fmt.Sprintf("Parley-Revision: there has been no revision %d yet, the store is at %d", newest+1, newest),
			"-1":                   `Parley-Revision: \"-1\" is no revision`,
			"1e3":                  `Parley-Revision: \"1e3\" is no revision`,
		} {
			for _, path := range []string{"/graphql?query={kinds{id}}", "/actor/person:pete-hegseth", "/graph.json?around=person:pete-hegseth"} {
				r := newRequest(t, "GET", two[1].URL+path, nil)
				r.Header.Set(revisionHeader, seen)
				if answer, body := do(t, r); answer.StatusCode != http.StatusBadRequest || !strings.Contains(body, want) || !strings.Contains(body, "BAD_USER_INPUT") {
					t.Errorf("%s of revision %s: %s, %s", path, seen, answer.Status, body)
				}
			}
		}
	})
	t.Run("told over a WebSocket", func(t *testing.T) {
		seldom := []string{"-store-poll", "10s"}
		two := twoServers(t, pgtest.Location(t), seldom, seldom)
		newest := uint64(0)
		for n, protocol := range []string{"graphql-transport-ws", "graphql-ws", "graphql-transport-ws"} {
			c := (&streamServer{Server: two[1-n%2].Server}).connect(t, protocol)
			start, next := "subscribe", "next"
			if protocol == "graphql-ws" {
				start, next = "start", "data"
			}
			newest = made(t, two[n%2].must(t, "recordSource", validSource))
			seen := fmt.Sprint(newest)
			if n == 0 {
				seen = strconv.Quote(seen)
			}
			c.say(fmt.Sprintf(`{"id":"a","type":%q,"payload":{"query":"{ stats { revision } }","extensions":{%q:%s}}}`, start, revisionHeader, seen))
			_, text, err := c.Read(t.Context())
			if want := fmt.Sprintf(`{"stats":{"revision":"%d"}}`, newest); err != nil || !strings.Contains(string(text), strconv.Quote(next)) || !strings.Contains(string(text), want) {
				t.Fatalf("over %s, of revision %s: %s, %v, want %s", protocol, seen, text, err, want)
			}
			c.hear(`{"id":"a","type":"complete"}`)
		}
		c := (&streamServer{Server: two[0].Server}).connect(t, "graphql-transport-ws")
		for seen, problem := range map[string]string{
			fmt.Sprint(newest + 1): fmt.Sprintf("there has been no revision %d yet, the store is at %d; if it was restored from a backup, leave it out", newest+1, newest),
			`"x"`:                  `\"x\" is no revision; send back that of an answer, or leave it out`,
			`["12"]`:               `\"[\\\"12\\\"]\" is no revision; send back that of an answer, or leave it out`,
		} {
			for _, query := range []string{"{ stats { revision } }", "subscription { changes { revision } }"} {
				c.say(fmt.Sprintf(`{"id":"a","type":"subscribe","payload":{"query":%q,"extensions":{%q:%s}}}`, query, revisionHeader, seen))
				c.hear(fmt.Sprintf(`{"id":"a","type":"error","payload":[{"message":"Parley-Revision: %s","extensions":{"code":"BAD_USER_INPUT"}}]}`, problem))
			}
		}
	})
	t.Run("by themselves", func(t *testing.T) {
		two := twoServers(t, pgtest.Location(t), nil, nil)
		for n := range 10 {
			revision := made(t, two[n%2].must(t, "recordSource", validSource))
			eventually(t, "the other server has heard of the write", func() bool {
				_, at := two[1-n%2].askAt(t, `{ stats { revision } }`, 0)
				return at >= revision
			})
		}
	})
}

// TestServersChanges writes on two servers, and listens on both by every transport, cut off again and again and going on at the other one: each hears all writes of
// both once, in one order.
func TestServersChanges(t *testing.T) {
	two := twoServers(t, pgtest.Location(t), nil, nil)
	from := two[0].must(t, "recordSource", validSource)["revision"].(string)
	const writers, each = 4, 8
	var mu sync.Mutex
	wrote := map[string]string{} // the claim, by revision
	var writing, reading sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				p := two[w%2].must(t, "recordEvent", with(validEvent, "summary", fmt.Sprintf("Call %d of writer %d.", i, w)))
				mu.Lock()
				wrote[p["revision"].(string)] = get(p, "claim", "id").(string)
				mu.Unlock()
			}
		})
	}
	const all = writers * each
	heard := make([][]notice, 4)
	for i, listen := range []listener{overEvents, overEvents, overSocket("graphql-transport-ws", "subscribe"), overSocket("graphql-ws", "start")} {
		reading.Go(func() {
			for at, n := from, i; len(heard[i]) < all; n++ {
				next, leave := listen(t, two[n%2], at)
				part := all // the first two stay where they are
				if i >= 2 {
					part = 2 + i
				}
				for range min(part, all-len(heard[i])) {
					n := next()
					heard[i] = append(heard[i], n)
					at = n.Revision
				}
				leave()
			}
		})
	}
	writing.Wait()
	reading.Wait()
	for i, list := range heard {
		if diff := gocmp.Diff(heard[0], list); diff != "" {
			t.Errorf("listener %d heard otherwise than listener 0:\n%s", i, diff)
		}
	}
	seen := map[string]string{}
	for _, n := range heard[0] {
		seen[n.Revision] = n.Changes[0].Claim.ID
	}
	if diff := gocmp.Diff(wrote, seen); diff != "" || len(heard[0]) != all {
		t.Errorf("%d notices of %d writes (-made +heard):\n%s", len(heard[0]), all, diff)
	}
	if !slices.IsSortedFunc(heard[0], func(a, b notice) int {
		return cmp.Or(len(a.Revision)-len(b.Revision), strings.Compare(a.Revision, b.Revision))
	}) {
		t.Error("they were heard of in another order than they were made")
	}
	at := func(n notice) time.Time {
		t.Helper()
		at, err := time.Parse(time.RFC3339Nano, n.At)
		if err != nil {
			t.Error(err)
		}
		return at
	}
	if !slices.IsSortedFunc(heard[0], func(a, b notice) int { return at(a).Compare(at(b)) }) {
		t.Error("the times of the writes of two servers are not in their order")
	}
}

// TestServersConflict lets two servers record at once what cannot be recorded twice: one does, and the other says what one server says alone. With a client's key,
// both say that it is recorded, once.
func TestServersConflict(t *testing.T) {
	two := twoServers(t, pgtest.Location(t), nil, nil)
	both := func(do func(i int) fields) (out [2]fields) {
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() { out[i] = do(i) })
		}
		wg.Wait()
		return out
	}
	alone := newDesk(t)
	for n := range 10 {
		id := fmt.Sprintf("person:taken-%d", n)
		input := with(namedOnly(fmt.Sprintf("Taken %d", n)), "id", id)
		alone.must(t, "recordActor", input)
		want := string(mustMarshal(alone.write(t, "recordActor", input)["userErrors"]))
		got := both(func(i int) fields { return two[i].write(t, "recordActor", input) })
		a, b := string(mustMarshal(got[0]["userErrors"])), string(mustMarshal(got[1]["userErrors"]))
		if a != "[]" {
			a, b = b, a
		}
		if a != "[]" || b != want {
			t.Errorf("of one id, two servers say %s and %s, want [] and %s", a, b, want)
		}

		keyed := with(with(validEvent, "clientKey", fmt.Sprint("key ", n)), "summary", fmt.Sprintf("Once %d.", n))
		got = both(func(i int) fields { return two[i].must(t, "recordEvent", keyed) })
		if a, b := get(got[0], "event", "id"), get(got[1], "event", "id"); a != b || get(got[0], "claim", "id") != get(got[1], "claim", "id") {
			t.Errorf("of one key, two servers made %v and %v", a, b)
		}
		got = both(func(i int) fields {
			return two[i].write(t, "recordEvent", with(with(keyed, "clientKey", fmt.Sprint("other ", n)), "summary", fmt.Sprintf("By %d.", i)))
		})
		a, b = string(mustMarshal(got[0]["userErrors"])), string(mustMarshal(got[1]["userErrors"]))
		if (a == "[]") == (b == "[]") || !strings.Contains(a+b, `"CONFLICT"`) {
			t.Errorf("of one key for two writes, two servers say %s and %s", a, b)
		}
	}
	body, _ := two[0].askAt(t, `{ events(where: {text: "once"}) { totalCount } }`, 0)
	if want := `{"data":{"events":{"totalCount":10}}}`; body != want {
		t.Errorf("%s, want %s", body, want)
	}
}

// TestServersCaches asks both servers the same again and again while both write, as many clients do, each telling the newest revision that it has seen: no answer
// is older than that, and what it says is of the revision that it names.
func TestServersCaches(t *testing.T) {
	two := twoServers(t, pgtest.Location(t), nil, nil)
	_, start := two[0].askAt(t, `{ stats { revision } }`, 0)
	done := make(chan struct{})
	var mu sync.Mutex
	newest := start
	saw := func(revision uint64) uint64 {
		mu.Lock()
		defer mu.Unlock()
		newest = max(newest, revision)
		return newest
	}
	var writing, asking sync.WaitGroup
	const writes = 40 // of each server, each of one source and nothing else
	for i := range 2 {
		writing.Go(func() {
			for range writes {
				saw(made(t, two[i].must(t, "recordSource", validSource)))
			}
		})
	}
	var sources int
	fmt.Sscanf(curatedStats(t, `{ sources { totalCount } }`), `{"data":{"sources":{"totalCount":%d}}}`, &sources)
	for i := range 4 {
		asking.Go(func() {
			for n := 0; ; n++ {
				seen := saw(0)
				body, at := two[(i+n)%2].askAt(t, `{ stats { revision } sources { totalCount } }`, seen)
				want := fmt.Sprintf(`{"data":{"stats":{"revision":"%d"},"sources":{"totalCount":%d}}}`, at, sources+int(at-start))
				if at < seen || body != want {
					t.Errorf("whoever has seen revision %d is answered of %d: %s, want %s", seen, at, body, want)
					return
				}
				saw(at)
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writing.Wait()
	close(done)
	asking.Wait()
	if newest != start+2*writes {
		t.Errorf("after %d writes the newest revision is %d, from %d", 2*writes, newest, start)
	}
}

// TestServersReplica has a server that reads from a standby: it answers as the other does, from what the standby has and, if that is behind, from the database.
func TestServersReplica(t *testing.T) {
	primary := pgtest.Start(t)
	standby := primary.Standby(t)
	read := []string{"-read-store", standby.Location()}
	two := twoServers(t, primary.Location(), nil, read)
	readsOwnWrites(t, two, 10)
	if err := standby.Exec(`SELECT pg_wal_replay_pause()`); err != nil {
		t.Fatal(err)
	}
	readsOwnWrites(t, two, 10)
	if err := standby.Exec(`SELECT pg_wal_replay_resume()`); err != nil {
		t.Fatal(err)
	}
	readsOwnWrites(t, two, 10)
	standby.Kill()
	readsOwnWrites(t, two, 6)
	for _, q := range goldenQueries(t) {
		_, seen := two[0].askAt(t, `{ stats { revision } }`, 0)
		a, b := answerTo(t, two[0].URL, q), answerTo(t, two[1].URL, q)
		if string(a) != string(b) {
			t.Errorf("at revision %d, two servers answer %s\n%.300s\n%.300s", seen, q.query, a, b)
		}
	}
}

// TestServersReady takes the database away and gives it back: /readyz says so, and whoever asks or writes meanwhile is told to try again, and nothing of the database.
func TestServersReady(t *testing.T) {
	database := pgtest.Start(t)
	two := twoServers(t, database.Location(), []string{"-store-timeout", "3s"}, nil)
	ready := func(i int) int {
		answer, _ := do(t, newRequest(t, "GET", two[i].URL+"/readyz", nil))
		return answer.StatusCode
	}
	for i := range two {
		if got := ready(i); got != http.StatusOK {
			t.Fatalf("/readyz = %d before anything happens", got)
		}
	}
	database.Kill()
	for i := range two {
		if got := ready(i); got != http.StatusServiceUnavailable {
			t.Errorf("/readyz = %d without a database", got)
		}
	}
	var asking sync.WaitGroup
	for name, body := range map[string]fields{
		"a question": {"query": `{ events(where: {text: "nobody has asked this"}) { totalCount } }`},
		"a write":    {"query": writeDocument("recordSource"), "variables": fields{"input": validSource}},
	} {
		asking.Go(func() {
			_, text := do(t, postRequest(t, two[0].Server, body, "Authorization", "Bearer "+two[0].token))
			if !strings.Contains(text, `"the store cannot be reached; ask again in a moment`) || !strings.Contains(text, `"TIMEOUT"`) {
				t.Errorf("%s without a database: %s", name, text)
			}
			for _, secret := range []string{"127.0.0.1", fmt.Sprint(database.Port), "dial", "connect", "user"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s without a database says %q: %s", name, secret, text)
				}
			}
			if (name == "a write") != strings.Contains(text, "it may have been recorded") {
				t.Errorf("%s without a database: %s", name, text)
			}
		})
	}
	asking.Go(func() {
		answer, text := do(t, newRequest(t, "GET", two[0].URL+"/actor/person:claudia-sheinbaum", nil))
		if answer.StatusCode != http.StatusServiceUnavailable || strings.Contains(text, "127.0.0.1") {
			t.Errorf("a page without a database: %s, %s", answer.Status, text)
		}
	})
	asking.Wait()
	if err := database.Run(); err != nil {
		t.Fatal(err)
	}
	for i := range two {
		eventually(t, "the server is ready again", func() bool { return ready(i) == http.StatusOK })
	}
	readsOwnWrites(t, two, 4)
}
