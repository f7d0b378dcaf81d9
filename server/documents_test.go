package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/parleygraph/parley/graph/resolver"
)

// TestDocumentCache fills a cache beyond its limit: it keeps what was used last, and never more than fits.
func TestDocumentCache(t *testing.T) {
	text := func(i int) string { return fmt.Sprintf("{ a%03d }", i) }
	size := documentBytes(text(0))
	c := newDocumentCache(20 * size)
	for i := range 100 {
		c.Add(t.Context(), text(i), &ast.QueryDocument{})
		if i >= 10 && c.find(text(10)) == nil {
			t.Fatalf("the document that is asked for all the time is gone after %d others", i)
		}
		if bytes, n, _, _ := c.stats(); bytes > 20*size || int64(n)*size != bytes {
			t.Fatalf("%d documents, said to take %d bytes, in %d", n, bytes, 20*size)
		}
	}
	for i, want := range map[int]bool{0: false, 10: true, 80: false, 81: true, 99: true} {
		if got := c.find(text(i)) != nil; got != want {
			t.Errorf("document %d: kept %v, want %v", i, got, want)
		}
	}
	c.register(text(0))
	c.register(text(99))
	if got := c.registered(hashOf(text(0))); got != "" {
		t.Errorf("a document that is gone is found by its hash: %s", got)
	}
	if got := c.registered(hashOf(text(99))); got != text(99) {
		t.Errorf("by its hash: %q", got)
	}
	c.Add(t.Context(), "{"+strings.Repeat(" a", 100)+"}", &ast.QueryDocument{})
	if _, n, _, _ := c.stats(); n != 20 {
		t.Errorf("%d documents after one that is too large to be kept, want 20", n)
	}
}

// TestDocumentBytes checks that the estimate by which the cache is bounded is none too low.
func TestDocumentBytes(t *testing.T) {
	schema := resolver.New().Schema()
	texts := []string{"{" + strings.Repeat(" __typename", 500) + "}", "{" + strings.Repeat(`events(where:{text:"a"}){nodes{id}}`, 60) + "}"}
	for _, e := range examples() {
		texts = append(texts, e.Query)
	}
	for _, text := range texts {
		const copies = 20
		var before, after runtime.MemStats
		docs := make([]*ast.QueryDocument, copies)
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range docs {
			doc, errs := gqlparser.LoadQueryWithRules(schema, strings.Clone(text), rulesWithoutSuggestions())
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			docs[i] = doc
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(docs)
		if got := int64(after.HeapAlloc-before.HeapAlloc) / copies; got > documentBytes(text) {
			t.Errorf("%.60q takes %d bytes, and the estimate is %d", text, got, documentBytes(text))
		}
	}
}

// TestPersisted speaks the protocol of automatic persisted queries: the hash alone, then both, then the hash alone.
func TestPersisted(t *testing.T) {
	server := newTestServer(t, Config{})
	const text = "{ stats { revision } }"
	request := func(query, hash string) string {
		body := map[string]any{"extensions": map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}}
		if query != "" {
			body["query"] = query
		}
		_, got := do(t, postRequest(t, server, body))
		return got
	}
	const data = `{"data":{"stats":{"revision":"1"}}`
	for _, step := range []struct{ query, hash, want string }{
		{"", hashOf(text), `"code":"PERSISTED_QUERY_NOT_FOUND"`},
		{text, hashOf(text), data},
		{"", hashOf(text), data},
		{"", strings.ToUpper(hashOf(text)), data},
		{"{ nothing }", hashOf("{ nothing }"), `BAD_USER_INPUT`},
		{"", hashOf("{ nothing }"), `"code":"PERSISTED_QUERY_NOT_FOUND"`}, // what is wrong is not kept
	} {
		if got := request(step.query, step.hash); !strings.Contains(got, step.want) {
			t.Errorf("%q, %.8s: %s, want %s", step.query, step.hash, got, step.want)
		}
	}
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestDocumentList answers what is listed, in any of the ways to name it, and nothing else.
func TestDocumentList(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "stats.graphql"), "{ stats { revision } }")
	writeFile(t, filepath.Join(dir, "relay", "persisted.json"), `{"abc": "query Kinds { kinds { id } }"}`)
	writeFile(t, filepath.Join(dir, "apollo.json"), `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "def", "name": "T", "type": "query", "body": "query T { __typename }"}]}`)
	writeFile(t, filepath.Join(dir, "README.md"), "no document")
	list, err := readDocuments(dir)
	if err != nil {
		t.Fatal(err)
	}
	server := newTestServer(t, Config{Documents: list})
	persisted := func(hash string) map[string]any {
		return map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}
	}
	const refused = `"code":"FORBIDDEN"`
	for _, c := range []struct {
		name string
		body map[string]any
		want string
	}{
		{"its text", map[string]any{"query": "{ stats { revision } }"}, `"revision":"1"`},
		{"the name of its file", map[string]any{"documentId": "stats"}, `"revision":"1"`},
		{"its hash", map[string]any{"extensions": persisted(hashOf("{ stats { revision } }"))}, `"revision":"1"`},
		{"its hash as an id", map[string]any{"documentId": "sha256:" + hashOf("{ stats { revision } }")}, `"revision":"1"`},
		{"an id of Relay's", map[string]any{"documentId": "abc"}, `kind:`},
		{"an id of Apollo's", map[string]any{"extensions": persisted("def")}, `"__typename":"Query"`},
		{"another text", map[string]any{"query": "{ stats { quads } }"}, refused},
		{"another text with its hash", map[string]any{"query": "{ stats { quads } }", "extensions": persisted(hashOf("{ stats { quads } }"))}, refused},
		{"introspection", map[string]any{"query": "{ __schema { queryType { name } } }"}, refused},
		{"an unknown id", map[string]any{"documentId": "x"}, refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer, got := do(t, postRequest(t, server, c.body))
			if !strings.Contains(got, c.want) || (answer.StatusCode == 403) != (c.want == refused) {
				t.Errorf("%s: %s, want %s", answer.Status, got, c.want)
			}
		})
	}
}

// TestDocumentListRefused reads lists that are wrong: the error names each document that is.
func TestDocumentListRefused(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		want             []string
	}{
		{"not valid", "a.graphql", "{ nothing }", []string{"a.graphql", `document "a"`, "nothing"}},
		{"two of them", "a.json", `{"x": "{", "y": "{ nothing }"}`, []string{`document "x"`, `document "y"`}},
		{"no JSON", "a.json", `[1]`, []string{"a.json", "want {"}},
		{"nothing", "a.txt", "x", []string{"there is no document in it"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, c.file), c.text)
			_, err := readDocuments(dir)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v has no %q", err, want)
				}
			}
		})
	}
	if _, err := readDocuments(filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("a folder that is not there: no error")
	}
}
