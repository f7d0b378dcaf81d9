package graph_test

import (
	"cmp"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/edtf"
)

// Naive answers of the model: plain loops.

// A mTalk is two who talked.
type mTalk struct {
	event    *mEvent
	from, to string
	directed bool
	claims   []*mClaim
}

func (m *model) talks() []mTalk {
	var list []mTalk
	for _, e := range m.events {
		if s := preferred(e.status); s != "" && s != "OCCURRED" {
			continue
		}
		kind := preferred(e.kind)
		communication, statement := under(mKinds, kind, "kind:communication"), under(mKinds, kind, "kind:statement")
		if statement {
			for _, p := range standing(e.partOf) {
				if under(mKinds, preferred(m.event(p).kind), "kind:communication") {
					statement = false
				}
			}
		}
		for _, a := range mActorIDs {
			for _, b := range mActorIDs {
				if a >= b || len(e.takesPart(a)) == 0 || len(e.takesPart(b)) == 0 {
					continue
				}
				ab := e.is(a, "role:initiator") && e.is(b, "role:recipient")
				ba := e.is(b, "role:initiator") && e.is(a, "role:recipient")
				switch {
				case communication:
					ab = ab || e.is(a, "role:visitor") && e.is(b, "role:host")
					ba = ba || e.is(b, "role:visitor") && e.is(a, "role:host")
				case !statement || !ab && !ba:
					continue
				}
				x := mTalk{e, a, b, ab != ba, append(e.takesPart(a), e.takesPart(b)...)}
				if ba && !ab {
					x.from, x.to = b, a
				}
				list = append(list, x)
			}
		}
	}
	return list
}

// takesPart returns the claims by which an actor takes part in the event.
func (e *mEvent) takesPart(actor string) []*mClaim {
	var list []*mClaim
	for _, p := range e.parts {
		if p.actor == actor && !p.claim.denies && under(mRoles, p.role, "role:participant") {
			list = append(list, p.claim)
		}
	}
	return list
}

func (e *mEvent) is(actor, role string) bool {
	for _, p := range e.parts {
		if p.actor == actor && !p.claim.denies && under(mRoles, p.role, role) {
			return true
		}
	}
	return false
}

// Three values, as numbers: 0 no, 1 perhaps, 2 yes.
func yes(b bool) int {
	if b {
		return 2
	}
	return 0
}

// inWindow tells whether the event lies in a window; without a date it may lie in any.
func (e *mEvent) inWindow(w *graph.Window) int {
	if w == nil {
		return 2
	}
	when := preferred(e.date)
	if when == "" {
		return 1
	}
	var from, to *edtf.Day
	if w.From != nil {
		from = ptr(parse(*w.From).Earliest().Day)
	}
	if w.To != nil {
		to = ptr(parse(*w.To).Latest().Day)
	}
	return int(edtf.In(parse(when), from, to))
}

