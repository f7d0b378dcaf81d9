package store

// or is the nodes of several plans, each as often as one of them has it.
type or struct{ subs []plan }

func (p *or) String() string { return "Or" }

func (p *or) cost(x *run) cost {
	var c cost
	for _, s := range p.subs {
		sc := x.costOf(s)
		c.next += sc.size * sc.next
		c.size += sc.size
		c.contains += sc.contains
	}
	c.next /= max(c.size, 1)
	return c
}

func (p *or) scan(x *run) cursor {
	c := &orCursor{}
	for _, s := range p.subs {
		c.subs = append(c.subs, s.scan(x))
	}
	return c
}

func (p *or) lookup(x *run, n float64) cursor {
	c := &orCursor{lookup: true}
	for _, s := range p.subs {
		c.subs = append(c.subs, x.probe(s, n))
	}
	return c
}

type orCursor struct {
	subs   []cursor
	at     int // the one that has the node
	lookup bool
	now    tid
}

func (c *orCursor) next() bool {
	for ; c.at < len(c.subs); c.at++ {
		if c.subs[c.at].next() {
			c.now = c.subs[c.at].result()
			return true
		}
	}
	return false
}

func (c *orCursor) contains(t tid) bool { return c.from(0, t) }

// from goes to the first of the plans from i on that has a node.
func (c *orCursor) from(i int, t tid) bool {
	for ; i < len(c.subs); i++ {
		if c.subs[i].contains(t) {
			c.at, c.now = i, t
			return true
		}
	}
	return false
}

// nextPath goes on to the other plans in a lookup; when listed, they list the node themselves.
func (c *orCursor) nextPath() bool {
	return c.at < len(c.subs) && c.subs[c.at].nextPath() || c.lookup && c.from(c.at+1, c.now)
}

func (c *orCursor) result() tid { return c.now }

func (c *orCursor) tags(to []tag) []tag {
	if c.at < len(c.subs) {
		to = c.subs[c.at].tags(to)
	}
	return to
}

func (c *orCursor) close() {
	for _, s := range c.subs {
		s.close()
	}
}
