package main

import (
	"fmt"
	"sort"
	"strings"
	"unicode"

	"github.com/vektah/gqlparser/v2/ast"
)

// A vocabulary is what the directives of the SDL say.
type vocabulary struct {
	Prefixes   []prefix
	Classes    []class // in the order of the SDL's files
	Predicates []term  // every predicate once, by IRI
	Datatypes  []term
	Extra      []term // terms that the model needs and no field has
	Enums      []enum // those that fields of classes have, by name
}

type prefix struct{ Name, IRI string }

type term struct{ Go, IRI, Curie string }

type class struct {
	Name, IRI, Curie, IDs, Doc string
	Also                       []string // IRIs
	Fields                     []field
}

type enum struct {
	Name   string
	Values []string
}

type field struct {
	Name, Predicate, Curie, Doc, Default string
	Inverse, Localized, Required, Many   bool
	Range                                string   // the Go constant: Text, Localized, EDTF, IRI, DateTime, Integer, Decimal, Enum, Node
	Enum                                 string   // for Enum
	Classes                              []string // for Node: the names of the classes that a value may have
}

// Terms beyond the fields: types and datatypes that quads are made of.
var (
	extraTerms = []string{"rdf:type", "sem:hasActor"}
	datatypes  = []string{"xsd:string", "xsd:integer", "xsd:decimal", "xsd:dateTime", "rdf:langString", "edtf:EDTF", "parley:cameo", "parley:plover"}
)

func read(schema *ast.Schema) (*vocabulary, error) {
	voc := &vocabulary{}
	for _, d := range schema.SchemaDirectives {
		if d.Name == "prefix" {
			voc.Prefixes = append(voc.Prefixes, prefix{arg(d, "name"), arg(d, "iri")})
		}
	}
	var defs []*ast.Definition
	for _, def := range schema.Types {
		if def.Directives.ForName("class") != nil {
			defs = append(defs, def)
		}
	}
	sort.Slice(defs, func(i, j int) bool {
		a, b := defs[i].Position, defs[j].Position
		if a.Src.Name != b.Src.Name {
			return a.Src.Name < b.Src.Name
		}
		return a.Line < b.Line
	})
	predicates := map[string]bool{}
	enums := map[string]bool{}
	for _, def := range defs {
		d := def.Directives.ForName("class")
		iri, err := voc.expand(arg(d, "iri"))
		if err != nil {
			return nil, fmt.Errorf("type %s: %w", def.Name, err)
		}
		c := class{Name: def.Name, IRI: iri, Curie: arg(d, "iri"), IDs: arg(d, "ids"), Doc: oneLine(def.Description)}
		if also := d.Arguments.ForName("also"); also != nil {
			for _, v := range also.Value.Children {
				iri, err := voc.expand(v.Value.Raw)
				if err != nil {
					return nil, fmt.Errorf("type %s: %w", def.Name, err)
				}
				c.Also = append(c.Also, iri)
			}
		}
		if c.Fields, err = voc.fields(schema, def, true); err != nil {
			return nil, err
		}
		for _, f := range c.Fields {
			predicates[f.Curie] = true
			if f.Enum != "" {
				enums[f.Enum] = true
			}
		}
		voc.Classes = append(voc.Classes, c)
	}
	var err error
	if voc.Predicates, err = voc.terms(keys(predicates)); err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for p := range predicates {
		known[p] = true
	}
	var extra []string
	for _, t := range extraTerms {
		if !known[t] {
			extra = append(extra, t)
		}
	}
	if voc.Extra, err = voc.terms(extra); err != nil {
		return nil, err
	}
	if voc.Datatypes, err = voc.terms(datatypes); err != nil {
		return nil, err
	}
	for _, name := range keys(enums) {
		e := enum{Name: name}
		for _, v := range schema.Types[name].EnumValues {
			e.Values = append(e.Values, v.Name)
		}
		voc.Enums = append(voc.Enums, e)
	}
	return voc, nil
}

