package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph"
)

var (
	peerStore = flag.String("peer.store", "", "a folder with the real events, as 'parley import icews' makes it; without it, one is made for each run")
	peerTime  = flag.Duration("peer.time", time.Second, "how long each is asked in a turn")
	peerAsks  = flag.String("peer.asks", "W1,W1f,W2,W3,W4", "which workloads")
)

// limitsSource is gqlgen over objects in memory, without a store: what answering costs where finding costs nothing.
const limitsSource = "../../shared/peers/limits"

// A surfaceAsk is one question of a workload, and what it is answered.
type surfaceAsk struct {
	body   []byte // of a request to Parley
	memory []byte // the same for gqlgen over memory, nil if that cannot answer it
	answer []byte

	names        [2]string // of a pair
	since, until string
}

// BenchmarkSurface asks half a million real events, over HTTP on eight connections, what front ends ask, in turns of: net/http that
// writes the same bytes without reading what is asked; gqlgen over objects in memory (W1 only); Parley without its answer cache; and Parley
// with it. Each is a process of its own, and the answers are compared first. It logs questions a second and, since other programs may use
// the machine too, what a question takes of the processor, with what asking takes: the least, the median and the greatest of the turns.
// Run it once:
//
//	go test ./server -run xxx -bench Surface -benchtime 1x -timeout 30m
func BenchmarkSurface(b *testing.B) {
	if testing.Short() {
		b.Skip("it imports half a million events and asks them for minutes")
	}
	dir := b.TempDir()
	from := *peerStore
	if from == "" {
		file, err := filepath.Abs(icewsRows)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := os.Stat(file); err != nil {
			b.Skipf("the real events are not here: %v", err)
		}
		from = filepath.Join(dir, "store")
		if out, err := parley(dir, nil, "import", "icews", "-store", from, file).CombinedOutput(); err != nil {
			b.Fatalf("import: %v: %s", err, out)
		}
	}
	servers := []*surfaceServer{}
	for _, s := range []struct {
		name string
		args []string
	}{{"Parley uncached", []string{"-answer-cache", "1"}}, {"Parley repeated", nil}} {
		path := filepath.Join(dir, s.name)
		if err := os.CopyFS(path, os.DirFS(from)); err != nil {
			b.Fatal(err)
		}
		addr := freeAddr(b)
		servers = append(servers, startSurface(b, s.name, addr, parley(dir, nil, append([]string{"serve", "-seed=false", "-store", path, "-addr", addr}, s.args...)...)))
	}
	asks := drawAsks(b, servers[0].addr)
	for _, w := range surfaceWorkloads {
		for i := range asks[w] {
			asks[w][i].answer = ask1(b, servers[0].addr, "/graphql", asks[w][i].body)
			if again := ask1(b, servers[1].addr, "/graphql", asks[w][i].body); !bytes.Equal(again, asks[w][i].answer) {
				b.Fatalf("%s: the two differ: %s", w, again)
			}
		}
	}
	if memory := startMemory(b, dir, asks["W1"]); memory != nil {
		servers = slices.Insert(servers, 0, memory)
	}
	servers = slices.Insert(servers, 0, startBare(b, dir, asks))
	for b.Loop() {
		for _, w := range surfaceWorkloads {
			if !slices.Contains(strings.Split(*peerAsks, ","), w) {
				continue
			}
			rate, cpu := map[string][]float64{}, map[string][]float64{}
			for range *peerTurns {
				for _, s := range servers {
					if requests := s.requests(w, asks[w]); requests != nil {
						n, used, took := s.measure(b, requests)
						rate[s.name] = append(rate[s.name], float64(n)/took.Seconds())
						cpu[s.name] = append(cpu[s.name], used*1e6/float64(n))
					}
				}
			}
			size := 0
			for _, a := range asks[w] {
				size += len(a.answer)
			}
			b.Logf("%s: %d questions, %d bytes each", w, len(asks[w]), size/len(asks[w]))
			for _, s := range servers {
				if len(rate[s.name]) > 0 {
					b.Logf("  %-16s %s a second, %s µs of the processor each; × net/http %.2f, by processor %.2f", s.name, spread0(rate[s.name]), spread0(cpu[s.name]),
						median(rate[s.name])/median(rate["net/http"]), median(cpu["net/http"])/median(cpu[s.name]))
				}
			}
		}
	}
}

