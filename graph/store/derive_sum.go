package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
)

// A sum is what is known of several events together: how many, and from when to when.
type sum struct {
	count             uint64
	first, last       edtf.Day
	hasFirst, hasLast bool
}

// add counts an entry in.
func (s *sum) add(d date, counts bool) {
	if counts {
		s.count++
	}
	if day, ok := d.day(); ok && (!s.hasFirst || day < s.first) {
		s.first, s.hasFirst = day, true
	}
	if day, ok := d.end(); ok && (!s.hasLast || day > s.last) {
		s.last, s.hasLast = day, true
	}
}

// merge counts in what another sum has.
func (s *sum) merge(o sum) {
	s.count += o.count
	if o.hasFirst {
		s.add(oneDay(o.first), false)
	}
	if o.hasLast {
		s.add(oneDay(o.last), false)
	}
}

func (s sum) append(b []byte) []byte {
	n := s.count << 2
	if s.hasFirst {
		n |= 2
	}
	if s.hasLast {
		n |= 1
	}
	b = binary.AppendUvarint(b, n)
	if s.hasFirst {
		b = binary.AppendVarint(b, int64(s.first))
	}
	if s.hasLast {
		b = binary.AppendVarint(b, int64(s.last))
	}
	return b
}

func parseSum(b []byte) (s sum, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return s, errKey
	}
	s.count, s.hasFirst, s.hasLast = n>>2, n&2 != 0, n&1 != 0
	b = b[size:]
	for _, day := range []*edtf.Day{&s.first, &s.last} {
		if has := day == &s.first && s.hasFirst || day == &s.last && s.hasLast; !has {
			continue
		}
		n, size := binary.Varint(b)
		if size <= 0 {
			return s, errKey
		}
		*day, b = edtf.Day(n), b[size:]
	}
	if len(b) > 0 {
		return s, errKey
	}
	return s, nil
}

// cutEntry cuts the key of an entry with a date: into all before the date, and from the date on.
func cutEntry(key []byte) (head, dated []byte, err error) {
	if len(key) == 0 {
		return nil, nil, errKey
	}
	if (key[0] == tableTime || key[0] == tableTime+1) && len(key) > 1 {
		return key[:1], key[1:], nil
	}
	_, rest, err := cutTID(key[1:])
	if err == nil && (key[0] == tablePair || key[0] == tablePair+1) {
		_, rest, err = cutTID(rest)
	}
	if err != nil || len(rest) == 0 {
		return nil, nil, fmt.Errorf("key %x: %w", key, errKey)
	}
	return key[:len(key)-len(rest)], rest, nil
}

// hasDate reports whether the keys of a table have dates.
func hasDate(table byte) bool {
	switch table {
	case tableActor, tableTime, tableKind, tableLarge, tablePair:
		return true
	}
	return isPast(table) && table != pastTable(tableWord)
}

// A summer makes the sums of entries that are given to it in the order of their keys: those of all tables, or at least all of some pair
// or actor. The sums of each table come out in the order of their keys, each when the entries of its actor or pair are over, those of classes at the end.
type summer struct {
	emit    func(write) error
	pair    []byte          // the key of the entries that are being summed up, up to their dates
	ties    map[string]*sum // by signature
	classes map[[2]byte]int64

	signature []byte // that of the last entry

	actor  []byte // the key of the actor whose entries are being counted, up to their dates
	events uint64
}

func newSummer(emit func(write) error) *summer {
	return &summer{emit: emit, ties: map[string]*sum{}, classes: map[[2]byte]int64{}}
}

// add takes in the next entry; of tables that are not summed up it does nothing. It keeps neither key nor value.
func (s *summer) add(key, value []byte) error {
	if len(key) == 0 || !hasDate(key[0]) {
		return nil
	}
	head, dated, err := cutEntry(key)
	if err != nil {
		return err
	}
	s.classes[[2]byte{key[0], dated[0]}]++
	if key[0] == tableActor {
		return s.degree(head, value)
	}
	if key[0] != tablePair {
		return nil
	}
	if !bytes.Equal(head, s.pair) {
		if err := s.flush(); err != nil {
			return err
		}
		s.pair = append(s.pair[:0], head...)
	}
	d, _, err := cutDated(dated)
	if err != nil || len(value) == 0 {
		return fmt.Errorf("entry %x: %w", key, errKey)
	}
	s.signature = append(s.signature[:0], value...)
	s.signature[0] &^= flagCounts
	t, ok := s.ties[string(s.signature)]
	if !ok {
		t = new(sum)
		s.ties[string(s.signature)] = t
	}
	t.add(d, value[0]&flagCounts != 0)
	return nil
}

func (s *summer) flush() error {
	for _, signature := range slices.Sorted(maps.Keys(s.ties)) {
		if err := s.emit(write{tieKey(s.pair, signature), s.ties[signature].append(nil)}); err != nil {
			return err
		}
	}
	clear(s.ties)
	return nil
}

// close writes what is left.
func (s *summer) close() error {
	if err := s.flush(); err != nil {
		return err
	}
	if err := s.flushDegree(); err != nil {
		return err
	}
	for _, c := range slices.SortedFunc(maps.Keys(s.classes), func(a, b [2]byte) int { return bytes.Compare(a[:], b[:]) }) {
		if err := s.emit(write{classKey(c), binary.AppendVarint(nil, s.classes[c])}); err != nil {
			return err
		}
	}
	return nil
}

// tieKey is the key of a tie, from the head of its pair's entries.
func tieKey(pair []byte, signature string) []byte {
	b := append(make([]byte, 0, len(pair)+len(signature)), tableTie)
	return append(append(b, pair[1:]...), signature...)
}

func classKey(c [2]byte) []byte { return []byte{tableClasses, c[0], c[1]} }

// tieOf is the key of the tie that an entry of a pair counts in.
func tieOf(head, value []byte) string {
	k := tieKey(head, string(value))
	k[len(head)] &^= flagCounts
	return string(k)
}
