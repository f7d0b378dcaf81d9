package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed/synth"
)

var peerTurns = flag.Int("peer.turns", 5, "how many times each is measured beside a peer, in turns")

// The data, and how a competent user of PostgreSQL would load it.
const (
	icewsRows = "../../shared/data/icews/icews0515.tsv.gz"
	peerSQL   = "../../shared/peers/postgraphile"
)

// BenchmarkLoadBesidePostgreSQL loads the events of icews0515 in turns by PostgreSQL, from a plain file of rows by COPY to tables with
// keys, indexes, rollups and statistics, and by parley load, from a plain file of N-Quads to a store with all indexes; both with
// fsync. Then both must tell the same of two pairs. It logs the least, the median and the greatest time of each, and of the processor:
// on a machine that others use too, that says more. Run it once:
//
//	go test ./server -run xxx -bench BesidePostgreSQL -benchtime 1x
func BenchmarkLoadBesidePostgreSQL(b *testing.B) {
	if testing.Short() {
		b.Skip("it loads half a million events ten times")
	}
	dir := b.TempDir()
	pg := startPostgres(b, dir)
	tsv, nq := icewsFiles(b, dir)
	for b.Loop() {
		var ours, theirs, cpu, theirCPU, answers []float64
		var resident, size, quads int64
		for range *peerTurns {
			pg.sql(b, "postgres", "-c", "drop database if exists peers", "-c", "create database peers")
			start, before := time.Now(), pg.cpu(b)
			pg.sql(b, "peers", "-v", "file="+tsv, "-v", "rollups=1",
				"-f", peerSQL+"/schema.sql", "-f", peerSQL+"/load.sql", "-f", peerSQL+"/functions.sql")
			theirs = append(theirs, time.Since(start).Seconds())
			time.Sleep(200 * time.Millisecond) // until the server has waited for the processes of the connections, and counts their time
			theirCPU = append(theirCPU, pg.cpu(b)-before)

			path := filepath.Join(dir, "store")
			if err := os.RemoveAll(path); err != nil {
				b.Fatal(err)
			}
			load := parley(".", nil, "load", "-seed=false", "-store", path, nq)
			start = time.Now()
			if out, err := load.CombinedOutput(); err != nil {
				b.Fatalf("load: %v\n%s", err, out)
			}
			ours = append(ours, time.Since(start).Seconds())
			cpu = append(cpu, (load.ProcessState.UserTime() + load.ProcessState.SystemTime()).Seconds())
			if use, ok := load.ProcessState.SysUsage().(*syscall.Rusage); ok {
				resident = max(resident, use.Maxrss) // KiB
			}
			size = folderBytes(b, path)
			start = time.Now()
			var found []int
			found, quads = storePairs(b, path)
			answers = append(answers, time.Since(start).Seconds())
			if want := pg.pairs(b); !slices.Equal(found, want) {
				b.Fatalf("the pairs have %v events in the store and %v in PostgreSQL", found, want)
			}
		}
		b.Logf("PostgreSQL            %s s, of processor time %s s", spread(theirs), spread(theirCPU))
		b.Logf("parley load           %s s, of processor time %s s, %d MiB resident at most", spread(ours), spread(cpu), resident>>10)
		b.Logf("%d quads, %.1f bytes each on disk; opened, asked and closed in %s s", quads, float64(size)/float64(quads), spread(answers))
		b.ReportMetric(median(ours)/median(theirs), "ours/theirs")
		b.ReportMetric(median(cpu)/median(theirCPU), "cpu-ours/theirs")
	}
}

var peerPairs = [][2]string{{"China", "Japan"}, {"Iran", "France"}}

