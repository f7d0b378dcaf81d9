package store

import (
	"math/bits"
	"slices"
)

// A quadRun is as many quads as a load keeps in memory at once. A term is kept once for each place in a quad in which it stands, and a
// quad as four numbers of terms. To sort it in an order, terms are numbered anew by rank, and the four ranks of a quad packed
// into one number: sorting quads is then sorting numbers, by radix, in a few passes over eight bytes a quad.
type quadRun struct {
	budget *budget
	sorts  int64 // how many orders are sorted at once
	most   int   // quads, see LoadOptions
	taken  int64
	places [4]placeTerms
	blocks [][][4]uint32 // of runBlock quads each
	n      int
	memo   [4][]uint32
}

// runBlock is how many quads are allocated at once.
const runBlock = 1 << 14

// placeTerms are the terms in one place of quads, each once, in the order in which they came.
type placeTerms struct {
	tids  []tid
	table []uint32 // numbers of tids + 1 by hash, open addressing; its length is a power of two
	rank  []uint32 // by number, when sorted
	order []tid    // by rank
}

func newRun(l *loader) *quadRun {
	return &quadRun{budget: l.budget, sorts: int64(min(l.workers, len(orders))), most: l.o.runQuads}
}

// number returns the number of a term, which it gives it if it has none.
func (p *placeTerms) number(t tid) uint32 {
	if len(p.tids)*2 >= len(p.table) {
		p.table = make([]uint32, max(64, 2*len(p.table)))
		for i, t := range p.tids {
			*p.slot(t) = uint32(i) + 1
		}
	}
	s := p.slot(t)
	if *s == 0 {
		p.tids = append(p.tids, t)
		*s = uint32(len(p.tids))
	}
	return *s - 1
}

func (p *placeTerms) slot(t tid) *uint32 {
	h := (t.n ^ uint64(t.kind)<<56) * 0x9e3779b97f4a7c15
	mask := uint64(len(p.table) - 1)
	for i := (h ^ h>>32) & mask; ; i = (i + 1) & mask {
		if s := &p.table[i]; *s == 0 || p.tids[*s-1] == t {
			return s
		}
	}
}

// memory is what the run takes, with what sorting it will take: for each order that is sorted at once two numbers a quad, and for each term a
// rank and its place in the order.
func (r *quadRun) memory() int64 {
	n := int64(len(r.blocks)) * runBlock * 16
	n += int64(r.n) * 16 * r.sorts
	for i := range r.places {
		p := &r.places[i]
		n += int64(cap(p.tids))*16 + int64(len(p.table))*4 + int64(len(p.tids))*20
	}
	return n
}

// width returns how many bits the packed ranks take if each place gets more terms.
func (r *quadRun) width(more int) int {
	n := 0
	for i := range r.places {
		n += bits.Len(uint(len(r.places[i].tids) + more))
	}
	return n
}

// fits reports whether the quads of a chunk can be added.
func (r *quadRun) fits(quads, terms int) bool {
	if r.most > 0 && r.n+quads > r.most {
		return quads == 1 && r.n == 0
	}
	return r.width(min(quads, terms)) <= 64 && (r.n == 0 || r.memory()+int64(quads)*16*(1+r.sorts)+int64(terms)*64 <= r.budget.forRun())
}

// add adds quads of a chunk.
func (r *quadRun) add(c *textChunk, quads [][4]uint32) {
	for d := range r.memo {
		if cap(r.memo[d]) < len(c.tids) {
			r.memo[d] = make([]uint32, len(c.tids))
		}
		r.memo[d] = r.memo[d][:len(c.tids)]
		clear(r.memo[d])
	}
	for _, q := range quads {
		if r.n%runBlock == 0 {
			r.blocks = append(r.blocks, make([][4]uint32, 0, runBlock))
		}
		block := &r.blocks[len(r.blocks)-1]
		var out [4]uint32
		for d, t := range q {
			m := &r.memo[d][t]
			if *m == 0 {
				*m = r.places[d].number(c.tids[t]) + 1
			}
			out[d] = *m - 1
		}
		*block = append(*block, out)
		r.n++
	}
	if now := r.memory(); now != r.taken {
		r.budget.take(now - r.taken)
		r.taken = now
	}
}

