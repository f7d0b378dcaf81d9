package graph

import (
	"context"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/schema/vocab"
)

// A Position is a post that somebody can hold. See the SDL.
type Position struct{ named }

// PostIn returns the government, agency or organization that the post belongs to, nil if nobody said.
func (p *Position) PostIn(ctx context.Context) (Actor, error) {
	return follow1[Actor](ctx, &p.node, vocab.OrgPostIn)
}

// Tenures returns who held the post, newest first. See [newestTenures].
func (p *Position) Tenures(ctx context.Context, activeAt *string) ([]*Tenure, error) {
	list, err := followBack[*Tenure](ctx, &p.node, vocab.ParleyPosition)
	if err != nil {
		return nil, err
	}
	return newestTenures(list, activeAt)
}

// A Tenure is one person's time in a position. See the SDL.
type Tenure struct{ node }

// Person returns who held the position.
func (t *Tenure) Person(ctx context.Context) (*Person, error) {
	return must1[*Person](ctx, &t.node, vocab.OrgMember)
}

// Position returns the position held.
func (t *Tenure) Position(ctx context.Context) (*Position, error) {
	return must1[*Position](ctx, &t.node, vocab.ParleyPosition)
}

// When returns from when to when.
func (t *Tenure) When() *When { return t.rec.mustWhen(vocab.SemHasTimeStamp) }

// Claims returns the claims that the tenure rests on, by id.
func (t *Tenure) Claims(ctx context.Context) ([]*Claim, error) {
	labels := func(r *record) []ID {
		set := map[ID]bool{}
		for _, f := range r.facts {
			set[f.label] = true
		}
		return sortedIDs(set)
	}
	c, err := t.cohort.child(ctx, "claims", labels)
	if err != nil {
		return nil, err
	}
	return pick[*Claim](ctx, c, labels(t.rec))
}

// newestTenures sorts tenures, newest first, then by id. With activeAt, a date in EDTF, it keeps those whose time covers it,
// certainly or possibly; without, the view's own date decides, if it has one.
func newestTenures(list []*Tenure, activeAt *string) ([]*Tenure, error) {
	if activeAt == nil && len(list) > 0 {
		held := list[0].view().clock.held
		list = slices.DeleteFunc(list, func(t *Tenure) bool { return !held(t.rec) })
	}
	if activeAt != nil {
		at, err := parseDate("activeAt", *activeAt)
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(t *Tenure) bool {
			w := t.rec.when(vocab.SemHasTimeStamp)
			return w == nil || edtf.Covers(w.date, at) == edtf.No
		})
	}
	sortNewest(list)
	return list, nil
}

func sortNewest(list []*Tenure) {
	slices.SortStableFunc(list, func(a, b *Tenure) int {
		return -compareWhen(a.rec.when(vocab.SemHasTimeStamp), b.rec.when(vocab.SemHasTimeStamp))
	})
}

// capacity returns the tenure that covers a date and how surely: the surest, then the newest. Nil if none does.
func capacity(tenures []*Tenure, at *When) (*Tenure, WindowCertainty) {
	var best *Tenure
	how := edtf.No
	for _, t := range tenures { // newest first
		w := t.rec.when(vocab.SemHasTimeStamp)
		if w == nil || at == nil {
			continue
		}
		if c := edtf.Covers(w.date, at.date); c > how {
			best, how = t, c
		}
	}
	return best, windowCertainty(how)
}
