package graph

import (
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
)

// What a filter demands of everything that matches it: by that the best index is chosen. A demand may ask for too little, since the
// records decide; never for too much.
type demand struct {
	actors []ID         // all of these are part of the event
	anyOf  []ID         // and one of these; nil is anybody
	kinds  []ID         // it is of one of these or narrower; nil is any
	window *edtf.Window // it may lie in this
	more   bool         // and something that no index answers

	certain bool // of the window, only certainly
	twice   bool // it names several sets of kinds, or windows: these are the first of them
}

// maxKindSpans is how many kinds are merged by time whatever is found; of more, the first batch only. See [stream].
const maxKindSpans = 12

// maxActorSpans is the same of actors.
const maxActorSpans = 64

// stream chooses the index: of a pair, else of an actor or some of which one must be there, else of kinds, else of all events by time.
func (d demand) stream(tax *taxonomy, keep func(*store.Signature) bool) *stream {
	s := &stream{keep: keep}
	if d.more {
		s.first = 512 // many candidates will not do: look at many at once
	}
	if d.window != nil {
		s.from, s.to = d.window.From, d.window.To
	}
	if d.kinds != nil {
		s.keep = func(sig *store.Signature) bool {
			return slices.ContainsFunc(sig.Kinds, func(k store.IRI) bool { return tax.isKind(ID(k), d.kinds) }) && (keep == nil || keep(sig))
		}
	}
	slices.Sort(d.actors)
	actors := slices.Compact(d.actors)
	switch {
	case tax.same.several(actors...):
		// Of one that has several ids there is no list of pairs, and what it did as each of them is not what it did.
		at := max(0, slices.IndexFunc(actors, func(id ID) bool { return !tax.same.several(id) }))
		s.list, s.look = store.OfActors(tax.same.lists(actors[at])...), true
		if s.keep = nil; d.kinds != nil {
			s.keep = func(sig *store.Signature) bool {
				return slices.ContainsFunc(sig.Kinds, func(k store.IRI) bool { return tax.isKind(ID(k), d.kinds) })
			}
		}
	case len(actors) > 1:
		if len(actors) == 2 {
			s.pair = actors
		}
		s.list = store.OfPair(store.IRI(actors[0]), store.IRI(actors[1]))
	case len(actors) == 1:
		s.list = store.OfActors(store.IRI(actors[0]))
	case d.anyOf != nil:
		any := tax.same.lists(d.anyOf...)
		s.list = store.OfActors(any...)
		if len(any) > maxActorSpans {
			all := store.AllEvents()
			s.narrow = &all
		}
	case d.kinds != nil:
		var kinds []store.IRI
		for _, k := range tax.kinds {
			if tax.isKind(k, d.kinds) {
				kinds = append(kinds, store.IRI(k))
			}
		}
		if kinds == nil {
			s.list = store.AllEvents() // of which keep refuses all
			break
		}
		s.list = store.OfKinds(kinds...)
		if len(kinds) > maxKindSpans {
			all := store.AllEvents()
			s.narrow = &all
		}
	default:
		s.list = store.AllEvents()
	}
	return s
}

// add takes in what a filter demands of kinds and window. Of two windows one is as good as the other: a long event may be in both and not
// in what they share.
func (d *demand) add(kinds []ID, during *Window, certainty *WindowCertainty) {
	if d.kinds == nil && len(kinds) > 0 {
		d.kinds = kinds
	} else if kinds != nil {
		d.twice = true // or of no kind at all
	}
	if d.window == nil {
		d.window, _ = during.parse("") // checked before
		d.certain = d.window != nil && certainty != nil && *certainty == Certain
	} else if during != nil {
		d.twice = true
	}
}

func (d *demand) event(w *EventWhere, countries map[ID]map[ID]bool) {
	if w == nil {
		return
	}
	if w.Actors != nil {
		for _, p := range []*ParticipationWhere{w.Actors.Some, w.Actors.All} { // all means that there is one
			if p != nil && p.Actor != nil {
				d.actors = append(d.actors, *p.Actor)
			}
			// Without an actor it still asks that anybody was there, which no index of events tells.
			d.more = d.more || p != nil && (p.Actor == nil || p.Role != nil || p.Type != nil || p.Country != nil)
			if p != nil && p.Country != nil && p.Actor == nil && d.anyOf == nil {
				d.anyOf = sortedIDs(countries[*p.Country])
			}
		}
		d.more = d.more || w.Actors.All != nil || w.Actors.None != nil
	}
	d.more = d.more || w.Place != nil || w.Topic != nil || w.Source != nil || w.Text != nil || w.Status != nil || w.Or != nil || w.Not != nil
	d.add(w.Kinds, w.During, w.Certainty)
	for _, sub := range w.And {
		d.event(sub, countries)
	}
}

// stream is where the events that pass the filter come from.
func (f *eventFilter) stream(w *EventWhere) *stream {
	var d demand
	d.event(w, f.countries)
	return d.stream(f.tax, nil)
}

// streamOf is where those come from that an actor was part of.
func (f *eventFilter) streamOf(id ID, w *EventWhere) *stream {
	d := demand{actors: []ID{id}}
	d.event(w, f.countries)
	s := d.stream(f.tax, nil)
	s.of = id
	return s
}

func (d *demand) interaction(w *InteractionWhere) {
	if w == nil {
		return
	}
	for _, id := range []*ID{w.Actor, w.Counterpart, w.From, w.To} {
		if id != nil {
			d.actors = append(d.actors, *id)
		}
	}
	d.more = d.more || w.Source != nil || w.Text != nil || w.Or != nil || w.Not != nil
	d.add(w.Kinds, w.During, w.Certainty)
	for _, sub := range w.And {
		d.interaction(sub)
	}
}

// talkStream is where the interactions that a filter lets through come from, and an actor that is one of the two in all of them, "" if there
// is none.
func (t *taxonomy) talkStream(w *InteractionWhere) (*stream, ID) {
	var d demand
	d.interaction(w)
	any := d.kinds == nil
	if any {
		d.kinds = []ID{kindCommunication, kindStatement}
	}
	s := d.stream(t, func(sig *store.Signature) bool {
		return (len(sig.Roles) == 0 || t.anyTakesPart(sig.Roles)) && (len(sig.OtherRoles) == 0 || t.anyTakesPart(sig.OtherRoles))
	})
	if len(d.actors) == 0 {
		return s, ""
	}
	if !any {
		s.ofKind = func(kind ID) bool { return t.isKind(kind, d.kinds) }
	}
	return s, d.actors[0]
}

func (t *taxonomy) anyTakesPart(roles []store.IRI) bool {
	return slices.ContainsFunc(roles, func(r store.IRI) bool { return t.takesPart[ID(r)] })
}
