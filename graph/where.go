package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/schema/vocab"
)

// A ParticipationWhere is a condition on one participation. See the SDL.
type ParticipationWhere struct {
	Actor, Role *ID
	Type        *NodeType
}

// A ParticipationsWhere is a condition on an event's participations. See the SDL.
type ParticipationsWhere struct{ Some, All, None *ParticipationWhere }

// An EventWhere says which events. See the SDL.
type EventWhere struct {
	Kinds                []ID
	Actors               *ParticipationsWhere
	During               *Window
	Certainty            *WindowCertainty
	Place, Topic, Source *ID
	Text                 *string
	Status               *EventStatus
	And, Or              []*EventWhere
	Not                  *EventWhere
}

// actor returns an actor that every matching event must have, "" if there is no such.
func (w *EventWhere) actor() ID {
	if w != nil && w.Actors != nil && w.Actors.Some != nil && w.Actors.Some.Actor != nil {
		return *w.Actors.Some.Actor
	}
	return ""
}

// An InteractionWhere says which interactions. See the SDL.
type InteractionWhere struct {
	Actor, Counterpart, From, To *ID
	Kinds                        []ID
	During                       *Window
	Certainty                    *WindowCertainty
	Source                       *ID
	Text                         *string
	And, Or                      []*InteractionWhere
	Not                          *InteractionWhere
}

// actor returns an actor that every matching interaction must have, "" if there is no such.
func (w *InteractionWhere) actor() ID {
	if w == nil {
		return ""
	}
	for _, id := range []*ID{w.Actor, w.Counterpart, w.From, w.To} {
		if id != nil {
			return *id
		}
	}
	return ""
}

// maxWhere is how many conditions one filter may hold: more than a person writes, few enough to check on every event.
const maxWhere = 100

// A test tells whether something meets a condition: certainly, possibly (its date leaves it open), or not. Conditions combine
// as Kleene's logic has it.
type test[T any] func(T) edtf.Truth

func truth(b bool) edtf.Truth {
	if b {
		return edtf.Yes
	}
	return edtf.No
}

func allOf[T any](tests []test[T]) test[T] {
	return func(x T) edtf.Truth {
		t := edtf.Yes
		for _, f := range tests {
			if t = t.And(f(x)); t == edtf.No {
				break
			}
		}
		return t
	}
}

func anyOf[T any](tests []test[T]) test[T] {
	return func(x T) edtf.Truth {
		t := edtf.No
		for _, f := range tests {
			if t = t.Or(f(x)); t == edtf.Yes {
				break
			}
		}
		return t
	}
}

// during tests a date. With CERTAIN, what is possible only does not pass.
func during(w *edtf.Window, certainty *WindowCertainty, when *When) edtf.Truth {
	t := contains(w, when)
	if t == edtf.Maybe && certainty != nil && *certainty == Certain {
		t = edtf.No
	}
	return t
}

// An eventFilter is an EventWhere made ready.
type eventFilter struct {
	view  *View
	tax   *taxonomy
	test  test[*record]
	types map[ID]NodeType // of the actors of the events under test; nil if no condition asks for types
	count int
}

type matchedEvent struct {
	rec   *record
	truth edtf.Truth
}

// eventFilter checks a filter and makes it ready; nil lets everything through. A filter serves one goroutine.
func (v *View) eventFilter(ctx context.Context, w *EventWhere, path string) (*eventFilter, error) {
	tax, err := v.taxonomy(ctx)
	if err != nil {
		return nil, err
	}
	f := &eventFilter{view: v, tax: tax}
	if f.test, err = f.compile(ctx, w, path); err != nil {
		return nil, err
	}
	return f, nil
}

// readTypes reads the types of the actors of some events, if a condition asks for types.
func (f *eventFilter) readTypes(ctx context.Context, events []*record) error {
	if f.types == nil {
		return nil
	}
	var ids []ID
	for _, r := range events {
		ids = append(ids, f.tax.actors(r)...)
	}
	actors, err := f.view.cohort(ids).load(ctx)
	if err != nil {
		return err
	}
	for _, a := range actors {
		f.types[a.id] = a.typ
	}
	return nil
}