func parse(s string) edtf.Date {
	d, err := edtf.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func certain(x int, only *graph.WindowCertainty) int {
	if x == 1 && only != nil && *only == graph.Certain {
		return 0
	}
	return x
}

// hasWords reports whether one of the texts has a word that begins with each of the words asked for.
func hasWords(texts []string, want string) bool {
	plain := strings.NewReplacer("á", "a", "Á", "A", "ë", "e", "ú", "u")
	for _, t := range texts {
		ok := true
		for _, w := range strings.Fields(strings.ToLower(plain.Replace(want))) {
			found := false
			for _, h := range strings.Fields(strings.ToLower(plain.Replace(t))) {
				found = found || strings.HasPrefix(h, w)
			}
			ok = ok && found
		}
		if ok {
			return true
		}
	}
	return false
}

func underAny(tree map[string]string, id string, of []graph.ID) bool {
	for _, x := range of {
		if under(tree, id, string(x)) {
			return true
		}
	}
	return len(of) == 0
}

func (m *model) matchTalk(x mTalk, w *graph.InteractionWhere) int {
	if w == nil {
		return 2
	}
	out := 2
	and := func(t int) { out = min(out, t) }
	if w.Actor != nil {
		and(yes(x.from == string(*w.Actor) || x.to == string(*w.Actor)))
	}
	if w.Counterpart != nil {
		and(yes(x.from == string(*w.Counterpart) || x.to == string(*w.Counterpart)))
	}
	if w.From != nil {
		and(yes(x.directed && x.from == string(*w.From)))
	}
	if w.To != nil {
		and(yes(x.directed && x.to == string(*w.To)))
	}
	if w.Source != nil {
		and(yes(slices.ContainsFunc(x.claims, func(c *mClaim) bool { return c.source == string(*w.Source) })))
	}
	if w.Text != nil {
		and(yes(hasWords(standing(x.event.summary), *w.Text)))
	}
	and(yes(underAny(mKinds, preferred(x.event.kind), w.Kinds)))
	and(certain(x.event.inWindow(w.During), w.Certainty))
	for _, sub := range w.And {
		and(m.matchTalk(x, sub))
	}
	if w.Or != nil {
		any := 0
		for _, sub := range w.Or {
			any = max(any, m.matchTalk(x, sub))
		}
		and(any)
	}
	if w.Not != nil {
		and(2 - m.matchTalk(x, w.Not))
	}
	return out
}

func (m *model) matchEvent(e *mEvent, w *graph.EventWhere) int {
	if w == nil {
		return 2
	}
	out := 2
	and := func(t int) { out = min(out, t) }
	and(yes(underAny(mKinds, preferred(e.kind), w.Kinds)))
	and(certain(e.inWindow(w.During), w.Certainty))
	if w.Place != nil {
		and(yes(slices.ContainsFunc(standing(e.place), func(p string) bool { return under(mPlaces, p, string(*w.Place)) })))
	}
	if w.Topic != nil {
		and(yes(slices.ContainsFunc(standing(e.topic), func(p string) bool { return under(mTopics, p, string(*w.Topic)) })))
	}
	if w.Source != nil {
		and(yes(slices.ContainsFunc(m.claims, func(c *mClaim) bool { return c.source == string(*w.Source) && c.about[e.id] })))
	}
	if w.Text != nil {
		and(yes(hasWords(standing(e.summary), *w.Text)))
	}
	if w.Status != nil {
		and(yes(cmp.Or(preferred(e.status), "OCCURRED") == string(*w.Status)))
	}
	if w.Actors != nil {
		n := 0
		var some, every, none = false, true, true
		for _, p := range e.parts {
			if p.claim.denies {
				continue
			}
			n++
			some = some || m.like(p, w.Actors.Some)
			every = every && m.like(p, w.Actors.All)
			none = none && !m.like(p, w.Actors.None)
		}
		and(yes((w.Actors.Some == nil || some) && (w.Actors.All == nil || n > 0 && every) && (w.Actors.None == nil || none)))
	}
	for _, sub := range w.And {
		and(m.matchEvent(e, sub))
	}
	if w.Or != nil {
		any := 0
		for _, sub := range w.Or {
			any = max(any, m.matchEvent(e, sub))
		}
		and(any)
	}
	if w.Not != nil {
		and(2 - m.matchEvent(e, w.Not))
	}
	return out
}

func (m *model) like(p mPart, w *graph.ParticipationWhere) bool {
	if w == nil {
		return false
	}
	prefix, _, _ := strings.Cut(p.actor, ":")
	return (w.Actor == nil || p.actor == string(*w.Actor)) && (w.Role == nil || under(mRoles, p.role, string(*w.Role))) &&
		(w.Type == nil || strings.ToLower(string(*w.Type)) == prefix) && (w.Country == nil || m.partOf(p.actor, string(*w.Country), nil))
}

// partOf reports whether an actor is another, or a part of it at any depth. The parts may go in circles.
func (m *model) partOf(id, of string, seen []string) bool {
	if id == of {
		return true
	}
	for _, a := range m.actors {
		for _, whole := range standing(a.unitOf) {
			if a.id == id && !slices.Contains(seen, whole) && m.partOf(whole, of, append(seen, whole)) {
				return true
			}
		}
	}
	return false
}

// sortKey returns the day that an event sorts under, and whether it has one.
func (e *mEvent) sortKey() (edtf.Day, bool) {
	if when := preferred(e.date); when != "" {
		for _, b := range []edtf.Bound{parse(when).Earliest(), parse(when).Latest()} {
			if b.Kind == edtf.Known {
				return b.Day, true
			}
		}
	}
	return 0, false
}

// compareEvents orders events by time, then by the number in their id, newest first being the reverse; those without a date come last in
// either order.
func compareEvents(a, b *mEvent, by graph.TimeOrder) int {
	x, hasX := a.sortKey()
	y, hasY := b.sortKey()
	switch {
	case hasX && !hasY:
		return -1
	case !hasX && hasY:
		return 1
	}
	c := cmp.Or(cmp.Compare(x, y), cmp.Compare(a.id, b.id))
	if by == graph.TimeDesc {
		c = -c
	}
	return c
}
