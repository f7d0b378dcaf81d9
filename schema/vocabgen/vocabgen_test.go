package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// head is what every SDL of these tests begins with.
const head = `
directive @prefix(name: String!, iri: String!) repeatable on SCHEMA
directive @class(iri: String!, ids: String!, also: [String!]) on OBJECT
directive @predicate(iri: String!, inverse: Boolean = false, localized: Boolean = false, required: Boolean = false, default: String) on FIELD_DEFINITION
schema @prefix(name: "a", iri: "http://a/") @prefix(name: "xsd", iri: "http://xsd/") @prefix(name: "rdf", iri: "http://rdf/")
  @prefix(name: "edtf", iri: "http://edtf/") @prefix(name: "sem", iri: "http://sem/") @prefix(name: "parley", iri: "http://p/") { query: Query }
scalar IRI
scalar DateTime
type Query { x: String }
type When { edtf: String! text: String @predicate(iri: "a:text") }
type LocalizedText { text: String! }
enum Colour { RED GREEN }
`

func TestRead(t *testing.T) {
	voc, err := read(parse(t, head+`
interface Actor { id: ID! }
type Person implements Actor @class(iri: "a:Person", ids: "person", also: ["a:Agent"]) {
  id: ID!
  name: String! @predicate(iri: "a:name", localized: true)
  aliases: [LocalizedText!]! @predicate(iri: "a:alias")
  "Born\n when."
  born: When @predicate(iri: "a:born")
  colour: Colour! @predicate(iri: "a:colour", default: "RED")
  age: Int @predicate(iri: "a:age")
  size: Float! @predicate(iri: "a:size")
  home: IRI @predicate(iri: "a:home")
  seen: DateTime @predicate(iri: "a:seen")
  knows: [Actor!]! @predicate(iri: "a:knows")
  boss: Person @predicate(iri: "a:boss", required: true)
  staff: [Person!]! @predicate(iri: "a:boss", inverse: true)
  notInTheGraph: String
}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []class{{
		Name: "Person", IRI: "http://a/Person", Curie: "a:Person", IDs: "person", Also: []string{"http://a/Agent"},
		Fields: []field{
			{Name: "name", Predicate: "http://a/name", Curie: "a:name", Localized: true, Required: true, Range: "Localized"},
			{Name: "aliases", Predicate: "http://a/alias", Curie: "a:alias", Localized: true, Many: true, Range: "Localized"},
			{Name: "born", Predicate: "http://a/born", Curie: "a:born", Range: "EDTF", Doc: "Born when."},
			{Name: "born.text", Predicate: "http://a/text", Curie: "a:text", Range: "Text"},
			{Name: "colour", Predicate: "http://a/colour", Curie: "a:colour", Range: "Enum", Enum: "Colour", Default: "RED"},
			{Name: "age", Predicate: "http://a/age", Curie: "a:age", Range: "Integer"},
			{Name: "size", Predicate: "http://a/size", Curie: "a:size", Required: true, Range: "Decimal"},
			{Name: "home", Predicate: "http://a/home", Curie: "a:home", Range: "IRI"},
			{Name: "seen", Predicate: "http://a/seen", Curie: "a:seen", Range: "DateTime"},
			{Name: "knows", Predicate: "http://a/knows", Curie: "a:knows", Many: true, Range: "Node", Classes: []string{"Person"}},
			{Name: "boss", Predicate: "http://a/boss", Curie: "a:boss", Required: true, Range: "Node", Classes: []string{"Person"}},
			{Name: "staff", Predicate: "http://a/boss", Curie: "a:boss", Inverse: true, Many: true, Range: "Node", Classes: []string{"Person"}},
		},
	}}
	if diff := cmp.Diff(want, voc.Classes); diff != "" {
		t.Errorf("read differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]enum{{"Colour", []string{"RED", "GREEN"}}}, voc.Enums); diff != "" {
		t.Errorf("enums differ (-want +got):\n%s", diff)
	}
}

func TestReadErrors(t *testing.T) {
	for _, c := range []struct{ name, sdl, want string }{
		{"unknown prefix of a class", `type P @class(iri: "z:P", ids: "p") { x: String }`, `type P: "z:P": no such prefix`},
		{"unknown prefix of a further type", `type P @class(iri: "a:P", ids: "p", also: ["z:Q"]) { x: String }`, `type P: "z:Q": no such prefix`},
		{"unknown prefix of a predicate", `type P @class(iri: "a:P", ids: "p") { x: String @predicate(iri: "z:x") }`, `P.x: "z:x": no such prefix`},
		{"a type that is not stored", `type V { y: String } type P @class(iri: "a:P", ids: "p") { x: V @predicate(iri: "a:x") }`, `P.x: type V has no @class`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := read(parse(t, head+c.sdl)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("read: error %v, want %q", err, c.want)
			}
		})
	}
}

func TestReplaceDictionary(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"between the markers", "above\n" + begin + "old\n" + end + "below\n", ""},
		{"no markers", "above\n", "must stand in it"},
		{"the wrong way round", end + begin, "must stand in it"},
	} {
		got, err := replaceDictionary([]byte(c.text), &vocabulary{})
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want %q", c.name, err, c.want)
			}
			continue
		}
		if s := string(got); err != nil || !strings.HasPrefix(s, "above\n"+begin) || !strings.HasSuffix(s, end+"below\n") || strings.Contains(s, "old") {
			t.Errorf("%s: %q, %v", c.name, s, err)
		}
	}
}

func parse(t *testing.T, sdl string) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "test.graphqls", Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
