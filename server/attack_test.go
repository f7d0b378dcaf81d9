package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/parleygraph/parley/graph/resolver"
)

// A countedSchema counts what is executed: what is refused must never come so far.
type countedSchema struct {
	graphql.ExecutableSchema
	executed *atomic.Int64
}

func (s countedSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	s.executed.Add(1)
	return s.ExecutableSchema.Exec(ctx)
}

// repeat joins n texts with spaces.
func repeat(n int, text func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(text(i))
		b.WriteByte(' ')
	}
	return b.String()
}

// nested returns n times before, then middle, then n times after.
func nested(n int, before, middle, after string) string {
	return strings.Repeat(before, n) + middle + strings.Repeat(after, n)
}

// doubling returns a document of 2ⁿ fields.
func doubling(n int) string {
	return "{ ...f0 } " + repeat(n, func(i int) string {
		return fmt.Sprintf("fragment f%d on Query { ...f%d ...f%d }", i, i+1, i+1)
	}) + fmt.Sprintf("fragment f%d on Query { __typename }", n)
}

// An attack is a request that would cost too much if it were answered, or if it were looked at in the wrong order.
type attack struct {
	name, query string
	variables   string // JSON
	body        string // in place of both
	code        string // of the refusal; "" if it is to be answered
	want        string // in the answer
	executed    bool
}

