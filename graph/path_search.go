package graph

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/edtf"
)

// A pathSearch finds the best paths between two actors. For each number of hops in turn it does this:
//
//  1. From the end, it finds for every actor the least that a walk of r hops to the end can cost, and the last day on which such a walk
//     can begin; from the beginning, whom walks reach. The two meet in the middle, where that reads least.
//  2. From the beginning, it extends the path that costs least together with what 1 says of its last actor, until as many have arrived as
//     are wanted. A walk is a path in which somebody may come twice, so 1 never says too much, and no better path is missed.
//
// Costs are whole numbers that add up along a path, so their order does not depend on where a path is cut: hubs first, then resistance.
type pathSearch struct {
	*networkReader
	filter   *talkFilter
	from, to int32
	inTime   bool
	want     int

	found [][]int32
	work  int   // counterparts looked at, and talks if that takes them
	walks []far // by hops to go
}

// The limits of one search, beyond which it is not exhausted: see work; and paths begun, 64 bytes each.
const (
	maxPathWork  = 30_000_000
	maxPathHeads = 500_000
)

// hubCounterparts is how many counterparts an actor may have and be no hub.
const hubCounterparts = 100

// A cost is what a path is judged by among those of as many hops.
type cost uint64

const (
	hubCost    cost = 1 << 40 // more than any path's resistance
	resistance cost = 1 << 32 // of a hop with one talk
)

// A bound is what can be reached from an actor to the end with some hops to go.
type bound struct {
	cost cost
	late int32 // the last day on which it can still be left; noFirst if it cannot be left at all
	ok   bool
}

// A far holds bounds of those actors that have one, in pages, since most have none.
type far [][]bound

const farPage = 1024

func (f far) get(a int32) bound {
	if p := int(a) / farPage; p < len(f) && f[p] != nil {
		return f[p][a%farPage]
	}
	return bound{}
}

func (f *far) at(a int32) *bound {
	p := int(a) / farPage
	if p >= len(*f) {
		*f = append(*f, make(far, p+1-len(*f))...)
	}
	if (*f)[p] == nil {
		(*f)[p] = make([]bound, farPage)
	}
	return &(*f)[p][a%farPage]
}

// each calls do for all actors that have a bound, by number.
func (f far) each(do func(a int32)) {
	for p, page := range f {
		for i := range page {
			if page[i].ok {
				do(int32(p*farPage + i))
			}
		}
	}
}

func (f far) list() (all []int32) {
	f.each(func(a int32) { all = append(all, a) })
	return all
}

// run searches; it reports whether it came to its end.
func (s *pathSearch) run(ctx context.Context, maxHops int) (exhausted bool, err error) {
	ahead := [][]int32{{s.from}} // whom walks from the beginning reach, by hops; each once
	seen := map[int32]bool{s.from: true, s.to: true}
	back := 0 // the bounds of so many hops to go are known of everybody
	s.walks = []far{{}}
	*s.walks[0].at(s.to) = bound{0, noLast, true}
	for hops := 1; hops <= maxHops && len(s.found) < s.want; hops++ {
		// All paths of so many hops go through one of ahead's last and then have back hops to go. One side grows, the smaller one.
		for len(ahead)+back < hops {
			next, ok, err := s.ahead(ctx, ahead[len(ahead)-1], seen)
			if !ok || err != nil {
				return false, err
			}
			if last := s.walks[back].list(); len(last) < len(next) {
				for _, a := range next {
					delete(seen, a)
				}
				if ok, err := s.push(ctx, back, last); !ok || err != nil {
					return false, err
				}
				back++
			} else {
				ahead = append(ahead, next)
			}
		}
		for r := back + 1; r <= hops; r++ {
			if ok, err := s.pull(ctx, r, slices.Concat(ahead[:hops-r+1]...)); !ok || err != nil {
				return false, err
			}
		}
		if s.walks[hops].get(s.from).ok {
			if ok, err := s.collect(ctx, hops); !ok || err != nil {
				return false, err
			}
		}
		s.walks = s.walks[:back+1]
	}
	return true, nil
}

