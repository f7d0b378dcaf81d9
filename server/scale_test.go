package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
)

// Several programs over one database, and what may befall them and it. After each fault nothing that was acknowledged is lost, nothing is there twice,
// and the programs go on without being started again.

// A scene is two programs over a store in a database, and clients who write to them without end.
type scene struct {
	t        *testing.T
	dir      string
	args     []string
	location string
	token    string
	programs []*served
	from     string // the revision before the first write

	ctx   context.Context
	stop  context.CancelFunc
	wg    sync.WaitGroup
	acked []atomic.Int64 // writes that each program acknowledged

	mu     sync.Mutex
	writes []*keptWrite
	failed []error // answers other than an acknowledgement
}

// newScene starts two programs with further arguments.
func newScene(t *testing.T, location string, args ...string) *scene {
	t.Helper()
	dir := t.TempDir()
	token, hash := newToken()
	if err := appendLine(filepath.Join(dir, "writers"), (writer{"Night desk", hash}).line()); err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, dir: dir, location: location, token: token, acked: make([]atomic.Int64, 2)}
	s.args = append([]string{"-writers", "writers", "-store", location}, args...)
	if len(args) > 0 { // which may not leave enough time to fill it
		p := startServe(t, dir, nil, "-store", location)
		if got := p.stop(t); got != exitOK {
			t.Fatalf("status %d", got)
		}
	}
	for range s.acked {
		s.programs = append(s.programs, startServe(t, dir, nil, s.args...))
	}
	s.from = s.revision(0)
	s.ctx, s.stop = context.WithCancel(t.Context())
	t.Cleanup(func() {
		if t.Failed() {
			for i, p := range s.programs {
				lines := p.log.lines()
				t.Logf("program %d said at the end:\n%s", i, strings.Join(lines[max(0, len(lines)-20):], "\n"))
			}
		}
	})
	return s
}

func (s *scene) revision(i int) string {
	s.t.Helper()
	text := s.programs[i].ask(s.t, `{ stats { revision } }`)
	r, ok := get(decoded(s.t, text), "data", "stats", "revision").(string)
	if !ok {
		s.t.Fatalf("program %d answers %s", i, text)
	}
	return r
}

// write begins to write to the programs, by two clients each. One of them repeats what was not acknowledged, with its key, until it is; the other
// leaves it, and nobody knows what came of it.
func (s *scene) write() {
	for i := range 2 * len(s.programs) {
		url, repeats := s.programs[i%2].url, i < 2
		s.wg.Go(func() {
			for n := 0; s.ctx.Err() == nil; n++ {
				k := &keptWrite{input: with(with(validEvent, "clientKey", fmt.Sprint(i, " ", n)), "summary", fmt.Sprintf("Call %d of writer %d.", n, i))}
				s.mu.Lock()
				s.writes = append(s.writes, k)
				s.mu.Unlock()
				for {
					p, err := try(url, s.token, "recordEvent", k.input)
					if err == nil && string(mustMarshal(p["userErrors"])) != "[]" {
						s.t.Errorf("writer %d: %s", i, mustMarshal(p["userErrors"]))
						return
					}
					event, _ := get(p, "event", "id").(string)
					claim, _ := get(p, "claim", "id").(string)
					if err == nil && event != "" && claim != "" { // and not an answer whose parts could not be read
						k.event, k.claim, k.revision = event, claim, p["revision"].(string)
						s.acked[i%2].Add(1)
						break
					}
					if err == nil {
						err = fmt.Errorf("half an answer: %v", p)
					}
					s.mu.Lock()
					s.failed = append(s.failed, err)
					s.mu.Unlock()
					if s.ctx.Err() != nil {
						return
					}
					time.Sleep(20 * time.Millisecond)
					if !repeats {
						break
					}
				}
			}
		})
	}
}

