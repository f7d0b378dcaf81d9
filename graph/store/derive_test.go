package store

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph/edtf"
)

// dateTexts draws dates of all sorts, near each other so that they meet.
func dateTexts(t *rapid.T) string {
	day := func() string {
		return (edtf.Day(13000) + edtf.Day(rapid.IntRange(0, 40).Draw(t, "day"))).String()
	}
	interval := func() string {
		a := edtf.Day(13000) + edtf.Day(rapid.IntRange(0, 40).Draw(t, "from"))
		return a.String() + "/" + (a + edtf.Day(rapid.SampledFrom([]int{0, 1, 2, 3, 7, 8, 30, 400, 40000}).Draw(t, "length"))).String()
	}
	switch rapid.IntRange(0, 9).Draw(t, "form") {
	case 0, 1, 2:
		return day()
	case 3, 4:
		return interval()
	case 5:
		return rapid.SampledFrom([]string{day() + "/..", "../" + day(), day() + "/", "/" + day(), "../..", "[.." + day() + "]", "{" + day() + "..}"}).Draw(t, "open")
	case 6:
		return rapid.SampledFrom([]string{"2005-08", "2005", "2005-0X", "2005-XX-XX", "200X", "20XX", "XXXX-XX-XX", "-0043", "2005-21", "2005-08-1X"}).Draw(t, "mask")
	case 7:
		return rapid.SampledFrom([]string{"Y17E7", "Y-3388E2", "0000", "9999-12-31", "-9999", "Y9999999999999999", "Y-9999999999999999", "25000", "Y25000"}).Draw(t, "far")
	case 8:
		return "[" + day() + "," + day() + "]"
	}
	return rapid.SampledFrom([]string{"no date", "", "2005-13"}).Draw(t, "bad")
}

// TestDeriveDates: the key of a date gives the date back, byte order is the order of dates, and a window's spans hold every date that
// overlaps it.
func TestDeriveDates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parse := func() (date, bool) {
			d, err := edtf.Parse(dateTexts(t))
			return date{d.Earliest(), d.Latest()}, err == nil
		}
		a, ok := parse()
		b, also := parse()
		if !ok || !also {
			t.Skip()
		}
		event := tid{kindNumbered, 7<<32 | 42}
		key, other := a.appendKey(nil, event), b.appendKey(nil, event)
		if got, e, err := cutDated(key); err != nil || got != a || e != event {
			t.Fatalf("cutDated(%x) = %v %v %v, want %v", key, got, e, err, a)
		}
		if x, y := strings.Compare(string(key), string(other)), a.compare(b); x != y {
			t.Fatalf("%v and %v compare %d, their keys %d", a, b, y, x)
		}
		for n := range len(key) {
			if _, _, err := cutDated(key[:n]); err == nil {
				t.Fatalf("cutDated takes %x, which is a part", key[:n])
			}
		}
		from, to := drawWindow(t)
		s, all, ok := windowSpan([]byte{tableActor}, a.class(), from, to)
		full := string(rune(tableActor)) + string(key)
		in := ok && full >= string(s.lower) && full < string(s.upper)
		if a.overlaps(from, to) && !in {
			t.Fatalf("%v is in the window and %x not in its span", a, full)
		}
		if in && all && !a.overlaps(from, to) {
			t.Fatalf("%v is not in the window, and all of the span should be", a)
		}
	})
}

func drawWindow(t *rapid.T) (from, to *edtf.Day) {
	end := func(name string) *edtf.Day {
		if rapid.IntRange(0, 4).Draw(t, name+" open") == 0 {
			return nil
		}
		d := edtf.Day(13000 + rapid.IntRange(-20, 60).Draw(t, name))
		if rapid.IntRange(0, 9).Draw(t, name+" far") == 0 {
			d = rapid.SampledFrom([]edtf.Day{edtf.MinDay, edtf.MaxDay, math.MinInt64, math.MaxInt64, 0}).Draw(t, name+" is")
		}
		return &d
	}
	return end("from"), end("to")
}

