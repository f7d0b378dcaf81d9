package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresCopy is a database that a store is copied to. Each part is a version, so that whoever else writes there makes the copy fail, and a part whose connection was
// lost is known.
type postgresCopy struct {
	*postgresEngine
	was bool
}

const (
	beginCopyStatement = `INSERT INTO parley_store (name, value) VALUES ('copying', $1)`
	endCopyStatement   = `DELETE FROM parley_store WHERE name = 'copying'`

	// copierPrefix begins the ids of those who copy. They are no servers: one that was killed before it began would keep the next from it, and of two
	// that begin at once the version lets one through.
	copierPrefix = "copy-"

	// serversStatement counts the servers that have it open.
	serversStatement = `SELECT count(*) FROM parley_server WHERE id NOT LIKE '` + copierPrefix + `%' AND at > now() - $1::bigint * interval '1 millisecond'`
	anyStatement     = `SELECT count(*) FROM (SELECT 1 FROM parley_entry LIMIT 1) AS one`
)

var errHoldsStore = errors.New("it holds a store; give an empty database, or by search_path a schema, of its own")

func openPostgresCopy(ctx context.Context, location string, id copyID, o PostgresOptions) (_ *postgresCopy, err error) {
	o.copying, o.Read = true, ""
	e, err := openPostgres(ctx, location, o)
	if err != nil {
		return nil, err
	}
	c := &postgresCopy{postgresEngine: e}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	var text string
	switch err := e.pool.QueryRow(ctx, copyingStatement).Scan(&text); {
	case err == nil:
		c.was = true
		return c, id.compare([]byte(text), "drop its tables, whose names begin with parley_")
	case !errors.Is(err, pgx.ErrNoRows):
		return nil, e.explain(err)
	}
	return c, c.commit(ctx, func(ctx context.Context, conn *pgxpool.Conn, _ uint64) error {
		var n int
		if err := conn.QueryRow(ctx, anyStatement).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return errHoldsStore
		}
		if err := conn.QueryRow(ctx, serversStatement, leaseTime.Milliseconds()).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w by a server, or was %v ago; stop that first", ErrInUse, leaseTime)
		}
		_, err := conn.Exec(ctx, beginCopyStatement, string(id.bytes()))
		return err
	})
}

// commit makes a version of what do does, in one transaction that is tried again if it fails for a reason that passes.
func (c *postgresCopy) commit(ctx context.Context, do func(ctx context.Context, conn *pgxpool.Conn, version uint64) error) error {
	e := c.postgresEngine
	e.mu.Lock()
	base, of := e.version, e.commit
	e.mu.Unlock()
	id := newID()
	err := e.retry(ctx, func(ctx context.Context) error {
		conn, err := e.take(ctx, base, of, id)
		if errors.Is(err, errMoved) {
			return e.whose(ctx, base+1, id) // by an earlier try, perhaps
		}
		if err != nil {
			return err
		}
		defer conn.Release() // which gives up a connection that is in a transaction
		if err := do(ctx, conn, base+1); err != nil {
			return err
		}
		_, err = conn.Exec(ctx, `COMMIT`)
		return err
	})
	if errors.Is(err, errMoved) {
		return fmt.Errorf("%w by another program, which writes to it; stop that, and copy again", ErrInUse)
	}
	if err == nil {
		e.advance(base+1, id)
	}
	return err
}

func (c *postgresCopy) resumed() bool { return c.was }

func (c *postgresCopy) put(ctx context.Context, part []write) error {
	return c.commit(ctx, func(ctx context.Context, conn *pgxpool.Conn, version uint64) error {
		_, err := conn.Conn().PgConn().CopyFrom(ctx, &partReader{part: part, since: binary.BigEndian.AppendUint64(nil, version), now: copySignature},
			`COPY parley_entry (since, key, value) FROM STDIN (FORMAT binary)`)
		return err
	})
}

// A partReader gives a part as COPY reads it.
type partReader struct {
	part  []write
	since []byte
	now   []byte
	room  []byte
	ended bool
}

func (r *partReader) Read(b []byte) (int, error) {
	for len(r.now) == 0 {
		switch {
		case r.ended:
			return 0, io.EOF
		case len(r.part) == 0:
			r.now, r.ended = copyTrailer, true
			continue
		}
		r.room = r.room[:0]
		for len(r.part) > 0 && len(r.room) < chunkBytes {
			r.room = appendCopyRow(r.room, r.since, r.part[0].key, r.part[0].value)
			r.part = r.part[1:]
		}
		r.now = r.room
	}
	n := copy(b, r.now)
	r.now = r.now[n:]
	return n, nil
}

func (c *postgresCopy) undo(ctx context.Context) error {
	return c.commit(ctx, func(ctx context.Context, conn *pgxpool.Conn, _ uint64) error {
		_, err := conn.Exec(ctx, `DELETE FROM parley_entry`)
		if err == nil {
			_, err = conn.Exec(ctx, endCopyStatement)
		}
		return err
	})
}

// wantEmptyDatabase returns an error for a database that nothing can be copied to, before it is touched.
func wantEmptyDatabase(ctx context.Context, location string, o PostgresOptions) error {
	o, err := o.filled()
	if err != nil {
		return err
	}
	pool, err := poolOf(ctx, location, o, true)
	if err != nil {
		return err
	}
	defer pool.Close()
	var n int
	if err := pool.QueryRow(ctx, haveTablesStatement).Scan(&n); err != nil || n == 0 {
		return openingError(err)
	}
	if err := pool.QueryRow(ctx, anyStatement).Scan(&n); err != nil || n == 0 {
		return openingError(err)
	}
	var text string
	err = pool.QueryRow(ctx, copyingStatement).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return errHoldsStore
	}
	return openingError(err)
}

func (c *postgresCopy) finish(ctx context.Context, _ uint64) error {
	return c.commit(ctx, func(ctx context.Context, conn *pgxpool.Conn, _ uint64) error {
		_, err := conn.Exec(ctx, endCopyStatement)
		return err
	})
}