// until waits until each of some programs has acknowledged n more writes.
func (s *scene) until(n int64, programs ...int) {
	s.t.Helper()
	want := map[int]int64{}
	for _, i := range programs {
		want[i] = s.acked[i].Load() + n
	}
	waitFor(s.t, fmt.Sprintf("%d more writes on programs %v", n, programs), func() error {
		for i, w := range want {
			if got := s.acked[i].Load(); got < w {
				s.mu.Lock()
				defer s.mu.Unlock()
				return fmt.Errorf("program %d acknowledged %d, want %d; it failed %d times: %.500v", i, got, w, len(s.failed), s.failed[max(0, len(s.failed)-3):])
			}
		}
		return nil
	})
}

// waitFor waits until something is as it must be.
func waitFor(t *testing.T, what string, is func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err = is(); err == nil {
			return
		}
	}
	t.Fatalf("waited a minute for %s: %v", what, err)
}

// end stops the clients, and finds that the living programs, which have not been started again, know of every write that was acknowledged, once;
// of each other at most once; and of nothing else; and that the store is whole.
func (s *scene) end(living ...int) {
	s.t.Helper()
	s.stop()
	s.wg.Wait()
	wrote := map[string]*keptWrite{}
	acknowledged, revisions := 0, map[string]bool{}
	for _, k := range s.writes {
		wrote[k.input["summary"].(string)] = k
		if k.claim == "" {
			continue
		}
		acknowledged++
		if revisions[k.revision] {
			s.t.Errorf("two writes have the revision %s", k.revision)
		}
		revisions[k.revision] = true
	}
	waitFor(s.t, "all to be at one revision", func() error {
		newest := s.revision(living[0])
		for _, i := range living {
			if r := s.revision(i); r != newest {
				return fmt.Errorf("program %d is at revision %s, and another at %s", i, r, newest)
			}
		}
		return nil
	})
	for _, i := range living {
		s.told(i, wrote)
	}
	for _, i := range living {
		if got := s.programs[i].stop(s.t); got != exitOK {
			s.t.Errorf("program %d ended with status %d", i, got)
		}
	}
	// Now nothing is under way any more.
	s.programs = append(s.programs, startServe(s.t, s.dir, nil, s.args...))
	last := len(s.programs) - 1
	found := len(s.told(last, wrote))
	var before, after int
	fmt.Sscan(s.from, &before)
	if fmt.Sscan(s.revision(last), &after); after-before != found {
		s.t.Errorf("%d revisions were made by %d writes", after-before, found)
	}
	if got := s.programs[last].stop(s.t); got != exitOK {
		s.t.Errorf("the last program ended with status %d", got)
	}
	if out, err := parley(s.dir, nil, "check", "-store", s.location).CombinedOutput(); err != nil || !strings.HasPrefix(string(out[bytes.LastIndexByte(out[:len(out)-1], '\n')+1:]), "ok: ") {
		s.t.Errorf("check: %v: %s", err, out)
	}
	s.t.Logf("%d writes: %d acknowledged, %d of which nobody knew were there, %d answers were failures", len(s.writes), acknowledged, found-acknowledged, len(s.failed))
}

// told returns the events of the clients that a program knows of, by their summary.
func (s *scene) told(i int, wrote map[string]*keptWrite) map[string]string {
	s.t.Helper()
	found := map[string]string{}
	for after := "null"; ; {
		out := decoded(s.t, s.programs[i].ask(s.t, fmt.Sprintf(`{ events(where: {text: "call writer", during: {from: "2027"}}, first: 100, after: %s) {
			pageInfo { endCursor hasNextPage } nodes { id summary participations { actor { id } } claims { nodes { id recordedBy } } } } }`, after)))
		page, ok := get(out, "data", "events").(fields)
		if !ok {
			s.t.Fatalf("program %d answers %v", i, out)
		}
		for _, n := range page["nodes"].([]any) {
			e := n.(fields)
			summary := e["summary"].(string)
			k := wrote[summary]
			switch {
			case k == nil:
				s.t.Errorf("program %d knows of an event that nobody wrote: %v", i, e)
				continue
			case found[summary] != "":
				s.t.Errorf("program %d knows twice of %q: %s and %v", i, summary, found[summary], e["id"])
				continue
			}
			found[summary] = e["id"].(string)
			if k.claim == "" {
				continue
			}
			want := fmt.Sprintf(`{"claims":{"nodes":[{"id":%q,"recordedBy":"Night desk"}]},"id":%q,"participations":[{"actor":{"id":"person:pete-hegseth"}},{"actor":{"id":"person:scott-bessent"}}],"summary":%q}`, k.claim, k.event, summary)
			if got := string(mustMarshal(e)); got != want {
				s.t.Errorf("program %d: the event is %s, want %s", i, got, want)
			}
		}
		if get(page, "pageInfo", "hasNextPage") != true {
			break
		}
		after = string(mustMarshal(get(page, "pageInfo", "endCursor")))
	}
	for summary, k := range wrote {
		if k.claim != "" && found[summary] == "" {
			s.t.Errorf("program %d does not know of %q, which was acknowledged at revision %s", i, summary, k.revision)
		}
	}
	return found
}

