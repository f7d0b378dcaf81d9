package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strings"
)

// A CheckError lists what is wrong with a store. It wraps [ErrDamaged].
type CheckError struct {
	Problems []string // the first of them
	More     int      // how many more there are
}

// Error returns the problems, one a line.
func (e *CheckError) Error() string {
	text := strings.Join(e.Problems, "\n")
	if e.More > 0 {
		text += fmt.Sprintf("\nand %d more", e.More)
	}
	return text
}

// Unwrap returns [ErrDamaged].
func (e *CheckError) Unwrap() error { return ErrDamaged }

// maxProblems is how many problems a check lists. The first few tell what has happened.
const maxProblems = 20

// Check proves that the store is whole:
//
//   - every quad is in all six orders, and the store's record counts them right;
//   - the table of terms has the terms of quads and no others, and they are counted right;
//   - the dictionary is one to one: each entry has its number and each number its entry, none above the highest given, each text in
//     the one form that there is for its term; and every term that needs an entry has one;
//   - the derived tables equal a rebuild;
//   - each note stands under a revision that there was, and each key of a note leads to one;
//   - every key is of a known table and of its form.
//
// It looks at one state of the store, which goes on meanwhile, in memory that does not grow with it, and reads everything some
// times over. It calls progress, if it is not nil, before each part and from time to time within, with the part's name and how many
// keys it has read. It returns a [*CheckError], which names all kinds of problems, or another error if it could not go on to the end.
func (s *Store) Check(ctx context.Context, progress func(part string, keys int)) error {
	v := s.View()
	defer v.Close()
	c := &checker{view: v, progress: progress}
	for _, part := range []struct {
		name string
		do   func(ctx context.Context) error
	}{
		{"tables", c.tables},
		{"quads", c.orders},
		{"terms", c.terms},
		{"dictionary", c.dictionary},
		{"derived tables", c.derived},
		{"notes", c.notes},
	} {
		c.part, c.keys = part.name, 0
		c.tell()
		if err := part.do(ctx); err != nil && !errors.Is(err, errProblem) {
			if !errors.Is(err, ErrDamaged) {
				return fmt.Errorf("check %s: %w", part.name, err)
			}
			c.problem("%s: %v", part.name, err)
		}
	}
	if len(c.found.Problems) > 0 {
		return &c.found
	}
	return nil
}

type checker struct {
	view     *View
	progress func(part string, keys int)
	part     string
	keys     int
	found    CheckError
}

// errProblem ends a part of a check whose problem is listed.
var errProblem = errors.New("listed")

func (c *checker) problem(format string, args ...any) {
	if len(c.found.Problems) == maxProblems {
		c.found.More++
		return
	}
	c.found.Problems = append(c.found.Problems, fmt.Sprintf(format, args...))
}

func (c *checker) tell() {
	if c.progress != nil {
		c.progress(c.part, c.keys)
	}
}

// scan reads spans whole.
func (c *checker) scan(ctx context.Context, each func(i int, key, value []byte), spans ...span) error {
	return c.view.state.scan(ctx, spans, func(i int, key, value []byte) bool {
		if c.keys++; c.keys%100_000 == 0 {
			c.tell()
		}
		each(i, key, value)
		return true
	})
}

// tables looks for keys outside of all tables.
func (c *checker) tables(ctx context.Context) error {
	first := []byte(knownTables)
	var lower []byte // nil is no bound; Pebble, under the race detector, has no love for an empty one
	var gaps []span
	for _, t := range first { // ascending
		gaps = append(gaps, span{lower: lower, upper: []byte{t}, limit: maxProblems})
		lower = []byte{t + 1}
	}
	gaps = append(gaps, span{lower: lower, limit: maxProblems})
	err := c.scan(ctx, func(_ int, key, _ []byte) { c.problem("key %x is of no table", short(key)) }, gaps...)
	if err != nil {
		return err
	}
	return c.scan(ctx, func(_ int, key, value []byte) {
		switch {
		case bytes.Equal(key, metaKey):
			if _, err := parseMeta(value); err != nil {
				c.problem("%v", err)
			}
		case !bytes.Equal(key, modelKey):
			c.problem("key %x is none of the store's own records", short(key))
		}
	}, prefixSpan(metaKey))
}

// knownTables are the first bytes of all keys, in ascending order; see keys.go and derive.go.
const knownTables = "123456" + "ABEFJKLMNOPQRTUYZ" + "de" + "k" + "m" + "t" + "w"

func short(key []byte) []byte { return key[:min(len(key), 100)] }

// orders compares the six orders of quads. Each is a set of keys, so they hold the same quads if they hold as many and the sums of
// the quads' hashes are equal; only if they are not, it looks for each quad in each order.
func (c *checker) orders(ctx context.Context) error {
	var counts [len(orders)]uint64
	var sums [len(orders)]digest
	var key []byte
	err := c.scan(ctx, func(i int, k, value []byte) {
		q, err := parseQuadKey(k)
		if err == nil && len(value) > 0 {
			err = fmt.Errorf("quad key %x has a value: %w", short(k), errKey)
		}
		if err == nil && (q[0].kind == kindNone || q[1].kind == kindNone || q[2].kind == kindNone) {
			err = fmt.Errorf("quad key %x has no subject, predicate or object: %w", short(k), errKey)
		}
		if err != nil {
			c.problem("order %c: %v", k[0], err)
			return
		}
		key = appendQuadKey(key[:0], 0, q)
		counts[i]++
		sums[i].add(key)
	}, prefixSpan([]byte{'1'}), prefixSpan([]byte{'2'}), prefixSpan([]byte{'3'}), prefixSpan([]byte{'4'}), prefixSpan([]byte{'5'}), prefixSpan([]byte{'6'}))
	if err != nil {
		return err
	}
	if counts[0] != c.view.state.quads {
		c.problem("the store's record counts %d quads, and there are %d", c.view.state.quads, counts[0])
	}
	for o := 1; o < len(orders); o++ {
		if counts[o] == counts[0] && sums[o] == sums[0] {
			continue
		}
		c.problem("order 1 has %d quads and order %d has %d, or others", counts[0], o+1, counts[o])
		if err := c.missing(ctx, 0, o); err != nil {
			return err
		}
		if err := c.missing(ctx, o, 0); err != nil {
			return err
		}
	}
	return nil
}