// someQuads draws quads of a small world: events, names and claims.
func someQuads(t *rapid.T, actors int) []Quad {
	iri := func(prefix string, n int) IRI {
		return IRI(fmt.Sprintf("%s%02d", prefix, rapid.IntRange(1, n).Draw(t, prefix)))
	}
	label := func() Term {
		return rapid.SampledFrom([]Term{IRI("claim:1"), IRI("claim:2"), IRI("claim:3"), IRI("event:01"), nil}).Draw(t, "label")
	}
	var out []Quad
	for range rapid.IntRange(1, 12).Draw(t, "quads") {
		event := iri("event:", 4)
		q := Quad{Subject: event, Label: label()}
		switch rapid.IntRange(0, 10).Draw(t, "what") {
		case 10:
			q.Predicate, q.Object = IRI("p:type"), rapid.SampledFrom([]IRI{"class:event", "class:tenure"}).Draw(t, "class")
		case 0, 1:
			q.Predicate, q.Object = IRI("p:when"), TypedString{Value: String(dateTexts(t)), Type: edtfType}
		case 2:
			q.Predicate, q.Object = IRI("p:kind"), iri("kind:k", 3)
		case 3, 4, 5, 6:
			q.Predicate, q.Object = rapid.SampledFrom([]IRI{"role:host", "role:visitor", "role:subject"}).Draw(t, "role"), iri("person:p", actors)
		case 7:
			q.Predicate, q.Object = IRI("p:status"), rapid.SampledFrom([]String{"OCCURRED", "PLANNED"}).Draw(t, "status")
			if rapid.Bool().Draw(t, "part") {
				q.Predicate, q.Object = IRI("p:partOf"), iri("event:", 4)
			}
		case 8:
			q.Subject, q.Predicate, q.Object = iri("person:p", actors), rapid.SampledFrom([]IRI{"p:name", "p:name", "p:alias", "p:title"}).Draw(t, "naming"), rapid.SampledFrom([]Term{String("Ángela Ashton"), LangString{Value: "Straße 7", Lang: "de"}, String("Ash"), String("…")}).Draw(t, "name")
		case 9:
			q.Subject = rapid.SampledFrom([]Term{IRI("claim:1"), IRI("claim:2"), IRI("claim:3"), event}).Draw(t, "claim")
			q.Predicate, q.Object = IRI("p:stance"), rapid.SampledFrom([]String{"DENIES", "DENIES", "ASSERTS"}).Draw(t, "stance")
			if rapid.Bool().Draw(t, "retracts") {
				q.Predicate, q.Object = IRI("p:retracted"), rapid.SampledFrom([]Term{String("x"), typedString("2026-01-01T00:00:00Z", instantType)}).Draw(t, "at")
			}
		}
		out = append(out, q)
	}
	return out
}

// TestDeriveHistories: after every write, the derived tables equal a rebuild, and every question is answered as a scan of all quads
// answers it.
func TestDeriveHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		actors := rapid.IntRange(2, 6).Draw(t, "actors")
		s := openDerived(t, rapid.IntRange(1, 4).Draw(t, "large"))
		s.derive.chunk = rapid.IntRange(1, 3).Draw(t, "chunk")
		defer s.Close()
		have := map[Quad]bool{}
		views, states := []*View{s.View()}, [][]Quad{nil}
		for range rapid.IntRange(1, 8).Draw(t, "writes") {
			var add, remove []Quad
			if rapid.IntRange(0, 2).Draw(t, "add") > 0 {
				add = someQuads(t, actors)
			}
			if len(have) > 0 && rapid.Bool().Draw(t, "remove") {
				some := slices.SortedFunc(maps.Keys(have), CompareQuads)
				remove = rapid.SliceOfN(rapid.SampledFrom(some), 1, 10).Draw(t, "removed")
			}
			if _, _, err := s.apply(context.Background(), add, remove); err != nil {
				t.Fatal(err)
			}
			for _, q := range remove {
				delete(have, q)
			}
			for _, q := range add {
				have[q] = true
			}
			v := s.View()
			checkAll(t, v)
			checkMembers(t, v, slices.Collect(maps.Keys(have)))
			checkDegrees(t, v, slices.Collect(maps.Keys(have)), actors)
			views, states = append(views, v), append(states, slices.Collect(maps.Keys(have)))
		}
		for i, v := range views {
			for j := range states {
				checkNameChanges(t, v, views[j].Revision(), states[i], states[j])
				if j < i {
					checkChanged(t, v, views[j].Revision(), states[i], states[j], actors)
				}
			}
		}
		for _, v := range views {
			v.Close()
		}
		var quads []Quad
		for q := range have {
			quads = append(quads, q)
		}
		v := s.View()
		defer v.Close()
		checkAnswers(t, v, quads, actors)
		checkPast(t, v, quads, actors)
	})
}

