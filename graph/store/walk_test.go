package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func testWalk(t *testing.T, open opener) {
	rapid.Check(t, func(rt *rapid.T) {
		s, m, u := open(rt), &model{}, drawUniverse(rt)
		quads := rapid.SliceOfN(rapid.Custom(u.quad), 1, 20).Draw(rt, "quads")
		m.add(quads)
		addTo(rt, s, quads...)
		v := viewOf(rt, s)
		for range 5 {
			from := u.term(rt)
			steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Step {
				return Step{rapid.SampledFrom(predicates).Draw(t, "predicate"), rapid.Bool().Draw(t, "backwards")}
			}), 0, 5).Draw(rt, "steps")
			got, err := v.Walk(t.Context(), from, steps)
			if err != nil {
				rt.Fatal(err)
			}
			same(rt, got, m.walk(from, steps), "Walk(%#v, %v)", from, steps)
		}
		if got, err := v.Walk(t.Context(), nil, nil); len(got) != 0 || err != nil {
			rt.Fatalf("Walk from nil = %v, %v, want none", got, err)
		}
	})
}

// dense returns the quads of n nodes of which each knows each, itself too: the most ways that n nodes can have.
func dense(n int) []Quad {
	var quads []Quad
	for i := range n {
		for j := range n {
			quads = append(quads, quadOf(node(i), IRI("a:p"), node(j), nil))
		}
	}
	return quads
}

func node(i int) Term { return IRI(fmt.Sprintf("a:%06d", i)) }

// There are 6^40 ways of 40 steps. Who follows each does not come back.
func testLongWalks(t *testing.T, open opener) {
	s := open(t)
	addTo(t, s, dense(6)...)
	for _, n := range []int{0, 1, 10, 40} {
		var steps []Step
		for i := range n {
			steps = append(steps, Step{"a:p", i%3 == 0})
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		got, err := viewOf(t, s).Walk(ctx, node(0), steps)
		cancel()
		if want := map[bool]int{true: 1, false: 6}[n == 0]; err != nil || len(got) != want {
			t.Fatalf("Walk of %d steps = %d terms, %v, want %d", n, len(got), err, want)
		}
	}
}

func testCancelled(t *testing.T, open opener) {
	s := open(t)
	addTo(t, s, dense(50)...)
	v := viewOf(t, s)
	asks := map[string]func(ctx context.Context) error{
		"match all": func(ctx context.Context) error { _, err := v.Match(ctx, Pattern{}); return err },
		"match":     func(ctx context.Context) error { _, err := v.Match(ctx, Pattern{Predicate: IRI("a:p")}); return err },
		"match none": func(ctx context.Context) error {
			_, err := v.Match(ctx, Pattern{Subject: IRI("a:none")})
			return err
		},
		"page": func(ctx context.Context) error {
			_, err := v.Page(ctx, Pattern{}, Cut{Limit: 1, Backwards: true})
			return err
		},
		"page of some": func(ctx context.Context) error {
			_, err := v.Page(ctx, Pattern{Subject: node(1)}, Cut{Limit: 1})
			return err
		},
		"count":          func(ctx context.Context) error { _, err := v.Count(ctx, Pattern{Object: node(1)}); return err },
		"counts":         func(ctx context.Context) error { _, err := v.Counts(ctx, 1, Pattern{Object: node(1)}); return err },
		"has":            func(ctx context.Context) error { _, err := v.Has(ctx, node(1)); return err },
		"walk":           func(ctx context.Context) error { _, err := v.Walk(ctx, node(0), []Step{{"a:p", false}}); return err },
		"walk no step":   func(ctx context.Context) error { _, err := v.Walk(ctx, node(0), nil); return err },
		"walk from none": func(ctx context.Context) error { _, err := v.Walk(ctx, IRI("a:none"), nil); return err },
		"add":            func(ctx context.Context) error { _, err := s.Add(ctx, dense(51)); return err },
		"remove":         func(ctx context.Context) error { _, err := s.Remove(ctx, dense(49)); return err },
	}
	for name, ask := range asks {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := ask(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled = %v, want %v", name, err, context.Canceled)
		}
	}
	if got := revision(s); got != 1 {
		t.Errorf("a cancelled Add made revision %d", got)
	}
	for name, ask := range asks {
		if err := ask(t.Context()); err != nil {
			t.Errorf("%s afterwards = %v", name, err)
		}
	}

	// On the way: 10,000 steps of 2,500 quads each take a minute.
	if _, err := v.Match(&cancelling{Context: t.Context(), looks: 2}, Pattern{Predicate: IRI("a:p")}); !errors.Is(err, context.Canceled) {
		t.Errorf("Match of 2,500 quads, cancelled after a look at the context or two = %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err := v.Walk(ctx, node(0), manySteps())
	if took := time.Since(begun); !errors.Is(err, context.DeadlineExceeded) || took > 3*time.Second {
		t.Errorf("a walk with 20 ms of time took %v and gave %v", took, err)
	}
}

// A cancelling context is cancelled once it has been looked at so many times.
type cancelling struct {
	context.Context
	looks int
}

func (c *cancelling) Err() error {
	if c.looks--; c.looks < 0 {
		return context.Canceled
	}
	return nil
}

func manySteps() []Step {
	steps := make([]Step, 10_000)
	for i := range steps {
		steps[i].Predicate = "a:p"
	}
	return steps
}

// MaxWalk terms are an answer, and one more is an error.
func TestWalkTooLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("it adds and checks 100,000 quads, which the race detector takes 20 s for")
	}
	s := openFresh(t)
	var quads []Quad
	for i := range MaxWalk {
		quads = append(quads, quadOf(IRI("a:hub"), IRI("a:p"), node(i), nil))
	}
	addTo(t, s, quads...)
	steps := []Step{{"a:p", false}}
	if got, err := viewOf(t, s).Walk(t.Context(), IRI("a:hub"), steps); len(got) != MaxWalk || err != nil {
		t.Fatalf("Walk = %d terms, %v, want %d", len(got), err, MaxWalk)
	}
	addTo(t, s, quadOf(IRI("a:hub"), IRI("a:p"), IRI("a:one-more"), nil))
	for _, steps := range [][]Step{steps, append(steps, Step{"a:p", true})} {
		if got, err := viewOf(t, s).Walk(t.Context(), IRI("a:hub"), steps); len(got) != 0 || !errors.Is(err, ErrTooLarge) {
			t.Errorf("Walk of %d steps = %d terms, %v, want none and %v", len(steps), len(got), err, ErrTooLarge)
		}
	}
}