// match returns the events that the filter lets through, in the order given.
func (f *eventFilter) match(ctx context.Context, records []*record) ([]matchedEvent, error) {
	if err := f.readTypes(ctx, records); err != nil {
		return nil, err
	}
	var out []matchedEvent
	for i, r := range records {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if r.typ == TypeEvent {
			if t := f.test(r); t != edtf.No {
				out = append(out, matchedEvent{r, t})
			}
		}
	}
	return out, nil
}

func (f *eventFilter) compile(ctx context.Context, w *EventWhere, path string) (test[*record], error) {
	if w == nil {
		return func(*record) edtf.Truth { return edtf.Yes }, nil
	}
	if err := countWhere(path, &f.count); err != nil {
		return nil, err
	}
	var tests []test[*record]
	add := func(t test[*record]) { tests = append(tests, t) }
	if w.Kinds != nil {
		if err := f.tax.checkKinds(path+".kinds", w.Kinds); err != nil {
			return nil, err
		}
		add(func(r *record) edtf.Truth { return truth(f.tax.isKind(r.kindOf(), w.Kinds)) })
	}
	if w.During != nil {
		window, err := w.During.parse(path + ".during")
		if err != nil {
			return nil, err
		}
		add(func(r *record) edtf.Truth { return during(window, w.Certainty, r.when(vocab.SemHasTimeStamp)) })
	}
	for _, c := range []struct {
		argument  string
		id        *ID
		types     []NodeType
		predicate string // from the event to it
		narrower  string // from a narrower one to it
	}{
		{".place", w.Place, []NodeType{TypePlace}, vocab.SemHasPlace, vocab.SchemaContainedInPlace},
		{".topic", w.Topic, []NodeType{TypeTopic}, vocab.DctermsSubject, vocab.SkosBroader},
	} {
		if c.id == nil {
			continue
		}
		if _, err := f.view.require(ctx, path+c.argument, *c.id, c.types...); err != nil {
			return nil, err
		}
		within, err := f.view.downwards(ctx, *c.id, c.narrower)
		if err != nil {
			return nil, err
		}
		add(func(r *record) edtf.Truth {
			return truth(slices.ContainsFunc(r.ids(c.predicate), func(id ID) bool { return within[id] }))
		})
	}
	if w.Source != nil {
		about, err := f.view.aboutBySource(ctx, path+".source", *w.Source)
		if err != nil {
			return nil, err
		}
		add(func(r *record) edtf.Truth { return truth(about[r.id]) })
	}
	if w.Text != nil {
		want := words(fold(*w.Text))
		add(func(r *record) edtf.Truth { return truth(r.hasWords(vocab.DctermsDescription, want)) })
	}
	if w.Status != nil {
		add(func(r *record) edtf.Truth { return truth(r.status() == *w.Status) })
	}
	if w.Actors != nil {
		if err := f.compileActors(ctx, w.Actors, path+".actors", add); err != nil {
			return nil, err
		}
	}
	sub, err := compileLogic(path, w.And, w.Or, w.Not, func(w *EventWhere, path string) (test[*record], error) { return f.compile(ctx, w, path) })
	if err != nil {
		return nil, err
	}
	return allOf(append(tests, sub...)), nil
}

// countWhere counts one more condition and refuses one too many.
func countWhere(path string, count *int) error {
	if *count++; *count > maxWhere {
		return invalid(path, "more than %d conditions within each other; ask in several questions", maxWhere)
	}
	return nil
}

// eachPart calls check with the parts and, or and not of a filter, and the path to each.
func eachPart[W any](path string, and, or []*W, not *W, check func(*W, string) error) error {
	for i, w := range and {
		if err := check(w, fmt.Sprintf("%s.and[%d]", path, i)); err != nil {
			return err
		}
	}
	for i, w := range or {
		if err := check(w, fmt.Sprintf("%s.or[%d]", path, i)); err != nil {
			return err
		}
	}
	return check(not, path+".not") // nil has nothing to check
}

