package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// The second engine: entries in the tables of a database that speaks PostgreSQL's wire protocol, which any number of servers share.
//
// A database may let go of its old states when it likes, and each connection sees its own. So the engine keeps states itself, by
// versions: each batch makes one more. What a snapshot shows follows from its number alone, on any connection and any replica:
//
//	parley_commit  version, id, at, trace   ; the batches: by whom, and what the store says of it to those who keep things in memory
//	parley_entry   since, key, value        ; the entries of the newest version, and the version that wrote each
//	parley_former  since, until, key, value ; entries that a later version replaced or deleted, while a snapshot may show them
//	parley_server  id, oldest, at           ; the servers: the oldest version that each has a snapshot of
//	parley_store   name, value              ; format: of these tables; copying: what a copy that is not finished has done
//
// A batch is one transaction, and one round trip: it inserts its version into parley_commit, whose primary key lets one of two
// writers through, moves what it replaces to parley_former, and writes. A reader of version v reads entries since ≤ v, and former ones of
// since ≤ v < until. Servers ask for new commits several times a second (Poll), and once a second say that they live and which version is
// the oldest that they still need (heartbeat). One that was not heard of for leaseTime has none any more, and knows so by its own clock,
// after leaseUsed. What nobody needs is deleted.
//
// Statements are of the kinds that PostgreSQL, CockroachDB and YugabyteDB share:
//
//   - tables: CREATE TABLE, TEMPORARY too, and CREATE INDEX, IF NOT EXISTS; DROP TABLE
//   - reading: SELECT with = ANY(array), unnest WITH ORDINALITY, CROSS JOIN LATERAL, UNION ALL, ORDER BY, LIMIT, FOR UPDATE
//   - writing: INSERT of VALUES and of a SELECT, ON CONFLICT DO UPDATE and DO NOTHING, RETURNING; DELETE; COPY FROM STDIN (binary)
//   - BEGIN, COMMIT, ROLLBACK
//   - what is there: version(), SHOW transaction_read_only, pg_catalog.pg_tables, current_schema(), has_table_privilege()
//
// Of PostgreSQL alone are the settings of a session (SET, except on CockroachDB), and those by which a load puts a new table in the place of
// an empty one: pg_class, pg_get_userbyid, ALTER TABLE and ALTER INDEX. README.md says what CockroachDB and YugabyteDB want to be told.
const (
	// postgresFormat is that of the tables; the keys in them have formatVersion.
	postgresFormat = 1
	// leaseTime is how long the database keeps what a server needs that is not heard of; leaseUsed how long that server trusts in it.
	leaseTime, leaseUsed = 30 * time.Second, 20 * time.Second
	// commitTime is how long commits are kept at least: who lost a connection finds there whether its own is among them. It is
	// longer than any write may take, see PostgresOptions.Timeout.
	commitTime = 2 * time.Minute
	// maxTrace is the longest trace that is kept: a server that misses one forgets what it has in memory.
	maxTrace = 64 << 10
)

// PostgresOptions set how a store in a database is reached. The zero PostgresOptions are the defaults.
type PostgresOptions struct {
	// Read is the connection string of a replica to read from what it has already; "" reads from the database itself. What is read is the
	// same.
	Read string
	// Connections is how many there are to each database at most; 0 is DefaultConnections.
	Connections int
	// Timeout is how long one statement, and a read or write with its repetitions, may take; 0 is DefaultTimeout, and more than a minute is refused:
	// whether a write went through is known for two.
	Timeout time.Duration
	// Poll is how often new writes of others are asked for; 0 is DefaultPoll. It bounds how old an answer may be.
	Poll time.Duration

	copying bool // a copy that is not finished may go on
}

// The defaults of PostgresOptions. A hundred servers have so many connections in a database that allows 2,000.
const (
	DefaultConnections = 16
	DefaultTimeout     = 30 * time.Second
	DefaultPoll        = 25 * time.Millisecond
)

// Check returns an error for options with which no store is opened.
func (o PostgresOptions) Check() error {
	_, err := o.filled()
	return err
}

