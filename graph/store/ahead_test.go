package store

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store/pgtest"
)

// TestAhead: whatever was read ahead, lists and quads are the same as without it; and of two actors that nobody asked for before, they take three
// round trips.
func TestAhead(t *testing.T) {
	s := server(t, pgtest.Location(t), 3)
	defer s.Close()
	some := rapid.Custom(func(t *rapid.T) []Quad { return someQuads(t, 5) })
	for n := range 30 {
		addTo(t, s, some.Example(n)...)
	}
	for i := range 30 { // of the first two, on two days each
		event := IRI(fmt.Sprintf("event:%02dth", i))
		for _, day := range []string{"2001-01-01", fmt.Sprintf("2001-01-%02d", 2+i%7)} {
			addTo(t, s, quadOf(event, eventModel.When, TypedString{Value: String(day), Type: edtfType}, IRI("claim:a")))
		}
		addTo(t, s, quadOf(event, IRI("role:host"), IRI("person:p01"), IRI("claim:a")), quadOf(event, IRI("role:visitor"), IRI("person:p02"), IRI("claim:a")))
	}
	// The next state of a store that nobody asked anything.
	fresh := func() *View {
		s.dict, s.subjects = newDictionary(), subjectCache{limit: cacheQuads, revision: s.Revision()}
		return s.View()
	}
	// ask asks for subjects, for a list, and for the quads of its events.
	ask := func(t rapid.TB, v *View, subjects []IRI, part ListPart) (answer [3]any, events int) {
		quads, err := v.Match(context.Background(), Pattern{Subject: subjects[0]}, Pattern{Subject: subjects[1]})
		if err != nil {
			t.Fatal(err)
		}
		lists, err := v.Lists(context.Background(), part)
		if err != nil {
			t.Fatal(err)
		}
		var patterns []Pattern
		for _, row := range lists[0] {
			patterns = append(patterns, Pattern{Subject: row.Event})
		}
		found, err := v.Match(context.Background(), patterns...)
		if err != nil {
			t.Fatal(err)
		}
		return [3]any{quads, rowLines(lists[0]), found}, len(lists[0])
	}
	actor := rapid.Custom(func(t *rapid.T) IRI { return IRI(fmt.Sprintf("person:p%02d", rapid.IntRange(1, 7).Draw(t, "actor"))) }) // some are of no quad
	day := rapid.Ptr(rapid.Custom(func(t *rapid.T) edtf.Day { return edtf.Day(rapid.IntRange(-800, 20_000).Draw(t, "day")) }), true)
	part := rapid.Custom(func(t *rapid.T) ListPart {
		a, b := actor.Draw(t, "a"), actor.Draw(t, "b")
		return ListPart{OfPair(a, b), Span{
			From: day.Draw(t, "from"), To: day.Draw(t, "to"), Limit: rapid.IntRange(0, 40).Draw(t, "limit"),
			Backwards: rapid.Bool().Draw(t, "backwards"), Past: rapid.Bool().Draw(t, "past"),
		}}
	})
	rapid.Check(t, func(t *rapid.T) {
		asked := part.Draw(t, "asked")
		subjects := []IRI{asked.of[0].(IRI), asked.of[1].(IRI)}
		plain := fresh()
		defer plain.Close()
		want, _ := ask(t, plain, subjects, asked)
		v := fresh()
		defer v.Close()
		told := asked
		if rapid.IntRange(0, 3).Draw(t, "other") == 0 {
			told = part.Draw(t, "told")
		}
		if err := v.Ahead(context.Background(), subjects, told); err != nil {
			t.Fatal(err)
		}
		for range 2 { // what was read ahead is there for one call
			if got, _ := ask(t, v, subjects, asked); !cmp.Equal(got, want) {
				t.Fatal(cmp.Diff(want, got))
			}
		}
	})

	asked := ListPart{OfPair("person:p01", "person:p02"), Span{Limit: 20, Backwards: true}}
	var trips [2]int64
	for i := range trips {
		v := fresh()
		defer v.Close()
		before := s.RoundTrips()
		if i == 1 {
			if err := v.Ahead(context.Background(), []IRI{"person:p01", "person:p02"}, asked); err != nil {
				t.Fatal(err)
			}
		}
		if _, n := ask(t, v, []IRI{"person:p01", "person:p02"}, asked); n != 20 {
			t.Fatalf("%d events, want 20", n)
		}
		trips[i] = s.RoundTrips() - before
	}
	t.Logf("round trips: %d, and %d with what was read ahead", trips[0], trips[1])
	if trips[1] > 4 || trips[0] < 7 { // the fourth is for the terms that only events have
		t.Errorf("%d round trips with what was read ahead, want at most 4; and %d without, want some 7", trips[1], trips[0])
	}
}
