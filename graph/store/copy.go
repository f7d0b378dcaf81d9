package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Copying: how a store comes from a folder to a database, or back, or to another of its kind. The entries are copied as they are, in the order of
// their keys, so that what is derived, the notes and the revision come along, and in parts, each of which the target takes in whole or not at all.
// So what is there is always the beginning of what is to be there, and its last key says how far the copy has come: whoever is killed goes on
// behind it. Until all is there and proven, the target has a mark by which nothing opens it: a file in a folder, a row in a database, which name
// the state that is copied.

// CopyOptions say how a store is copied. The zero CopyOptions are the defaults.
type CopyOptions struct {
	// Postgres sets how databases are reached.
	Postgres PostgresOptions
	// Progress is told how far the copy is, some ten times a second at most from one goroutine. Nil tells nobody.
	Progress func(CopyProgress)

	partBytes int    // of keys and values that go together, roughly; 0 is 16 MiB
	after     func() // each part; tests look and stop there
	undo      bool   // after an error, leave nothing of what was copied
}

// CopyProgress is how far a copy is.
type CopyProgress struct {
	Phase   string // "copying", "proving"
	Entries int64  // in this phase, those of an earlier run too
	Total   int64  // how many there are; an estimate while it copies
}

// A CopyReport says what a copy did.
type CopyReport struct {
	Revision uint64
	Quads    uint64
	Entries  uint64 // keys, in all tables
	Bytes    uint64 // of keys and values
	Resumed  bool   // it went on where an earlier one was stopped
}

// Copy makes a store at a location that is a copy of another, key by key. Either may be a folder or a database; the one copied from must not be in
// use if it is a folder, and may be if it is a database: it is copied as it was when the copy began. The target must be missing or empty. It is a
// store once all is there and its checksum is that of what was read; before that it is none, and opening it is an error that wraps [ErrNotStore].
// If Copy is stopped it may be called again, and goes on where it was, unless the other has changed meanwhile: that is an error that wraps
// ErrNotStore too. Of memory it takes parts of 16 MiB and what the engines do: for eighteen million entries 479 MB were resident to a database,
// and 320 back.
func Copy(ctx context.Context, from, to string, o CopyOptions) (report CopyReport, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("copy %s to %s: %w", Redact(from), Redact(to), err)
		}
	}()
	if err := wantStore(ctx, from, o.Postgres); err != nil {
		return report, err
	}
	s, err := Open(ctx, from, Options{Postgres: o.Postgres})
	if err != nil {
		return report, err
	}
	defer closeInto(s, &err)
	return copyTo(ctx, s, to, o)
}

// wantStore returns an error if there is no store at a location, which opening it would make.
func wantStore(ctx context.Context, location string, o PostgresOptions) error {
	exists := false
	switch {
	case location == "" || location == "mem:":
		return errors.New("there is nothing to copy from: give a folder or a database")
	case InDatabase(location):
		ok, err := Exists(ctx, location, Options{Postgres: o})
		if err != nil {
			return err
		}
		exists = ok
	default:
		dir, err := canonicalPath(location)
		if err != nil {
			return err
		}
		m, err := inspect(vfs.Default, dir, false)
		if err != nil {
			return fmt.Errorf("open store %s: %w", location, err)
		}
		exists = m != nil
	}
	if !exists {
		return fmt.Errorf("there is no store %s", Redact(location))
	}
	return nil
}

// A copyTarget is where a store is copied to. What it holds is the beginning of what is copied.
type copyTarget interface {
	snapshot() snapshot
	// resumed reports whether there was anything of the same copy before.
	resumed() bool
	// put takes in entries behind all that are there, all or none.
	put(ctx context.Context, part []write) error
	// finish makes it a store, at a revision, in one step.
	finish(ctx context.Context, revision uint64) error
	// undo removes what is there.
	undo(ctx context.Context) error
	close() error
}

// A copyID names the state that is copied. It is written down as JSON.
type copyID struct {
	Revision uint64 `json:"revision"`
	Sum      string `json:"sum"` // the SHA-256 of the last entry of each table, in hexadecimal
}

func copyIDOf(ctx context.Context, snap snapshot, m meta) (copyID, error) {
	var spans []span
	for b := range 256 {
		s := prefixSpan([]byte{byte(b)})
		s.limit, s.backwards = 1, true
		spans = append(spans, s)
	}
	sum := newCopySum()
	err := snap.scan(ctx, spans, func(_ int, key, value []byte) bool {
		sum.add(key, value)
		return true
	})
	return copyID{m.revision, sum.hex()}, err
}

// compare returns an error unless a target says of the copy that was begun in it that it is this one. The remedy begins what to do otherwise.
func (id copyID) compare(text []byte, remedy string) error {
	var was copyID
	if err := json.Unmarshal(text, &was); err != nil || was != id {
		return fmt.Errorf("a copy of another store into it was not finished, or of this one at revision %d, and it is at %d now: %w; %s, and copy again",
			was.Revision, id.Revision, ErrNotStore, remedy)
	}
	return nil
}

func (id copyID) bytes() []byte {
	b, err := json.Marshal(id)
	if err != nil {
		panic(err) // of a number and a text
	}
	return b
}

// A copySum is a checksum over entries in their order.
type copySum struct {
	entries, bytes uint64
	h              hash.Hash
	room           []byte
}

func newCopySum() *copySum { return &copySum{h: sha256.New()} }

func (s *copySum) add(key, value []byte) {
	s.entries++
	s.bytes += uint64(len(key) + len(value))
	s.room = binary.AppendUvarint(s.room[:0], uint64(len(key)))
	s.room = append(s.room, key...)
	s.room = binary.AppendUvarint(s.room, uint64(len(value)))
	s.room = append(s.room, value...)
	s.h.Write(s.room)
}