// compileLogic makes tests of the parts and, or and not of a filter.
func compileLogic[W, T any](path string, and, or []*W, not *W, compile func(*W, string) (test[T], error)) ([]test[T], error) {
	var tests []test[T]
	for i, w := range and {
		t, err := compile(w, fmt.Sprintf("%s.and[%d]", path, i))
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	if or != nil {
		var alternatives []test[T]
		for i, w := range or {
			t, err := compile(w, fmt.Sprintf("%s.or[%d]", path, i))
			if err != nil {
				return nil, err
			}
			alternatives = append(alternatives, t)
		}
		tests = append(tests, anyOf(alternatives))
	}
	if not != nil {
		t, err := compile(not, path+".not")
		if err != nil {
			return nil, err
		}
		tests = append(tests, func(x T) edtf.Truth { return t(x).Not() })
	}
	return tests, nil
}

// compileActors adds the tests of some, all and none.
func (f *eventFilter) compileActors(ctx context.Context, w *ParticipationsWhere, path string, add func(test[*record])) error {
	one := func(p *ParticipationWhere, path string) (func(part) bool, error) {
		if p.Actor != nil {
			if _, err := f.view.require(ctx, path+".actor", *p.Actor, actorTypes...); err != nil {
				return nil, err
			}
		}
		if p.Role != nil {
			if _, err := f.view.require(ctx, path+".role", *p.Role, TypeRole); err != nil {
				return nil, err
			}
		}
		if p.Type != nil && f.types == nil {
			f.types = map[ID]NodeType{}
		}
		return func(x part) bool {
			return (p.Actor == nil || x.actor == *p.Actor) && (p.Role == nil || f.tax.isRole(x.role, *p.Role)) && (p.Type == nil || f.types[x.actor] == *p.Type)
		}, nil
	}
	if w.Some != nil {
		is, err := one(w.Some, path+".some")
		if err != nil {
			return err
		}
		add(func(r *record) edtf.Truth { return truth(slices.ContainsFunc(f.tax.parts(r), is)) })
	}
	if w.All != nil {
		is, err := one(w.All, path+".all")
		if err != nil {
			return err
		}
		add(func(r *record) edtf.Truth {
			parts := f.tax.parts(r)
			return truth(len(parts) > 0 && !slices.ContainsFunc(parts, func(p part) bool { return !is(p) }))
		})
	}
	if w.None != nil {
		is, err := one(w.None, path+".none")
		if err != nil {
			return err
		}
		add(func(r *record) edtf.Truth { return truth(!slices.ContainsFunc(f.tax.parts(r), is)) })
	}
	return nil
}

// hasWords reports whether one of the record's texts has all of these folded words.
func (r *record) hasWords(predicate string, want []string) bool {
	return slices.ContainsFunc(r.texts(predicate, true), func(t *LocalizedText) bool { return hasWords(t.Text, want) })
}

// downwards returns a node and all that narrow it; one call to the store for each level.
func (v *View) downwards(ctx context.Context, id ID, predicate string) (map[ID]bool, error) {
	all := map[ID]bool{id: true}
	for level := []ID{id}; len(level) > 0; {
		in, err := v.cohort(level).incoming(ctx, predicate)
		if err != nil {
			return nil, err
		}
		level = nil
		for _, list := range in.subjects {
			for _, narrower := range list {
				if !all[narrower] {
					all[narrower] = true
					level = append(level, narrower)
				}
			}
		}
	}
	return all, nil
}

// describe writes arguments down, so that the same ones give the same text.
func describe(x any) string {
	b, err := json.Marshal(x)
	if err != nil {
		panic(err) // arguments are made of strings, numbers and lists
	}
	return string(b)
}
