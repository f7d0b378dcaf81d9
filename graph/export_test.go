package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/store"
)

// SetNetworkLimits makes a graph keep and ask less than it otherwise would, take actors with more counterparts than hub for hubs, or
// ask records where indexes would do; and makes it forget what it keeps.
func (g *Graph) SetNetworkLimits(kept, asked, hub int, records bool) {
	g.limits = networkLimits{kept: kept, asked: asked, hub: hub, records: records}
	g.network.Store(nil)
}

// SetNameLimits makes a graph keep at most so many names in memory, and so many changed nodes beside the large table; and makes it forget what it keeps.
func (g *Graph) SetNameLimits(names, changed int) {
	g.nameLimits = nameLimits{names, changed}
	g.names.Store(nil)
}

// ScanSearch is Search without any index, as lines "score events id": it reads all quads, and applies the rule to every record.
func (v *View) ScanSearch(ctx context.Context, text string, types []NodeType) ([]string, error) {
	s, err := newSearch(text, types)
	if err != nil {
		return nil, err
	}
	found, err := v.store.Match(ctx, store.Pattern{})
	if err != nil {
		return nil, err
	}
	set := map[ID]bool{}
	for _, q := range found[0] {
		if id, ok := q.Subject.(store.IRI); ok {
			set[ID(id)] = true
		}
	}
	ids := sortedIDs(set)
	records, err := v.load(ctx, ids)
	if err != nil {
		return nil, err
	}
	events := map[ID]int{}
	for _, r := range records {
		actors := map[ID]bool{}
		for _, f := range r.facts {
			if strings.HasPrefix(f.predicate, "role:") {
				actors[f.id()] = true
			}
		}
		for id := range actors {
			events[id]++
		}
	}
	var hits []hit
	for _, l := range []leniency{asWritten, withTypos, butOne} {
		if enough(hits, l) {
			break
		}
		hits = nil
		for _, r := range records {
			if f := r.fit(s, false, l); s.wants(r.typ) && f.manner != noFit {
				hits = append(hits, hit{f.score, events[r.id], r.id})
			}
		}
	}
	for _, r := range records {
		f := r.fit(s, true, asWritten)
		if !s.wants(r.typ) || f.manner == noFit {
			continue
		}
		if i := slices.IndexFunc(hits, func(h hit) bool { return h.id == r.id }); i >= 0 {
			hits[i].score = max(hits[i].score, f.score)
			continue
		}
		hits = append(hits, hit{f.score, events[r.id], r.id})
	}
	if v.clock != (clock{}) { // events are counted of those that others fit alike
		for i, h := range hits {
			if !slices.ContainsFunc(hits, func(o hit) bool { return o.score == h.score && o.id != h.id }) {
				hits[i].events = 0
			}
		}
	}
	slices.SortFunc(hits, hit.compare)
	return hitLines(hits), nil
}

func hitLines(hits []hit) []string {
	out := []string{}
	for _, h := range hits {
		out = append(out, fmt.Sprintf("%.6f %d %s", h.score, h.events, h.id))
	}
	return out
}

// IndexSearch is all that Search finds, as lines too.
func (v *View) IndexSearch(ctx context.Context, text string, types []NodeType) ([]string, error) {
	s, err := newSearch(text, types)
	if err != nil {
		return nil, err
	}
	hits, _, err := v.hits(ctx, s)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(hits, hit.compare)
	return hitLines(hits), nil
}

// NearWords returns which of some words differ from another by at most so many typos, as the index finds them.
func NearWords(list []string, want string, most int) []string {
	t := newNameTable([]*nameSubject{{names: []wordedName{{words: list}}}})
	out := []string{}
	for _, w := range t.spelling.near(t.words, want, most) {
		out = append(out, t.words[w])
	}
	return out
}

// Graph is that of the view.
func (v *View) Graph() *Graph { return v.graph }

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

// FeedNotes returns how many notes a feed keeps.
func FeedNotes(f *Feed) int { return len(f.notes) }

// Records returns how many patterns of quads the view has asked the store for: a record that was not in memory is one, and so is its claim.
func (v *View) Records() int { return int(v.store.asked.Load()) }
