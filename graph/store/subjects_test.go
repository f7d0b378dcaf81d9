package store

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestSubjects: what is kept of subjects shows in no view but those it is true for, however writes, views of several ages and
// their questions follow each other, and though callers scribble over their answers.
func TestSubjects(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := openFresh(rt)
		s.subjects.limit = rapid.SampledFrom([]int{0, 20, 1000}).Draw(rt, "limit")
		now := &model{}
		type held struct {
			view *View
			model
		}
		var views []held
		hold := func() {
			m := *now
			m.quads = slices.Clone(m.quads)
			views = append(views, held{s.View(), m})
		}
		hold()
		name := func(t *rapid.T) IRI { return IRI(fmt.Sprintf("s:%c", rapid.RuneFrom([]rune("abcd")).Draw(t, "name"))) }
		quad := func(t *rapid.T) Quad { return quadOf(name(t), name(t), name(t), nil) }
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				batch := rapid.SliceOfN(rapid.Custom(quad), 1, 4).Draw(rt, "add")
				if _, err := s.Add(rt.Context(), batch); err != nil {
					rt.Fatal(err)
				}
				now.add(batch)
				hold()
			case 1:
				batch := rapid.SliceOfN(rapid.Custom(quad), 1, 4).Draw(rt, "remove")
				if _, err := s.Remove(rt.Context(), batch); err != nil {
					rt.Fatal(err)
				}
				now.remove(batch)
				hold()
			default:
				v := views[rapid.IntRange(0, len(views)-1).Draw(rt, "view")]
				var patterns []Pattern
				for range rapid.IntRange(1, 5).Draw(rt, "patterns") {
					p := Pattern{Subject: name(rt)}
					if rapid.IntRange(0, 3).Draw(rt, "predicate too") == 0 {
						p.Predicate = name(rt)
					}
					patterns = append(patterns, p)
				}
				found, err := v.view.Match(rt.Context(), patterns...)
				if err != nil {
					rt.Fatal(err)
				}
				for i, p := range patterns {
					same(rt, slices.SortedFunc(slices.Values(found[i]), CompareQuads), v.match(p), "Match(%v) at revision %d", p, v.view.Revision())
				}
				for i := range found {
					clear(found[i])
					_ = append(found[i], quadOf(IRI("s:x"), IRI("s:x"), IRI("s:x"), nil))
				}
			}
		}
		for _, v := range views {
			v.view.Close()
		}
	})
}

// TestNewSubjects: what a write made new is kept as it would be read, in the same order; what it added to is read.
func TestNewSubjects(t *testing.T) {
	s := openFresh(t)
	addTo(t, s, quadOf(IRI("s:old"), IRI("p:b"), IRI("o:b"), nil))
	addTo(t, s, quadOf(IRI("s:new"), IRI("p:z"), String("text"), IRI("s:claim-0001")), quadOf(IRI("s:new"), IRI("p:a"), typedString("2025-01-31", edtfType), nil),
		quadOf(IRI("s:new"), IRI("p:b"), IRI("o:new"), IRI("s:claim-0001")), quadOf(IRI("s:claim-0001"), IRI("p:b"), langString("é", "fr"), nil),
		quadOf(IRI("s:old"), IRI("p:a"), IRI("o:a"), nil), quadOf(BlankNode("x"), IRI("p:a"), IRI("o:a"), nil))
	patterns := []Pattern{{Subject: IRI("s:new")}, {Subject: IRI("s:claim-0001")}, {Subject: IRI("s:old")}}
	kept := 0
	s.subjects.get(s.Revision(), []IRI{"s:new", "s:claim-0001", "s:old"}, func(i int, _ []Quad) { kept |= 1 << i })
	if kept != 1|2 {
		t.Errorf("kept are %b, want the two new ones", kept)
	}
	got, err := viewOf(t, s).Match(t.Context(), patterns...)
	if err != nil {
		t.Fatal(err)
	}
	s.subjects.new, s.subjects.old = nil, nil
	want, err := viewOf(t, s).Match(t.Context(), patterns...)
	if diff := cmp.Diff(want, got); diff != "" || err != nil || len(want[0]) != 3 {
		t.Errorf("what was kept differs from what is read, %v (-read +kept):\n%s", err, diff)
	}
}

// TestAbsent: a term that was looked for in vain is found once it is there, one whose number has a new prefix too, and looked for in the engine once.
func TestAbsent(t *testing.T) {
	s := openFresh(t)
	addTo(t, s, quadOf(IRI("a:s"), IRI("a:p"), IRI("a:o"), nil))
	terms := []Term{IRI("a:later"), IRI("event:later-0001"), String("later"), String(strings.Repeat("later", maxText))}
	has := func(v *View) (n int) {
		is, err := v.HasEach(t.Context(), terms...)
		if err != nil {
			t.Fatal(err)
		}
		for _, is := range is {
			if is {
				n++
			}
		}
		return n
	}
	old := viewOf(t, s)
	if n := has(old); n != 0 {
		t.Errorf("%d terms are there before they are added", n)
	}
	if n := len(s.dict.absent.texts); n != 3 { // all but the long one
		t.Errorf("%d texts are remembered, want 3", n)
	}
	addTo(t, s, quadOf(IRI("a:later"), IRI("a:p"), IRI("event:later-0002"), nil), quadOf(IRI("a:s"), IRI("a:p"), terms[2], nil), quadOf(IRI("a:s"), IRI("a:p"), terms[3], nil))
	if n := has(viewOf(t, s)); n != 3 { // of the number, the prefix alone is there
		t.Errorf("%d terms are there after they were added, want 3", n)
	}
	addTo(t, s, quadOf(IRI("event:later-0001"), IRI("a:p"), IRI("a:o"), nil))
	if n, then := has(viewOf(t, s)), has(old); n != 4 || then != 0 {
		t.Errorf("%d terms are there now, want 4; and %d in the old view", n, then)
	}
	// Whoever looked at an old view tells nothing of the new one.
	if s.dict.absent.put(s.Revision()-1, []string{"Ia:new"}); s.dict.absent.has([]byte("Ia:new")) {
		t.Error("a text that an old view lacks is kept")
	}
}

// TestSubjectsRace: a subject always has two quads that tell the same number; readers of all ages see no half of a write.
func TestSubjectsRace(t *testing.T) {
	s := openFresh(t)
	state := func(n int) []Quad {
		o := IRI(fmt.Sprintf("n:%d", n))
		return []Quad{quadOf(IRI("s:a"), IRI("p:x"), o, nil), quadOf(IRI("s:a"), IRI("p:y"), o, nil)}
	}
	if _, err := s.Add(t.Context(), state(0)); err != nil {
		t.Fatal(err)
	}
	const writes = 60
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for last := uint64(0); ; {
				select {
				case <-done:
					return
				default:
				}
				v := s.View()
				for range 3 {
					found, err := v.Match(t.Context(), Pattern{Subject: IRI("s:a")})
					if err != nil {
						t.Error(err)
						v.Close()
						return
					}
					want := IRI(fmt.Sprintf("n:%d", v.Revision()-1))
					if q := found[0]; len(q) != 2 || q[0].Object != want || q[1].Object != want || v.Revision() < last {
						t.Errorf("revision %d after %d shows %v", v.Revision(), last, q)
					}
				}
				last = v.Revision()
				v.Close()
			}
		})
	}
	for n := range writes {
		if _, _, err := s.apply(t.Context(), state(n+1), state(n)); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	readers.Wait()
}
