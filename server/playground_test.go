package main

import (
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// TestExamples asks each question that the playground offers, so that none goes stale: no errors, and something found.
func TestExamples(t *testing.T) {
	server := httptest.NewServer(Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler)))
	defer server.Close()
	list := examples()
	if len(list) < 8 {
		t.Fatalf("%d examples, want at least the 8 questions of the design", len(list))
	}
	for _, e := range list {
		t.Run(e.Question, func(t *testing.T) {
			if !strings.HasPrefix(e.Query, "# "+e.Question+"\n") || e.Question == "" {
				t.Errorf("the file does not begin with its question as a comment")
			}
			body := answerTo(t, server.URL, question{query: e.Query})
			answer := decode(t, "the answer", body).(map[string]any)
			if answer["errors"] != nil {
				t.Fatalf("errors: %s", body)
			}
			for name, value := range answer["data"].(map[string]any) {
				if !found(value) {
					t.Errorf("%s: nothing was found: %s", name, body)
				}
			}
		})
	}
}

// found reports whether an answer has a list with something in it, or a text.
func found(v any) bool {
	switch x := v.(type) {
	case []any:
		return len(x) > 0
	case map[string]any:
		if nodes, ok := x["nodes"]; ok {
			return found(nodes)
		}
		if edges, ok := x["edges"]; ok {
			return found(edges)
		}
		for _, y := range x {
			if found(y) {
				return true
			}
		}
	case string:
		return x != ""
	}
	return false
}

// TestPlaygroundPolicy checks that the page gets by on what its policy allows: its own files, no script or style within the
// page, and nothing from elsewhere.
func TestPlaygroundPolicy(t *testing.T) {
	server := httptest.NewServer(Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler)))
	defer server.Close()
	get := func(path string) (*http.Response, string) {
		t.Helper()
		r, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != http.StatusOK {
			t.Errorf("GET %s: %s", path, r.Status)
		}
		return r, string(body)
	}
	page, html := get("/playground")
	for name, want := range map[string]string{
		"Content-Security-Policy": playgroundPolicy,
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "no-referrer",
		"Cache-Control":           "no-cache",
	} {
		if got := page.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if m := regexp.MustCompile(`(?i)<style|\sstyle=|\son\w+=|javascript:`).FindString(html); m != "" {
		t.Errorf("the page has %q in it, which its policy forbids", m)
	}
	for _, script := range regexp.MustCompile(`(?i)<script[^>]*>[^<]*`).FindAllString(html, -1) {
		if !strings.Contains(script, `src="`) || !strings.HasSuffix(script, ">") {
			t.Errorf("the page has a script within, %q, which its policy forbids", script)
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(html, -1) {
		get(m[1])
	}
	files, err := fs.Glob(playgroundFiles, "playground/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := fs.ReadFile(playgroundFiles, name)
		if err != nil {
			continue // a folder
		}
		if m := regexp.MustCompile(`(?i)(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}|\beval\(|innerHTML|new Function`).Find(text); m != nil {
			t.Errorf("%s: %q: the page is to need nothing from elsewhere, and to make no code or markup of text", name, m)
		}
		for _, m := range regexp.MustCompile(`from "\./([^"]+)"`).FindAllSubmatch(text, -1) {
			r, _ := get("/playground/" + string(m[1]))
			if got := r.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/javascript") {
				t.Errorf("%s: Content-Type %q: a browser runs no module of that type", m[1], got)
			}
		}
	}
	if first, _ := get("/playground/style.css"); first.Header.Get("ETag") == "" {
		t.Error("style.css has no ETag")
	} else {
		r := newRequest(t, "GET", server.URL+"/playground/style.css", nil)
		r.Header.Set("If-None-Match", first.Header.Get("ETag"))
		again, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		again.Body.Close()
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("asked again for what it has: %s, want 304", again.Status)
		}
	}
}

// TestPlaygroundQueries sends what the schema browser sends, and the query for any id of an answer.
func TestPlaygroundQueries(t *testing.T) {
	server := httptest.NewServer(Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler)))
	defer server.Close()
	js := func(name, pattern string) string {
		text, err := fs.ReadFile(playgroundFiles, "playground/"+name)
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(pattern).FindSubmatch(text)
		if m == nil {
			t.Fatalf("%s: nothing matches %s", name, pattern)
		}
		return string(m[1])
	}
	ref := js("schema.js", `typeRef = "([^"]+)"`)
	introspection := strings.ReplaceAll(js("schema.js", "introspection = `([^`]+)`"), "${typeRef}", ref)
	about := strings.ReplaceAll(js("app.js", "(?s)put\\(`([^`]+)`\\)"), "${JSON.stringify(id)}", `"person:pete-hegseth"`)
	for name, query := range map[string]string{"introspection": introspection, "an id": about} {
		body := answerTo(t, server.URL, question{query: query})
		var answer struct {
			Errors json.RawMessage
			Data   map[string]any
		}
		if err := json.Unmarshal(body, &answer); err != nil || answer.Errors != nil || len(answer.Data) != 1 {
			t.Errorf("%s: %.300s", name, body)
		}
	}
}
