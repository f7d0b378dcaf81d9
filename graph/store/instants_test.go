package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Instants that lie close together, each written in several ways, and some outside what nanoseconds reach.
var drawInstant = rapid.Custom(func(t *rapid.T) time.Time {
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	switch rapid.IntRange(0, 9).Draw(t, "where") {
	case 0:
		return rapid.SampledFrom([]time.Time{{}, time.Date(1678, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(1679, 1, 1, 0, 0, 0, 0, time.UTC),
			time.Date(2261, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}).Draw(t, "far")
	case 1, 2:
		return at.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "ns")))
	}
	return at.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "s")) * time.Second)
})

func drawWritten(t *rapid.T) Term {
	at := drawInstant.Draw(t, "at")
	format := rapid.SampledFrom([]string{time.RFC3339Nano, time.RFC3339Nano, "2006-01-02T15:04:05.000000000Z07:00"}).Draw(t, "format")
	if rapid.IntRange(0, 3).Draw(t, "zone") == 0 && at.Year() > 1 {
		at = at.In(time.FixedZone("", 2*3600))
	}
	return typedString(at.Format(format), instantType)
}

// Stretches of time against a reading of all quads, with any bounds, limit, direction and page.
func TestInstants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := openFresh(t)
		var quads []Quad
		for range rapid.IntRange(0, 12).Draw(t, "quads") {
			q := Quad{Subject: rapid.SampledFrom(trickyNodes).Draw(t, "subject"), Predicate: rapid.SampledFrom(predicates).Draw(t, "predicate"), Label: IRI("claim:1")}
			q.Object = rapid.SampledFrom(trickyLiterals).Draw(t, "literal")
			if rapid.IntRange(0, 4).Draw(t, "what") > 0 {
				q.Object = drawWritten(t)
			}
			quads = append(quads, q)
		}
		addTo(t, s, quads...)
		v := viewOf(t, s)
		quads = quadsOf(t, v)
		var stretches []Stretch
		for range rapid.IntRange(1, 4).Draw(t, "stretches") {
			x := Stretch{Predicate: rapid.SampledFrom(predicates).Draw(t, "predicate"), Limit: rapid.IntRange(0, 5).Draw(t, "limit"), Backwards: rapid.Bool().Draw(t, "backwards")}
			for _, end := range []**time.Time{&x.After, &x.Until} {
				if rapid.Bool().Draw(t, "bounded") {
					at := drawInstant.Draw(t, "bound")
					*end = &at
				}
			}
			stretches = append(stretches, x)
		}
		got, err := v.Instants(t.Context(), stretches...)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range stretches {
			var want []time.Time
			for _, q := range quads {
				text, is := q.Object.(TypedString)
				if !is || text.Type != instantType || q.Predicate != Term(x.Predicate) {
					continue
				}
				at, err := time.Parse(time.RFC3339, string(text.Value))
				if err == nil && (x.After == nil || at.After(*x.After)) && (x.Until == nil || !at.After(*x.Until)) {
					want = append(want, at.UTC())
				}
			}
			slices.SortFunc(want, time.Time.Compare)
			if x.Backwards {
				slices.Reverse(want)
			}
			all := x
			all.Limit = 100
			whole, err := v.Instants(t.Context(), all)
			if err != nil {
				t.Fatal(err)
			}
			var have []time.Time
			for _, q := range whole[0] {
				at, err := time.Parse(time.RFC3339, Text(q.Object))
				if err != nil || !slices.Contains(quads, q) || q.Predicate != Term(x.Predicate) {
					t.Fatalf("%v, %v: not asked for", q, err)
				}
				have = append(have, at.UTC())
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Fatalf("%s (-want +got)\n%s", stretchText(x), diff)
			}
			if !slices.Equal(got[i], whole[0][:min(len(whole[0]), x.Limit)]) {
				t.Fatalf("%s among others = %v, alone %v", stretchText(x), got[i], whole[0])
			}
			for n := range whole[0] { // a page from each place is the rest
				page := all
				page.From = &whole[0][n]
				rest, err := v.Instants(t.Context(), page)
				if err != nil || !slices.Equal(rest[0], whole[0][n+1:]) {
					t.Fatalf("%s after %v = %v, %v, want %v", stretchText(x), page.From, rest, err, whole[0][n+1:])
				}
			}
		}
	})
}

func stretchText(s Stretch) string {
	return fmt.Sprintf("%s (%v, %v] backwards %t", s.Predicate, s.After, s.Until, s.Backwards)
}

func TestInstantsErrors(t *testing.T) {
	s := openFresh(t)
	q := quadOf(IRI("a:x"), IRI("a:p"), typedString("2026-11-23T00:00:00Z", instantType), IRI("claim:1"))
	plain := quadOf(IRI("a:x"), IRI("a:p"), String("2026-11-23T00:00:00Z"), IRI("claim:1"))
	addTo(t, s, q, plain)
	v := viewOf(t, s)
	never := q
	never.Subject = IRI("a:never")
	for _, from := range []Quad{never, plain} {
		if got, err := v.Instants(t.Context(), Stretch{Predicate: "a:p", From: &from, Limit: 1}); !errors.Is(err, ErrUnknownTerm) {
			t.Errorf("after %v: %v, %v", from, got, err)
		}
	}
	if got, err := v.Instants(t.Context(), Stretch{Predicate: "a:never", Limit: 1}); err != nil || len(got) != 1 || got[0] != nil {
		t.Errorf("a predicate that no quad has: %v, %v", got, err)
	}
}
