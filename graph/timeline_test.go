package graph_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/edtf"
)

func writeBuckets(list []*graph.TimeBucket) []string {
	out := []string{}
	for _, b := range list {
		out = append(out, fmt.Sprintf("%s..%s %d-%d", b.From(), b.To(), b.Count.Min, b.Count.Max))
	}
	return out
}

func TestTimeline(t *testing.T) {
	v := world(t, `
		event:a when 2024-12-30
		event:a role:initiator person:ann
		event:b when 2025-01-05
		event:b role:initiator person:ann
		event:b role:recipient person:ben
		event:c when [2025-01-31..2025-02-02]
		event:c role:recipient person:ann
		event:d when 2025-04
		event:d role:subject person:ann
		event:e when 2025-03-15/..
		event:e role:subject person:cid`)
	ann := []graph.ID{"person:ann"}
	of := func(where *graph.EventWhere, interval graph.Interval, actors ...graph.ID) []string {
		t.Helper()
		return writeBuckets(must(v.Timeline(ctx, actors, where, interval))(t))
	}
	during := func(from, to string) *graph.EventWhere { return &graph.EventWhere{During: window(from, to)} }
	for _, c := range []struct {
		name      string
		got, want []string
	}{
		{"months, with a gap", of(nil, graph.Month, ann...), []string{"2024-12-01..2024-12-31 1-1", "2025-01-01..2025-01-31 1-2", "2025-02-01..2025-02-28 0-1", "2025-03-01..2025-03-31 0-0", "2025-04-01..2025-04-30 1-1"}},
		{"quarters", of(nil, graph.Quarter, ann...), []string{"2024-10-01..2024-12-31 1-1", "2025-01-01..2025-03-31 2-2", "2025-04-01..2025-06-30 1-1"}},
		{"years", of(nil, graph.Year, ann...), []string{"2024-01-01..2024-12-31 1-1", "2025-01-01..2025-12-31 3-3"}},
		{"weeks, from Monday", of(during("", "2025-01-12"), graph.Week, ann...), []string{"2024-12-30..2025-01-05 2-2", "2025-01-06..2025-01-12 0-0"}},
		{"days", of(during("2025-01-31", "2025-02-03"), graph.Day, ann...), []string{"2025-01-31..2025-01-31 0-1", "2025-02-01..2025-02-01 0-1", "2025-02-02..2025-02-02 0-1", "2025-02-03..2025-02-03 0-0"}},
		{"a window cuts the ends", of(during("2025-01-06", "2025-02-01"), graph.Month, ann...), []string{"2025-01-06..2025-01-31 0-1", "2025-02-01..2025-02-01 0-1"}},
		{"what has not ended", of(during("2025-02", "2025-05"), graph.Month, "person:cid"), []string{"2025-02-01..2025-02-28 0-0", "2025-03-01..2025-03-31 0-1", "2025-04-01..2025-04-30 0-1", "2025-05-01..2025-05-31 0-1"}},
		{"two actors", of(nil, graph.Month, "person:ben", "person:ann"), []string{"2025-01-01..2025-01-31 1-1"}},
		{"certain in the window", of(&graph.EventWhere{During: window("2025-01", "2025-02-01"), Certainty: ptr(graph.Certain)}, graph.Month, ann...), []string{"2025-01-01..2025-01-31 1-1", "2025-02-01..2025-02-01 0-0"}},
		{"none", of(nil, graph.Month, "person:ben", "person:cid"), []string{}},
	} {
		diff(t, c.name, c.got, c.want)
	}
}

// That anybody took part is asked of the records: the dates of all events do not tell.
func TestTimelineOfSomebody(t *testing.T) {
	v := world(t, `
		event:a when 2019-07-04
		event:a kind kind:call
		event:b when 2019-07-20
		event:b role:host person:ann`)
	where := &graph.EventWhere{Actors: &graph.ParticipationsWhere{Some: &graph.ParticipationWhere{}}, During: window("2019-07", "2019-07")}
	diff(t, "months", writeBuckets(must(v.Timeline(ctx, nil, where, graph.Month))(t)), []string{"2019-07-01..2019-07-31 1-1"})
	diff(t, "count", *must(must(v.Events(ctx, where, nil, graph.Page{}))(t).Count(ctx))(t), graph.Range{Min: 1, Max: 1})
}

