package store

import "sync"

// A subjectCache keeps the quads of subjects that were asked for last: what is shown of an event is asked for again and again, and
// reading it from the engine's blocks takes ten times as long as copying it. What it keeps of a subject is right for every revision from
// that at which it was read to the newest, since each write forgets what it changes before any view shows it.
type subjectCache struct {
	mu       sync.RWMutex
	revision uint64               // of the newest write that it was told of
	limit    int                  // of the weight of all
	weight   int                  // of the new ones
	new, old map[IRI]subjectQuads // the new become the old ones when they are half of what is kept
}

// subjectQuads is what a subject had at a revision, in the order of [View.Match].
type subjectQuads struct {
	quads    []Quad
	revision uint64
}

// cacheQuads is how many quads are kept: some 100 bytes each, most of it of their terms.
const cacheQuads = 200_000

// maxSubject is the most quads of a subject that are kept. A data set's claim, which has few, is kept, and a hub of quads is not.
const maxSubject = 256

// get returns what is kept of a subject for a revision. The quads must not be changed.
func (c *subjectCache) get(revision uint64, subjects []IRI, found func(i int, quads []Quad)) {
	var again []IRI
	c.mu.RLock()
	for i, s := range subjects {
		q, ok := c.new[s]
		if !ok {
			if q, ok = c.old[s]; ok {
				again = append(again, s)
			}
		}
		if ok && q.revision <= revision {
			found(i, q.quads)
		}
	}
	c.mu.RUnlock()
	if again == nil {
		return
	}
	c.mu.Lock()
	for _, s := range again {
		if q, ok := c.old[s]; ok {
			c.keep(s, q)
		}
	}
	c.mu.Unlock()
}

// put keeps what a view of a revision showed of subjects. It keeps nothing if there is a newer one, which may have changed them.
func (c *subjectCache) put(revision uint64, subjects []IRI, quads func(i int) []Quad) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if revision != c.revision {
		return
	}
	for i, s := range subjects {
		if q := quads(i); len(q) > 0 && len(q) <= maxSubject {
			c.keep(s, subjectQuads{q, revision})
		}
	}
}

func (c *subjectCache) keep(s IRI, q subjectQuads) {
	if _, ok := c.new[s]; ok {
		return
	}
	w := 1 + len(q.quads)
	for i := range q.quads {
		w += len(Text(q.quads[i].Object)) / 100 // a long text counts as many
	}
	if c.weight+w > c.limit/2 {
		c.old, c.new, c.weight = c.new, nil, 0
	}
	if w > c.limit/2 {
		return
	}
	if c.new == nil {
		c.new = map[IRI]subjectQuads{}
	}
	c.new[s] = q
	c.weight += w
}

// forget is told of a write before any view shows it.
func (c *subjectCache) forget(revision uint64, changed ...[]Quad) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revision = revision
	for _, quads := range changed {
		for _, q := range quads {
			if s, ok := q.Subject.(IRI); ok {
				delete(c.new, s)
				delete(c.old, s)
			}
		}
	}
}

// forgetAll is forget for subjects.
func (c *subjectCache) forgetAll(revision uint64, subjects []IRI) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revision = revision
	for _, s := range subjects {
		delete(c.new, s)
		delete(c.old, s)
	}
}

// reset forgets all, unless it knows of the revision.
func (c *subjectCache) reset(revision uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.revision != revision {
		c.revision, c.new, c.old, c.weight = revision, nil, nil, 0
	}
}
