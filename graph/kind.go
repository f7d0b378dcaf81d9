package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agnivade/levenshtein"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// The kinds and roles that the rule of talking rests on; the rest of both trees is data. See [Interaction].
const (
	kindCommunication ID = "kind:communication"
	kindStatement     ID = "kind:statement"
	roleParticipant   ID = "role:participant"
	roleInitiator     ID = "role:initiator"
	roleRecipient     ID = "role:recipient"
	roleVisitor       ID = "role:visitor"
	roleHost          ID = "role:host"
)

// An EventKind is a kind of event, in a tree. See the SDL.
type EventKind struct{ labelled }

// Broader returns the kind that this one narrows, nil for a root.
func (k *EventKind) Broader(ctx context.Context) (*EventKind, error) {
	return follow1[*EventKind](ctx, &k.node, vocab.SkosBroader)
}

// Narrower returns the kinds that narrow this one, by id.
func (k *EventKind) Narrower(ctx context.Context) ([]*EventKind, error) {
	return followBack[*EventKind](ctx, &k.node, vocab.SkosBroader)
}

// A Notation is a code in another vocabulary. See the SDL.
type Notation struct {
	Scheme NotationScheme
	Code   string
}

// A NotationScheme is a vocabulary of event codes. See the SDL.
type NotationScheme string

// Notations returns the kind's codes, CAMEO first, then by code.
func (k *EventKind) Notations() []*Notation {
	list := []*Notation{}
	for _, f := range k.rec.all(vocab.SkosNotation) {
		t, ok := f.object.(store.TypedString)
		if !ok {
			continue
		}
		scheme := NotationScheme("CAMEO")
		if string(t.Type) == vocab.ParleyPlover {
			scheme = "PLOVER"
		}
		list = append(list, &Notation{scheme, string(t.Value)})
	}
	slices.SortFunc(list, func(a, b *Notation) int {
		return strings.Compare(string(a.Scheme)+a.Code, string(b.Scheme)+b.Code)
	})
	return slices.CompactFunc(list, func(a, b *Notation) bool { return *a == *b }) // several claims may give one code
}

// Kinds returns all kinds of events, by id.
func (v *View) Kinds(ctx context.Context) ([]*EventKind, error) {
	c, err := v.ofTypes(ctx, TypeEventKind)
	if err != nil {
		return nil, err
	}
	return pick[*EventKind](ctx, c, c.ids)
}

// A taxonomy is the trees of kinds and roles at one revision. They are small, asked for by every question, and change with
// a revision only, so the graph keeps the last one.
type taxonomy struct {
	revision       uint64
	same           *identities    // by which who is merged is who
	records        map[ID]*record // of kinds and roles, and of their claims
	rests          map[ID]bool    // on what it rests: these and all claims that say something of them, whatever became of those
	kinds          []ID           // sorted
	above          map[ID][]ID    // of each kind, itself and all broader ones
	rolePredicates []string       // sorted
	aboveRole      map[ID][]ID
	takesPart      map[ID]bool // the roles at or below role:participant

	once sync.Once // of the fingerprint
	hash uint64
}

// taxonomy returns the view's taxonomy. Views made after it share its records.
func (v *View) taxonomy(ctx context.Context) (*taxonomy, error) {
	v.taxMu.Lock()
	defer v.taxMu.Unlock()
	if v.tax != nil {
		return v.tax, nil
	}
	if v.clock.known != nil { // the trees of then
		tax, err := v.graph.readTaxonomy(ctx, v.store, v.clock)
		if err != nil {
			return nil, fmt.Errorf("read the kinds and roles: %w", err)
		}
		v.graph.past.put(*v.clock.known, tax)
		v.tax = tax
		return tax, nil
	}
	tax := v.graph.tax.Load()
	if tax == nil || tax.revision != v.store.Revision() {
		same, err := tax.at(ctx, v.store)
		if err == nil && same == nil {
			same, err = v.graph.readTaxonomy(ctx, v.store, clock{})
		}
		if err != nil {
			return nil, fmt.Errorf("read the kinds and roles: %w", err)
		}
		tax = same
		if last := v.graph.tax.Load(); last == nil || last.revision < tax.revision {
			v.graph.tax.Store(tax)
		}
	}
	v.tax = tax
	return tax, nil
}

// maxTaxonomyChanges is of how many changed subjects it is asked whether they are kinds or roles. Beyond, reading these anew is quicker.
const maxTaxonomyChanges = 500

// at returns the taxonomy as one of a later revision, nil if it may have changed, which most writes do not: then it costs one call to the store.
func (t *taxonomy) at(ctx context.Context, s *reader) (*taxonomy, error) {
	if t == nil || t.same.hash != s.same.hash {
		return nil, nil
	}
	subjects, known := s.SubjectsSince(t.revision)
	if !known || len(subjects) > maxTaxonomyChanges {
		return nil, nil
	}
	patterns := make([]store.Pattern, len(subjects))
	for i, id := range subjects {
		if t.rests[ID(id)] {
			return nil, nil
		}
		patterns[i] = store.Pattern{Subject: id, Predicate: store.IRI(vocab.RdfType)}
	}
	found, err := s.Match(ctx, patterns...)
	if err != nil {
		return nil, err
	}
	classes := classesOf(TypeEventKind, TypeRole)
	for _, quads := range found {
		for _, q := range quads {
			if class, ok := q.Object.(store.IRI); ok && slices.Contains(classes, class) {
				return nil, nil
			}
		}
	}
	return &taxonomy{revision: s.Revision(), same: s.same, records: t.records, rests: t.rests, kinds: t.kinds, above: t.above,
		rolePredicates: t.rolePredicates, aboveRole: t.aboveRole, takesPart: t.takesPart}, nil
}

