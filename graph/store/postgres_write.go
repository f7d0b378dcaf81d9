package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// commitStatement makes a version after another, which must still be that of the same commit. If there is the new one already, somebody else wrote it:
	// the key is taken. If there is none to follow, it is null, which is refused too.
	commitStatement = `INSERT INTO parley_commit (version, id, at, trace)
VALUES ((SELECT version + 1 FROM parley_commit WHERE version = $1 AND id = $4), $2, now(), $3)`

	// retireStatement moves what a version replaces out of the way.
	retireStatement = `INSERT INTO parley_former (since, until, key, value)
SELECT since, $1, key, value FROM parley_entry WHERE key = ANY($2)`

	setStatement = `INSERT INTO parley_entry (since, key, value) SELECT $1::bigint, w.key, w.value FROM unnest($2::bytea[], $3::bytea[]) AS w (key, value)
ON CONFLICT (key) DO UPDATE SET since = excluded.since, value = excluded.value`

	deleteStatement = `DELETE FROM parley_entry WHERE key = ANY($1)`

	whoseStatement = `SELECT id FROM parley_commit WHERE version = $1`
)

// errOutcome says that the database could not be asked what became of a batch.
var errOutcome = errors.New("whether it was kept is not known: ask for it before you repeat it")

// apply rests on the newest version that is known here.
func (e *postgresEngine) apply(ctx context.Context, writes []write) error {
	on := e.snapshot()
	defer on.close()
	durable, err := e.begin(ctx, on, writes, nil)
	if err != nil {
		return err
	}
	return durable()
}

// begin is done when the database has committed: nobody else could see the writes before. A batch whose connection is lost is sent
// again under the same id, by which the database, and then this program, knows it.
func (e *postgresEngine) begin(ctx context.Context, on snapshot, writes []write, trace []byte) (durable func() error, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	base := on.(*postgresSnapshot)
	done, err := base.begin()
	if err != nil {
		return nil, err
	}
	defer done()
	var all, set, values, deleted [][]byte
	at := make(map[string]int, len(writes)) // the last of each key counts
	for i, w := range writes {
		at[string(w.key)] = i
	}
	for i, w := range writes {
		switch {
		case at[string(w.key)] != i:
			continue
		case w.value == nil:
			deleted = append(deleted, w.key)
		default:
			set, values = append(set, w.key), append(values, w.value)
		}
		all = append(all, w.key)
	}
	if len(trace) > maxTrace {
		trace = nil
	}
	id, version := newID(), base.version+1
	open := false // whether it was sent and may have been kept, for all that is known
	// Whether it goes through is not known from here on until the database says so: who asked must not end it.
	err = e.retry(context.WithoutCancel(ctx), func(ctx context.Context) error {
		batch := &pgx.Batch{}
		batch.Queue(`BEGIN`)
		batch.Queue(commitStatement, int64(base.version), id, trace, base.commit)
		batch.Queue(retireStatement, int64(version), all)
		if len(deleted) > 0 {
			batch.Queue(deleteStatement, deleted)
		}
		if len(set) > 0 {
			batch.Queue(setStatement, int64(version), set, values)
		}
		batch.Queue(`COMMIT`)
		sent, err := e.batch(ctx, batch)
		if moved(err) {
			return e.whose(ctx, version, id)
		}
		open = open || sent && err != nil && !refused(err)
		return err
	})
	switch {
	case err == nil:
	case errors.Is(err, errMoved):
		return nil, err
	case open:
		return nil, fmt.Errorf("%w; %w", err, errOutcome)
	case errors.Is(err, ErrUnreachable):
		return nil, fmt.Errorf("%w; %w", err, ErrRefused)
	default:
		return nil, err
	}
	e.advance(version, id)
	return func() error { return nil }, nil
}

// batch sends a transaction in one round trip. Sent is false if surely nothing of it was.
func (e *postgresEngine) batch(ctx context.Context, batch *pgx.Batch) (sent bool, err error) {
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer c.Release() // which gives up a connection that is in a transaction
	err = c.SendBatch(ctx, batch).Close()
	if c.Conn().PgConn().TxStatus() == 'E' {
		c.Exec(ctx, `ROLLBACK`)
	}
	return !pgconn.SafeToRetry(err), err
}

// take takes a connection and begins on it the transaction that makes the version after another, of the commit of, as the batch of an id. From here on all who
// write wait for its end. If there is that version, even by this id, the error is errMoved.
func (e *postgresEngine) take(ctx context.Context, base uint64, of, id []byte) (*pgxpool.Conn, error) {
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if _, err = c.Exec(ctx, `BEGIN`); err == nil {
		_, err = c.Exec(ctx, commitStatement, int64(base), id, []byte(nil), of)
	}
	if err == nil {
		return c, nil
	}
	c.Release() // which gives up a connection that is in a transaction
	if moved(err) {
		return nil, errMoved
	}
	return nil, err
}

// whose returns nil if a version is that of a batch, and errMoved if it is not.
func (e *postgresEngine) whose(ctx context.Context, version uint64, id []byte) error {
	var of []byte
	err := e.pool.QueryRow(ctx, whoseStatement, int64(version)).Scan(&of)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if string(of) == string(id) {
		return nil
	}
	return errMoved
}

// advance notes that a version is the newest, and the id of its commit.
func (e *postgresEngine) advance(version uint64, id []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.version, e.commit = version, id
}

// moved reports whether a batch was refused since somebody else has written: whether its version is taken, or null. PostgreSQL says of which table
// that is; CockroachDB only in words, by the name of the key or of the column, which no other table has.
func moved(err error) bool {
	var p *pgconn.PgError
	if !errors.As(err, &p) {
		return false
	}
	switch p.Code {
	case "23505":
		return p.TableName == "parley_commit" || strings.Contains(p.Message, `"parley_commit_pkey"`)
	case "23502":
		return p.TableName == "parley_commit" || p.TableName == "" && strings.Contains(p.Message, `"version"`)
	}
	return false
}

// refused reports whether the database surely did not do what it answers this of: an error that ends the transaction, and not the connection. Those of class 08
// and 40003 say that it does not know either.
func refused(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && cmp.Or(p.SeverityUnlocalized, p.Severity) == "ERROR" && p.Code != "40003" && !strings.HasPrefix(p.Code, "08")
}

// lostServer reports whether the server that answered, or did not, is perhaps gone, or no longer the primary.
func lostServer(err error) bool {
	var p *pgconn.PgError
	if errors.As(err, &p) {
		return p.Code == "25006" || p.Code == "57P01" || p.Code == "57P02"
	}
	return true
}

// transient reports whether another try may succeed: the connection was lost or not made, the server goes or comes, a transaction was the victim of
// another, or the server that answers is, for now, none that can be written to.
func transient(err error) bool {
	var p *pgconn.PgError
	if errors.As(err, &p) {
		switch p.Code {
		case "40001", "40P01", // serialization failure, deadlock
			"57P01", "57P02", "57P03", // shutdown, crash, not yet up
			"25006",          // a read-only transaction: the server was the primary
			"53300", "53400", // too many connections
			"53100",          // disk full: somebody may make room
			"25P02", "55P03", // within a failed transaction, lock not available
			"57014": // cancelled: by a time-out of statements
			return true
		}
		return len(p.Code) == 5 && (p.Code[:2] == "08" || p.Code[:2] == "58")
	}
	var n net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || errors.As(err, &n) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || fmt.Sprint(err) == "conn closed"
}
