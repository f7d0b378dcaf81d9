// Command directgen writes package gen: what gqlgen makes of the schema and of the types of package graph, and beside it, from the same
// data, writers of answers for package direct.
//
// Run it in the folder of gqlgen.yml; go generate ./... does.
package main

import (
	_ "embed"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

func main() {
	if err := generate("gqlgen.yml"); err != nil {
		fmt.Fprintln(os.Stderr, "directgen:", err)
		os.Exit(1)
	}
}

func generate(file string) error {
	cfg, err := config.LoadConfig(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return api.Generate(cfg, api.AddPlugin(plugin{}))
}

// plugin is gqlgen's way to have more made of what it knows.
type plugin struct{}

func (plugin) Name() string { return "directgen" }

//go:embed writers.gotpl
var writers string

// A model is what writers.gotpl is given.
type model struct {
	Objects    []*codegen.Object
	Interfaces []*codegen.Interface
	Types      []*config.TypeReference
}

// GenerateCode writes graph/gen/direct.generated.go.
func (plugin) GenerateCode(data *codegen.Data) error {
	var m model
	types := map[string]*config.TypeReference{}
	var refer func(t *config.TypeReference)
	refer = func(t *config.TypeReference) {
		if types[t.MarshalFunc()] != nil {
			return
		}
		types[t.MarshalFunc()] = t
		if t.IsSlice() {
			refer(t.Elem())
		}
	}
	for _, o := range data.Objects {
		if written(o) {
			m.Objects = append(m.Objects, o)
			for _, f := range fields(o) {
				if err := writable(f); err != nil {
					return fmt.Errorf("%s.%s: %w", o.Name, f.Name, err)
				}
				refer(f.TypeReference)
			}
		}
	}
	for _, t := range types {
		m.Types = append(m.Types, t)
	}
	for _, i := range data.Interfaces {
		if !strings.HasPrefix(i.Name, "__") {
			m.Interfaces = append(m.Interfaces, i)
		}
	}
	slices.SortFunc(m.Objects, func(a, b *codegen.Object) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(m.Interfaces, func(a, b *codegen.Interface) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(m.Types, func(a, b *config.TypeReference) int { return strings.Compare(a.MarshalFunc(), b.MarshalFunc()) })
	return templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Filename:        filepath.Join(data.Config.Exec.Dir(), "direct.generated.go"),
		Data:            m,
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
		Template:        writers,
		Funcs: map[string]any{
			"write":  func(t *config.TypeReference) string { return "write" + strings.TrimPrefix(t.MarshalFunc(), "marshal") },
			"scalar": scalar,
			"fields": fields,
		},
	})
}

// written reports whether answers may hold an object that a writer is to be made for: mutations and subscriptions are gqlgen's, and so
// is introspection.
func written(o *codegen.Object) bool {
	return !strings.HasPrefix(o.Name, "__") && !o.DisableConcurrency && !o.Stream
}

// fields returns the fields of an object, without those of introspection.
func fields(o *codegen.Object) []*codegen.Field {
	return slices.DeleteFunc(slices.Clone(o.Fields), func(f *codegen.Field) bool { return strings.HasPrefix(f.Name, "__") })
}

// writable returns an error for a field that writers.gotpl does not know how to write.
func writable(f *codegen.Field) error {
	switch {
	case f.IsBatch(), f.IsMap(), f.HasHaser, f.VOkFunc, f.HasDirectives():
		return fmt.Errorf("a field of this kind is not known here; teach writers.gotpl")
	}
	for t := f.TypeReference; ; t = t.Elem() {
		switch {
		case t.IsPtrToSlice(), t.IsPtrToIntf(), t.IsPtrToPtr(), t.IsMarshaler, t.HasEnumValues(), t.IsTargetNilable() && !t.IsNilable():
			return fmt.Errorf("the Go type %s is not known here; teach writers.gotpl", t.GO)
		}
		if !t.IsSlice() {
			if t.Definition.IsLeafType() && scalar(t) == "" {
				return fmt.Errorf("how %s writes is not known here; teach scalar", t.Marshaler)
			}
			return nil
		}
	}
}

// scalar returns the method of direct.Writer that writes as the marshaler of a leaf does, and "" if there is none.
func scalar(t *config.TypeReference) string {
	if t.Marshaler == nil || t.Definition.Kind != ast.Scalar && t.Definition.Kind != ast.Enum {
		return ""
	}
	basic, ok := deref(t.GO).Underlying().(*types.Basic)
	if !ok {
		return ""
	}
	switch kind := basic.Kind(); {
	case t.Marshaler.Name() == "MarshalString" && kind == types.String, t.Marshaler.Name() == "MarshalID" && kind == types.String:
		return "String"
	case t.Marshaler.Name() == "MarshalInt" && kind == types.Int:
		return "Int"
	case t.Marshaler.Name() == "MarshalBoolean" && kind == types.Bool:
		return "Boolean"
	case t.Marshaler.Name() == "MarshalFloatContext" && kind == types.Float64:
		return "Float"
	}
	return ""
}

func deref(t types.Type) types.Type {
	if p, ok := t.(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}
