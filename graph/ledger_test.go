package graph_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/seed"
)

// judge is the linter as the ledger's rules.
func judge(quads []store.Quad, known graph.Known) []graph.Violation {
	var out []graph.Violation
	for _, p := range seed.Check(quads, known) {
		out = append(out, graph.Violation{Quad: p.Line - 1, Code: graph.UserInput, Message: p.Wrong + ": " + p.Remedy})
	}
	return out
}

// A stopped clock: the ledger has to make its own time.
func stopped() time.Time { return beginning }

// claimOf is a claim of one fact.
func claimOf(subject, field, value string) graph.AssertClaimInput {
	return graph.AssertClaimInput{
		Facts:    []*graph.FactInput{{Subject: graph.ID(subject), Field: field, Value: value}},
		Evidence: graph.EvidenceInput{Source: "source:default", Locator: "page 1", Statement: ptr("It is so.")},
	}
}

// recorded ends the test unless a write was made, and closes its view.
func recorded(t rapid.TB, r graph.Recorded, err error) graph.ID {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.View().Close()
	for _, e := range r.UserErrors {
		t.Fatalf("%v: %s: %s", e.Path, e.Code, e.Message)
	}
	return r.Claim.ID()
}

func assert(t rapid.TB, l *graph.Ledger, writer string, in graph.AssertClaimInput) graph.ID {
	t.Helper()
	p, err := l.AssertClaim(ctx, writer, in)
	return recorded(t, p.Recorded, err)
}

func retract(t rapid.TB, l *graph.Ledger, writer string, claim graph.ID, why string) {
	t.Helper()
	p, err := l.RetractClaim(ctx, writer, graph.RetractClaimInput{Claim: claim, Reason: why})
	recorded(t, p.Recorded, err)
}

// hear reads what a feed has to tell after a revision, writes it down, and stops after limit notices or at the last that there is. It
// returns the revision that it heard of last.
func hear(t rapid.TB, g *graph.Graph, where *graph.ChangeWhere, after, last string, limit int) (heard []string, at string) {
	t.Helper()
	feed := must(g.Changes(ctx, where, &after))(t)
	defer feed.Close()
	for range limit {
		n := must(feed.Next(ctx))(t)
		line := n.Revision + " " + n.By
		for _, c := range must(n.Changes())(t) {
			reason := ""
			if c.Reason != nil {
				reason = " because " + *c.Reason
			}
			claim := must(c.Claim(ctx))(t)
			line += fmt.Sprint("; ", c.What, " ", claim.ID(), reason, " retracted ", claim.RetractedAt() != nil)
		}
		heard, at = append(heard, line), n.Revision
		feed.Release()
		if at == last {
			break
		}
	}
	return heard, at
}

// Random writes, and subscribers who are cut off at random and go on where they were: each hears each write once, in order, and hears of it what
// was known right after it.
func TestFeed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, s := open(t, append(newFixture().say("event:a role:recipient person:ann\n event:b role:recipient person:ben\n source:other title Other").complete(), vocabulary()...))
		l := graph.NewLedger(g, judge, stopped)
		first := fmt.Sprint(g.Revision())
		var want, about []string
		var standing []graph.ID
		for range rapid.IntRange(0, 30).Draw(t, "writes") {
			writer := rapid.SampledFrom([]string{"x", "y"}).Draw(t, "writer")
			line := ""
			event := rapid.SampledFrom([]string{"event:a", "event:b"}).Draw(t, "event")
			switch what := rapid.IntRange(0, 3).Draw(t, "what"); {
			case what == 3 && len(standing) > 0:
				i := rapid.IntRange(0, len(standing)-1).Draw(t, "claim")
				retract(t, l, writer, standing[i], "so")
				line = fmt.Sprintf("%d %s; RETRACTED %s because so retracted true", g.Revision(), writer, standing[i])
				standing = slices.Delete(standing, i, i+1)
				event = ""
			case what == 2 && len(standing) > 0:
				i := rapid.IntRange(0, len(standing)-1).Draw(t, "claim")
				in := claimOf(event, "summary", "It was otherwise.")
				in.Supersedes, in.Reason = &standing[i], ptr("wrong")
				id := assert(t, l, writer, in)
				line = fmt.Sprintf("%d %s; CORRECTED %s because wrong retracted false", g.Revision(), writer, id)
				standing[i] = id
			case what == 1: // a write that no mutation made is not told
				must(s.Add(ctx, []store.Quad{{Subject: store.IRI("event:a"), Predicate: store.IRI("p:x"), Object: store.String(fmt.Sprint(g.Revision())), Label: store.IRI("claim:default")}}))(t)
				continue
			default:
				id := assert(t, l, writer, claimOf(event, "summary", "It was so."))
				line = fmt.Sprintf("%d %s; ADDED %s retracted false", g.Revision(), writer, id)
				standing = append(standing, id)
			}
			want = append(want, line)
			if event == "event:a" && writer == "x" {
				about = append(about, line)
			}
		}
		id := assert(t, l, "x", claimOf("event:a", "summary", "It was the last.")) // which all hear, so that they know when to stop
		last := fmt.Sprintf("%d x; ADDED %s retracted false", g.Revision(), id)
		want, about = append(want, last), append(about, last)
		until := fmt.Sprint(g.Revision())
		filter := &graph.ChangeWhere{About: ptr(graph.ID("event:a")), Not: &graph.ChangeWhere{Or: []*graph.ChangeWhere{{By: ptr("y")}, {What: []graph.ChangeKind{graph.Retracted}}}}}
		for _, c := range []struct {
			where *graph.ChangeWhere
			want  []string
		}{{nil, want}, {filter, about}} {
			var got []string
			for at := first; at != until; {
				var heard []string
				heard, at = hear(t, g, c.where, at, until, rapid.IntRange(1, 9).Draw(t, "cut off after"))
				got = append(got, heard...)
			}
			diff(t, "what was heard", got, c.want)
		}
	})
}

