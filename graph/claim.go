package graph

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A Claim is what a fact rests on. See the SDL.
type Claim struct{ node }

// A Certainty says how sure a claim is. See the SDL.
type Certainty string

// The certainties, surest first.
const (
	Confirmed Certainty = "CONFIRMED"
	Reported  Certainty = "REPORTED"
	Inferred  Certainty = "INFERRED"
	Doubted   Certainty = "DOUBTED"
)

// A Stance says which way a claim goes. See the SDL.
type Stance string

// The stances.
const (
	Asserts Stance = "ASSERTS"
	Denies  Stance = "DENIES"
)

// denies reports whether a claim says that its facts are not so. Facts whose label has no record stand.
func (r *record) denies() bool {
	if r == nil {
		return false
	}
	s := r.text(vocab.ParleyStance)
	return s != nil && Stance(*s) == Denies
}

// retracted reports whether a claim was retracted: then its facts stand no longer.
func (r *record) retracted() bool {
	if r == nil {
		return false
	}
	_, ok := r.one(vocab.ProvInvalidatedAtTime)
	return ok
}

// retractedAt returns when a claim was retracted, the first time if that was said several times; false while it stands. What is no instant
// counts as the beginning of time.
func (r *record) retractedAt() (first time.Time, ok bool) {
	for i, f := range r.all(vocab.ProvInvalidatedAtTime) {
		at, _ := time.Parse(time.RFC3339, store.Text(f.object))
		if i == 0 || at.Before(first) {
			first, ok = at, true
		}
	}
	return first, ok
}

// compareClaims orders claims by the rule for preferred values: surest first, then latest recorded, then by id.
func compareClaims(a, b *record) int {
	if a == b {
		return 0
	}
	if a == nil {
		return 1
	}
	if b == nil {
		return -1
	}
	if c := slices.Index(vocab.CertaintyValues, a.certainty()) - slices.Index(vocab.CertaintyValues, b.certainty()); c != 0 {
		return c
	}
	if c := b.recordedAt().Compare(a.recordedAt()); c != 0 {
		return c
	}
	return strings.Compare(string(a.id), string(b.id))
}

// recordedAt returns when a claim was recorded, the zero time if nobody said. Two instants may be written in two zones, so
// their texts do not sort.
func (r *record) recordedAt() time.Time {
	if s := r.text(vocab.ProvGeneratedAtTime); s != nil {
		if at, err := time.Parse(time.RFC3339, *s); err == nil {
			return at
		}
	}
	return time.Time{}
}

func (r *record) certainty() string {
	if s := r.text(vocab.ParleyCertainty); s != nil {
		return *s
	}
	return string(Doubted)
}

// Source returns the source that makes the claim.
func (c *Claim) Source(ctx context.Context) (*Source, error) {
	return must1[*Source](ctx, &c.node, vocab.DctermsSource)
}

// Locator returns where in the source, nil if that is not known.
func (c *Claim) Locator() *string { return c.rec.text(vocab.BiboLocator) }

// Quote returns a person's words as the source gives them, nil if none were recorded.
func (c *Claim) Quote() *string { return c.rec.text(vocab.OaExact) }

// Statement returns what is claimed, in the curator's words, nil if nobody wrote it down.
func (c *Claim) Statement(language *string) *string {
	return c.rec.localized(vocab.DctermsDescription, language)
}

// AttributedTo returns whom the source gives the claim to, by id.
func (c *Claim) AttributedTo(ctx context.Context) ([]Actor, error) {
	return follow[Actor](ctx, &c.node, vocab.ProvWasAttributedTo)
}

// DerivedFrom returns the claims that the claim passes on or concludes from, by id.
func (c *Claim) DerivedFrom(ctx context.Context) ([]*Claim, error) {
	return follow[*Claim](ctx, &c.node, vocab.ProvWasDerivedFrom)
}

// An AttributionHop is a claim on the way back to whoever knew. See the SDL.
type AttributionHop struct {
	Claim *Claim
	Depth int
}

// maxAttribution is how many hops an answer has: a chain of reports has a few, and a graph of them could be all claims.
const maxAttribution = 100

