package store

import (
	"context"
	"sync"
)

// A buffer is the memory that an answer is made in and that is not part of it: two thirds of all that reading twenty events
// took, and the collection of it a third of the time.
type buffer struct {
	quads  []tquad
	places [][4]int32 // of the terms of a quad among those of seen
	seen   tidSet
}

// buffers keeps buffers for the next answers. A large one is left to the garbage collection.
var buffers = sync.Pool{New: func() any { return new(buffer) }}

func (b *buffer) put() {
	if cap(b.quads) > 10_000 || cap(b.places) > 10_000 || len(b.seen.slots) > 10_000 {
		return
	}
	b.seen.reset()
	buffers.Put(b)
}

// fill names the terms of lists of quads, each term once.
func (v *View) fill(ctx context.Context, lists [][]tquad, out [][]Quad) error {
	n := 0
	for _, list := range lists {
		n += len(list)
	}
	b := buffers.Get().(*buffer)
	defer b.put()
	places, seen := b.places[:0], &b.seen
	for _, list := range lists {
		for _, q := range list {
			places = append(places, [4]int32{seen.add(q[0]), seen.add(q[1]), seen.add(q[2]), seen.add(q[3])})
		}
	}
	b.places = places
	terms, err := v.store.dict.names(ctx, v.state, seen.tids)
	if err != nil {
		return err
	}
	all := make([]Quad, n)
	for i, p := range places {
		all[i] = Quad{Subject: terms[p[0]], Predicate: terms[p[1]], Object: terms[p[2]], Label: terms[p[3]]}
	}
	for i, list := range lists {
		if n := len(list); n > 0 {
			out[i], all = all[:n:n], all[n:]
		}
	}
	return nil
}

// A tidSet numbers different tids in the order in which they come. It is a third of the cost of a map, which was a third of that of
// reading the quads.
type tidSet struct {
	tids  []tid
	slots []int32 // 1 + the number of a tid, at its hash or behind it; 0 is free. At most half are taken.
}

// reset forgets all tids.
func (s *tidSet) reset() {
	s.tids = s.tids[:0]
	clear(s.slots)
}

// add returns the number of a tid.
func (s *tidSet) add(t tid) int32 {
	if 2*len(s.tids) >= len(s.slots) {
		s.slots = make([]int32, max(256, 2*len(s.slots)))
		for i, t := range s.tids {
			s.slots[s.slot(t)] = int32(i + 1)
		}
	}
	i := s.slot(t)
	if s.slots[i] == 0 {
		s.tids = append(s.tids, t)
		s.slots[i] = int32(len(s.tids))
	}
	return s.slots[i] - 1
}

// slot returns where a tid is or belongs.
func (s *tidSet) slot(t tid) int {
	mask := len(s.slots) - 1
	i := int((t.n^uint64(t.kind)<<56)*0x9e3779b97f4a7c15>>32) & mask
	for s.slots[i] > 0 && s.tids[s.slots[i]-1] != t {
		i = (i + 1) & mask
	}
	return i
}