var surfaceWorkloads = []string{"W1", "W1f", "W2", "W3", "W4"}

func spread0(list []float64) string {
	return fmt.Sprintf("%.0f / %.0f / %.0f", slices.Min(list), median(list), slices.Max(list))
}

// surfaceDocuments are what is asked.
var surfaceDocuments = map[string]string{
	"W1": `query W1($a: ID!, $b: ID!, $s: Date!, $u: Date!) { r: interactions(where: {actor: $a, counterpart: $b, during: {from: $s, to: $u}}, first: 20) { nodes { from { name } to { name } event { id kind { label } } when { edtf } } } }`,
	"W2": `query W2($a: ID!, $s: Date!, $u: Date!) { contacts(of: $a, during: {from: $s, to: $u}, first: 20) { nodes { actor { name } count { min max } first { edtf } last { edtf } } } }`,
	"W3": `query W3($a: ID!, $s: Date!, $u: Date!) { timeline(actors: [$a], where: {during: {from: $s, to: $u}}, interval: MONTH) { from count { min max } } }`,
	"W4": `query W4($a: ID!) { graph(around: [$a], maxNodes: 201) { nodes { id label } edges { source target weight } } }`,
}

// memoryDocument is W1 in the words of gqlgen over memory.
const memoryDocument = `query($b:[ID!]!,$s:String!,$u:String!){r:interactions(where:{between:$b,during:{from:$s,to:$u}},first:20){nodes{from{name}to{name}event{id kind{label}}when{edtf}}}}`

// A surfaceRow is what a W1 has of an interaction, in the words of both servers that answer it.
type surfaceRow struct {
	From, To struct{ Name string }
	Event    struct {
		ID   string
		Kind struct{ Label string }
	}
	When struct{ Edtf string }
}

type surfaceRows struct {
	Data struct{ R struct{ Nodes []surfaceRow } }
}

// drawAsks draws pairs and actors in proportion to their events, and windows log-uniform from 30 days to eleven years.
func drawAsks(b *testing.B, addr string) map[string][]surfaceAsk {
	r := rand.New(rand.NewPCG(1, 2))
	day := func(n int) string { return time.Date(2005, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) }
	window := func(q map[string]any) {
		days := int(30 * math.Pow(4017.0/30, r.Float64()))
		from := r.IntN(4018 - days)
		q["s"], q["u"] = day(from), day(from+days-1)
	}
	body := func(document string, variables map[string]any) []byte {
		return mustMarshal(map[string]any{"query": document, "variables": variables})
	}
	asks := map[string][]surfaceAsk{}
	seen := map[string]bool{}
	for len(asks["W1"]) < 1000 {
		var found surfaceDraw
		d := day(r.IntN(4017))
		text := ask1(b, addr, "/graphql", body(`query($d: Date!) { events(where: {during: {from: $d, to: $d}}, first: 100) { nodes { participations { actor { id name } } } } }`, map[string]any{"d": d}))
		if err := json.Unmarshal(text, &found); err != nil {
			b.Fatalf("%v: %s", err, text)
		}
		for range 5 {
			if len(found.Data.Events.Nodes) == 0 {
				break
			}
			parts := found.Data.Events.Nodes[r.IntN(len(found.Data.Events.Nodes))].Participations
			if len(parts) != 2 {
				continue
			}
			x, y := parts[0].Actor.ID, parts[1].Actor.ID
			if x == y {
				continue
			}
			n := 2 * len(asks["W1"])
			q := map[string]any{"a": x, "b": y}
			window(q)
			since, until := q["s"].(string), q["u"].(string)
			asks["W1"] = append(asks["W1"], surfaceAsk{body: body(surfaceDocuments["W1"], q), names: [2]string{parts[0].Actor.Name, parts[1].Actor.Name}, since: since, until: until,
				memory: body(memoryDocument, map[string]any{"b": []string{strconv.Itoa(n), strconv.Itoa(n + 1)}, "s": since, "u": until})})
			if !seen[x] && len(asks["W2"]) < 300 {
				seen[x] = true
				two := map[string]any{"a": x}
				window(two)
				asks["W2"] = append(asks["W2"], surfaceAsk{body: body(surfaceDocuments["W2"], two)})
				asks["W3"] = append(asks["W3"], surfaceAsk{body: body(surfaceDocuments["W3"], map[string]any{"a": x, "s": day(0), "u": day(4016)})})
				if len(asks["W4"]) < 100 {
					asks["W4"] = append(asks["W4"], surfaceAsk{body: body(surfaceDocuments["W4"], map[string]any{"a": x})})
				}
			}
		}
	}
	for _, a := range asks["W1"] {
		var rows surfaceRows
		if err := json.Unmarshal(ask1(b, addr, "/graphql", a.body), &rows); err == nil && len(rows.Data.R.Nodes) == graph.DefaultPage {
			asks["W1f"] = append(asks["W1f"], a)
		}
	}
	return asks
}

