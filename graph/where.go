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
	Country     *ID
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
	view  *View // for its arguments; what is tested comes from others
	tax   *taxonomy
	test  test[*record]
	count int

	countries map[ID]map[ID]bool // that conditions ask for: what is a part of each

	byType  bool             // some condition asks for the types of actors
	sources []ID             // that conditions ask for
	types   map[ID]NodeType  // of the actors of the events under test
	about   map[ID][]*record // the claims on each event under test
}

// eventFilter checks a filter and makes it ready; nil lets everything through. A filter serves one goroutine.
func (v *View) eventFilter(ctx context.Context, w *EventWhere, path string) (*eventFilter, error) {
	tax, err := v.taxonomy(ctx)
	if err != nil {
		return nil, err
	}
	f := &eventFilter{view: v, tax: tax, countries: map[ID]map[ID]bool{}}
	if f.test, err = f.compile(ctx, w, path); err != nil {
		return nil, err
	}
	return f, nil
}

// prepare reads what the conditions ask for beside the records of the events under test, into their view.
func (f *eventFilter) prepare(ctx context.Context, v *View, events []*record) error {
	if f.byType {
		var ids []ID
		for _, r := range events {
			ids = append(ids, f.tax.actors(r)...)
		}
		actors, err := v.cohort(ids).load(ctx)
		if err != nil {
			return err
		}
		f.types = make(map[ID]NodeType, len(actors))
		for _, a := range actors {
			f.types[a.id] = a.typ
		}
	}
	if len(f.sources) == 0 {
		return nil
	}
	ids := make([]ID, len(events))
	for i, r := range events {
		ids[i] = r.id
	}
	claims, err := v.cohort(ids).claims(ctx)
	if err != nil {
		return err
	}
	var all []ID
	for _, list := range claims {
		all = append(all, list...)
	}
	c := v.cohort(all)
	records, err := c.load(ctx)
	if err != nil {
		return err
	}
	f.about = make(map[ID][]*record, len(events))
	for id, list := range claims {
		for _, claim := range list {
			i, _ := slices.BinarySearch(c.ids, claim)
			f.about[id] = append(f.about[id], records[i])
		}
	}
	return nil
}

// truths tests records, which a view has read.
func (f *eventFilter) truths(ctx context.Context, v *View, records []*record) ([]edtf.Truth, error) {
	if err := f.prepare(ctx, v, records); err != nil {
		return nil, err
	}
	out := make([]edtf.Truth, len(records))
	for i, r := range records {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if r.typ == TypeEvent {
			out[i] = f.test(r)
		}
	}
	return out, nil
}

// restsOn reports whether a claim rests on a source.
func (r *record) restsOn(source ID) bool {
	return r != nil && slices.ContainsFunc(r.all(vocab.DctermsSource), func(f fact) bool { return f.id() == source })
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
		if _, err := f.view.require(ctx, path+".source", *w.Source, TypeSource); err != nil {
			return nil, err
		}
		f.sources = append(f.sources, *w.Source)
		add(func(r *record) edtf.Truth {
			return truth(slices.ContainsFunc(f.about[r.id], func(c *record) bool { return c.restsOn(*w.Source) }))
		})
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
		f.byType = f.byType || p.Type != nil
		if p.Country != nil {
			if _, err := f.view.require(ctx, path+".country", *p.Country, TypeGovernment); err != nil {
				return nil, err
			}
			units, err := f.view.downwards(ctx, *p.Country, vocab.OrgUnitOf)
			if err != nil {
				return nil, err
			}
			f.countries[*p.Country] = units
		}
		return func(x part) bool {
			return (p.Country == nil || f.countries[*p.Country][x.actor]) && (p.Actor == nil || x.actor == *p.Actor) && (p.Role == nil || f.tax.isRole(x.role, *p.Role)) && (p.Type == nil || f.types[x.actor] == *p.Type)
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