// An event of which only some days around the end of July are known: it may be in July and in August, and is in the quarter.
func TestUncertainDateInMonths(t *testing.T) {
	v := world(t, `
		event:a when 2019-07-04
		event:a kind kind:call
		event:b when 2019-07-20
		event:b kind kind:call
		event:c when [2019-07-30..2019-08-02]
		event:c kind kind:call`)
	calls := func(from, to string, only *graph.WindowCertainty) *graph.EventWhere {
		return &graph.EventWhere{Kinds: []graph.ID{"kind:call"}, During: window(from, to), Certainty: only}
	}
	for _, c := range []struct {
		from, to string
		count    graph.Range
		c        string // how surely the event with several days lies in the window
	}{
		{"2019-07", "2019-07", graph.Range{Min: 2, Max: 3}, "POSSIBLE"},
		{"2019-08", "2019-08", graph.Range{Min: 0, Max: 1}, "POSSIBLE"},
		{"2019-35", "2019-35", graph.Range{Min: 3, Max: 3}, "CERTAIN"}, // the third quarter
		{"2019-09", "2019-09", graph.Range{}, ""},
	} {
		con := must(v.Events(ctx, calls(c.from, c.to, nil), nil, graph.Page{}))(t)
		diff(t, "count in "+c.from, *must(con.Count(ctx))(t), c.count)
		if n := must(con.TotalCount(ctx))(t); n != c.count.Max {
			t.Errorf("TotalCount() in %s = %d, want %d", c.from, n, c.count.Max)
		}
		got := ""
		for _, e := range con.Edges {
			if e.Node.ID() == "event:c" {
				got = string(e.Certainty)
			}
		}
		if got != c.c {
			t.Errorf("event:c in %s is %q, want %q", c.from, got, c.c)
		}
		sure := must(v.Events(ctx, calls(c.from, c.to, ptr(graph.Certain)), nil, graph.Page{}))(t)
		diff(t, "certainly in "+c.from, *must(sure.Count(ctx))(t), graph.Range{Min: c.count.Min, Max: c.count.Min})
	}
	got := writeBuckets(must(v.Timeline(ctx, nil, calls("2019-07", "2019-09", nil), graph.Month))(t))
	diff(t, "months", got, []string{"2019-07-01..2019-07-31 2-3", "2019-08-01..2019-08-31 0-1", "2019-09-01..2019-09-30 0-0"})
	got = writeBuckets(must(v.Timeline(ctx, nil, calls("2019-07", "2019-09", nil), graph.Quarter))(t))
	diff(t, "quarter", got, []string{"2019-07-01..2019-09-30 3-3"})
}

func TestTimelineErrors(t *testing.T) {
	v := world(t, `
		event:a when 1909-10-16
		event:a role:subject person:ann
		event:b when 2025-01-01
		event:b role:subject person:ann`)
	for _, c := range []struct {
		argument string
		actors   []graph.ID
		where    *graph.EventWhere
		interval graph.Interval
	}{
		{"actors[1]", []graph.ID{"person:ann", "person:nobody"}, nil, graph.Month},
		{"actors", make([]graph.ID, 21), nil, graph.Month},
		{"where.kinds[0]", nil, &graph.EventWhere{Kinds: []graph.ID{"kind:caal"}}, graph.Month},
		{"where.during", nil, &graph.EventWhere{During: window("2025", "2024")}, graph.Month},
		{"interval", nil, nil, graph.Week},
		{"interval", nil, &graph.EventWhere{During: window("0000", "9999")}, graph.Month},
		{"interval", nil, &graph.EventWhere{During: window("Y-9999999999", "Y9999999999")}, graph.Day},
	} {
		_, err := v.Timeline(ctx, c.actors, c.where, c.interval)
		var argument *graph.ArgumentError
		if !errors.As(err, &argument) || argument.Argument != c.argument {
			t.Errorf("Timeline(%v, %s) = %v, want an error of %s", c.actors, c.interval, err, c.argument)
		}
	}
}

// bucketKey names the stretch that a day is in, by other means than the calendar of package graph.
func bucketKey(d edtf.Day, interval graph.Interval) string {
	s := d.String()
	switch interval {
	case graph.Day:
		return s
	case graph.Month:
		return s[:7]
	case graph.Year:
		return s[:4]
	case graph.Quarter:
		return fmt.Sprint(s[:4], "q", (int(s[5]-'0')*10+int(s[6]-'0')-1)/3)
	}
	for d.String() != "1969-12-29" && (d+3)%7 != 0 { // back to Monday
		d--
	}
	return d.String()
}