type surfaceDraw struct {
	Data struct {
		Events struct {
			Nodes []struct {
				Participations []struct{ Actor struct{ ID, Name string } }
			}
		}
	}
}

func ask1(b *testing.B, addr, path string, body []byte) []byte {
	b.Helper()
	answer, err := http.Post("http://"+addr+path, "application/json", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || bytes.Contains(text, []byte(`"errors"`)) {
		b.Fatalf("%s: %v: %s", answer.Status, err, text)
	}
	return text
}

// A surfaceServer is a process that is asked.
type surfaceServer struct {
	name, addr string
	pid        int
}

func freeAddr(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startSurface starts a server, waits until it answers anything, and ends it with the benchmark.
func startSurface(b *testing.B, name, addr string, c *exec.Cmd) *surfaceServer {
	b.Helper()
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		c.Process.Signal(syscall.SIGTERM)
		c.Wait()
	})
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if answer, err := http.Get("http://" + addr + "/healthz"); err == nil {
			answer.Body.Close()
			return &surfaceServer{name, addr, c.Process.Pid}
		}
		if time.Since(begun) > time.Minute {
			b.Fatalf("%s does not answer", name)
		}
	}
}

// startBare starts this binary as serveBare.
func startBare(b *testing.B, dir string, asks map[string][]surfaceAsk) *surfaceServer {
	b.Helper()
	path := filepath.Join(dir, "bare")
	for w, list := range asks {
		if err := os.MkdirAll(filepath.Join(path, w), 0o755); err != nil {
			b.Fatal(err)
		}
		for i, a := range list {
			if err := os.WriteFile(filepath.Join(path, w, strconv.Itoa(i)), a.answer, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	addr := freeAddr(b)
	c := parley(path, []string{"TEST_AS_BARE=" + addr})
	return startSurface(b, "net/http", addr, c)
}

// serveBare answers each request with the file of the present folder that its path names, from memory. It never returns.
func serveBare(addr string) {
	files := map[string][]byte{}
	names, err := filepath.Glob("*/*")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		if files["/"+name], err = os.ReadFile(name); err != nil {
			panic(err)
		}
	}
	panic(http.ListenAndServe(addr, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		body := files[r.URL.Path]
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})))
}

