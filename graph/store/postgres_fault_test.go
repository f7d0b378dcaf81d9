package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/parleygraph/parley/graph/store/pgtest"
)

// A proxy stands between a program and its database, and cuts them off when a test wants it.
type proxy struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	plan  cutter // nil lets all pass
	shut  bool   // nobody gets through
	conns map[*link]bool
}

// A cutter looks at what passes, up to the database or down from it, on one connection, and returns how much of it may, and whether the connection
// is cut then. It is called by one goroutine at a time.
type cutter func(l *link, up bool, said []byte) (pass int, cut bool)

// A link is a connection through a proxy.
type link struct {
	program, database net.Conn
}

func newProxy(t *testing.T, location string) (p *proxy, through string) {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	p = &proxy{to: u.Host, conns: map[*link]bool{}}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.listener.Close()
		p.close()
	})
	go func() {
		for {
			c, err := p.listener.Accept()
			if err != nil {
				return
			}
			go p.link(c)
		}
	}()
	u.Host = p.listener.Addr().String()
	return p, u.String()
}

func (p *proxy) link(c net.Conn) {
	p.mu.Lock()
	shut := p.shut
	p.mu.Unlock()
	d, err := net.Dial("tcp", p.to)
	if err != nil || shut {
		c.Close()
		if err == nil {
			d.Close()
		}
		return
	}
	l := &link{program: c, database: d}
	p.mu.Lock()
	p.conns[l] = true
	p.mu.Unlock()
	go p.pass(l, true, c, d)
	p.pass(l, false, d, c)
}

func (p *proxy) pass(l *link, up bool, from, to net.Conn) {
	defer p.end(l)
	for b := make([]byte, 64<<10); ; {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		p.mu.Lock()
		cut := false
		if p.plan != nil {
			n, cut = p.plan(l, up, b[:n])
		}
		p.mu.Unlock()
		if _, err := to.Write(b[:n]); err != nil || cut {
			return
		}
	}
}

func (p *proxy) end(l *link) {
	l.program.Close()
	l.database.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, l)
}

// close cuts all connections.
func (p *proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.conns {
		l.program.Close()
		l.database.Close()
	}
}

// set sets what is cut from now on, and whether anybody gets through.
func (p *proxy) set(next cutter, shut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan, p.shut = next, shut
}

// done reports whether what was set has been carried out.
func (p *proxy) done() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.plan == nil
}

// batchMark is in what every batch says, and nothing else does: its trace.
const batchMark = `{"revision":`

// measure counts the bytes of a batch.
func (p *proxy) measure(size *int) cutter {
	var batch *link
	return func(l *link, up bool, said []byte) (int, bool) {
		if up && batch == nil && bytes.Contains(said, []byte(batchMark)) {
			batch = l
		}
		if up && l == batch {
			*size += len(said)
		}
		return len(said), false
	}
}

// cutBatch cuts the connection of the next batch when n bytes of it have passed.
func (p *proxy) cutBatch(n int) cutter {
	var batch *link
	passed := 0
	return func(l *link, up bool, said []byte) (int, bool) {
		if up && batch == nil && bytes.Contains(said, []byte(batchMark)) {
			batch = l
		}
		if !up || l != batch {
			return len(said), false
		}
		if passed+len(said) < n {
			passed += len(said)
			return len(said), false
		}
		p.plan = nil
		return n - passed, true
	}
}

// cutAnswer cuts the connection on which the database says that it has committed the next batch, n bytes after it begins to say so, once then has been
// called, if that is not nil.
func (p *proxy) cutAnswer(n int, then func()) cutter {
	committed := []byte("C\x00\x00\x00\x0bCOMMIT\x00")
	var batch *link
	return func(l *link, up bool, said []byte) (int, bool) {
		if up && batch == nil && bytes.Contains(said, []byte(batchMark)) {
			batch = l
		}
		i := bytes.Index(said, committed)
		if up || l != batch || i < 0 {
			return len(said), false
		}
		p.plan = nil
		if then != nil {
			then()
		}
		return min(i+n, len(said)-1), true // never all of it
	}
}

