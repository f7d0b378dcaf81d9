package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// A bulkDict is the dictionary of a load: that of the store, and the entries that are new. The new ones are kept in memory until
// they have their share of it; then they go to a temporary database, where a name is looked up in a few microseconds, and
// mostly only its filter says that it is not there.
type bulkDict struct {
	l       *loader
	cache   map[string]uint64 // by entry key; from isOld on, entries that the store has
	bytes   int64
	asked   map[tid]Term // of predicates, and of objects that derived entries are made of
	spilled *pebble.DB   // nil as long as memory sufficed: entry keys with their numbers, and keys of terms with their texts
	sorted  *sorter      // the new entries for table d
	numbers *table       // for table e, in which they are written as they come; nil as long as there are none

	keys   [][]byte // of entries that are looked up
	places []int
	key    []byte
	value  []byte
}

// isOld marks the number of an entry that the store has already.
const isOld = 1 << 63

// entryOverhead is what a name takes in the cache beside its bytes: its share of the map, and its string.
const entryOverhead = 64

func newBulkDict(l *loader) *bulkDict {
	return &bulkDict{l: l, cache: map[string]uint64{}, asked: map[tid]Term{}, sorted: newSortPool(l.in, l.budget, l.budget.forEntries()).newSorter()}
}

// resolve gives a chunk's entries their numbers: those that they have, or new ones in the order of the chunk.
func (d *bulkDict) resolve(ctx context.Context, c *textChunk) error {
	c.numbers = c.numbers[:0]
	d.keys, d.places = d.keys[:0], d.places[:0]
	for i, text := range c.entries {
		if len(text) <= maxText {
			d.key = append(append(d.key[:0], tableEntry), text...)
		} else {
			d.key = entryKey(text)
		}
		n, ok := d.cache[string(d.key)]
		if !ok {
			d.keys, d.places = append(d.keys, bytes.Clone(d.key)), append(d.places, i)
		}
		c.numbers = append(c.numbers, n&^isOld)
	}
	if len(d.keys) == 0 {
		return nil
	}
	old := make([][]byte, len(d.keys))
	if !d.l.empty {
		var err error
		if old, err = d.l.view.state.get(ctx, d.keys); err != nil {
			return err
		}
	}
	for j, key := range d.keys {
		var n uint64
		var err error
		switch v := old[j]; {
		case v == nil:
			if n, err = d.fromSpilled(key); n == 0 && err == nil {
				n, err = d.create(key, c.entries[d.places[j]])
			}
		case len(v) != 8:
			err = fmt.Errorf("entry %q: %w", key, errKey)
		default:
			n = binary.BigEndian.Uint64(v) | isOld
		}
		if err != nil {
			return err
		}
		c.numbers[d.places[j]] = n &^ isOld
		d.cache[string(key)] = n
		size := int64(len(key) + entryOverhead)
		d.bytes += size
		d.l.budget.take(size)
	}
	return nil
}

// keep keeps a term that derived entries are made of, for term to find.
func (d *bulkDict) keep(t tid, text []byte) error {
	if _, ok := d.asked[t]; ok {
		return nil
	}
	term, err := entryTerm(t, text)
	if err != nil {
		return err
	}
	d.asked[t] = term
	size := int64(len(text) + 2*entryOverhead)
	d.bytes += size
	d.l.budget.take(size)
	return nil
}

// term returns a term that the load has kept, or that the store has.
func (d *bulkDict) term(ctx context.Context, t tid) (Term, error) {
	if t.kind != kindEntry && t.kind != kindNumbered {
		return t.value(), nil
	}
	if term, ok := d.asked[t]; ok {
		return term, nil
	}
	if d.spilled != nil {
		if text, err := d.get(appendTID([]byte{tableTerm}, t)); text != nil || err != nil {
			if err != nil {
				return nil, err
			}
			return entryTerm(t, text)
		}
	}
	terms, err := d.l.store.dict.names(ctx, d.l.view.state, []tid{t})
	if err != nil {
		return nil, err
	}
	return terms[0], nil
}

// bound spills what is too much for memory.
func (d *bulkDict) bound() error {
	if d.bytes > d.l.budget.forNames() {
		return d.spill()
	}
	return nil
}

// create makes a new entry.
func (d *bulkDict) create(key, text []byte) (n uint64, err error) {
	d.l.meta.entries++
	n = d.l.meta.entries
	if d.numbers == nil {
		d.numbers = newTable(d.l.in, false)
	}
	if err := d.numbers.set(numberKey(n), text); err != nil {
		return 0, err
	}
	return n, d.sorted.add(key, binary.BigEndian.AppendUint64(nil, n))
}

func (d *bulkDict) fromSpilled(key []byte) (uint64, error) {
	if d.spilled == nil {
		return 0, nil
	}
	v, err := d.get(key)
	if v == nil || err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(v), nil
}

func (d *bulkDict) get(key []byte) ([]byte, error) {
	v, c, err := d.spilled.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v = bytes.Clone(v)
	return v, c.Close()
}

// spill empties the cache into the temporary database.
func (d *bulkDict) spill() error {
	if d.spilled == nil {
		dir, err := d.l.in.scratch()
		if err != nil {
			return err
		}
		o := &pebble.Options{
			FS: vfs.Default, Logger: newFaults(), DisableWAL: true, FormatMajorVersion: pebble.FormatNewest,
			CacheSize: d.l.budget.limit / 32, MemTableSize: uint64(min(16<<20, max(256<<10, d.l.budget.limit/64))),
		}
		for i := range o.Levels {
			o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if d.spilled, err = pebble.Open(filepath.Join(dir, "names"), o); err != nil {
			return err
		}
	}
	b := d.spilled.NewBatch()
	put := func(key, value []byte) error {
		if err := b.Set(key, value, nil); err != nil || b.Len() < 256<<10 {
			return err
		}
		err := b.Commit(pebble.NoSync)
		b = d.spilled.NewBatch()
		return err
	}
	for key, n := range d.cache {
		if n&isOld != 0 {
			continue // the store has it
		}
		d.key, d.value = append(d.key[:0], key...), binary.BigEndian.AppendUint64(d.value[:0], n)
		if err := put(d.key, d.value); err != nil {
			return err
		}
	}
	for t, term := range d.asked {
		text, _, err := entryText(term)
		if err != nil {
			return err
		}
		d.key = appendTID(append(d.key[:0], tableTerm), t)
		if err := put(d.key, text); err != nil {
			return err
		}
	}
	if err := b.Commit(pebble.NoSync); err != nil {
		return err
	}
	d.forget()
	return nil
}

func (d *bulkDict) forget() {
	clear(d.cache)
	clear(d.asked)
	d.l.budget.take(-d.bytes)
	d.bytes = 0
}

func (d *bulkDict) close() error {
	var errs []error
	if d.spilled != nil {
		errs = append(errs, d.spilled.Close())
		d.spilled = nil
	}
	return errors.Join(append(errs, d.sorted.close())...)
}
