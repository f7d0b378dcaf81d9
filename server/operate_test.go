package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
)

// TestMetrics asks a few things and looks at what is counted of them.
func TestMetrics(t *testing.T) {
	surface := Handler(Config{}, curatedGraph(t), slog.New(slog.DiscardHandler))
	server := httptest.NewServer(surface)
	defer server.Close()
	for _, query := range []string{"{ stats { quads } }", "{ stats { quads } }", "{ nothing }", "{ events(first: 0) { totalCount } }"} {
		do(t, postRequest(t, server, map[string]any{"query": query}))
	}
	do(t, newRequest(t, "GET", server.URL+"/wp-login.php", nil))
	operators := httptest.NewServer(surface.operators())
	defer operators.Close()
	answer, text := do(t, newRequest(t, "GET", operators.URL+"/metrics", nil))
	if answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status)
	}
	for _, want := range []string{
		`parley_answers_total{code="OK",operation="query",transport="http"} 2`,
		`parley_answers_total{code="BAD_USER_INPUT",operation="none",transport="http"} 1`,
		`parley_answers_total{code="BAD_USER_INPUT",operation="query",transport="http"} 1`,
		`parley_answer_duration_seconds_count{operation="query",transport="http"} 3`,
		`parley_http_requests_total{handler="graphql",status="200"} 4`,
		`parley_http_requests_total{handler="other",status="404"} 1`,
		`parley_answer_cost_count 4`,
		`parley_answers_in_flight 0`, `parley_sockets 0`, `parley_subscriptions 0`, `parley_panics_total 0`,
		`parley_store_revision 1`, `parley_document_cache_documents 2`, `parley_document_cache_hits_total`,
		`go_goroutines`, `process_resident_memory_bytes`, `go_build_info`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics has no %s", want)
		}
	}
	if m := regexp.MustCompile(`(?m)^.*(nothing|wp-login).*$`).FindString(text); m != "" {
		t.Errorf("/metrics tells what strangers asked: %s", m)
	}
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/goroutine?debug=1", "/healthz", "/readyz"} {
		if answer, _ := do(t, newRequest(t, "GET", operators.URL+path, nil)); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if answer, _ := do(t, newRequest(t, "GET", server.URL+path, nil)); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s is there for everybody: %s", path, answer.Status)
		}
	}
}

// TestReady asks whether requests may be sent: while all is well, while the server drains, and when the store is gone.
func TestReady(t *testing.T) {
	st, err := store.Open(context.Background(), pgtest.Fresh(t), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	surface := Handler(Config{}, graph.New(st, ""), slog.New(slog.DiscardHandler))
	server := httptest.NewServer(surface)
	defer server.Close()
	ask := func(path string) int {
		answer, _ := do(t, newRequest(t, "GET", server.URL+path, nil))
		return answer.StatusCode
	}
	if got := ask("/readyz"); got != 200 {
		t.Errorf("an empty store: %d, want 200", got)
	}
	surface.Drain()
	if got := ask("/readyz"); got != 503 {
		t.Errorf("draining: %d, want 503", got)
	}
	surface.draining.Store(false)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if got := ask("/readyz"); got != 503 {
		t.Errorf("the store is closed: %d, want 503", got)
	}
	if got := ask("/healthz"); got != 200 {
		t.Errorf("/healthz: %d, want 200: the program runs", got)
	}
}

// TestServeOperators starts the program with a listener for operators.
func TestServeOperators(t *testing.T) {
	s := startServe(t, t.TempDir(), nil, "-store", "mem:", "-metrics-addr", "127.0.0.1:0", "-max-tokens", "10")
	m := regexp.MustCompile(`metrics +(http://\S+)`).FindStringSubmatch(s.said)
	if m == nil {
		t.Fatalf("it does not say where metrics are:\n%s", s.said)
	}
	if _, text := do(t, newRequest(t, "GET", m[1], nil)); !strings.Contains(text, "parley_store_revision 1") {
		t.Errorf("metrics: %.300s", text)
	}
	if got := s.ask(t, "{ a b c d e f g h i j k l m }"); !strings.Contains(got, "more than 10 tokens") {
		t.Errorf("-max-tokens 10: %s", got)
	}
	if got := s.stop(t); got != exitOK {
		t.Errorf("status %d, want 0", got)
	}
}

// TestServeWrongly starts the program with settings that are none.
func TestServeWrongly(t *testing.T) {
	for _, args := range [][]string{{"-origins", "front.example"}, {"-origins", "https://front.example/path"}, {"-max-cost", "0"}, {"-ping", "x"}} {
		if err := parley(t.TempDir(), nil, append([]string{"serve", "-store", "mem:", "-addr", "127.0.0.1:0"}, args...)...).Run(); status(t, err) != exitUsage {
			t.Errorf("%v: %v, want status 2", args, err)
		}
	}
}
