package store

import (
	"context"
	"encoding/binary"
	"fmt"
)

// formatVersion is that of the keys, see keys.go. A store of a newer one is refused, one of an older one is brought here by
// migrations.
const formatVersion = 2

var metaKey = []byte{tableMeta}

// meta is what a store knows of itself. It stands under the key "m" as numbers of 8OCTET, in the order of the fields. In every
// format, older or newer, the first is the format.
type meta struct {
	format   uint64
	revision uint64 // one more for each write that changed something
	quads    uint64
	terms    uint64 // different ones in quads
	entries  uint64 // of the dictionary; the next one gets this number plus one
}

func (m meta) bytes() []byte {
	b := make([]byte, 0, 40)
	for _, n := range []uint64{m.format, m.revision, m.quads, m.terms, m.entries} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

func parseMeta(b []byte) (meta, error) {
	if b == nil { // nothing was ever written
		return meta{format: formatVersion}, nil
	}
	if format, ok := recordFormat(b); ok && format > formatVersion {
		return meta{}, formatError(format)
	} else if !ok || format < formatVersion || len(b) != 40 {
		return meta{}, errMeta
	}
	var n [5]uint64
	for i := range n {
		n[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return meta{n[0], n[1], n[2], n[3], n[4]}, nil
}

var errMeta = fmt.Errorf("the store's own record: %w", errKey)

// formatError refuses a store of a format that this program cannot read.
func formatError(format uint64) error {
	return fmt.Errorf("its format is %d, and this program reads up to %d: %w; use the program that made it, or a newer one",
		format, formatVersion, ErrNotStore)
}

// recordFormat returns the format that a store's own record begins with, whatever the format.
func recordFormat(b []byte) (uint64, bool) {
	if len(b) < 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(b), true
}

// A migration returns the writes that bring a store from one format to the next. It need not write the format itself. They are
// applied as one batch: whoever is stopped in the midst of it has the old store.
type migration func(ctx context.Context, s snapshot) ([]write, error)

// migrations lists the migration from each older format, by the format that it begins at.
var migrations = map[uint64]migration{
	1: loadAnew, // 2 keeps instants as numbers, so that a stretch of time is one span of keys
}

// loadAnew refuses a format that no released program wrote.
func loadAnew(context.Context, snapshot) ([]write, error) {
	return nil, fmt.Errorf("no release wrote it: %w; load its quads into a new store", ErrNotStore)
}

// migrate brings a store to a format, step by step. It does nothing to a store that has it, or to which nothing was ever written.
func migrate(ctx context.Context, e engine, steps map[uint64]migration, to uint64) error {
	for {
		format, done, err := migrateOnce(ctx, e, steps, to)
		if err != nil {
			return fmt.Errorf("bring it from format %d to %d: %w", format, to, err)
		}
		if done {
			return nil
		}
	}
}

func migrateOnce(ctx context.Context, e engine, steps map[uint64]migration, to uint64) (format uint64, done bool, err error) {
	s := e.snapshot()
	defer s.close()
	values, err := s.get(ctx, [][]byte{metaKey})
	if err != nil || values[0] == nil {
		return 0, true, err
	}
	record := values[0]
	format, ok := recordFormat(record)
	if !ok {
		return 0, false, errMeta
	}
	if format >= to { // newer ones are parseMeta's to refuse
		return format, true, nil
	}
	step, ok := steps[format]
	if !ok {
		return format, false, fmt.Errorf("there was never such a format: %w", errMeta)
	}
	writes, err := step(ctx, s)
	if err != nil {
		return format, false, err
	}
	// The record as the step left it, with the next format before it.
	for _, w := range writes {
		if string(w.key) == string(metaKey) {
			record = w.value
		}
	}
	if len(record) < 8 {
		return format, false, errMeta
	}
	next := binary.BigEndian.AppendUint64(nil, format+1)
	writes = append(writes, write{metaKey, append(next, record[8:]...)})
	return format, false, e.apply(ctx, writes)
}
