package store

import "fmt"

// step is the nodes in a direction of quads: those that have given terms, or nodes of other plans, in other directions. It is a
// predicate followed, a has, a save. The quads with two or three terms known are one span, and a list of links if they are few.
type step struct {
	dir    int      // of the nodes, in a tquad
	given  tpattern // terms that the quads have
	subs   []stepSub
	saves  []stepSave // directions that must be there and give a tag
	within *within    // a range of the terms in another direction, or nil
}

// A stepSub says that the node in a direction is of a plan. It is not the direction of a given term.
type stepSub struct {
	dir  int
	plan plan
}

type stepSave struct {
	dir  int
	name string
}

func (p *step) String() string { return fmt.Sprintf("Step(%v, %v)", p.given.given, p.dir) }

// drive tells what is cheapest to list first: the quads with the given terms (-1), or the nodes of a sub.
func (p *step) drive(x *run) (best int, c cost) {
	n, _ := x.count(&p.given)
	if p.within != nil {
		n /= 3
	}
	size, look := n, 1.0
	for _, s := range p.subs {
		look += x.probing(s.plan, n)
	}
	best, total := -1, n*look
	c = cost{size: size, next: look}
	for k, s := range p.subs {
		sc := x.costOf(s.plan)
		fan := x.fan(&p.given, s.dir)
		reached := sc.size * fan
		look := sc.next + 1 + 0.3*fan
		for j, o := range p.subs {
			if j != k {
				look += fan * x.probing(o.plan, reached)
			}
		}
		size = min(size, reached)
		if sc.size*look < total {
			best, total = k, sc.size*look
			c.next = look / max(fan, 0.01)
		}
	}
	c.size = size
	return best, c
}

func (p *step) cost(x *run) cost {
	_, c := p.drive(x)
	fan := 1.0
	if !p.given.given[p.dir] {
		fan = x.fan(&p.given, p.dir)
	}
	c.contains = 1 + 0.1*fan
	for _, s := range p.subs {
		c.contains += fan * x.costOf(s.plan).contains
	}
	return c
}

func (p *step) scan(x *run) cursor {
	k, c := p.drive(x)
	s := &stepScan{stepCursor: stepCursor{x: x, step: p}, by: k}
	for i, sub := range p.subs {
		if i != k {
			s.probes = append(s.probes, stepProbe{sub.dir, x.probe(sub.plan, c.size)})
		}
	}
	if k >= 0 {
		s.driver = p.subs[k].plan.scan(x)
	}
	return s
}

func (p *step) lookup(x *run, n float64) cursor {
	s := &stepLookup{stepCursor: stepCursor{x: x, step: p}}
	if !p.given.given[p.dir] {
		n *= x.fan(&p.given, p.dir)
	}
	for _, sub := range p.subs {
		s.probes = append(s.probes, stepProbe{sub.dir, x.probe(sub.plan, n)})
	}
	return s
}

type stepProbe struct {
	dir int
	cursor
}

// stepCursor goes through the quads of one pattern and checks what else they must be.
type stepCursor struct {
	x      *run
	step   *step
	probes []stepProbe

	quads  []tquad
	i      int
	stream *quadStream // if there are more than the list holds
	quad   tquad
}

// start takes the quads of a pattern.
func (c *stepCursor) start(p *tpattern) {
	c.i, c.quads, c.stream = 0, nil, nil
	if w := c.step.within; w != nil {
		if w.min > w.max {
			return
		}
		if sp, ok := w.span(p); ok {
			c.stream = newQuadStream(c.x, sp)
			return
		}
	}
	switch given(p) {
	case 0:
		sp, _ := p.span()
		c.stream = newQuadStream(c.x, sp)
	case 4:
		there, err := c.x.view.containsTID(c.x.ctx, p.q)
		if err != nil {
			c.x.fail(err)
		} else if there {
			c.quads = []tquad{p.q}
		}
	default:
		list := c.x.quadsOf(p)
		c.quads = list.quads
		if list.more {
			sp, _ := p.span()
			c.stream = newQuadStream(c.x, sp)
		}
	}
}

func given(p *tpattern) (n int) {
	for _, g := range p.given {
		if g {
			n++
		}
	}
	return n
}