// ahead returns whom some actors talked to, but for those seen before.
func (s *pathSearch) ahead(ctx context.Context, actors []int32, seen map[int32]bool) (next []int32, ok bool, err error) {
	if ok, err := s.read(ctx, actors); !ok || err != nil {
		return nil, false, err
	}
	for _, a := range actors {
		l := s.at(a)
		if ok, err := s.count(ctx, l); !ok || err != nil {
			return nil, false, err
		}
		for _, b := range l.to {
			if !seen[b] {
				seen[b] = true
				next = append(next, b)
			}
		}
	}
	return next, true, nil
}

// count counts the work of looking at all of an actor's counterparts; it reports false when there was too much of it.
func (s *pathSearch) count(ctx context.Context, l *talkList) (bool, error) {
	n := len(l.to)
	if s.inTime || !s.filter.all() {
		n += len(l.talks)
	}
	if s.work/4096 != (s.work+n)/4096 && ctx.Err() != nil {
		return false, ctx.Err()
	}
	s.work += n
	return s.work < maxPathWork, nil
}

// push finds the bounds of all with r+1 hops to go, from those with r, which are given.
func (s *pathSearch) push(ctx context.Context, r int, actors []int32) (bool, error) {
	if ok, err := s.read(ctx, actors); !ok || err != nil {
		return false, err
	}
	s.walks = append(s.walks[:r+1], far{})
	next := &s.walks[r+1]
	for _, b := range actors {
		l, to := s.at(b), s.walks[r].get(b)
		if ok, err := s.count(ctx, l); !ok || err != nil {
			return false, err
		}
		if b == s.from {
			continue // a path does not go on behind its beginning
		}
		base := to.cost + s.cross(b)
		for i, a := range l.to {
			if a == s.to {
				continue
			}
			s.widen(next, a, l, i, base, to.late)
		}
	}
	return true, nil
}

// pull finds the bounds of some actors with r hops to go.
func (s *pathSearch) pull(ctx context.Context, r int, actors []int32) (bool, error) {
	if ok, err := s.read(ctx, actors); !ok || err != nil {
		return false, err
	}
	s.walks = append(s.walks[:r], far{})
	var middle []int32
	for _, a := range actors {
		for _, b := range s.at(a).to {
			if b != s.from && s.walks[r-1].get(b).ok {
				middle = append(middle, b)
			}
		}
	}
	if r > 1 { // whether they are hubs counts
		slices.Sort(middle)
		if ok, err := s.read(ctx, slices.Compact(middle)); !ok || err != nil {
			return false, err
		}
	}
	for _, a := range actors {
		l := s.at(a)
		if ok, err := s.count(ctx, l); !ok || err != nil {
			return false, err
		}
		for i, b := range l.to {
			if to := s.walks[r-1].get(b); to.ok && b != s.from && a != s.to {
				s.widen(&s.walks[r], a, l, i, to.cost+s.cross(b), to.late)
			}
		}
	}
	return true, nil
}

// widen lets an actor's bound know of one more way to go on: by the talks at i of a list, to somebody from whom the rest costs base and
// who must be left by late.
func (s *pathSearch) widen(f *far, a int32, l *talkList, i int, base cost, late int32) {
	talks := l.talksWith(i)
	c, ok := s.hop(talks)
	if !ok {
		return
	}
	day := int32(noLast)
	if s.inTime {
		if day, ok = s.latest(talks, l.days, late); !ok {
			return
		}
	}
	b := f.at(a)
	if !b.ok {
		*b = bound{base + c, day, true}
		return
	}
	b.cost, b.late = min(b.cost, base+c), max(b.late, day)
}

// hop returns the resistance of talks; false if none of them counts.
func (s *pathSearch) hop(talks []talkAt) (cost, bool) {
	n := len(talks)
	if !s.filter.all() {
		n = s.filter.count(talks).Max
	}
	if n == 0 {
		return 0, false
	}
	return resistance / cost(n), true
}

// cross is what it costs to go through an actor.
func (s *pathSearch) cross(a int32) cost {
	if a != s.from && a != s.to && s.isHub(a) {
		return hubCost
	}
	return 0
}

func (s *pathSearch) isHub(a int32) bool { return len(s.at(a).to) > s.view.graph.limits.hub }

