package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/parleygraph/parley/graph/resolver"
)

// A lockedBuffer takes the log of a server that may still write it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSuffix(l.b.String(), "\n"), "\n")
}

// TestLog sends requests and looks at what is logged of them: a line each, with the operation and the code, and nothing of
// documents, variables or URLs beyond the path.
func TestLog(t *testing.T) {
	const secret = "hush"
	post := func(body string) func(string) (*http.Response, error) {
		return func(url string) (*http.Response, error) {
			return http.Post(url+"/graphql", "application/json", strings.NewReader(body))
		}
	}
	get := func(path string) func(string) (*http.Response, error) {
		return func(url string) (*http.Response, error) { return http.Get(url + path) }
	}
	tests := []struct {
		name   string
		do     func(url string) (*http.Response, error)
		want   []string
		broken bool
		extra  int // lines before the one of the request
	}{
		{"named", post(`{"query": "query Hello { stats { quads } hush: stats { quads } }"}`), []string{"level=INFO", "method=POST", "path=/graphql", "status=200", "operation=Hello", "document=", "cost=44", "duration="}, false, 0},
		{"by GET", get("/graphql?query=%7Bhush:stats%7Bquads%7D%7D"), []string{"method=GET", "path=/graphql", "status=200"}, false, 0},
		{"wrong argument", post(`{"query": "query Hello($x: Int) { events(first: $x) { totalCount } }", "variables": {"x": 7000, "y": "hush"}}`), []string{"status=200", "operation=Hello", "code=BAD_USER_INPUT"}, false, 0},
		{"no GraphQL", post(`{"query": "{ hush"}`), []string{"status=200", "code=BAD_USER_INPUT"}, false, 0},
		{"no JSON", post(`hush`), []string{"status=400", "code=BAD_USER_INPUT"}, false, 0},
		{"page", get("/playground?hush"), []string{"path=/playground", "status=200"}, false, 0},
		{"nothing", get("/nothing"), []string{"path=/nothing", "status=404"}, false, 0},
		{"panic", post(`{"query": "query Hello { hush: stats { quads } }"}`), []string{"status=200", "operation=Hello", "code=INTERNAL"}, true, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			log := &lockedBuffer{}
			es := resolver.New()
			if test.broken {
				es = brokenSchema()
			}
			server := httptest.NewServer(newHandler(Config{}, curatedGraph(t), es, slog.New(slog.NewTextHandler(log, nil))))
			answer, err := test.do(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			server.Close() // waits for the request, and so for its line
			lines := log.lines()
			if len(lines) != test.extra+1 {
				t.Fatalf("%d lines, want %d:\n%s", len(lines), test.extra+1, strings.Join(lines, "\n"))
			}
			line := lines[test.extra]
			for _, want := range test.want {
				if !strings.Contains(line, want) {
					t.Errorf("line %q has no %q", line, want)
				}
			}
			if test.broken {
				for _, want := range []string{"level=ERROR", "msg=panic", "since_start=1", "operation=Hello", "stack=", "_Query_stats"} {
					if !strings.Contains(lines[0], want) {
						t.Errorf("line %q has no %q", lines[0], want)
					}
				}
				line += lines[0][:strings.Index(lines[0], "stack=")]
			}
			if strings.Contains(line, secret) {
				t.Errorf("line %q tells what was asked", line)
			}
		})
	}
}
