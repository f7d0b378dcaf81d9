package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func newTestServer(t *testing.T, c Config) *httptest.Server {
	t.Helper()
	h := Handler(c, curatedGraph(t), slog.New(slog.DiscardHandler))
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		if err := h.Shutdown(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
		server.Close()
	})
	return server
}

// do sends a request that asks for no compression, and returns the answer and its body.
func do(t *testing.T, r *http.Request) (*http.Response, string) {
	t.Helper()
	if r.Header.Get("Accept-Encoding") == "" {
		r.Header.Set("Accept-Encoding", "identity")
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func getRequest(t *testing.T, server *httptest.Server, p url.Values, headers ...string) *http.Request {
	t.Helper()
	r := newRequest(t, "GET", server.URL+"/graphql?"+p.Encode(), nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func postRequest(t *testing.T, server *httptest.Server, body any, headers ...string) *http.Request {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r := newRequest(t, "POST", server.URL+"/graphql", bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// TestETag asks again with what came, for the same and for others.
func TestETag(t *testing.T) {
	server := newTestServer(t, Config{})
	q := url.Values{"query": {"{ kinds { id } }"}}
	first, body := do(t, getRequest(t, server, q))
	tag := first.Header.Get("ETag")
	if first.StatusCode != 200 || tag == "" || !strings.Contains(body, "kind:") {
		t.Fatalf("%s, ETag %q: %.100s", first.Status, tag, body)
	}
	for _, c := range []struct {
		name    string
		query   string
		headers []string
		status  int
	}{
		{"the same", q.Get("query"), nil, 304},
		{"another question", "{ stats { quads } }", nil, 200},
		{"another media type", q.Get("query"), []string{"Accept", mediaResponse}, 200},
		{"a mutation", "mutation { x }", nil, 405},
	} {
		again, body := do(t, getRequest(t, server, url.Values{"query": {c.query}}, append(c.headers, "If-None-Match", tag)...))
		if again.StatusCode != c.status || (c.status == 304) != (body == "") {
			t.Errorf("%s: %s, want %d: %.100s", c.name, again.Status, c.status, body)
		}
	}
	if failed, _ := do(t, getRequest(t, server, url.Values{"query": {"{ events(first: 0) { totalCount } }"}})); failed.Header.Get("ETag") != "" {
		t.Error("an answer with errors has an ETag")
	}
	if posted, _ := do(t, postRequest(t, server, map[string]any{"query": "{ kinds { id } }"})); posted.Header.Get("ETag") != "" {
		t.Error("an answer to a POST has an ETag")
	}
}

func TestCompression(t *testing.T) {
	server := newTestServer(t, Config{})
	large := url.Values{"query": {"{ kinds { id label definition } }"}}
	_, plain := do(t, getRequest(t, server, large))
	if len(plain) < compressFrom {
		t.Fatalf("%d bytes are too few to be compressed", len(plain))
	}
	for encoding, read := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		for range 2 { // the second with what the first has put back
			answer, body := do(t, getRequest(t, server, large, "Accept-Encoding", encoding))
			if answer.Header.Get("Content-Encoding") != encoding || !strings.Contains(strings.Join(answer.Header.Values("Vary"), ","), "Accept-Encoding") {
				t.Errorf("%s: headers %v", encoding, answer.Header)
			}
			r, err := read(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || string(got) != plain {
				t.Errorf("%s: %v: %.100s", encoding, err, got)
			}
			if len(body) >= len(plain)/2 {
				t.Errorf("%s: %d bytes of %d", encoding, len(body), len(plain))
			}
		}
	}
	small, body := do(t, getRequest(t, server, url.Values{"query": {"{ __typename }"}}, "Accept-Encoding", "gzip"))
	if small.Header.Get("Content-Encoding") != "" {
		t.Errorf("%d bytes are compressed", len(body))
	}
}
