package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	getStatement = `SELECT key, value FROM parley_entry WHERE key = ANY($1) AND since <= $2
UNION ALL
SELECT key, value FROM parley_former WHERE key = ANY($1) AND since <= $2 AND until > $2`

	// scanStatement reads the first of the entries of each of many spans, in the order of the spans. The planner merges two index scans a span.
	scanStatement = `SELECT s.i, e.key, e.value
FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS s (lower, upper, i)
CROSS JOIN LATERAL (
	SELECT key, value FROM (
		(SELECT key, value FROM parley_entry WHERE key >= s.lower AND key < s.upper AND since <= $3 ORDER BY key LIMIT $4)
		UNION ALL
		(SELECT key, value FROM parley_former WHERE key >= s.lower AND key < s.upper AND since <= $3 AND until > $3 ORDER BY key LIMIT $4)
	) AS both_tables ORDER BY key LIMIT $4
) AS e
ORDER BY s.i LIMIT $5`

	scanBackwardsStatement = `SELECT s.i, e.key, e.value
FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS s (lower, upper, i)
CROSS JOIN LATERAL (
	SELECT key, value FROM (
		(SELECT key, value FROM parley_entry WHERE key >= s.lower AND key < s.upper AND since <= $3 ORDER BY key DESC LIMIT $4)
		UNION ALL
		(SELECT key, value FROM parley_former WHERE key >= s.lower AND key < s.upper AND since <= $3 AND until > $3 ORDER BY key DESC LIMIT $4)
	) AS both_tables ORDER BY key DESC LIMIT $4
) AS e
ORDER BY s.i LIMIT $5`
)

// How much one round trip brings: of a span that has no limit so many entries at first, and then four times as many each time; and of
// all spans together.
const (
	firstPage = 512
	lastPage  = 16 << 10
	tripRows  = 32 << 10
)

// binaryRows asks for numbers and bytes as they are.
var binaryRows = pgx.QueryResultFormats{pgx.BinaryFormatCode}

// read does a read, which may be repeated, on the replica if it has the version and else on the database.
func (s *postgresSnapshot) read(ctx context.Context, do func(context.Context, *pgxpool.Pool) error) error {
	done, err := s.begin()
	if err != nil {
		return err
	}
	defer done()
	e := s.engine
	err = e.retry(ctx, func(ctx context.Context) error {
		e.trips.Add(1)
		if e.replica != nil && e.applied.Load() >= s.version {
			err := do(ctx, e.replica)
			if err == nil || !transient(err) {
				return err
			}
			e.applied.Store(0) // until it is heard of again
		}
		return do(ctx, e.pool)
	})
	if err != nil {
		return err
	}
	// Only now: what was read is right if it was kept until it was.
	e.mu.Lock()
	held := e.held
	e.mu.Unlock()
	if time.Now().After(held) {
		return ErrOutdated
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.gone, ErrOutdated) {
		return s.gone
	}
	return nil
}

