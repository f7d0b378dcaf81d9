package direct

import (
	"bytes"
	"math"
	"testing"

	"github.com/99designs/gqlgen/graphql"
)

// FuzzString writes any text as gqlgen does.
func FuzzString(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\t\r\n\b\x00\x1f\x7f", "é 漢 🙂", "not UTF-8: \xff\xc3", " </script>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		graphql.MarshalString(s).MarshalGQL(&want)
		var w Writer
		w.String(s)
		if string(w.b) != want.String() {
			t.Errorf("String(%q) writes %s, want %s", s, w.b, &want)
		}
	})
}

// FuzzFloat writes any number as gqlgen does, or not at all.
func FuzzFloat(f *testing.F) {
	for _, x := range []float64{0, math.Copysign(0, -1), 1, 0.1, 1.0 / 3, 1e20, 1e21, 123456789, 1e-5, 1e-7, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN()} {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, x float64) {
		var want bytes.Buffer
		err := graphql.MarshalFloatContext(x).MarshalGQLContext(t.Context(), &want)
		var w Writer
		if ok := w.Float(x); ok != (err == nil) || string(w.b) != want.String() {
			t.Errorf("Float(%v) writes %q, %v, want %q, %v", x, w.b, ok, &want, err)
		}
	})
}

func TestValues(t *testing.T) {
	for _, n := range []int{0, -1, math.MaxInt, math.MinInt} {
		var want bytes.Buffer
		graphql.MarshalInt(n).MarshalGQL(&want)
		var w Writer
		if w.Int(n); string(w.b) != want.String() {
			t.Errorf("Int(%d) writes %s, want %s", n, w.b, &want)
		}
	}
	for _, b := range []bool{true, false} {
		var want bytes.Buffer
		graphql.MarshalBoolean(b).MarshalGQL(&want)
		var w Writer
		if w.Boolean(b); string(w.b) != want.String() {
			t.Errorf("Boolean(%v) writes %s, want %s", b, w.b, &want)
		}
	}
}
