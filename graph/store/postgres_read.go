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
			short, cancel := context.WithTimeout(ctx, e.replicaTime())
			err := do(short, e.replica)
			cancel()
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
	if s.gone != ErrClosed { // who closes it waits for this read
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

// A found is what a round trip brought of a span.
type found struct {
	keys, values [][]byte
	read         bool // or it was not its turn yet
	more         bool // perhaps there are others
}

func (s *postgresSnapshot) scan(ctx context.Context, spans []span, each func(i int, key, value []byte) bool) error {
	if len(spans) == 0 {
		return ctx.Err()
	}
	all := make([]found, len(spans))
	for i := range spans {
		f := &all[i]
		if !f.read {
			if err := s.trip(ctx, spans[i:], all[i:]); err != nil {
				return err
			}
		}
		goOn := true
		for n := 0; n < len(f.keys) && goOn; n++ {
			if n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			goOn = each(i, f.keys[n], f.values[n])
		}
		if goOn && f.more {
			n := len(f.keys)
			if err := s.scanRest(ctx, spans[i], f.keys[n-1], n, func(key, value []byte) bool { return each(i, key, value) }); err != nil {
				return err
			}
		}
		f.keys, f.values = nil, nil
	}
	return nil
}

// pageOf returns how many entries of a span come at first.
func (s span) pageOf() int {
	if s.limit == 0 {
		return firstPage
	}
	return min(s.limit, firstPage)
}

// trip reads the first entries of those spans of which none are read, in one round trip; if they are too many together, of the first of them.
func (s *postgresSnapshot) trip(ctx context.Context, spans []span, all []found) error {
	type alike struct {
		backwards bool
		page      int
	}
	place := map[alike]int{}
	var groups []group
	for i, sp := range spans {
		if all[i].read {
			continue
		}
		a := alike{sp.backwards, sp.pageOf()}
		n, ok := place[a]
		if !ok {
			n, place[a] = len(groups), len(groups)
			groups = append(groups, group{page: a.page})
		}
		groups[n].of = append(groups[n].of, i)
	}
	return s.readGroups(ctx, spans, groups, all)
}

// A group is those of some spans that one statement reads: they go in one direction, and of each come at most so many entries.
type group struct {
	page int
	of   []int
}

// readGroups reads the first entries of groups of spans, in one round trip.
func (s *postgresSnapshot) readGroups(ctx context.Context, spans []span, groups []group, all []found) error {
	return s.read(ctx, func(ctx context.Context, pool *pgxpool.Pool) error {
		batch := &pgx.Batch{}
		for _, g := range groups {
			s.queue(batch, spans, g)
		}
		results := pool.SendBatch(ctx, batch)
		for _, g := range groups {
			if err := readGroup(results, spans, g, all); err != nil {
				results.Close() // of which the error is this one or comes of it
				return err
			}
		}
		return results.Close()
	})
}

// queue asks for the first entries of a group.
func (s *postgresSnapshot) queue(batch *pgx.Batch, spans []span, g group) {
	lower, upper := make([][]byte, len(g.of)), make([][]byte, len(g.of))
	statement := scanStatement
	for n, i := range g.of {
		sp := spans[i]
		if lower[n] = sp.lower; sp.lower == nil {
			lower[n] = []byte{}
		}
		if upper[n] = sp.upper; sp.upper == nil {
			upper[n] = []byte{0xff} // no key begins with it
		}
		if sp.backwards {
			statement = scanBackwardsStatement
		}
	}
	batch.Queue(statement, lower, upper, int64(s.version), int64(g.page), int64(tripRows))
}

// readGroup reads the answer to queue.
func readGroup(results pgx.BatchResults, spans []span, g group, all []found) error {
	for _, i := range g.of {
		all[i] = found{read: true}
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	total, last := 0, 0
	var room []byte
	for rows.Next() {
		raw := rows.RawValues()
		if total == 0 && rows.FieldDescriptions()[1].Format != pgx.BinaryFormatCode {
			return errors.New("the answer is text: leave default_query_exec_mode of the location as it is")
		}
		n := int(binary.BigEndian.Uint64(raw[0])) - 1
		if cap(room)-len(room) < len(raw[1])+len(raw[2]) {
			room = make([]byte, 0, max(len(raw[1])+len(raw[2]), 16<<10))
		}
		at := len(room)
		room = append(append(room, raw[1]...), raw[2]...)
		key, value := room[at:at+len(raw[1]):at+len(raw[1])], room[at+len(raw[1]):len(room):len(room)]
		f := &all[g.of[n]]
		if m := len(f.keys); m > 0 {
			c := bytes.Compare(f.keys[m-1], key)
			if c == 0 || c > 0 != spans[g.of[n]].backwards {
				return fmt.Errorf("the database answers out of order: %w", ErrDamaged)
			}
		}
		if n < last {
			return fmt.Errorf("the database answers out of order: %w", ErrDamaged)
		}
		f.keys, f.values = append(f.keys, key), append(f.values, value)
		total, last = total+1, n
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for n, i := range g.of {
		f := &all[i]
		f.more = len(f.keys) == g.page && spans[i].limit != g.page
		if total == tripRows && n >= last { // it was cut there
			f.more = n == last && (spans[i].limit == 0 || len(f.keys) < spans[i].limit)
			f.read = n == last
		}
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
		all := make([]found, 1)
		if err := s.readGroups(ctx, []span{sp}, []group{{page, []int{0}}}, all); err != nil {
			return err
		}
		for n, k := range all[0].keys {
			if n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if !each(k, all[0].values[n]) {
				return nil
			}
		}
		if passed = len(all[0].keys); passed < page {
			return nil
		}
		key = all[0].keys[passed-1]
	}
}
