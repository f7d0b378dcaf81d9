package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
)

// A keptWrite is a write as its writer knows it.
type keptWrite struct {
	input                  fields
	event, claim, revision string // "" until it was acknowledged
}

// TestKilled kills the program while clients write and ask, again and again, and starts it on what it left. Every write that was acknowledged is
// there, whole; a write that was not, sent again with its key, is there once; what was known before any of them is answered all the
// time as it was then; and whoever listens hears of each once.
func TestKilled(t *testing.T) {
	length := *soakTime / 4
	if testing.Short() {
		length = time.Second
	}
	dir := t.TempDir()
	token, hash := newToken()
	if err := appendLine(filepath.Join(dir, "writers"), (writer{"Night desk", hash}).line()); err != nil {
		t.Fatal(err)
	}
	start := func() *served { return startServe(t, dir, nil, "-writers", "writers") }
	program := start()
	var golden []question
	answers, before := []string{}, time.Now().UTC().Format(time.RFC3339Nano)
	for _, q := range goldenQueries(t) {
		if q.query = knownAt(t, q.query, before); q.query != "" {
			golden, answers = append(golden, q), append(answers, withoutCost(answerTo(t, program.url, q)))
		}
	}
	from := get(decoded(t, program.ask(t, `{ stats { revision } }`)), "data", "stats", "revision").(string)

	const writers = 6
	writes := make([][]*keptWrite, writers)
	const rounds = 4
	for round := range rounds {
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := 0; ; i++ {
					var k *keptWrite
					n := len(writes[w])
					if i == 0 && n > 0 && writes[w][n-1].claim == "" {
						k = writes[w][n-1] // what the crash kept the answer of
					} else if ctx.Err() != nil {
						return
					} else {
						k = &keptWrite{input: with(with(validEvent, "clientKey", fmt.Sprint(w, " ", n)), "summary", fmt.Sprintf("Call %d of writer %d.", n, w))}
						writes[w] = append(writes[w], k)
					}
					p, err := try(program.url, token, "recordEvent", k.input)
					if err != nil {
						return // it was killed
					}
					if errs := string(mustMarshal(p["userErrors"])); errs != "[]" {
						t.Errorf("writer %d: %s", w, errs)
						return
					}
					k.event, k.claim, k.revision = get(p, "event", "id").(string), get(p, "claim", "id").(string), p["revision"].(string)
				}
			})
		}
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(round), 7))
			for ctx.Err() == nil {
				i := random.IntN(len(golden))
				body, err := tryQuestion(program.url, golden[i])
				if err != nil {
					return
				}
				if got := withoutCost(body); got != answers[i] {
					t.Errorf("while others write, %s\nis answered\n%.500s\nand was\n%.500s", golden[i].query, got, answers[i])
					return
				}
			}
		})
		time.Sleep(length / rounds)
		if round < rounds-1 {
			if err := program.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-program.waited
		}
		stop()
		wg.Wait()
		if round < rounds-1 {
			program = start()
		}
	}

	acknowledged, revisions := map[string]*keptWrite{}, map[string]bool{}
	for w, list := range writes {
		last := 0
		for _, k := range list {
			if k.claim == "" {
				t.Fatalf("writer %d: a write was not acknowledged though nobody died", w)
			}
			acknowledged[k.event] = k
			var n int
			if fmt.Sscan(k.revision, &n); n <= last || revisions[k.revision] {
				t.Errorf("writer %d: revision %d after %d", w, n, last)
			}
			last, revisions[k.revision] = n, true
		}
	}
	found := 0
	for after := "null"; ; {
		out := decoded(t, program.ask(t, fmt.Sprintf(`{ events(where: {text: "call writer", during: {from: "2027"}}, first: 100, after: %s) { totalCount pageInfo { endCursor hasNextPage }
			nodes { id summary participations { actor { id } } claims { nodes { id recordedBy } } } } }`, after)))
		page := get(out, "data", "events").(fields)
		for _, n := range page["nodes"].([]any) {
			e := n.(fields)
			k := acknowledged[e["id"].(string)]
			if k == nil {
				t.Errorf("there is an event that nobody was told of: %v", e)
				continue
			}
			found++
			want := fmt.Sprintf(`{"claims":{"nodes":[{"id":%q,"recordedBy":"Night desk"}]},"id":%q,"participations":[{"actor":{"id":"person:pete-hegseth"}},{"actor":{"id":"person:scott-bessent"}}],"summary":%q}`, k.claim, k.event, k.input["summary"])
			if got := string(mustMarshal(e)); got != want {
				t.Errorf("the event is %s, want %s", got, want)
			}
		}
		if get(page, "pageInfo", "hasNextPage") != true {
			break
		}
		after = string(mustMarshal(get(page, "pageInfo", "endCursor")))
	}
	if found != len(acknowledged) {
		t.Errorf("%d events are there, and %d were acknowledged", found, len(acknowledged))
	}
	if got := program.stop(t); got != exitOK {
		t.Errorf("status %d: %s", got, strings.Join(program.log.lines(), "\n"))
	}

	st, err := store.Open(t.Context(), filepath.Join(dir, "parley-data"), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Check(t.Context(), nil); err != nil {
		t.Error(err)
	}
	feed, err := graph.New(st, "").Changes(t.Context(), nil, &from)
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	for range acknowledged {
		n, err := feed.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !revisions[n.Revision] {
			t.Errorf("a notice of revision %s, which nobody was told of, or for the second time", n.Revision)
		}
		delete(revisions, n.Revision)
		feed.Release()
	}
	if len(revisions) > 0 {
		t.Errorf("no notice of %v", revisions)
	}
	t.Logf("%d writes, killed %d times", len(acknowledged), rounds-1)
}

// try is write against a program that may be gone.
func try(url, token, name string, input fields) (fields, error) {
	out, err := post(url, fields{"query": writeDocument(name), "variables": fields{"input": input}}, token)
	if err != nil {
		return nil, err
	}
	p, ok := get(out, "data", name).(fields)
	if !ok {
		return nil, fmt.Errorf("%v", out)
	}
	return p, nil
}

func tryQuestion(url string, q question) ([]byte, error) {
	request := fields{"query": q.query}
	if q.variables != "" {
		request["variables"] = raw(q.variables)
	}
	r, err := http.NewRequest("POST", url+"/graphql", strings.NewReader(string(mustMarshal(request))))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	return fetch(r)
}
