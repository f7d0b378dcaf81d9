package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph/store/pgtest"
)

// What every store promises. A new kind of store is added here, and nothing else of these tests changes.
func TestStore(t *testing.T) {
	t.Run("memory", func(t *testing.T) { testStore(t, openMemory) })
	t.Run("folder", func(t *testing.T) { testStore(t, openFolder) })
	t.Run("postgres", func(t *testing.T) {
		pgtest.Need(t)
		testStore(t, openPostgresSchema)
	})
}

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// testStore is the conformance suite. open returns an empty store, which it closes and checks in t's cleanup.
func testStore(t *testing.T, open opener) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, open opener)
	}{
		{"empty", testEmpty},
		{"like the model", testLikeModel},
		{"walks like the model", testWalk},
		{"refuses what it cannot keep", testRefused},
		{"answers belong to the caller", testAnswers},
		{"views do not change", testViews},
		{"views are whole revisions", testRevisions},
		{"one view, many readers", testReaders},
		{"cancelled", testCancelled},
		{"long walks", testLongWalks},
		{"updates", testUpdate},
		{"updates together", testUpdateTogether},
		{"who waits for a change", testChanged},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open) })
	}
}

// A tester is a test or a run of rapid's.
type tester interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
	Cleanup(func())
}

// An opener opens an empty store, which the test's cleanup checks and closes.
type opener func(t tester) *Store

func openMemory(t tester) *Store { return openAt(t, "mem:") }

// openFresh opens a store in memory, or in a schema of a database: see [pgtest.Fresh].
func openFresh(t tester) *Store { return openAt(t, pgtest.Fresh(t.(pgtest.TB))) }

