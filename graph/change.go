package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// A ChangeNotice is what one write changed. See the SDL.
type ChangeNotice struct {
	Revision string
	At, By   string

	changes []*Change
	err     error
}

// Changes returns what the write changed, or why that cannot be told.
func (n *ChangeNotice) Changes() ([]*Change, error) { return n.changes, n.err }

// A ChangeWhere is a condition on changes. See the SDL.
type ChangeWhere struct {
	What   []ChangeKind
	About  *ID
	Source *ID
	By     *string
	And    []*ChangeWhere
	Or     []*ChangeWhere
	Not    *ChangeWhere
}

// A Feed tells of writes, one after the other. It keeps no more than a page of notes, however far behind whoever hears it is: what has
// not been told yet is in the store. It is one goroutine's.
type Feed struct {
	graph *Graph
	where *ChangeWhere
	after uint64       // all up to this revision has been told
	notes []store.Note // of the revisions after that, not told yet
	view  *View        // that they were read from; nil before the first
	old   *View        // that the notice before the last is answered from, if it is another
}

// feedPage is how many notes a feed reads at once.
const feedPage = 100

// Changes returns a feed of the writes after a revision, nil for those from now on. It returns an [ArgumentError] for what is no revision
// that there was, on any server, or a filter that is too large. The caller must close it.
func (g *Graph) Changes(ctx context.Context, where *ChangeWhere, afterRevision *string) (*Feed, error) {
	count := 0
	if err := checkChangeWhere(where, "where", &count); err != nil {
		return nil, err
	}
	f := &Feed{graph: g, where: where}
	if afterRevision != nil {
		n, err := strconv.ParseUint(*afterRevision, 10, 64)
		if err != nil {
			return nil, invalid("afterRevision", "%.60q is no revision; give that of a notice or of stats.revision, or leave it out", *afterRevision)
		}
		switch err := g.CatchUp(ctx, n); {
		case errors.Is(err, ErrNoRevision):
			return nil, invalid("afterRevision", "there has been no revision %d yet, the store is at %d; if it was restored from a backup, ask for all that you need anew", n, g.Revision())
		case err != nil:
			return nil, err
		}
		f.after = n
		return f, nil
	}
	f.after = g.Revision()
	return f, nil
}

func checkChangeWhere(w *ChangeWhere, path string, count *int) error {
	if w == nil {
		return nil
	}
	if err := countWhere(path, count); err != nil {
		return err
	}
	return eachPart(path, w.And, w.Or, w.Not, func(w *ChangeWhere, path string) error { return checkChangeWhere(w, path, count) })
}

// Next waits for the next write with a change that the filter lets through, and returns what there is to tell of it. When the notice before
// it has been answered, and before Next is called again, the caller calls [Feed.Release]. Of an error that is not ctx's, the
// notice tells whoever reads it; then the feed is over.
func (f *Feed) Next(ctx context.Context) (*ChangeNotice, error) {
	for {
		for len(f.notes) > 0 {
			note := f.notes[0]
			f.notes = f.notes[1:]
			n, err := f.notice(ctx, note)
			if err != nil {
				return f.fail(fmt.Errorf("the change of revision %d: %w", note.Revision, err))
			}
			f.after = note.Revision
			if len(n.changes) > 0 {
				return n, nil
			}
		}
		v := f.graph.View()
		notes, err := v.store.Notes(ctx, f.after, feedPage)
		if err != nil {
			v.Close()
			return f.fail(err)
		}
		if len(notes) > 0 {
			switch {
			case f.old == nil:
				f.old = f.view
			case f.view != nil:
				f.view.Close() // the filter let nothing of it through
			}
			f.notes, f.view = notes, v
			continue
		}
		revision := v.store.Revision()
		f.after = max(f.after, revision)
		v.Close()
		select {
		case <-f.graph.store.Changed(revision):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (f *Feed) fail(err error) (*ChangeNotice, error) {
	return &ChangeNotice{Revision: strconv.FormatUint(f.after, 10), err: err}, err
}

// Release gives up what the notice before the last is answered from.
func (f *Feed) Release() {
	if f.old != nil {
		f.old.Close()
		f.old = nil
	}
}

// Close ends the feed and all that its notices are answered from.
func (f *Feed) Close() {
	f.Release()
	if f.view != nil {
		f.view.Close()
	}
}

// notice reads a note. The view is as of the note's time, so that a notice says the same whenever it is told.
func (f *Feed) notice(ctx context.Context, n store.Note) (*ChangeNotice, error) {
	var text note
	if err := json.Unmarshal(n.Text, &text); err != nil {
		return nil, err
	}
	at, err := parseInstant("at", text.At)
	if err != nil {
		return nil, err
	}
	ids := make([]ID, len(text.Changes))
	for i, ch := range text.Changes {
		ids[i] = ch.Claim
	}
	claims := f.view.at(clock{known: &at}).cohort(ids)
	merging, err := f.view.merging(ctx)
	if err != nil {
		return nil, err
	}
	out := &ChangeNotice{Revision: strconv.FormatUint(n.Revision, 10), At: text.At, By: text.By, changes: []*Change{}}
	for _, ch := range text.Changes {
		found, err := pick[*Claim](ctx, claims, []ID{ch.Claim})
		if err != nil {
			return nil, err
		}
		if len(found) == 0 { // it was removed from the store by other means
			continue
		}
		if ch.What == Added {
			ch.What = found[0].rec.adds(merging)
		}
		ok, err := f.where.matches(ctx, ch.What, text.By, found[0])
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		c := &Change{What: ch.What, At: text.At, By: &text.By, claim: ch.Claim, of: claims}
		switch ch.What {
		case Retracted:
			c.Reason = found[0].Retraction()
		case Corrected:
			old, err := found[0].Supersedes(ctx)
			if err != nil {
				return nil, err
			}
			if old != nil {
				c.Reason = old.Retraction()
			}
		}
		out.changes = append(out.changes, c)
	}
	return out, nil
}

// matches reports whether a change is one that is asked for.
func (w *ChangeWhere) matches(ctx context.Context, what ChangeKind, by string, c *Claim) (bool, error) {
	switch {
	case w == nil:
		return true, nil
	case w.What != nil && !slices.Contains(w.What, what),
		w.By != nil && *w.By != by,
		w.Source != nil && c.rec.id1(vocab.DctermsSource) != *w.Source:
		return false, nil
	}
	if w.About != nil {
		f, err := c.facts(ctx)
		if err != nil || !slices.Contains(f.names[c.rec.id], c.view().same().id(*w.About)) {
			return false, err
		}
	}
	for _, part := range w.And {
		if ok, err := part.matches(ctx, what, by, c); err != nil || !ok {
			return false, err
		}
	}
	if w.Or != nil {
		any := false
		for _, part := range w.Or {
			ok, err := part.matches(ctx, what, by, c)
			if err != nil {
				return false, err
			}
			any = any || ok
		}
		if !any {
			return false, nil
		}
	}
	if w.Not != nil {
		ok, err := w.Not.matches(ctx, what, by, c)
		return !ok, err
	}
	return true, nil
}
