package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresIngest is a transaction on one connection. It takes its version at once, so that all who write wait for its end. Entries are copied beside those that
// are there, and merged with them in the end. Where next to none are there, they are copied to where they belong; PostgreSQL, which can change tables within a
// transaction, takes the new table for the old one, and makes its index at once, which is faster and half as large as one that grew.
type postgresIngest struct {
	e       *postgresEngine
	ctx     context.Context
	cancel  context.CancelFunc
	conn    *pgxpool.Conn
	version uint64
	of, id  []byte // of the commit that it follows, and its own
	temp    string

	few  map[string]bool // the keys that are there; nil if there are many
	swap bool            // the new table takes the place of the old one

	mu     sync.Mutex
	chunks chan []byte // to the copying, which fails at the first file that fails
	copied chan error
	late   []write // over what is there
	failed error
}

// fewEntries is up to how many entries a database holds next to nothing.
const fewEntries = 1000

// ownStatement asks PostgreSQL whether the table is this user's own to replace, and no rights on it would be lost.
const ownStatement = `SELECT pg_get_userbyid(relowner) = current_user AND relacl IS NULL FROM pg_class WHERE oid = 'parley_entry'::regclass`

// copySignature begins what COPY reads in binary form, see "COPY" in PostgreSQL's manual: then a row is the number of its fields, and
// each field its length and its bytes.
var copySignature = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")

// copyTrailer ends it.
var copyTrailer = []byte{0xff, 0xff}

// appendCopyRow appends a row. A field that is nil is null.
func appendCopyRow(b []byte, fields ...[]byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(fields)))
	for _, f := range fields {
		if f == nil {
			b = binary.BigEndian.AppendUint32(b, 1<<32-1)
		} else {
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(f))), f...)
		}
	}
	return b
}

func (e *postgresEngine) ingest(on snapshot) (_ ingest, err error) {
	base := on.(*postgresSnapshot)
	ctx, cancel := context.WithCancel(e.stopping)
	i := &postgresIngest{e: e, ctx: ctx, cancel: cancel, version: base.version + 1, of: base.commit, id: newID()}
	defer func() {
		if err != nil {
			err = errors.Join(err, i.abort())
		}
	}()
	err = e.retry(ctx, func(ctx context.Context) (err error) {
		i.conn, err = e.take(ctx, base.version, i.of, i.id)
		return err
	})
	if err != nil {
		return nil, err
	}
	rows, err := i.conn.Query(ctx, `SELECT key FROM parley_entry LIMIT $1`, fewEntries+1)
	if err != nil {
		return nil, e.explain(err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, e.explain(err)
	}
	table := "parley_entry (since, key, value)"
	if len(keys) <= fewEntries {
		i.few = map[string]bool{}
		for _, k := range keys {
			i.few[string(k)] = true
		}
		if e.postgres {
			if err := i.conn.QueryRow(ctx, ownStatement).Scan(&i.swap); err != nil {
				return nil, e.explain(err)
			}
		}
		if i.swap {
			table = "parley_load (since, key, value)"
			_, err = i.conn.Exec(ctx, `CREATE TABLE parley_load (since bigint NOT NULL, key bytea NOT NULL, value bytea NOT NULL)`)
		}
	} else {
		table = "parley_load (key, value)"
		_, err = i.conn.Exec(ctx, `CREATE TEMPORARY TABLE parley_load (key bytea NOT NULL, value bytea)`) // merge drops it: not all have ON COMMIT DROP
	}
	if err != nil {
		return nil, e.explain(err)
	}
	i.chunks, i.copied = make(chan []byte, 4), make(chan error, 1)
	go func() {
		r := &chunkReader{chunks: i.chunks, now: copySignature}
		_, err := i.conn.Conn().PgConn().CopyFrom(ctx, r, `COPY `+table+` FROM STDIN (FORMAT binary)`)
		i.copied <- err
		if err != nil {
			cancel() // nobody reads chunks any more
		}
	}()
	return i, nil
}

// A chunkReader reads chunks until there are no more.
type chunkReader struct {
	chunks <-chan []byte
	now    []byte
}

func (r *chunkReader) Read(b []byte) (int, error) {
	for len(r.now) == 0 {
		var ok bool
		if r.now, ok = <-r.chunks; !ok {
			return 0, io.EOF
		}
	}
	n := copy(b, r.now)
	r.now = r.now[n:]
	return n, nil
}

func (i *postgresIngest) scratch() (dir string, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.temp == "" {
		i.temp, err = os.MkdirTemp("", "parley-load-")
	}
	return i.temp, err
}

func (i *postgresIngest) file(bool) (sortedFile, error) { return &postgresFile{i: i}, nil }

// A postgresFile makes rows of entries.
type postgresFile struct {
	i     *postgresIngest
	chunk []byte
	n     int64
}

// chunkBytes is how many bytes of rows go together.
const chunkBytes = 256 << 10

func (f *postgresFile) set(key, value []byte) error {
	if value == nil {
		value = []byte{}
	}
	return f.row(key, value)
}

func (f *postgresFile) delete(key []byte) error { return f.row(key, nil) }

func (f *postgresFile) size() int64 { return f.n }

func (f *postgresFile) row(key, value []byte) error {
	if f.i.few != nil {
		if value == nil || f.i.few[string(key)] {
			f.i.mu.Lock()
			defer f.i.mu.Unlock()
			w := write{key: bytes.Clone(key)}
			if value != nil {
				w.value = append([]byte{}, value...)
			}
			f.i.late = append(f.i.late, w)
			return nil
		}
	}
	if f.chunk == nil {
		f.chunk = make([]byte, 0, chunkBytes+1024)
	}
	b := f.chunk
	if f.i.few != nil {
		b = appendCopyRow(b, binary.BigEndian.AppendUint64(make([]byte, 0, 8), f.i.version), key, value)
	} else {
		b = appendCopyRow(b, key, value)
	}
	f.n += int64(len(b) - len(f.chunk))
	if f.chunk = b; len(b) < chunkBytes {
		return nil
	}
	return f.flush()
}

func (f *postgresFile) flush() error {
	b := f.chunk
	f.chunk = nil
	if len(b) == 0 {
		return nil
	}
	select {
	case f.i.chunks <- b:
		return nil
	case <-f.i.ctx.Done():
		return f.i.fail()
	}
}

func (f *postgresFile) close() error { return f.flush() }

// fail returns why the copying ended.
func (i *postgresIngest) fail() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.failed == nil {
		select {
		case err := <-i.copied:
			i.copied <- err
			if i.failed = ErrClosed; err != nil {
				i.failed = i.e.explain(err)
			}
		default:
			i.failed = ErrClosed
		}
	}
	return i.failed
}