// rowsOf asks a database for one column.
func rowsOf[T any](t *testing.T, location, sql string) (list []T) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	r, err := c.Query(t.Context(), sql)
	if err == nil {
		list, err = pgx.CollectRows(r, pgx.RowTo[T])
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// countIn asks a database for a number.
func countIn(t *testing.T, location, sql string) int64 {
	t.Helper()
	return rowsOf[int64](t, location, sql)[0]
}

// TestPrimaryKilled: the database is killed, with all its processes, while two servers write, and started again, more than once. Servers that are patient
// wait for it, so that no client notices; of others the clients learn that nobody knows, and go on when it is back.
func TestPrimaryKilled(t *testing.T) {
	pgtest.Need(t)
	if testing.Short() {
		t.Skip("starts PostgreSQL again and again")
	}
	db := pgtest.Start(t)
	for _, c := range []struct {
		name  string
		down  time.Duration
		fails bool
		args  []string
	}{
		{"patient", 100 * time.Millisecond, false, nil},
		{"impatient", 2500 * time.Millisecond, true, []string{"-store-timeout", "1s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, db.Schema(t), c.args...)
			s.write()
			for range 2 {
				s.until(5, 0, 1)
				db.Kill()
				time.Sleep(c.down)
				if err := db.Run(); err != nil {
					t.Fatal(err)
				}
			}
			s.until(5, 0, 1)
			s.end(0, 1)
			if fails := len(s.failed) > 0; fails != c.fails {
				t.Errorf("clients heard of failures: %v, want %v: %v", fails, c.fails, s.failed)
			}
		})
	}
}

// TestStandbyPromoted: the primary is killed for ever, a standby that it waited for at each write becomes the primary, and the servers find it among the
// hosts of their location.
func TestStandbyPromoted(t *testing.T) {
	pgtest.Need(t)
	if testing.Short() {
		t.Skip("makes a standby")
	}
	primary := pgtest.Start(t)
	standby := primary.Standby(t)
	for _, sql := range []string{`ALTER SYSTEM SET synchronous_standby_names = '*'`, `SELECT pg_reload_conf()`} {
		if err := primary.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "the standby", func() error {
		if n := countIn(t, primary.Location(), `SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'`); n != 1 {
			return errors.New("it is not synchronous")
		}
		return nil
	})
	location := strings.Replace(primary.Location(), "/postgres?", fmt.Sprintf(",127.0.0.1:%d/postgres?", standby.Port), 1)
	s := newScene(t, location)
	s.write()
	s.until(5, 0, 1)
	primary.Kill()
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	s.until(5, 0, 1)
	s.end(0, 1)
}

// TestAsynchronousStandbyPromoted: a standby becomes the primary that had not received the last acknowledged writes. The servers say so in their logs, show nothing
// of these any more, and go on, without a restart, as if they had just begun.
func TestAsynchronousStandbyPromoted(t *testing.T) {
	pgtest.Need(t)
	if testing.Short() {
		t.Skip("makes a standby")
	}
	primary := pgtest.Start(t)
	standby := primary.Standby(t)
	location := strings.Replace(primary.Location(), "/postgres?", fmt.Sprintf(",127.0.0.1:%d/postgres?", standby.Port), 1)
	dir := t.TempDir()
	token, hash := newToken()
	if err := appendLine(filepath.Join(dir, "writers"), (writer{"Night desk", hash}).line()); err != nil {
		t.Fatal(err)
	}
	var two [2]*desk
	var programs [2]*served
	for i := range two {
		p, listens := beginServe(t, dir, nil, "-store", location, "-writers", "writers", "-metrics-addr", "127.0.0.1:0")
		listens()
		programs[i], two[i] = p, &desk{Server: &httptest.Server{URL: p.url}, token: token}
	}
	id := func(p fields) string { return get(p, "actor", "id").(string) }
	kept := two[0].must(t, "recordActor", namedOnly("Kept by the standby"))
	waitFor(t, "the standby to have it", func() error {
		if n := rowsOf[int64](t, standby.Location(), `SELECT max(version) FROM parley_commit`)[0]; n < rowsOf[int64](t, primary.Location(), `SELECT max(version) FROM parley_commit`)[0] {
			return fmt.Errorf("it is at %d", n)
		}
		return nil
	})
	for _, sql := range []string{`ALTER SYSTEM SET primary_conninfo = ''`, `SELECT pg_reload_conf()`} {
		if err := standby.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "the standby to hear no more", func() error {
		if countIn(t, standby.Location(), `SELECT count(*) FROM pg_stat_wal_receiver`) > 0 {
			return errors.New("it listens")
		}
		return nil
	})
	const actor = `{ node(id: %q) { ... on Person { name } } stats { revision } }`
	lost := make([]fields, 3)
	for n := range lost {
		lost[n] = two[n%2].must(t, "recordActor", namedOnly(fmt.Sprint("Lost with the primary ", n)))
	}
	for i, d := range two { // which both have in memory then
		if body, _ := d.askAt(t, fmt.Sprintf(actor, id(lost[2])), made(t, lost[2])); !strings.Contains(body, "Lost with the primary 2") {
			t.Fatalf("server %d answers %s", i, body)
		}
	}
	listener := (&streamServer{Server: two[0].Server}).connect(t, "graphql-transport-ws")
	listener.say(`{"id":"a","type":"subscribe","payload":{"query":"subscription { changes { revision } }"}}`)

	primary.Kill()
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	listener.closes(websocket.StatusGoingAway)
	for i, d := range two {
		waitFor(t, "a server to be ready", func() error {
			if answer, _ := do(t, newRequest(t, "GET", d.URL+"/readyz", nil)); answer.StatusCode != http.StatusOK {
				return errors.New(answer.Status)
			}
			return nil
		})
		log := strings.Join(programs[i].log.lines(), "\n")
		if !strings.Contains(log, "ACKNOWLEDGED WRITES ARE LOST") {
			t.Errorf("server %d says nothing of what was lost:\n%s", i, log)
		}
	}
	// Numbers and revisions mean something else now.
	fresh := two[1].must(t, "recordActor", namedOnly("Recorded after the promotion"))
	if made(t, fresh) > made(t, lost[0]) {
		t.Errorf("the write after the promotion made revision %d, and the first that was lost %d", made(t, fresh), made(t, lost[0]))
	}
	for i, d := range two {
		for _, p := range []fields{kept, fresh} {
			if body, _ := d.askAt(t, fmt.Sprintf(actor, id(p)), made(t, fresh)); !strings.Contains(body, `"node":{"name":`) {
				t.Errorf("server %d answers of what is there: %s", i, body)
			}
		}
		for _, p := range lost {
			if body, _ := d.askAt(t, fmt.Sprintf(actor, id(p)), made(t, fresh)); strings.Contains(body, "Lost with") {
				t.Errorf("server %d answers of what was lost: %s", i, body)
			}
		}
	}
	for i, p := range programs {
		if got := p.stop(t); got != exitOK {
			t.Errorf("server %d ends with %d", i, got)
		}
	}
	st, err := store.Open(t.Context(), standby.Location(), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Check(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// TestServerKilledMidWrite: one of two servers is killed while it writes. The other goes on, and what the dead one needed is forgotten when its
// time is over.
func TestServerKilledMidWrite(t *testing.T) {
	pgtest.Need(t)
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	db := pgtest.Start(t)
	s := newScene(t, db.Location())
	s.write()
	s.until(5, 0, 1)
	if err := s.programs[0].cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.programs[0].waited
	s.until(5, 1)
	if n := countIn(t, s.location, `SELECT count(*) FROM parley_server`); n != 2 {
		t.Errorf("the database knows of %d servers, and its time is not over", n)
	}
	// As if ten minutes had passed: the living says at once that it lives.
	if err := db.Exec(`UPDATE parley_server SET at = at - interval '10 minutes'`); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the dead server's end", func() error {
		if n := countIn(t, s.location, `SELECT count(*) FROM parley_server`); n != 1 {
			return fmt.Errorf("%d servers", n)
		}
		return nil
	})
	// What only the dead one needed is gone too.
	waitFor(t, "the end of what was replaced", func() error {
		if n := countIn(t, s.location, `SELECT count(*) FROM parley_former WHERE until < (SELECT min(oldest) FROM parley_server)`); n != 0 {
			return fmt.Errorf("%d entries", n)
		}
		return nil
	})
	s.until(5, 1)
	s.end(1)
}

// smallDisk returns a folder on a disk of its own, of so many megabytes, that PostgreSQL may write to.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "parley-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	option := fmt.Sprintf("size=%dm,mode=0700", megabytes)
	if os.Geteuid() == 0 {
		option += ",uid=65534,gid=65534"
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", option, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no disk can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return dir
}

// fill takes all room that a disk has left, but for some bytes.
func fill(t *testing.T, dir string) (ballast string) {
	t.Helper()
	ballast = filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for b := make([]byte, 64<<10); ; {
		if _, err := f.Write(b); err != nil {
			return ballast // it is full
		}
	}
}

// TestDatabaseOutOfDisk: the database has no room left, for its tables, which it survives, or for its log, which it does not; until somebody makes some.
func TestDatabaseOutOfDisk(t *testing.T) {
	pgtest.Need(t)
	if testing.Short() {
		t.Skip("starts servers of its own")
	}
	t.Run("tables", func(t *testing.T) {
		disk := smallDisk(t, 64)
		db := pgtest.Start(t)
		if err := db.Exec(fmt.Sprintf(`CREATE TABLESPACE small LOCATION '%s'`, disk)); err != nil {
			t.Fatal(err)
		}
		s := newScene(t, db.Location()+"&default_tablespace=small", "-store-timeout", "1s")
		s.write()
		s.until(5, 0, 1)
		ballast := fill(t, disk)
		waitFor(t, "the disk to be full", func() error { return said(db, "No space left on device") })
		waitFor(t, "clients to hear of it", func() error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.failed) == 0 {
				return errors.New("none has")
			}
			return nil
		})
		s.revision(0) // reading goes on
		s.revision(1)
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		s.until(5, 0, 1)
		s.end(0, 1)
	})
	t.Run("log", func(t *testing.T) {
		disk := smallDisk(t, 96)
		db := pgtest.Start(t)
		data := rowsOf[string](t, db.Location(), `SHOW data_directory`)[0]
		db.Stop()
		wal := filepath.Join(data, "pg_wal")
		for _, c := range [][]string{{"cp", "-a", wal, filepath.Join(disk, "wal")}, {"rm", "-r", wal}, {"ln", "-s", filepath.Join(disk, "wal"), wal}} {
			if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %v: %s", c, err, out)
			}
		}
		if err := db.Run(); err != nil {
			t.Fatal(err)
		}
		s := newScene(t, db.Location())
		s.write()
		s.until(5, 0, 1)
		ballast := fill(t, disk)
		waitFor(t, "the log to be full", func() error {
			db.Exec(`SELECT pg_switch_wal()`) // the next piece of it
			return said(db, "PANIC")
		})
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		db.Kill() // if it has not ended by itself
		if err := db.Run(); err != nil {
			t.Fatal(err)
		}
		s.until(5, 0, 1)
		s.end(0, 1)
	})
}

