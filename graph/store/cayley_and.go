package store

import "slices"

// and is the nodes that are in all of some plans. The optional ones add their tags to the nodes that they have.
type and struct {
	subs     []plan
	optional []plan
}

func (p *and) String() string { return "And" }

// first tells which of the plans is best listed, the others being looked up.
func (p *and) first(x *run) (best int, c cost) {
	for i, s := range p.subs {
		sc := x.costOf(s)
		look := sc.next
		for j, o := range p.subs {
			if i != j {
				look += x.probing(o, sc.size)
			}
		}
		if i == 0 || sc.size*look < c.size*c.next {
			best, c = i, cost{size: sc.size, next: look}
		}
	}
	return best, c
}

func (p *and) cost(x *run) cost {
	_, c := p.first(x)
	for _, s := range p.subs {
		sc := x.costOf(s)
		c.size = min(c.size, sc.size)
		c.contains += sc.contains
	}
	return c
}

func (p *and) scan(x *run) cursor {
	k, c := p.first(x)
	a := &andCursor{list: p.subs[k].scan(x)}
	a.probe(x, p, k, c.size)
	return a
}

func (p *and) lookup(x *run, n float64) cursor {
	a := &andCursor{}
	a.probe(x, p, -1, n)
	return a
}

// probe opens what is looked up, the cheapest first: what fails soon saves the rest.
func (c *andCursor) probe(x *run, p *and, but int, n float64) {
	var order []int
	for i := range p.subs {
		if i != but {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		if x.probing(p.subs[i], n) < x.probing(p.subs[j], n) {
			return -1
		}
		return 1
	})
	for _, i := range order {
		c.probes = append(c.probes, x.probe(p.subs[i], n))
	}
	for _, o := range p.optional {
		c.optional = append(c.optional, x.probe(o, n))
	}
	c.has = make([]bool, len(c.optional))
}

type andCursor struct {
	list     cursor // nil in a lookup
	probes   []cursor
	optional []cursor
	has      []bool // which of the optional have the node
	now      tid
}

func (c *andCursor) next() bool {
	for c.list.next() {
		if c.contains(c.list.result()) {
			return true
		}
	}
	return false
}

func (c *andCursor) contains(t tid) bool {
	c.now = t
	for _, p := range c.probes {
		if !p.contains(t) {
			return false
		}
	}
	for i, o := range c.optional {
		c.has[i] = o.contains(t)
	}
	return true
}

// nextPath turns the last of the cursors fastest.
func (c *andCursor) nextPath() bool {
	for i := len(c.optional) - 1; i >= 0; i-- {
		if c.has[i] && c.optional[i].nextPath() {
			c.reset(len(c.probes) + i + 1)
			return true
		}
	}
	for i := len(c.probes) - 1; i >= 0; i-- {
		if c.probes[i].nextPath() {
			c.reset(i + 1)
			return true
		}
	}
	if c.list != nil && c.list.nextPath() {
		c.reset(0)
		return true
	}
	return false
}

func (c *andCursor) reset(from int) {
	for i := from; i < len(c.probes); i++ {
		c.probes[i].contains(c.now)
	}
	for i := max(from-len(c.probes), 0); i < len(c.optional); i++ {
		if c.has[i] {
			c.optional[i].contains(c.now)
		}
	}
}

func (c *andCursor) result() tid { return c.now }

func (c *andCursor) tags(to []tag) []tag {
	if c.list != nil {
		to = c.list.tags(to)
	}
	for _, p := range c.probes {
		to = p.tags(to)
	}
	for i, o := range c.optional {
		if c.has[i] {
			to = o.tags(to)
		}
	}
	return to
}

func (c *andCursor) close() {
	if c.list != nil {
		c.list.close()
	}
	for _, p := range c.probes {
		p.close()
	}
	for _, o := range c.optional {
		o.close()
	}
}

// not is the nodes of a plan that are not in another.
type not struct{ from, exclude plan }

func (p *not) String() string { return "Not" }

func (p *not) cost(x *run) cost {
	from := x.costOf(p.from)
	return cost{
		size:     from.size,
		next:     from.next + x.probing(p.exclude, from.size),
		contains: from.contains + x.costOf(p.exclude).contains,
	}
}

func (p *not) scan(x *run) cursor {
	return &notCursor{cursor: p.from.scan(x), exclude: x.probe(p.exclude, x.costOf(p.from).size)}
}

func (p *not) lookup(x *run, n float64) cursor {
	return &notCursor{cursor: p.from.lookup(x, n), exclude: x.probe(p.exclude, n)}
}

type notCursor struct {
	cursor
	exclude cursor
}

func (c *notCursor) next() bool {
	for c.cursor.next() {
		if !c.exclude.contains(c.cursor.result()) {
			return true
		}
	}
	return false
}

func (c *notCursor) contains(t tid) bool { return c.cursor.contains(t) && !c.exclude.contains(t) }

func (c *notCursor) close() {
	c.cursor.close()
	c.exclude.close()
}
