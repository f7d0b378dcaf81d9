package store

import (
	"encoding/json"
	"slices"
	"sync"
)

// A trace is what a write leaves for those who keep in memory what they read: which of it is no longer so. The store remembers the traces of
// the last writes, and the other servers of a shared engine find them beside the writes, as JSON.
type trace struct {
	Revision     uint64 `json:"revision"`           // that the write made
	Actors       []Ref  `json:"actors,omitempty"`   // whose links changed, each once
	Many         bool   `json:"many,omitempty"`     // there are more than are told: then none is
	Subjects     []IRI  `json:"subjects,omitempty"` // whose quads changed, each once
	ManySubjects bool   `json:"manySubjects,omitempty"`
	Named        []Ref  `json:"named,omitempty"`   // whose names, aliases, type or claims about these may have changed
	Counted      []Ref  `json:"counted,omitempty"` // whose degree changed
}

// maxTold is how many actors and how many subjects a trace tells of.
const maxTold = 256

// traceOf returns the trace of the writes by which a change is made.
func traceOf(w *writer, did change) trace {
	t := trace{Revision: w.meta.revision, Named: refsOf(w.named), Counted: refsOf(w.counted)}
	t.tellSubjects(did.add, did.remove)
	t.tellActors(w.writes)
	return t
}

func (t *trace) tellSubjects(quads ...[]Quad) {
	told := map[IRI]bool{}
	for _, list := range quads {
		for _, q := range list {
			s, ok := q.Subject.(IRI)
			if !ok || told[s] {
				continue
			}
			if len(t.Subjects) == maxTold {
				t.Subjects, t.ManySubjects = nil, true
				return
			}
			told[s] = true
			t.Subjects = append(t.Subjects, s)
		}
	}
}

func (t *trace) tellActors(writes []write) {
	for _, w := range writes {
		if t.Many {
			return
		}
		if len(w.key) == 0 {
			continue
		}
		switch w.key[0] {
		case tableActor, tablePair, tableLarge:
			if actor, _, err := cutTID(w.key[1:]); err == nil {
				t.tellActor(actor)
			}
		case tableRoster: // whoever left it has an entry of their own that goes; who stays has none that changes
			at, err := rolesAt(w.value)
			if err != nil {
				continue // it goes as a whole
			}
			members, err := cutRoster(w.value[at:])
			if err != nil {
				t.Actors, t.Many = nil, true
			}
			for _, m := range members {
				t.tellActor(m.actor)
			}
		}
	}
}

func (t *trace) tellActor(actor tid) {
	r, ok := actor.ref()
	if !ok || t.Many || slices.Contains(t.Actors, r) {
		return
	}
	if len(t.Actors) == maxTold {
		t.Actors, t.Many = nil, true
		return
	}
	t.Actors = append(t.Actors, r)
}

// bytes returns the trace as the other servers read it; nil, which tells them that anything may have changed, if it cannot be written.
func (t trace) bytes() []byte {
	b, err := json.Marshal(t)
	if err != nil {
		return nil
	}
	return b
}

// size is how much a trace counts in a log: the ids in it, and itself.
func (t *trace) size() int {
	return 1 + len(t.Actors) + len(t.Subjects) + len(t.Named) + len(t.Counted)
}

// refsOf returns the refs of tids, without those that have none.
func refsOf(tids []tid) []Ref {
	refs := make([]Ref, 0, len(tids))
	for _, t := range tids {
		if r, ok := t.ref(); ok {
			refs = append(refs, r)
		}
	}
	return refs
}

// maxTraced bounds the size of the traces that are remembered, some 40 bytes each; at times it is twice as much. A write of an event has some ten.
const maxTraced = 100_000

// A traceLog remembers the traces of the last writes.
type traceLog struct {
	mu    sync.Mutex
	since uint64  // the revision behind which it remembers
	list  []trace // of the revisions behind that, one after the other; what stands in it is not changed
	size  int     // of all
}

// note remembers the trace of a write. A revision that does not follow the last one, as after a load, makes it forget all before.
func (l *traceLog) note(t trace) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.Revision != l.since+uint64(len(l.list))+1 {
		l.since, l.list, l.size = t.Revision-1, nil, 0
	}
	l.list = append(l.list, t)
	l.size += t.size()
	if l.size <= 2*maxTraced {
		return
	}
	n := 0
	for ; l.size > maxTraced; n++ {
		l.size -= l.list[n].size()
	}
	l.since, l.list = l.since+uint64(n), slices.Clone(l.list[n:])
}

// between returns the traces of the writes that led from one revision to a later one, oldest first; false if they are not all remembered. They
// must not be changed.
func (l *traceLog) between(from, to uint64) ([]trace, bool) {
	if from == to {
		return nil, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if from < l.since || from > to || to > l.since+uint64(len(l.list)) {
		return nil, false
	}
	return l.list[from-l.since : to-l.since], true
}

// SubjectsSince returns the subjects whose quads are not what they were at an earlier revision, in no order, each at least once. It
// returns false if the store no longer knows: then any may have changed.
func (v *View) SubjectsSince(revision uint64) (subjects []IRI, ok bool) {
	traces, ok := v.store.traces.between(revision, v.Revision())
	for i := range traces {
		if traces[i].ManySubjects {
			return nil, false
		}
		subjects = append(subjects, traces[i].Subjects...)
	}
	return subjects, ok
}

// ChangedSince returns the actors whose links are not what they were at an earlier revision, in no order, each at least once. It
// returns false if the store no longer knows: then any may have changed.
func (v *View) ChangedSince(revision uint64) (actors []Ref, ok bool) {
	traces, ok := v.store.traces.between(revision, v.Revision())
	for i := range traces {
		if traces[i].Many {
			return nil, false
		}
		actors = append(actors, traces[i].Actors...)
	}
	return actors, ok
}

// NameChanges returns whose names, aliases, type or claims about these are not the same in the view and at another revision, before
// or after it, and whose degree is not; each ascending and once, some of them perhaps the same after all. It returns false if the store no longer
// knows: then any may differ. Names are those of the [Model].
func (v *View) NameChanges(revision uint64) (named, counted []Ref, ok bool) {
	traces, ok := v.store.traces.between(min(revision, v.Revision()), max(revision, v.Revision()))
	for i := range traces {
		named = append(named, traces[i].Named...)
		counted = append(counted, traces[i].Counted...)
	}
	slices.Sort(named)
	slices.Sort(counted)
	return slices.Compact(named), slices.Compact(counted), ok
}
