package store

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const batchSize = 8

// batchOf returns the quads of a batch: its subject says which batch, and each quad is of no other.
func batchOf(n int) []Quad {
	var quads []Quad
	for i := range batchSize {
		quads = append(quads, quadOf(batchName(n), IRI("a:p"), node(i), IRI(fmt.Sprintf("claim:%d", n))))
	}
	return quads
}

func batchName(n int) Term { return IRI(fmt.Sprintf("batch:%06d", n)) }

// batches returns the batches that a view holds; part of one is an error.
func batches(t *testing.T, v *View) []int {
	counts := map[Term]int{}
	for _, q := range quadsOf(t, v) {
		counts[q.Subject]++
	}
	var found []int
	for name, count := range counts {
		var n int
		if _, err := fmt.Sscanf(Text(name), "batch:%d", &n); err != nil || count != batchSize {
			t.Errorf("revision %d holds %d quads of %v, want %d", v.Revision(), count, name, batchSize)
		}
		found = append(found, n)
	}
	slices.Sort(found)
	return found
}

func testViews(t *testing.T, open opener) {
	s := open(t)
	type taken struct {
		view  *View
		quads []Quad
	}
	var views []taken
	for i := range 5 {
		v := viewOf(t, s)
		views = append(views, taken{v, quadsOf(t, v)})
		if v.Revision() != uint64(i) {
			t.Errorf("revision %d after %d writes", v.Revision(), i)
		}
		addTo(t, s, batchOf(i)...)
		for _, nothing := range [][]Quad{nil, {}, batchOf(i), batchOf(0)} {
			if n, err := s.Add(t.Context(), nothing); n != 0 || err != nil {
				t.Errorf("Add of what is there = %d, %v, want 0", n, err)
			}
		}
		again := append(batchOf(i), batchOf(i + 100)[0], batchOf(i + 100)[0])
		if i == 4 {
			if n, err := s.Add(t.Context(), again); n != 1 || err != nil {
				t.Errorf("Add of one new quad among known ones, twice = %d, %v, want 1", n, err)
			}
			if got := revision(s); got != 6 {
				t.Errorf("revision %d after 6 writes", got)
			}
		}
	}
	for i, was := range views {
		if got := quadsOf(t, was.view); !slices.Equal(got, was.quads) || was.view.Revision() != uint64(i) {
			t.Errorf("view %d changed: revision %d, (-was +is)\n%s", i, was.view.Revision(), cmp.Diff(was.quads, got))
		}
		if has(t, was.view, batchName(i)) {
			t.Errorf("view %d has a term that was added later", i)
		}
		checkView(t, was.view)
	}
}

// Writers add batches, and readers look at each state that they meet: it is one revision, whole.
func testRevisions(t *testing.T, open opener) {
	const writers, each, readers = 3, 15, 4
	s := open(t)
	var (
		mu     sync.Mutex
		states = map[uint64][]int{} // the batches of each revision that a reader met
		done   = make(chan struct{})
		write  sync.WaitGroup
		read   sync.WaitGroup
	)
	for w := range writers {
		write.Go(func() {
			for i := range each {
				n := w*each + i
				before := revision(s)
				if added, err := s.Add(t.Context(), batchOf(n)); added != batchSize || err != nil {
					t.Errorf("Add of batch %d = %d, %v", n, added, err)
				}
				v := s.View()
				if !has(t, v, batchName(n)) || v.Revision() <= before {
					t.Errorf("batch %d is not in revision %d, after its Add", n, v.Revision())
				}
				v.Close()
			}
		})
	}
	for range readers {
		read.Go(func() {
			last := uint64(0)
			for ended := false; !ended; {
				select {
				case <-done:
					ended = true // and look at the last state
				default:
				}
				v := s.View()
				found := batches(t, v)
				walked, err := v.Walk(t.Context(), node(0), []Step{{"a:p", true}})
				if err != nil || len(walked) != len(found) || uint64(len(found)) != v.Revision() || v.Revision() < last {
					t.Errorf("revision %d, seen after %d: %d batches, walked to %d, %v", v.Revision(), last, len(found), len(walked), err)
				}
				last = v.Revision()
				v.Close()
				mu.Lock()
				if was, met := states[last]; met && !slices.Equal(was, found) {
					t.Errorf("revision %d is %v and %v", last, was, found)
				}
				states[last] = found
				mu.Unlock()
			}
		})
	}
	write.Wait()
	close(done)
	read.Wait()
	if got := len(states[writers*each]); got != writers*each {
		t.Errorf("at the end, %d batches, want %d", got, writers*each)
	}
	for revision, found := range states {
		for _, n := range found {
			if later, met := states[revision+1]; met && !slices.Contains(later, n) {
				t.Errorf("batch %d is in revision %d and not in the next", n, revision)
			}
		}
	}
}