// Attribution returns the claim and what it derives from, the nearest first. One call to the store for each depth, however many claims
// came in with this one.
func (c *Claim) Attribution(ctx context.Context) ([]*AttributionHop, error) {
	hops, seen := []*AttributionHop{}, map[ID]bool{}
	for level, depth := []*Claim{c}, 0; len(level) > 0; depth++ {
		next := map[ID]*Claim{}
		for _, claim := range level {
			if len(hops) == maxAttribution {
				return hops, nil
			}
			seen[claim.rec.id] = true
			hops = append(hops, &AttributionHop{claim, depth})
		}
		for _, claim := range level {
			origins, err := claim.DerivedFrom(ctx)
			if err != nil {
				return nil, err
			}
			for _, o := range origins {
				if !seen[o.rec.id] {
					next[o.rec.id] = o
				}
			}
		}
		level = slices.SortedFunc(maps.Values(next), func(a, b *Claim) int { return strings.Compare(string(a.rec.id), string(b.rec.id)) })
	}
	return hops, nil
}

// Certainty tells how sure the claim is.
func (c *Claim) Certainty() Certainty { return Certainty(c.rec.certainty()) }

// Stance tells which way the claim goes.
func (c *Claim) Stance() Stance {
	if c.rec.denies() {
		return Denies
	}
	return Asserts
}

// RecordedAt returns when the claim was recorded, in RFC 3339.
func (c *Claim) RecordedAt() (string, error) { return c.must(vocab.ProvGeneratedAtTime) }

// RecordedBy returns who recorded the claim.
func (c *Claim) RecordedBy() (string, error) { return c.must(vocab.ParleyRecordedBy) }

// RetractedAt returns when the claim was retracted, in RFC 3339, nil while it stands.
func (c *Claim) RetractedAt() *string { return c.rec.text(vocab.ProvInvalidatedAtTime) }

// RetractedBy returns who retracted the claim, nil while it stands.
func (c *Claim) RetractedBy() *string { return c.rec.text(vocab.ParleyRetractedBy) }

// Retraction returns why the claim was retracted, nil while it stands.
func (c *Claim) Retraction() *string { return c.rec.text(vocab.ParleyRetraction) }

// Supersedes returns the claim that this one corrects, nil if there is none.
func (c *Claim) Supersedes(ctx context.Context) (*Claim, error) {
	return follow1[*Claim](ctx, &c.node, vocab.ProvWasRevisionOf)
}

// SupersededBy returns the claim that corrects this one, nil if there is none.
func (c *Claim) SupersededBy(ctx context.Context) (*Claim, error) {
	list, err := followBack[*Claim](ctx, &c.node, vocab.ProvWasRevisionOf)
	if len(list) == 0 {
		return nil, err
	}
	return list[0], err
}

func (c *Claim) must(predicate string) (string, error) {
	if s := c.rec.text(predicate); s != nil {
		return *s, nil
	}
	return "", fmt.Errorf("%s: it has no %s, which every claim must have: the data was not checked", c.rec.id, vocab.Shorten(predicate))
}

// claimFacts has, for each claim of a cohort, its facts in order, and the cohort of all nodes that they name.
type claimFacts struct {
	quads map[ID][]store.Quad
	names map[ID][]ID
	nodes *cohort
}

func (c *Claim) facts(ctx context.Context) (claimFacts, error) {
	return remember(c.cohort, "facts", func() (claimFacts, error) {
		patterns := make([]store.Pattern, len(c.cohort.ids))
		for i, id := range c.cohort.ids {
			patterns[i] = store.Pattern{Label: store.IRI(id)}
		}
		found, err := c.view().store.View.Match(ctx, patterns...) // as they are written
		if err != nil {
			return claimFacts{}, err
		}
		out := claimFacts{quads: map[ID][]store.Quad{}, names: map[ID][]ID{}}
		var all []ID
		for i, id := range c.cohort.ids {
			set := map[ID]bool{}
			for _, q := range found[i] {
				if q.Subject == store.Term(store.IRI(id)) {
					continue // what the claim says of itself
				}
				out.quads[id] = append(out.quads[id], q)
				set[ID(store.Text(q.Subject))] = true
				if o, ok := q.Object.(store.IRI); ok {
					set[ID(o)] = true
				}
			}
			out.names[id] = c.view().same().set(sortedIDs(set))
			all = append(all, out.names[id]...)
		}
		out.nodes = c.view().cohort(all)
		return out, nil
	})
}

// About returns the nodes that the claim's facts name, by id.
func (c *Claim) About(ctx context.Context) ([]Node, error) {
	f, err := c.facts(ctx)
	if err != nil {
		return nil, err
	}
	return pick[Node](ctx, f.nodes, f.names[c.rec.id])
}

