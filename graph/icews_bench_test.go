package graph_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
	"github.com/parleygraph/parley/seed/synth"
)

var (
	icewsDir  = flag.String("icews.store", "", "a folder where the benchmarks of real events keep their store; it is made if it is missing. Default: one that goes when they end")
	icewsFile = "../../shared/data/icews/icews0515.tsv.gz"
)

// icewsGraph is 461,329 real events, all of them communications, with the curated kinds and roles, and the actors by how many events each has,
// the most first.
func icewsGraph(b *testing.B) *graph.Graph {
	b.Helper()
	g, _ := icewsStore(b)
	return g
}

// icewsStore is icewsGraph and its store.
func icewsStore(b *testing.B) (*graph.Graph, *store.Store) {
	b.Helper()
	if _, err := os.Stat(icewsFile); err != nil {
		b.Skipf("the real events are not here: %v", err)
	}
	dir := *icewsDir
	if dir == "" {
		dir = b.TempDir()
	}
	s, err := store.Open(b.Context(), dir, store.Options{Model: graph.StoreModel()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	v := s.View()
	n, _ := v.Size()
	v.Close()
	if n == 0 {
		if err := loadIcews(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
	return graph.New(s, ""), s
}

func loadIcews(ctx context.Context, s *store.Store) error {
	if _, err := s.Add(ctx, curated("/kinds.nq", "/roles.nq")); err != nil {
		return err
	}
	f, err := os.Open(icewsFile)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	made, in := io.Pipe()
	go func() {
		_, err := synth.Icews(in, rows, synth.Options{})
		in.CloseWithError(err)
	}()
	text, out := io.Pipe()
	go func() { // every kind becomes one of communication
		w := bufio.NewWriterSize(out, 1<<16)
		lines := bufio.NewScanner(made)
		for lines.Scan() {
			w.Write(lines.Bytes())
			w.WriteByte('\n')
			if line := lines.Bytes(); bytes.HasPrefix(line, []byte("<kind:")) && bytes.Contains(line, []byte(vocab.SkosPrefLabel)) {
				id, _, _ := strings.Cut(string(line), " ")
				fmt.Fprintf(w, "%s <%s> <kind:communication> <claim:icews-in-2005> .\n", id, vocab.SkosBroader)
			}
		}
		out.CloseWithError(errors.Join(lines.Err(), w.Flush()))
	}()
	_, err = s.Load(ctx, store.QuadSource{{Name: "icews0515", Open: func() (io.ReadCloser, error) { return text, nil }}}, store.LoadOptions{})
	return err
}

// icewsQuads is the events as lines of N-Quads.
func icewsQuads(b *testing.B) string {
	f, err := os.Open(icewsFile)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	rows, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := synth.Icews(&text, rows, synth.Options{}); err != nil {
		b.Fatal(err)
	}
	return text.String()
}

// icewsActors returns all actors that have events, in an order that is the same every time, and how many events each has.
func icewsActors(b *testing.B) (ids []graph.ID, events map[graph.ID]int) {
	events = map[graph.ID]int{}
	for line := range strings.Lines(icewsQuads(b)) {
		cut := strings.SplitN(line, " ", 4)
		if strings.HasPrefix(cut[1], "<role:") {
			events[graph.ID(strings.Trim(cut[2], "<>"))]++
		}
	}
	for id := range events {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, events
}

// icewsPairs draws pairs of actors in proportion to their events, and a window for each, of a length from 30 days to eleven years,
// the logarithms of which are even.
func icewsPairs(b *testing.B, n int) (pairs [][2]graph.ID, windows []*graph.Window) {
	var all [][2]graph.ID
	event, one := "", ""
	for line := range strings.Lines(icewsQuads(b)) {
		cut := strings.SplitN(line, " ", 4)
		switch actor := strings.Trim(cut[2], "<>"); {
		case !strings.HasPrefix(cut[1], "<role:"):
		case cut[0] != event:
			event, one = cut[0], actor
		case actor != one:
			all = append(all, [2]graph.ID{graph.ID(one), graph.ID(actor)})
		}
	}
	random := rand.New(rand.NewPCG(5, 6))
	begin, days := time.Date(2005, 1, 1, 0, 0, 0, 0, time.UTC), 11*365
	for range n {
		pairs = append(pairs, all[random.IntN(len(all))])
		length := int(30 * math.Pow(float64(days)/30, random.Float64()))
		from := begin.AddDate(0, 0, random.IntN(days-length+1))
		windows = append(windows, &graph.Window{From: ptr(from.Format(time.DateOnly)), To: ptr(from.AddDate(0, 0, length).Format(time.DateOnly))})
	}
	return pairs, windows
}

// BenchmarkIcewsW1 asks W1, the newest 20 interactions of a pair in a window with names, kind, date and certainty, of 1,000 pairs: with
// windows of three values, of two, and as of an instant after all was recorded, in turns. It reports each beside the first.
//
//	go test ./graph -run - -bench IcewsW1 -benchtime 9x -icews.store /tmp/icews
func BenchmarkIcewsW1(b *testing.B) {
	if testing.Short() {
		b.Skip("it asks thousands of questions of half a million events")
	}
	g := icewsGraph(b)
	pairs, windows := icewsPairs(b, 1000)
	modes := []string{"three", "two", "past"}
	all, rows := map[string]time.Duration{}, map[string]int{}
	each := map[string][]time.Duration{}
	ask := func(mode string, timed bool) {
		g.OverlapOnly(mode == "two")
		began := time.Now()
		for i, pair := range pairs {
			start := time.Now()
			v := g.View()
			asked := v
			if mode == "past" {
				asked = must(v.AsOf(&graph.AsOf{KnownAt: ptr("2100-01-01T00:00:00Z")}))(b)
			}
			list := must(asked.Interactions(ctx, &graph.InteractionWhere{Actor: &pair[0], Counterpart: &pair[1], During: windows[i]}, nil, graph.Page{}))(b).Nodes()
			for _, x := range list {
				must(x.From(ctx))(b).Name(nil)
				must(x.To(ctx))(b).Name(nil)
				must(x.Event().Kind(ctx))(b).Label(nil)
				x.Certainty()
			}
			v.Close()
			if timed {
				rows[mode] += len(list)
				each[mode] = append(each[mode], time.Since(start))
			}
		}
		if timed {
			all[mode] += time.Since(began)
		}
	}
	for turn := 0; b.Loop(); turn++ {
		for i := range modes { // in another order each turn, and each after a pass of its own: what was asked just before is in memory
			mode := modes[(turn+i)%len(modes)]
			ask(mode, false)
			ask(mode, true)
		}
	}
	for _, mode := range modes {
		if rows[mode] != rows["three"] {
			b.Fatalf("%s: %d rows, and %d with three values", mode, rows[mode], rows["three"])
		}
		slices.Sort(each[mode])
		b.ReportMetric(float64(each[mode][len(each[mode])/2])/1e3, mode+"-median-µs")
		b.ReportMetric(all[mode].Seconds()/all["three"].Seconds(), mode+"/three")
	}
	b.ReportMetric(float64(rows["three"])/float64(len(each["three"])), "rows")
}

// drawByEvents draws different actors in proportion to their events.
func drawByEvents(ids []graph.ID, events map[graph.ID]int, n int) []graph.ID {
	random := rand.New(rand.NewPCG(1, 2))
	var all []graph.ID
	for _, id := range ids {
		for range events[id] {
			all = append(all, id)
		}
	}
	var out []graph.ID
	for len(out) < n {
		if id := all[random.IntN(len(all))]; !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// quantiles reports the median, the 99th percentile and the longest of some times.
func quantiles(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	ms := func(d time.Duration) float64 { return float64(d) / 1e6 }
	b.ReportMetric(ms(times[len(times)/2]), "median-ms")
	b.ReportMetric(ms(times[len(times)*99/100]), "p99-ms")
	b.ReportMetric(ms(times[len(times)-1]), "most-ms")
}

// BenchmarkIcews asks the real events: paths between pairs of any actors and of busy ones, and the graphs around busy ones.
//
//	go test ./graph -run - -bench Icews -benchtime 1x -icews.store /tmp/icews
func BenchmarkIcews(b *testing.B) {
	if testing.Short() {
		b.Skip("it asks thousands of questions of half a million events")
	}
	g := icewsGraph(b)
	ids, events := icewsActors(b)
	busy := drawByEvents(ids, events, 300)
	random := rand.New(rand.NewPCG(3, 4))
	pairs := func(of []graph.ID) (list [][2]graph.ID) {
		for len(list) < 1000 {
			if x, y := of[random.IntN(len(of))], of[random.IntN(len(of))]; x != y {
				list = append(list, [2]graph.ID{x, y})
			}
		}
		return list
	}
	anyPairs, busyPairs := pairs(ids), pairs(busy)
	b.Run("Network", func(b *testing.B) { // what the first question costs, and those after a load
		for b.Loop() {
			g.SetNetworkLimits(3_000_000, 4_000_000, 100, false) // forgets
			v := g.View()
			must(v.Paths(ctx, graph.PathQuery{From: busy[0], To: busy[1]}))(b)
			v.Close()
		}
	})
	b.Run("Network/all", func(b *testing.B) { // all talks of all actors
		for b.Loop() {
			g.SetNetworkLimits(3_000_000, 4_000_000, 100, false)
			v := g.View()
			must(v.GraphPayload(ctx, graph.GraphQuery{Around: busy[:20], Depth: ptr(2)}))(b)
			v.Close()
		}
	})
	// W1 to W3 as server/bench asks them, without GraphQL: what the server shows of an answer is asked of it, and nothing else.
	talked, windows := icewsPairs(b, 1000)
	b.Run("W1", func(b *testing.B) {
		rows := 0
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			p := talked[i%len(talked)]
			v := g.View()
			con := must(v.Interactions(ctx, &graph.InteractionWhere{Actor: &p[0], Counterpart: &p[1], During: windows[i%len(windows)]}, nil, graph.Page{}))(b)
			for _, x := range con.Nodes() {
				_ = must(x.From(ctx))(b).Name(nil) + must(x.To(ctx))(b).Name(nil) + string(x.Event().ID()) + must(x.Event().Kind(ctx))(b).Label(nil) + x.When().EDTF
				rows++
			}
			v.Close()
		}
		b.ReportMetric(float64(rows)/float64(b.N), "rows")
	})
	b.Run("W2", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			v := g.View()
			for _, x := range must(v.Contacts(ctx, busy[i%len(busy)], nil, windows[i%len(windows)], nil, graph.Page{}))(b).Nodes() {
				_ = must(x.Actor(ctx))(b).Name(nil) + must(x.First(ctx))(b).EDTF + must(x.Last(ctx))(b).EDTF
			}
			v.Close()
		}
	})
	b.Run("W3", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			v := g.View()
			must(v.Timeline(ctx, []graph.ID{busy[i%len(busy)]}, nil, graph.Month))(b)
			v.Close()
		}
	})
	b.Run("Coverage", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			v := g.View()
			must(v.Coverage(ctx, busy[i%len(busy):][:1], nil))(b)
			v.Close()
		}
	})
	// W4: the 200 strongest neighbours of an actor and all weighted edges among them, of 100 actors. Names are written beside the nodes.
	for _, mode := range []string{"all", "window", "positions", "measures"} {
		b.Run("W4/"+mode, func(b *testing.B) {
			q := graph.GraphQuery{MaxNodes: ptr(201)}
			if mode == "window" {
				q.During = window("2010", "2011")
			}
			var times []time.Duration
			nodes, edges := 0, 0
			for b.Loop() {
				for _, a := range busy[:100] {
					q.Around = []graph.ID{a}
					start := time.Now()
					v := g.View()
					p := must(v.GraphPayload(ctx, q))(b)
					for _, n := range p.Nodes {
						must(n.Label(ctx))(b)
						switch mode {
						case "positions":
							must(n.Position(ctx))(b)
						case "measures":
							must(n.Measures(ctx))(b)
						}
					}
					v.Close()
					times = append(times, time.Since(start))
					nodes += len(p.Nodes)
					edges += len(p.Edges)
				}
			}
			quantiles(b, times)
			b.ReportMetric(float64(nodes)/float64(len(times)), "nodes")
			b.ReportMetric(float64(edges)/float64(len(times)), "edges")
		})
	}
	b.Run("Measures", func(b *testing.B) { // of the whole graph
		for b.Loop() {
			g.SetNetworkLimits(3_000_000, 4_000_000, 100, false)
			v := g.View()
			must(v.Measures(ctx, busy[:20], nil, nil))(b)
			v.Close()
		}
	})
	for name, pairs := range map[string][][2]graph.ID{"any": anyPairs, "busy": busyPairs} {
		for _, q := range []graph.PathQuery{
			{First: ptr(1)}, {First: ptr(1), TimeRespecting: true}, {}, {TimeRespecting: true}, {During: window("2010", "2011")},
		} {
			mode := fmt.Sprintf("Paths/%s/first=%d/inTime=%t/window=%t", name, orInt(q.First, 3), q.TimeRespecting, q.During != nil)
			b.Run(mode, func(b *testing.B) {
				var times []time.Duration
				found, hops, unfinished := 0, 0, 0
				for b.Loop() {
					for _, p := range pairs {
						q.From, q.To = p[0], p[1]
						start := time.Now()
						v := g.View()
						r := must(v.Paths(ctx, q))(b)
						v.Close()
						times = append(times, time.Since(start))
						if len(r.Paths) > 0 {
							found++
							hops += len(r.Paths[0].Hops)
						}
						if !r.Exhausted {
							unfinished++
						}
					}
				}
				quantiles(b, times)
				b.ReportMetric(float64(found)/float64(len(times)), "connected")
				b.ReportMetric(float64(hops)/float64(max(1, found)), "hops")
				b.ReportMetric(float64(unfinished), "unfinished")
			})
		}
	}
}

func orInt(p *int, otherwise int) int {
	if p == nil {
		return otherwise
	}
	return *p
}