func attacks() []attack {
	const complex, bad = resolver.CodeTooComplex, resolver.CodeBadUserInput
	introspection := `__schema { types { name fields { name args { name type { name ofType { name ofType { name } } } } type { name ofType { name ofType { name } } } } } }`
	return []attack{
		{name: "lists of 100 × 100 × 100", query: `{ actors(first: 100) { nodes { events(first: 100) { nodes { claims(first: 100) { nodes { id } } } } } } }`, code: complex, want: "would cost"},
		{name: "the same, by edges and from the end", query: `{ actors(last: 100) { edges { node { events(last: 100) { edges { node { claims(last: 100) { edges { cursor } } } } } } } } }`, code: complex, want: "would cost"},
		{name: "the same, by variables", query: `query Q($n: Int) { actors(first: $n) { nodes { events(first: $n) { nodes { claims(first: $n) { nodes { id } } } } } } }`, variables: `{"n": 100}`, code: complex, want: "would cost"},
		{name: "the same, by fragments", query: `{ actors(first: 100) { ...A } } fragment A on ActorConnection { nodes { events(first: 100) { ...E } } } fragment E on EventConnection { nodes { claims(first: 100) { ...C } } } fragment C on ClaimConnection { nodes { id } }`, code: complex, want: "would cost"},
		{name: "lists without an argument", query: `{ kinds { narrower { narrower { narrower { narrower { narrower { id } } } } } } }`, code: complex, want: "would cost"},
		{name: "20,000 aliases", query: "{" + repeat(20_000, func(i int) string { return fmt.Sprintf("a%d:__typename", i) }) + "}", code: complex, want: "bytes"},
		{name: "200 aliases", query: "{ stats {" + repeat(200, func(i int) string { return fmt.Sprintf("a%d:quads", i) }) + "} }", code: complex, want: "more than 100 aliases"},
		{name: "fragments doubled 26 times", query: doubling(26), code: complex, want: "more than 5000 fields"},
		{name: "fragments doubled 60 times", query: doubling(60), code: complex, want: "more than 5000 fields"},
		{name: "fragments that nest fields", query: "{ actors { nodes { ...f0 } } } " + repeat(30, func(i int) string {
			return fmt.Sprintf("fragment f%d on Actor { unitOf { ...f%d } }", i, i+1)
		}) + "fragment f30 on Actor { id }", code: complex, want: "nest deeper than 20"},
		{name: "a circle of fragments", query: "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", code: bad, want: "spread within itself"},
		{name: "8,000 overlapping fields", query: "{ stats {" + strings.Repeat("quads ", 8_000) + "} }", code: complex, want: "pairs of fields"},
		{name: "1,900 overlapping fields", query: "{ stats {" + strings.Repeat("quads ", 1_900) + "} }", code: complex, want: "pairs of fields"},
		{name: "overlapping fields with selections", query: "{" + strings.Repeat("stats { quads } ", 400) + "}", code: complex, want: "pairs of fields"},
		{name: "overlapping fields, as many as may be", query: "{ events(first: 1) { " + strings.Repeat("nodes { kind { id } } ", 255) + "} }", want: `"data"`, executed: true},
		{name: "overlapping fields in fragments", query: "{ events(first: 1) { " + repeat(60, func(i int) string { return fmt.Sprintf("...f%d", i) }) + "} } " +
			repeat(60, func(i int) string {
				return fmt.Sprintf("fragment f%d on EventConnection { nodes { kind { id } when { edtf } } }", i)
			}), want: `"data"`, executed: true},
		{name: "300 × __schema", query: "{" + repeat(300, func(i int) string { return fmt.Sprintf("a%d: __schema { types { name } }", i) }) + "}", code: complex, want: "aliases"},
		{name: "20 × __schema", query: "{" + repeat(20, func(i int) string { return fmt.Sprintf("a%d: %s", i, introspection) }) + "}", code: complex, want: "would cost"},
		{name: "introspection in circles", query: `{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }`, code: bad, want: "introspection depth"},
		{name: "21 questions", query: "{" + repeat(21, func(i int) string { return fmt.Sprintf("a%d: stats { quads }", i) }) + "}", code: complex, want: "more than 20 fields at its root"},
		{name: "21 questions in a fragment", query: "{ ... on Query { ...f } } fragment f on Query { " + repeat(21, func(i int) string { return fmt.Sprintf("a%d: stats { quads }", i) }) + "}", code: complex, want: "more than 20 fields at its root"},
		{name: "a page of a million", query: `{ events(first: 1000000) { nodes { id } } }`, code: bad, want: "ask for 1 to 100", executed: true},
		{name: "a page of a million, by a variable", query: `query Q($n: Int) { events(first: $n) { nodes { id } } }`, variables: `{"n": 1000000}`, code: bad, want: "ask for 1 to 100", executed: true},
		{name: "a string of 8 MB", query: `{ search(text: "` + strings.Repeat("x", 8<<20) + `") { totalCount } }`, code: bad, want: "more than 1048576 bytes"},
		{name: "a string of 60 KB", query: `{ search(text: "` + strings.Repeat("x", 60<<10) + `") { totalCount } }`, want: "", executed: true},
		{name: "depth 900", query: "{ actors { nodes " + nested(900, "{ unitOf ", "{ id }", "}") + "} }", code: complex, want: "nest deeper than 20"},
		{name: "inline fragments 900 deep", query: nested(900, "{ ... ", "{ __typename }", "}"), code: complex, want: "nest deeper than 20"},
		{name: "lists 900 deep in an argument", query: "{ nodes(ids: " + nested(900, "[", `"a"`, "]") + ") { id } }", code: complex, want: "values of an argument nest deeper"},
		{name: "filters 900 deep in an argument", query: "{ events(where: " + nested(450, "{and: [", "{}", "]}") + ") { totalCount } }", code: complex, want: "values of an argument nest deeper"},
		{name: "lists 9,000 deep in a variable", query: "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables: `{"ids": ` + nested(9_000, "[", "1", "]") + "}", code: complex, want: "nest deeper than 20"},
		{name: "lists 100,000 deep in a variable", query: "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables: `{"ids": ` + nested(100_000, "[", "1", "]") + "}", code: bad, want: "no JSON"},
		{name: "filters 900 deep in a variable", query: "query Q($w: EventWhere) { events(where: $w) { totalCount } }", variables: `{"w": ` + nested(450, `{"and": [`, "{}", "]}") + "}", code: complex, want: "nest deeper than 20"},
		{name: "100,000 values in a variable", query: "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables: `{"ids": [` + strings.Repeat(`"a",`, 100_000) + `"a"]}`, code: complex, want: "more than 2000 values"},
		{name: "400,000 empty lists in a variable that nobody uses", query: "{ __typename }", variables: `{"x": [` + strings.Repeat("[],", 330_000) + "[]]}", code: complex, want: "more than 2000 values"},
		{name: "400 directives", query: "{ __typename " + strings.Repeat("@include(if: true) ", 300) + "}", code: complex, want: "more than 50 directives"},
		{name: "600 wrong fields", query: "{ stats { " + repeat(600, func(i int) string { return fmt.Sprintf("x%d", i) }) + "} }", code: bad, want: "Cannot query field"},
		{name: "600 operations", query: repeat(400, func(i int) string { return fmt.Sprintf("query Q%d { __typename }", i) }), code: bad, want: "operation"},
		{name: "60,000 comments", query: strings.Repeat("#\n", 30_000) + "{ __typename }", code: complex, want: "more than 2000 tokens"},
		{name: "an alternative of 300 filters", query: `query Q($w: EventWhere) { kinds { narrower { id } } events(where: $w) { nodes { id } } a: events(where: $w) { nodes { id } } }`,
			variables: `{"w": {"or": [` + strings.TrimSuffix(strings.Repeat(`{"text":"a"},`, 300), ",") + `]}}`, code: bad, want: "more than 100 conditions", executed: true},
		{name: "an alternative of 90 filters, 18 times", query: `query Q($w: EventWhere) { ` + repeat(18, func(i int) string { return fmt.Sprintf("a%d: events(where: $w) { totalCount nodes { id } }", i) }) + "}",
			variables: `{"w": {"or": [` + strings.TrimSuffix(strings.Repeat(`{"text":"a"},`, 90), ",") + `]}}`, code: complex, want: "would cost"},
		{name: "an alternative of 90 filters, 10 times", query: `query Q($w: EventWhere) { ` + repeat(10, func(i int) string { return fmt.Sprintf("a%d: events(where: $w) { totalCount nodes { id } }", i) }) + "}",
			variables: `{"w": {"or": [` + strings.TrimSuffix(strings.Repeat(`{"text":"a"},`, 90), ",") + `]}}`, want: `"data"`, executed: true},
		{name: "64 MB of body", body: strings.Repeat(" ", 64<<20), code: bad, want: "more than 1048576 bytes"},
	}
}

// mostRefused and mostAnswered are what a request may allocate: its body is at most 1 MiB.
const (
	mostRefused  = 8 << 20
	mostAnswered = 128 << 20
)

// TestAttacks sends each attack. What is refused has executed nothing, and nothing has allocated much. With -v it tells what
// each has cost.
func TestAttacks(t *testing.T) {
	var executed atomic.Int64
	h := newHandler(Config{}, curatedGraph(t), countedSchema{resolver.New(), &executed}, slog.New(slog.DiscardHandler))
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			body := a.request()
			r := httptest.NewRequest("POST", "/graphql", io.NopCloser(bytes.NewReader(body)))
			r.ContentLength = -1 // its length is not announced
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			was := executed.Load()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			cpu := processTime(t)
			h.ServeHTTP(w, r)
			cpu = processTime(t) - cpu
			runtime.ReadMemStats(&after)
			allocated := after.TotalAlloc - before.TotalAlloc

			var got struct {
				Errors []struct {
					Message    string
					Extensions struct{ Code string }
				}
				Extensions struct{ Cost int }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			code, message := "", ""
			if len(got.Errors) > 0 {
				code, message = got.Errors[0].Extensions.Code, got.Errors[0].Message
			}
			if code != a.code || !strings.Contains(w.Body.String(), a.want) {
				t.Errorf("%d, code %q, want %q and %q: %.300s", w.Code, code, a.code, a.want, w.Body)
			}
			if ran := executed.Load() != was; ran != a.executed {
				t.Errorf("executed %v, want %v", ran, a.executed)
			}
			most := uint64(mostRefused)
			if a.executed {
				most = mostAnswered
			}
			if allocated > most {
				t.Errorf("it allocated %d bytes, and %d are allowed", allocated, most)
			}
			if len(got.Errors) > maxErrors {
				t.Errorf("%d errors, and %d are allowed", len(got.Errors), maxErrors)
			}
			if a.executed && got.Extensions.Cost > h.service.config.MaxCost {
				t.Errorf("cost %d was executed", got.Extensions.Cost)
			}
			t.Logf("%7d bytes in, %8d allocated, CPU %v, cost %d: %s", len(body), allocated, cpu.Round(10*time.Microsecond), got.Extensions.Cost, message)
		})
	}
}