func (s *copySum) hex() string { return hex.EncodeToString(s.h.Sum(nil)) }

// copyTo copies the present state of a store.
func copyTo(ctx context.Context, s *Store, to string, o CopyOptions) (report CopyReport, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.partBytes == 0 {
		o.partBytes = 16 << 20
	}
	v := s.View()
	defer v.Close()
	from, m := v.state.snapshot, v.state.meta
	id, err := copyIDOf(ctx, from, m)
	if err != nil {
		return report, err
	}
	t, err := openCopyTarget(ctx, to, id, o)
	if err != nil {
		return report, err
	}
	defer func() {
		if err != nil && o.undo {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			err = errors.Join(err, t.undo(ctx))
			cancel()
		}
		if e := t.close(); err == nil {
			err = e
		}
	}()
	last, err := lastKey(ctx, t)
	if err != nil {
		return report, err
	}
	report = CopyReport{Revision: m.revision, Quads: m.quads, Resumed: t.resumed()}
	tell := copyMeter(o.Progress)

	// One reads ahead while the other writes.
	parts, failed, sum := make(chan []write), make(chan error, 1), newCopySum()
	go func() {
		defer close(parts)
		failed <- readParts(ctx, from, last, o.partBytes, sum, parts)
	}()
	total, done := copyTotal(m), int64(0)
	for part := range parts {
		if err = t.put(ctx, part); err != nil {
			cancel()
			for range parts { // until it has ended
			}
			<-failed
			return report, err
		}
		done += int64(len(part))
		tell(CopyProgress{"copying", done, max(total, done)})
		if o.after != nil {
			o.after()
		}
	}
	if err := <-failed; err != nil {
		return report, err
	}
	report.Entries, report.Bytes = sum.entries, sum.bytes

	proof := newCopySum()
	there := t.snapshot()
	err = there.scan(ctx, []span{{}}, func(_ int, key, value []byte) bool {
		if proof.add(key, value); proof.entries%1024 == 0 {
			tell(CopyProgress{"proving", int64(proof.entries), int64(sum.entries)})
		}
		return true
	})
	if closed := there.close(); err == nil {
		err = closed
	}
	if err != nil {
		return report, err
	}
	if proof.entries != sum.entries || proof.hex() != sum.hex() {
		return report, fmt.Errorf("%d entries are there with the checksum %.16s, and %d were read with %.16s: %w; empty the target and copy again",
			proof.entries, proof.hex(), sum.entries, sum.hex(), ErrDamaged)
	}
	return report, t.finish(ctx, m.revision)
}

// readParts reads all entries, adds them to a checksum, and sends those behind a key in parts of one table each.
func readParts(ctx context.Context, from snapshot, after []byte, size int, sum *copySum, parts chan<- []write) error {
	var part []write
	var room []byte
	used := 0
	send := func() bool {
		if len(part) == 0 {
			return true
		}
		select {
		case parts <- part:
			part, room, used = make([]write, 0, len(part)), nil, 0
			return true
		case <-ctx.Done():
			return false
		}
	}
	met := after == nil
	err := from.scan(ctx, []span{{}}, func(_ int, key, value []byte) bool {
		if sum.add(key, value); !met {
			c := bytes.Compare(key, after)
			met = c == 0
			return c <= 0
		}
		if after != nil && bytes.Equal(key, after) {
			return true
		}
		if used >= size || len(part) > 0 && part[0].key[0] != key[0] {
			if !send() {
				return false
			}
		}
		n := len(key) + len(value)
		if cap(room)-len(room) < n {
			room = make([]byte, 0, max(n, 1<<20))
		}
		at := len(room)
		room = append(append(room, key...), value...)
		part = append(part, write{room[at : at+len(key) : at+len(key)], room[at+len(key) : at+n : at+n]})
		used += n
		return true
	})
	switch {
	case err != nil:
		return err
	case !met:
		return fmt.Errorf("the target has what is not there to be copied: %w; empty it and copy again", ErrDamaged)
	case !send():
		return ctx.Err()
	}
	return ctx.Err()
}

func lastKey(ctx context.Context, t copyTarget) (last []byte, err error) {
	s := t.snapshot()
	defer s.close()
	err = s.scan(ctx, []span{{limit: 1, backwards: true}}, func(_ int, key, _ []byte) bool {
		last = bytes.Clone(key)
		return true
	})
	return last, err
}

// copyTotal estimates how many entries a store has: how many are derived it does not know.
func copyTotal(m meta) int64 {
	known := 6*m.quads + m.terms + 2*m.entries
	return int64(known + known/4)
}

// copyMeter returns what tells progress not more often than an eye can follow.
func copyMeter(tell func(CopyProgress)) func(CopyProgress) {
	var last time.Time
	return func(p CopyProgress) {
		if now := time.Now(); tell != nil && now.Sub(last) >= progressEvery {
			last = now
			tell(p)
		}
	}
}

func openCopyTarget(ctx context.Context, to string, id copyID, o CopyOptions) (copyTarget, error) {
	switch {
	case to == "" || to == "mem:":
		return nil, errors.New("there is nowhere to copy to: give a folder or a database")
	case InDatabase(to):
		return openPostgresCopy(ctx, to, id, o.Postgres)
	case strings.Contains(to, "://"):
		return nil, errKind
	}
	dir, err := canonicalPath(to)
	if err != nil {
		return nil, err
	}
	return openPebbleCopy(ctx, vfs.Default, dir, id)
}