// storePairs opens a store, counts the events of the pairs, and closes it.
func storePairs(b *testing.B, dir string) (found []int, quads int64) {
	b.Helper()
	s, err := store.Open(b.Context(), dir, store.Options{Model: graph.StoreModel()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	v := s.View()
	defer v.Close()
	n, _ := v.Size()
	for _, p := range peerPairs {
		id := func(name string) store.IRI { return store.IRI("organization:icews-" + strings.ToLower(name)) }
		rows, err := v.EventsOfPair(b.Context(), id(p[0]), id(p[1]), store.Span{Limit: 1_000_000})
		if err != nil {
			b.Fatal(err)
		}
		found = append(found, len(rows))
	}
	return found, int64(n)
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// spread is the least, the median and the greatest of some figures.
func spread(list []float64) string {
	return fmt.Sprintf("%.2f / %.2f / %.2f", slices.Min(list), median(list), slices.Max(list))
}

func folderBytes(b *testing.B, dir string) (size int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return size
}

// icewsFiles writes the real events as the rows that PostgreSQL reads and as the quads that parley does.
func icewsFiles(b *testing.B, dir string) (tsv, nq string) {
	b.Helper()
	packed, err := os.ReadFile(icewsRows)
	if err != nil {
		b.Skipf("the data is not on this machine: %v", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		b.Fatal(err)
	}
	rows, err := io.ReadAll(z)
	if err != nil {
		b.Fatal(err)
	}
	tsv, nq = filepath.Join(dir, "events.tsv"), filepath.Join(dir, "events.nq")
	out, err := os.Create(nq)
	if err != nil {
		b.Fatal(err)
	}
	_, err = synth.Icews(out, bytes.NewReader(rows), synth.Options{})
	if err := errors.Join(err, out.Close(), os.WriteFile(tsv, rows, 0o644)); err != nil {
		b.Fatal(err)
	}
	return tsv, nq
}

// A postgres is a server of our own, with the settings of the measurements in performance.md.
type postgres struct {
	bin, port string
	pid       int
	clients   float64 // seconds of processor time of psql
}

// cpu is the processor time, in seconds, of the server, of its processes that have ended, such as those of connections, and of psql.
func (p *postgres) cpu(b *testing.B) float64 {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		return 0 // where there is no such file
	}
	_, behind, _ := strings.Cut(string(stat), ") ")
	ticks := 0
	for _, field := range strings.Fields(behind)[11:15] { // utime, stime, cutime, cstime, in hundredths of a second
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return float64(ticks)/100 + p.clients
}

// startPostgres skips the benchmark where PostgreSQL, or what it is to do, is missing. The server ends with the benchmark.
func startPostgres(b *testing.B, dir string) *postgres {
	b.Helper()
	if _, err := os.Stat(peerSQL); err != nil {
		b.Skipf("the peer's tables are not on this machine: %v", err)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		b.Skip("PostgreSQL is not on this machine: install the Debian package postgresql")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	p := &postgres{filepath.Dir(found[len(found)-1]), strconv.Itoa(free.Addr().(*net.TCPAddr).Port), 0, 0}
	free.Close()

	as := &syscall.SysProcAttr{}
	home := filepath.Join(dir, "postgres")
	if err := os.Mkdir(home, 0o755); err != nil {
		b.Fatal(err)
	}
	if os.Getuid() == 0 { // as which PostgreSQL does not run
		u, err := user.Lookup("postgres")
		if err != nil {
			b.Skipf("PostgreSQL does not run as root, and there is no other: %v", err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := errors.Join(os.Chown(home, uid, gid), os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
			b.Fatal(err)
		}
	}
	data := filepath.Join(home, "data")
	run := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(p.bin, name), args...)
		c.Dir, c.SysProcAttr = home, as
		return c
	}
	if out, err := run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8").CombinedOutput(); err != nil {
		b.Fatalf("initdb: %v\n%s", err, out)
	}
	args := []string{"-D", data, "-p", p.port, "-k", home, "-c", "listen_addresses=127.0.0.1"}
	for _, setting := range []string{"shared_buffers=1GB", "effective_cache_size=8GB", "work_mem=64MB", "maintenance_work_mem=512MB",
		"max_wal_size=4GB", "random_page_cost=1.1", "jit=off"} {
		args = append(args, "-c", setting)
	}
	server := run("postgres", args...)
	var log bytes.Buffer
	server.Stderr = &log
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	p.pid = server.Process.Pid
	b.Cleanup(func() {
		server.Process.Signal(os.Interrupt) // end at once, in order
		server.Wait()
	})
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if exec.Command(filepath.Join(p.bin, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", p.port).Run() == nil {
			return p
		}
		if time.Since(begun) > time.Minute {
			b.Fatal("PostgreSQL does not answer")
		}
	}
}

// sql runs psql.
func (p *postgres) sql(b *testing.B, database string, args ...string) string {
	b.Helper()
	c := exec.Command(filepath.Join(p.bin, "psql"), append([]string{"-qXAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", p.port, "-U", "postgres", "-d", database}, args...)...)
	c.Env = append(os.Environ(), "PGOPTIONS=--client-min-messages=warning")
	out, err := c.CombinedOutput()
	if err != nil {
		b.Fatalf("psql: %v\n%s", err, out)
	}
	p.clients += (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
	return strings.TrimSpace(string(out))
}

func (p *postgres) pairs(b *testing.B) (found []int) {
	b.Helper()
	for _, pair := range peerPairs {
		out := p.sql(b, "peers", "-c", fmt.Sprintf(`select count(*) from app.pairs p join app.actors x on x.id = p.lo join app.actors y on y.id = p.hi
			where (x.name, y.name) in (('%[1]s', '%[2]s'), ('%[2]s', '%[1]s'))`, pair[0], pair[1]))
		n, err := strconv.Atoi(out)
		if err != nil {
			b.Fatalf("psql: %q: %v", out, err)
		}
		found = append(found, n)
	}
	return found
}