// filled returns the options with the defaults for those that are 0.
func (o PostgresOptions) filled() (PostgresOptions, error) {
	if o.Connections == 0 {
		o.Connections = DefaultConnections
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Poll == 0 {
		o.Poll = DefaultPoll
	}
	switch {
	case o.Connections < 4 || o.Timeout < 0 || o.Timeout > time.Minute || o.Poll < 0 || o.Poll > leaseUsed/2:
		return o, fmt.Errorf("%d connections, time-out %v, poll %v: give at least 4 connections, at most %v and %v", o.Connections, o.Timeout, o.Poll, time.Minute, leaseUsed/2)
	case o.Read != "" && !InDatabase(o.Read):
		return o, errors.New("the replica to read from is no database: give postgres://…")
	}
	return o, nil
}

// postgresEngine is an engine in a database.
type postgresEngine struct {
	o        PostgresOptions
	id       string // of this server among all
	pool     *pgxpool.Pool
	replica  *pgxpool.Pool // nil if there is none
	postgres bool          // it is PostgreSQL, and not a database that speaks like it

	trips    atomic.Int64  // round trips for reads, which tests count
	applied  atomic.Uint64 // by the replica
	stop     context.CancelFunc
	stopped  sync.WaitGroup
	stopping context.Context

	mu      sync.Mutex
	version uint64                     // the newest that is known here
	commit  []byte                     // its id: another database may have another one of the same number
	broken  error                      // the database is no longer the one that it was
	open    map[*postgresSnapshot]bool // nil once it is closed
	held    time.Time                  // until when the database surely keeps what is open
	lapsed  bool                       // it may not have kept what was open

	beating sync.Mutex // one heartbeat at a time: of two, the later must not take for lapsed what the earlier prolonged
}

// A postgresSnapshot is a version.
type postgresSnapshot struct {
	engine  *postgresEngine
	version uint64
	commit  []byte // the id of the version's commit

	mu    sync.Mutex
	reads sync.WaitGroup
	gone  error // why it cannot be read: closed or outdated
}

// newID returns the id of a batch or a server, which no other has.
func newID() []byte {
	id := make([]byte, 16)
	rand.Read(id) // which never fails
	return id
}

func (e *postgresEngine) snapshot() snapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := &postgresSnapshot{engine: e, version: e.version, commit: e.commit}
	if e.open == nil {
		s.gone = ErrClosed
		return s
	}
	if e.broken != nil {
		s.gone = e.broken
		return s
	}
	e.open[s] = true
	return s
}

func (s *postgresSnapshot) close() error {
	s.end(ErrClosed)
	s.engine.mu.Lock()
	delete(s.engine.open, s)
	s.engine.mu.Unlock()
	return nil
}

// end lets no more reads begin, and waits for those that are under way.
func (s *postgresSnapshot) end(why error) {
	s.mu.Lock()
	if s.gone == nil {
		s.gone = why
	}
	s.mu.Unlock()
	s.reads.Wait()
}

// begin begins a read, which done ends.
func (s *postgresSnapshot) begin() (done func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone != nil {
		return nil, s.gone
	}
	s.reads.Add(1)
	return s.reads.Done, nil
}

// acknowledge has nothing to do: the database keeps what it acknowledged.
func (e *postgresEngine) acknowledge(uint64) {}

func (e *postgresEngine) close() error {
	e.mu.Lock()
	open := e.open
	e.open = nil
	e.mu.Unlock()
	for s := range open {
		s.end(ErrClosed)
	}
	e.stop()
	e.stopped.Wait()
	if open != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		e.pool.Exec(ctx, `DELETE FROM parley_server WHERE id = $1`, e.id) // or its time runs out
	}
	closePools(e.pool, e.replica)
	return nil
}

// closeTime is how long a program that ends waits for its connections to end. The driver waits for 15 s for the farewell of a server that hangs.
const closeTime = time.Second

// closePools closes those pools that are not nil, and leaves what hangs to end by itself.
func closePools(pools ...*pgxpool.Pool) {
	var closing sync.WaitGroup
	for _, p := range pools {
		if p != nil {
			closing.Go(p.Close)
		}
	}
	closed := make(chan struct{})
	go func() {
		closing.Wait()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(closeTime):
	}
}

// retry calls do until it succeeds or fails for a reason that another try does not mend, or the time of the engine is over. Do must bear
// being repeated.
func (e *postgresEngine) retry(asker context.Context, do func(context.Context) error) error {
	if err := asker.Err(); err != nil {
		return err
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(asker, e.o.Timeout)
	defer cancel()
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := do(ctx)
		switch {
		case err == nil:
			return nil
		case asker.Err() != nil:
			return asker.Err()
		case e.stopping.Err() != nil:
			return ErrClosed
		case !transient(err) && ctx.Err() == nil:
			return e.explain(err)
		}
		if lostServer(err) { // and so have other connections
			e.pool.Reset()
			if e.replica != nil {
				e.replica.Reset()
			}
		}
		select {
		case <-ctx.Done():
			if asker.Err() != nil {
				return asker.Err()
			}
			return fmt.Errorf("%w: tried for %v: %w", ErrUnreachable, time.Since(began).Round(time.Millisecond), err)
		case <-e.stopping.Done():
			return ErrClosed
		case <-time.After(wait):
		}
	}
}

// explain gives an error of the driver's a name, and leaves those that have one.
func (e *postgresEngine) explain(err error) error {
	for _, known := range []error{errMoved, errHoldsStore, ErrInUse, ErrDamaged, ErrClosed, ErrOutdated, ErrNotStore} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}