func (s *postgresSnapshot) get(ctx context.Context, keys [][]byte) ([][]byte, error) {
	out := make([][]byte, len(keys))
	if len(keys) == 0 {
		done, err := s.begin()
		if err == nil {
			done()
			err = ctx.Err()
		}
		return out, err
	}
	found := make(map[string][]byte, len(keys))
	err := s.read(ctx, func(ctx context.Context, pool *pgxpool.Pool) error {
		clear(found)
		rows, err := pool.Query(ctx, getStatement, binaryRows, keys, int64(s.version))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			raw := rows.RawValues()
			found[string(raw[0])] = append([]byte{}, raw[1]...)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	taken := make(map[string]bool, len(found)) // each value is its caller's own
	for i, k := range keys {
		v := found[string(k)]
		if v != nil && taken[string(k)] {
			v = append([]byte{}, v...)
		}
		taken[string(k)] = true
		out[i] = v
	}
	return out, nil
}

// An entryRow is a row of a scan.
type entryRow struct {
	span       int
	key, value []byte
}

// page reads entries of spans, of each at most limit, of all at most tripRows, all backwards or none.
func (s *postgresSnapshot) page(ctx context.Context, spans []span, limit int) (rows []entryRow, err error) {
	lower, upper := make([][]byte, len(spans)), make([][]byte, len(spans))
	for i, sp := range spans {
		if lower[i] = sp.lower; sp.lower == nil {
			lower[i] = []byte{}
		}
		if upper[i] = sp.upper; sp.upper == nil {
			upper[i] = []byte{0xff} // no key begins with it
		}
	}
	statement := scanStatement
	if spans[0].backwards {
		statement = scanBackwardsStatement
	}
	err = s.read(ctx, func(ctx context.Context, pool *pgxpool.Pool) error {
		rows = rows[:0]
		r, err := pool.Query(ctx, statement, binaryRows, lower, upper, int64(s.version), int64(limit), int64(tripRows))
		if err != nil {
			return err
		}
		defer r.Close()
		var room []byte
		for r.Next() {
			raw := r.RawValues()
			i := int64(binary.BigEndian.Uint64(raw[0]))
			n := len(raw[1]) + len(raw[2])
			if cap(room)-len(room) < n {
				room = make([]byte, 0, max(n, 16<<10))
			}
			at := len(room)
			room = append(append(room, raw[1]...), raw[2]...)
			row := entryRow{int(i) - 1, room[at : at+len(raw[1]) : at+len(raw[1])], room[at+len(raw[1]) : at+n : at+n]}
			if m := len(rows); m > 0 {
				last := rows[m-1]
				c := bytes.Compare(last.key, row.key)
				if row.span < last.span || row.span == last.span && (c == 0 || c > 0 != spans[0].backwards) {
					return fmt.Errorf("the database answers out of order: %w", ErrDamaged)
				}
			}
			rows = append(rows, row)
		}
		return r.Err()
	})
	return rows, err
}

func (s *postgresSnapshot) scan(ctx context.Context, spans []span, each func(i int, key, value []byte) bool) error {
	if len(spans) == 0 {
		return ctx.Err()
	}
	for at := 0; at < len(spans); {
		// As many as can go together: of one direction and one limit.
		n := at + 1
		for n < len(spans) && spans[n].backwards == spans[at].backwards && spans[n].limit == spans[at].limit {
			n++
		}
		if err := s.scanAlike(ctx, spans[at:n], func(i int, key, value []byte) bool { return each(at+i, key, value) }); err != nil {
			return err
		}
		at = n
	}
	return nil
}

// scanAlike is scan for spans of one direction and one limit.
func (s *postgresSnapshot) scanAlike(ctx context.Context, spans []span, each func(i int, key, value []byte) bool) error {
	limit := spans[0].limit
	if limit == 0 || limit > firstPage {
		limit = firstPage
	}
	for at := 0; at < len(spans); { // the first whose entries are not all passed on
		rows, err := s.page(ctx, spans[at:], limit)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		full := len(rows) == tripRows // of the last span, and of those after it, there may be more
		from, last := at, at
		for len(rows) > 0 {
			i := rows[0].span
			last = from + i
			n, more := 0, true
			for n < len(rows) && rows[n].span == i {
				more = more && each(last, rows[n].key, rows[n].value)
				n++
			}
			if more && (n == limit || full && n == len(rows)) {
				if err := s.scanRest(ctx, spans[last], rows[n-1].key, n, func(key, value []byte) bool { return each(last, key, value) }); err != nil {
					return err
				}
			}
			rows = rows[n:]
		}
		if !full {
			return nil
		}
		at = last + 1
	}
	return nil
}

// scanRest goes on with a span of which some entries are passed on, the last with a key.
func (s *postgresSnapshot) scanRest(ctx context.Context, sp span, key []byte, passed int, each func(key, value []byte) bool) error {
	for page := 4 * firstPage; ; page = min(4*page, lastPage) {
		if sp.limit > 0 {
			if sp.limit -= passed; sp.limit == 0 {
				return nil
			}
			page = min(page, sp.limit)
		}
		if sp.backwards {
			sp.upper = key
		} else {
			sp.lower = append(bytes.Clone(key), 0)
		}
		rows, err := s.page(ctx, []span{sp}, page)
		if err != nil {
			return err
		}
		for n, r := range rows {
			if n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if !each(r.key, r.value) {
				return nil
			}
		}
		if passed = len(rows); passed < page {
			return nil
		}
		key = rows[passed-1].key
	}
}
