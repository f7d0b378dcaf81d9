package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
)

// The naive model of both clocks: a list of claims, each with one fact, and plain loops over all of it.
type ledger struct {
	claims []*entry
	now    int // seconds since the beginning
}

type entry struct {
	id, subject, field, value, certainty, supersedes string
	denies                                           bool
	recorded, retracted                              int // retracted is never for -1
}

var (
	beginning    = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	clockEvents  = []string{"event:a", "event:b", "event:c"}
	clockPeople  = []string{"person:ann", "person:ben"}
	clockTenures = []string{"tenure:a", "tenure:b"}
)

func instant(n int) string { return beginning.Add(time.Duration(n) * time.Second).Format(time.RFC3339) }

// preferred lists the values that stand at an instant, the preferred one first, each once.
func (l *ledger) preferred(subject, field string, known int) []string {
	var list []*entry
	for _, e := range l.claims {
		if e.subject == subject && e.field == field && !e.denies && e.stands(known) {
			list = append(list, e)
		}
	}
	rank := func(e *entry) int {
		return slices.Index([]string{"CONFIRMED", "REPORTED", "INFERRED", "DOUBTED"}, e.certainty)
	}
	slices.SortFunc(list, func(a, b *entry) int {
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		if c := b.recorded - a.recorded; c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	var out []string
	for _, e := range list {
		if !slices.Contains(out, e.value) {
			out = append(out, e.value)
		}
	}
	return out
}

func (e *entry) stands(known int) bool {
	return e.recorded <= known && (e.retracted < 0 || e.retracted > known)
}

func first(list []string, none string) string {
	if len(list) == 0 {
		return none
	}
	return list[0]
}

// answers are those of the model at an instant and, with valid, on a day.
func (l *ledger) answers(known int, valid string) string {
	var b strings.Builder
	for _, p := range clockPeople {
		fmt.Fprintln(&b, p, first(l.preferred(p, "name", known), p))
		var tenures, dated []string
		for _, t := range clockTenures {
			when := first(l.preferred(t, "when", known), "")
			from, to, _ := strings.Cut(when, "/")
			if slices.Contains(l.preferred(t, "member", known), p) && (valid == "" || when != "" && from <= valid && valid <= to) {
				tenures = append(tenures, t)
			}
		}
		slices.Sort(tenures)
		var events []string
		for _, e := range clockEvents {
			when := first(l.preferred(e, "when", known), "")
			if valid != "" && when > valid {
				continue
			}
			if slices.Contains(l.preferred(e, "role:initiator", known), p) {
				if when == "" {
					events = append(events, e)
				} else {
					dated = append(dated, when+" "+e)
				}
			}
		}
		slices.Sort(dated)
		for i, d := range dated {
			_, dated[i], _ = strings.Cut(d, " ")
		}
		slices.Sort(events)
		fmt.Fprintln(&b, " tenures", tenures, "events", append(dated, events...))
	}
	for _, e := range clockEvents {
		dates := l.preferred(e, "when", known)
		if valid != "" && len(dates) > 0 && dates[0] > valid {
			fmt.Fprintln(&b, e, "has not begun")
			continue
		}
		var claims []string
		for _, c := range l.claims {
			if c.subject == e && c.recorded <= known {
				claims = append(claims, c.id)
			}
		}
		slices.Sort(claims)
		fmt.Fprintln(&b, e, first(dates, "XXXX-XX-XX"), dates[min(1, len(dates)):], claims)
	}
	return b.String()
}

// ask asks a view the same.
func ask(t rapid.TB, v *graph.View) string {
	var b strings.Builder
	for _, id := range clockPeople {
		p := node[*graph.Person](t, v, graph.ID(id))
		fmt.Fprintln(&b, id, p.Name(nil))
		tenures := ids(must(p.Tenures(ctx, nil))(t))
		slices.Sort(tenures)
		asc := graph.TimeAsc
		events := ids(must(p.Events(ctx, nil, &asc, ptr(100), nil, nil, nil))(t).Nodes())
		where := &graph.EventWhere{Actors: &graph.ParticipationsWhere{Some: &graph.ParticipationWhere{Actor: ptr(graph.ID(id))}}}
		diff(t, "events by a filter", ids(must(v.Events(ctx, where, &asc, all))(t).Nodes()), events)
		fmt.Fprintln(&b, " tenures", tenures, "events", events)
	}
	for _, id := range clockEvents {
		e := must(v.Event(ctx, graph.ID(id)))(t)
		if e == nil {
			fmt.Fprintln(&b, id, "has not begun")
			continue
		}
		rivals := []string{}
		f := e.WhenFact()
		for _, r := range f.Rivals {
			if r.Rule != graph.RuleAsserted && r.Rule != graph.RuleNotRetracted {
				rivals = append(rivals, r.Value)
			}
		}
		var claims []graph.ID
		for _, c := range must(e.Claims(ctx, ptr(100), nil, nil, nil))(t).Nodes() {
			if c.ID() != defaultClaim {
				claims = append(claims, c.ID())
			}
		}
		fmt.Fprintln(&b, id, f.Value, rivals, claims)
	}
	return b.String()
}

// everything is what a view answers to all kinds of questions, byte for byte: more than the model knows.
func everything(t rapid.TB, v *graph.View) string {
	var out []any
	add := func(x ...any) { out = append(out, x...) }
	for _, e := range must(v.Events(ctx, nil, nil, all))(t).Nodes() {
		add(e.ID(), e.When().EDTF, describeFact(t, e.WhenFact()), describeFact(t, e.KindFact()))
		for _, p := range must(e.Participations(ctx))(t) {
			capacity := must(p.Capacity(ctx))(t)
			add(must(p.Actor(ctx))(t).ID(), describeFact(t, p.Fact()), capacity != nil && capacity.ID() == clockTenureA)
		}
		for _, c := range must(e.History(ctx, ptr(100), nil, nil, nil))(t).Nodes() {
			add(c.What, c.At, c.By, c.Reason, must(c.Claim(ctx))(t).ID())
		}
	}
	claims := must(v.Claims(ctx, nil, all))(t)
	add(must(claims.TotalCount(ctx))(t))
	for _, c := range claims.Nodes() {
		add(c.ID(), c.RetractedAt(), c.Retraction(), ids(must(c.About(ctx))(t)))
	}
	about := must(v.Claims(ctx, &graph.ClaimWhere{About: ptr(graph.ID("event:a"))}, all))(t)
	add(ids(about.Nodes()))
	for _, p := range clockPeople {
		con := must(v.Contacts(ctx, graph.ID(p), nil, nil, nil, all))(t)
		for _, c := range con.Edges {
			add(c.Cursor, c.Node)
		}
		add(must(v.Coverage(ctx, []graph.ID{graph.ID(p)}, nil))(t).Statement)
	}
	add(talks(t, v, nil), ids(must(v.Actors(ctx, nil, nil, all))(t).Nodes()), ids(must(v.Sources(ctx, nil, all))(t).Nodes()))
	for _, e := range must(v.Search(ctx, "n", nil, graph.Page{}))(t).Edges {
		add(e.Node.ID(), e.Score, e.Reason)
	}
	return string(must(json.Marshal(out))(t))
}

const clockTenureA graph.ID = "tenure:a"

func describeFact(t rapid.TB, f *graph.Fact) []any {
	out := []any{f.Value, f.Rule, ids(must(f.Claims(ctx))(t)), must(f.Corroboration(ctx))(t)}
	for _, r := range f.Rivals {
		out = append(out, r.Value, r.Rule, ids(must(r.Claims(ctx))(t)))
	}
	return out
}

// record makes the write of a step by the ledger that programs write with.
func (l *ledger) record(t *rapid.T, to *graph.Ledger, retracted, e *entry) {
	if e == nil {
		retract(t, to, "a test", graph.ID(retracted.id), "because")
		return
	}
	field := e.field
	if field == "member" {
		field = "person" // as the SDL calls it
	}
	in := claimOf(e.subject, field, e.value)
	in.ID, in.Evidence.Locator = ptr(graph.ID(e.id)), "paragraph 1"
	in.Evidence.Certainty = ptr(graph.Certainty(e.certainty))
	if e.denies {
		in.Stance = ptr(graph.Denies)
	}
	if e.supersedes != "" {
		in.Supersedes, in.Reason = ptr(graph.ID(e.supersedes)), ptr("because")
	}
	assert(t, to, "a test", in)
}

// step draws a write, makes it in the model and returns its quads; and the claim that it retracts, if there is one, and the one that it
// adds, if there is one.
func (l *ledger) step(t *rapid.T) (quads []store.Quad, retracted, added *entry) {
	l.now += rapid.IntRange(1, 3).Draw(t, "pause")
	f := newFixture()
	var standing []*entry
	for _, e := range l.claims {
		if e.retracted < 0 && e.id != defaultClaim {
			standing = append(standing, e)
		}
	}
	retract := func(e *entry) {
		e.retracted, retracted = l.now, e
		f.say(fmt.Sprintf("%[1]s retractedAt %[2]s\n %[1]s retractedBy a test\n %[1]s retraction because", e.id, instant(l.now)))
	}
	what := rapid.IntRange(0, 9).Draw(t, "what")
	if what < 3 && len(standing) > 0 {
		retract(rapid.SampledFrom(standing).Draw(t, "retracted"))
		return f.quads[len(f.quads)-3:], retracted, nil // not the types of what is there
	}
	e := &entry{id: fmt.Sprintf("claim:c%02d", len(l.claims)), recorded: l.now, retracted: -1}
	e.certainty = rapid.SampledFrom([]string{"CONFIRMED", "REPORTED", "INFERRED", "DOUBTED"}).Draw(t, "certainty")
	e.denies = rapid.IntRange(0, 5).Draw(t, "denies") == 0
	dates := []string{"2020-01-01", "2021-06-05", "2022-12-31", "2024-02-29"}
	switch rapid.IntRange(0, 4).Draw(t, "field") {
	case 0:
		e.subject, e.field, e.value = rapid.SampledFrom(clockPeople).Draw(t, "person"), "name", rapid.SampledFrom([]string{"Ann", "Ben", "Nan"}).Draw(t, "name")
	case 1:
		e.subject, e.field = rapid.SampledFrom(clockTenures).Draw(t, "tenure"), "when"
		i := rapid.IntRange(0, 2).Draw(t, "from")
		e.value = dates[i] + "/" + dates[rapid.IntRange(i+1, 3).Draw(t, "to")]
	case 2:
		e.subject, e.field, e.value = rapid.SampledFrom(clockTenures).Draw(t, "tenure"), "member", rapid.SampledFrom(clockPeople).Draw(t, "member")
	case 3:
		e.subject, e.field, e.value = rapid.SampledFrom(clockEvents).Draw(t, "event"), "role:initiator", rapid.SampledFrom(clockPeople).Draw(t, "initiator")
	default:
		e.subject, e.field, e.value = rapid.SampledFrom(clockEvents).Draw(t, "event"), "when", rapid.SampledFrom(dates).Draw(t, "date")
	}
	f.ids[e.subject], f.ids[e.value], f.ids["source:default"] = true, true, true // they have their types
	if what == 9 && len(standing) > 0 {
		old := rapid.SampledFrom(standing).Draw(t, "corrected")
		e.supersedes = old.id
		f.ids[old.id] = true
		retract(old)
		f.say(e.id + " supersedes " + old.id)
	}
	stance := "ASSERTS"
	if e.denies {
		stance = "DENIES"
	}
	f.say(fmt.Sprintf("%[1]s recordedAt %[2]s\n %[1]s certainty %[3]s\n %[1]s stance %[4]s\n %[5]s %[6]s %[7]s by %[1]s", e.id, instant(l.now), e.certainty, stance, e.subject, e.field, e.value))
	l.claims = append(l.claims, e)
	f.ids = map[string]bool{e.id: true} // what else is mentioned is complete
	return f.complete(), retracted, e
}

// changes is what a diff must say, by plain loops.
func (l *ledger) changes(from, to int) []string {
	by := map[string]*entry{}
	for _, e := range l.claims {
		by[e.id] = e
	}
	type change struct {
		at       int
		id, what string
	}
	var list []change
	for _, e := range l.claims {
		switch {
		case !e.stands(from) && e.stands(to):
			what := "ADDED"
			for s := by[e.supersedes]; s != nil; s = by[s.supersedes] {
				if s.stands(from) {
					what = "CORRECTED"
				}
			}
			list = append(list, change{e.recorded, e.id, what})
		case e.stands(from) && !e.stands(to):
			corrected := false
			for _, s := range l.claims { // is e before one that stands, in its chain of corrections
				for x := by[s.supersedes]; x != nil; x = by[x.supersedes] {
					corrected = corrected || x == e && s.stands(to)
				}
			}
			if !corrected {
				list = append(list, change{e.retracted, e.id, "RETRACTED"})
			}
		}
	}
	slices.SortFunc(list, func(a, b change) int {
		if a.at != b.at {
			return a.at - b.at
		}
		return strings.Compare(a.id, b.id)
	})
	out := []string{}
	for _, c := range list {
		out = append(out, c.what+" "+c.id)
	}
	return out
}

// Random histories of claims, corrections and retractions: at every instant and on every day the answers are the model's, and as of every instant
// at which something was asked then, all answers are the same byte for byte.
//
// Half of the histories are written as quads, and half through the mutations' ledger.
func TestBothClocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mutations := rapid.Bool().Draw(t, "mutations")
		base := newFixture()
		l := &ledger{}
		for _, id := range slices.Concat(clockPeople, clockEvents, clockTenures) {
			base.mention(id)
			base.said[id+" name"], base.said[id+" when"], base.said[id+" member"] = true, true, true
		}
		base.say("claim:default recordedAt 2025-06-01T00:00:00Z\n person:other name Other\n position:default name Post")
		for _, e := range clockEvents {
			base.say(e + " role:recipient person:other")
		}
		g, s := open(t, append(base.complete(), vocabulary()...))
		// The records lack what the model does not know of, and have the same names.
		lenient := func(quads []store.Quad, known graph.Known) []graph.Violation {
			return slices.DeleteFunc(judge(quads, known), func(v graph.Violation) bool {
				return strings.Contains(v.Message, " has no ") || strings.Contains(v.Message, "English name") || strings.Contains(v.Message, "person, position and time") || strings.Contains(v.Message, "nobody has read")
			})
		}
		to := graph.NewLedger(g, lenient, func() time.Time { return beginning.Add(time.Duration(l.now) * time.Second) })
		then := map[int]string{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if quads, retracted, added := l.step(t); mutations {
				l.record(t, to, retracted, added)
			} else {
				must(s.Add(ctx, quads))(t)
			}
			v := g.View()
			if got, want := ask(t, v), l.answers(l.now, ""); got != want {
				t.Fatalf("now, at %d, got\n%s\nwant\n%s", l.now, got, want)
			}
			if rapid.IntRange(0, 3).Draw(t, "asked") == 0 {
				then[l.now] = everything(t, v)
				fresh := graph.New(s, "").View()
				if got := everything(t, fresh); got != then[l.now] {
					t.Fatalf("now, at %d, a graph that keeps nothing yet says\n%s\nand one that was asked before\n%s", l.now, got, then[l.now])
				}
				fresh.Close()
			}
			v.Close()
		}
		v := g.View()
		defer v.Close()
		asOf := func(n int, valid *string) *graph.View {
			return must(v.AsOf(&graph.AsOf{KnownAt: ptr(instant(n)), ValidAt: valid}))(t)
		}
		for n, want := range then {
			if got := everything(t, asOf(n, nil)); got != want {
				t.Fatalf("as of %d:\n%s\nthen it was\n%s", n, got, want)
			}
		}
		for range 8 {
			n := rapid.IntRange(0, l.now).Draw(t, "knownAt")
			valid := rapid.SampledFrom([]string{"", "2019-01-01", "2020-01-01", "2021-06-05", "2023-01-01", "2025-01-01"}).Draw(t, "validAt")
			at := &valid
			if valid == "" {
				at = nil
			}
			if got, want := ask(t, asOf(n, at)), l.answers(n, valid); got != want {
				t.Fatalf("known at %d, valid at %q, got\n%s\nwant\n%s", n, valid, got, want)
			}
			m := rapid.IntRange(n, l.now).Draw(t, "knownTo")
			var changes []string
			for _, c := range must(v.Diff(ctx, instant(n), instant(m), all))(t).Nodes() {
				changes = append(changes, fmt.Sprint(c.What, " ", must(c.Claim(ctx))(t).ID()))
			}
			diff(t, fmt.Sprintf("diff of %d and %d", n, m), changes, append([]string(nil), l.changes(n, m)...))
		}
	})
}
