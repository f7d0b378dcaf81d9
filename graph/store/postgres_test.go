package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph/store/pgtest"
)

// server opens one more store at a location, with the model of events, which follows when it is told to and not by itself.
func server(t rapid.TB, location string, large int) *Store {
	t.Helper()
	s, err := Open(context.Background(), location, Options{Model: eventModel, Postgres: PostgresOptions{Poll: leaseUsed / 2, Connections: 4}})
	if err != nil {
		t.Fatal(err)
	}
	s.derive.large = large
	return s
}

func postgresOf(s *Store) *postgresEngine { return s.engine.(*postgresEngine) }

// learn makes a store catch up, as it does by itself when it follows.
func learn(t rapid.TB, s *Store) {
	t.Helper()
	s.write.Lock()
	defer s.write.Unlock()
	if err := s.catchUp(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestServersLikeOne: several servers that write to one database are, each of them, as one store that made all the writes: what they keep in memory
// follows what the others write, and old views stay as they are while what nobody needs is deleted.
func TestServersLikeOne(t *testing.T) {
	pgtest.Need(t)
	if testing.Short() {
		t.Skip("opens hundreds of stores")
	}
	rapid.Check(t, func(t *rapid.T) {
		location := pgtest.Location(t)
		actors := rapid.IntRange(2, 6).Draw(t, "actors")
		large := rapid.IntRange(1, 4).Draw(t, "large")
		servers := []*Store{server(t, location, large), server(t, location, large)}
		for _, s := range servers {
			defer s.Close()
		}
		have := map[Quad]bool{}
		type seen struct {
			view  *View
			quads []Quad
		}
		var views []seen
		for range rapid.IntRange(1, 8).Draw(t, "writes") {
			s := rapid.SampledFrom(servers).Draw(t, "server")
			var add, remove []Quad
			if rapid.IntRange(0, 2).Draw(t, "add") > 0 {
				add = someQuads(t, actors)
			}
			if len(have) > 0 && rapid.Bool().Draw(t, "remove") {
				some := slices.SortedFunc(maps.Keys(have), CompareQuads)
				remove = rapid.SliceOfN(rapid.SampledFrom(some), 1, 10).Draw(t, "removed")
			}
			if rapid.IntRange(0, 9).Draw(t, "load") == 0 { // which leaves no trace
				if _, err := s.Load(context.Background(), text("a.nq", lines(add...)), LoadOptions{}); err != nil {
					t.Fatal(err)
				}
				remove = nil
			} else if _, _, err := s.apply(context.Background(), add, remove); err != nil {
				t.Fatal(err)
			}
			for _, q := range remove {
				delete(have, q)
			}
			for _, q := range add {
				have[q] = true
			}
			quads := slices.SortedFunc(maps.Keys(have), CompareQuads)
			for _, s := range servers {
				if rapid.Bool().Draw(t, "learns") {
					learn(t, s)
				}
				if e := postgresOf(s); rapid.IntRange(0, 3).Draw(t, "tidies") == 0 {
					if err := errors.Join(e.heartbeat(context.Background()), e.tidy(context.Background())); err != nil {
						t.Fatal(err)
					}
				}
			}
			v := s.View()
			views = append(views, seen{v, quads})
			checkAll(t, v)
			checkMembers(t, v, quads)
			checkDegrees(t, v, quads, actors)
			checkState(t, s)
		}
		for _, s := range servers {
			learn(t, s)
			checkState(t, s)
			v := s.View()
			if last := views[len(views)-1]; !slices.Equal(sortedQuads(quadsOf(t, v)), last.quads) || v.Revision() < last.view.Revision() {
				t.Fatalf("a server has %v at revision %d, want %v", quadsOf(t, v), v.Revision(), last.quads)
			}
			checkAnswers(t, v, views[len(views)-1].quads, actors)
			for _, old := range views {
				checkChanged(t, v, old.view.Revision(), views[len(views)-1].quads, old.quads, actors)
				if _, _, ok := v.NameChanges(old.view.Revision()); ok {
					checkNameChanges(t, v, old.view.Revision(), views[len(views)-1].quads, old.quads)
				}
				for i := 1; i <= 4; i++ { // from memory, perhaps
					p := Pattern{Subject: IRI(fmt.Sprintf("event:%02d", i))}
					found, err := v.Match(context.Background(), p)
					if want := ofSubject(views[len(views)-1].quads, p.Subject); err != nil || !slices.Equal(sortedQuads(found[0]), want) {
						t.Fatalf("%v has %v, %v, want %v", p.Subject, found, err, want)
					}
				}
			}
			v.Close()
		}
		for _, old := range views {
			if got := sortedQuads(quadsOf(t, old.view)); !slices.Equal(got, old.quads) {
				t.Fatalf("the view of revision %d became %v, was %v", old.view.Revision(), got, old.quads)
			}
			checkAll(t, old.view)
			old.view.Close()
		}
		// Nobody needs anything old any more.
		for range 2 {
			for _, s := range servers {
				if err := errors.Join(postgresOf(s).heartbeat(context.Background()), postgresOf(s).tidy(context.Background())); err != nil {
					t.Fatal(err)
				}
			}
		}
		var former int
		if err := postgresOf(servers[0]).pool.QueryRow(context.Background(), `SELECT count(*) FROM parley_former`).Scan(&former); err != nil || former > 0 {
			t.Fatalf("%d former entries are left, %v", former, err)
		}
	})
}

func ofSubject(quads []Quad, subject Term) (out []Quad) {
	for _, q := range quads {
		if q.Subject == subject {
			out = append(out, q)
		}
	}
	return out
}

func sortedQuads(quads []Quad) []Quad { return slices.SortedFunc(slices.Values(quads), CompareQuads) }

// TestServersWriteTogether: writes of several servers have one order, none is lost or made twice, and each rests on all before it.
func TestServersWriteTogether(t *testing.T) {
	location := pgtest.Location(t)
	servers := []*Store{server(t, location, 4), server(t, location, 4), server(t, location, 4)}
	const writers, each = 3, 8
	var mu sync.Mutex
	made := map[uint64]string{}
	var wg sync.WaitGroup
	for i, s := range servers {
		defer s.Close()
		for w := range writers {
			wg.Go(func() {
				for n := range each {
					id := fmt.Sprint(i, ".", w, ".", n)
					looked, count := uint64(0), 0
					revision, err := s.Update(t.Context(), func(v *View) (Change, error) {
						looked = v.Revision()
						var err error
						count, err = v.Count(t.Context(), Pattern{Predicate: IRI("a:wrote")})
						return Change{Add: []Quad{{Subject: IRI("a:" + id), Predicate: IRI("a:wrote"), Object: TypedString{Value: String(fmt.Sprint(count)), Type: "x:n"}}}, Note: []byte(id)}, err
					})
					if err != nil || revision != looked+1 || uint64(count) != looked {
						t.Errorf("a look at revision %d, with %d writes, made revision %d, %v", looked, count, revision, err)
					}
					mu.Lock()
					if made[revision] != "" {
						t.Errorf("revision %d was made twice, by %s and %s", revision, made[revision], id)
					}
					made[revision] = id
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	for _, s := range servers {
		learn(t, s)
		checkStore(t, s)
		notes, err := viewOf(t, s).Notes(t.Context(), 0, 1000)
		if err != nil || len(notes) != len(servers)*writers*each {
			t.Fatalf("%d notes, %v", len(notes), err)
		}
		for _, n := range notes {
			if string(n.Text) != made[n.Revision] {
				t.Errorf("revision %d has the note %s, want %s", n.Revision, n.Text, made[n.Revision])
			}
		}
	}
}

// TestServerFollows: a server learns by itself what another writes.
func TestServerFollows(t *testing.T) {
	location := pgtest.Location(t)
	a, err := Open(t.Context(), location, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := Open(t.Context(), location, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for n := range 5 {
		from, to := a, b
		if n%2 == 1 {
			from, to = b, a
		}
		v := to.View() // which remembers what is not there, and must not for long
		if has(t, v, IRI(fmt.Sprint("a:", n))) {
			t.Errorf("write %d is there before it was made", n)
		}
		v.Close()
		addTo(t, from, quadOf(IRI(fmt.Sprint("a:", n)), IRI("a:p"), String("x"), IRI("a:l")))
		for to.Revision() < from.Revision() {
			<-to.Changed(to.Revision())
		}
		if v := to.View(); !has(t, v, IRI(fmt.Sprint("a:", n))) {
			t.Errorf("the other server lacks write %d at revision %d", n, v.Revision())
		} else {
			v.Close()
		}
	}
}

// TestLeaseLapses: a server that the database did not hear of for too long does not show what others may have thrown away, and goes on with what is
// there now.
func TestLeaseLapses(t *testing.T) {
	location := pgtest.Location(t)
	a, b := server(t, location, 4), server(t, location, 4)
	defer a.Close()
	defer b.Close()
	addTo(t, a, quadOf(IRI("a:1"), IRI("a:p"), String("x"), nil))
	learn(t, b)
	old := viewOf(t, b)
	e := postgresOf(b)
	e.mu.Lock()
	e.held = time.Now().Add(-time.Millisecond)
	e.mu.Unlock()
	if _, err := old.Match(t.Context(), Pattern{}); !errors.Is(err, ErrOutdated) {
		t.Errorf("a read after the lease = %v, want %v", err, ErrOutdated)
	}
	if _, err := a.Remove(t.Context(), []Quad{quadOf(IRI("a:1"), IRI("a:p"), String("x"), nil)}); err != nil {
		t.Fatal(err)
	}
	if err := e.heartbeat(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := old.Match(t.Context(), Pattern{}); !errors.Is(err, ErrOutdated) {
		t.Errorf("a read of what was open before = %v, want %v", err, ErrOutdated)
	}
	learn(t, b)
	if v := viewOf(t, b); len(quadsOf(t, v)) != 0 || v.Revision() != 2 {
		t.Errorf("after that it shows revision %d with %v", v.Revision(), quadsOf(t, v))
	}
	// Once more without any write: the same revision, to be read again.
	e.mu.Lock()
	e.held = time.Now().Add(-time.Millisecond)
	e.mu.Unlock()
	if err := e.heartbeat(t.Context()); err != nil {
		t.Fatal(err)
	}
	learn(t, b)
	if v := viewOf(t, b); len(quadsOf(t, v)) != 0 || v.Revision() != 2 {
		t.Errorf("after a second time it shows revision %d", v.Revision())
	}
	// What is ended for any reason is read again with the next news.
	e.outdate()
	learn(t, b)
	if v := viewOf(t, b); len(quadsOf(t, v)) != 0 || v.Revision() != 2 {
		t.Errorf("after a third time it shows revision %d", v.Revision())
	}
	// And whoever writes before this server has told the database again that it lives, does so itself.
	e.mu.Lock()
	e.held = time.Now().Add(-time.Millisecond)
	e.mu.Unlock()
	addTo(t, b, quadOf(IRI("a:2"), IRI("a:p"), String("x"), nil))
	if v := viewOf(t, b); len(quadsOf(t, v)) != 1 || v.Revision() != 3 {
		t.Errorf("after a write it shows revision %d with %v", v.Revision(), quadsOf(t, v))
	}
}

// TestAnotherDatabase: a server whose database comes to lack what was written to it, or has something else in its place, shows and writes nothing more.
func TestAnotherDatabase(t *testing.T) {
	for name, change := range map[string]string{
		"lost its end":  `DELETE FROM parley_commit WHERE version > 2`,
		"another one":   `UPDATE parley_commit SET id = 'other' WHERE version = 3`,
		"went on since": `UPDATE parley_commit SET id = 'other' WHERE version = 3; INSERT INTO parley_commit VALUES (4, 'x', now())`,
	} {
		t.Run(name, func(t *testing.T) {
			s := server(t, pgtest.Location(t), 4)
			defer s.Close()
			for n := range 2 {
				addTo(t, s, quadOf(IRI(fmt.Sprint("a:", n)), IRI("a:p"), String("x"), nil))
			}
			v := viewOf(t, s)
			if _, err := postgresOf(s).pool.Exec(t.Context(), change, pgx.QueryExecModeSimpleProtocol); err != nil {
				t.Fatal(err)
			}
			if name == "another one" { // it has not heard of it yet, and a write must not rest on what was
				if _, err := s.Add(t.Context(), []Quad{quadOf(IRI("a:8"), IRI("a:p"), String("x"), nil)}); !errors.Is(err, ErrDamaged) {
					t.Errorf("a write before it has learnt of it = %v, want %v", err, ErrDamaged)
				}
				if _, err := s.Load(t.Context(), text("a.nq", manyQuads(10)), LoadOptions{}); err == nil {
					t.Error("a load before it has learnt of it is done")
				}
			}
			s.write.Lock()
			err := s.catchUp(t.Context())
			s.write.Unlock()
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("learning of it = %v, want %v", err, ErrDamaged)
			}
			if _, err := v.Match(t.Context(), Pattern{}); !errors.Is(err, ErrDamaged) {
				t.Errorf("a view from before = %v, want %v", err, ErrDamaged)
			}
			if _, err := s.Add(t.Context(), []Quad{quadOf(IRI("a:9"), IRI("a:p"), String("x"), nil)}); !errors.Is(err, ErrFailed) {
				t.Errorf("a write = %v, want %v", err, ErrFailed)
			}
		})
	}
}

// TestScanPages: however many entries spans have, and whatever their limits and directions, a database's scan passes on what Pebble's does.
func TestScanPages(t *testing.T) {
	location := pgtest.Location(t)
	s := server(t, location, 4)
	defer s.Close()
	m, err := Open(t.Context(), "mem:", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var writes []write
	for n := range 3 * lastPage {
		writes = append(writes, write{fmt.Appendf(nil, "x%c%05d", 'a'+n%3, n), fmt.Append(nil, n)})
	}
	for _, e := range []engine{s.engine, m.engine} {
		if err := e.apply(t.Context(), writes); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var spans []span
		var stops []int
		for range rapid.IntRange(1, 6).Draw(t, "spans") {
			key := rapid.Custom(func(t *rapid.T) []byte {
				return fmt.Appendf(nil, "x%c%05d", rapid.SampledFrom([]rune("abc")).Draw(t, "table"), rapid.IntRange(0, 3*lastPage).Draw(t, "n"))
			})
			spans = append(spans, span{lower: key.Draw(t, "lower"), upper: key.Draw(t, "upper"),
				limit: rapid.SampledFrom([]int{0, 0, 1, 7, firstPage, 5*firstPage - 1, 5 * firstPage, lastPage, 2 * lastPage}).Draw(t, "limit"), backwards: rapid.Bool().Draw(t, "backwards")})
			if s := &spans[len(spans)-1]; string(s.lower) > string(s.upper) {
				s.lower, s.upper = s.upper, s.lower
			}
			stops = append(stops, rapid.SampledFrom([]int{0, 0, 1, firstPage, firstPage + 1, 3 * firstPage}).Draw(t, "stop"))
		}
		if rapid.Bool().Draw(t, "alike") {
			for i := range spans {
				spans[i].limit, spans[i].backwards = spans[0].limit, spans[0].backwards
			}
		}
		read := func(e engine) (out []string) {
			snap := e.snapshot()
			defer snap.close()
			counts := make([]int, len(spans))
			err := snap.scan(context.Background(), spans, func(i int, key, value []byte) bool {
				out = append(out, fmt.Sprintf("%d %s %s", i, key, value))
				counts[i]++
				return counts[i] != stops[i]
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		if got, want := read(s.engine), read(m.engine); !slices.Equal(got, want) {
			t.Fatalf("%d entries, want %d; the first that differs: %v", len(got), len(want), firstDifference(got, want))
		}
	})
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] + ", want " + b[i]
		}
	}
	return "the rest"
}

// TestTrips: a read of many keys or spans is one round trip, and a write too.
func TestTrips(t *testing.T) {
	location := pgtest.Location(t)
	s := server(t, location, 4)
	defer s.Close()
	var quads []Quad
	for n := range 400 {
		quads = append(quads, quadOf(IRI(fmt.Sprint("a:", n)), IRI("a:p"), String(fmt.Sprint("text ", n)), IRI("a:l")))
	}
	addTo(t, s, quads...)
	var patterns []Pattern
	for n := range 400 {
		patterns = append(patterns, Pattern{Subject: IRI(fmt.Sprint("a:", n))})
	}
	e := postgresOf(s)
	s.dict, s.subjects = newDictionary(), subjectCache{limit: cacheQuads}
	before := e.trips.Load()
	v := viewOf(t, s)
	if found, err := v.Match(t.Context(), patterns...); err != nil || len(found[399]) != 1 {
		t.Fatal(found, err)
	}
	if n := e.trips.Load() - before; n > 3 { // terms, spans, terms
		t.Errorf("a match of 400 subjects took %d round trips, want 3", n)
	}
	other := server(t, location, 4)
	defer other.Close()
	addTo(t, other, quadOf(IRI("a:400"), IRI("a:p"), IRI("a:o"), IRI("a:l")))
	before = e.trips.Load()
	learn(t, s)
	if n := e.trips.Load() - before; n != 1 || s.Revision() != other.Revision() { // beside that for the news
		t.Errorf("to learn of a write took %d round trips and led to revision %d; want 1 and %d", n, s.Revision(), other.Revision())
	}
}

// TestLoadOverMany: a load over more than next to nothing merges with what is there.
func TestLoadOverMany(t *testing.T) {
	s := server(t, pgtest.Location(t), 4)
	defer s.Close()
	m, err := Open(t.Context(), "mem:", Options{Model: eventModel})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.derive.large = 4
	texts := []string{manyQuads(700), manyQuads(900)}
	old := viewOf(t, s)
	for _, s := range []*Store{s, m} {
		for i, txt := range texts {
			if _, err := s.Load(t.Context(), text("a.nq", txt), LoadOptions{}); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				addTo(t, s, quadOf(IRI("event:01"), IRI("role:host"), IRI("person:p01"), IRI("claim:1")))
			}
		}
	}
	checkStore(t, s)
	if d := contentsDiff(contents(t, s), contents(t, m)); d != "" {
		t.Error(d)
	}
	if n, err := old.Count(t.Context(), Pattern{}); err != nil || n != 0 {
		t.Errorf("the view from before the loads shows %d quads, %v", n, err)
	}
	var entries int
	if err := postgresOf(s).pool.QueryRow(t.Context(), `SELECT count(*) FROM parley_entry`).Scan(&entries); err != nil || entries <= fewEntries {
		t.Errorf("%d entries, %v: too few for this test", entries, err)
	}
}
