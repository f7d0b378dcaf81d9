package store

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cayleygraph/quad"
	"pgregory.net/rapid"
)

var cayleyValues = []Term{
	quad.Int(0), quad.Int(-1), quad.Int(math.MaxInt64), quad.Float(0), quad.Float(1), quad.Float(math.NaN()), quad.Float(math.Inf(1)), quad.Float(math.Inf(-1)),
	quad.Bool(true), quad.Bool(false), quad.Time(time.Date(2025, 1, 31, 12, 0, 0, 1, time.UTC)), quad.Time(time.Time{}),
	quad.Time(time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)), quad.Time(time.Date(-44, 3, 15, 0, 0, 0, 0, time.UTC)),
}

// Equal terms have equal tids, different ones different tids, in every state of a store, opened again, and with a cache that forgets.
func TestDictionary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := openFresh(rt)
		s.dict.terms.limit, s.dict.tids.limit = 6, 6
		long := rapid.Map(rapid.IntRange(maxText-2, maxText+2), func(n int) Term { return String(strings.Repeat("x", n)) })
		terms := rapid.SliceOfNDistinct(rapid.OneOf(drawTerm, drawTerm, long), 2, 12, func(t Term) Term { return t }).Draw(rt, "terms")
		given := map[Term]tid{}
		for round := range 3 {
			for _, term := range terms {
				if _, ok := term.(BlankNode); !ok && rapid.Bool().Draw(rt, "add") || round == 2 {
					addTo(rt, s, quadOf(IRI("a:s"), IRI("a:p"), term, nil))
				}
			}
			if round == 1 { // all go, and their tids stay theirs
				if _, err := s.Remove(rt.Context(), quadsOf(rt, viewOf(rt, s))); err != nil {
					rt.Fatal(err)
				}
			}
			v := s.View()
			tids, ok, err := s.dict.find(rt.Context(), v.state, terms)
			if err != nil {
				rt.Fatal(err)
			}
			for i, id := range tids {
				if !ok[i] {
					continue
				}
				if was, met := given[terms[i]]; met && was != id {
					rt.Fatalf("%#v was %v and is %v", terms[i], was, id)
				}
				given[terms[i]] = id
				back, err := s.dict.names(rt.Context(), v.state, []tid{id})
				if err != nil || back[0] != terms[i] {
					rt.Fatalf("%#v has the tid %v, which is of %#v, %v", terms[i], id, back, err)
				}
			}
			v.Close()
		}
		seen := map[tid]Term{}
		for term, id := range given {
			if other, ok := seen[id]; ok {
				rt.Fatalf("%#v and %#v have the tid %v", term, other, id)
			}
			seen[id] = term
		}
		if len(given) != len(terms) {
			rt.Fatalf("%d of %d terms have tids", len(given), len(terms))
		}
	})
}

// Numbered IRIs share the entry of their prefix, those of one width.
func TestNumbered(t *testing.T) {
	t.Parallel()
	s := openFresh(t)
	var quads []Quad
	for i := range 1000 {
		quads = append(quads, quadOf(IRI(fmt.Sprintf("event:icews-%06d", i)), IRI("a:p"), IRI(fmt.Sprintf("event:icews-%d", i)), nil))
	}
	addTo(t, s, quads...)
	v := viewOf(t, s)
	if want := uint64(1 + 1 + 3); v.state.entries != want { // a:p, one of width 6, widths 1 to 3
		t.Errorf("%d entries, want %d", v.state.entries, want)
	}
	for i, q := range quads {
		found, err := v.Match(t.Context(), Pattern{Subject: q.Subject}, Pattern{Object: q.Object})
		if err != nil || !slices.Equal(found[0], []Quad{q}) || !slices.Equal(found[1], []Quad{q}) {
			t.Fatalf("%d: %v, %v", i, found, err)
		}
	}
	if found, err := v.Match(t.Context(), Pattern{Subject: IRI("event:icews-001000")}); err != nil || len(found[0]) > 0 {
		t.Errorf("a number that is not there: %v, %v", found, err)
	}
}

// A cache holds no more than its limit, and of a long text less.
func TestCache(t *testing.T) {
	d := newDictionary()
	d.terms.limit = 100
	for i := range 10_000 {
		d.terms.put(tid{kindEntry, uint64(i)}, String(strings.Repeat("x", i%500)))
		d.terms.get(tid{kindEntry, uint64(i / 2)})
		weighed := 0
		for _, kept := range []map[tid]Term{d.terms.new, d.terms.old} {
			for _, term := range kept {
				weighed += weight(term)
			}
		}
		if weighed > 100 {
			t.Fatalf("after %d terms it holds a weight of %d, want at most 100", i, weighed)
		}
	}
	if _, ok := d.terms.get(tid{kindEntry, 9999}); !ok {
		t.Error("the last one is forgotten")
	}
	d.terms.put(tid{kindEntry, 1 << 40}, String(strings.Repeat("x", 1<<20)))
	if _, ok := d.terms.get(tid{kindEntry, 1 << 40}); ok {
		t.Error("a text that is heavier than all is kept")
	}
}
