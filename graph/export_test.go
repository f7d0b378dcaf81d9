package graph

// SetNetworkLimits makes a graph keep and ask less than it otherwise would, take actors with more counterparts than hub for hubs, or
// ask records where indexes would do; and makes it forget what it keeps.
func (g *Graph) SetNetworkLimits(kept, asked, hub int, records bool) {
	g.limits = networkLimits{kept: kept, asked: asked, hub: hub, records: records}
	g.network.Store(nil)
}

// OverlapOnly makes windows of interactions two-valued.
func (g *Graph) OverlapOnly(on bool) { g.limits.overlap = on }

// FeedNotes returns how many notes a feed keeps.
func FeedNotes(f *Feed) int { return len(f.notes) }