// rankTerms numbers the terms by their order. It comes before sorting.
func (r *quadRun) rankTerms() {
	for d := range r.places {
		p := &r.places[d]
		p.table = nil
		if slices.IsSortedFunc(p.tids, compareTIDs) { // names that were given in order
			p.order = p.tids
			p.rank = make([]uint32, len(p.tids))
			for i := range p.rank {
				p.rank[i] = uint32(i)
			}
			continue
		}
		numbers := make([]uint32, len(p.tids))
		for i := range numbers {
			numbers[i] = uint32(i)
		}
		slices.SortFunc(numbers, func(a, b uint32) int { return compareTIDs(p.tids[a], p.tids[b]) })
		p.order, p.rank = make([]tid, len(numbers)), make([]uint32, len(numbers))
		for rank, n := range numbers {
			p.order[rank], p.rank[n] = p.tids[n], uint32(rank)
		}
		p.tids = nil
	}
}

// sortBuffers are used again by who sorts several orders.
type sortBuffers struct{ keys, other []uint64 }

// sorted returns the run's keys in an order of the quad tables. They take the buffers, until those are used again.
func (r *quadRun) sorted(order int, b *sortBuffers) *runEntries {
	if cap(b.keys) < r.n {
		b.keys, b.other = make([]uint64, r.n), make([]uint64, r.n)
	}
	e := &runEntries{r: r, order: order}
	shift := 0
	for i := 3; i >= 0; i-- {
		d := orders[order][i]
		e.shift[i] = shift
		width := bits.Len(uint(len(r.places[d].order) - 1))
		e.mask[i] = 1<<width - 1
		shift += width
	}
	keys := b.keys[:0]
	p0, p1, p2, p3 := orders[order][0], orders[order][1], orders[order][2], orders[order][3]
	r0, r1, r2, r3 := r.places[p0].rank, r.places[p1].rank, r.places[p2].rank, r.places[p3].rank
	for _, block := range r.blocks {
		for i := range block {
			q := &block[i]
			keys = append(keys, uint64(r0[q[p0]])<<e.shift[0]|uint64(r1[q[p1]])<<e.shift[1]|uint64(r2[q[p2]])<<e.shift[2]|uint64(r3[q[p3]]))
		}
	}
	e.keys, b.other = radixSort(keys, b.other[:len(keys)], shift)
	b.keys = e.keys
	return e
}

// radixSort sorts numbers of so many bits, and returns them and the other buffer.
func radixSort(keys, other []uint64, width int) (sorted, rest []uint64) {
	if slices.IsSorted(keys) {
		return keys, other
	}
	const digit = 11
	for shift := 0; shift < width; shift += digit {
		var at [1 << digit]int
		for _, k := range keys {
			at[k>>shift&(1<<digit-1)]++
		}
		sum := 0
		for i, n := range at {
			at[i] = sum
			sum += n
		}
		for _, k := range keys {
			d := k >> shift & (1<<digit - 1)
			other[at[d]] = k
			at[d]++
		}
		keys, other = other, keys
	}
	return keys, other
}

// runEntries are a run's keys in one order.
type runEntries struct {
	r     *quadRun
	order int
	keys  []uint64
	shift [4]int
	mask  [4]uint64
	i     int
	key   []byte
	ends  [4]int // of the terms in key
}

func (e *runEntries) next() (key, value []byte, ok bool, err error) {
	if e.i == len(e.keys) {
		return nil, nil, false, nil
	}
	k := e.keys[e.i]
	from := 0 // the first term that differs
	if e.i == 0 {
		e.key = append(e.key[:0], tableQuad+byte(e.order))
	} else {
		diff := k ^ e.keys[e.i-1]
		for from < 3 && diff>>e.shift[from] == 0 {
			from++
		}
		if from == 0 {
			e.key = e.key[:1]
		} else {
			e.key = e.key[:e.ends[from-1]]
		}
	}
	for j := from; j < 4; j++ {
		e.key = appendTID(e.key, e.r.places[orders[e.order][j]].order[k>>e.shift[j]&e.mask[j]])
		e.ends[j] = len(e.key)
	}
	for e.i++; e.i < len(e.keys) && e.keys[e.i] == k; e.i++ { // the same quad again
	}
	return e.key, nil, true, nil
}

// terms returns the keys of the run's terms in table t.
func (r *quadRun) terms() entries {
	list := make([]entries, 4)
	for d := range list {
		list[d] = &termEntries{tids: r.places[d].order}
	}
	return merge(list)
}

type termEntries struct {
	tids []tid
	key  []byte
}

func (e *termEntries) next() (key, value []byte, ok bool, err error) {
	for len(e.tids) > 0 && e.tids[0].kind == kindNone {
		e.tids = e.tids[1:]
	}
	if len(e.tids) == 0 {
		return nil, nil, false, nil
	}
	e.key = appendTID(append(e.key[:0], tableTerm), e.tids[0])
	e.tids = e.tids[1:]
	return e.key, nil, true, nil
}

// free gives the run's memory back.
func (r *quadRun) free() {
	r.budget.take(-r.taken)
	*r = quadRun{}
}
