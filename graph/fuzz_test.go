package graph

import (
	"context"
	"errors"
	"math"
	"testing"
	"unicode/utf8"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

func FuzzParseTerm(f *testing.F) {
	for _, s := range []string{"", "person:ann", "schema:name", "<a:b>", "_:b", `"text"@en`, `"1"^^<a:b>`, "a:b> <c:d", "<", `"`, "^", "a:\x00", "é:é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		term, err := parseTerm("object", s)
		if err != nil {
			if !errors.Is(err, ErrInvalidArgument) {
				t.Fatalf("parseTerm(%q): error %v, want ErrInvalidArgument", s, err)
			}
			return
		}
		again, err := parseTerm("object", store.FormatTerm(term))
		if err != nil || again != term {
			t.Fatalf("parseTerm(%q) = %v, written and read again %v, %v", s, term, again, err)
		}
	})
}

func FuzzWindow(f *testing.F) {
	for _, s := range [][2]string{{"2025", "2025-02"}, {"", "x"}, {"../2025", "2025/.."}, {"[2025..]", "{..2025}"}, {"Y99999999999999999", "XXXX"}, {"2025-02", "2025-01"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, from, to string) {
		w := &Window{From: &from, To: &to}
		got, err := w.parse("during")
		switch {
		case err != nil && !errors.Is(err, ErrInvalidArgument):
			t.Fatalf("parse(%q, %q): error %v, want ErrInvalidArgument", from, to, err)
		case err == nil && *got.From > *got.To:
			t.Fatalf("parse(%q, %q) = %v to %v", from, to, got.From, got.To)
		}
		if w, err := (&Window{From: &from}).parse("during"); err == nil && w.To != nil {
			t.Fatalf("parse(%q, nil) ends at %v", from, w.To)
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"Ann", "López Obrador", "ﬁ", "İstanbul", "ß", "田中", "\xff", "ǰ", "а́", "...", "a a a", "\u0345", "ꭰ"} {
		f.Add(s, s)
	}
	s, err := store.Open(context.Background(), "mem:", store.Options{Model: StoreModel()})
	if err != nil {
		f.Fatal(err)
	}
	g := New(s, "")
	f.Fuzz(func(t *testing.T, text, name string) {
		valid := utf8.ValidString(text) // the store and JSON hold nothing else
		if again := fold(fold(text)); valid && again != fold(text) {
			t.Fatalf("fold(fold(%q)) = %q, want %q", text, again, fold(text))
		}
		r := &record{id: "person:x", typ: TypePerson, facts: []fact{{predicate: vocab.SchemaName, object: store.LangString{Value: store.String(name), Lang: "en"}}}}
		if s, err := newSearch(text, nil); err == nil {
			score, _ := r.score(s, asWritten)
			have := latinWords(words(fold(name)))
			if haveWords(have, s.latin) != (score > 0) || score > 1 || math.IsNaN(score) {
				t.Fatalf("score of %q for %q = %v", name, text, score)
			}
			if valid && text == name && score != 1 {
				t.Fatalf("score of %q for itself = %v, want 1", name, score)
			}
			index := &nameIndex{main: newNameTable([]*nameSubject{{id: r.id, typ: r.typ, names: []wordedName{{words: have}}}}), events: []uint32{3}}
			for _, l := range []leniency{asWritten, withTypos, butOne} {
				hits, err := index.find(context.Background(), s, l)
				if err != nil {
					t.Fatal(err)
				}
				found := 0.0
				for _, h := range hits {
					found = h.score
				}
				if score, _ := r.score(s, l); found != score || len(hits) > 1 {
					t.Fatalf("%q is found by %q with %v, its score is %v; leniency %d", name, text, hits, score, l)
				}
			}
		}
		if _, err := g.View().Search(context.Background(), text, nil, Page{}); err != nil && !errors.Is(err, ErrInvalidArgument) {
			t.Fatalf("Search(%q): %v", text, err)
		}
	})
}