// missing lists the quads that are in one order and not in another.
func (c *checker) missing(ctx context.Context, have, want int) error {
	const batch = 1000
	var keys, other [][]byte
	look := func() error {
		values, err := c.view.state.get(ctx, other)
		for i, v := range values {
			if v == nil {
				c.problem("order %d has the quad key %x and order %d does not", have+1, short(keys[i]), want+1)
			}
		}
		keys, other = keys[:0], other[:0]
		return err
	}
	var failed error
	err := c.scan(ctx, func(_ int, key, _ []byte) {
		q, err := parseQuadKey(key)
		if err != nil || failed != nil {
			return
		}
		keys, other = append(keys, bytes.Clone(key)), append(other, appendQuadKey(nil, want, q))
		if len(keys) == batch {
			failed = look()
		}
	}, prefixSpan([]byte{tableQuad + byte(have)}))
	if err == nil {
		err = failed
	}
	if err == nil {
		err = look()
	}
	return err
}

// A digest is a sum of hashes: it does not depend on the order of what was added.
type digest [2]uint64

func (d *digest) add(b []byte) {
	h := hash128(b)
	d[0] += binary.BigEndian.Uint64(h[:])
	d[1] += binary.BigEndian.Uint64(h[8:])
}

// terms compares the table of terms with the terms that the quads begin with, in the four orders that begin with another of them.
func (c *checker) terms(ctx context.Context) error {
	var failed error
	next := func(s span, parse func([]byte) (tid, error)) (func() (tid, bool), func()) {
		return iter.Pull(c.tids(ctx, s, parse, &failed))
	}
	first := func(key []byte) (tid, error) { t, _, err := cutTID(key[1:]); return t, err }
	only := func(key []byte) (tid, error) {
		t, rest, err := cutTID(key[1:])
		if err == nil && (len(rest) > 0 || t.kind == kindNone) {
			err = errKey
		}
		return t, err
	}
	listed, stop := next(prefixSpan([]byte{tableTerm}), only)
	defer stop()
	var used [4]func() (tid, bool)
	var at [4]tid // kindNone at the end
	for d := range used {
		order := [4]byte{'1', '2', '3', '4'}[d] // that begins with it
		pull, stop := next(prefixSpan([]byte{order}), first)
		defer stop()
		used[d] = pull
		at[d], _ = pull()
		for at[d].kind == kindNone { // labels that are none stand first
			var ok bool
			if at[d], ok = pull(); !ok {
				break
			}
		}
	}
	count := uint64(0)
	have, _ := listed()
	for failed == nil {
		least := tid{}
		for _, t := range at {
			if t.kind != kindNone && (least.kind == kindNone || lessTID(t, least)) {
				least = t
			}
		}
		if least.kind == kindNone && have.kind == kindNone {
			break
		}
		inQuads := least.kind != kindNone && (have.kind == kindNone || !lessTID(have, least))
		inTable := have.kind != kindNone && (least.kind == kindNone || !lessTID(least, have))
		if inQuads && !inTable {
			c.problem("the term %v is in a quad and not in the table of terms", least)
		} else if inTable && !inQuads {
			c.problem("the term %v is in the table of terms and in no quad", have)
		}
		if inTable {
			count++
			have, _ = listed()
		}
		if inQuads {
			for d := range at {
				if at[d] == least {
					at[d], _ = used[d]()
				}
			}
		}
	}
	if failed == nil && count != c.view.state.meta.terms {
		c.problem("the store's record counts %d terms, and there are %d", c.view.state.meta.terms, count)
	}
	return failed
}

func lessTID(a, b tid) bool { return a.kind < b.kind || a.kind == b.kind && a.n < b.n }

// tids reads the tids that keys begin with, each once. Keys that have none are problems.
func (c *checker) tids(ctx context.Context, s span, parse func(key []byte) (tid, error), failed *error) iter.Seq[tid] {
	return func(yield func(tid) bool) {
		last, begun := tid{}, false
		err := c.view.state.scan(ctx, []span{s}, func(_ int, key, _ []byte) bool {
			if c.keys++; c.keys%100_000 == 0 {
				c.tell()
			}
			t, err := parse(key)
			if err != nil {
				c.problem("key %x: %v", short(key), err)
				return true
			}
			if begun && t == last {
				return true
			}
			last, begun = t, true
			return yield(t)
		})
		if err != nil {
			*failed = err
		}
	}
}

// derived compares the derived tables with a rebuild.
func (c *checker) derived(ctx context.Context) error { return c.view.checkDerived(ctx, c.problem) }