func (i *postgresIngest) commit(last write) error {
	select {
	case i.chunks <- copyTrailer:
	case <-i.ctx.Done():
		return i.fail()
	}
	close(i.chunks)
	err := <-i.copied
	i.copied <- err
	i.chunks = nil
	if err != nil {
		return i.e.explain(err)
	}
	if i.e.stopping.Err() != nil {
		return ErrClosed
	}
	ctx := context.Background()
	i.late = append(i.late, last)
	err = i.merge(ctx)
	if err == nil {
		i.e.advance(i.version, i.id)
		return nil
	}
	i.conn.Conn().Close(ctx)
	if refused(err) {
		return i.e.explain(err)
	}
	// The connection was lost, perhaps after the commit, or the database is about to commit still: then the version is to be had only when it has ended.
	known := i.e.retry(ctx, func(ctx context.Context) error {
		c, err := i.e.take(ctx, i.version-1, i.of, i.id)
		if err == nil {
			c.Release() // and the version with it
			return errMoved
		}
		if errors.Is(err, errMoved) {
			return i.e.whose(ctx, i.version, i.id)
		}
		return err
	})
	switch {
	case known == nil:
		i.e.advance(i.version, i.id)
		return nil
	case errors.Is(known, errMoved):
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return fmt.Errorf("%w; %w", known, errOutcome)
}

// merge brings together what was copied and what is there, and commits.
func (i *postgresIngest) merge(ctx context.Context) error {
	var all, set, values, deleted [][]byte
	for _, w := range i.late {
		if all = append(all, w.key); w.value == nil {
			deleted = append(deleted, w.key)
		} else {
			set, values = append(set, w.key), append(values, w.value)
		}
	}
	steps := &pgx.Batch{}
	if i.few == nil {
		steps.Queue(`INSERT INTO parley_former (since, until, key, value)
			SELECT e.since, $1, e.key, e.value FROM parley_load AS l JOIN parley_entry AS e ON e.key = l.key`, int64(i.version))
		steps.Queue(`DELETE FROM parley_entry WHERE key IN (SELECT key FROM parley_load)`)
		steps.Queue(`INSERT INTO parley_entry (since, key, value) SELECT $1::bigint, key, value FROM parley_load WHERE value IS NOT NULL`, int64(i.version))
		steps.Queue(`DROP TABLE parley_load`)
	}
	steps.Queue(retireStatement, int64(i.version), all)
	steps.Queue(deleteStatement, deleted)
	steps.Queue(setStatement, int64(i.version), set, values)
	if i.swap {
		steps.Queue(`INSERT INTO parley_load (since, key, value) SELECT since, key, value FROM parley_entry`)
	}
	if err := i.conn.SendBatch(ctx, steps).Close(); err != nil {
		return err
	}
	if i.swap {
		_, err := i.conn.Conn().PgConn().Exec(ctx, `ALTER TABLE parley_load ADD CONSTRAINT parley_load_pkey PRIMARY KEY (key);
			DROP TABLE parley_entry;
			ALTER TABLE parley_load RENAME TO parley_entry;
			ALTER INDEX parley_load_pkey RENAME TO parley_entry_pkey`).ReadAll()
		if err != nil {
			return err
		}
	}
	_, err := i.conn.Exec(ctx, `COMMIT`)
	return err
}

func (i *postgresIngest) abort() error {
	i.cancel()
	if i.chunks != nil {
		close(i.chunks) // all files are closed
		<-i.copied
	}
	if i.conn != nil {
		i.conn.Release() // which gives up a connection that is in a transaction
	}
	if i.temp != "" {
		return os.RemoveAll(i.temp)
	}
	return nil
}
