package graph

import (
	"cmp"
	"sync"

	"github.com/parleygraph/parley/graph/store"
)

// A recordCache keeps the records that views of now asked for last, with all that was made of them: most questions are about the same
// actors, and making a record of quads takes longer than showing it. What it keeps is right for its revision. A write takes out what it
// changes; if it changes a claim that something kept rests on, everything.
type recordCache struct {
	mu       sync.RWMutex
	revision uint64 // the newest that was asked for
	same     uint64 // the hash of the identities that it has
	weight   int    // of the new ones
	limit    int    // of the weight of all; 0 is keptFacts
	new, old map[ID]*record
	rests    map[ID]bool           // the claims that what is kept rests on, and some more
	byRef    map[store.Ref]*record // some of new, for who has no name of it
}

// keptFacts is how many facts are kept, of records that have none counted as one: some 150 bytes each, with what is made of them.
const keptFacts = 200_000

// ready makes the cache one of the view's revision. It reports false if it is of a newer one already.
func (c *recordCache) ready(v *reader) bool {
	now := v.Revision()
	c.mu.RLock()
	is := c.revision
	c.mu.RUnlock()
	if is >= now {
		return is == now
	}
	subjects, known := v.SubjectsSince(is)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.revision != is {
		return c.revision == now
	}
	c.revision = now
	for _, s := range subjects {
		known = known && !c.rests[ID(s)]
	}
	known = known && c.same == v.same.hash
	c.same = v.same.hash
	if len(subjects) > 0 {
		c.byRef = nil
	}
	if !known {
		c.new, c.old, c.rests, c.byRef, c.weight = nil, nil, nil, nil, 0
		return true
	}
	for _, s := range subjects {
		delete(c.new, ID(s))
		delete(c.old, ID(s))
	}
	return true
}

// get calls found for what is kept of ids at a revision.
func (c *recordCache) get(revision uint64, ids []ID, found func(i int, r *record)) {
	var again []*record
	c.mu.RLock()
	if c.revision == revision {
		for i, id := range ids {
			r, ok := c.new[id]
			if !ok {
				if r, ok = c.old[id]; ok {
					again = append(again, r)
				}
			}
			if ok {
				found(i, r)
			}
		}
	}
	c.mu.RUnlock()
	if again != nil {
		c.put(revision, again)
	}
}

// at fills in what is kept of refs at a revision, and reports whether that is all of them.
func (c *recordCache) at(revision uint64, refs []store.Ref, records []*record) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	all := c.revision == revision
	for i := 0; all && i < len(refs); i++ {
		records[i], all = c.byRef[refs[i]]
	}
	return all
}

// name tells which nodes refs are of: those that are kept are found by them from then on.
func (c *recordCache) name(revision uint64, refs []store.Ref, names []store.IRI) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.revision != revision {
		return
	}
	for i, name := range names {
		if r, ok := c.new[ID(name)]; ok {
			if c.byRef == nil {
				c.byRef = map[store.Ref]*record{}
			}
			c.byRef[refs[i]] = r
		}
	}
}

// put keeps records that a view of a revision has read.
func (c *recordCache) put(revision uint64, records []*record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.revision != revision {
		return
	}
	limit := cmp.Or(c.limit, keptFacts)
	for _, r := range records {
		w := 1 + len(r.facts) + len(r.passed)
		if _, ok := c.new[r.id]; ok || w > limit/10 || !r.whole() {
			continue
		}
		if c.weight+w > limit/2 {
			c.old, c.new, c.byRef, c.weight = c.new, nil, nil, 0
		}
		if c.new == nil {
			c.new = map[ID]*record{}
		}
		if c.rests == nil || len(c.rests) > limit {
			c.new, c.old, c.rests, c.byRef, c.weight = map[ID]*record{}, nil, map[ID]bool{}, nil, 0
		}
		c.new[r.id] = r
		c.weight += w
		for _, list := range [2][]fact{r.facts, r.passed} {
			for i := range list {
				if i == 0 || list[i].label != list[i-1].label {
					c.rests[list[i].label] = true
				}
			}
		}
	}
}

// whole reports whether a record is the same in whatever order records are read: the claims that it rests on are there, and rest on none
// but themselves.
func (r *record) whole() bool {
	if !r.exists() {
		return false
	}
	var last *record
	for _, list := range [2][]fact{r.facts, r.passed} {
		for i := range list {
			switch f := &list[i]; {
			case f.label == r.id || f.claim != nil && f.claim == last:
			case f.claim == nil || f.claim.later || len(f.claim.passed) > 0:
				return false
			default:
				for j := range f.claim.facts {
					if f.claim.facts[j].label != f.claim.id {
						return false
					}
				}
				last = f.claim
			}
		}
	}
	return true
}
