package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/edtf"
)

// A Tie is what an actor has with another one: the events that both were part of.
type Tie struct {
	Other IRI
	TieSum
	BySignature []TieSignature // what is summed up, in an order of the store's own
}

// A TieSum sums up events: how many, from the first day that any may mean to the last, each nil if none is known. An
// event of several dates counts once, and all of its dates count for first and last. Of a date of which one end is not known, the other end stands for it.
type TieSum struct {
	Count       int
	First, Last *edtf.Day
}

// A TieSignature is the events of a tie that have one signature: the same kinds, roles and marks.
type TieSignature struct {
	*Signature // not to be changed: others share it
	TieSum
}

// Ties returns the ties of an actor of which something is left, by count, the greatest first, then by the other's id: at most limit, below
// 1 all. Only the signatures that keep keeps are counted; nil keeps all. It reads one sum for each signature of each tie, and holds them
// in memory; large events add one reading for each 256 of the actor's. See derived in derive.go.
func (v *View) Ties(ctx context.Context, actor IRI, keep func(*Signature) bool, limit int) ([]Tie, error) {
	v.calls.Add(1)
	ties, err := v.ties(ctx, actor, keep, limit)
	if err != nil {
		return nil, fmt.Errorf("ties of %s: %w", actor, err)
	}
	return ties, nil
}

// A tieRow is one sum of a tie.
type tieRow struct {
	other     tid
	signature int
	sum
}

func (v *View) ties(ctx context.Context, actor IRI, keep func(*Signature) bool, limit int) ([]Tie, error) {
	tids, ok, err := v.store.dict.find(ctx, v.state, []Term{actor})
	if err != nil || !ok[0] {
		return nil, err
	}
	var found signatures
	rows, err := v.tieRows(ctx, tids[0], &found)
	if err != nil {
		return nil, err
	}
	named, err := v.signatures(ctx, &found)
	if err != nil {
		return nil, err
	}
	kept := make([]bool, len(named))
	for i, s := range named {
		kept[i] = keep == nil || keep(s)
	}
	rows = slices.DeleteFunc(rows, func(r tieRow) bool { return !kept[r.signature] })
	return v.rankTies(ctx, rows, named, limit)
}

// tieRows reads the sums of an actor, by the other's tid.
func (v *View) tieRows(ctx context.Context, actor tid, found *signatures) (rows []tieRow, err error) {
	head := appendTID([]byte{tableTie}, actor)
	spans, heads := []span{prefixSpan(head)}, []int{len(head)}
	if len(v.state.classes.of[tableLarge]) > 0 {
		of := appendTID([]byte{tableLarge}, actor)
		spans, heads = append(spans, prefixSpan(of)), append(heads, len(of))
	}
	large := &largeTies{view: v, actor: actor, found: found, sums: map[largeTie]*sum{}}
	var bad error
	err = v.state.scan(ctx, spans, func(i int, key, value []byte) bool {
		if bad != nil {
			return false
		}
		if i > 0 {
			bad = large.add(ctx, key[heads[i]:], value)
			return bad == nil
		}
		r := tieRow{}
		var signature []byte
		if r.other, signature, bad = cutTID(key[len(head):]); bad == nil {
			r.sum, bad = parseSum(value)
		}
		r.signature = found.add(signature)
		rows = append(rows, r)
		return bad == nil
	})
	if err == nil {
		err = bad
	}
	if err == nil {
		err = large.flush(ctx)
	}
	if err != nil || len(large.sums) == 0 {
		return rows, err
	}
	for i, r := range rows { // the sums of large events join those of small ones
		at := largeTie{r.other, r.signature}
		if s := large.sums[at]; s != nil {
			rows[i].merge(*s)
			delete(large.sums, at)
		}
	}
	for at, s := range large.sums {
		rows = append(rows, tieRow{at.other, at.signature, *s})
	}
	slices.SortFunc(rows, func(a, b tieRow) int {
		return cmp.Or(compareTIDs(a.other, b.other), strings.Compare(found.list[a.signature], found.list[b.signature]))
	})
	return rows, nil
}

// largeTies sums up ties of one actor from the rosters of large events.
type largeTies struct {
	view    *View
	actor   tid
	found   *signatures
	sums    map[largeTie]*sum
	each    func(ctx context.Context, other tid, p place, signature []byte) error // instead of summing up, if not nil
	pending []place
	flags   []byte // of those pending
}

type largeTie struct {
	other     tid
	signature int
}