// Quads returns a page of the claim's facts, in the order of [View.Quads].
func (c *Claim) Quads(ctx context.Context, first *int, after *string, last *int, before *string) (*QuadConnection, error) {
	f, err := c.facts(ctx)
	if err != nil {
		return nil, err
	}
	p := Page{first, after, last, before}
	rows, place := []row[*QuadEdge]{}, map[string]int{} // the store's order: that in which they were found
	for i, q := range f.quads[c.rec.id] {
		k := quadKey(q)
		place[strings.Join(k, " ")] = i
		rows = append(rows, row[*QuadEdge]{k, &QuadEdge{Node: &Quad{c.view(), f.nodes, q}}})
	}
	o := order{name: "quads", by: func(a, b key) int { return place[strings.Join(a, " ")] - place[strings.Join(b, " ")] }}
	for _, x := range p.cursors() {
		k, err := o.parse(x.argument, x.text, 4)
		if err != nil {
			return nil, err
		}
		if _, ok := place[strings.Join(k, " ")]; !ok {
			return nil, invalid(x.argument, "this is the cursor of a quad that the claim does not have; give one from this list")
		}
	}
	return page[*Quad](rows, o, 4, p, func(e *QuadEdge, cursor string, _ int) { e.Cursor = cursor })
}

// A ClaimWhere says which claims. See the SDL.
type ClaimWhere struct {
	Source, About, AttributedTo *ID
	AttributedToType            *NodeTypeFilter
	Attributed                  *bool
	Certainty                   []Certainty
	Stance                      *Stance
	Text                        *string
	And, Or                     []*ClaimWhere
	Not                         *ClaimWhere
}

// ClaimConnection is a page of claims.
type (
	ClaimConnection = Connection[*Claim, *ClaimEdge]
	ClaimEdge       = Edge[*Claim]
)

// A narrowing has all claims that a filter can let through, and others: those of some ids, and the subjects of the quads that match one of some
// patterns.
type narrowing struct {
	ids      []ID
	patterns []store.Pattern
}

// narrowings returns what the indexes know of a filter, one for each condition that they know, those first that seldom have many claims. What denies
// is marked; what asserts, is doubted or has certain words is not, and of what does not hold there is no index.
func (w *ClaimWhere) narrowings(about map[ID][]ID) (list []narrowing) {
	if w == nil {
		return nil
	}
	pattern := func(predicate string, objects ...store.Term) {
		n := narrowing{}
		for _, o := range objects {
			n.patterns = append(n.patterns, store.Pattern{Predicate: store.IRI(predicate), Object: o})
		}
		list = append(list, n)
	}
	if w.About != nil {
		list = append(list, narrowing{ids: about[*w.About]})
	}
	if w.AttributedTo != nil {
		pattern(vocab.ProvWasAttributedTo, store.IRI(*w.AttributedTo))
	}
	if w.Source != nil {
		pattern(vocab.DctermsSource, store.IRI(*w.Source))
	}
	if w.Stance != nil && *w.Stance == Denies {
		pattern(vocab.ParleyStance, store.String(Denies))
	}
	if w.Certainty != nil && !slices.Contains(w.Certainty, Doubted) { // which goes without saying
		var terms []store.Term
		for _, c := range w.Certainty {
			terms = append(terms, store.String(c))
		}
		pattern(vocab.ParleyCertainty, terms...)
	}
	if w.Attributed != nil && *w.Attributed || w.AttributedToType != nil {
		pattern(vocab.ProvWasAttributedTo, nil)
	}
	for _, part := range w.And {
		list = append(list, part.narrowings(about)...)
	}
	if w.Or != nil {
		all := narrowing{}
		for _, part := range w.Or {
			n := part.narrowings(about)
			if len(n) == 0 {
				return list
			}
			all.ids, all.patterns = append(all.ids, n[0].ids...), append(all.patterns, n[0].patterns...)
		}
		list = append(list, all)
	}
	return list
}

// maxNarrow is how many claims of each condition are counted to find that which fewest meet.
const maxNarrow = 10_000