func openFolder(t tester) *Store {
	dir, err := os.MkdirTemp("", "parley-store-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return openAt(t, dir)
}

// openPostgresSchema opens a store in an empty schema of a database.
func openPostgresSchema(t tester) *Store {
	return openAt(t, pgtest.Location(t.(pgtest.TB)))
}

// openAt opens a store and, when the test has ended, checks that it is whole and that the place holds what it held.
func openAt(t tester, location string) *Store {
	t.Helper()
	s, err := Open(t.Context(), location, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		v := s.View()
		checkView(t, v)
		was, revision := quadsOf(t, v), v.Revision()
		v.Close()
		checkStore(t, s)
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
		if location == "mem:" {
			return
		}
		again, err := Open(context.Background(), location, Options{})
		if err != nil {
			t.Errorf("open %s again: %v", location, err)
			return
		}
		v = again.View()
		if got := quadsOf(t, v); !slices.Equal(got, was) || v.Revision() != revision {
			t.Errorf("opened again, it is another: revision %d, was %d; (-was +is)\n%s", v.Revision(), revision, cmp.Diff(was, got))
		}
		if err := errors.Join(v.Close(), again.Close()); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return s
}

func checkStore(t tester, s *Store) {
	t.Helper()
	checkState(t, s)
	if err := s.Check(context.Background(), nil); err != nil {
		t.Errorf("Check() = %v", err)
	}
}

// checkState checks that what a store keeps of itself in memory, which writes carry on, is what its keys say.
func checkState(t tester, s *Store) {
	t.Helper()
	v := s.View()
	defer v.Close()
	read, err := readState(context.Background(), v.state.snapshot)
	if err != nil {
		t.Errorf("read the state: %v", err)
		return
	}
	if read.meta != v.state.meta || !reflect.DeepEqual(read.classes, v.state.classes) || !reflect.DeepEqual(read.census, v.state.census) {
		t.Errorf("the state is %v %v %v, and the keys say %v %v %v", v.state.meta, v.state.classes, v.state.census, read.meta, read.classes, read.census)
	}
}

// viewOf returns a view of the present state, which the test's cleanup closes.
func viewOf(t interface{ Cleanup(func()) }, s *Store) *View {
	v := s.View()
	t.Cleanup(func() { v.Close() })
	return v
}

func revision(s *Store) uint64 {
	v := s.View()
	defer v.Close()
	return v.Revision()
}

func has(t tester, v *View, term Term) bool {
	ok, err := v.Has(context.Background(), term)
	if err != nil {
		t.Errorf("Has(%v): %v", term, err)
	}
	return ok
}

// checkView checks what holds in every view: all quads are there, each once and found by each of its terms.
func checkView(t tester, v *View) {
	t.Helper()
	quads := quadsOf(t, v)
	seen := map[Quad]bool{}
	terms := map[Term]bool{}
	for _, q := range quads {
		if seen[q] {
			t.Errorf("twice: %v", q)
		}
		seen[q] = true
		for _, term := range []Term{q.Subject, q.Predicate, q.Object, q.Label} {
			if term != nil {
				terms[term] = true
			}
		}
	}
	if n, m := v.Size(); n != len(quads) || m != len(terms) {
		t.Errorf("Size() = %d, %d, want %d, %d", n, m, len(quads), len(terms))
	}
	for _, q := range quads[:min(len(quads), 1+100_000/(1+len(quads)), 100)] {
		for _, p := range shapes(q) {
			if found, err := v.Match(context.Background(), p); err != nil || !slices.Contains(found[0], q) {
				t.Errorf("Match(%v) = %v, %v, want %v in it", p, found, err, q)
			}
		}
	}
}

func quadsOf(t tester, v *View) []Quad {
	t.Helper()
	found, err := v.Match(context.Background(), Pattern{})
	if err != nil {
		t.Errorf("all quads: %v", err) // not Fatal: goroutines call this
		return nil
	}
	return found[0]
}

func addTo(t tester, s *Store, quads ...Quad) {
	t.Helper()
	if _, err := s.Add(t.Context(), quads); err != nil {
		t.Fatal(err)
	}
}

func testEmpty(t *testing.T, open opener) {
	v := viewOf(t, open(t))
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
	if has(t, v, IRI("a:s")) || has(t, v, nil) {
		t.Error("an empty store has a term")
	}
	if v.Calls() != 4 {
		t.Errorf("Calls() = %d after one Match, one Walk and two Has", v.Calls())
	}
}

func testLikeModel(t *testing.T, open opener) {
	rapid.Check(t, func(rt *rapid.T) {
		s, m, u := open(rt), &model{}, drawUniverse(rt)
		for range rapid.IntRange(1, 4).Draw(rt, "batches") {
			batch := rapid.SliceOfN(rapid.Custom(u.quad), 0, 8).Draw(rt, "batch")
			if rapid.IntRange(0, 3).Draw(rt, "remove") == 0 {
				removed, err := s.Remove(t.Context(), batch)
				if want := m.remove(batch); removed != want || err != nil {
					rt.Fatalf("Remove(%v) = %d, %v, want %d", batch, removed, err, want)
				}
				compareModel(rt, s, m, u)
				continue
			}
			added, err := s.Add(t.Context(), batch)
			if want := m.add(batch); added != want || err != nil {
				rt.Fatalf("Add(%v) = %d, %v, want %d", batch, added, err, want)
			}
			compareModel(rt, s, m, u)
		}
	})
}

// compareModel asks a view and the model the same questions.
func compareModel(t *rapid.T, s *Store, m *model, u universe) {
	v := s.View()
	defer v.Close()
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
	most := rapid.SampledFrom([]int{0, 1, 2, 100}).Draw(t, "most")
	counts, err := v.Counts(t.Context(), most, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range patterns {
		if want := min(most, len(found[i])); counts[i] != want {
			t.Fatalf("Counts(%d, %#v) = %d, want %d", most, p, counts[i], want)
		}
		sorted := slices.SortedFunc(slices.Values(found[i]), CompareQuads)
		same(t, sorted, m.match(p), "Match(%#v)", p)
		if n, err := v.Count(t.Context(), p); n != len(found[i]) || err != nil {
			t.Fatalf("Count(%#v) = %d, %v, want %d", p, n, err, len(found[i]))
		}
		c := Cut{Limit: rapid.SampledFrom([]int{0, 1, 2, 3, 5, 100, math.MaxInt}).Draw(t, "limit")}
		for _, bound := range []**Quad{&c.After, &c.Before} {
			if len(found[i]) > 0 && rapid.Bool().Draw(t, "bound") {
				*bound = &found[i][rapid.IntRange(0, len(found[i])-1).Draw(t, "place")]
			}
		}
		for _, c.Backwards = range []bool{false, true} {
			got, err := v.Page(t.Context(), p, c)
			if err != nil {
				t.Fatal(err)
			}
			want := page(found[i], c)
			if c.After != nil && c.Before != nil && slices.Index(found[i], *c.After) >= slices.Index(found[i], *c.Before) {
				want = nil
			}
			same(t, got, want, "Page(%#v, %v)", p, c)
			comparePages(t, v, p, found[i], max(1, c.Limit), c.Backwards)
		}
	}
	comparePlaces(t, v, m, u, patterns)
	for _, term := range slices.Concat(u.objects, []Term{nil, u.term(t)}, m.terms()) {
		if want := slices.Contains(m.terms(), term); has(t, v, term) != want {
			t.Fatalf("Has(%#v) = %v", term, !want)
		}
	}
}

// comparePlaces pages from a quad that need not be there: it has a place in the order all the same, the same from both sides, or
// a term that never was there.
func comparePlaces(t *rapid.T, v *View, m *model, u universe, patterns []Pattern) {
	at := u.quad(t)
	for _, p := range patterns {
		before, err := v.Page(t.Context(), p, Cut{Before: &at, Limit: math.MaxInt})
		after, err2 := v.Page(t.Context(), p, Cut{After: &at, Limit: math.MaxInt})
		if errors.Is(err, ErrUnknownTerm) && errors.Is(err2, ErrUnknownTerm) {
			for _, term := range []Term{at.Subject, at.Predicate, at.Object, at.Label} {
				if term != nil && !slices.Contains(m.terms(), term) {
					return
				}
			}
			t.Fatalf("Page at %#v, all of whose terms are known: %v", at, err)
		}
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		got := slices.Clone(before)
		if all := m.match(p); slices.Contains(all, at) {
			got = append(got, at)
		}
		got = append(got, after...)
		found, err := v.Match(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, found[0], "what is before and after %#v of %#v", at, p)
	}
}

// comparePages reads page after page: together they are all, in the order of Match.
func comparePages(t *rapid.T, v *View, p Pattern, want []Quad, size int, backwards bool) {
	var got []Quad
	for c := (Cut{Limit: size, Backwards: backwards}); ; {
		page, err := v.Page(t.Context(), p, c)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		if len(got) > len(want) {
			break
		}
		if c.After = &got[len(got)-1]; backwards {
			c.Before, c.After = c.After, nil
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