// said returns an error until a database has said something in its log.
func said(db *pgtest.Server, what string) error {
	text, err := db.Log()
	if err == nil && !strings.Contains(text, what) {
		err = fmt.Errorf("it has not said %q", what)
	}
	return err
}

// TestPasswordIsNotShown: the password of a location is in nothing that the program says, whether all is well, or it is refused, or its database goes
// away; and a client hears nothing of where that is.
func TestPasswordIsNotShown(t *testing.T) {
	pgtest.Need(t)
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	const password = "Geheim-77"
	db := pgtest.Start(t, "fsync=off")
	if err := db.Exec(fmt.Sprintf(`CREATE ROLE clerk LOGIN PASSWORD '%s'; GRANT ALL ON SCHEMA public TO clerk`, password)); err != nil {
		t.Fatal(err)
	}
	location := strings.Replace(db.Location(), "parley@", "clerk:"+password+"@", 1)
	hidden := func(what, said string) {
		t.Helper()
		if strings.Contains(said, password) {
			t.Errorf("%s shows the password: %s", what, said)
		}
	}
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		env  []string
		args []string
	}{
		{"flags", nil, []string{"-store", location, "-read-store", location}},
		{"environment", []string{"PARLEY_STORE=" + location}, nil},
	} {
		s := startServe(t, dir, c.env, append([]string{"-store-timeout", "10s"}, c.args...)...)
		if !strings.Contains(s.said, "clerk:xxxxx@") {
			t.Errorf("%s: it does not say where the store is: %s", c.name, s.said)
		}
		if got := s.stop(t); got != exitOK {
			t.Errorf("%s: status %d", c.name, got)
		}
		hidden(c.name, s.said+strings.Join(s.log.lines(), "\n"))
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"check":                  {[]string{"check", "-store", location}, "ok: postgres://clerk:xxxxx@"},
		"a wrong password":       {[]string{"check", "-store", strings.Replace(location, password, password+"x", 1)}, "refuses the user or the password"},
		"a wrong password, read": {[]string{"serve", "-addr", "127.0.0.1:0", "-store", location, "-read-store", strings.Replace(location, password, password+"x", 1)}, "refuses the user or the password"},
		"a location that is none": {[]string{"serve", "-addr", "127.0.0.1:0", "-store", strings.Replace(location, fmt.Sprint(":", db.Port), ":port", 1)},
			"give postgres://"},
		"a copy":   {[]string{"copy", "-from", location, "-to", strings.Replace(location, password, password+"x", 1)}, ""},
		"a backup": {[]string{"backup", "-store", strings.Replace(location, password, password+"x", 1), filepath.Join(dir, "backup")}, ""},
	} {
		out, _ := parley(dir, nil, c.args...).CombinedOutput()
		hidden(name, string(out))
		if !strings.Contains(string(out), c.want) {
			t.Errorf("%s says %s, want %q", name, out, c.want)
		}
	}
	s := startServe(t, dir, nil, "-store", location, "-store-timeout", "1s")
	db.Kill()
	answer := s.ask(t, `{ events(first: 3, where: {text: "hegseth"}) { nodes { id summary } } }`)
	hidden("an answer without a database", answer)
	if !strings.Contains(answer, `"code":"TIMEOUT"`) || strings.Contains(answer, "127.0.0.1") || strings.Contains(answer, "clerk") {
		t.Errorf("without a database it answers %s", answer)
	}
	s.stop(t)
	log := strings.Join(s.log.lines(), "\n")
	hidden("the log without a database", log)
	if !strings.Contains(log, "cannot be reached") {
		t.Errorf("the log does not say that the database cannot be reached: %s", log)
	}
}