// introspectionQuery is what graphql-js's getIntrospectionQuery sends, and with it most tools.
const introspectionQuery = `query IntrospectionQuery {
  __schema {
    description queryType { name } mutationType { name } subscriptionType { name }
    types { ...FullType }
    directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } }
  }
}
fragment FullType on __Type {
  kind name description specifiedByURL isOneOf
  fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
  inputFields(includeDeprecated: true) { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
fragment TypeRef on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
}`

// TestIntrospection sends what tools send: it must be answered, once a request, and grow with the schema without being refused.
func TestIntrospection(t *testing.T) {
	server := newTestServer(t, Config{})
	answer, body := do(t, postRequest(t, server, map[string]any{"query": introspectionQuery}))
	var got struct {
		Errors json.RawMessage
		Data   struct {
			Schema struct{ Types []any } `json:"__schema"`
		}
		Extensions struct{ Cost int }
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.Errors != nil || len(got.Data.Schema.Types) < 50 {
		t.Fatalf("%s: %.300s", answer.Status, body)
	}
	t.Logf("%d types, %d bytes, cost %d", len(got.Data.Schema.Types), len(body), got.Extensions.Cost)
	if most := (Config{}).withDefaults().MaxCost; got.Extensions.Cost > most*3/4 {
		t.Errorf("cost %d of %d: the schema has little room to grow; let introspection cost less", got.Extensions.Cost, most)
	}
}

// processTime returns how long processors have worked for this process.
func processTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestSlowClients opens connections that do not ask, or not to their end: each is ended, and asks nobody to wait for it.
func TestSlowClients(t *testing.T) {
	surface := Handler(Config{Timeout: 300 * time.Millisecond}, curatedGraph(t), slog.New(slog.DiscardHandler))
	server := newServer(surface, slog.New(slog.DiscardHandler))
	server.ReadHeaderTimeout = 200 * time.Millisecond // five seconds are too long for a test
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	for name, sent := range map[string]string{
		"silent":  "",
		"headers": "POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"body":    "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
		"chunks":  "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			const clients = 100
			var list []net.Conn
			for range clients {
				c, err := net.Dial("tcp", listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				if _, err := io.WriteString(c, sent); err != nil {
					t.Fatal(err)
				}
				list = append(list, c)
			}
			r := newRequest(t, "POST", "http://"+listener.Addr().String()+"/graphql", strings.NewReader(`{"query":"{ __typename }"}`))
			r.Header.Set("Content-Type", "application/json")
			if answer, body := do(t, r); answer.StatusCode != http.StatusOK {
				t.Errorf("somebody else: %s %s", answer.Status, body)
			}
			for _, c := range list {
				if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, c); err != nil {
					t.Fatalf("it was not ended: %v", err)
				}
			}
		})
	}
}
