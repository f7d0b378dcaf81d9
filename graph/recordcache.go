package graph

import "sync"

// A recordCache keeps records that were read last, of views of now at one revision: the same events, actors and claims are asked for again
// and again, and making a record of its quads, and finding its type and its date, takes longer than all else that is done with it. Nobody
// changes a record once it is made. A write makes a new revision, whose records are read anew; the store keeps their quads over writes.
type recordCache struct {
	mu       sync.RWMutex
	revision uint64
	weight   int            // of the new ones
	new, old map[ID]*record // the new become the old ones when they are half of what is kept
}

// cachedFacts is how many facts are kept: some 150 bytes each with what belongs to them.
const cachedFacts = 200_000

// maxRecord is the most facts of a record that is kept: one of a hub would push out all others.
const maxRecord = 256

// get calls found for each of some ids whose record is kept for a revision.
func (c *recordCache) get(revision uint64, ids []ID, found func(*record)) {
	var again []*record
	c.mu.RLock()
	if c.revision == revision {
		for _, id := range ids {
			r, ok := c.new[id]
			if !ok {
				if r, ok = c.old[id]; ok {
					again = append(again, r)
				}
			}
			if ok {
				found(r)
			}
		}
	}
	c.mu.RUnlock()
	if len(again) > 0 {
		c.put(revision, again)
	}
}

// put keeps records of a revision, unless it knows a later one.
func (c *recordCache) put(revision uint64, records []*record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if revision < c.revision {
		return
	}
	if revision > c.revision {
		c.revision, c.new, c.old, c.weight = revision, nil, nil, 0
	}
	for _, r := range records {
		w := 1 + len(r.facts) + len(r.denials) + len(r.passed)
		if _, ok := c.new[r.id]; ok || w > maxRecord {
			continue
		}
		if c.weight+w > cachedFacts/2 {
			c.old, c.new, c.weight = c.new, nil, 0
		}
		if c.new == nil {
			c.new = map[ID]*record{}
		}
		c.new[r.id] = r
		c.weight += w
	}
}
