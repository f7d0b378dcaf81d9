package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"os"
	"slices"
	"sync"
)

// Entries, sorted: in memory, in temporary files, and merged.

// A sortPool is the memory of some sorters that are filled by one goroutine. What one does not take another can: how much of which
// table comes is known when it has come.
type sortPool struct {
	in      ingest
	budget  *budget
	limit   int64
	sorters []*sorter

	mu   sync.Mutex // sorters are finished and closed by several goroutines
	held int64
	free [][]byte // blocks of sorters that were spilled
}

func newSortPool(in ingest, b *budget, limit int64) *sortPool {
	return &sortPool{in: in, budget: b, limit: limit}
}

func (p *sortPool) newSorter() *sorter {
	s := &sorter{spills: spills{in: p.in}, pool: p}
	p.sorters = append(p.sorters, s)
	return s
}

// hold counts bytes that sorters keep.
func (p *sortPool) hold(n int64) {
	p.mu.Lock()
	p.held += n
	p.mu.Unlock()
	p.budget.take(n)
}

// block returns an empty block. If there is no memory for it, the sorter that has most is spilled.
func (p *sortPool) block(size int) ([]byte, error) {
	if size > sortBlock {
		p.hold(int64(size))
		return make([]byte, 0, size), nil
	}
	if len(p.free) == 0 && p.held+sortBlock > p.limit {
		most := p.sorters[0]
		for _, s := range p.sorters {
			if len(s.blocks) > len(most.blocks) {
				most = s
			}
		}
		if len(most.blocks) > 0 {
			if err := most.spill(); err != nil {
				return nil, err
			}
		}
	}
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b, nil
	}
	p.hold(sortBlock)
	return make([]byte, 0, sortBlock), nil
}

// end gives back what no sorter has taken.
func (p *sortPool) end() {
	p.mu.Lock()
	n := int64(len(p.free)) * sortBlock
	p.free = nil
	p.mu.Unlock()
	p.hold(-n)
}

// A sorter sorts entries by key. It keeps them in memory as long as its pool has any, and spills sorted runs beyond. Of equal keys
// one stays.
type sorter struct {
	spills  spills
	pool    *sortPool
	blocks  [][]byte // of entries: UVARINT UVARINT key value, how many bytes key and value have
	records []record
}

// sortBlock is how many bytes of entries are allocated at once.
const sortBlock = 64 << 10

// A record is an entry: where it stands, its block << 32 and its place there. The head is some bytes of its key, by which most of the
// sorting is done without going there.
type record struct{ head, at uint64 }

const recordBytes = 2 * 16 // sorting takes as many again

func (s *sorter) add(key, value []byte) error {
	if len(s.records) == cap(s.records) {
		more := cap(s.records)/2 + 256
		if s.pool.held+int64(more)*recordBytes > s.pool.limit && len(s.records) > 0 {
			if err := s.spill(); err != nil {
				return err
			}
		} else {
			s.pool.hold(int64(more) * recordBytes)
			s.records = append(make([]record, 0, cap(s.records)+more), s.records...)
		}
	}
	need := 2*binary.MaxVarintLen32 + len(key) + len(value)
	last := len(s.blocks) - 1
	if last < 0 || cap(s.blocks[last])-len(s.blocks[last]) < need {
		b, err := s.pool.block(need)
		if err != nil {
			return err
		}
		s.blocks = append(s.blocks, b)
		last = len(s.blocks) - 1
	}
	b := s.blocks[last]
	s.records = append(s.records, record{head(key), uint64(last)<<32 | uint64(len(b))})
	b = binary.AppendUvarint(b, uint64(len(key)))
	b = binary.AppendUvarint(b, uint64(len(value)))
	s.blocks[last] = append(append(b, key...), value...)
	return nil
}

// head is the first eight bytes of a key, and as many NULs as it lacks.
func head(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

// entry returns an entry, whose bytes are the sorter's.
func (s *sorter) entry(r record) (key, value []byte) {
	b := s.blocks[r.at>>32][uint32(r.at):]
	n, i := binary.Uvarint(b)
	size, j := binary.Uvarint(b[i:])
	b = b[i+j:]
	return b[:n:n], b[n : n+size : n+size]
}

func (s *sorter) keyOf(r record) []byte {
	key, _ := s.entry(r)
	return key
}

// sort sorts what is in memory: by the heads and, what has the same one, by what follows. Entries come in the order of their events, and so
// mostly in that of their dates: then there is nothing left to do.
func (s *sorter) sort() {
	s.records = radixSortRecords(s.records)
	for from := 0; from < len(s.records); {
		to := from + 1
		for to < len(s.records) && s.records[to].head == s.records[from].head {
			to++
		}
		if to > from+1 {
			s.sortSame(s.records[from:to])
		}
		from = to
	}
}

// sortSame sorts records of one head.
func (s *sorter) sortSame(list []record) {
	first := s.keyOf(list[0])
	common, ascending := len(first), true
	for last, i := first, 1; i < len(list); i++ {
		key := s.keyOf(list[i])
		ascending = ascending && bytes.Compare(last, key) <= 0
		common = min(common, sharedBytes(first, key))
		last = key
	}
	if ascending {
		return
	}
	for i := range list {
		list[i].head = head(s.keyOf(list[i])[common:])
	}
	slices.SortFunc(list, func(a, b record) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		return bytes.Compare(s.keyOf(a), s.keyOf(b))
	})
}

