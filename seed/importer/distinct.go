package importer

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"slices"
)

// distinct counts how many different keys it was given. It keeps eight bytes a key, of some millions; more it sorts and writes to a
// temporary file, which has no name that could be left behind.
type distinct struct {
	seed maphash.Seed
	keys []uint64
	max  int // keys in memory; tests have few
	file *os.File
	runs []int64 // where each run in the file ends
}

const distinctKeys = 4 << 20

func newDistinct() *distinct { return &distinct{seed: maphash.MakeSeed(), max: distinctKeys} }

func (d *distinct) add(key string) error {
	d.keys = append(d.keys, maphash.String(d.seed, key))
	if len(d.keys) < d.max {
		return nil
	}
	d.sort()
	if len(d.keys) < d.max/2 {
		return nil
	}
	return d.spill()
}

func (d *distinct) sort() {
	slices.Sort(d.keys)
	d.keys = slices.Compact(d.keys)
}

func (d *distinct) spill() error {
	if d.file == nil {
		f, err := os.CreateTemp("", "parley-import-")
		if err != nil {
			return fmt.Errorf("count events: %w", err)
		}
		if err := os.Remove(f.Name()); err != nil {
			return errors.Join(fmt.Errorf("count events: %w", err), f.Close())
		}
		d.file = f
	}
	w := bufio.NewWriterSize(d.file, 1<<16)
	var b [8]byte
	for _, k := range d.keys {
		binary.BigEndian.PutUint64(b[:], k)
		w.Write(b[:])
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("count events: %w", err)
	}
	end := int64(8 * len(d.keys))
	if n := len(d.runs); n > 0 {
		end += d.runs[n-1]
	}
	d.runs, d.keys = append(d.runs, end), d.keys[:0]
	return nil
}

// count returns how many different keys there were.
func (d *distinct) count() (int, error) {
	d.sort()
	if d.file == nil {
		return len(d.keys), nil
	}
	if err := d.spill(); err != nil {
		return 0, err
	}
	var h keyHeap
	start := int64(0)
	for _, end := range d.runs {
		r := &keyRun{r: bufio.NewReaderSize(io.NewSectionReader(d.file, start, end-start), 1<<16)}
		start = end
		ok, err := r.next()
		if err != nil {
			return 0, err
		}
		if ok {
			h = append(h, r)
		}
	}
	heap.Init(&h)
	n := 0
	for last := uint64(0); len(h) > 0; {
		r := h[0]
		if n == 0 || r.key != last {
			n, last = n+1, r.key
		}
		ok, err := r.next()
		switch {
		case err != nil:
			return 0, err
		case ok:
			heap.Fix(&h, 0)
		default:
			heap.Pop(&h)
		}
	}
	return n, nil
}

func (d *distinct) close() error {
	if d.file == nil {
		return nil
	}
	return d.file.Close()
}

type keyRun struct {
	r   *bufio.Reader
	key uint64
}

func (r *keyRun) next() (bool, error) {
	var b [8]byte
	if _, err := io.ReadFull(r.r, b[:]); err == io.EOF {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("count events: %w", err)
	}
	r.key = binary.BigEndian.Uint64(b[:])
	return true, nil
}

type keyHeap []*keyRun

func (h keyHeap) Len() int           { return len(h) }
func (h keyHeap) Less(i, j int) bool { return h[i].key < h[j].key }
func (h keyHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *keyHeap) Push(x any)        { *h = append(*h, x.(*keyRun)) }
func (h *keyHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
