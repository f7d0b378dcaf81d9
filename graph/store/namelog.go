package store

import (
	"cmp"
	"slices"
	"sync"
)

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
