package store

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"os"
	"slices"
)

// Entries, sorted: in memory, in temporary files, and merged.

// A sorter sorts entries by key. It keeps them in memory up to its share of the budget, and spills sorted runs beyond. Of equal keys
// one stays.
type sorter struct {
	spills spills
	budget *budget
	share  func() int64

	arena   []byte
	records []record
	taken   int64
}

// A record is an entry in a sorter's arena: its key at start, its value behind it. The head is the key's first eight bytes behind its table, by which most
// comparisons are decided without going to the arena.
type record struct {
	head       uint64
	start      uint64
	key, value uint32
}

const recordBytes = 24

func newSorter(in ingest, b *budget, share func() int64) *sorter {
	return &sorter{spills: spills{in: in}, budget: b, share: share}
}

func (s *sorter) add(key, value []byte) error {
	if need := int64(cap(s.arena)) + int64(cap(s.records))*recordBytes; need != s.taken {
		s.budget.take(need - s.taken)
		s.taken = need
	}
	if int64(len(s.arena)+len(key)+len(value))+int64(len(s.records)+1)*recordBytes > s.share()/2 && len(s.records) > 0 { // half: memory doubles as it grows
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.records = append(s.records, record{head(key), uint64(len(s.arena)), uint32(len(key)), uint32(len(value))})
	s.arena = append(append(s.arena, key...), value...)
	return nil
}

func head(key []byte) uint64 {
	if len(key) >= 9 {
		return binary.BigEndian.Uint64(key[1:])
	}
	var b [8]byte
	if len(key) > 1 {
		copy(b[:], key[1:])
	}
	return binary.BigEndian.Uint64(b[:])
}

func (s *sorter) keyOf(r record) []byte { return s.arena[r.start : r.start+uint64(r.key)] }

// sort sorts what is in memory.
func (s *sorter) sort() {
	slices.SortFunc(s.records, func(a, b record) int {
		if s.arena[a.start] == s.arena[b.start] && a.head != b.head { // of one table
			return cmp.Compare(a.head, b.head)
		}
		return bytes.Compare(s.keyOf(a), s.keyOf(b))
	})
}

func (s *sorter) spill() error {
	s.sort()
	if err := s.spills.write(&sortedEntries{s: s}); err != nil {
		return err
	}
	s.records, s.arena = s.records[:0], s.arena[:0]
	return nil
}

// finish returns all entries, sorted. Nothing can be added any more.
func (s *sorter) finish() entries {
	s.sort()
	return merge(append(s.spills.lists(), &sortedEntries{s: s}))
}

func (s *sorter) close() error {
	s.budget.take(-s.taken)
	s.taken, s.records, s.arena = 0, nil, nil
	return s.spills.close()
}

// sortedEntries is what a sorter has in memory.
type sortedEntries struct {
	s *sorter
	i int
}

func (e *sortedEntries) next() (key, value []byte, ok bool, err error) {
	for e.i < len(e.s.records) {
		r := e.s.records[e.i]
		key = e.s.keyOf(r)
		e.i++
		if e.i > 1 && bytes.Equal(key, e.s.keyOf(e.s.records[e.i-2])) {
			continue
		}
		return key, e.s.arena[r.start+uint64(r.key):][:r.value], true, nil
	}
	return nil, nil, false, nil
}

// spills are sorted runs of entries, one behind the other in a temporary file. The file has no name, so that it is gone with the
// process. A run is:
//
//	run   = *entry
//	entry = UVARINT UVARINT UVARINT key value ; how many bytes of the key are as before, how many follow, how many the value has
type spills struct {
	in   ingest
	f    *os.File // nil before the first run
	ends []int64  // of the runs
}

func (s *spills) end() int64 {
	if len(s.ends) == 0 {
		return 0
	}
	return s.ends[len(s.ends)-1]
}

// write adds a run.
func (s *spills) write(list entries) error {
	if s.f == nil {
		dir, err := s.in.scratch()
		if err != nil {
			return err
		}
		if s.f, err = os.CreateTemp(dir, "runs-"); err != nil {
			return err
		}
		if err := os.Remove(s.f.Name()); err != nil {
			return err
		}
	}
	w := bufio.NewWriterSize(s.f, spillBuffer)
	end := s.end()
	var last, buf []byte
	for {
		key, value, ok, err := list.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		n := sharedBytes(key, last)
		buf = binary.AppendUvarint(buf[:0], uint64(n))
		buf = binary.AppendUvarint(buf, uint64(len(key)-n))
		buf = binary.AppendUvarint(buf, uint64(len(value)))
		buf = append(append(buf, key[n:]...), value...)
		if _, err := w.Write(buf); err != nil {
			return err
		}
		end += int64(len(buf))
		last = append(last[:n], key[n:]...)
	}
	s.ends = append(s.ends, end)
	return w.Flush()
}

// lists returns the runs.
func (s *spills) lists() []entries {
	var list []entries
	start := int64(0)
	for _, end := range s.ends {
		size := max(4<<10, min(spillBuffer, 16<<20/len(s.ends)))
		list = append(list, &spilled{r: bufio.NewReaderSize(io.NewSectionReader(s.f, start, end-start), size)})
		start = end
	}
	return list
}

func (s *spills) close() error {
	if s.f == nil {
		return nil
	}
	err := s.f.Close()
	s.f, s.ends = nil, nil
	return err
}

func sharedBytes(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// spillBuffer is the buffer of a run that is written or read: large enough that many are read in long stretches.
const spillBuffer = 64 << 10

// spilled reads a run.
type spilled struct {
	r          *bufio.Reader
	key, value []byte
}

func (e *spilled) next() (key, value []byte, ok bool, err error) {
	n, err := binary.ReadUvarint(e.r)
	if err == io.EOF {
		return nil, nil, false, nil
	}
	rest, err1 := binary.ReadUvarint(e.r)
	size, err2 := binary.ReadUvarint(e.r)
	if err := cmp.Or(err, err1, err2); err != nil {
		return nil, nil, false, noEOF(err)
	}
	e.key = slices.Grow(e.key[:n], int(rest))[:n+rest]
	if _, err = io.ReadFull(e.r, e.key[n:]); err == nil {
		e.value = slices.Grow(e.value[:0], int(size))[:size]
		_, err = io.ReadFull(e.r, e.value)
	}
	if err != nil {
		return nil, nil, false, noEOF(err)
	}
	return e.key, e.value, true, nil
}