// fields lists the fields of def that have a predicate, and behind each field of a type without a class that type's own. Behind ids that are
// read backwards comes what they are read from: a record of def with that predicate points to another of the same class.
func (voc *vocabulary) fields(schema *ast.Schema, def *ast.Definition, top bool) ([]field, error) {
	var list []field
	for _, fd := range def.Fields {
		target := schema.Types[fd.Type.Name()]
		if d := fd.Directives.ForName("predicate"); d != nil {
			f, err := voc.field(schema, fd, d, target)
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", def.Name, fd.Name, err)
			}
			list = append(list, f)
			if top && f.Inverse && target.Name == "ID" {
				_, name, _ := strings.Cut(f.Curie, ":")
				list = append(list, field{Name: name, Predicate: f.Predicate, Curie: f.Curie, Range: "Node", Classes: []string{def.Name}, Doc: "The one whose " + f.Name + " has it."})
			}
			if top && target.Kind == ast.Object && target.Directives.ForName("class") == nil {
				inner, err := voc.fields(schema, target, false)
				if err != nil {
					return nil, err
				}
				for _, f := range inner {
					f.Name = fd.Name + "." + f.Name
					list = append(list, f)
				}
			}
		}
	}
	return list, nil
}

func (voc *vocabulary) field(schema *ast.Schema, fd *ast.FieldDefinition, d *ast.Directive, target *ast.Definition) (field, error) {
	f := field{
		Name: fd.Name, Curie: arg(d, "iri"), Doc: oneLine(fd.Description),
		Inverse: arg(d, "inverse") == "true", Localized: arg(d, "localized") == "true",
		Many: fd.Type.Elem != nil || strings.HasSuffix(target.Name, "Connection"),
	}
	f.Default = arg(d, "default")
	f.Required = !f.Inverse && f.Default == "" && (arg(d, "required") == "true" || fd.Type.NonNull && !f.Many)
	var err error
	if f.Predicate, err = voc.expand(f.Curie); err != nil {
		return f, err
	}
	switch name := target.Name; {
	case f.Localized || name == "LocalizedText":
		f.Range, f.Localized = "Localized", true
	case name == "String" || name == "ID":
		f.Range = "Text"
	case name == "When":
		f.Range = "EDTF"
	case name == "Notation":
		f.Range = "Code"
	case name == "IRI" || name == "DateTime":
		f.Range = name
	case name == "Int":
		f.Range = "Integer"
	case name == "Float":
		f.Range = "Decimal"
	case target.Kind == ast.Enum:
		f.Range, f.Enum = "Enum", name
	case name == "Participation":
		f.Range, f.Classes = "Node", classesOf(schema, schema.Types["Actor"])
	default:
		f.Range, f.Classes = "Node", classesOf(schema, target)
	}
	if f.Range == "Node" && len(f.Classes) == 0 && !f.Inverse {
		return f, fmt.Errorf("type %s has no @class, and no rule of vocabgen says how its values are stored", target.Name)
	}
	return f, nil
}

// classesOf returns the names of the types with a class that def is or, if it is an interface, that implement it.
func classesOf(schema *ast.Schema, def *ast.Definition) []string {
	var names []string
	for _, t := range schema.GetPossibleTypes(def) {
		if t.Directives.ForName("class") != nil {
			names = append(names, t.Name)
		}
	}
	sort.Strings(names)
	return names
}

// expand turns prefix:local into an IRI.
func (voc *vocabulary) expand(curie string) (string, error) {
	name, local, ok := strings.Cut(curie, ":")
	if ok {
		for _, p := range voc.Prefixes {
			if p.Name == name {
				return p.IRI + local, nil
			}
		}
	}
	return "", fmt.Errorf("%q: no such prefix; declare it with @prefix on the schema", curie)
}

func (voc *vocabulary) terms(curies []string) ([]term, error) {
	var list []term
	for _, c := range curies {
		iri, err := voc.expand(c)
		if err != nil {
			return nil, err
		}
		list = append(list, term{Go: goName(c), IRI: iri, Curie: c})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Go < list[j].Go })
	return list, nil
}

// goName makes SchemaName of schema:name.
func goName(curie string) string {
	name, local, _ := strings.Cut(curie, ":")
	return title(name) + title(local)
}

func title(s string) string {
	r := []rune(s)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// arg returns an argument's text, "" where it is absent.
func arg(d *ast.Directive, name string) string {
	if a := d.Arguments.ForName(name); a != nil {
		return a.Value.Raw
	}
	return ""
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func keys(m map[string]bool) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	sort.Strings(list)
	return list
}
