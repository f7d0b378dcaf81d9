package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
	"github.com/parleygraph/parley/seed/synth"
)

var peerSeconds = flag.Int("peer.secs", 5, "for how many seconds writes are measured in one turn")

// writeClients is how many write at once, to either.
const writeClients = 8

// What pgbench does: one event a transaction, between the actors of an event that there is, with its pair row and its rollups.
const pgbenchWrite = `\set r random(1, 461329)
\set k random(1, 251)
\set d random(0, 364)
insert into app.events (source, relation, target, date) select source, :k, target, date '2016-01-01' + (:d)::int from app.events where id = :r;
`

// BenchmarkWriteBesidePostgreSQL records events among those of icews0515, eight clients at once, each acknowledged when it is on disk: by the
// mutation recordEvent over HTTP, and by pgbench, which inserts rows in transactions whose triggers keep the table of pairs and the
// rollups. Both draw alike: the actors of one of the rows, a kind, a day of 2016. They take turns; both must have what was
// acknowledged in the end. Run it once:
//
//	go test ./server -run xxx -bench WriteBesidePostgreSQL -benchtime 1x
func BenchmarkWriteBesidePostgreSQL(b *testing.B) {
	if testing.Short() {
		b.Skip("it loads half a million events twice")
	}
	dir := b.TempDir()
	pg := startPostgres(b, dir)
	tsv, nq := icewsFiles(b, dir)
	pg.sql(b, "postgres", "-c", "create database peers")
	pg.sql(b, "peers", "-v", "file="+tsv, "-v", "rollups=1", "-f", peerSQL+"/schema.sql", "-f", peerSQL+"/load.sql", "-f", peerSQL+"/functions.sql")
	if out, err := parley(dir, nil, "load", "-seed=false", nq).CombinedOutput(); err != nil {
		b.Fatalf("load: %v\n%s", err, out)
	}
	script := filepath.Join(dir, "write.sql")
	token, hash := newToken()
	if err := os.WriteFile(filepath.Join(dir, "writers"), []byte((writer{"bench", hash}).line()), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(script, []byte(pgbenchWrite), 0o644); err != nil {
		b.Fatal(err)
	}
	server := startServe(b, dir, nil, "-writers", "writers")
	defer server.cmd.Process.Kill()
	inputs := icewsInputs(b)
	there := func() (n int64) {
		answer := string(answerTo(b, server.url, question{query: `{ events(where: {during: {from: "2016", to: "2016"}}) { totalCount } }`}))
		_, number, _ := strings.Cut(answer, `"totalCount":`)
		if _, err := fmt.Sscan(number, &n); err != nil {
			b.Fatalf("%s: %v", answer, err)
		}
		return n
	}
	before := there()
	for b.Loop() {
		var ours, theirs []float64
		written, rows := int64(0), 0
		for range *peerTurns {
			c := exec.Command(filepath.Join(pg.bin, "pgbench"), "-h", "127.0.0.1", "-p", pg.port, "-U", "postgres", "-n", "-M", "prepared",
				"-c", strconv.Itoa(writeClients), "-j", "1", "-T", strconv.Itoa(*peerSeconds), "-f", script, "peers")
			out, err := c.CombinedOutput()
			if err != nil {
				b.Fatalf("pgbench: %v\n%s", err, out)
			}
			tps, n := 0.0, 0
			for line := range strings.Lines(string(out)) {
				fmt.Sscanf(line, "tps = %f", &tps)
				fmt.Sscanf(line, "number of transactions actually processed: %d", &n)
			}
			theirs, rows = append(theirs, tps), rows+n

			start := time.Now()
			n64 := writeEvents(b, []string{server.url}, token, inputs, time.Duration(*peerSeconds)*time.Second)
			ours, written = append(ours, float64(n64)/time.Since(start).Seconds()), written+n64
		}
		if got := pg.sql(b, "peers", "-c", "select count(*) - 461329 from app.events"); got != strconv.Itoa(rows) {
			b.Errorf("PostgreSQL has %s new rows, and %d were acknowledged", got, rows)
		}
		if got := there() - before; got != written {
			b.Errorf("there are %d new events of 2016, and %d were acknowledged", got, written)
		}
		b.Logf("pgbench               %s a second", spread(theirs))
		b.Logf("recordEvent           %s a second", spread(ours))
		b.ReportMetric(median(ours)/median(theirs), "ours/theirs")
	}
}

// BenchmarkWrite is the server's half alone, for profiles. It counts the processor's time and the memory of server and clients, which
// are one process here; other work on the machine makes the former longer, but far less than the time it takes. -write.store mem: leaves the disk out.
func BenchmarkWrite(b *testing.B) {
	inputs := icewsInputs(b)
	dir := b.TempDir()
	location := filepath.Join(dir, "store")
	if *writeStore != "" {
		location = *writeStore
	}
	st, err := store.Open(b.Context(), location, store.Options{Model: graph.StoreModel()})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	packed, err := os.ReadFile(icewsRows)
	if err != nil {
		b.Skipf("the data is not on this machine: %v", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		b.Fatal(err)
	}
	var nq bytes.Buffer
	if _, err := synth.Icews(&nq, z, synth.Options{}); err != nil {
		b.Fatal(err)
	}
	src := store.QuadSource{store.QuadText{Name: "icews", Open: func() (io.ReadCloser, error) { return io.NopCloser(&nq), nil }}}
	if _, err := st.Load(b.Context(), src, store.LoadOptions{Memory: 512 << 20}); err != nil {
		b.Fatal(err)
	}
	curated, err := curatedQuads(seed.Files())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := st.Add(b.Context(), curated); err != nil {
		b.Fatal(err)
	}
	g := graph.New(st, "")
	token, hash := newToken()
	server := httptest.NewServer(Handler(Config{Ledger: newLedger(g, time.Now), Identify: identifyWriters([]writer{{"bench", hash}})}, g, slog.New(slog.DiscardHandler)))
	defer server.Close()
	var left atomic.Int64
	before := st.RoundTrips()
	runtime.GC() // of the load
	if *writeProfile != "" {
		out, err := os.Create(*writeProfile)
		if err != nil {
			b.Fatal(err)
		}
		defer out.Close()
		if err := pprof.StartCPUProfile(out); err != nil {
			b.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	var mem, after runtime.MemStats
	runtime.ReadMemStats(&mem)
	cpu := processorTime(b)
	b.ResetTimer()
	left.Store(int64(b.N))
	writeWhile(b, []string{server.URL}, token, inputs, func() bool { return left.Add(-1) >= 0 })
	b.StopTimer()
	pprof.StopCPUProfile()
	b.ReportMetric(float64((processorTime(b)-cpu).Microseconds())/float64(b.N), "cpu-µs/write")
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.TotalAlloc-mem.TotalAlloc)/float64(b.N), "B/write")
	b.ReportMetric(float64(after.Mallocs-mem.Mallocs)/float64(b.N), "allocs/write")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
	b.ReportMetric(float64(st.RoundTrips()-before)/float64(b.N), "reads/write")
}

// processorTime is what this process has taken, in the kernel too.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

var writeProfile = flag.String("write.cpuprofile", "", "the file for a profile of what BenchmarkWrite measures, without what it loads before")

var writeStore = flag.String("write.store", "", "where BenchmarkWrite writes, such as mem: or postgres://…, instead of a folder")

// icewsInputs returns as JSON the parts of inputs that differ: the actors of rows, all that there are, and the kinds.
func icewsInputs(b *testing.B) []string {
	b.Helper()
	packed, err := os.Open(icewsRows)
	if err != nil {
		b.Skipf("the data is not on this machine: %v", err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		b.Fatal(err)
	}
	ids := map[string]string{} // as the synthetic events have them; those of names that are alike but for signs are left out
	twice := map[string]bool{}
	id := func(prefix, name string) string {
		if have, ok := ids[prefix+name]; ok {
			return have
		}
		made := prefix + localOf(name)
		twice[made] = ids[made] != ""
		ids[prefix+name], ids[made] = made, made
		return made
	}
	var out []string
	for lines := bufio.NewScanner(z); lines.Scan(); {
		cells := strings.Split(lines.Text(), "\t")
		from, kind, to := id("organization:icews-", cells[0]), id("kind:icews-", cells[1]), id("organization:icews-", cells[2])
		if from != to && !twice[from] && !twice[to] {
			out = append(out, fmt.Sprintf(`"kind":%q,"participations":[{"actor":%q,"role":"role:initiator"},{"actor":%q,"role":"role:recipient"}]`, kind, from, to))
		}
	}
	return out
}

// localOf makes a name an id's part as seed/synth does.
func localOf(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9') }), "-")
}

func writeEvents(b *testing.B, urls []string, token string, inputs []string, during time.Duration) int64 {
	ctx, cancel := context.WithTimeout(b.Context(), during)
	defer cancel()
	return writeWhile(b, urls, token, inputs, func() bool { return ctx.Err() == nil })
}

// writeWhile lets the clients write as long as more says so, and returns how many writes were acknowledged.
func writeWhile(b *testing.B, urls []string, token string, inputs []string, more func() bool) int64 {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: writeClients, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var made atomic.Int64
	var wg sync.WaitGroup
	for w := range writeClients {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), uint64(time.Now().UnixNano())))
			for n := w; more(); n++ { // the servers in turns
				day := time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, random.IntN(365)).Format("2006-01-02")
				body := `{"query":"mutation($input: RecordEventInput!) { recordEvent(input: $input) { event { id } userErrors { message path } revision } }","variables":{"input":{"when":"` + day +
					`","evidence":{"source":"source:icews","locator":"row","statement":"An event of the benchmark."},` + inputs[random.IntN(len(inputs))] + `}}}`
				r, err := http.NewRequest("POST", urls[n%len(urls)]+"/graphql", strings.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "Bearer "+token)
				answer, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				text, err := io.ReadAll(answer.Body)
				answer.Body.Close()
				if err != nil || !bytes.Contains(text, []byte(`"userErrors":[]`)) {
					b.Errorf("%s\nis answered %s, %v", body, text, err)
					return
				}
				made.Add(1)
			}
		})
	}
	wg.Wait()
	return made.Load()
}