// candidates finds the claims that a filter can let through, by that of its conditions that fewest claims meet, and beside these others, which need not
// be claims; all claims, if no index knows any condition.
func (w *ClaimWhere) candidates(ctx context.Context, v *View, about map[ID][]ID) (*cohort, error) {
	list := w.narrowings(about)
	if len(list) == 0 {
		return v.ofTypes(ctx, TypeClaim)
	}
	best := list[0]
	if len(list) > 1 {
		var patterns []store.Pattern
		for _, n := range list {
			patterns = append(patterns, n.patterns...)
		}
		counts, err := v.store.Counts(ctx, maxNarrow, patterns...)
		if err != nil {
			return nil, err
		}
		least := math.MaxInt
		for _, n := range list {
			size := len(n.ids)
			for range n.patterns {
				size, counts = size+counts[0], counts[1:]
			}
			if size < least {
				best, least = n, size
			}
		}
	}
	ids := best.ids
	if len(best.patterns) > 0 {
		found, err := v.store.Match(ctx, best.patterns...)
		if err != nil {
			return nil, err
		}
		for _, quads := range found {
			for _, q := range quads {
				ids = append(ids, ID(store.Text(q.Subject)))
			}
		}
	}
	return v.cohort(ids), nil
}

// isClaim reports whether anything says that the record is a claim, be it taken back: lists have it then.
func (r *record) isClaim() bool {
	says := func(f fact) bool { return f.predicate == vocab.RdfType && f.id() == vocab.ClassClaim }
	return slices.ContainsFunc(r.facts, says) || slices.ContainsFunc(r.passed, says)
}

// byType reports whether the filter asks for the types of actors.
func (w *ClaimWhere) byType() bool {
	return w != nil && (w.AttributedToType != nil || slices.ContainsFunc(w.And, (*ClaimWhere).byType) || slices.ContainsFunc(w.Or, (*ClaimWhere).byType) || w.Not.byType())
}

// Claims returns a page of claims, by id. It reads the records of all claims that meet one condition of the filter, that which fewest meet, or of
// all claims if no index knows any; see [ClaimWhere.narrowings].
func (v *View) Claims(ctx context.Context, where *ClaimWhere, p Page) (*ClaimConnection, error) {
	if _, _, err := p.limit(); err != nil {
		return nil, err
	}
	about := map[ID][]ID{} // the claims on each node that the filter names
	where = where.identified(v.same())
	if err := v.checkClaimWhere(ctx, where, "where", about, new(int)); err != nil {
		return nil, err
	}
	c, err := where.candidates(ctx, v, about)
	if err != nil {
		return nil, err
	}
	ids := c.ids
	if where != nil || v.clock.known != nil {
		records, err := c.load(ctx)
		if err != nil {
			return nil, err
		}
		types := map[ID]NodeType{}
		if where.byType() {
			attributed, err := c.child(ctx, vocab.ProvWasAttributedTo, func(r *record) []ID { return r.ids(vocab.ProvWasAttributedTo) })
			if err != nil {
				return nil, err
			}
			actors, err := attributed.load(ctx)
			if err != nil {
				return nil, err
			}
			for _, a := range actors {
				types[a.id] = a.typ
			}
		}
		ids = nil
		for _, r := range records {
			if r.exists() && r.isClaim() && where.matches(r, about, types) {
				ids = append(ids, r.id)
			}
		}
	}
	con, err := claimPage(ids, p)
	if err != nil {
		return nil, err
	}
	return con, v.fillClaims(ctx, con.Nodes())
}

func (v *View) checkClaimWhere(ctx context.Context, w *ClaimWhere, path string, about map[ID][]ID, count *int) error {
	if w == nil {
		return nil
	}
	if err := countWhere(path, count); err != nil {
		return err
	}
	if w.Source != nil {
		if _, err := v.require(ctx, path+".source", *w.Source, TypeSource); err != nil {
			return err
		}
	}
	if w.AttributedTo != nil {
		if _, err := v.require(ctx, path+".attributedTo", *w.AttributedTo, actorTypes...); err != nil {
			return err
		}
	}
	if w.About != nil {
		if _, err := v.require(ctx, path+".about", *w.About); err != nil {
			return err
		}
		on, err := v.cohort([]ID{*w.About}).claims(ctx)
		if err != nil {
			return err
		}
		about[*w.About] = on[*w.About]
	}
	return eachPart(path, w.And, w.Or, w.Not, func(w *ClaimWhere, path string) error { return v.checkClaimWhere(ctx, w, path, about, count) })
}

