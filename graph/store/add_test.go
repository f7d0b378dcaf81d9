package store

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cayleygraph/quad"
	"github.com/google/go-cmp/cmp"
)

func testRefused(t *testing.T, open opener) {
	s, p, o := Term(IRI("a:s")), Term(IRI("a:p")), Term(IRI("a:o"))
	fine := quadOf(s, p, String("fine"), nil)
	store := open(t)
	addTo(t, store, quadOf(s, p, o, nil))
	for name, q := range map[string]Quad{
		"nothing":             {},
		"no subject":          quadOf(nil, p, o, nil),
		"no predicate":        quadOf(s, nil, o, nil),
		"no object":           quadOf(s, p, nil, nil),
		"literal subject":     quadOf(String("s"), p, o, nil),
		"literal predicate":   quadOf(s, String("p"), o, nil),
		"blank predicate":     quadOf(s, BlankNode("p"), o, nil),
		"literal label":       quadOf(s, p, o, String("l")),
		"relative IRI":        quadOf(s, p, IRI("o"), nil),
		"empty IRI":           quadOf(s, p, IRI(""), nil),
		"blank in IRI":        quadOf(s, p, IRI("a:o o"), nil),
		"IRI that is no UTF8": quadOf(s, p, IRI("a:\xff"), nil),
		"text that is none":   quadOf(s, p, String("a\xff"), nil),
		"unnamed blank node":  quadOf(s, p, BlankNode(""), nil),
		"blank node's colon":  quadOf(s, p, BlankNode("a:b"), nil),
		"blank node's stop":   quadOf(s, p, BlankNode("a."), nil),
		"no language":         quadOf(s, p, langString("x", ""), nil),
		"two languages":       quadOf(s, p, langString("x", "en fr"), nil),
		"no datatype":         quadOf(s, p, typedString("x", ""), nil),
		"xsd:string":          quadOf(s, p, typedString("x", xsdString), nil),
		"Cayley's own number": quadOf(s, p, quad.Int(7), nil),
		"too long":            quadOf(s, p, String(strings.Repeat("x", MaxLine)), nil),
	} {
		for _, batch := range [][]Quad{{q}, {fine, q}, {q, fine}} {
			if n, err := store.Add(t.Context(), batch); n != 0 || err == nil {
				t.Errorf("%s: Add = %d, %v, want an error", name, n, err)
			} else if len(err.Error()) > 700 {
				t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
			}
		}
	}
	if v := viewOf(t, store); len(quadsOf(t, v)) != 1 || v.Revision() != 1 {
		t.Errorf("the store holds %v, revision %d, want only what was there", quadsOf(t, v), v.Revision())
	}
	if n, err := store.Add(t.Context(), []Quad{quadOf(s, p, String(strings.Repeat("x", MaxLine-100)), nil)}); n != 1 || err != nil {
		t.Errorf("a long text: Add = %d, %v", n, err)
	}
}

func testAnswers(t *testing.T, open opener) {
	s := open(t)
	batch := []Quad{quadOf(IRI("a:1"), IRI("a:p"), IRI("a:2"), nil), quadOf(IRI("a:2"), IRI("a:p"), IRI("a:3"), nil), quadOf(IRI("a:3"), IRI("a:p"), IRI("a:1"), nil)}
	addTo(t, s, batch...)
	clear(batch) // the store keeps nothing of the caller's
	v := viewOf(t, s)
	want := slices.Clone(quadsOf(t, v))
	for _, p := range []Pattern{{}, {Predicate: IRI("a:p")}, {Subject: IRI("a:1")}} {
		found, err := v.Match(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		spoil(found[0])
		for _, backwards := range []bool{false, true} {
			for _, limit := range []int{-1, 1, 2, 3} {
				page, err := v.Page(t.Context(), p, Cut{Limit: limit, Backwards: backwards})
				if err != nil || len(page) > max(0, limit) {
					t.Fatalf("Page of %d = %v, %v", limit, page, err)
				}
				spoil(page)
			}
		}
	}
	if got := quadsOf(t, v); len(want) != 3 || !slices.Equal(got, want) {
		t.Errorf("who changes an answer changes the store: (-was +is)\n%s", cmp.Diff(want, got))
	}
}

// spoil writes over an answer and, where there is room, behind it.
func spoil(quads []Quad) {
	_ = append(quads, Quad{})
	clear(quads)
}

func TestOpenErrors(t *testing.T) {
	for _, location := range []string{"", "mysql://localhost/parley", "mem://"} {
		if s, err := Open(t.Context(), location, Options{}); err == nil || s != nil {
			t.Errorf("Open(%q) = %v, %v, want an error", location, s, err)
		} else if errors.Is(err, ErrNotStore) || !strings.Contains(err.Error(), "mem:") {
			t.Errorf("Open(%q): %v: want it to say what can be opened", location, err)
		}
	}
}