func TestTimelineAgainstModel(t *testing.T) {
	intervals := []graph.Interval{graph.Day, graph.Week, graph.Month, graph.Quarter, graph.Year}
	rapid.Check(t, func(r *rapid.T) {
		m := drawModel(r)
		v := m.view(r)
		for range 4 {
			where := drawEventWhere(r, rapid.IntRange(0, 2).Draw(r, "depth"))
			if rapid.Bool().Draw(r, "of the index only") {
				where = &graph.EventWhere{Kinds: where.Kinds, During: where.During, Certainty: where.Certainty}
			}
			actors := rapid.SliceOfNDistinct(rapid.SampledFrom(mActorIDs), 0, 3, rapid.ID).Draw(r, "actors")
			interval := rapid.SampledFrom(intervals).Draw(r, "interval")
			var events []*mEvent
			var truths []int
			var first, last *edtf.Day
			for _, e := range m.events {
				truth := m.matchEvent(e, where)
				for _, a := range actors {
					if !slices.ContainsFunc(e.parts, func(p mPart) bool { return p.actor == a && !p.claim.denies }) {
						truth = 0
					}
				}
				if truth == 0 {
					continue
				}
				events, truths = append(events, e), append(truths, truth)
				if when := preferred(e.date); when != "" {
					for _, b := range []edtf.Bound{parse(when).Earliest(), parse(when).Latest()} {
						if b.Kind == edtf.Known {
							if first == nil || b.Day < *first {
								first = ptr(b.Day)
							}
							if last == nil || b.Day > *last {
								last = ptr(b.Day)
							}
						}
					}
				}
			}
			var ofActors []graph.ID
			for _, a := range actors {
				ofActors = append(ofActors, graph.ID(a))
			}
			got, err := v.Timeline(ctx, ofActors, where, interval)
			if w := where.During; w != nil {
				if w.From != nil {
					if first = ptr(parse(*w.From).Earliest().Day); last == nil || *last < *first {
						last = first
					}
				}
				if w.To != nil {
					if last = ptr(parse(*w.To).Latest().Day); first == nil || *first > *last {
						first = last
					}
				}
			}
			if first == nil {
				if err != nil || len(got) > 0 {
					r.Fatalf("timeline = %v, %v, want none", writeBuckets(got), err)
				}
				continue
			}
			if *last-*first > 5100 && interval == graph.Day {
				if err == nil {
					r.Fatalf("from %s to %s by day = %d buckets, want an error", *first, *last, len(got))
				}
				continue
			}
			if *last-*first > 4900 && interval == graph.Day || *last-*first > 4900*7 && interval == graph.Week {
				continue // near the limit
			}
			if err != nil {
				r.Fatal(err)
			}
			open := where.During == nil || where.During.From == nil
			from := *first
			for open && bucketKey(from-1, interval) == bucketKey(*first, interval) {
				from--
			}
			until := *last
			for (where.During == nil || where.During.To == nil) && bucketKey(until+1, interval) == bucketKey(*last, interval) {
				until++
			}
			var want []string
			for day := from; day <= until; {
				end := day
				for end < until && bucketKey(end+1, interval) == bucketKey(day, interval) {
					end++
				}
				n := [2]int{}
				for i, e := range events {
					switch min(truths[i], e.inWindow(window(day.String(), end.String()))) {
					case 2:
						n[0]++
						n[1]++
					case 1:
						n[1]++
					}
				}
				want = append(want, fmt.Sprintf("%s..%s %d-%d", day, end, n[0], n[1]))
				day = end + 1
			}
			g := writeBuckets(got)
			for i := range max(len(g), len(want)) { // the first that differs: there can be thousands
				if i >= len(g) || i >= len(want) || g[i] != want[i] {
					text, _ := json.Marshal(where)
					r.Fatalf("timeline of %v by %s where %s: %d buckets, want %d; from %d on %q, want %q", actors, interval, text,
						len(g), len(want), i, g[min(i, len(g)):min(i+2, len(g))], want[min(i, len(want)):min(i+2, len(want))])
				}
			}
		}
	})
}
