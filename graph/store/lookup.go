package store

import (
	"context"
	"slices"
)

// A Lookup tells rules what a view has of the ids that they meet. It reads as it is asked and, since rules cannot fail, keeps its first
// error and has nothing from then on. It serves one goroutine.
type Lookup struct {
	ctx  context.Context // of the one check that it is made for
	view *View
	err  error
}

// NewLookup returns one over a view, which stays the caller's to close.
func NewLookup(ctx context.Context, v *View) *Lookup { return &Lookup{ctx: ctx, view: v} }

// Err returns the first error; then what was answered is not to be trusted.
func (l *Lookup) Err() error { return l.err }

// Record returns the quads of an id, nil if there are none. They are not to be changed: what is kept is not copied for rules, which only look.
func (l *Lookup) Record(id IRI) []Quad {
	if l.err != nil {
		return nil
	}
	var found []Quad
	l.view.store.subjects.get(l.view.state.revision, []IRI{id}, func(_ int, quads []Quad) { found = quads })
	if found == nil {
		return l.match(Pattern{Subject: id})
	}
	l.view.calls.Add(1)
	if _, l.err = l.view.state.get(l.ctx, nil); l.err != nil {
		return nil
	}
	return found
}

// Subjects returns who has an object by a predicate, each once.
func (l *Lookup) Subjects(predicate IRI, object Term) []IRI {
	var ids []IRI
	for _, q := range l.match(Pattern{Predicate: predicate, Object: object}) {
		if id, ok := q.Subject.(IRI); ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// IDs returns none: a store is too large to go through it for a suggestion.
func (l *Lookup) IDs(string) []IRI { return nil }

func (l *Lookup) match(p Pattern) []Quad {
	if l.err != nil {
		return nil
	}
	found, err := l.view.Match(l.ctx, p)
	if err != nil {
		l.err = err
		return nil
	}
	return found[0]
}
