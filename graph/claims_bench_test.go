package graph_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// claimQuestions are filters of claims, on a graph of [manyClaims].
var claimQuestions = []struct {
	name  string
	where *graph.ClaimWhere
}{
	{"all", nil},
	{"source", &graph.ClaimWhere{Source: ptr(graph.ID("source:3"))}},
	{"attributedTo", &graph.ClaimWhere{AttributedTo: ptr(graph.ID("group:3"))}},
	{"about", &graph.ClaimWhere{About: ptr(graph.ID("person:3"))}},
	{"certainty", &graph.ClaimWhere{Certainty: []graph.Certainty{graph.Confirmed}}},
	{"stance", &graph.ClaimWhere{Stance: ptr(graph.Denies)}},
	{"source and certainty", &graph.ClaimWhere{Source: ptr(graph.ID("source:3")), And: []*graph.ClaimWhere{{Certainty: []graph.Certainty{graph.Reported}}}}},
	{"of two sources", &graph.ClaimWhere{Or: []*graph.ClaimWhere{{Source: ptr(graph.ID("source:3"))}, {Source: ptr(graph.ID("source:4"))}}}},
	{"source, not denied", &graph.ClaimWhere{Source: ptr(graph.ID("source:3")), Not: &graph.ClaimWhere{Stance: ptr(graph.Denies)}}},
	{"asserts", &graph.ClaimWhere{Stance: ptr(graph.Asserts)}},
}

// manyClaims is a graph of n claims, each of a call of its own: 100 are of each source, 25 are given to each group and say something of
// each person, one in a hundred is confirmed and one denies.
func manyClaims(n int) []store.Quad {
	f := newFixture()
	for i := range n / 100 {
		f.say(fmt.Sprintf("source:%d title Source %d", i, i))
	}
	for i := range n / 25 {
		f.say(fmt.Sprintf("group:%d name Group %d\n person:%d name Person %d", i, i, i, i))
	}
	quads := f.complete()
	add := func(subject, predicate string, object store.Term, label string) {
		quads = append(quads, store.Quad{Subject: store.IRI(subject), Predicate: store.IRI(predicate), Object: object, Label: store.IRI(label)})
	}
	for i := range n {
		claim, event := fmt.Sprint("claim:", i), fmt.Sprint("event:", i)
		certainty, stance := "REPORTED", "ASSERTS"
		switch i % 100 {
		case 0:
			certainty = "CONFIRMED"
		case 1:
			stance = "DENIES"
		}
		add(claim, vocab.RdfType, store.IRI(vocab.ClassClaim), claim)
		add(claim, vocab.DctermsSource, store.IRI(fmt.Sprint("source:", i%(n/100))), claim)
		add(claim, vocab.ProvWasAttributedTo, store.IRI(fmt.Sprint("group:", i%(n/25))), claim)
		add(claim, vocab.ParleyCertainty, store.String(certainty), claim)
		add(claim, vocab.ParleyStance, store.String(stance), claim)
		add(claim, vocab.ProvGeneratedAtTime, store.TypedString{Value: store.String(instant(i)), Type: store.IRI(vocab.XsdDateTime)}, claim)
		add(event, vocab.RdfType, store.IRI(vocab.ClassEvent), claim)
		add(event, vocab.SemEventType, store.IRI("kind:call"), claim)
		add(event, "role:initiator", store.IRI(fmt.Sprint("person:", i%(n/25))), claim)
	}
	return quads
}

// BenchmarkClaims asks 50,000 claims by filters, of a graph that has just been opened. It reports how often the store was asked and for how many
// records beside the time.
//
//	go test ./graph -run - -bench Claims$ -benchtime 3x
func BenchmarkClaims(b *testing.B) {
	_, s := open(b, append(manyClaims(50_000), vocabulary()...))
	for _, q := range claimQuestions {
		b.Run(q.name, func(b *testing.B) {
			askClaims(b, s, q.where)
		})
	}
}

// BenchmarkIcewsClaims asks real events, whose claims are eleven, for those on the busiest actor.
//
//	go test ./graph -run - -bench IcewsClaims -benchtime 3x -icews.store DIR
func BenchmarkIcewsClaims(b *testing.B) {
	_, s := icewsStore(b)
	ids, events := icewsActors(b)
	slices.SortStableFunc(ids, func(a, b graph.ID) int { return events[b] - events[a] })
	b.Run("about", func(b *testing.B) { askClaims(b, s, &graph.ClaimWhere{About: &ids[0]}) })
	b.Run("all", func(b *testing.B) { askClaims(b, s, nil) })
}

func askClaims(b *testing.B, s *store.Store, where *graph.ClaimWhere) {
	var took []time.Duration
	for b.Loop() {
		g := graph.New(s, "")
		v := g.View()
		start := time.Now()
		must(v.Claims(ctx, where, graph.Page{First: ptr(20)}))(b)
		took = append(took, time.Since(start))
		b.ReportMetric(float64(v.Calls()), "calls")
		b.ReportMetric(float64(v.Records()), "records")
		v.Close()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e6, "median-ms")
}
