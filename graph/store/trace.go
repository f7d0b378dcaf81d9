package store

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
)

// A trace is what a write leaves for the other servers of a shared engine: which of the things that they keep in memory are no longer so. It
// stands beside the write as JSON.
type trace struct {
	Revision     uint64 `json:"revision"`
	Actors       []Ref  `json:"actors,omitempty"` // see changed
	Many         bool   `json:"many,omitempty"`
	Subjects     []IRI  `json:"subjects,omitempty"`
	ManySubjects bool   `json:"manySubjects,omitempty"`
	Named        []Ref  `json:"named,omitempty"` // see nameChange
	Counted      []Ref  `json:"counted,omitempty"`
}

func traceOf(w *writer, did change) trace {
	c := changesOf(w.meta.revision, w.writes, did.add, did.remove)
	return trace{c.revision, c.actors, c.many, c.subjects, c.manySubjects, refsOf(w.named), refsOf(w.counted)}
}

func (t trace) changed() changed {
	return changed{t.Revision, t.Actors, t.Many, t.Subjects, t.ManySubjects}
}

func (t trace) bytes() []byte {
	b, err := json.Marshal(t)
	if err != nil {
		return nil // as if there were too much to tell
	}
	return b
}

func refsOf(tids []tid) []Ref {
	refs := make([]Ref, 0, len(tids))
	for _, t := range tids {
		if r, ok := t.ref(); ok {
			refs = append(refs, r)
		}
	}
	return refs
}

// maxChanges is how many writes are remembered, and maxChanged how many actors each.
const (
	maxChanges = 1024
	maxChanged = 256
)

// A changeLog remembers the actors whose links the last writes changed, so that those who keep links know which to read anew.
type changeLog struct {
	mu   sync.Mutex
	list []changed // of revisions that follow each other
}

type changed struct {
	revision uint64
	actors   []Ref
	many     bool // more than are remembered

	subjects     []IRI
	manySubjects bool
}

// changesOf returns what is remembered of the writes by which a revision came about, and of whose quads they changed.
func changesOf(revision uint64, writes []write, quads ...[]Quad) changed {
	c := changed{revision: revision}
	seen := map[IRI]bool{}
	for _, list := range quads {
		for _, q := range list {
			if s, ok := q.Subject.(IRI); ok && !seen[s] && !c.manySubjects {
				if seen[s], c.manySubjects = true, len(c.subjects) == maxChanged; c.manySubjects {
					c.subjects = nil
				} else {
					c.subjects = append(c.subjects, s)
				}
			}
		}
	}
	add := func(t tid) {
		if r, ok := t.ref(); ok && !c.many && !slices.Contains(c.actors, r) {
			if c.many = len(c.actors) == maxChanged; c.many {
				c.actors = nil
			} else {
				c.actors = append(c.actors, r)
			}
		}
	}
	for _, w := range writes {
		if len(w.key) == 0 {
			continue
		}
		switch w.key[0] {
		case tableActor, tablePair, tableLarge:
			if t, _, err := cutTID(w.key[1:]); err == nil {
				add(t)
			}
		case tableRoster: // whoever left it has an entry of their own that goes; who stays has none that changes
			at, err := rolesAt(w.value)
			if err != nil {
				continue // it goes as a whole
			}
			members, err := cutRoster(w.value[at:])
			if err != nil {
				c.actors, c.many = nil, true
			}
			for _, m := range members {
				add(m.actor)
			}
		}
	}
	return c
}

// note remembers what a write changed.
func (l *changeLog) note(c changed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.list); n > 0 && l.list[n-1].revision+1 != c.revision {
		l.list = nil
	}
	if len(l.list) == maxChanges {
		l.list = slices.Delete(l.list, 0, maxChanges/2)
	}
	l.list = append(l.list, c)
}

// SubjectsSince returns the subjects whose quads are not what they were at an earlier revision, in no order, each at least once. It
// returns false if the store no longer knows: then any may have changed.
func (v *View) SubjectsSince(revision uint64) (subjects []IRI, ok bool) {
	ok = v.since(revision, func(c *changed) bool {
		subjects = append(subjects, c.subjects...)
		return !c.manySubjects
	})
	return subjects, ok
}

// ChangedSince returns the actors whose links are not what they were at an earlier revision, in no order, each at least once. It
// returns false if the store no longer knows: then any may have changed.
func (v *View) ChangedSince(revision uint64) (actors []Ref, ok bool) {
	ok = v.since(revision, func(c *changed) bool {
		actors = append(actors, c.actors...)
		return !c.many
	})
	return actors, ok
}

// since calls each for the changes that made the view's revision of an earlier one, until it returns false. It returns whether each was
// told of all of them.
func (v *View) since(revision uint64, each func(*changed) bool) bool {
	now := v.Revision()
	if revision >= now {
		return revision == now
	}
	l := &v.store.changed
	l.mu.Lock()
	defer l.mu.Unlock()
	next := revision + 1
	for i := range l.list {
		if c := &l.list[i]; c.revision == next && next <= now {
			if !each(c) {
				return false
			}
			next++
		}
	}
	return next == now+1
}

// maxNameChanges is how many changes of names are remembered: 24 bytes each, twice as many at times.
const maxNameChanges = 50_000

// A nameLog remembers whose names the last writes changed, or whose degree, so that those who keep names in memory know what to read anew.
type nameLog struct {
	mu    sync.Mutex
	since uint64 // the revision from which on it remembers
	last  uint64 // the newest that it knows of
	list  []nameChange
}

type nameChange struct {
	revision uint64
	subject  Ref
	named    bool // or the degree alone
}

// note remembers the write by which a revision came about.
func (l *nameLog) note(revision uint64, named, counted []Ref) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if revision != l.last+1 { // a load came between
		l.list, l.since = nil, revision-1
	}
	l.last = revision
	for i, list := range [2][]Ref{named, counted} {
		for _, r := range list {
			l.list = append(l.list, nameChange{revision, r, i == 0})
		}
	}
	if n := len(l.list); n > 2*maxNameChanges {
		l.since = l.list[n-maxNameChanges].revision // whole revisions
		l.list = slices.DeleteFunc(l.list, func(c nameChange) bool { return c.revision <= l.since })
	}
}

// NameChanges returns whose names, aliases, type or claims about these are not the same in the view and at another revision, before
// or after it, and whose degree is not; each ascending and once, some of them perhaps the same after all. It returns false if the store no longer knows: then any may
// differ. Names are those of the [Model].
func (v *View) NameChanges(revision uint64) (named, counted []Ref, ok bool) {
	from, to := min(revision, v.Revision()), max(revision, v.Revision())
	if from == to {
		return nil, nil, true
	}
	l := &v.store.names
	l.mu.Lock()
	defer l.mu.Unlock()
	if from < l.since || to > l.last {
		return nil, nil, false
	}
	i, _ := slices.BinarySearchFunc(l.list, from+1, func(c nameChange, r uint64) int { return cmp.Compare(c.revision, r) })
	for ; i < len(l.list) && l.list[i].revision <= to; i++ {
		if c := l.list[i]; c.named {
			named = append(named, c.subject)
		} else {
			counted = append(counted, c.subject)
		}
	}
	slices.Sort(named)
	slices.Sort(counted)
	return slices.Compact(named), slices.Compact(counted), true
}