// Many goroutines ask one view everything, while its store goes on. The race detector sees who writes to what they read.
func testReaders(t *testing.T, open opener) {
	s := open(t)
	for i := range 20 {
		addTo(t, s, batchOf(i)...)
	}
	addTo(t, s, dense(batchSize)...)
	v := viewOf(t, s)
	var group sync.WaitGroup
	group.Go(func() {
		for i := range 10 {
			if _, err := s.Add(t.Context(), batchOf(100+i)); err != nil {
				t.Error(err)
			}
		}
	})
	for g := range 8 {
		group.Go(func() {
			for i := range 10 {
				askEverything(t, v, g*10+i)
			}
		})
	}
	group.Wait()
	if got, want := len(quadsOf(t, v)), 20*batchSize+batchSize*batchSize; got != want {
		t.Errorf("%d quads, want %d", got, want)
	}
}

// askEverything puts every kind of question to a view, the odd ones too: unknown terms, no steps, many steps.
func askEverything(t *testing.T, v *View, seed int) {
	ctx := t.Context()
	q := batchOf(seed % 20)[seed%batchSize]
	patterns := append(shapes(q), shapes(quadOf(IRI("a:none"), IRI("no:p"), String("x"), BlankNode("b")))...)
	patterns = append(patterns, Pattern{Subject: q.Subject, Object: IRI("a:none")}, Pattern{Predicate: q.Subject})
	found, err := v.Match(ctx, patterns...)
	if err != nil {
		t.Error(err)
		return
	}
	for i, p := range patterns {
		page, err := v.Page(ctx, p, Cut{After: &q, Limit: 5, Backwards: seed%2 == 0})
		if err != nil || len(page) > 5 {
			t.Errorf("Page(%v) = %v, %v", p, page, err)
		}
		if n, err := v.Count(ctx, p); n != len(found[i]) || err != nil {
			t.Errorf("Count(%v) = %d, %v, want %d", p, n, err, len(found[i]))
		}
	}
	out, in := Step{"a:p", false}, Step{"a:p", true}
	for _, walk := range []struct {
		from  Term
		steps []Step
		want  int
	}{
		{q.Subject, nil, 1},
		{q.Subject, []Step{out}, batchSize},
		{q.Subject, []Step{out, in}, 20 + batchSize},
		{q.Subject, []Step{in}, 0},
		{q.Subject, []Step{{"no:p", false}}, 0},
		{q.Subject, []Step{out, {"no:p", true}, out}, 0},
		{q.Subject, []Step{{IRI(Text(q.Subject)), false}}, 0},
		{node(0), slices.Repeat([]Step{out, in, in, out}, 3), batchSize},
		{IRI("a:none"), []Step{out}, 0},
		{IRI("a:p"), []Step{out}, 0},
		{q.Label, []Step{out, in}, 0},
		{nil, nil, 0},
	} {
		if got, err := v.Walk(ctx, walk.from, walk.steps); err != nil || len(got) != walk.want {
			t.Errorf("Walk(%v, %v) = %v, %v, want %d", walk.from, walk.steps, got, err, walk.want)
		}
	}
	if !has(t, v, q.Label) || has(t, v, IRI("a:none")) || has(t, v, nil) {
		t.Error("Has is wrong")
	}
	v.Size()
	v.Revision()
	v.Calls()
}