// checkChanged: whoever's events or ties are others than at an earlier revision is among those who changed since.
func checkChanged(t *rapid.T, v *View, since uint64, now, then []Quad, actors int) {
	list, ok := v.ChangedSince(since)
	if !ok {
		return
	}
	named, err := v.Named(context.Background(), list)
	if err != nil {
		t.Fatal(err)
	}
	of := func(quads []Quad, actor IRI) string {
		events := scanEvents(quads)
		rows := rowLines(scanRows(events, nil, nil, func(e *scanned) ([]IRI, []IRI, bool) { return e.roles[actor], nil, e.roles[actor] != nil }))
		sort.Strings(rows)
		return strings.Join(append(rows, scanTies(events, actor)...), "\n")
	}
	for i := 1; i <= actors; i++ {
		a := IRI(fmt.Sprintf("person:p%02d", i))
		if was, is := of(then, a), of(now, a); was != is && !slices.Contains(named, a) {
			t.Fatalf("%s is not among %v, who changed since %d; it was\n%s\nand is\n%s", a, named, since, was, is)
		}
	}
}

// checkPast: whatever stood at a time, the past lists have every event of it with every date that it had, and are the same in pages.
func checkPast(t *rapid.T, v *View, quads []Quad, actors int) {
	gone := map[Term]bool{} // what was not recorded yet, or retracted
	for _, c := range []Term{IRI("claim:1"), IRI("claim:2"), IRI("claim:3")} {
		gone[c] = rapid.Bool().Draw(t, "gone")
	}
	events := scanEventsWithout(quads, gone)
	from, to := drawWindow(t)
	backwards := rapid.Bool().Draw(t, "backwards")
	size := rapid.IntRange(1, 4).Draw(t, "page")
	at := func(r EventRow) string { return fmt.Sprint(r.Event, " ", r.Earliest, " ", r.Latest) }
	check := func(what string, read func(Span) ([]EventRow, error), match func(e *scanned) bool) {
		t.Helper()
		rows := readAll(t, read, Span{From: from, To: to, Backwards: backwards, Past: true}, 1000)
		have := map[string]bool{}
		var all, paged []string
		for _, r := range rows {
			if have[at(r)] || !r.Rival {
				t.Fatalf("%s: %s is there twice, or has no rivals: %t", what, at(r), r.Rival)
			}
			have[at(r)] = true
			all = append(all, at(r))
		}
		for _, r := range readAll(t, read, Span{From: from, To: to, Backwards: backwards, Past: true}, size) {
			paged = append(paged, at(r))
		}
		if diff := cmp.Diff(all, paged); diff != "" {
			t.Fatalf("%s in pages of %d, -want +got:\n%s", what, size, diff)
		}
		for _, r := range scanRows(events, from, to, func(e *scanned) ([]IRI, []IRI, bool) { return nil, nil, match(e) }) {
			if !have[at(r)] {
				t.Fatalf("%s: %s stood without %v and is not among %v", what, at(r), gone, all)
			}
		}
	}
	for i := 1; i <= actors; i++ {
		a, b := IRI(fmt.Sprintf("person:p%02d", i)), IRI(fmt.Sprintf("person:p%02d", i%actors+1))
		check("past events of an actor", func(s Span) ([]EventRow, error) { return v.EventsOf(context.Background(), a, s) },
			func(e *scanned) bool { return e.roles[a] != nil })
		check("past events of a pair", func(s Span) ([]EventRow, error) { return v.EventsOfPair(context.Background(), a, b, s) },
			func(e *scanned) bool { return e.roles[a] != nil && e.roles[b] != nil })
	}
	check("all past events", func(s Span) ([]EventRow, error) {
		lists, err := v.Lists(context.Background(), ListPart{AllEvents(), s})
		if err != nil {
			return nil, err
		}
		return lists[0], nil
	},
		func(e *scanned) bool { return e.typed || len(e.kinds) > 0 || len(e.roles) > 0 })
	check("past events of a kind", func(s Span) ([]EventRow, error) { return v.EventsOfKinds(context.Background(), []IRI{"kind:k01"}, s) },
		func(e *scanned) bool { return slices.Contains(e.kinds, "kind:k01") })
	names := map[IRI]bool{}
	worded, err := v.Worded(context.Background(), 1000, WordSpan{In: InNames, Text: "ash"}, WordSpan{In: InNames, Text: "ash", Past: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range worded {
		for id := range strings.FieldsSeq(wordedLine(t, v, w)) {
			names[IRI(id)] = true
		}
	}
	for _, q := range quads {
		if slices.Contains(eventModel.Names, q.Predicate.(IRI)) && strings.Contains(Text(q.Object), "Ash") && !names[q.Subject.(IRI)] && !gone[q.Label] && !isDenied(quads, q) {
			t.Fatalf("%v had a name and is not found by it", q.Subject)
		}
	}
}

func isDenied(quads []Quad, q Quad) bool {
	return q.Label != q.Subject && slices.ContainsFunc(quads, func(d Quad) bool {
		return d.Subject == q.Label && d.Predicate == eventModel.Stance && d.Object == eventModel.Denies
	})
}

func checkAnswers(t *rapid.T, v *View, quads []Quad, actors int) {
	events := scanEvents(quads)
	rank := func(id IRI) int {
		var n int
		fmt.Sscanf(string(id), "event:%d", &n)
		return n
	}
	from, to := drawWindow(t)
	backwards := rapid.Bool().Draw(t, "backwards")
	size := rapid.IntRange(1, 4).Draw(t, "page")
	for i := 1; i <= actors; i++ {
		a, b := IRI(fmt.Sprintf("person:p%02d", i)), IRI(fmt.Sprintf("person:p%02d", i%actors+1))
		compare := func(what string, read func(Span) ([]EventRow, error), match func(e *scanned) ([]IRI, []IRI, bool)) {
			want := scanRows(events, from, to, match)
			sortRows(want, backwards, rank)
			if diff := cmp.Diff(rowLines(want), rowLines(readAll(t, read, Span{From: from, To: to, Backwards: backwards}, 1000))); diff != "" {
				t.Fatalf("%s, -want +got:\n%s", what, diff)
			}
			// Between two places of the list, and the dated and undated ones by themselves.
			if n := len(want); n > 0 {
				i, j := rapid.IntRange(0, n-1).Draw(t, "after"), rapid.IntRange(0, n-1).Draw(t, "before")
				got := readAll(t, read, Span{From: from, To: to, Backwards: backwards, After: &want[i].At, Before: &want[j].At}, size)
				if diff := cmp.Diff(rowLines(want[min(i+1, max(j, i+1)):max(j, i+1)]), rowLines(got)); diff != "" {
					t.Fatalf("%s between %d and %d, -want +got:\n%s", what, i, j, diff)
				}
				for only, undated := range map[Dating]bool{Dated: false, Undated: true} {
					part := slices.DeleteFunc(slices.Clone(want), func(r EventRow) bool {
						_, ok := date{r.Earliest, r.Latest}.day()
						return ok == undated
					})
					if diff := cmp.Diff(rowLines(part), rowLines(readAll(t, read, Span{From: from, To: to, Backwards: backwards, Only: only}, size))); diff != "" {
						t.Fatalf("%s, dating %d, -want +got:\n%s", what, only, diff)
					}
				}
			}
			if diff := cmp.Diff(rowLines(want), rowLines(readAll(t, read, Span{From: from, To: to, Backwards: backwards}, size))); diff != "" {
				t.Fatalf("%s in pages of %d, -want +got:\n%s", what, size, diff)
			}
		}
		compare("events of an actor", func(s Span) ([]EventRow, error) { return v.EventsOf(context.Background(), a, s) },
			func(e *scanned) ([]IRI, []IRI, bool) { return e.roles[a], nil, e.roles[a] != nil })
		compare("events of a pair", func(s Span) ([]EventRow, error) { return v.EventsOfPair(context.Background(), a, b, s) },
			func(e *scanned) ([]IRI, []IRI, bool) {
				return e.roles[a], e.roles[b], e.roles[a] != nil && e.roles[b] != nil
			})
		c := IRI(fmt.Sprintf("person:p%02d", (i+1)%actors+1))
		compare("events of pairs", func(s Span) ([]EventRow, error) {
			lists, err := v.Lists(context.Background(), ListPart{OfPairs([2]IRI{a, b}, [2]IRI{"person:unheard-of", a}, [2]IRI{c, a}), s})
			if err != nil {
				return nil, err
			}
			for j := range lists[0] { // whose roles they are is not said
				row := &lists[0][j]
				without := *row.Signature
				without.Roles, without.OtherRoles = nil, nil
				row.Signature = &without
			}
			return lists[0], nil
		},
			func(e *scanned) ([]IRI, []IRI, bool) {
				return nil, nil, e.roles[a] != nil && (a != b && e.roles[b] != nil || a != c && e.roles[c] != nil)
			})
		compare("all events", func(s Span) ([]EventRow, error) {
			rows, err := v.Lists(context.Background(), ListPart{OfActors(a), Span{Limit: 3}}, ListPart{AllEvents(), s}, ListPart{OfPair(a, b), s})
			if err != nil {
				return nil, err
			}
			return rows[1], nil
		},
			func(e *scanned) ([]IRI, []IRI, bool) {
				return nil, nil, e.typed || len(e.kinds) > 0 || len(e.roles) > 0
			})
		kinds := []IRI{"kind:k01", "kind:k02"}
		compare("events of kinds", func(s Span) ([]EventRow, error) { return v.EventsOfKinds(context.Background(), kinds, s) },
			func(e *scanned) ([]IRI, []IRI, bool) {
				return nil, nil, slices.Contains(e.kinds, kinds[0]) || slices.Contains(e.kinds, kinds[1])
			})
		ties, err := v.Ties(context.Background(), a, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(scanTies(events, a), tieLines(ties)); diff != "" {
			t.Fatalf("ties of %s, -want +got:\n%s", a, diff)
		}
		var got []EventRow
		if err := v.DatesOf(context.Background(), a, from, to, func(r EventRow) bool { got = append(got, r); return true }); err != nil {
			t.Fatal(err)
		}
		want := scanRows(events, from, to, func(e *scanned) ([]IRI, []IRI, bool) { return e.roles[a], nil, e.roles[a] != nil })
		for i := range want {
			if !want[i].Rival {
				want[i].Event = ""
			}
		}
		x, y := rowLines(want), rowLines(got)
		sort.Strings(x)
		sort.Strings(y)
		if diff := cmp.Diff(x, y); diff != "" {
			t.Fatalf("dates of %s, -want +got:\n%s", a, diff)
		}
	}
}

// readAll reads a list page by page.
func readAll(t *rapid.T, read func(Span) ([]EventRow, error), s Span, size int) (all []EventRow) {
	for s.Limit = size; ; {
		rows, err := read(s)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) > size || len(all) > 10_000 {
			t.Fatalf("a page of %d has %d rows, after %d", size, len(rows), len(all))
		}
		if len(rows) == 0 {
			return all
		}
		all = append(all, rows...)
		s.After = &all[len(all)-1].At
	}
}

// TestDeriveDeniedAndRetracted: a label that is denied and retracted is what remains when one of both is taken back.
func TestDeriveDeniedAndRetracted(t *testing.T) {
	quad := func(subject, predicate IRI, object Term, label IRI) Quad {
		return Quad{Subject: subject, Predicate: predicate, Object: object, Label: label}
	}
	said := []Quad{quad("event:01", "role:host", IRI("person:p01"), "claim:1"), quad("event:01", "role:visitor", IRI("person:p02"), "claim:2")}
	denied := quad("claim:1", "p:stance", String("DENIES"), "claim:1")
	retracted := quad("claim:1", "p:retracted", String("x"), "claim:1")
	for _, order := range [][]Quad{{denied, retracted}, {retracted, denied}} {
		s := openDerived(t, 16)
		defer s.Close()
		write := func(add, remove []Quad) {
			t.Helper()
			if _, _, err := s.apply(context.Background(), add, remove); err != nil {
				t.Fatal(err)
			}
			v := s.View()
			defer v.Close()
			checkAll(t, v)
		}
		write(said, nil)
		write(order, nil)
		write(nil, order[:1])
		write(order[:1], order[1:])
		write(order[1:], nil)
		write(nil, order)
		v := s.View()
		defer v.Close()
		rows, err := v.EventsOf(context.Background(), IRI("person:p01"), Span{Limit: 10})
		if err != nil || len(rows) != 1 {
			t.Fatalf("what was denied and retracted and is neither any more: %v %v, want one event", rows, err)
		}
	}
}
