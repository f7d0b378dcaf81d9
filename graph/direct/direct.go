// Package direct answers queries in one pass: it walks the selection, calls the same Go methods that gqlgen's executor calls, and appends
// JSON to one buffer. gqlgen's own way has a goroutine, a context and a closure for most fields, which costs more than finding the answer.
//
// It knows only answers in which nothing goes wrong. Whatever does - an error, a panic, a null where none may be, a directive other than
// skip and include, introspection - makes it give up, and gqlgen answers from the beginning: it stays the reference for what an answer is,
// and the only one that says what is wrong. A query only reads, and what has been read is kept in the view, so little is done twice.
//
// What the fields of each type are, and which Go method gives them, is written by directgen into package gen. Package direct knows
// neither the schema nor package graph.
package direct

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Typename is the number of the field __typename, which every type has.
const Typename = -1

// A Type is what is known of an object type of the schema.
type Type struct {
	Name      string
	Satisfies []string       // it and its interfaces and unions: conditions of fragments that hold
	Numbers   map[string]int // of its fields, by which a writer tells them apart
}

// A Field is a place in a selection: what is asked there, fragments put in, of whatever object comes.
type Field struct {
	graphql.CollectedField
	Number int
	Args   map[string]any // decoded; nil until a writer needs them

	first bool       // of its object
	subs  []selected // of the types that have come so far
}

// selected is what is asked of the objects of a type at a place.
type selected struct {
	of     *Type
	fields []Field
}

// A Query writes the answer of one operation.
type Query interface {
	// Type returns that of the root.
	Type() *Type

	// Write appends the value of a field of the root. It reports false if gqlgen is to answer. It may be called by several goroutines
	// at once, with a writer each.
	Write(w *Writer, f *Field) bool
}

// Schema returns reference, which is gqlgen's, with queries answered by what begin returns, as long as that can.
func Schema(reference graphql.ExecutableSchema, begin func(ctx context.Context, oc *graphql.OperationContext) Query) graphql.ExecutableSchema {
	return &schema{reference, begin}
}

type schema struct {
	graphql.ExecutableSchema
	begin func(ctx context.Context, oc *graphql.OperationContext) Query
}

// Exec implements graphql.ExecutableSchema.
func (s *schema) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	if oc.Operation.Operation != ast.Query {
		return s.ExecutableSchema.Exec(ctx)
	}
	var reference graphql.ResponseHandler // once it has to answer
	answered := false
	return func(inner context.Context) *graphql.Response {
		if answered {
			return nil
		}
		if reference == nil {
			if data := answer(inner, oc, s.begin(ctx, oc)); data != nil {
				answered = true
				return &graphql.Response{Data: data}
			}
			reference = s.ExecutableSchema.Exec(ctx)
		}
		return reference(inner)
	}
}

// answer returns the data of an operation, nil if gqlgen is to answer.
func answer(ctx context.Context, oc *graphql.OperationContext, q Query) (data []byte) {
	// What is said of an error here is said again by gqlgen.
	ctx = graphql.WithFreshResponseContext(ctx)
	defer func() {
		if recover() != nil {
			data = nil
		}
	}()
	w := &Writer{Context: ctx, oc: oc, b: (*buffers.Get().(*[]byte))[:0]}
	fields := w.collect(oc.Operation.SelectionSet, q.Type())
	if fields == nil || !w.root(q, fields) || len(graphql.GetErrors(ctx)) > 0 {
		Release(w.b)
		return nil
	}
	return w.b
}

// Release gives back the data of a response, so that the next answer can be written there. Nobody may use them afterwards. It is for those who
// have copied them; others need not call it.
func Release(data []byte) {
	if cap(data) > 0 && cap(data) <= maxBuffer {
		buffers.Put(&data)
	}
}

// buffers are where answers are written: one that begins small and grows is copied as often.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// maxBuffer is how large a buffer may be that is kept for the next answer: a picture of 200 actors takes 150 KB.
const maxBuffer = 1 << 20

// root writes the outermost object. The questions of a document that asks several are answered side by side, as gqlgen does: each may
// take long.
func (w *Writer) root(q Query, fields []Field) bool {
	resolved := 0
	for i := range fields {
		if fields[i].Number != Typename {
			resolved++
		}
	}
	parts := make([]part, 0, resolved)
	if resolved > 1 {
		for i := range fields {
			if fields[i].Number != Typename {
				parts = append(parts, begin(w, q, &fields[i]))
			}
		}
		for _, p := range parts {
			<-p.done
		}
	}
	w.Begin()
	for i := range fields {
		f := &fields[i]
		w.Key(f)
		if len(parts) > 0 && f.Number != Typename {
			p := parts[0]
			parts = parts[1:]
			if !*p.ok {
				return false
			}
			w.b = append(w.b, p.b...)
			continue
		}
		if !q.Write(w, f) {
			return false
		}
	}
	w.End()
	return true
}

// A part is one question of several.
type part struct {
	*Writer
	done chan struct{}
	ok   *bool
}

func begin(w *Writer, q Query, f *Field) part {
	p := part{&Writer{Context: w.Context, oc: w.oc}, make(chan struct{}), new(bool)}
	go func() {
		defer close(p.done)
		defer func() {
			if recover() != nil {
				*p.ok = false
			}
		}()
		*p.ok = q.Write(p.Writer, f)
	}()
	return p
}
