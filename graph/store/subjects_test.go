package store

import (
	"fmt"
	"slices"
	"sync"
	"testing"

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