// advance goes to the next quad that is as it must be.
func (c *stepCursor) advance() bool {
	for {
		if c.i < len(c.quads) {
			q := &c.quads[c.i]
			c.i++
			if c.matches(q) {
				c.quad = *q
				return true
			}
			if c.x.err != nil {
				return false
			}
			continue
		}
		if c.stream == nil {
			return false
		}
		c.quads, c.i = c.stream.read(), 0
		if len(c.quads) == 0 {
			c.stream = nil
			return false
		}
	}
}

func (c *stepCursor) matches(q *tquad) bool {
	if q[c.step.dir].kind == kindNone {
		return false
	}
	for _, s := range c.step.saves {
		if q[s.dir].kind == kindNone {
			return false
		}
	}
	if w := c.step.within; w != nil && !w.contains(q[w.dir]) {
		return false
	}
	for i := range c.probes {
		if !c.probes[i].contains(q[c.probes[i].dir]) {
			return false
		}
	}
	return true
}

// nextProbe goes to another path of the probes: the last turns fastest.
func (c *stepCursor) nextProbe() bool {
	for i := len(c.probes) - 1; i >= 0; i-- {
		if c.probes[i].nextPath() {
			c.reset(i + 1)
			return true
		}
	}
	return false
}

func (c *stepCursor) reset(from int) {
	for j := from; j < len(c.probes); j++ {
		c.probes[j].contains(c.quad[c.probes[j].dir])
	}
}

func (c *stepCursor) result() tid { return c.quad[c.step.dir] }

func (c *stepCursor) tags(to []tag) []tag {
	for _, s := range c.step.saves {
		to = append(to, tag{name: s.name, tid: c.quad[s.dir]})
	}
	for i := range c.probes {
		to = c.probes[i].tags(to)
	}
	return to
}

func (c *stepCursor) close() {
	for i := range c.probes {
		c.probes[i].close()
	}
}

// stepScan lists the quads with the given terms, or those of each node of one of the subs, the driver.
type stepScan struct {
	stepCursor
	by      int // which sub is the driver
	driver  cursor
	started bool

	held []tag // the tags of the driver's node, path by path
	ends []int // of each path in held
	path int
}

func (c *stepScan) next() bool {
	if c.driver == nil {
		if !c.started {
			c.started = true
			c.start(&c.step.given)
		}
		return c.advance()
	}
	for {
		if c.started && c.advance() {
			c.path = 0
			return true
		}
		if c.x.err != nil || !c.driver.next() {
			return false
		}
		p := c.step.given
		d := c.step.subs[c.by].dir
		p.q[d], p.given[d] = c.driver.result(), true
		c.hold()
		c.started = true
		if p.q[d].kind == kindNone {
			c.quads, c.stream = nil, nil
			continue
		}
		c.start(&p)
	}
}

// hold takes down the tags of the driver's paths: all of its quads have them all.
func (c *stepScan) hold() {
	c.held, c.ends = c.driver.tags(c.held[:0]), c.ends[:0]
	c.ends = append(c.ends, len(c.held))
	for c.driver.nextPath() {
		c.held = c.driver.tags(c.held)
		c.ends = append(c.ends, len(c.held))
	}
}

func (c *stepScan) nextPath() bool {
	if c.nextProbe() {
		return true
	}
	if c.path+1 < len(c.ends) {
		c.path++
		c.reset(0)
		return true
	}
	return false
}

func (c *stepScan) tags(to []tag) []tag {
	to = c.stepCursor.tags(to)
	if c.driver != nil {
		from := 0
		if c.path > 0 {
			from = c.ends[c.path-1]
		}
		to = append(to, c.held[from:c.ends[c.path]]...)
	}
	return to
}

func (c *stepScan) contains(tid) bool { panic("a scan does not look up") }

func (c *stepScan) close() {
	c.stepCursor.close()
	if c.driver != nil {
		c.driver.close()
	}
}

// stepLookup lists the quads that have the given terms and the node in question; each is a path.
type stepLookup struct{ stepCursor }

func (c *stepLookup) contains(t tid) bool {
	p := c.step.given
	d := c.step.dir
	if t.kind == kindNone || p.given[d] && p.q[d] != t {
		return false
	}
	p.q[d], p.given[d] = t, true
	c.start(&p)
	return c.advance()
}

func (c *stepLookup) nextPath() bool { return c.nextProbe() || c.x.err == nil && c.advance() }
func (c *stepLookup) next() bool     { panic("a lookup does not list") }