func (w *ClaimWhere) matches(r *record, about map[ID][]ID, types map[ID]NodeType) bool {
	if w == nil {
		return true
	}
	sub := func(s *ClaimWhere) bool { return s.matches(r, about, types) }
	to := r.ids(vocab.ProvWasAttributedTo)
	return (w.Source == nil || r.id1(vocab.DctermsSource) == *w.Source) &&
		(w.About == nil || slices.Contains(about[*w.About], r.id)) &&
		(w.AttributedTo == nil || slices.Contains(to, *w.AttributedTo)) &&
		(w.AttributedToType == nil || slices.ContainsFunc(to, func(id ID) bool { return w.AttributedToType.matches(types[id]) })) &&
		(w.Attributed == nil || *w.Attributed == (len(to) > 0)) &&
		(w.Certainty == nil || slices.Contains(w.Certainty, Certainty(r.certainty()))) &&
		(w.Stance == nil || (*w.Stance == Denies) == r.denies()) &&
		(w.Text == nil || r.hasWords(vocab.DctermsDescription, words(fold(*w.Text)))) &&
		!slices.ContainsFunc(w.And, func(s *ClaimWhere) bool { return !sub(s) }) &&
		(w.Or == nil || slices.ContainsFunc(w.Or, sub)) &&
		(w.Not == nil || !sub(w.Not))
}

// claims finds, for every member, the claims whose facts name it as subject or object, by id.
func (c *cohort) claims(ctx context.Context) (map[ID][]ID, error) {
	return remember(c, "claims about", func() (map[ID][]ID, error) {
		var patterns []store.Pattern
		for _, id := range c.ids {
			patterns = append(patterns, store.Pattern{Subject: store.IRI(id)}, store.Pattern{Object: store.IRI(id)})
		}
		found, err := c.view.store.Match(ctx, patterns...)
		if err != nil {
			return nil, err
		}
		if found, err = c.view.knownQuads(ctx, found); err != nil {
			return nil, err
		}
		out := map[ID][]ID{}
		for i, id := range c.ids {
			set := map[ID]bool{}
			for _, q := range slices.Concat(found[2*i], found[2*i+1]) {
				if q.Label != nil && q.Label != q.Subject { // not what a claim says of itself: who it is attributed to
					set[ID(store.Text(q.Label))] = true
				}
			}
			out[id] = sortedIDs(set)
		}
		return out, nil
	})
}

// claimsAbout returns a page of the claims on a node, by id. All nodes that came in with it are answered at once.
func claimsAbout(ctx context.Context, n *node, p Page) (*ClaimConnection, error) {
	return claimPages(ctx, n, "claims about", p, func() (map[ID][]ID, error) { return n.cohort.claims(ctx) })
}

// claimPages cuts a page for every member of n's cohort out of the claims that list gives each, and returns n's. The claims
// of all these pages are one cohort.
func claimPages(ctx context.Context, n *node, name string, p Page, list func() (map[ID][]ID, error)) (*ClaimConnection, error) {
	pages, err := remember(n.cohort, fmt.Sprint(name, " pages ", describe(p)), func() (map[ID]*ClaimConnection, error) {
		of, err := list()
		if err != nil {
			return nil, err
		}
		out := map[ID]*ClaimConnection{}
		var shown []*Claim
		for _, id := range n.cohort.ids {
			con, err := claimPage(of[id], p)
			if err != nil {
				return nil, err
			}
			out[id] = con
			shown = append(shown, con.Nodes()...)
		}
		return out, n.view().fillClaims(ctx, shown)
	})
	if err != nil {
		return nil, err
	}
	return pages[n.rec.id], nil
}

// claimPage cuts a page out of claims. They have an id and nothing else yet; see [View.fillClaims].
func claimPage(ids []ID, p Page) (*ClaimConnection, error) {
	rows := make([]row[*ClaimEdge], len(ids))
	for i, id := range ids {
		rows[i] = row[*ClaimEdge]{key{string(id)}, &ClaimEdge{Node: &Claim{node{rec: &record{id: id}}}}}
	}
	return page[*Claim](rows, order{name: "claims"}, 1, p, func(e *ClaimEdge, cursor string, _ int) { e.Cursor = cursor })
}

// fillClaims makes claims one cohort and reads them.
func (v *View) fillClaims(ctx context.Context, claims []*Claim) error {
	ids := make([]ID, len(claims))
	for i, c := range claims {
		ids[i] = c.rec.id
	}
	records, err := v.load(ctx, ids)
	if err != nil {
		return err
	}
	shared := v.cohort(ids)
	for i, c := range claims {
		c.node = node{shared, records[i]}
	}
	return nil
}
