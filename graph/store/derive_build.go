package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
)

// modelKey has the model with which the derived tables were made, and nothing while they are being made.
var modelKey = []byte{tableMeta, 'o', 'd', 'e', 'l'}

// setModel opens the derived tables. If they were made with another model, or not to the end, it makes them anew.
func (s *Store) setModel(ctx context.Context, m Model) error {
	if len(m.Marks) > maxMarks {
		return fmt.Errorf("the model has %d marks: give at most %d", len(m.Marks), maxMarks)
	}
	if len(m.Classes) > maxClasses {
		return fmt.Errorf("the model has %d classes: give at most %d", len(m.Classes), maxClasses)
	}
	values, err := s.now.get(ctx, [][]byte{modelKey})
	if err != nil {
		return err
	}
	have := values[0]
	if m.isZero() {
		if have == nil {
			return nil
		}
		if m, err = parseModel(have); err != nil {
			return err
		}
	}
	s.derive = newDeriver(m)
	if bytes.Equal(have, m.bytes()) {
		return nil
	}
	if s.now.quads == 0 {
		err = s.engine.apply(ctx, []write{{modelKey, m.bytes()}})
	} else {
		err = s.rebuild(ctx)
	}
	if err != nil {
		return fmt.Errorf("make the derived indexes: %w", err)
	}
	return s.advance(ctx)
}

// rebuildWrites is how many writes a rebuild makes at once.
const rebuildWrites = 50_000

// rebuild makes the derived tables anew, in bounded memory. What it has done when it is stopped is done again when the store is opened.
func (s *Store) rebuild(ctx context.Context) error {
	writes := []write{{modelKey, unfinished(s.derive.model)}}
	flush := func() error {
		err := s.engine.apply(ctx, writes)
		writes = writes[:0]
		return err
	}
	put := func(w write) error {
		if writes = append(writes, w); len(writes) < rebuildWrites {
			return nil
		}
		return flush()
	}
	if err := flush(); err != nil {
		return err
	}
	v := s.View()
	defer v.Close()
	err := v.entriesIn(ctx, derivedSpan, func(key, _ []byte) error { return put(write{bytes.Clone(key), nil}) })
	members := census{}
	if err == nil {
		err = v.derived(ctx, s.derive, members, put)
	}
	if err == nil {
		err = flush()
	}
	if err == nil {
		err = s.advance(ctx) // to the entries, to sum them up
	}
	if err != nil {
		return err
	}
	now := s.View()
	defer now.Close()
	sums := newSummer(put)
	if err := now.entriesIn(ctx, entriesSpan, sums.add); err != nil {
		return err
	}
	if err := sums.close(); err != nil {
		return err
	}
	writes = append(writes, members.writes()...)
	writes = append(writes, write{modelKey, s.derive.model.bytes()})
	return flush()
}

// unfinished is what stands under modelKey while the tables are being made: the model, so that opening without one goes on.
func unfinished(m Model) []byte { return append([]byte{' '}, m.bytes()...) }

// entriesIn calls each for the keys of a span until it returns an error. The bytes are each's own only until it returns.
func (v *View) entriesIn(ctx context.Context, s span, each func(key, value []byte) error) error {
	var bad error
	err := v.state.scan(ctx, []span{s}, func(_ int, key, value []byte) bool {
		bad = each(key, value)
		return bad == nil
	})
	return errors.Join(err, bad)
}

// derived calls each for all entries of derived tables but sums, those of one subject together, subjects in the order of their tids, and
// counts all subjects into a census. It holds the quads of a thousand subjects in memory.
func (v *View) derived(ctx context.Context, d *deriver, members census, each func(write) error) error {
	var quads []tquad
	subjects := 0
	terms := map[tid]Term{}
	term := func(t tid) Term { return terms[t] }
	var ws []write
	flush := func() error {
		clear(terms)
		if err := v.learn(ctx, d, terms, quads); err != nil {
			return err
		}
		fates, err := v.fates(ctx, d, quads)
		if err != nil {
			return err
		}
		ws = d.all(ws[:0], quads, func(q tquad) fate { return fates[q[3]] }, term)
		d.census(members, quads, 1, term)
		quads, subjects = quads[:0], 0
		for _, w := range ws {
			if err := each(w); err != nil {
				return err
			}
		}
		return nil
	}
	err := v.entriesIn(ctx, prefixSpan([]byte{tableQuad}), func(key, _ []byte) error {
		q, err := parseQuadKey(key)
		if err != nil {
			return err
		}
		if len(quads) == 0 || quads[len(quads)-1][0] != q[0] {
			if subjects++; subjects > 1000 {
				if err := flush(); err != nil {
					return err
				}
				subjects = 1
			}
		}
		quads = append(quads, q)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// checkDerived compares the derived tables with what a rebuild would make, in bounded memory, and reports each difference. It returns an
// error if it cannot read.
func (v *View) checkDerived(ctx context.Context, report func(format string, args ...any)) error {
	d := v.store.derive
	if d == nil {
		d = newDeriver(Model{})
	}
	members := census{}
	if err := v.checkEntries(ctx, entriesSpan, report, func(each func(write) error) error { return v.derived(ctx, d, members, each) }); err != nil {
		return err
	}
	return v.checkEntries(ctx, span{lower: entriesSpan.upper, upper: derivedSpan.upper}, report, func(each func(write) error) error {
		s := newSummer(each)
		if err := v.entriesIn(ctx, entriesSpan, s.add); err != nil {
			return err
		}
		if err := s.close(); err != nil {
			return err
		}
		for _, w := range members.writes() {
			if err := each(w); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkEntries reports how a span differs from the entries that it should have, each of which is made once.
func (v *View) checkEntries(ctx context.Context, s span, report func(format string, args ...any), all func(func(write) error) error) error {
	var batch []write
	want, have := 0, 0
	compare := func() error {
		keys := make([][]byte, len(batch))
		for i, w := range batch {
			keys[i] = w.key
		}
		values, err := v.state.get(ctx, keys)
		if err != nil {
			return err
		}
		for i, w := range batch {
			switch {
			case values[i] == nil:
				report("derived entry %x is missing", w.key)
			case !bytes.Equal(values[i], w.value):
				report("derived entry %x has value %x, want %x", w.key, values[i], w.value)
			}
		}
		want += len(batch)
		batch = batch[:0]
		return nil
	}
	err := all(func(w write) error {
		if w.key[0] < s.lower[0] || w.key[0] >= s.upper[0] {
			report("derived entry %x is in no table", w.key)
		}
		if batch = append(batch, w); len(batch) < 1000 {
			return nil
		}
		return compare()
	})
	if err == nil {
		err = compare()
	}
	if err != nil {
		return err
	}
	if err := v.entriesIn(ctx, s, func([]byte, []byte) error { have++; return nil }); err != nil {
		return err
	}
	if have != want {
		report("the derived tables %c to %c have %d entries, want %d", s.lower[0], s.upper[0]-1, have, want)
	}
	return nil
}

// A classTable has the classes of dates that each derived table has, ascending, and how many keys are of each.
type classTable struct {
	counts map[[2]byte]int64
	of     map[byte][]byte
}

// take takes in an entry of the table of classes.
func (c *classTable) take(key, value []byte) error {
	n, size := binary.Varint(value)
	if len(key) != 3 || size != len(value) {
		return fmt.Errorf("key %x: %w", key, errKey)
	}
	c.counts[[2]byte{key[1], key[2]}] = n
	c.of[key[1]] = append(c.of[key[1]], key[2])
	return nil
}
