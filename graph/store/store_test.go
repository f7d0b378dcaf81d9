package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// What every store promises. A new kind of store is added here, and nothing else of these tests changes.
func TestStore(t *testing.T) {
	t.Run("memory", func(t *testing.T) { testStore(t, openMemory) })
	t.Run("folder", func(t *testing.T) { testStore(t, openFolder) })
}

// testStore is the conformance suite. open returns an empty store, which it closes and checks in t's cleanup.
func testStore(t *testing.T, open func(t *testing.T) *Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, open func(t *testing.T) *Store)
	}{
		{"empty", testEmpty},
		{"like the model", testModel},
		{"walks like the model", testWalk},
		{"refuses what it cannot keep", testRefused},
		{"answers belong to the caller", testAnswers},
		{"views do not change", testViews},
		{"views are whole revisions", testRevisions},
		{"one view, many readers", testReaders},
		{"cancelled", testCancelled},
		{"long walks", testLongWalks},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open) })
	}
}

func openMemory(t *testing.T) *Store { return openAt(t, "mem:") }
func openFolder(t *testing.T) *Store { return openAt(t, t.TempDir()) }

// openAt opens a store and, when the test has ended, checks that it is whole and that the place holds what it held.
func openAt(t *testing.T, location string) *Store {
	t.Helper()
	s, err := Open(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		v := s.View()
		checkView(t, v)
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
		if location == "mem:" {
			return
		}
		again, err := Open(context.Background(), location)
		if err != nil {
			t.Errorf("open %s again: %v", location, err)
			return
		}
		defer again.Close()
		if got, want := all(t, again.View()), all(t, v); !slices.Equal(got, want) || again.View().Revision() != v.Revision() {
			t.Errorf("opened again, it is another: revision %d, was %d; (-was +is)\n%s", again.View().Revision(), v.Revision(), cmp.Diff(want, got))
		}
	})
	return s
}

// checkView checks what holds in every view: all quads are in order, each once and found by each of its terms.
func checkView(t *testing.T, v *View) {
	t.Helper()
	quads := all(t, v)
	var terms []Term
	for i, q := range quads {
		if i > 0 && CompareQuads(quads[i-1], q) >= 0 {
			t.Errorf("out of order: %v, %v", quads[i-1], q)
		}
		terms = append(terms, q.Subject, q.Predicate, q.Object, q.Label)
	}
	slices.SortFunc(terms, CompareTerms)
	terms = slices.DeleteFunc(slices.Compact(terms), func(t Term) bool { return t == nil })
	if n, m := v.Size(); n != len(quads) || m != len(terms) {
		t.Errorf("Size() = %d, %d, want %d, %d", n, m, len(quads), len(terms))
	}
	if (v.Revision() == 0) != (len(quads) == 0) {
		t.Errorf("revision %d has %d quads", v.Revision(), len(quads))
	}
	for _, q := range quads[:min(len(quads), 100)] {
		for _, p := range shapes(q) {
			if found, err := v.Match(context.Background(), p); err != nil || !slices.Contains(found[0], q) {
				t.Errorf("Match(%v) = %v, %v, want %v in it", p, found, err, q)
			}
		}
	}
}

func all(t *testing.T, v *View) []Quad {
	t.Helper()
	found, err := v.Match(context.Background(), Pattern{})
	if err != nil {
		t.Error(err) // not Fatal: goroutines call this
		return nil
	}
	return found[0]
}

func mustAdd(t *testing.T, s *Store, quads ...Quad) {
	t.Helper()
	if _, err := s.Add(t.Context(), quads); err != nil {
		t.Fatal(err)
	}
}

