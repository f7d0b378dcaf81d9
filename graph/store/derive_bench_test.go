package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/parleygraph/parley/graph/edtf"
)

var eventsDir = flag.String("events.store", "", "a folder where the benchmarks of events keep their store; it is made if it is missing. Default: one that goes when they end")

var eventsTimes = flag.Int("events.times", 1, "how many times the events of icews0515 the benchmarks of events have: copies at later dates")

// icews is 461,329 real events; see its README.
const icews = "../../../shared/data/icews/icews0515.tsv.gz"

// eachIcews calls each for the quads of every event: its type, kind, date and two actors, all by one claim.
func eachIcews(times int, each func(quads []Quad) error) error {
	id := func(prefix, name string) IRI {
		return IRI(prefix + strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return '-'
		}, strings.ToLower(name)))
	}
	n := 0
	for copy := range times {
		f, err := os.Open(icews)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		for in := bufio.NewScanner(z); in.Scan(); n++ {
			cut := strings.Split(in.Text(), "\t")
			when, err := edtf.Parse(cut[3])
			if err != nil {
				return err
			}
			event, claim := IRI(fmt.Sprintf("event:%08d", n)), IRI("claim:icews")
			day := when.Earliest().Day + edtf.Day(copy*4018)
			err = each([]Quad{
				{Subject: event, Predicate: IRI("rdf:type"), Object: IRI("sem:Event"), Label: claim},
				{Subject: event, Predicate: eventModel.Kind, Object: id("kind:", cut[1]), Label: claim},
				{Subject: event, Predicate: eventModel.When, Object: TypedString{Value: String(day.String()), Type: edtfType}, Label: claim},
				{Subject: event, Predicate: IRI("role:initiator"), Object: id("organization:", cut[0]), Label: claim},
				{Subject: event, Predicate: IRI("role:recipient"), Object: id("organization:", cut[2]), Label: claim},
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// icewsStore is a store of real events in a folder.
func icewsStore(ctx context.Context, dir string) (*Store, error) {
	s, err := Open(ctx, dir, Options{Model: eventModel})
	if err != nil {
		return nil, err
	}
	if s.now.quads > 0 {
		return s, nil // it was kept
	}
	in, out := io.Pipe()
	go func() {
		w := bufio.NewWriterSize(out, 1<<20)
		err := eachIcews(*eventsTimes, func(quads []Quad) error {
			var line []byte
			for _, q := range quads {
				line = AppendQuad(line, q)
			}
			_, err := w.Write(line)
			return err
		})
		out.CloseWithError(errors.Join(err, w.Flush()))
	}()
	_, err = s.Load(ctx, QuadSource{{Name: "icews0515", Open: func() (io.ReadCloser, error) { return in, nil }}}, LoadOptions{})
	return s, err
}

const (
	busyActor = IRI("organization:china")
	busyA     = IRI("organization:china")
	busyB     = IRI("organization:japan")
)

// BenchmarkEvents asks a graph of real events, loaded once, what analysts ask.
func BenchmarkEvents(b *testing.B) {
	if _, err := os.Stat(icews); err != nil {
		b.Skipf("the real events are not here: %v", err)
	}
	dir := *eventsDir
	if dir == "" {
		dir = b.TempDir()
	}
	s, err := icewsStore(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	v := s.View()
	defer v.Close()
	for _, bench := range []struct {
		name string
		run  func(b *testing.B, v *View)
	}{
		{"Pair", benchPair}, {"Rows", benchRows}, {"Match", benchMatch}, {"Ties", benchTies}, {"Timeline", benchTimeline},
		{"Hops=1", benchHops(1)}, {"Hops=2", benchHops(2)}, {"Size", benchSizes(dir)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			before := cpuTime(b)
			bench.run(b, v)
			b.ReportMetric(float64(cpuTime(b)-before)/1e3/float64(b.N), "cpu-µs/op")
		})
	}
}

// cpuTime is what the process has used, the collection of garbage included: on a shared machine, it says more than the time that went by.
func cpuTime(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// benchPair finds the newest 20 events of a busy pair with all their quads.
func benchPair(b *testing.B, v *View) {
	b.ReportAllocs()
	for b.Loop() {
		rows, err := v.EventsOfPair(b.Context(), busyA, busyB, Span{Limit: 20, Backwards: true})
		if err != nil || len(rows) != 20 {
			b.Fatal(len(rows), err)
		}
		patterns := make([]Pattern, len(rows))
		for i, r := range rows {
			patterns[i].Subject = r.Event
		}
		quads, err := v.Match(b.Context(), patterns...)
		if err != nil || len(quads[19]) != 5 {
			b.Fatal(quads, err)
		}
	}
}

// benchRows finds the rows alone.
func benchRows(b *testing.B, v *View) {
	b.ReportAllocs()
	for b.Loop() {
		rows, err := v.EventsOfPair(b.Context(), busyA, busyB, Span{Limit: 20, Backwards: true})
		if err != nil || len(rows) != 20 {
			b.Fatal(len(rows), err)
		}
	}
}

// benchMatch finds the quads of 20 events alone.
func benchMatch(b *testing.B, v *View) {
	rows, err := v.EventsOfPair(b.Context(), busyA, busyB, Span{Limit: 20, Backwards: true})
	if err != nil {
		b.Fatal(err)
	}
	patterns := make([]Pattern, len(rows))
	for i, r := range rows {
		patterns[i].Subject = r.Event
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Match(b.Context(), patterns...); err != nil {
			b.Fatal(err)
		}
	}
}

// benchTies ranks the ties of a busy actor.
func benchTies(b *testing.B, v *View) {
	for b.Loop() {
		ties, err := v.Ties(b.Context(), busyActor, nil, 20)
		if err != nil || len(ties) != 20 {
			b.Fatal(len(ties), err)
		}
	}
}

// benchTimeline counts the events of a busy actor by year.
func benchTimeline(b *testing.B, v *View) {
	events := 0
	for b.Loop() {
		years := map[int64]int{}
		if err := v.DatesOf(b.Context(), busyActor, nil, nil, func(r EventRow) bool {
			year, _, _ := r.Earliest.Day.Date()
			years[year]++
			events++
			return true
		}); err != nil || len(years) < 11 {
			b.Fatal(years, err)
		}
	}
	b.ReportMetric(float64(events)/float64(b.N), "events/op")
}

// benchHops finds whom an actor is tied to, whom those are tied to, and so on.
func benchHops(hops int) func(b *testing.B, v *View) {
	return func(b *testing.B, v *View) {
		found := 0
		for b.Loop() {
			next := []IRI{"organization:catherine-ashton"}
			seen := map[IRI]bool{next[0]: true}
			for range hops {
				from := next
				next = nil
				for _, a := range from {
					ties, err := v.Ties(b.Context(), a, nil, 0)
					if err != nil {
						b.Fatal(err)
					}
					for _, t := range ties {
						if !seen[t.Other] {
							seen[t.Other] = true
							next = append(next, t.Other)
						}
					}
				}
			}
			found = len(seen)
		}
		b.ReportMetric(float64(found), "actors")
	}
}

// benchSizes tells what is on disk, by table.
func benchSizes(dir string) func(b *testing.B, v *View) {
	return func(b *testing.B, v *View) {
		for b.Loop() {
		}
		var size int64
		filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if info, err := e.Info(); err == nil && strings.HasSuffix(path, ".sst") {
				size += info.Size()
			}
			return nil
		})
		n, _ := v.Size()
		var tables []string
		b.ReportMetric(float64(size)/float64(n), "B/quad")
		for _, t := range "123456AKLNPRTZdet" {
			size, err := v.store.engine.(*pebbleEngine).db.EstimateDiskUsage([]byte{byte(t)}, []byte{byte(t) + 1})
			if err != nil {
				b.Fatal(err)
			}
			tables = append(tables, fmt.Sprintf("%c %.1f", t, float64(size)/float64(n)))
		}
		b.Logf("bytes a quad by table: %s", strings.Join(tables, ", "))
	}
}

// BenchmarkEventsEntries makes the derived entries of an event: the share of a load.
func BenchmarkEventsEntries(b *testing.B) {
	d := newDeriver(eventModel)
	names := map[tid]Term{{kindEntry, 1}: eventModel.When, {kindEntry, 2}: eventModel.Kind, {kindEntry, 3}: IRI("role:host"), {kindEntry, 4}: IRI("rdf:type")}
	term := func(t tid) Term { return names[t] }
	event := tid{kindNumbered, 7<<32 | 12345}
	var quads []tquad
	for i, o := range []tid{{kindDay, 13000 + 1<<31}, {kindEntry, 70}, {kindEntry, 800}, {kindEntry, 5}, {kindEntry, 900}} {
		quads = append(quads, tquad{event, {kindEntry, []uint64{1, 2, 3, 4, 3}[i]}, o, {kindEntry, 9}})
	}
	var ws []write
	b.ReportAllocs()
	for b.Loop() {
		ws = d.entries(ws[:0], quads, nil, term)
	}
	if len(ws) != 6 { // the kind, the time, the two actors, and the pair both ways
		b.Fatal(len(ws))
	}
}

// BenchmarkEventsLarge writes an event of many actors, as pairs and as a large one: what maxPairs is decided by.
func BenchmarkEventsLarge(b *testing.B) {
	for _, n := range []int{2, 4, 8, 16, 32, 64} {
		for name, large := range map[string]int{"pairs": 1000, "large": 1} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				s, err := Open(b.Context(), "mem:", Options{Model: eventModel})
				if err != nil {
					b.Fatal(err)
				}
				defer s.Close()
				s.derive.large = large
				var actors []string
				for i := range n {
					actors = append(actors, fmt.Sprintf("person:%d", i))
				}
				e, keys := 0, 0
				for b.Loop() {
					v := s.View()
					w := &writer{view: v, meta: v.state.meta, entries: map[string]uint64{}, created: map[tid]Term{}, fresh: map[tid]bool{}}
					if err := w.change(b.Context(), meetingOf(fmt.Sprint(e), edtf.Day(e).String(), actors...), nil); err != nil {
						b.Fatal(err)
					}
					keys, e = len(w.writes), e+1
					v.Close()
				}
				b.ReportMetric(float64(keys), "writes")
			})
		}
	}
}