// A feed waits, and hears of a write that is made meanwhile.
func TestFeedWaits(t *testing.T) {
	g := newFixture().say("event:a role:recipient person:ann").graph(t)
	l := graph.NewLedger(g, judge, stopped)
	feed := must(g.Changes(ctx, nil, nil))(t)
	defer feed.Close()
	heard := make(chan string)
	go func() {
		defer close(heard)
		for range 2 {
			n, err := feed.Next(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			heard <- n.Revision
			feed.Release()
		}
	}()
	for range 2 {
		assert(t, l, "x", claimOf("event:a", "summary", "It was so."))
		if got, want := <-heard, fmt.Sprint(g.Revision()); got != want {
			t.Errorf("heard of revision %s, want %s", got, want)
		}
	}
	<-heard
	for _, bad := range []string{"", "x", "-1", fmt.Sprint(g.Revision() + 1)} {
		if _, err := g.Changes(ctx, nil, &bad); err == nil || !strings.Contains(err.Error(), "afterRevision") {
			t.Errorf("Changes after %q: %v", bad, err)
		}
	}
}

// A feed that is far behind reads its notes by the page.
func TestFeedIsBounded(t *testing.T) {
	g := newFixture().say("event:a role:recipient person:ann").graph(t)
	l := graph.NewLedger(g, judge, stopped)
	from := fmt.Sprint(g.Revision())
	const writes = 250
	for range writes {
		assert(t, l, "x", claimOf("event:a", "summary", "It was so."))
	}
	feed := must(g.Changes(ctx, nil, &from))(t)
	defer feed.Close()
	for i := range writes {
		if _, err := feed.Next(ctx); err != nil {
			t.Fatal(err)
		}
		feed.Release()
		if n := graph.FeedNotes(feed); n >= 100 {
			t.Fatalf("after %d notices it keeps %d notes", i+1, n)
		}
	}
}

// The ledger's time never stands still, nor goes back, whatever the clock does; not over a restart either.
func TestLedgerTime(t *testing.T) {
	g, s := open(t, append(newFixture().say("event:a role:recipient person:ann").complete(), vocabulary()...))
	now := beginning
	l := graph.NewLedger(g, judge, func() time.Time { return now })
	last := time.Time{}
	for i, step := range []time.Duration{0, 0, time.Nanosecond, -time.Hour, time.Hour, time.Minute, -time.Minute, 0} {
		now = now.Add(step)
		if i == 4 || i == 7 {
			l = graph.NewLedger(graph.New(s, ""), judge, func() time.Time { return now })
		}
		id := assert(t, l, "x", claimOf("event:a", "summary", "It was so."))
		v := g.View()
		at := must(time.Parse(time.RFC3339Nano, must(node[*graph.Claim](t, v, id).RecordedAt())(t)))(t)
		v.Close()
		if !at.After(last) {
			t.Errorf("write %d, after %v, was recorded at %v, and the one before at %v", i, step, at, last)
		}
		last = at
	}
	if ahead := last.Sub(now); ahead > time.Hour {
		t.Errorf("its time is %v ahead of the clock", ahead)
	}
}

// A write that is looked at before it is made says what it would add and what is wrong with it, and adds nothing.
func TestPreview(t *testing.T) {
	g := newFixture().say("event:x role:initiator person:a\nevent:x role:recipient person:b").graph(t)
	l := graph.NewLedger(g, judge, stopped)
	before := g.Revision()
	var p graph.Preview
	r, err := l.AssertClaim(graph.WithPreview(ctx, &p), "ann", claimOf("event:x", "summary", "They spoke."))
	if err != nil {
		t.Fatal(err)
	}
	r.View().Close()
	text, err := p.NQuads()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.UserErrors) > 0 || r.Claim != nil || !strings.Contains(text, `"They spoke."@en`) || !strings.Contains(text, "<source:default>") {
		t.Errorf("errors %v, claim %v, quads\n%s", r.UserErrors, r.Claim, text)
	}
	p = graph.Preview{}
	r, err = l.AssertClaim(graph.WithPreview(ctx, &p), "ann", claimOf("event:x", "when", "one day"))
	if err != nil {
		t.Fatal(err)
	}
	r.View().Close()
	if text, _ := p.NQuads(); len(r.UserErrors) == 0 || text != "" {
		t.Errorf("of a date that is none it has the errors %v and the quads %q", r.UserErrors, text)
	}
	if now := g.Revision(); now != before {
		t.Errorf("the revision went from %d to %d: looking wrote something", before, now)
	}
	assert(t, l, "ann", claimOf("event:x", "summary", "They spoke.")) // and it can still be made
}

