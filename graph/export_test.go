package graph

// SetNetworkLimits makes a graph keep and ask less than it otherwise would, take actors with more counterparts than hub for hubs, or
// ask records where indexes would do; and makes it forget what it keeps.
func (g *Graph) SetNetworkLimits(kept, asked, hub int, records bool) {
	g.limits = networkLimits{kept: kept, asked: asked, hub: hub, records: records}
	g.network.Store(nil)
}

// OverlapOnly makes windows of interactions two-valued.
func (g *Graph) OverlapOnly(on bool) { g.limits.overlap = on }

// Forget forgets what is kept from one question to the next, but for the kinds and roles.
func (g *Graph) Forget() {
	g.network.Store(nil)
	c := &g.records
	c.mu.Lock()
	defer c.mu.Unlock()
	c.new, c.old, c.rests, c.weight = nil, nil, nil, 0
}

// KeptRecords returns how many records are kept.
func (g *Graph) KeptRecords() int {
	g.records.mu.RLock()
	defer g.records.mu.RUnlock()
	return len(g.records.new) + len(g.records.old)
}

// KeepFacts makes a graph keep records of so many facts.
func (g *Graph) KeepFacts(n int) { g.records.limit = n }