// latest returns the last day on which one can be before talks and still be through them by late.
func (s *pathSearch) latest(talks []talkAt, days bool, late int32) (day int32, ok bool) {
	day = noFirst
	// They are in the order of their first days: those that begin after late come last.
	n, _ := slices.BinarySearchFunc(talks, late, func(t talkAt, late int32) int {
		if t.first <= late {
			return -1
		}
		return 1
	})
	for i := n - 1; i >= 0 && day < late && !(ok && days); i-- {
		t := &talks[i]
		if s.filter.truth(t) == edtf.No {
			continue
		}
		day, ok = max(day, min(t.last, late)), true
	}
	return day, ok
}

// earliest returns the first day on which one can be through talks if it is now; false if none can follow.
func (s *pathSearch) earliest(talks []talkAt, days bool, now int32) (day int32, ok bool) {
	if days {
		n, _ := slices.BinarySearchFunc(talks, now, func(t talkAt, now int32) int { return cmp.Compare(t.first, now) })
		talks = talks[n:]
	}
	for i := range talks {
		t := &talks[i]
		if ok && t.first >= day {
			break
		}
		if s.filter.truth(t) == edtf.No {
			continue
		}
		if then, can := after(now, t, edtf.Maybe); can && (!ok || then < day) {
			day, ok = then, true
		}
	}
	return day, ok
}

// A pathHead is the beginning of a path.
type pathHead struct {
	least cost // that the whole path can cost
	sofar cost
	now   int32
	n     int32
	nodes [maxHops + 1]int32
}

// A pathHeap has the best beginning on top: by what the path costs at least, then by the ids along it.
type pathHeap struct {
	list []pathHead
	ids  []ID
}

func (h *pathHeap) Len() int { return len(h.list) }
func (h *pathHeap) Less(i, j int) bool {
	a, b := &h.list[i], &h.list[j]
	if a.least != b.least {
		return a.least < b.least
	}
	return slices.CompareFunc(a.nodes[:a.n], b.nodes[:b.n], func(x, y int32) int {
		if x == y {
			return 0
		}
		return strings.Compare(string(h.ids[x]), string(h.ids[y]))
	}) < 0
}
func (h *pathHeap) Swap(i, j int) { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *pathHeap) Push(x any)    { h.list = append(h.list, x.(pathHead)) }
func (h *pathHeap) Pop() any {
	x := h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
	return x
}

// collect adds the best paths of some hops to those found. All lists that it needs have been read.
func (s *pathSearch) collect(ctx context.Context, hops int) (bool, error) {
	h := &pathHeap{ids: s.names.table()}
	first := pathHead{least: s.walks[hops].get(s.from).cost, now: math.MinInt32, n: 1}
	first.nodes[0] = s.from
	heap.Push(h, first)
	for h.Len() > 0 && len(s.found) < s.want {
		head := heap.Pop(h).(pathHead)
		at := head.nodes[head.n-1]
		left := hops - int(head.n) + 1
		if left == 0 {
			s.found = append(s.found, slices.Clone(head.nodes[:head.n]))
			continue
		}
		l := s.at(at)
		if ok, err := s.count(ctx, l); !ok || err != nil {
			return false, err
		}
		if left == 1 {
			if i, ok := l.with(s.to); ok {
				s.extend(h, head, s.to, l, i, bound{0, noLast, true})
			}
			continue
		}
		for i, b := range l.to {
			to := s.walks[left-1].get(b)
			if !to.ok || b == s.to || slices.Contains(head.nodes[:head.n], b) {
				continue
			}
			s.extend(h, head, b, l, i, to)
		}
		if h.Len() > maxPathHeads {
			return false, nil
		}
	}
	return true, nil
}

// extend adds a beginning that goes one hop further, if it can lead to the end.
func (s *pathSearch) extend(h *pathHeap, head pathHead, b int32, l *talkList, i int, to bound) {
	c, ok := s.hop(l.talksWith(i))
	if !ok {
		return
	}
	if s.inTime {
		if head.now, ok = s.earliest(l.talksWith(i), l.days, head.now); !ok || head.now > to.late {
			return
		}
	}
	head.sofar += c + s.cross(b)
	head.least = head.sofar + to.cost
	head.nodes[head.n] = b
	head.n++
	heap.Push(h, head)
}