// Two programs record in one database at the same time, by clocks that differ: all that they record is there once and in one order, in which time goes
// forward; and of two that contradict each other one is refused.
func TestLedgersTogether(t *testing.T) {
	location := pgtest.Location(t)
	var graphs []*graph.Graph
	var ledgers []*graph.Ledger
	for i := range 2 {
		s := must(store.Open(ctx, location, store.Options{Model: graph.StoreModel(), Postgres: store.PostgresOptions{Connections: 4}}))(t)
		t.Cleanup(func() {
			if err := errors.Join(s.Check(ctx, nil), s.Close()); err != nil {
				t.Error(err)
			}
		})
		if i == 0 {
			must(s.Add(ctx, append(newFixture().say("event:a role:recipient person:ann").complete(), vocabulary()...)))(t)
		}
		graphs = append(graphs, graph.New(s, ""))
		ledgers = append(ledgers, graph.NewLedger(graphs[i], judge, func() time.Time { return beginning.Add(time.Duration(-i) * time.Hour) }))
	}
	from := fmt.Sprint(graphs[0].Revision())
	const rounds = 15
	claims := make([][]graph.ID, 2)
	refused := make([]atomic.Int64, rounds)
	var meeting [rounds]sync.WaitGroup
	for n := range rounds {
		meeting[n].Add(2)
	}
	var wg sync.WaitGroup
	for i, l := range ledgers {
		wg.Go(func() {
			for n := range rounds {
				meeting[n].Done()
				meeting[n].Wait()
				p, err := l.AssertClaim(ctx, fmt.Sprint("writer ", i), claimOf("event:a", "summary", fmt.Sprintf("It was so, says %d for the time %d.", i, n)))
				if err != nil || len(p.UserErrors) > 0 {
					t.Errorf("AssertClaim() = %v, %v", p.UserErrors, err)
					continue
				}
				p.View().Close()
				claims[i] = append(claims[i], p.Claim.ID())
				a, err := l.RecordActor(ctx, fmt.Sprint("writer ", i), graph.RecordActorInput{Type: "PERSON", Name: fmt.Sprintf("Zoe Number %d", n),
					Evidence: graph.EvidenceInput{Source: "source:default", Locator: "page 2", Statement: ptr("There is a Zoe.")}})
				switch {
				case err != nil:
					t.Errorf("RecordActor() = %v", err)
				case len(a.UserErrors) > 0:
					refused[n].Add(1)
				default:
					claims[i] = append(claims[i], a.Claim.ID())
				}
				a.View().Close()
			}
		})
	}
	wg.Wait()
	for n := range refused {
		if got := refused[n].Load(); got != 1 {
			t.Errorf("of two that record the same person %d were refused, want 1", got)
		}
	}
	for i, g := range graphs {
		if err := g.CatchUp(ctx, graphs[0].Revision()); err != nil {
			t.Fatal(err)
		}
		if err := g.CatchUp(ctx, graphs[1].Revision()); err != nil {
			t.Fatal(err)
		}
		known := map[graph.ID]bool{}
		for _, id := range slices.Concat(claims...) {
			known[id] = true
		}
		if want := 3 * rounds; len(known) != want {
			t.Fatalf("%d claims were recorded, want %d", len(known), want)
		}
		feed := must(g.Changes(ctx, nil, &from))(t)
		defer feed.Close()
		for last := (time.Time{}); len(known) > 0; {
			n := must(feed.Next(ctx))(t)
			at := must(time.Parse(time.RFC3339Nano, n.At))(t)
			if !at.After(last) {
				t.Errorf("program %d: revision %s was recorded at %v, after %v", i, n.Revision, at, last)
			}
			last = at
			for _, c := range must(n.Changes())(t) {
				id := must(c.Claim(ctx))(t).ID()
				if !known[id] {
					t.Errorf("program %d hears of %s, which nobody was told of, or twice", i, id)
				}
				delete(known, id)
			}
			feed.Release()
		}
	}
}