// maxPastTaxonomies is how many instants' taxonomies a graph keeps: those of a page that is about one instant or compares a few. Each
// takes half a megabyte with the curated kinds.
const maxPastTaxonomies = 8

// A pastTaxonomies keeps the last taxonomies of the past that were asked for, all of one revision.
type pastTaxonomies struct {
	sync.Mutex
	revision uint64
	list     []pastTaxonomy // the last asked for last
}

type pastTaxonomy struct {
	known time.Time
	tax   *taxonomy
}

// get returns a taxonomy that is kept, nil if none is.
func (p *pastTaxonomies) get(revision uint64, known time.Time) *taxonomy {
	p.Lock()
	defer p.Unlock()
	i := -1
	if p.revision == revision {
		i = slices.IndexFunc(p.list, func(p pastTaxonomy) bool { return p.known.Equal(known) })
	}
	if i < 0 {
		return nil
	}
	found := p.list[i]
	p.list = append(slices.Delete(p.list, i, i+1), found)
	return found.tax
}

// put keeps a taxonomy, unless it is of a revision before those that are kept.
func (p *pastTaxonomies) put(known time.Time, tax *taxonomy) {
	p.Lock()
	defer p.Unlock()
	if p.revision < tax.revision {
		p.revision, p.list = tax.revision, nil
	}
	if p.revision == tax.revision {
		p.list = append(p.list[max(0, len(p.list)+1-maxPastTaxonomies):], pastTaxonomy{known, tax})
	}
}

// readTaxonomy reads the trees of kinds and roles as of a clock, of which the valid time says nothing of them.
func (g *Graph) readTaxonomy(ctx context.Context, s *reader, at clock) (*taxonomy, error) {
	v := &View{graph: g, store: s, clock: at, records: map[ID]*record{}} // a view of its own: this one's records are kept for others
	var c *cohort
	var err error
	if m := g.merges.Load(); m != nil && m.revision == s.Revision() && m.trees != nil {
		c = v.cohort(m.trees)
	} else if c, err = v.ofTypes(ctx, TypeEventKind, TypeRole); err != nil {
		return nil, err
	}
	records, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	tax := &taxonomy{revision: s.Revision(), same: s.same, above: map[ID][]ID{}, aboveRole: map[ID][]ID{}, takesPart: map[ID]bool{}}
	for _, r := range records {
		switch r.typ {
		case TypeEventKind:
			tax.kinds = append(tax.kinds, r.id)
			tax.above[r.id] = v.upwards(r, vocab.SkosBroader)
		case TypeRole:
			tax.rolePredicates = append(tax.rolePredicates, string(r.id))
			tax.aboveRole[r.id] = v.upwards(r, vocab.RdfsSubPropertyOf)
			tax.takesPart[r.id] = slices.Contains(tax.aboveRole[r.id], roleParticipant)
		}
	}
	v.mu.Lock()
	v.takeClaims()
	v.mu.Unlock()
	tax.records, tax.rests = v.records, map[ID]bool{}
	for id, r := range v.records {
		tax.rests[id] = true
		for _, list := range [2][]fact{r.facts, r.passed} {
			for _, f := range list {
				tax.rests[f.label] = true
			}
		}
	}
	return tax, nil
}

// upwards lists a record and those that it narrows, nearest first. All must have been read. A cycle ends where it closes.
func (v *View) upwards(r *record, predicate string) []ID {
	list := []ID{r.id}
	for i := 0; i < len(list); i++ {
		if r := v.records[list[i]]; r != nil {
			for _, id := range r.ids(predicate) {
				if !slices.Contains(list, id) {
					list = append(list, id)
				}
			}
		}
	}
	return list
}

// isKind reports whether a kind is one of some, or narrower than one of them. No kinds at all are all kinds.
func (t *taxonomy) isKind(kind ID, of []ID) bool {
	return len(of) == 0 || slices.ContainsFunc(t.above[kind], func(k ID) bool { return slices.Contains(of, k) })
}

// isRole reports whether a role is another one or narrower than it.
func (t *taxonomy) isRole(role, of ID) bool { return slices.Contains(t.aboveRole[role], of) }

// rank orders roles: initiators, then whoever takes part, then mere subjects.
func (t *taxonomy) rank(role ID) int {
	switch {
	case t.isRole(role, roleInitiator):
		return 0
	case t.takesPart[role]:
		return 1
	}
	return 2
}

// checkKinds refuses kinds that do not exist, and names the nearest that do.
func (t *taxonomy) checkKinds(argument string, kinds []ID) error {
	for i, k := range kinds {
		if _, ok := slices.BinarySearch(t.kinds, k); !ok {
			return invalid(fmt.Sprintf("%s[%d]", argument, i), "there is no kind %.60q; near it are %s", k, strings.Join(nearest(string(k), t.kinds), ", "))
		}
	}
	return nil
}

// nearest returns the three ids that are most like a text.
func nearest(text string, ids []ID) []string {
	if len(text) > 60 {
		text = text[:60] // the cost is the product of the lengths
	}
	type scored struct {
		id       string
		distance int
	}
	list := make([]scored, len(ids))
	for i, id := range ids {
		_, bare, _ := strings.Cut(string(id), ":")
		list[i] = scored{string(id), min(levenshtein.ComputeDistance(text, string(id)), levenshtein.ComputeDistance(text, bare))}
	}
	slices.SortStableFunc(list, func(a, b scored) int { return a.distance - b.distance })
	var out []string
	for _, s := range list[:min(3, len(list))] {
		out = append(out, s.id)
	}
	return out
}
