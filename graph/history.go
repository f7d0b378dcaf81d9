package graph

import (
	"context"
	"fmt"
	"time"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A Change is something that came to be known, or was taken back. See the SDL.
type Change struct {
	What   ChangeKind
	At     string
	By     *string
	Reason *string

	claim ID
	of    *cohort
}

// A ChangeKind says what came to be known. See the SDL.
type ChangeKind string

// The kinds of changes.
const (
	Added     ChangeKind = "ADDED"
	Corrected ChangeKind = "CORRECTED"
	Retracted ChangeKind = "RETRACTED"
	Merged    ChangeKind = "MERGED"
)

// ChangeConnection is a page of changes.
type (
	ChangeConnection = Connection[*Change, *ChangeEdge]
	ChangeEdge       = Edge[*Change]
)

// Claim returns the claim that was recorded or retracted.
func (c *Change) Claim(ctx context.Context) (*Claim, error) {
	return mustPick[*Claim](ctx, c.of, c.claim)
}

// History returns a page of what came to be known of the node, newest first. It reads the claims on the node, and for all nodes that came
// in with it at once.
func (n *node) History(ctx context.Context, first *int, after *string, last *int, before *string) (*ChangeConnection, error) {
	p := Page{first, after, last, before}
	pages, err := remember(n.cohort, fmt.Sprint("history ", describe(p)), func() (map[ID]*ChangeConnection, error) {
		c := n.cohort
		on, err := c.claims(ctx)
		if err != nil {
			return nil, err
		}
		own, err := c.load(ctx)
		if err != nil {
			return nil, err
		}
		var all []ID
		for i, id := range c.ids {
			if own[i].typ == TypeClaim {
				on[id] = append(on[id][:len(on[id]):len(on[id])], id)
			}
			all = append(all, on[id]...)
		}
		claims := c.view.cohort(all)
		records, err := claims.load(ctx)
		if err != nil {
			return nil, err
		}
		by, err := claims.incoming(ctx, vocab.ProvWasRevisionOf)
		if err != nil {
			return nil, err
		}
		revisions, err := by.cohort.load(ctx)
		if err != nil {
			return nil, err
		}
		merging, err := c.view.merging(ctx)
		if err != nil {
			return nil, err
		}
		found := map[ID]*record{}
		for _, r := range append(revisions[:len(revisions):len(revisions)], records...) {
			found[r.id] = r
		}
		out := map[ID]*ChangeConnection{}
		var shown []*Change
		for _, id := range c.ids {
			changes := map[string]*Change{} // a claim that corrects two is one change
			add := func(ch *Change) { changes[string(ch.claim)+" "+string(ch.What)] = ch }
			for _, cl := range on[id] {
				r := found[cl]
				if !r.exists() {
					continue
				}
				add(recording(r, found, merging))
				later := by.subjects[cl]
				if len(later) == 0 && r.retracted() {
					add(retraction(r))
				}
				for _, l := range later {
					add(recording(found[l], found, merging))
				}
			}
			con, err := changePage("history", changes, p, true)
			if err != nil {
				return nil, err
			}
			out[id] = con
			shown = append(shown, con.Nodes()...)
		}
		c.view.shareClaims(shown)
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	return pages[n.rec.id], nil
}

// recording is the change that a claim made when it was recorded. known has, if there is one, the claim that it corrects, and merging those that
// say that an actor is another.
func recording(r *record, known map[ID]*record, merging map[ID]bool) *Change {
	c := &Change{What: r.adds(merging), At: r.instant(vocab.ProvGeneratedAtTime), By: r.text(vocab.ParleyRecordedBy), claim: r.id}
	if old := r.id1(vocab.ProvWasRevisionOf); old != "" {
		c.What = Corrected
		if known[old] != nil {
			c.Reason = known[old].text(vocab.ParleyRetraction)
		}
	}
	return c
}

// adds tells what a claim did when it was recorded, if it corrected none. A claim that denies that an actor is another merges nobody.
func (r *record) adds(merging map[ID]bool) ChangeKind {
	if merging[r.id] && !r.denies() {
		return Merged
	}
	return Added
}

func retraction(r *record) *Change {
	return &Change{What: Retracted, At: r.instant(vocab.ProvInvalidatedAtTime), By: r.text(vocab.ParleyRetractedBy), Reason: r.text(vocab.ParleyRetraction), claim: r.id}
}

// instant returns the text of an instant, the beginning of time for one that nobody said.
func (r *record) instant(predicate string) string {
	if s := r.text(predicate); s != nil {
		return *s
	}
	return time.Time{}.Format(time.RFC3339)
}

// shareClaims makes the claims of changes that pages show one cohort.
func (v *View) shareClaims(shown []*Change) {
	ids := make([]ID, len(shown))
	for i, ch := range shown {
		ids[i] = ch.claim
	}
	c := v.cohort(ids)
	for _, ch := range shown {
		ch.of = c
	}
}

// changePage sorts changes by time, then by claim, and cuts out a page.
func changePage(name string, changes map[string]*Change, p Page, newest bool) (*ChangeConnection, error) {
	rows := make([]row[*ChangeEdge], 0, len(changes))
	for _, ch := range changes {
		at, _ := time.Parse(time.RFC3339, ch.At)
		rows = append(rows, row[*ChangeEdge]{key{at.UTC().Format("2006-01-02T15:04:05.000000000"), string(ch.claim), string(ch.What)}, &ChangeEdge{Node: ch}})
	}
	o := order{name: name}
	if newest {
		o.desc = []bool{true}
	}
	return page[*Change](rows, o, 3, p, func(e *ChangeEdge, cursor string, _ int) { e.Cursor = cursor })
}

// Diff returns a page of what changed in what is known from one instant to another, oldest first. It reads, by the index of instants, what was
// recorded and retracted in between, however much else there is.
func (v *View) Diff(ctx context.Context, knownFrom, knownTo string, p Page) (*ChangeConnection, error) {
	if _, _, err := p.limit(); err != nil {
		return nil, err
	}
	from, err := parseInstant("knownFrom", knownFrom)
	if err != nil {
		return nil, err
	}
	to, err := parseInstant("knownTo", knownTo)
	if err != nil {
		return nil, err
	}
	if to.Before(from) {
		return nil, invalid("knownTo", "it is before knownFrom; exchange the two")
	}
	v = v.at(clock{known: &to, valid: v.clock.valid})
	stretch := func(predicate string) store.Stretch {
		return store.Stretch{Predicate: store.IRI(predicate), After: &from, Until: &to, Limit: 1 << 40}
	}
	quads, err := v.store.Instants(ctx, stretch(vocab.ProvGeneratedAtTime), stretch(vocab.ProvInvalidatedAtTime))
	if err != nil {
		return nil, err
	}
	touched := map[ID]bool{}
	for _, list := range quads {
		for _, q := range list {
			touched[ID(store.Text(q.Subject))] = true
		}
	}
	known, corrects, err := v.revisions(ctx, touched)
	if err != nil {
		return nil, err
	}
	old := func(r *record) bool { return !r.recordedAt().After(from) }
	stood := func(r *record) bool { // at the first instant
		at, gone := r.retractedAt()
		return r.exists() && old(r) && (!gone || at.After(from))
	}
	merging, err := v.merging(ctx)
	if err != nil {
		return nil, err
	}
	changes := map[string]*Change{}
	for _, id := range sortedIDs(touched) {
		r := known[id]
		switch {
		case r.typ != TypeClaim:
		case !old(r) && !r.retracted():
			ch := recording(r, known, merging)
			if ch.What == Corrected && !reaches(id, func(id ID) []ID { return known[id].ids(vocab.ProvWasRevisionOf) }, func(id ID) bool { return stood(known[id]) }) {
				ch.What = r.adds(merging) // what it corrects was not known before
			}
			changes[string(id)] = ch
		case stood(r) && r.retracted():
			if !reaches(id, func(id ID) []ID { return corrects[id] }, func(id ID) bool { return known[id].exists() && !known[id].retracted() }) {
				changes[string(id)] = retraction(r)
			}
		}
	}
	con, err := changePage("diff", changes, p, false)
	if err != nil {
		return nil, err
	}
	v.shareClaims(con.Nodes())
	return con, nil
}

// revisions returns the records of some ids and of all that are a correction of one of them or were corrected by it, step by step, and from
// each of these to those that correct it. It is two calls to the store a step.
func (v *View) revisions(ctx context.Context, of map[ID]bool) (known map[ID]*record, corrects map[ID][]ID, err error) {
	known, corrects = map[ID]*record{}, map[ID][]ID{}
	for level := sortedIDs(of); len(level) > 0; {
		in, err := v.cohort(level).incoming(ctx, vocab.ProvWasRevisionOf)
		if err != nil {
			return nil, nil, err
		}
		records, err := v.load(ctx, level)
		if err != nil {
			return nil, nil, err
		}
		next := map[ID]bool{}
		for _, r := range records {
			known[r.id] = r
			corrects[r.id] = in.subjects[r.id]
		}
		for _, r := range records {
			for _, id := range append(r.ids(vocab.ProvWasRevisionOf), corrects[r.id]...) {
				if known[id] == nil {
					next[id] = true
				}
			}
		}
		level = sortedIDs(next)
	}
	return known, corrects, nil
}

// reaches reports whether steps lead from an id to one that is wanted; the id itself does not count.
func reaches(id ID, step func(ID) []ID, wanted func(ID) bool) bool {
	seen := map[ID]bool{id: true}
	for todo := []ID{id}; len(todo) > 0; {
		next := step(todo[len(todo)-1])
		todo = todo[:len(todo)-1]
		for _, n := range next {
			if !seen[n] {
				if wanted(n) {
					return true
				}
				seen[n] = true
				todo = append(todo, n)
			}
		}
	}
	return false
}