// openThrough opens a store over a proxy.
func openThrough(t *testing.T, location string, timeout time.Duration) (*Store, *proxy) {
	t.Helper()
	p, at := newProxy(t, location)
	s, err := Open(t.Context(), at, Options{Model: eventModel, Postgres: PostgresOptions{Poll: leaseUsed / 2, Connections: 4, Timeout: timeout}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, p
}

// callOf is the quads of an event.
func callOf(n int) []Quad {
	event, claim := IRI(fmt.Sprint("event:", n)), IRI(fmt.Sprint("claim:", n))
	quads := []Quad{
		quadOf(event, eventModel.Type, eventModel.Event, claim),
		quadOf(event, eventModel.When, TypedString{Value: String(fmt.Sprintf("2025-01-%02d", n%28+1)), Type: edtfType}, claim),
	}
	for i := range 6 {
		quads = append(quads, quadOf(event, IRI("role:x"), IRI(fmt.Sprint("a:", (n+i)%9)), claim))
	}
	return quads
}

// TestConnectionsCut cuts the connection between a program and its database in the midst of batches. Each is there once, whatever was cut; or, where
// nobody could know, once or not at all, and the program finds out.
func TestConnectionsCut(t *testing.T) {
	location := pgtest.Location(t)
	s, p := openThrough(t, location, 20*time.Second)
	other := server(t, location, maxPairs)
	defer other.Close()
	var want []Quad
	wrote := uint64(0)
	// write writes one batch and finds it there, once.
	write := func(t *testing.T, s *Store) {
		t.Helper()
		quads := callOf(int(wrote))
		added, err := s.Add(t.Context(), quads)
		if err != nil || added != len(quads) {
			t.Fatalf("Add() = %d, %v, want %d", added, err, len(quads))
		}
		want, wrote = append(want, quads...), wrote+1
	}
	is := func(t *testing.T, stores ...*Store) {
		t.Helper()
		for _, s := range stores {
			learn(t, s)
			v := s.View()
			if got := sortedQuads(quadsOf(t, v)); v.Revision() != wrote || !slices.Equal(got, sortedQuads(want)) {
				t.Fatalf("revision %d with %d quads, want %d with %d", v.Revision(), len(got), wrote, len(want))
			}
			v.Close()
		}
	}
	write(t, s)
	size := 0
	p.set(p.measure(&size), false)
	write(t, s)
	p.set(nil, false)
	if size < 1000 {
		t.Fatalf("a batch has %d bytes, so the proxy does not see it", size)
	}

	t.Run("within a batch", func(t *testing.T) {
		for n := 0; n < size*9/10; n += size / 20 {
			p.set(p.cutBatch(n), false)
			write(t, s)
			if !p.done() {
				t.Fatalf("nothing was cut after %d bytes", n)
			}
			is(t, s)
		}
		is(t, other)
	})
	t.Run("within a batch, and another server writes meanwhile", func(t *testing.T) {
		for _, n := range []int{0, size / 2} {
			p.set(p.cutBatch(n), false)
			var wg sync.WaitGroup
			wg.Go(func() {
				for !p.done() {
					time.Sleep(time.Millisecond)
				}
				if _, err := other.Add(t.Context(), []Quad{quadOf(IRI(fmt.Sprint("a:other", n)), IRI("a:p"), String("x"), nil)}); err != nil {
					t.Error(err)
				}
			})
			write(t, s)
			wg.Wait()
			want, wrote = append(want, quadOf(IRI(fmt.Sprint("a:other", n)), IRI("a:p"), String("x"), nil)), wrote+1
			is(t, s, other)
		}
	})
	t.Run("after the commit, before its answer", func(t *testing.T) {
		for n := range 17 { // the last within what says that the database is ready
			p.set(p.cutAnswer(n, nil), false)
			write(t, s)
			if !p.done() {
				t.Fatal("nothing was cut")
			}
			is(t, s)
		}
		is(t, other)
	})
	t.Run("after the commit, and another server writes before anybody gets through again", func(t *testing.T) {
		p.set(p.cutAnswer(0, func() { p.shut = true }), false)
		quad := quadOf(IRI("a:between"), IRI("a:p"), String("x"), nil)
		var wg sync.WaitGroup
		wg.Go(func() {
			for !p.done() {
				time.Sleep(time.Millisecond)
			}
			p.close()
			if _, err := other.Add(t.Context(), []Quad{quad}); err != nil {
				t.Error(err)
			}
			p.set(nil, false)
		})
		write(t, s)
		wg.Wait()
		want, wrote = append(want, quad), wrote+1
		is(t, s, other)
	})
	t.Run("while it reads", func(t *testing.T) {
		is(t, s)
		for _, n := range []int{0, 1, 100, 1000, 5000} {
			left := n
			p.set(func(_ *link, up bool, said []byte) (int, bool) {
				if up || len(said) <= left {
					if !up {
						left -= len(said)
					}
					return len(said), false
				}
				p.plan = nil
				return left, true
			}, false)
			s.subjects.reset(s.Revision())
			is(t, s)
			if !p.done() {
				t.Errorf("nothing was cut after %d bytes", n)
			}
		}
		p.set(nil, false)
	})
	checkStore(t, s)
	checkStore(t, other)
}

// TestOutcomeUnknown: a connection is cut after the commit, and nobody gets through until the program gives up. It says that it does not know; and as soon
// as it reaches the database, it does, and repeating the write makes no second one.
func TestOutcomeUnknown(t *testing.T) {
	for _, committed := range []bool{true, false} {
		t.Run(fmt.Sprint("committed ", committed), func(t *testing.T) {
			s, p := openThrough(t, pgtest.Location(t), 400*time.Millisecond)
			addTo(t, s, callOf(0)...)
			update := func() (revision uint64, before bool, err error) {
				revision, err = s.Update(t.Context(), func(v *View) (Change, error) {
					n, ok, err := v.Noted(t.Context(), "the key")
					if before = ok; ok {
						revision = n.Revision
						return Change{}, err
					}
					return Change{Add: callOf(1), Note: []byte("note"), Key: "the key"}, err
				})
				return revision, before, err
			}
			cut := p.cutAnswer(0, func() { p.shut = true })
			if !committed {
				inner := p.cutBatch(100)
				cut = func(l *link, up bool, said []byte) (int, bool) {
					n, c := inner(l, up, said)
					p.shut = p.shut || c
					return n, c
				}
			}
			p.set(cut, false)
			go func() {
				for !p.done() {
					time.Sleep(time.Millisecond)
				}
				p.close()
			}()
			if _, _, err := update(); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "not known") {
				t.Fatalf("a write whose outcome nobody knows = %v", err)
			}
			if _, err := viewOf(t, s).Match(t.Context(), Pattern{Predicate: IRI("role:x")}); !errors.Is(err, ErrUnreachable) {
				t.Errorf("a read of a database that nobody reaches = %v, want %v", err, ErrUnreachable)
			}
			p.set(nil, false)
			revision, before, err := update()
			if err != nil || revision != 2 || before != committed {
				t.Errorf("repeated, it is revision %d, made before %v, %v; want 2 and %v", revision, before, err, committed)
			}
			v := viewOf(t, s)
			if got, want := sortedQuads(quadsOf(t, v)), sortedQuads(slices.Concat(callOf(0), callOf(1))); v.Revision() != 2 || !slices.Equal(got, want) {
				t.Errorf("revision %d with %d quads, want 2 with %d", v.Revision(), len(got), len(want))
			}
			checkStore(t, s)
		})
	}
}

// TestRefused: a write that the database answers by an error, at once or as it commits, is not kept, and the program says so and not that it does not
// know. Once the database takes writes again, it is made.
func TestRefused(t *testing.T) {
	pgtest.Need(t)
	for _, when := range []string{"INITIALLY IMMEDIATE", "INITIALLY DEFERRED"} {
		for _, code := range []string{"42501", "23514", "53100", "57014"} { // no right, a constraint, the disk is full, cancelled
			t.Run(strings.ToLower(when)+" "+code, func(t *testing.T) {
				location := pgtest.Location(t)
				s, _ := openThrough(t, location, 300*time.Millisecond)
				addTo(t, s, callOf(0)...)
				c, err := pgx.Connect(t.Context(), location)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close(context.Background())
				refuse := `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '` + code + `'; END $$;
					CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON parley_commit DEFERRABLE ` + when + ` FOR EACH ROW EXECUTE FUNCTION refuse()`
				if _, err := c.PgConn().Exec(t.Context(), refuse).ReadAll(); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Add(t.Context(), callOf(1)); !errors.Is(err, ErrUnreachable) || !errors.Is(err, ErrRefused) || strings.Contains(err.Error(), "not known") {
					t.Errorf("a write that was refused = %v, want %v", err, ErrRefused)
				}
				if _, err := s.Load(t.Context(), text("refused", manyQuads(10)), LoadOptions{}); err == nil || !strings.Contains(err.Error(), "nothing was loaded") {
					t.Errorf("a load that was refused = %v", err)
				}
				if _, err := c.Exec(t.Context(), `DROP TRIGGER refuse ON parley_commit`); err != nil {
					t.Fatal(err)
				}
				addTo(t, s, callOf(2)...)
				if got, want := sortedQuads(quadsOf(t, viewOf(t, s))), sortedQuads(slices.Concat(callOf(0), callOf(2))); s.Revision() != 2 || !slices.Equal(got, want) {
					t.Errorf("revision %d with %d quads, want 2 with %d", s.Revision(), len(got), len(want))
				}
				checkStore(t, s)
			})
		}
	}
}

// TestLoadCut cuts the connection in the midst of a load: it is there whole, or not at all, and what is written later is not disturbed.
func TestLoadCut(t *testing.T) {
	s, p := openThrough(t, pgtest.Location(t), 20*time.Second)
	loads := func(n int) (LoadReport, error) {
		return s.Load(t.Context(), text("cut", manyQuads(n)), LoadOptions{Memory: 8 << 20, runQuads: 700})
	}
	whole := 0
	for i, n := range []int{0, 1_000, 200_000, 400_000, 600_000} {
		before := s.Revision()
		left, was := n, size(s)
		p.set(func(_ *link, up bool, said []byte) (int, bool) {
			if !up || len(said) <= left {
				if up {
					left -= len(said)
				}
				return len(said), false
			}
			p.plan = nil
			return left, true
		}, false)
		report, err := loads(2000 + i)
		cut := p.done()
		p.set(nil, false)
		learn(t, s)
		switch {
		case err == nil:
			if whole++; report.Added == 0 || size(s) != was+report.Added || s.Revision() != before+1 {
				t.Errorf("cut after %d bytes, the load added %d, and there are %d quads after %d, at revision %d after %d", n, report.Added, size(s), was, s.Revision(), before)
			}
		case s.Revision() != before || size(s) != was:
			t.Errorf("cut after %d bytes, the load failed, %v, and there are %d quads after %d, at revision %d after %d", n, err, size(s), was, s.Revision(), before)
		case !cut:
			t.Errorf("nothing was cut, and the load failed: %v", err)
		}
		addTo(t, s, callOf(n)...)
		checkStore(t, s)
	}
	if report, err := loads(3000); err != nil || report.Added == 0 && whole == 0 {
		t.Errorf("a load that nobody cuts = %+v, %v", report, err)
	}
	checkStore(t, s)
}

func size(s *Store) int {
	v := s.View()
	defer v.Close()
	quads, _ := v.Size()
	return quads
}

// TestLoadOutcome cuts the connection while the database commits a load, which takes it some time. The program waits for what becomes of that; if it
// cannot ask, it says that it does not know, and not that nothing was loaded.
func TestLoadOutcome(t *testing.T) {
	pgtest.Need(t)
	server := pgtest.Start(t, "fsync=off")
	waitForStandby := func(names string) { // there is none: commits wait for it as long as it has a name
		t.Helper()
		for _, sql := range []string{`ALTER SYSTEM SET synchronous_standby_names = '` + names + `'`, `SELECT pg_reload_conf()`} {
			if err := server.Exec(sql); err != nil {
				t.Error(err)
			}
		}
	}
	look, err := pgx.Connect(t.Context(), server.Location())
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close(context.Background())
	for _, test := range []struct {
		name    string
		shut    bool
		timeout time.Duration
	}{
		{"it can ask", false, 20 * time.Second},
		{"it cannot ask", true, time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, p := openThrough(t, server.Schema(t), test.timeout)
			waitForStandby("*")
			p.set(func(_ *link, up bool, said []byte) (int, bool) {
				commits := up && bytes.Contains(said, []byte("COMMIT"))
				if commits {
					p.plan, p.shut = nil, test.shut
					if test.shut {
						for l := range p.conns { // by which it could ask
							l.program.Close()
						}
					}
				}
				return len(said), commits
			}, false)
			type loaded struct {
				report LoadReport
				err    error
			}
			done := make(chan loaded, 1)
			go func() {
				report, err := s.Load(context.Background(), text("cut", manyQuads(100)), LoadOptions{})
				done <- loaded{report, err}
			}()
			for asks := false; !asks && len(done) == 0; time.Sleep(time.Millisecond) { // until it waits for what becomes of its commit, or has given up
				err := look.QueryRow(t.Context(), `SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO parley_commit%'`).Scan(&asks)
				if err != nil {
					t.Fatal(err)
				}
			}
			waitForStandby("")
			l := <-done
			report, err := l.report, l.err
			if !p.done() {
				t.Error("nothing was cut")
			}
			if test.shut {
				if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "not known") || strings.Contains(err.Error(), "nothing was loaded") {
					t.Errorf("a load whose outcome nobody knows = %v", err)
				}
				p.set(nil, false)
			} else if err != nil || report.Added == 0 || size(s) != report.Added {
				t.Errorf("a load that is kept = %+v, %v, and there are %d quads", report, err, size(s))
			}
			if report, err := s.Load(t.Context(), text("again", manyQuads(100)), LoadOptions{}); err != nil || report.Added != 0 || size(s) != report.Quads {
				t.Errorf("repeated, it is %+v, %v, and there are %d quads; want all of before", report, err, size(s))
			}
			checkStore(t, s)
		})
	}
}

