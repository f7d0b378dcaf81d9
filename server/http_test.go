package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"golang.org/x/tools/txtar"

	"github.com/parleygraph/parley/graph/gen"
	"github.com/parleygraph/parley/graph/resolver"
)

// TestHTTP runs testdata/http/*.txtar, one file a behaviour, against the curated graph.
//
// A stanza is "query: words", a GraphQL document that is sent by POST, with a section "variables" if it has any, or "request:
// words", a whole request: method and path, headers, an empty line, the body. In a query, $(a.0.b) is that value of the data
// that the query before it got. Lines "config: name value" before the first section set a limit by the name of its flag, origins, or schema: broken.
func TestHTTP(t *testing.T) {
	scripts(t, "testdata/http/*.txtar", func(t *testing.T, a *txtar.Archive) {
		config, es := readConfig(t, string(a.Comment))
		server := httptest.NewServer(newHandler(config, curatedGraph(t), es, slog.New(slog.DiscardHandler)))
		defer server.Close()
		list, files := stanzas(t, a, "query", "request")
		if len(files) > 0 {
			t.Fatalf("section %q belongs to no stanza", files[0].Name)
		}
		var last any
		for _, s := range list {
			s.compare(t, ask(t, server.URL, s, &last))
		}
	})
}

func readConfig(t *testing.T, comment string) (c Config, es graphql.ExecutableSchema) {
	es = resolver.New()
	for line := range strings.Lines(comment) {
		setting, ok := strings.CutPrefix(line, "config: ")
		if !ok {
			continue
		}
		name, value, _ := strings.Cut(strings.TrimSpace(setting), " ")
		var err error
		switch name {
		case "origins":
			c.Origins = strings.Split(value, ",")
		case "schema":
			es = brokenSchema()
		default:
			err = fmt.Errorf("no such setting")
			for _, l := range c.limits() {
				if l.name == name {
					err = l.value.Set(value)
				}
			}
		}
		if err != nil {
			t.Fatalf("config %s: %v", name, err)
		}
	}
	return c, es
}

// brokenSchema returns the schema with resolvers that panic.
func brokenSchema() graphql.ExecutableSchema {
	return gen.NewDirectSchema(gen.Config{Resolvers: broken{}})
}

type broken struct{}

func (broken) Query() gen.QueryResolver { return struct{ gen.QueryResolver }{} } // each method is nil

func (broken) Mutation() gen.MutationResolver { return struct{ gen.MutationResolver }{} }

func (broken) Subscription() gen.SubscriptionResolver { return struct{ gen.SubscriptionResolver }{} }

var reference = regexp.MustCompile(`\$\(([^)]+)\)`)

// ask sends what a stanza says and returns the answer as a reader wants to see it.
func ask(t *testing.T, url string, s *stanza, last *any) string {
	t.Helper()
	var r *http.Request
	if s.kind == "query" {
		body := map[string]any{"query": reference.ReplaceAllStringFunc(s.do, func(m string) string {
			return fmt.Sprint(pick(t, *last, m[2:len(m)-1]))
		})}
		if text, ok := s.with["variables"]; ok {
			body["variables"] = json.RawMessage(text)
		}
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r = newRequest(t, "POST", url+"/graphql", bytes.NewReader(text))
		r.Header.Set("Content-Type", "application/json")
	} else {
		head, body, _ := strings.Cut(s.do, "\n\n")
		lines := strings.Split(strings.TrimSpace(head), "\n")
		method, path, _ := strings.Cut(lines[0], " ")
		r = newRequest(t, method, url+path, strings.NewReader(strings.TrimSuffix(body, "\n")))
		for _, line := range lines[1:] {
			name, value, _ := strings.Cut(line, ": ")
			if name == "Transfer-Encoding" { // chunked: the length is not announced
				r.ContentLength, r.Body = -1, io.NopCloser(struct{ io.Reader }{r.Body})
			} else {
				r.Header.Set(name, value)
			}
		}
	}
	answer, err := http.DefaultTransport.RoundTrip(r) // follows no redirects
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct{ Data any }
	if json.Unmarshal(body, &parsed) == nil {
		*last = parsed.Data
	}
	return render(answer, body)
}

func newRequest(t testing.TB, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pick follows a path such as events.edges.0.cursor.
func pick(t *testing.T, v any, path string) any {
	t.Helper()
	for step := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(x) {
				t.Fatalf("%s: no element %s", path, step)
			}
			v = x[i]
		default:
			t.Fatalf("%s: the answer before has no %s", path, step)
		}
	}
	return v
}

// shown are the headers of an answer that goldens have, if they are set.
var shown = []string{"Allow", "Content-Type", "Location", revisionHeader, "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Retry-After", "Cache-Control"}

// render writes an answer down: the status, some headers, and the body; JSON indented, of other texts the beginning.
func render(r *http.Response, body []byte) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Status)
	for _, name := range shown {
		if value := r.Header.Get(name); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	b.WriteByte('\n')
	var indented bytes.Buffer
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/") && json.Indent(&indented, body, "", "  ") == nil {
		body = indented.Bytes()
	} else if first, _, more := strings.Cut(strings.TrimSuffix(string(body), "\n"), "\n"); more {
		body = []byte(first + "\n…")
	}
	b.Write(body)
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// TestReadValues: what is read is of this text and of no other, whatever came before it.
func TestReadValues(t *testing.T) {
	for range 50 {
		for _, x := range []struct{ text, want string }{
			{`{"a": 1.50, "b": ["x", null]}`, `{"a":1.50,"b":["x",null]}`}, {`{"a": 1} {"b": 2}`, `{"a":1}`}, {` {"c": true} `, `{"c":true}`}, {`null`, `null`},
			{`{"a": `, "unexpected EOF"}, {`{"a" 1}`, "invalid character '1' after object key"}, {`[1]`, "json: cannot unmarshal array into Go value of type map[string]interface {}"},
			{`{"d": "` + strings.Repeat("x", 70000) + `"}`, `{"d":"` + strings.Repeat("x", 70000) + `"}`}, {`{}`, `{}`},
		} {
			values, err := readValues([]byte(x.text))
			got := string(mustMarshal(values))
			if err != nil {
				got = err.Error()
			}
			if got != x.want {
				t.Fatalf("%.40s is read as %.80s, want %.80s", x.text, got, x.want)
			}
		}
	}
}