// That an actor is another is a change of its own kind, in a feed, in what changed between two instants, and in the histories of both; that it is
// not, or is no longer, is none.
func TestMergedIsAChange(t *testing.T) {
	g := newFixture().say("event:a role:recipient person:ann \n event:b role:recipient person:ben").graph(t)
	now := beginning
	l := graph.NewLedger(g, judge, func() time.Time { now = now.Add(time.Second); return now })
	first := fmt.Sprint(g.Revision())
	evidence := graph.EvidenceInput{Source: "source:default", Locator: "page 1"}

	denied := claimOf("person:ann", "isReplacedBy", "person:ben")
	denied.Stance = ptr(graph.Denies)
	not := assert(t, l, "x", denied)
	m, err := l.MergeActors(ctx, "x", graph.MergeActorsInput{Survivor: "person:ben", Merged: "person:ann", Evidence: evidence})
	merge := recorded(t, m.Recorded, err)
	between := now.Format(time.RFC3339)
	changed := func(c *graph.ChangeConnection) (list []string) {
		for _, x := range c.Nodes() {
			list = append(list, fmt.Sprint(x.What, " ", must(x.Claim(ctx))(t).ID()))
		}
		return list
	}
	v := g.View()
	defer v.Close()
	want := []string{"ADDED " + string(not), "MERGED " + string(merge)}
	diff(t, "diff", changed(must(v.Diff(ctx, instant(0), between, all))(t)), want)
	for _, id := range []graph.ID{"person:ann", "person:ben"} {
		var of []string
		for _, line := range changed(must(node[graph.Actor](t, v, id).History(ctx, ptr(100), nil, nil, nil))(t)) {
			if !strings.HasSuffix(line, "claim:default") {
				of = append(of, line)
			}
		}
		diff(t, "history of "+string(id), of, []string{want[1], want[0]})
	}

	u, err := l.UnmergeActors(ctx, "x", graph.UnmergeActorsInput{Merged: "person:ann", Reason: "They met."})
	recorded(t, u.Recorded, err)
	w := g.View()
	defer w.Close()
	last := "RETRACTED " + string(merge)
	diff(t, "diff after it was taken back", changed(must(w.Diff(ctx, between, "2100-01-01T00:00:00Z", all))(t)), []string{last})
	heard, _ := hear(t, g, nil, first, fmt.Sprint(g.Revision()), 9)
	for i, x := range append(want, last) {
		if i >= len(heard) || !strings.Contains(heard[i], x) {
			t.Errorf("heard %q, want %s", heard, x)
		}
	}
	only, _ := hear(t, g, &graph.ChangeWhere{What: []graph.ChangeKind{graph.Merged}}, first, "", 1)
	if len(only) != 1 || !strings.Contains(only[0], want[1]) {
		t.Errorf("of merges it hears %q, want %s", only, want[1])
	}
}
