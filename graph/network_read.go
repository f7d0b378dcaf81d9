package graph

import (
	"cmp"
	"context"
	"slices"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// The marks of [StoreModel].
const (
	markStatus = 1 << iota
	markPartOf
)

// A verdict is what an event's signature tells of a talk between two of its actors.
type verdict byte

const (
	noTalk verdict = iota
	isTalk
	askRecord // the signature cannot tell, or not when
)

// judge applies the rule of [Interaction] to a signature.
func (t *taxonomy) judge(s *store.Signature) verdict {
	could := false
	for _, k := range s.Kinds {
		could = could || t.couldTalk(ID(k), s.Roles, s.OtherRoles)
	}
	switch {
	case !could:
		return noTalk
	case len(s.Kinds) > 1, s.Rival, s.Marks&markStatus != 0:
		return askRecord
	case s.Marks&markPartOf != 0 && !t.isKind(ID(s.Kinds[0]), []ID{kindCommunication}):
		return askRecord // it may be what was said in a communication
	}
	return isTalk
}

// couldTalk reports whether two actors of an event talked if it took place, is of this kind, and is no part of another.
func (t *taxonomy) couldTalk(kind ID, mine, theirs []store.IRI) bool {
	if t.isKind(kind, []ID{kindCommunication}) {
		return t.anyTakesPart(mine) && t.anyTakesPart(theirs)
	}
	return t.isKind(kind, []ID{kindStatement}) &&
		(t.anyRole(mine, roleInitiator) && t.anyRole(theirs, roleRecipient) || t.anyRole(theirs, roleInitiator) && t.anyRole(mine, roleRecipient))
}

// anyRole reports whether one of the roles is another or narrower, and takes part.
func (t *taxonomy) anyRole(roles []store.IRI, of ID) bool {
	return slices.ContainsFunc(roles, func(r store.IRI) bool { return t.takesPart[ID(r)] && t.isRole(ID(r), of) })
}

// A rawTalk is a talk as it is read. Its actors are places among those of the scan.
type rawTalk struct {
	actor, other int32
	talkAt       // of which kind is a signature, until that is judged
}

// A talkScan is the reading of lists.
type talkScan struct {
	talks  []rawTalk
	actors []store.Ref // that were seen
	at     map[store.Ref]int32
	last   [2]int32               // those of the last talk: most have the same
	asked  map[store.Ref]bool     // the actors for whom records were asked
	ask    map[store.Ref]struct{} // the events
	rests  map[ID]bool            // the records that were read for them
}

func newTalkScan() *talkScan {
	return &talkScan{at: map[store.Ref]int32{}, asked: map[store.Ref]bool{}, ask: map[store.Ref]struct{}{}, rests: map[ID]bool{}}
}

// add adds a talk.
func (s *talkScan) add(actor, other store.Ref, t talkAt) {
	for i, r := range [2]store.Ref{actor, other} {
		if len(s.actors) > 0 && s.actors[s.last[i]] == r {
			continue
		}
		n, ok := s.at[r]
		if !ok {
			n = int32(len(s.actors))
			s.actors, s.at[r] = append(s.actors, r), n
		}
		s.last[i] = n
	}
	s.talks = append(s.talks, rawTalk{s.last[0], s.last[1], t})
}

// restOn takes note of a record that was read, and of the claims that it rests on.
func (s *talkScan) restOn(r *record) {
	if len(s.rests) > maxRests {
		return
	}
	s.rests[r.id] = true
	for _, list := range [2][]fact{r.facts, r.passed} {
		for i := range list {
			s.rests[list[i].label] = true
		}
	}
}

// scan reads the talks of some actors; all for nil.
func (r *networkReader) scan(ctx context.Context, actors []store.Ref) (*talkScan, error) {
	s := newTalkScan()
	room := r.room
	if actors == nil {
		room = r.view.store.LinkCount()
	}
	s.talks = make([]rawTalk, 0, room)
	if !r.view.isNow() {
		return s, r.scanRecords(ctx, actors, s)
	}
	same := r.view.same()
	met, err := r.view.store.met(ctx) // in which somebody was as two: how, records tell
	if err != nil {
		return nil, err
	}
	signatures, err := r.view.store.Links(ctx, same.allRefs(actors), func(l store.Link) bool {
		actor, other := l.Actor, l.Other
		if same.any() {
			actor, other = same.ref(actor), same.ref(other)
			if _, ok := met.events[l.Event]; ok {
				s.ask[l.Event], s.asked[actor] = struct{}{}, true
				return ctx.Err() == nil
			}
		}
		s.add(actor, other, talkAt{l.Event, firstDay(l.First), lastDay(l.Last), int32(l.Signature)})
		return len(s.talks)%4096 != 0 || ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	tax, err := r.view.taxonomy(ctx)
	if err != nil {
		return nil, err
	}
	verdicts, kinds := make([]verdict, len(signatures)), make([]int32, len(signatures))
	for i, g := range signatures {
		if verdicts[i] = tax.judge(g); verdicts[i] == isTalk {
			kinds[i] = r.names.kind(ID(g.Kinds[0]))
		}
	}
	s.talks = slices.DeleteFunc(s.talks, func(t rawTalk) bool {
		if verdicts[t.kind] == askRecord {
			s.ask[t.event], s.asked[s.actors[t.actor]] = struct{}{}, true
		}
		return verdicts[t.kind] != isTalk
	})
	for i := range s.talks {
		s.talks[i].kind = kinds[s.talks[i].kind]
	}
	if len(s.ask) == 0 {
		return s, nil
	}
	events := make([]store.Ref, 0, len(s.ask))
	for e := range s.ask {
		events = append(events, e)
	}
	slices.Sort(events)
	ids, err := r.view.store.ids(ctx, events)
	if err != nil {
		return nil, err
	}
	var of map[store.Ref]bool
	if actors != nil {
		of = map[store.Ref]bool{}
		for _, a := range actors {
			of[a] = true
		}
	}
	return s, r.fromRecords(ctx, ids, of, s)
}

// scanRecords is scan without the store's indexes.
func (r *networkReader) scanRecords(ctx context.Context, actors []store.Ref, s *talkScan) error {
	ids, err := r.view.store.ids(ctx, actors)
	if err != nil {
		return err
	}
	of := map[store.Ref]bool{}
	for _, a := range actors {
		of[a], s.asked[a] = true, true
	}
	in, err := r.view.cohort(ids).takingPart(ctx)
	if err != nil {
		return err
	}
	return r.fromRecords(ctx, in.cohort.ids, of, s)
}

// fromRecords adds the talks in some events as their records have them: those of some actors, or of all for nil. It keeps
// no records.
func (r *networkReader) fromRecords(ctx context.Context, events []ID, of map[store.Ref]bool, s *talkScan) error {
	tax, err := r.view.taxonomy(ctx)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(events, 1024) {
		v := &View{graph: r.view.graph, store: r.view.store, clock: r.view.clock, tax: tax, shared: r.view.shared, records: map[ID]*record{}}
		talks, err := v.talksOf(ctx, v.cohort(chunk), "")
		if err != nil {
			return err
		}
		for _, r := range v.records {
			s.restOn(r)
		}
		var iris []store.IRI
		for _, t := range talks {
			iris = append(iris, store.IRI(t.event.id), store.IRI(t.from), store.IRI(t.to))
		}
		refs, ok, err := v.store.Refs(ctx, iris)
		if err != nil {
			return err
		}
		for i, t := range talks {
			event, from, to := refs[3*i], refs[3*i+1], refs[3*i+2]
			if !ok[3*i] || !ok[3*i+1] || !ok[3*i+2] {
				continue
			}
			at := talkAt{event, noFirst, noLast, r.names.kind(t.event.kindOf())}
			if w := t.event.when(vocab.SemHasTimeStamp); w != nil {
				at.first, at.last = firstDay(w.date.Earliest()), lastDay(w.date.Latest())
			}
			if of == nil || of[from] {
				s.add(from, to, at)
			}
			if of == nil || of[to] {
				s.add(to, from, at)
			}
		}
	}
	return nil
}

// readAll reads the lists of all actors.
func (r *networkReader) readAll(ctx context.Context) error {
	s, err := r.scan(ctx, nil)
	if err != nil {
		return err
	}
	lists, err := r.lists(ctx, s)
	if err != nil {
		return err
	}
	all := make([]*talkList, len(r.names.table()))
	size := 0
	for a := range all {
		if l, ok := lists[int32(a)]; ok {
			all[a] = l
			size += len(l.talks)
		} else {
			all[a] = noTalks()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list, r.size, r.whole = all, size, true
	return nil
}

// readLists reads the lists of some actors, in their order.
func (r *networkReader) readLists(ctx context.Context, actors []int32) ([]*talkList, error) {
	s, err := r.scan(ctx, r.names.refsOf(actors))
	if err != nil {
		return nil, err
	}
	lists, err := r.lists(ctx, s)
	if err != nil {
		return nil, err
	}
	out := make([]*talkList, len(actors))
	for i, a := range actors {
		if out[i] = lists[a]; out[i] == nil {
			out[i] = noTalks()
		}
	}
	return out, nil
}

// lists makes lists of what was read.
func (r *networkReader) lists(ctx context.Context, s *talkScan) (map[int32]*talkList, error) {
	numbers, err := r.names.numbers(ctx, r.view.store, s.actors)
	if err != nil {
		return nil, err
	}
	byActor := func(a, b rawTalk) int { return cmp.Compare(a.actor, b.actor) }
	if !slices.IsSortedFunc(s.talks, byActor) { // those of the indexes are
		slices.SortStableFunc(s.talks, byActor)
	}
	out := map[int32]*talkList{}
	for i := 0; i < len(s.talks); {
		j := i + 1
		for j < len(s.talks) && s.talks[j].actor == s.talks[i].actor {
			j++
		}
		actor := s.talks[i].actor
		out[numbers[actor]] = newTalkList(s.talks[i:j], numbers)
		i = j
	}
	asked := make([]store.Ref, 0, len(s.asked))
	for a := range s.asked {
		asked = append(asked, a)
	}
	if numbers, err = r.names.numbers(ctx, r.view.store, asked); err != nil {
		return nil, err
	}
	var of *rests
	if len(s.rests) <= maxRests {
		of = &rests{sortedIDs(s.rests)}
	}
	for _, a := range numbers {
		if out[a] == nil {
			out[a] = noTalks()
		}
		out[a].asked, out[a].rests = true, of
	}
	return out, nil
}

// newTalkList makes the list of one actor's talks; it orders them.
func newTalkList(talks []rawTalk, numbers []int32) *talkList {
	compare := func(a, b rawTalk) int {
		return cmp.Or(cmp.Compare(numbers[a.other], numbers[b.other]), cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last), a.event.Order().Compare(b.event.Order()))
	}
	if !slices.IsSortedFunc(talks, compare) {
		slices.SortFunc(talks, compare)
	}
	l := &talkList{talks: make([]talkAt, len(talks)), first: noLast, last: noFirst, days: true}
	for i, t := range talks {
		if i == 0 || t.other != talks[i-1].other {
			l.to, l.start = append(l.to, numbers[t.other]), append(l.start, int32(i))
		}
		l.talks[i] = t.talkAt
		l.days = l.days && t.first == t.last && noFirst+1 < t.first && t.last < noLast-1
		l.first, l.last = seenFirst(l.first, t.talkAt), seenLast(l.last, t.talkAt)
	}
	l.to, l.start = slices.Clip(l.to), slices.Clip(append(l.start, int32(len(talks))))
	return l
}

// seenFirst and seenLast widen the days on which somebody was seen, by the rule of a store's TieSum: of a date of which one end is not
// known, the other end stands for it. They begin with noLast and noFirst.
func seenFirst(day int32, t talkAt) int32 {
	switch {
	case t.first != noFirst:
		return min(day, t.first)
	case t.last != noLast:
		return min(day, t.last)
	}
	return day
}

func seenLast(day int32, t talkAt) int32 {
	switch {
	case t.last != noLast:
		return max(day, t.last)
	case t.first != noFirst:
		return max(day, t.first)
	}
	return day
}