// add takes in an entry.
func (l *largeTies) add(ctx context.Context, dated, value []byte) error {
	d, event, err := cutDated(dated)
	if err != nil || len(value) == 0 {
		return errKey
	}
	l.pending, l.flags = append(l.pending, place{date: d, event: event}), append(l.flags, value[0])
	if len(l.pending) < chunk {
		return nil
	}
	return l.flush(ctx)
}

// flush reads the rosters of the pending events.
func (l *largeTies) flush(ctx context.Context) error {
	keys := make([][]byte, len(l.pending))
	for i, p := range l.pending {
		keys[i] = appendTID([]byte{tableRoster}, p.event)
	}
	rosters, err := l.view.state.get(ctx, keys)
	if err != nil {
		return err
	}
	var signature []byte
	for i, roster := range rosters {
		at, err := rolesAt(roster)
		if err != nil {
			return fmt.Errorf("roster %x: %w", keys[i], err)
		}
		head := roster[:at] // flags kinds end
		members, err := cutRoster(roster[at:])
		if err != nil {
			return fmt.Errorf("roster %x: %w", keys[i], err)
		}
		var own []byte
		for _, m := range members {
			if m.actor == l.actor {
				own = m.roles
			}
		}
		for _, m := range members {
			if m.actor == l.actor {
				continue
			}
			signature = append(append(append(append(signature[:0], head...), own...), tidEnd), m.roles...)
			if l.each != nil {
				signature[0] |= l.flags[i] & flagCounts
				if err := l.each(ctx, m.actor, l.pending[i], signature); err != nil {
					return err
				}
				continue
			}
			at := largeTie{m.actor, l.found.add(signature)}
			s := l.sums[at]
			if s == nil {
				s = new(sum)
				l.sums[at] = s
			}
			s.add(l.pending[i].date, l.flags[i]&flagCounts != 0)
		}
	}
	l.pending, l.flags = l.pending[:0], l.flags[:0]
	return nil
}

type member struct {
	actor tid
	roles []byte
}

// cutRoster reads the actors of a roster.
func cutRoster(b []byte) (members []member, err error) {
	for len(b) > 0 {
		actor, rest, err := cutTID(b)
		if err != nil {
			return nil, err
		}
		b = rest
		for len(rest) > 0 && rest[0] != tidEnd {
			if _, rest, err = cutTID(rest); err != nil {
				return nil, err
			}
		}
		if len(rest) == 0 {
			return nil, errKey
		}
		members = append(members, member{actor, b[:len(b)-len(rest)]})
		b = rest[1:]
	}
	return members, nil
}

// rankTies makes ties of rows, which come by the other's tid.
func (v *View) rankTies(ctx context.Context, rows []tieRow, named []*Signature, limit int) ([]Tie, error) {
	type group struct { // the rows of one other
		count    uint64
		from, to int32
	}
	var groups []group
	for i := 0; i < len(rows); {
		g := group{from: int32(i)}
		for ; i < len(rows) && rows[i].other == rows[g.from].other; i++ {
			g.count += rows[i].count
		}
		g.to = int32(i)
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b group) int { return cmp.Compare(b.count, a.count) })
	if limit < 1 || limit > len(groups) {
		limit = len(groups)
	}
	last := limit // those that count as much as the last one come too, until they have names to be ordered by
	for last > 0 && last < len(groups) && groups[last].count == groups[limit-1].count {
		last++
	}
	others := make([]tid, last)
	for i, g := range groups[:last] {
		others[i] = rows[g.from].other
	}
	terms, err := v.store.dict.names(ctx, v.state, others)
	if err != nil {
		return nil, err
	}
	ties := make([]Tie, 0, last)
	for i, g := range groups[:last] {
		other, ok := terms[i].(IRI)
		if !ok {
			continue
		}
		var all sum
		t := Tie{Other: other, BySignature: make([]TieSignature, 0, g.to-g.from)}
		for _, r := range rows[g.from:g.to] {
			all.merge(r.sum)
			t.BySignature = append(t.BySignature, TieSignature{named[r.signature], r.sum.tie()})
		}
		t.TieSum = all.tie()
		ties = append(ties, t)
	}
	slices.SortFunc(ties, func(a, b Tie) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(string(a.Other), string(b.Other)))
	})
	return ties[:min(limit, len(ties))], nil
}

func (s sum) tie() TieSum {
	t := TieSum{Count: int(s.count)}
	if s.hasFirst {
		t.First = &s.first
	}
	if s.hasLast {
		t.Last = &s.last
	}
	return t
}
