package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket/wsjson"
	gocmp "github.com/google/go-cmp/cmp"
)

// A notice is what tests read of one.
type notice struct {
	Revision string
	At, By   string
	Changes  []struct {
		What, Reason string
		Claim        struct {
			ID    string
			About []struct{ ID string }
		}
	}
}

const changesQuery = `subscription ($after: String) { changes(afterRevision: $after, where: {by: "Night desk"}) { revision at by changes { what reason claim { id about { id } } } } }`

// A listener subscribes to changes after a revision and returns what reads the next, and what cuts it off.
type listener func(t *testing.T, d *desk, after string) (next func() notice, leave func())

func overEvents(t *testing.T, d *desk, after string) (func() notice, func()) {
	t.Helper()
	r := postRequest(t, d.Server, fields{"query": changesQuery, "variables": fields{"after": after}}, "Accept", "text/event-stream")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(answer.Body)
	return func() (n notice) {
		t.Helper()
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if text, ok := strings.CutPrefix(line, "data: "); ok {
				return readNotice(t, text)
			}
		}
	}, func() { answer.Body.Close() }
}

func overSocket(protocol, start string) listener {
	return func(t *testing.T, d *desk, after string) (func() notice, func()) {
		t.Helper()
		c := (&streamServer{Server: d.Server}).connect(t, protocol)
		c.say(fmt.Sprintf(`{"type":%q,"id":"1","payload":{"query":%q,"variables":{"after":%q}}}`, start, changesQuery, after))
		return func() notice {
			t.Helper()
			var m message
			if err := wsjson.Read(t.Context(), c.Conn, &m); err != nil {
				t.Fatal(err)
			}
			return readNotice(t, string(m.Payload))
		}, func() { c.CloseNow() }
	}
}

func readNotice(t *testing.T, text string) notice {
	t.Helper()
	var out struct {
		Data struct{ Changes notice }
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil || out.Data.Changes.Revision == "" {
		t.Fatalf("%s: %v", text, err)
	}
	return out.Data.Changes
}

// Writers write, and subscribers of every transport are cut off again and again and go on where they were: each hears each write once.
func TestChanges(t *testing.T) {
	d := newDesk(t)
	from := d.must(t, "recordSource", validSource)["revision"].(string)
	const writers, each = 4, 12
	var mu sync.Mutex
	made := map[string]string{} // the claim, by revision
	wrote := func(p fields) {
		mu.Lock()
		defer mu.Unlock()
		made[p["revision"].(string)] = get(p, "claim", "id").(string)
	}
	var writing, reading sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				p := d.must(t, "recordEvent", with(validEvent, "summary", fmt.Sprintf("Call %d of writer %d.", i, w)))
				wrote(p)
				if i%3 == 0 {
					wrote(d.must(t, "retractClaim", fields{"claim": get(p, "claim", "id"), "reason": "It was a slip."}))
				}
			}
		})
	}
	const all = writers * (each + each/3)
	heard := make([][]notice, 3)
	for i, listen := range []listener{overEvents, overSocket("graphql-transport-ws", "subscribe"), overSocket("graphql-ws", "start")} {
		reading.Go(func() {
			for at := from; len(heard[i]) < all; {
				next, leave := listen(t, d, at)
				for range min(2+i, all-len(heard[i])) {
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
		seen := map[string]string{}
		for _, n := range list {
			if len(n.Changes) != 1 || n.By != "Night desk" {
				t.Fatalf("a notice is %+v", n)
			}
			if _, twice := seen[n.Revision]; twice {
				t.Errorf("listener %d heard of revision %s twice", i, n.Revision)
			}
			seen[n.Revision] = n.Changes[0].Claim.ID
		}
		if diff := gocmp.Diff(made, seen); diff != "" {
			t.Errorf("listener %d heard other writes than were made (-made +heard):\n%s", i, diff)
		}
		if !slices.IsSortedFunc(list, func(a, b notice) int {
			return cmp.Or(len(a.Revision)-len(b.Revision), strings.Compare(a.Revision, b.Revision))
		}) {
			t.Errorf("listener %d heard of them in another order than they were made", i)
		}
		if diff := gocmp.Diff(heard[0], list); diff != "" {
			t.Errorf("listener %d heard otherwise than listener 0:\n%s", i, diff)
		}
	}
	// Whoever asks for what there never was is told so.
	out := d.send(t, `{ stats { revision } }`, nil, "")
	r := postRequest(t, d.Server, fields{"query": changesQuery, "variables": fields{"after": get(out, "data", "stats", "revision").(string) + "0"}}, "Accept", "text/event-stream")
	if _, body := do(t, r); !strings.Contains(body, "BAD_USER_INPUT") || !strings.Contains(body, "afterRevision") || !strings.Contains(body, "event: complete") {
		t.Errorf("after a revision that there was not: %s", body)
	}
}

// TestRevisionHeader reads the revision from answers of every kind.
func TestRevisionHeader(t *testing.T) {
	d := newDesk(t)
	revision := d.must(t, "retractClaim", validRetraction)["revision"].(string)
	for _, path := range []string{"/graphql?query={stats{revision}}", "/graphql?query=", "/graphql?query={nothing}", "/graph.json?around=person:pete-hegseth", "/graph.json?around=nobody", "/healthz", "/schema.graphql", "/nowhere"} {
		answer, body := do(t, newRequest(t, "GET", d.URL+path, nil))
		if got := answer.Header.Get(revisionHeader); got != revision {
			t.Errorf("%s (%s): %s is %q, want %q: %.200s", path, answer.Status, revisionHeader, got, revision, body)
		}
	}
	answer, _ := do(t, newRequest(t, "GET", d.URL+"/graphql?query={kinds{id}}", nil))
	again := newRequest(t, "GET", d.URL+"/graphql?query={kinds{id}}", nil)
	again.Header.Set("If-None-Match", answer.Header.Get("ETag"))
	if answer, _ := do(t, again); answer.StatusCode != 304 || answer.Header.Get(revisionHeader) != revision {
		t.Errorf("not modified: %s, %s", answer.Status, answer.Header.Get(revisionHeader))
	}
	d.must(t, "recordSource", validSource)
	if answer, _ := do(t, again); answer.StatusCode != 200 {
		t.Errorf("after a write what was kept still holds: %s", answer.Status)
	}
}
