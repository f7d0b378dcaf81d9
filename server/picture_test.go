package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
)

// hostileGraph is a small graph whose names are markup, quotes, line ends and control characters.
func hostileGraph(t *testing.T) (*graph.Graph, *store.Store) {
	t.Helper()
	st, err := store.Open(t.Context(), pgtest.Fresh(t), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	quads := closureOf(t, "kind:call", "kind:meeting", "role:initiator", "role:recipient", "role:participant")
	text, err := os.ReadFile("testdata/hostile.nq")
	if err != nil {
		t.Fatal(err)
	}
	for r := store.NewQuadReader(bytes.NewReader(text)); ; {
		q, _, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		quads = append(quads, q)
	}
	if _, err := st.Add(t.Context(), quads); err != nil {
		t.Fatal(err)
	}
	return graph.New(st, ""), st
}

// closureOf returns the curated quads about some ids and about all that these lead to.
func closureOf(t *testing.T, ids ...string) (out []store.Quad) {
	t.Helper()
	_, err := curated()
	if err != nil {
		t.Fatal(err)
	}
	all, err := curatedQuads(curatedBut(nil))
	if err != nil {
		t.Fatal(err)
	}
	of := map[store.Term][]store.Quad{}
	for _, q := range all {
		of[q.Subject] = append(of[q.Subject], q)
	}
	seen := map[store.Term]bool{}
	var todo []store.Term
	come := func(x store.Term) {
		if x != nil && !seen[x] && len(of[x]) > 0 {
			seen[x] = true
			todo = append(todo, x)
		}
	}
	for _, id := range ids {
		come(store.IRI(id))
	}
	for len(todo) > 0 {
		for _, q := range of[todo[0]] {
			out = append(out, q)
			come(q.Predicate) // a role
			come(q.Object)
			come(q.Label)
		}
		todo = todo[1:]
	}
	return out
}

// golden compares a text with a file in testdata; -update writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := "testdata/" + file
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs; run go test ./server -update and read what changes (-want +got):\n%s", path, d)
	}
}

// wellFormed reads XML to its end and returns how many elements of each name it has.
func wellFormed(t *testing.T, text string) map[string]int {
	t.Helper()
	n := map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatalf("no XML: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			n[e.Name.Local]++
		}
	}
}

// Every format, with names that try to be markup: each is what its golden shows, and can be read back.
func TestPictureFormats(t *testing.T) {
	g, _ := hostileGraph(t)
	h := Handler(Config{}, g, slog.New(slog.DiscardHandler))
	for _, projection := range []string{"ACTORS", "ACTOR_EVENTS"} {
		for format, f := range pictureFormats {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/graph.json?around=person:a&measures=true&format="+format+"&projection="+projection, nil))
			if w.Code != http.StatusOK || w.Header().Get("Content-Type") != f.contentType {
				t.Fatalf("%s: %d, %s: %s", format, w.Code, w.Header().Get("Content-Type"), w.Body)
			}
			body := w.Body.String()
			if strings.HasSuffix(f.contentType, "xml") {
				n := wellFormed(t, body)
				want := [2]int{3, 2}
				if projection == "ACTOR_EVENTS" {
					want = [2]int{6, 6}
				}
				if got := [2]int{n["node"], n["edge"]}; got != want || n["script"] > 0 {
					t.Errorf("%s, %s: %d nodes and edges, want %d", format, projection, got, want)
				}
				golden(t, "picture/"+format+"-"+projection+".xml", body)
				continue
			}
			if strings.ContainsAny(body, "<>&\x00\x1b") {
				t.Errorf("%s, %s: the JSON could be markup", format, projection)
			}
			if !strings.Contains(body, `"label":"\u003cscript\u003ealert(\"a\")\u003c/script\u003e`) {
				t.Errorf("%s, %s: the name of person:a is not there as it is", format, projection)
			}
			var indented bytes.Buffer
			if err := json.Indent(&indented, w.Body.Bytes(), "", " "); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			golden(t, "picture/"+format+"-"+projection+".json", indented.String())
		}
	}
}

// A client that has the picture of this revision is told so; after a write it gets the new one.
func TestPictureTag(t *testing.T) {
	g, st := hostileGraph(t)
	h := Handler(Config{}, g, slog.New(slog.DiscardHandler))
	get := func(url, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", url, nil)
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	const url = "/graph.json?around=person:a"
	first := get(url, "")
	tag := first.Header().Get("ETag")
	if first.Code != http.StatusOK || tag == "" {
		t.Fatalf("%d, ETag %q", first.Code, tag)
	}
	for _, c := range []struct {
		name, url, tag string
		want           int
	}{
		{"the same", url, tag, http.StatusNotModified},
		{"weakly the same", url, "W/" + tag, http.StatusNotModified},
		{"one of several", url, `"x", ` + tag, http.StatusNotModified},
		{"another", url, `"x"`, http.StatusOK},
		{"of another question", url + "&format=d3", tag, http.StatusOK},
		{"of a wrong one", "/graph.json?around=person:nobody", tag, http.StatusNotFound},
	} {
		w := get(c.url, c.tag)
		if w.Code != c.want || c.want == http.StatusNotModified && (w.Body.Len() > 0 || w.Header().Get("ETag") != tag) {
			t.Errorf("%s: %d with %d bytes, ETag %q, want %d", c.name, w.Code, w.Body.Len(), w.Header().Get("ETag"), c.want)
		}
	}
	if again := get(url, ""); again.Header().Get("ETag") != tag || again.Body.String() != first.Body.String() {
		t.Error("the same question has another answer")
	}
	if _, err := st.Remove(t.Context(), []store.Quad{mustQuad(t, `<event:y> <role:participant> <person:c> <claim:x> .`)}); err != nil {
		t.Fatal(err)
	}
	if w := get(url, tag); w.Code != http.StatusOK || w.Header().Get("ETag") == tag || w.Body.String() == first.Body.String() {
		t.Errorf("after a write: %d, ETag %q, want another", w.Code, w.Header().Get("ETag"))
	}
}

func mustQuad(t *testing.T, line string) store.Quad {
	t.Helper()
	q, _, err := store.NewQuadReader(strings.NewReader(line)).Read()
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// A picture as of an instant before a retraction has what was retracted since; it says which parameter is no instant.
func TestPictureAsOf(t *testing.T) {
	g, st := hostileGraph(t)
	h := Handler(Config{}, g, slog.New(slog.DiscardHandler))
	get := func(url string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", url, nil))
		return w.Code, string(regexp.MustCompile(`"revision":"\d+"`).ReplaceAll(w.Body.Bytes(), nil))
	}
	const now, then = "/graph.json?around=person:a", "/graph.json?around=person:a&knownAt=2030-01-01T00:00:00Z"
	_, first := get(then)
	if _, same := get(now); same != first {
		t.Errorf("as of an instant after all was recorded: %s, want %s", first, same)
	}
	if _, err := st.Add(t.Context(), []store.Quad{
		mustQuad(t, `<claim:x> <http://www.w3.org/ns/prov#invalidatedAtTime> "2031-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> <claim:x> .`),
	}); err != nil {
		t.Fatal(err)
	}
	if _, again := get(then); again != first {
		t.Errorf("as of then, after the retraction: %s, want %s", again, first)
	}
	if _, gone := get(now); gone == first {
		t.Error("the retraction changed nothing")
	}
	if code, text := get("/graph.json?around=person:a&knownAt=yesterday"); code != http.StatusBadRequest || !strings.Contains(text, "knownAt: ") || strings.Contains(text, "asOf") {
		t.Errorf("no instant: %d %s", code, text)
	}
}
