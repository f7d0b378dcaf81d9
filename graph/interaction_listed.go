package graph

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
)

// A pairTalks is the talks of two actors in memory, each on one day: see [network]. They are what an index of the store would offer for a list of
// interactions, in the same order, without a seek in it.
type pairTalks struct {
	talks  []talkAt // by day, then as the store orders events
	names  *networkNames
	ofKind func(ID) bool // nil lets all through
}

// Lists of talks are read for the sake of pages only if that pays: to ask the store for a page of a pair takes about as long as to
// read talksPerAsk talks. minPairAsks is from which question on about an actor it is looked at whether it does.
const (
	talksPerAsk = 64
	minPairAsks = 8
)

// pairTalks returns the talks of the pair of a stream; nil if the store has to be asked: the view is one of the past, nobody has read
// the talks of either, or the date of one of them is no single day.
func (v *View) pairTalks(ctx context.Context, s *stream) (*pairTalks, error) {
	if s.pair == nil || !v.isNow() || v.graph.limits.kept == 0 {
		return nil, nil
	}
	r, err := v.networkReader(ctx)
	if err != nil {
		return nil, err
	}
	actors, err := r.numbersOf(ctx, s.pair)
	if errors.Is(err, errNoNumber) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	talks, ok := r.pair(actors)
	if !ok {
		pays, err := r.pays(ctx, actors)
		if err != nil || pays == nil {
			return nil, err
		}
		if ok, err := r.readOnly(ctx, pays); err != nil || !ok {
			return nil, err
		}
		if talks, ok = r.pair(actors); !ok {
			return nil, nil
		}
	}
	return &pairTalks{talks, r.names, s.ofKind}, nil
}

// pair returns the talks of two actors if the list of either is there and every date in it is a day.
func (n *network) pair(actors []int32) (talks []talkAt, ok bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for i, a := range actors {
		if int(a) < len(n.list) && n.list[a] != nil && n.list[a].days {
			l := n.list[a]
			if at, ok := l.with(actors[1-i]); ok {
				return l.talksWith(at), true
			}
			return nil, true
		}
	}
	return nil, false
}

// pays takes note that the store is asked about a pair, and returns the one of the two whose list it would have paid to read, in a slice of
// its own; nil if that is neither. What the lists of both cost to read, and to read anew after each write, is so at most what was
// spent on asking the store.
func (r *networkReader) pays(ctx context.Context, actors []int32) ([]int32, error) {
	var look []int32
	r.mu.Lock()
	for _, a := range actors {
		if int(a) < len(r.list) && r.list[a] != nil {
			continue // it is of no use for this
		}
		if n := int(a) + 1; n > len(r.asks) {
			r.asks = append(r.asks, make([]uint32, n-len(r.asks))...)
		}
		r.asks[a]++
		if n := r.asks[a]; n >= r.view.graph.limits.pairAsks && n&(n-1) == 0 {
			look = append(look, a)
		}
	}
	r.mu.Unlock()
	if look == nil {
		return nil, nil
	}
	degrees, err := r.view.store.Degrees(ctx, r.names.refsOf(look))
	if err != nil {
		return nil, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for i, a := range look {
		if degrees[i] <= int(r.asks[a])*talksPerAsk && degrees[i] < r.view.graph.limits.kept/4 {
			r.room = degrees[i] // most events have two actors
			return look[i : i+1], nil
		}
	}
	return nil, nil
}

// part returns what a span has of the talks; the span has no bounds but its window.
func (p *pairTalks) part(s store.Span) []talkAt {
	if s.Only == store.Undated {
		return nil
	}
	talks := within(p.talks, s.From, s.To)
	table := p.names.kindTable()
	part := make([]talkAt, 0, min(len(talks), s.Limit))
	for i := range talks {
		t := talks[i]
		if s.Backwards {
			t = talks[len(talks)-1-i]
		}
		if p.ofKind == nil || p.ofKind(table[t.kind]) {
			if part = append(part, t); len(part) == s.Limit {
				break
			}
		}
	}
	return part
}

// datedOf names the events of talks, each on one day, as lists of the store have them. It is one call.
func (v *View) datedOf(ctx context.Context, parts [][]talkAt) ([][]dated, error) {
	n := 0
	for _, part := range parts {
		n += len(part)
	}
	refs := make([]store.Ref, 0, n)
	for _, part := range parts {
		for _, t := range part {
			refs = append(refs, t.event)
		}
	}
	names, err := v.store.Named(ctx, refs)
	if err != nil {
		return nil, err
	}
	lists := make([][]dated, len(parts))
	for i, part := range parts {
		lists[i] = make([]dated, len(part))
		for j, t := range part {
			day := edtf.Bound{Kind: edtf.Known, Day: edtf.Day(t.first)}
			lists[i][j] = dated{Event: names[j], Earliest: day, Latest: day}
		}
		names = names[len(part):]
	}
	return lists, nil
}

// within returns what is in a window of talks that are each on one day, in their order; nil is no end.
func within(talks []talkAt, from, to *edtf.Day) []talkAt {
	if len(talks) == 0 {
		return nil
	}
	if from != nil && int64(talks[0].first) < int64(*from) {
		at, _ := slices.BinarySearchFunc(talks, *from, func(t talkAt, day edtf.Day) int { return cmp.Compare(int64(t.first), int64(day)) })
		talks = talks[at:]
	}
	if n := len(talks); to != nil && n > 0 && int64(talks[n-1].first) > int64(*to) {
		at, _ := slices.BinarySearchFunc(talks, *to, func(t talkAt, day edtf.Day) int {
			if int64(t.first) > int64(day) {
				return 1
			}
			return -1
		})
		talks = talks[:at]
	}
	return talks
}
