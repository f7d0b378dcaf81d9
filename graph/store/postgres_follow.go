package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Following: how a server learns what others wrote, and tells what it still needs.

const (
	heartbeatStatement = `INSERT INTO parley_server (id, oldest, at) VALUES ($1, $2, now())
ON CONFLICT (id) DO UPDATE SET oldest = excluded.oldest, at = excluded.at`

	// newsStatement reads the commits from one on. The newest is never deleted, so that an answer without any says that the database lost its end.
	newsStatement = `SELECT version, id, trace FROM parley_commit WHERE version >= $1 ORDER BY version LIMIT 1000`

	newestStatement = `SELECT version, id FROM parley_commit ORDER BY version DESC LIMIT 1`

	// What is below the oldest version that any server needs, is needed by none.
	neededStatement = `SELECT min(oldest) FROM parley_server WHERE at > now() - $1::bigint * interval '1 millisecond'`
	forgetStatement = `DELETE FROM parley_former WHERE (key, until) IN (SELECT key, until FROM parley_former WHERE until <= $1 LIMIT 10000)`
	pruneStatement  = `DELETE FROM parley_commit WHERE version < $1 AND at < now() - $2::bigint * interval '1 millisecond'`
	buryStatement   = `DELETE FROM parley_server WHERE at < now() - $1::bigint * interval '1 millisecond'`
)

// beat is how often a server says that it lives, and cleans up after all.
const beat = time.Second

// news makes the newest version the one that is known here, and returns the commits that led to it, oldest first. Whole is false if some of them
// are not told. Anew says that what was open before is outdated. Nobody writes through this engine meanwhile.
func (e *postgresEngine) news(ctx context.Context) (list []commit, whole, anew bool, err error) {
	e.mu.Lock()
	lapsed := time.Now().After(e.held)
	e.mu.Unlock()
	if lapsed { // what is newest now is to be kept from now on
		if err := e.retry(ctx, e.heartbeat); err != nil {
			return nil, false, false, err
		}
	}
	e.mu.Lock()
	known, id := e.version, e.commit
	anew, e.lapsed = e.lapsed, false // it may lapse once more meanwhile
	broken := e.broken
	e.mu.Unlock()
	if broken != nil {
		return nil, false, false, broken
	}
	whole = true
	var ids [][]byte
	err = e.retry(ctx, func(ctx context.Context) error {
		list, ids = list[:0], ids[:0]
		rows, err := e.pool.Query(ctx, newsStatement, int64(known))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var version int64
			var c commit
			var id []byte
			if err := rows.Scan(&version, &id, &c.trace); err != nil {
				return err
			}
			c.version = uint64(version)
			list, ids = append(list, c), append(ids, id)
		}
		return rows.Err()
	})
	if err != nil {
		e.mu.Lock()
		e.lapsed = e.lapsed || anew
		e.mu.Unlock()
		return nil, false, anew, err
	}
	if len(list) == 0 || list[0].version == known && !bytes.Equal(ids[0], id) {
		err := fmt.Errorf("its version %d is not what it was: %w: it is another database, or has lost its end; open it again to go on with what is there", known, ErrDamaged)
		e.mu.Lock()
		e.broken = err
		e.mu.Unlock()
		e.outdate() // nothing of this is to be mixed with that
		return nil, false, false, err
	}
	last := ids[len(ids)-1]
	if list[0].version == known {
		list = list[1:]
	}
	next := known
	for _, c := range list {
		next++
		whole = whole && c.version == next && c.trace != nil
		next = c.version
	}
	e.mu.Lock()
	e.version, e.commit = next, last
	e.mu.Unlock()
	return list, whole, anew, nil
}

// heartbeat tells the database that this server lives, and the oldest version that it needs. If it could not for so long that others may have thrown
// away what is open, that is outdated.
func (e *postgresEngine) heartbeat(ctx context.Context) error {
	e.beating.Lock()
	defer e.beating.Unlock()
	asked := time.Now()
	e.mu.Lock()
	oldest := e.version
	for s := range e.open {
		oldest = min(oldest, s.version)
	}
	lapsed := asked.After(e.held)
	e.mu.Unlock()
	if lapsed {
		e.outdate()
	}
	if _, err := e.pool.Exec(ctx, heartbeatStatement, e.id, int64(oldest)); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if lapsed || !asked.After(e.held) {
		e.held = asked.Add(leaseUsed)
	}
	return nil
}

// outdate ends all snapshots, and lets the news say so.
func (e *postgresEngine) outdate() {
	e.mu.Lock()
	e.lapsed = true
	broken := e.broken
	open := make([]*postgresSnapshot, 0, len(e.open))
	for s := range e.open {
		open = append(open, s)
	}
	if e.open != nil {
		clear(e.open)
	}
	e.mu.Unlock()
	for _, s := range open {
		s.mu.Lock()
		if s.gone == nil {
			s.gone = cmp.Or(broken, ErrOutdated)
		}
		s.mu.Unlock()
	}
}

// alive tells the truth about the database, whatever is in memory here; a replica need not live.
func (e *postgresEngine) alive(ctx context.Context) error {
	return e.retry(ctx, func(ctx context.Context) error {
		return e.pool.QueryRow(ctx, newestStatement).Scan(nil, nil)
	})
}

// follow calls told every Poll, which asks for news.
func (e *postgresEngine) follow(told func(context.Context) error) { e.every(e.o.Poll, told) }

// live keeps the lease and the tables clean, and knows how far the replica is, until the engine is closed. News do not wait for a replica.
func (e *postgresEngine) live() {
	if e.replica != nil {
		e.every(e.o.Poll, e.followReplica)
	}
	e.every(beat, func(ctx context.Context) error {
		err := e.heartbeat(ctx)
		if err == nil {
			e.tidy(ctx)
		}
		return err
	})
}

// every does something again and again, and sooner if it fails.
func (e *postgresEngine) every(period time.Duration, do func(context.Context) error) {
	e.stopped.Go(func() {
		for wait := period; ; {
			select {
			case <-e.stopping.Done():
				return
			case <-time.After(wait):
			}
			ctx, cancel := context.WithTimeout(e.stopping, leaseUsed/2)
			wait = period
			if err := do(ctx); err != nil {
				wait = min(period, beat/10)
			}
			cancel()
		}
	})
}

// followReplica asks the replica how far it is.
func (e *postgresEngine) followReplica(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, e.replicaTime())
	defer cancel()
	var version int64
	err := e.replica.QueryRow(ctx, newestStatement).Scan(&version, nil)
	if err != nil {
		version = 0
	}
	e.applied.Store(uint64(version))
	return err
}

// replicaTime is how long a replica has for an answer. One that hangs must leave time to ask the database.
func (e *postgresEngine) replicaTime() time.Duration { return min(e.o.Timeout/2, 5*time.Second) }

// tidy deletes what nobody needs. Failing is no error: another server does it, or this one later.
func (e *postgresEngine) tidy(ctx context.Context) error {
	var needed *int64
	if err := e.pool.QueryRow(ctx, neededStatement, leaseTime.Milliseconds()).Scan(&needed); err != nil || needed == nil {
		return err
	}
	for {
		tag, err := e.pool.Exec(ctx, forgetStatement, *needed)
		if err != nil {
			return err
		}
		if tag.RowsAffected() < 10_000 {
			break
		}
	}
	_, err := e.pool.Exec(ctx, pruneStatement, *needed, commitTime.Milliseconds())
	if err == nil {
		_, err = e.pool.Exec(ctx, buryStatement, (10 * leaseTime).Milliseconds())
	}
	return err
}

// alone holds a row's lock.
func (e *postgresEngine) alone(ctx context.Context, do func() error) error {
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	tx, err := c.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, lockStatement); err != nil {
		return err
	}
	return errors.Join(do(), tx.Commit(ctx))
}
