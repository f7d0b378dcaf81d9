package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/parleygraph/parley/graph/resolver"
)

func TestCost(t *testing.T) {
	schema := resolver.New().Schema()
	c := newCosts(schema)
	for _, test := range []struct {
		name, query string
		variables   map[string]any
		want        int
	}{
		{"a field", `{ __typename }`, nil, 1},
		{"a node", `{ node(id: "x") { id } }`, nil, 2},
		{"nodes by their ids", `{ nodes(ids: ["x", "y", "z"]) { id } }`, nil, 1 + 2 + 3},
		{"a page as it comes", `{ events { nodes { id } } }`, nil, 1 + 1 + 20},
		{"a page", `{ events(first: 7) { nodes { id } } }`, nil, 1 + 1 + 7},
		{"a page from its end", `{ events(last: 7) { edges { cursor node { id } } } }`, nil, 1 + 1 + 7*3},
		{"nodes and edges", `{ events(first: 7) { nodes { id } edges { cursor } } }`, nil, 1 + 2 + 7 + 7},
		{"a page that is refused", `{ events(first: 7000) { nodes { id } } }`, nil, 1 + 1 + 100},
		{"a page that is refused, below", `{ events(first: -5) { nodes { id } } }`, nil, 1 + 1 + 1},
		{"a page by a variable", `query Q($n: Int) { events(first: $n) { nodes { id } } }`, map[string]any{"n": 7}, 1 + 1 + 7},
		{"a page by a variable that is not given", `query Q($n: Int) { events(first: $n) { nodes { id } } }`, map[string]any{}, 1 + 1 + 20},
		{"a count", `{ events { totalCount } }`, nil, 1 + 11},
		{"a list of known size", `{ actor(id: "x") { tenures { id } } }`, nil, 1 + 1 + 5},
		{"a list within a page", `{ events(first: 7) { nodes { claims { nodes { id } } } } }`, nil, 1 + 1 + 7*(1+1+20)},
		{"a fragment", `{ events(first: 7) { ...F } } fragment F on EventConnection { nodes { id } }`, nil, 1 + 1 + 7},
		{"a fragment on two pages", `{ a: events(first: 7) { ...F } b: events(first: 2) { ...F } } fragment F on EventConnection { nodes { id } }`, nil, 2 + 2 + 7 + 2},
		{"an inline fragment", `{ events(first: 7) { ... on EventConnection { nodes { id } } } }`, nil, 1 + 1 + 7},
		{"a filter", `{ events(first: 1, where: {and: [{text: "a"}, {text: "b"}, {text: "c"}]}) { nodes { id } } }`, nil, 1 + 2*conditionCost + 1 + 1},
		{"a filter by a variable", `query Q($w: EventWhere) { events(first: 1, where: $w) { nodes { id } } }`, map[string]any{"w": map[string]any{"and": []any{map[string]any{"text": "a"}, map[string]any{"text": "b", "place": "c"}}}}, 1 + 2*conditionCost + 1 + 1},
		{"walk", `{ walk(from: "x", path: ["y"]) { value } }`, nil, 1 + 20 + 100},
		{"walk not far", `{ walk(from: "x", path: ["y"], first: 3) { value } }`, nil, 1 + 20 + 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc, errs := gqlparser.LoadQueryWithRules(schema, test.query, rulesWithoutSuggestions())
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if got := c.of(doc.Operations[0], test.variables); got != test.want {
				t.Errorf("it costs %d, want %d", got, test.want)
			}
		})
	}
}

// TestListSizes compares what each list of the schema is taken to hold with testdata/lists.txt, so that whoever adds a list
// says how long it is. With -update it writes the file; a list that it says is "unknown" belongs into the table of newCosts.
func TestListSizes(t *testing.T) {
	schema := resolver.New().Schema()
	c := newCosts(schema)
	var lines []string
	for _, typ := range schema.Types {
		if typ.Kind != ast.Object {
			continue
		}
		for _, f := range typ.Fields {
			if f.Type.Elem == nil {
				continue
			}
			size := fmt.Sprintf("unknown, %d", otherSize)
			switch n, ok := lookUp(c.sizes, typ.Name, f.Name); {
			case onPage(typ.Name, f.Name):
				size = "the page"
			case f.Arguments.ForName("ids") != nil:
				size = "the ids"
			case f.Arguments.ForName("first") != nil:
				size = "first"
			case ok && strings.HasPrefix(typ.Name, "__"):
				size = "as the schema has it"
			case ok:
				size = fmt.Sprint(n)
			}
			lines = append(lines, fmt.Sprintf("%s.%s: %s", typ.Name, f.Name, size))
		}
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	const name = "testdata/lists.txt"
	if *update {
		writeFile(t, name, got)
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("lists differ (-%s +now; run with -update and read what it says):\n%s", name, diff)
	}
	if strings.Contains(got, "unknown") {
		t.Error("a list has no known size; put it into the table of newCosts")
	}
}
