package graph

import (
	"context"
	"maps"
	"slices"

	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A Fact is a value with what it rests on. See the SDL.
type Fact struct {
	standing
	Rule   PreferenceRule
	Rivals []*Rival // never nil
}

// A Rival is a value that was not preferred. See the SDL.
type Rival struct {
	standing
	Rule PreferenceRule
}

// A PreferenceRule says why one value is preferred to another. See the SDL.
type PreferenceRule string

// The rules, in the order in which they decide.
const (
	RuleOnly         PreferenceRule = "ONLY"
	RuleNotRetracted PreferenceRule = "NOT_RETRACTED"
	RuleAsserted     PreferenceRule = "ASSERTED"
	RuleSurer        PreferenceRule = "SURER"
	RuleLater        PreferenceRule = "LATER"
	RuleFirst        PreferenceRule = "FIRST"
)

// A standing is one value and the claims on it.
type standing struct {
	cohort *cohort
	Value  string
	id     ID      // of the node that it names, "" for none
	best   *record // the surest of the claims, nil if it has no record
	labels map[ID]bool
}

func (s *standing) add(f fact) {
	if f.label != "" {
		s.labels[f.label] = true
	}
}

func newStanding(c *cohort, f fact) standing {
	s := standing{cohort: c, Value: store.Text(f.object), id: f.id(), best: f.claim, labels: map[ID]bool{}}
	s.add(f)
	return s
}

// fact returns a predicate's preferred value among those that keep accepts. Without a value that stands, it has the fallback, no claims, and
// as rivals what is denied or was retracted.
func (n *node) fact(predicate, fallback string, keep func(fact) bool) *Fact {
	type key struct {
		object store.Term
		rule   PreferenceRule
	}
	out := &Fact{standing: standing{cohort: n.cohort, Value: fallback, labels: map[ID]bool{}}, Rivals: []*Rival{}}
	var preferred store.Term
	rivals := map[key]*Rival{}
	rival := func(f fact, rule PreferenceRule, k key) {
		if r := rivals[k]; r != nil {
			r.add(f)
			return
		}
		r := &Rival{newStanding(n.cohort, f), rule}
		rivals[k] = r
		out.Rivals = append(out.Rivals, r)
	}
	for _, f := range n.rec.all(predicate) { // surest first
		switch {
		case !keep(f):
		case preferred == nil:
			preferred, out.standing = f.object, newStanding(n.cohort, f)
		case f.object == preferred:
			out.add(f)
		default:
			rival(f, decide(out.best, f.claim), key{object: f.object})
		}
	}
	passed := slices.Clone(n.rec.passed)
	slices.SortStableFunc(passed, func(a, b fact) int {
		if c := compareClaims(a.claim, b.claim); c != 0 {
			return c
		}
		return store.CompareTerms(a.object, b.object)
	})
	for _, rule := range []PreferenceRule{RuleAsserted, RuleNotRetracted} {
		for _, f := range passed {
			retracted := f.claim.retracted()
			switch {
			case f.predicate != predicate || !keep(f) || retracted != (rule == RuleNotRetracted):
			case retracted && (f.claim.denies() || f.object == preferred || rivals[key{object: f.object}] != nil): // it says nothing any more, or nothing new
			default:
				rival(f, rule, key{f.object, rule})
			}
		}
	}
	out.Rule = RuleOnly
	if len(out.Rivals) > 0 {
		out.Rule = out.Rivals[0].Rule
	}
	return out
}

// decide names the rule by which the one claim comes before the other; see [compareClaims].
func decide(a, b *record) PreferenceRule {
	switch {
	case a == nil || b == nil:
		if a != b {
			return RuleSurer
		}
	case a.certainty() != b.certainty():
		return RuleSurer
	case !a.recordedAt().Equal(b.recordedAt()):
		return RuleLater
	}
	return RuleFirst
}

// Node returns the node that the value names, nil if it names none.
func (s *standing) Node(ctx context.Context) (Node, error) {
	if s.id == "" {
		return nil, nil
	}
	tax, err := s.cohort.view.taxonomy(ctx)
	if err != nil {
		return nil, err
	}
	predicates := append(slices.Clone(tax.rolePredicates), vocab.SemEventType)
	c, err := s.cohort.child(ctx, "values", func(r *record) []ID {
		ids := r.ids(predicates...)
		for _, f := range r.passed {
			if id := f.id(); id != "" && slices.Contains(predicates, f.predicate) {
				ids = append(ids, id)
			}
		}
		return ids
	})
	if err != nil {
		return nil, err
	}
	found, err := pick[Node](ctx, c, []ID{s.id})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// Claims returns the claims on the value, by id.
func (s *standing) Claims(ctx context.Context) ([]*Claim, error) {
	c, err := s.cohort.child(ctx, "claims for and against", claimsOfRecord)
	if err != nil {
		return nil, err
	}
	return pick[*Claim](ctx, c, sortedIDs(s.labels))
}

func claimsOfRecord(r *record) []ID {
	set := map[ID]bool{}
	for _, list := range [][]fact{r.facts, r.passed} {
		for _, f := range list {
			if f.label != "" {
				set[f.label] = true
			}
		}
	}
	return sortedIDs(set)
}

// Corroboration counts the independent sources that the claims rest on. All nodes that came in with the fact's are answered at once: one call to
// the store for each step from a claim or a source to what it passes on.
func (s *standing) Corroboration(ctx context.Context) (int, error) {
	claims, err := s.cohort.child(ctx, "claims for and against", claimsOfRecord)
	if err != nil {
		return 0, err
	}
	roots, err := remember(claims, "roots", func() (map[ID][]ID, error) { return claims.view.roots(ctx, claims.ids) })
	if err != nil {
		return 0, err
	}
	independent := map[ID]bool{}
	for label := range s.labels {
		for _, root := range roots[label] {
			independent[root] = true
		}
	}
	return len(independent), nil
}

// origins returns what a claim or a source passes on; the source of a claim that passes on no other.
func (r *record) origins() []ID {
	if from := r.ids(vocab.ProvWasDerivedFrom); len(from) > 0 {
		return from
	}
	return r.ids(vocab.DctermsSource) // a source has none
}

// roots returns, for each claim, the sources that it rests on and that pass on none themselves; none for what is no claim. Of those that
// pass on each other in a ring, the first by id counts for all.
func (v *View) roots(ctx context.Context, claims []ID) (map[ID][]ID, error) {
	origins := map[ID][]ID{}
	for level := claims; len(level) > 0; {
		records, err := v.load(ctx, level)
		if err != nil {
			return nil, err
		}
		next := map[ID]bool{}
		for _, r := range records {
			origins[r.id] = r.origins()
		}
		for _, r := range records {
			for _, id := range origins[r.id] {
				if _, ok := origins[id]; !ok {
					next[id] = true
				}
			}
		}
		level = sortedIDs(next)
	}
	// Rings are strongly connected components; those behind a component come before it.
	g, nodes, names := simple.NewDirectedGraph(), map[ID]int64{}, slices.Sorted(maps.Keys(origins))
	for i, id := range names {
		nodes[id] = int64(i)
		g.AddNode(simple.Node(i))
	}
	for id, from := range origins {
		for _, o := range from {
			if o != id {
				g.SetEdge(g.NewEdge(simple.Node(nodes[id]), simple.Node(nodes[o])))
			}
		}
	}
	all := map[ID][]ID{}
	for _, ring := range topo.TarjanSCC(g) {
		set, ids := map[ID]bool{}, map[ID]bool{}
		for _, n := range ring {
			ids[names[n.ID()]] = true
		}
		for id := range ids {
			for _, o := range origins[id] {
				if !ids[o] {
					for _, root := range all[o] {
						set[root] = true
					}
				}
			}
		}
		roots := sortedIDs(set)
		if len(roots) == 0 {
			roots = sortedIDs(ids)[:1]
		}
		for id := range ids {
			all[id] = roots
		}
	}
	out := map[ID][]ID{}
	for _, claim := range claims {
		if len(origins[claim]) > 0 {
			out[claim] = all[claim]
		}
	}
	return out, nil
}

// NameFact returns the name in English, or in the nearest language that there is, with what it rests on. Names in other languages are no rivals.
func (n *named) NameFact() *Fact {
	best, ok := n.rec.localizedFact(vocab.SchemaName, nil)
	return n.fact(vocab.SchemaName, string(n.rec.id), func(f fact) bool { return !ok || languageOf(f.object) == languageOf(best.object) })
}

// WhenFact returns the event's date with what it rests on.
func (e *Event) WhenFact() *Fact { return e.whenFact() }

// WhenFact returns the tenure's time with what it rests on.
func (t *Tenure) WhenFact() *Fact { return t.whenFact() }

func (n *node) whenFact() *Fact {
	return n.fact(vocab.SemHasTimeStamp, unknownWhen().EDTF, func(f fact) bool {
		_, err := edtf.Parse(store.Text(f.object))
		return err == nil
	})
}

// KindFact returns the event's kind with what it rests on.
func (e *Event) KindFact() *Fact {
	return e.fact(vocab.SemEventType, "", func(f fact) bool { return f.id() != "" })
}

// Fact returns the participation with what it rests on.
func (p *Participation) Fact() *Fact {
	return p.event.fact(string(p.part.role), string(p.part.actor), func(f fact) bool { return f.id() == p.part.actor })
}