// TestReplicaLags: what is read is right while a replica does not follow, or is away; and it is asked again when it does.
func TestReplicaLags(t *testing.T) {
	pgtest.Need(t)
	if testing.Short() {
		t.Skip("makes a standby")
	}
	primary := pgtest.Start(t, "fsync=off")
	location := primary.Schema(t)
	standby := primary.Standby(t, "fsync=off")
	replica := strings.Replace(location, fmt.Sprint(":", primary.Port, "/"), fmt.Sprint(":", standby.Port, "/"), 1)
	s, err := Open(t.Context(), location, Options{Model: eventModel, Postgres: PostgresOptions{Read: replica, Poll: leaseUsed / 2}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e := postgresOf(s)
	wrote := 0
	add := func() {
		addTo(t, s, callOf(wrote)...)
		wrote++
	}
	follows := func() {
		t.Helper()
		for until := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			e.followReplica(context.Background())
			e.mu.Lock()
			version := e.version
			e.mu.Unlock()
			if e.applied.Load() >= version {
				return
			}
			if time.Now().After(until) {
				t.Fatalf("the replica has not come to version %d, it is at %d", version, e.applied.Load())
			}
		}
	}
	// reads finds n events in a view, and says whether the replica was asked.
	reads := func(v *View, n int) (there bool) {
		t.Helper()
		s.subjects.reset(v.Revision())
		trips, asked := e.trips.Load(), e.replica.Stat().AcquireCount()
		found, err := v.Match(t.Context(), Pattern{Predicate: eventModel.When})
		if err != nil || len(found[0]) != n {
			t.Fatalf("%d events, want %d, %v", len(found[0]), n, err)
		}
		if e.trips.Load() == trips {
			t.Fatal("nobody was asked")
		}
		return e.replica.Stat().AcquireCount() > asked
	}
	add()
	follows()
	old := viewOf(t, s)
	if !reads(old, 1) {
		t.Error("the replica has all and is not asked")
	}
	if err := standby.Exec(`SELECT pg_wal_replay_pause()`); err != nil {
		t.Fatal(err)
	}
	add()
	e.followReplica(t.Context())
	if now := viewOf(t, s); reads(now, 2) {
		t.Error("the replica lacks the newest write and is asked for it")
	}
	if !reads(old, 1) {
		t.Error("the replica has what an old view shows and is not asked")
	}
	if err := standby.Exec(`SELECT pg_wal_replay_resume()`); err != nil {
		t.Fatal(err)
	}
	follows()
	if now := viewOf(t, s); !reads(now, 2) {
		t.Error("the replica has caught up and is not asked")
	}
	standby.Kill()
	reads(viewOf(t, s), 2)
	add()
	reads(viewOf(t, s), 3)
	reads(old, 1)
	if err := standby.Run(); err != nil {
		t.Fatal(err)
	}
	follows()
	if now := viewOf(t, s); !reads(now, 3) {
		t.Error("the replica is back and is not asked")
	}
	checkStore(t, s)
}

// TestReplicaHangs: a replica that takes questions and answers none keeps nobody from being answered, nor from hearing of what others wrote.
func TestReplicaHangs(t *testing.T) {
	location := pgtest.Location(t)
	p, replica := newProxy(t, location) // of the same store, and so as good as one
	s, err := Open(t.Context(), location, Options{Model: eventModel, Postgres: PostgresOptions{Read: replica, Poll: leaseUsed / 2, Timeout: 2 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	e := postgresOf(s)
	addTo(t, s, callOf(0)...)
	if err := e.followReplica(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := viewOf(t, s)
	p.set(func(_ *link, _ bool, _ []byte) (int, bool) { return 0, false }, false) // nothing passes, and nobody is told
	s.subjects.reset(v.Revision())
	asked := e.replica.Stat().AcquireCount()
	found, err := v.Match(t.Context(), Pattern{Predicate: eventModel.When})
	if err != nil {
		t.Fatalf("the database has it, and: %v", err)
	}
	if len(found[0]) != 1 {
		t.Errorf("%d events, want 1", len(found[0]))
	}
	if e.replica.Stat().AcquireCount() == asked {
		t.Error("the replica was not asked")
	}
	if e.followReplica(t.Context()) == nil || e.applied.Load() != 0 {
		t.Error("a replica that does not answer is taken for one that has everything")
	}

	p.set(nil, false)
	p.close() // or the driver waits for what it has given up
	if err := e.followReplica(t.Context()); err != nil || e.applied.Load() == 0 {
		t.Errorf("it answers again and is at %d, %v", e.applied.Load(), err)
	}
	checkStore(t, s)

	p.set(func(_ *link, _ bool, _ []byte) (int, bool) { return 0, false }, false)
	defer p.close() // before what waits for it
	if e.followReplica(t.Context()) == nil {
		t.Error("it hangs, and answers")
	}
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second): // ten times as long as it may be, and the driver takes 15 s
		t.Error("who closes the store waits for a replica that hangs")
	}
}