// startMemory builds and starts gqlgen over objects in memory, and checks that it answers as Parley does. It returns nil if its source
// is not here.
func startMemory(b *testing.B, dir string, asks []surfaceAsk) *surfaceServer {
	b.Helper()
	if _, err := os.Stat(limitsSource); err != nil {
		b.Logf("gqlgen over memory is left out: %v", err)
		return nil
	}
	build := filepath.Join(dir, "memory")
	if err := os.CopyFS(build, os.DirFS(limitsSource)); err != nil {
		b.Fatal(err)
	}
	run := func(name string, args ...string) {
		c := exec.Command(name, args...)
		c.Dir = build
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatalf("%s %v: %v: %s", name, args, err, out)
		}
	}
	run("chmod", "-R", "u+w", ".")
	run("go", "tool", "gqlgen", "generate")
	run("rm", "-f", "schema.resolvers.go", "resolver.go")
	run("go", "build", "-o", "limits", ".")
	type item struct {
		A, B         int
		AName, BName string
		Since, Until string
		Want         [][]any
	}
	var items []item
	rows := func(text []byte) surfaceRows {
		var r surfaceRows
		if err := json.Unmarshal(text, &r); err != nil {
			b.Fatalf("%v: %s", err, text)
		}
		return r
	}
	for i, a := range asks {
		it := item{2 * i, 2*i + 1, a.names[0], a.names[1], a.since, a.until, nil}
		for j, r := range rows(a.answer).Data.R.Nodes {
			it.Want = append(it.Want, []any{j, r.From.Name, r.Event.Kind.Label, r.To.Name, r.When.Edtf})
		}
		items = append(items, it)
	}
	set := filepath.Join(dir, "W1.json")
	if err := os.WriteFile(set, mustMarshal(items), 0o644); err != nil {
		b.Fatal(err)
	}
	addr, four := freeAddr(b), strconv.Itoa(len(items[0].Want))
	s := startSurface(b, "gqlgen in memory", addr, exec.Command(filepath.Join(build, "limits"), "-bare", freeAddr(b), "-gqlgen", addr, "-set", set, "-rows", four))
	for _, a := range asks {
		want, got := rows(a.answer), rows(ask1(b, addr, "/graphql", a.memory))
		for i := range want.Data.R.Nodes {
			want.Data.R.Nodes[i].Event.ID = strconv.Itoa(i)
		}
		if !slices.Equal(want.Data.R.Nodes, got.Data.R.Nodes) {
			b.Fatalf("gqlgen in memory answers %v, and Parley %v", got, want)
		}
	}
	return s
}

// requests returns the whole requests of a workload, nil if the server does not answer it.
func (s *surfaceServer) requests(workload string, asks []surfaceAsk) (list [][]byte) {
	for i, a := range asks {
		path, body := "/graphql", a.body
		switch s.name {
		case "net/http":
			path = "/" + workload + "/" + strconv.Itoa(i)
		case "gqlgen in memory":
			if a.memory == nil {
				return nil
			}
			body = a.memory
		}
		list = append(list, fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, s.addr, len(body), body))
	}
	return list
}

// measure asks on eight connections, and returns how much it was told, in what time, and what that took of the processor, in seconds.
func (s *surfaceServer) measure(b *testing.B, requests [][]byte) (n int64, cpu float64, took time.Duration) {
	b.Helper()
	const connections = 8
	ask := func(until time.Time) {
		var next atomic.Int64
		var asking sync.WaitGroup
		for range connections {
			asking.Go(func() {
				c, err := net.Dial("tcp", s.addr)
				if err != nil {
					b.Error(err)
					return
				}
				defer c.Close()
				in := bufio.NewReaderSize(c, 64<<10)
				for time.Now().Before(until) {
					if _, err := c.Write(requests[int(next.Add(1))%len(requests)]); err != nil {
						b.Error(err)
						return
					}
					if err := readAnswer(in); err != nil {
						b.Errorf("%s: %v", s.name, err)
						return
					}
					atomic.AddInt64(&n, 1)
				}
			})
		}
		asking.Wait()
	}
	ask(time.Now().Add(*peerTime / 5))
	n = 0
	before, start := s.cpu(b), time.Now()
	ask(start.Add(*peerTime))
	return n, s.cpu(b) - before, time.Since(start)
}

// readAnswer reads an answer, and returns an error if its status is not 200.
func readAnswer(in *bufio.Reader) error {
	length, first := -1, true
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
			return fmt.Errorf("%s", line)
		}
		first = false
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
		if len(line) <= 2 {
			break
		}
	}
	if length >= 0 {
		_, err := in.Discard(length)
		return err
	}
	for { // chunks
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return err
		}
		if _, err := in.Discard(int(n) + 2); err != nil || n == 0 {
			return err
		}
	}
}

// cpu is the processor time of the server and of this process, in seconds.
func (s *surfaceServer) cpu(b *testing.B) float64 {
	b.Helper()
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		b.Fatal(err)
	}
	return (&postgres{pid: s.pid}).cpu(b) + float64(own.Utime.Nano()+own.Stime.Nano())/1e9
}
