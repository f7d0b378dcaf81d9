package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/cayleygraph/cayley/graph"
)

// A closed store and a closed view answer everything with ErrClosed.
func TestClosed(t *testing.T) {
	s, err := Open(t.Context(), "mem:", Options{})
	if err != nil {
		t.Fatal(err)
	}
	addTo(t, s, batchOf(1)...)
	closed, open := s.View(), s.View()
	if err := errors.Join(closed.Close(), closed.Close()); err != nil {
		t.Errorf("Close of a view, twice = %v", err)
	}
	if is, err := open.HasEach(t.Context(), IRI("a:absent"), batchName(1)); is[0] || !is[1] || err != nil {
		t.Errorf("HasEach = %v, %v", is, err)
	}
	quadsOf(t, open) // which the closing of the other does not touch
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Errorf("Close of a store, twice = %v", err)
	}
	for name, v := range map[string]*View{"an open one": open, "a later one": s.View()} {
		for ask, do := range map[string]func() error{
			"match": func() error { _, err := v.Match(t.Context(), Pattern{}); return err },
			"page":  func() error { _, err := v.Page(t.Context(), Pattern{}, Cut{Limit: 1}); return err },
			"count": func() error { _, err := v.Count(t.Context(), Pattern{Predicate: IRI("a:p")}); return err },
			"counts": func() error {
				_, err := v.Counts(t.Context(), 1, Pattern{Predicate: IRI("a:p")})
				return err
			},
			"has":                func() error { _, err := v.Has(t.Context(), IRI("a:p")); return err },
			"has what is kept":   func() error { _, err := v.Has(t.Context(), batchName(1)); return err },
			"has what is absent": func() error { _, err := v.Has(t.Context(), IRI("a:absent")); return err },
			"match what is kept": func() error { _, err := v.Match(t.Context(), Pattern{Subject: batchName(1)}); return err },
			"match what is absent": func() error {
				_, err := v.Match(t.Context(), Pattern{Subject: IRI("a:absent")})
				return err
			},
			"walk": func() error { _, err := v.Walk(t.Context(), batchName(1), []Step{{"a:p", false}}); return err },
		} {
			if err := do(); !errors.Is(err, ErrClosed) {
				t.Errorf("%s, %s = %v, want %v", name, ask, err, ErrClosed)
			}
		}
		if err := v.Close(); err != nil {
			t.Errorf("%s: Close() = %v", name, err)
		}
	}
	_, added := s.Add(t.Context(), batchOf(2))
	_, removed := s.Remove(t.Context(), batchOf(1))
	_, backedUp := s.Backup(t.Context(), new(counter))
	for _, err := range []error{added, removed, backedUp, s.Check(t.Context(), nil)} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("a closed store: %v, want %v", err, ErrClosed)
		}
	}
}

// Writers add and remove whole batches, and readers come and go: each sees some batches and of each all, from all sides. Nobody waits
// for a reader that stays.
func TestReadersAndWriters(t *testing.T) {
	for name, open := range map[string]opener{"memory": openMemory, "folder": openFolder} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			addTo(t, s, batchOf(0)...)
			stays := viewOf(t, s)
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			var group sync.WaitGroup
			for w := range 2 {
				group.Go(func() {
					for n := 1 + w; ctx.Err() == nil; n += 2 {
						if added, err := s.Add(t.Context(), batchOf(n%50)); err != nil || added%batchSize != 0 {
							t.Errorf("Add = %d, %v", added, err)
						}
						if removed, err := s.Remove(t.Context(), batchOf((n+25)%50)); err != nil || removed%batchSize != 0 {
							t.Errorf("Remove = %d, %v", removed, err)
						}
					}
				})
			}
			for range 4 {
				group.Go(func() {
					for ctx.Err() == nil {
						v := s.View()
						found := batches(t, v)
						byObject, err := v.Count(t.Context(), Pattern{Object: node(0)})
						n, _ := v.Size()
						if err != nil || byObject != len(found) || n != len(found)*batchSize {
							t.Errorf("%d batches, %d by their first object, %d quads, %v", len(found), byObject, n, err)
						}
						v.Close()
					}
				})
			}
			group.Wait()
			if got := quadsOf(t, stays); len(got) != batchSize {
				t.Errorf("a view that stayed has %d quads, want %d", len(got), batchSize)
			}
		})
	}
}

// A store that is closed while it is read, written to and backed up: who is not done gets an error, and nothing else happens.
func TestCloseWhileInUse(t *testing.T) {
	for range 10 {
		s, err := Open(t.Context(), "mem:", Options{})
		if err != nil {
			t.Fatal(err)
		}
		addTo(t, s, dense(30)...)
		var group, begun sync.WaitGroup
		user := func(use func() error) {
			begun.Add(1)
			group.Go(func() {
				for first := true; ; first = false {
					err := use()
					if first {
						begun.Done()
					}
					if errors.Is(err, ErrClosed) {
						return
					}
					if err != nil {
						t.Errorf("%v, want %v", err, ErrClosed)
						return
					}
				}
			})
		}
		n := 0
		shared := s.View()
		user(func() error { n++; _, err := s.Add(t.Context(), batchOf(n)); return err })
		user(func() error { _, err := s.Backup(t.Context(), new(counter)); return err })
		user(func() error { return s.Check(t.Context(), nil) })
		for range 2 {
			user(func() error { _, err := shared.Match(t.Context(), Pattern{}); return err })
			user(func() error {
				v := s.View()
				defer v.Close()
				_, err := v.Walk(t.Context(), node(1), []Step{{"a:p", false}, {"a:p", true}})
				return err
			})
			user(func() error { // Cayley's iterators
				it := (&quadStore{store: s}).QuadsAllIterator()
				defer it.Close()
				for it.Next(t.Context()) {
				}
				return it.Err()
			})
		}
		begun.Wait()
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
		group.Wait()
		shared.Close()
	}
}

var _ graph.QuadStore = (*quadStore)(nil)

// A counter counts what is written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }
