package store

import (
	"bytes"
	"context"
	"errors"
)

// An engine is an ordered map from bytes to bytes that is written in atomic, durable batches. It may be on this machine or
// on another: each method but close is one round trip, however many keys it names.
type engine interface {
	// snapshot returns the present state. After close, it returns one of which all reads are errors.
	snapshot() snapshot
	// apply makes all writes or none, and returns when they are durable. Of several writes to a key the last counts.
	apply(ctx context.Context, writes []write) error
	// begin is apply that does not wait: when it returns, snapshots show the writes, and durable waits until they are on disk. That they are, means
	// that those of all earlier calls are. durable is called once; if it returns an error, the engine has failed. The writes rest on a snapshot; a shared
	// engine that somebody else has written to since makes none of them and returns errMoved. It keeps the trace for those who follow.
	begin(ctx context.Context, on snapshot, writes []write, trace []byte) (durable func() error, err error)
	// ingest begins to take in more writes than memory holds, from sorted files; its commit is as atomic and durable as apply. It rests on a
	// snapshot as begin does.
	ingest(on snapshot) (ingest, error)
	// acknowledge tells that a revision of the store is durable, so that an engine whose files come to lack it can find that out.
	// A failure to note it down is no error: then the engine vouches for the revision before.
	acknowledge(revision uint64)
	// close waits for what is under way, in snapshots too, and ends them all.
	close() error
}

// A sharedEngine is one that other processes write to as well. Its snapshots are of the newest state that it knows of: what was written through it,
// and what news told.
type sharedEngine interface {
	engine
	// news makes the newest state the one that is known, and returns the commits that led to it, oldest first; whole is false if some are not told.
	// Anew says that what was open before is outdated. Nobody writes through this engine meanwhile.
	news(ctx context.Context) (list []commit, whole, anew bool, err error)
	// follow calls told some times a second, from one goroutine, until the engine is closed, which waits for it.
	follow(told func(context.Context) error)
	// alive asks for a sign of life.
	alive(ctx context.Context) error
	// alone calls do while no other process does so.
	alone(ctx context.Context, do func() error) error
}

// A commit is a batch that somebody wrote: its place among all, and what the store said of it to those who keep things in memory; nil if nothing.
type commit struct {
	version uint64
	trace   []byte
}

// errMoved says that somebody else has written since the snapshot that a batch rests on.
var errMoved = errors.New("somebody else has written meanwhile")

// A write sets a key or, with a nil value, deletes it; an empty value is a value.
type write struct{ key, value []byte }

// A snapshot is a state of an engine that does not change. Several goroutines may use it. It must be closed. Reading it after
// that, or after the engine was closed, is an error that wraps ErrClosed; closing it again does nothing.
type snapshot interface {
	// get returns the values of keys, in their order; nil for a key that is not there. Of no keys it tells, without a round trip, whether the
	// snapshot is closed.
	get(ctx context.Context, keys [][]byte) ([][]byte, error)
	// scan calls each for the entries of spans, span by span, each in order, until it returns false, which ends that span. The
	// bytes are each's own only until it returns.
	scan(ctx context.Context, spans []span, each func(i int, key, value []byte) bool) error
	close() error
}

// A span is the keys from lower on, below upper. A limit of 0 is none.
type span struct {
	lower, upper []byte
	limit        int
	backwards    bool // from the last to the first
}

func (s span) equal(t span) bool {
	return bytes.Equal(s.lower, t.lower) && bytes.Equal(s.upper, t.upper) && s.limit == t.limit && s.backwards == t.backwards
}

// prefixSpan is all keys that begin with a prefix.
func prefixSpan(prefix []byte) span { return span{lower: prefix, upper: after(prefix)} }

// after returns the least key that is greater than all that begin with a prefix; nil if there is none.
func after(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			next := append([]byte(nil), prefix[:i+1]...)
			next[i]++
			return next
		}
	}
	return nil
}

// Errors of opening and reading a store; see [Open].
var (
	// ErrNotStore says that a location holds something else than a store of a format that this program reads.
	ErrNotStore = errors.New("not a store that this program reads")
	// ErrDamaged says that a store's files are not what was written.
	ErrDamaged = errors.New("the store is damaged")
	// ErrInUse says that a process has the folder open, of which there can be one at a time, or the database that something is to be copied into.
	ErrInUse = errors.New("it is open already")
	// ErrClosed says that a store or a view was closed before it was asked.
	ErrClosed = errors.New("it is closed")
	// ErrFailed says that a write could not be finished and that nobody knows how much of it is on disk. The store can be read, and
	// not written to any more. End the process and open the store again: then it is as it was before that write, or after it.
	ErrFailed = errors.New("the store can no longer be written to")
	// ErrUnreachable says that a store's database cannot be reached, or does not do what it is told. It may again, later.
	ErrUnreachable = errors.New("the database cannot be reached")
	// ErrRefused says of a write that a database did not take, or was not reached with, that nothing of it was kept. Of one whose error wraps ErrUnreachable
	// alone, it is not known.
	ErrRefused = errors.New("nothing of it was kept")
	// ErrOutdated says that a view is of a state that the database does not keep any more, since it did not hear of this program for too
	// long. Ask again, with a new view.
	ErrOutdated = errors.New("the state is no longer kept; ask again")
	// ErrNoRevision says that there has been no revision of a number yet.
	ErrNoRevision = errors.New("there has been no such revision yet")
	// ErrTooLarge says that an answer would be larger than the store hands out at once. Ask for less.
	ErrTooLarge = errors.New("the answer is too large")
)
