package direct

import (
	"context"
	"math"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// A Writer appends an answer to a buffer. Only one goroutine may use it.
type Writer struct {
	Context context.Context // of the operation, for the methods that are called

	oc *graphql.OperationContext
	b  []byte
}

// Fields returns what is asked of an object of a type that came where f stands, in the order of the answer; nil if gqlgen is to answer.
// Of each type it is found out once.
func (w *Writer) Fields(f *Field, of *Type) []Field {
	for i := range f.subs {
		if f.subs[i].of == of {
			return f.subs[i].fields
		}
	}
	fields := w.collect(f.Selections, of)
	f.subs = append(f.subs, selected{of, fields})
	return fields
}

// collect finds out what a selection asks of a type, as gqlgen does, and returns nil for what is not known here.
func (w *Writer) collect(set ast.SelectionSet, of *Type) []Field {
	fields := plain(set)
	if fields == nil {
		collected := graphql.CollectFields(w.oc, set, of.Satisfies)
		fields = make([]Field, len(collected))
		for i := range collected {
			fields[i].CollectedField = collected[i]
		}
	}
	for i := range fields {
		f := &fields[i]
		c := &f.CollectedField
		if f.Number, f.first = Typename, i == 0; len(c.Deferrables) > 0 {
			return nil
		}
		if c.Name != "__typename" {
			var ok bool
			if f.Number, ok = of.Numbers[c.Name]; !ok {
				return nil
			}
		}
	}
	return fields
}

// plain is what a selection asks that holds nothing but fields without directives, each once under its name in the answer; nil for any
// other selection. Most are so, and gqlgen's way to find it out is a tenth of a small answer's time.
func plain(set ast.SelectionSet) []Field {
	const most = 64 // of more, comparing each with all others is no saving
	if len(set) > most {
		return nil
	}
	fields := make([]Field, len(set))
	for i, s := range set {
		f, ok := s.(*ast.Field)
		if !ok || len(f.Directives) > 0 {
			return nil
		}
		for j := range i {
			if fields[j].Alias == f.Alias {
				return nil
			}
		}
		fields[i].CollectedField = graphql.CollectedField{Field: f, Selections: f.SelectionSet}
	}
	return fields
}

// Begin and End stand around the fields of an object; before each value comes Key.
func (w *Writer) Begin() { w.b = append(w.b, '{') }
func (w *Writer) End()   { w.b = append(w.b, '}') }
func (w *Writer) Key(f *Field) {
	if !f.first {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), f.Alias...), `":`...)
}

// BeginList and EndList stand around the elements of a list; before each comes Next.
func (w *Writer) BeginList() { w.b = append(w.b, '[') }
func (w *Writer) EndList()   { w.b = append(w.b, ']') }
func (w *Writer) Next(i int) {
	if i > 0 {
		w.b = append(w.b, ',')
	}
}

// Null, String, Int, Boolean and Float write values as gqlgen's marshalers do.
func (w *Writer) Null()          { w.b = append(w.b, "null"...) }
func (w *Writer) Int(n int)      { w.b = strconv.AppendInt(w.b, int64(n), 10) }
func (w *Writer) Boolean(b bool) { w.b = strconv.AppendBool(w.b, b) }

// Float reports false for what JSON cannot say.
func (w *Writer) Float(x float64) bool {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return false
	}
	w.b = strconv.AppendFloat(w.b, x, 'g', -1, 64)
	return true
}

func (w *Writer) String(s string) {
	const hex = "0123456789ABCDEF"
	w.b = append(w.b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '\\' && c != '"' {
			continue
		}
		w.b = append(w.b, s[from:i]...)
		switch c {
		case '\t':
			w.b = append(w.b, `\t`...)
		case '\r':
			w.b = append(w.b, `\r`...)
		case '\n':
			w.b = append(w.b, `\n`...)
		case '\\', '"':
			w.b = append(w.b, '\\', c)
		default:
			w.b = append(w.b, `\u00`...)
			w.b = append(w.b, hex[c>>4], hex[c&0xf])
		}
		from = i + 1
	}
	w.b = append(w.b, s[from:]...)
	w.b = append(w.b, '"')
}