// radixSortRecords sorts records by their heads, those of one head as they were. It passes over digits that all have alike.
func radixSortRecords(list []record) []record {
	if len(list) < 256 {
		slices.SortStableFunc(list, func(a, b record) int { return cmp.Compare(a.head, b.head) })
		return list
	}
	const digit = 8
	var counts [64 / digit][1 << digit]int
	for _, r := range list {
		for d := range counts {
			counts[d][r.head>>(digit*d)&(1<<digit-1)]++
		}
	}
	var other []record
	for d := range counts {
		at := &counts[d]
		if at[list[0].head>>(digit*d)&(1<<digit-1)] == len(list) {
			continue
		}
		if other == nil {
			other = make([]record, len(list), cap(list))
		}
		sum := 0
		for i, n := range at {
			at[i] = sum
			sum += n
		}
		for _, r := range list {
			n := r.head >> (digit * d) & (1<<digit - 1)
			other[at[n]] = r
			at[n]++
		}
		list, other = other, list
	}
	return list
}

// spill writes what is in memory to a file, and keeps the memory for the pool.
func (s *sorter) spill() error {
	s.sort()
	if err := s.spills.write(&sortedEntries{s: s}); err != nil {
		return err
	}
	s.records = s.records[:0]
	for _, b := range s.blocks {
		if cap(b) == sortBlock {
			s.pool.free = append(s.pool.free, b[:0])
		} else {
			s.pool.hold(-int64(cap(b)))
		}
	}
	s.blocks = s.blocks[:0]
	return nil
}

// finish returns all entries, sorted. Nothing can be added any more, to no sorter of the pool.
func (s *sorter) finish() entries {
	s.pool.end()
	s.sort()
	return merge(append(s.spills.lists(), &sortedEntries{s: s}))
}

func (s *sorter) close() error {
	n := int64(cap(s.records)) * recordBytes
	for _, b := range s.blocks {
		n += int64(cap(b))
	}
	s.pool.hold(-n)
	s.records, s.blocks = nil, nil
	return s.spills.close()
}

// sortedEntries is what a sorter has in memory.
type sortedEntries struct {
	s    *sorter
	i    int
	last []byte
}

func (e *sortedEntries) next() (key, value []byte, ok bool, err error) {
	for e.i < len(e.s.records) {
		key, value = e.s.entry(e.s.records[e.i])
		e.i++
		if e.i > 1 && bytes.Equal(key, e.last) {
			continue
		}
		e.last = key
		return key, value, true, nil
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
	end := s.end()
	buf := make([]byte, 0, spillBuffer)
	flush := func() error {
		n, err := s.f.Write(buf)
		end += int64(n)
		buf = buf[:0]
		return err
	}
	var last []byte
	for {
		key, value, ok, err := list.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if len(buf)+spilledHead+len(key)+len(value) > cap(buf) {
			if err := flush(); err != nil {
				return err
			}
		}
		n := sharedBytes(key, last)
		buf = binary.AppendUvarint(buf, uint64(n))
		buf = binary.AppendUvarint(buf, uint64(len(key)-n))
		buf = binary.AppendUvarint(buf, uint64(len(value)))
		buf = append(append(buf, key[n:]...), value...)
		last = append(last[:n], key[n:]...)
	}
	if err := flush(); err != nil {
		return err
	}
	s.ends = append(s.ends, end)
	return nil
}

// lists returns the runs.
func (s *spills) lists() []entries {
	var list []entries
	start := int64(0)
	for _, end := range s.ends {
		size := max(4<<10, min(spillBuffer, 4<<20/len(s.ends)))
		list = append(list, &spilled{r: io.NewSectionReader(s.f, start, end-start), buf: make([]byte, 0, size)})
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

// spilled reads a run, through a buffer of its own: a reader that gives a byte at a time took a third of merging.
type spilled struct {
	r   io.Reader
	buf []byte // what was read
	at  int    // what of it was used
	key []byte
}

// spilledHead is the most bytes that the three numbers before an entry take.
const spilledHead = 3 * binary.MaxVarintLen32

func (e *spilled) next() (key, value []byte, ok bool, err error) {
	if err := e.want(spilledHead); err != nil {
		return nil, nil, false, err
	}
	b := e.buf[e.at:]
	if len(b) == 0 {
		return nil, nil, false, nil
	}
	shared, i := binary.Uvarint(b)
	rest, j := binary.Uvarint(b[max(i, 0):])
	size, k := binary.Uvarint(b[max(i, 0)+max(j, 0):])
	if i <= 0 || j <= 0 || k <= 0 || shared > uint64(len(e.key)) {
		return nil, nil, false, io.ErrUnexpectedEOF
	}
	e.at += i + j + k
	need := int(rest + size)
	if err := e.want(need); err != nil {
		return nil, nil, false, err
	}
	if b = e.buf[e.at:]; len(b) < need {
		return nil, nil, false, io.ErrUnexpectedEOF
	}
	e.key = append(e.key[:shared], b[:rest]...)
	e.at += need
	return e.key, b[rest:need:need], true, nil
}

// want reads on until n bytes are there, or all that are left.
func (e *spilled) want(n int) error {
	if len(e.buf)-e.at >= n {
		return nil
	}
	e.buf = append(e.buf[:0], e.buf[e.at:]...)
	e.at = 0
	e.buf = slices.Grow(e.buf, max(0, n-len(e.buf)))
	for len(e.buf) < n {
		m, err := e.r.Read(e.buf[len(e.buf):cap(e.buf)])
		e.buf = e.buf[:len(e.buf)+m]
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
