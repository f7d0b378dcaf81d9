package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
)

// answer asks a view a bit of everything and writes it down. Each write of TestViewsBesideWrites makes one more event, so any two answers
// of one revision are alike, and those of different ones are not.
func answer(v *graph.View) (string, error) {
	var b strings.Builder
	talks, err := v.Interactions(ctx, &graph.InteractionWhere{Actor: ptr(graph.ID("person:hub"))}, nil, all)
	if err != nil {
		return "", err
	}
	for _, i := range talks.Nodes() {
		from, err := i.From(ctx)
		if err != nil {
			return "", err
		}
		claims, err := i.Claims(ctx)
		if err != nil {
			return "", err
		}
		kind, err := i.Event().Kind(ctx)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&b, i.Event().ID(), from.Name(nil), kind.Label(nil), ids(claims))
	}
	contacts, err := v.Contacts(ctx, "person:hub", nil, nil, nil, all)
	if err != nil {
		return "", err
	}
	actors, err := v.Actors(ctx, nil, nil, all)
	if err != nil {
		return "", err
	}
	for _, a := range actors.Nodes() {
		events, err := a.Events(ctx, nil, nil, nil, nil, nil, nil)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&b, a.Name(nil), ids(events.Nodes()))
	}
	stats, err := v.Stats(ctx)
	if err != nil {
		return "", err
	}
	quads, err := v.Quads(ctx, graph.QuadPattern{}, graph.Page{Last: ptr(5)})
	if err != nil {
		return "", err
	}
	n, err := quads.TotalCount(ctx)
	fmt.Fprintln(&b, len(contacts.Nodes()), *stats, n)
	return b.String(), err
}

// Many goroutines ask one view, and many views, while the store is written to: each view answers from one revision.
func TestViewsBesideWrites(t *testing.T) {
	const writes, readers = 15, 4
	g, s := open(t, append(crowd(3).complete(), vocabulary()...))
	batches := make([][]store.Quad, writes)
	for i := range batches {
		batches[i] = newFixture().say(fmt.Sprintf("event:new-%d role:initiator person:new-%d\n event:new-%d role:recipient person:hub", i, i, i)).complete()
	}
	var mu sync.Mutex
	answers := map[string]string{} // by revision
	check := func(v *graph.View) {
		got, err := answer(v)
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if want, ok := answers[v.Revision()]; ok && got != want {
			t.Errorf("two answers of revision %s differ:\n%s\nand\n%s", v.Revision(), got, want)
		}
		answers[v.Revision()] = got
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for {
				v := g.View()
				var same sync.WaitGroup
				for range 3 {
					same.Go(func() { check(v) })
				}
				same.Wait()
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	old := g.View()
	for _, quads := range batches {
		if _, err := s.Add(ctx, quads); err != nil {
			t.Error(err)
		}
		check(g.View())
	}
	close(done)
	wg.Wait()
	check(old) // what it was, after all writes
	if len(answers) != writes+1 {
		t.Errorf("%d revisions answered, want %d", len(answers), writes+1)
	}
	seen := map[string]string{}
	for revision, a := range answers {
		if other, ok := seen[a]; ok {
			t.Errorf("revisions %s and %s answer alike", revision, other)
		}
		seen[a] = revision
	}
}
