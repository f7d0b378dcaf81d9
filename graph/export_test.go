package graph

// SetNetworkLimits makes a graph keep and ask less than it otherwise would, take actors with more counterparts than hub for hubs, or
// ask records where indexes would do; and makes it forget what it keeps.
func (g *Graph) SetNetworkLimits(kept, asked, hub int, records bool) {
	g.limits = networkLimits{kept: kept, asked: asked, hub: hub, records: records}
	g.network.Store(nil)
}

// ForgetRecords empties the cache of records.
func (g *Graph) ForgetRecords() { g.records.put(g.records.revision+1, nil); g.records.revision = 0 }