func testEmpty(t *testing.T, open func(t *testing.T) *Store) {
	v := open(t).View()
	quads, terms := v.Size()
	if v.Revision() != 0 || quads != 0 || terms != 0 || v.Calls() != 0 {
		t.Errorf("revision %d, size %d, %d, calls %d, want 0 of all", v.Revision(), quads, terms, v.Calls())
	}
	patterns := shapes(quadOf(IRI("a:s"), IRI("a:p"), String(""), IRI("a:l")))
	found, err := v.Match(t.Context(), patterns...)
	if err != nil || len(found) != 16 || len(slices.Concat(found...)) != 0 {
		t.Errorf("Match = %v, %v, want 16 empty answers", found, err)
	}
	if found, err := v.Walk(t.Context(), IRI("a:s"), nil); err != nil || len(found) != 0 {
		t.Errorf("Walk = %v, %v, want none", found, err)
	}
	if v.Has(IRI("a:s")) || v.Has(nil) {
		t.Error("an empty store has a term")
	}
	if v.Calls() != 2 {
		t.Errorf("Calls() = %d after one Match and one Walk", v.Calls())
	}
}

func testModel(t *testing.T, open func(t *testing.T) *Store) {
	rapid.Check(t, func(rt *rapid.T) {
		s, m, u := open(t), &model{}, drawUniverse(rt)
		for range rapid.IntRange(1, 3).Draw(rt, "batches") {
			batch := rapid.SliceOfN(rapid.Custom(u.quad), 0, 8).Draw(rt, "batch")
			added, err := s.Add(t.Context(), batch)
			if want := m.add(batch); added != want || err != nil {
				rt.Fatalf("Add(%v) = %d, %v, want %d", batch, added, err, want)
			}
			compareModel(rt, s.View(), m, u)
		}
	})
}

// compareModel asks a view and the model the same questions.
func compareModel(t *rapid.T, v *View, m *model, u universe) {
	quads, terms := v.Size()
	if quads != len(m.quads) || terms != len(m.terms()) || v.Revision() != m.revision {
		t.Fatalf("%d quads, %d terms, revision %d, want %d, %d, %d", quads, terms, v.Revision(), len(m.quads), len(m.terms()), m.revision)
	}
	patterns := shapes(u.quad(t))
	patterns = append(patterns, shapes(quadOf(u.term(t), u.term(t), u.term(t), u.term(t)))...)
	found, err := v.Match(t.Context(), patterns...)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range patterns {
		same(t, found[i], m.match(p), "Match(%#v)", p)
		if n, err := v.Count(t.Context(), p); n != len(found[i]) || err != nil {
			t.Fatalf("Count(%#v) = %d, %v, want %d", p, n, err, len(found[i]))
		}
		var after *Quad
		switch rapid.IntRange(0, 2).Draw(t, "after") {
		case 0:
			q := u.quad(t)
			after = &q
		case 1:
			if len(m.quads) > 0 {
				after = &m.quads[rapid.IntRange(0, len(m.quads)-1).Draw(t, "after quad")]
			}
		}
		limit := rapid.SampledFrom([]int{0, 1, 2, 3, 5, 100, math.MaxInt}).Draw(t, "limit")
		for _, backwards := range []bool{false, true} {
			got, err := v.Page(t.Context(), p, after, limit, backwards)
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, m.page(p, after, limit, backwards), "Page(%#v, %v, %d, %v)", p, after, limit, backwards)
			comparePages(t, v, p, found[i], max(1, limit), backwards)
		}
	}
	for _, term := range slices.Concat(u.objects, []Term{nil, u.term(t)}, m.terms()) {
		if want := slices.Contains(m.terms(), term); v.Has(term) != want {
			t.Fatalf("Has(%#v) = %v", term, !want)
		}
	}
}

// comparePages reads page after page: together they are all.
func comparePages(t *rapid.T, v *View, p Pattern, want []Quad, size int, backwards bool) {
	var got []Quad
	for after := (*Quad)(nil); ; {
		page, err := v.Page(t.Context(), p, after, size, backwards)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		after = &got[len(got)-1]
		if len(got) > len(want) {
			break
		}
	}
	if backwards {
		slices.Reverse(got)
	}
	same(t, got, want, "all pages of %d, backwards %v, of %#v", size, backwards, p)
}

func same[T comparable](t *rapid.T, got, want []T, format string, args ...any) {
	if !slices.Equal(got, want) {
		t.Fatalf("%s: (-want +got)\n%s", fmt.Sprintf(format, args...), cmp.Diff(want, got, cmpopts.EquateEmpty()))
	}
}
