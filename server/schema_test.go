package main

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/parleygraph/parley/graph/resolver"
)

// TestServedSchema parses the schema as clients get it: it has all that the executor has, each with its description.
func TestServedSchema(t *testing.T) {
	server := newTestServer(t, Config{})
	_, text := do(t, newRequest(t, "GET", server.URL+"/schema.graphql", nil))
	got, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: text})
	if err != nil {
		t.Fatal(err)
	}
	described := func(what, description string) {
		if description == "" {
			t.Errorf("%s has no description", what)
		}
	}
	for name, want := range resolver.New().Schema().Types {
		def := got.Types[name]
		if def == nil || len(def.Fields) < len(want.Fields) && want.Name != "Query" || len(def.EnumValues) != len(want.EnumValues) {
			t.Errorf("type %s is not as it was", name)
			continue
		}
		if def.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		described(name, def.Description)
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			described(name+"."+f.Name, f.Description)
			if w := want.Fields.ForName(f.Name); w == nil || w.Type.String() != f.Type.String() || len(w.Arguments) != len(f.Arguments) {
				t.Errorf("%s.%s is not as it was", name, f.Name)
			}
			for _, a := range f.Arguments {
				described(name+"."+f.Name+"("+a.Name+")", a.Description)
			}
		}
		for _, v := range def.EnumValues {
			described(name+"."+v.Name, v.Description)
		}
	}
}

// node runs a script of clients and returns its output and whether it succeeded.
func node(t *testing.T, script string, args ...string) (string, bool) {
	t.Helper()
	cmd := clientCommand(t, append([]string{script}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// TestSchemaLint judges the schema by graphql-eslint; and one that is worse, to see that it judges.
func TestSchemaLint(t *testing.T) {
	if out, ok := node(t, "lint.mjs", "../../schema"); !ok {
		t.Errorf("it says\n%s", out)
	}
	worse := t.TempDir()
	write(t, filepath.Join(worse, "worse.graphqls"), `type Query { "Talks." talks: TalkConnection } type TalkConnection { nodes: [Int] }`)
	out, ok := node(t, "lint.mjs", worse)
	if ok {
		t.Error("a bad schema passes")
	}
	for _, rule := range []string{"require-description", "relay-connection-types", "relay-arguments", "relay-page-info"} {
		if !strings.Contains(out, rule) {
			t.Errorf("%s says nothing of a bad schema:\n%s", rule, out)
		}
	}
}

// TestSchemaChange compares schemas by GraphQL Inspector, as .ci/run does with the last one that landed.
func TestSchemaChange(t *testing.T) {
	old := sdl(resolver.New().Schema())
	dir := t.TempDir()
	before := filepath.Join(dir, "before.graphql")
	write(t, before, string(old))
	tests := []struct {
		name, from, to, want string
		ok                   bool
	}{
		{"nothing", "", "", "0 breaking", true},
		{"a field more", "type Query {", "type Query {\n  \"More.\"\n  more: Int", ", 0 breaking", true},
		{"a field less", "  iri: IRI!", "  iris: IRI!", "BREAKING Person.iri", false},
		{"an argument that must be given", "type Query {", "type Query {\n  more(x: Int!): Int", "0 breaking", true},
		{"a list that may be null", "): [EventKind!]!", "): [EventKind!]", "BREAKING Query.kinds", false},
		{"an enum value less", "  PERSON\n", "  SOMEBODY\n", "BREAKING NodeType.PERSON", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			changed := strings.ReplaceAll(string(old), test.from, test.to)
			if test.from == "" {
				changed = string(old)
			} else if changed == string(old) {
				t.Fatalf("the schema has no %q", test.from)
			}
			after := filepath.Join(t.TempDir(), "after.graphql")
			write(t, after, changed)
			out, ok := node(t, "breaking.mjs", before, after)
			if ok != test.ok || !strings.Contains(out, test.want) {
				t.Errorf("passes %v, want %v and %q:\n%s", ok, test.ok, test.want, out)
			}
		})
	}
}

// TestRelay compiles a front end's questions with Relay's compiler against the schema as it is served, and asks them by their
// ids of a server that answers nothing else.
func TestRelay(t *testing.T) {
	dir := t.TempDir()
	schema := filepath.Join(t.TempDir(), "schema.graphql")
	write(t, schema, string(sdl(resolver.New().Schema())))
	if out, ok := node(t, "relay.mjs", schema, dir); !ok {
		t.Fatalf("it says\n%s", out)
	}
	persisted := filepath.Join(dir, "persisted.json")
	list, err := readDocuments(persisted)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(persisted)
	if err != nil {
		t.Fatal(err)
	}
	var ids map[string]string
	if err := json.Unmarshal(text, &ids); err != nil || len(ids) != 3 {
		t.Fatalf("%d documents, want 3: %v", len(ids), err)
	}
	server := httptest.NewServer(Handler(Config{Documents: list}, curatedGraph(t), slog.New(slog.DiscardHandler)))
	defer server.Close()
	var asked []string
	for id, document := range ids {
		name := strings.FieldsFunc(document, func(r rune) bool { return r == ' ' || r == '(' })[1]
		asked = append(asked, name)
		_, body := do(t, postRequest(t, server, map[string]any{"documentId": id, "variables": map[string]any{"id": "person:pete-hegseth", "first": 2}}))
		for _, want := range map[string][]string{
			"ActorPageQuery":   {`"Pete Hegseth"`, `"edges":[{"node":{`, `"hasNextPage"`},
			"ActorEventsQuery": {`"edges":[{"node":{`, `"endCursor"`},
			"ActorListQuery":   {`"edges":[{"node":{`, `"name"`},
		}[name] {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s in %.400s", name, want, body)
			}
		}
	}
	slices.Sort(asked)
	if got := strings.Join(asked, " "); got != "ActorEventsQuery ActorListQuery ActorPageQuery" {
		t.Errorf("asked %s", got)
	}
	if _, body := do(t, postRequest(t, server, map[string]any{"query": "{ stats { quads } }"})); !strings.Contains(body, resolver.CodeForbidden) {
		t.Errorf("another document: %s", body)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
