package graph

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/schema/vocab"
)

// An Interaction is two actors who talked. This rule defines it, and every answer on who talked to whom derives from it:
//
//   - In a communication that took place, every two actors who take part talked to each other.
//   - In a statement that took place, the initiator talked to each recipient, unless the statement is a part of a
//     communication: then it is what was said there, and counting it would count one talk twice.
//   - A mere subject never talked.
//
// It is directed from initiator to recipient and from visitor to host, where the roles tell these two apart.
type Interaction struct {
	*talk
	truth edtf.Truth
	page  *interactionPage
}

// An interactionPage is what the interactions of a page have together.
type interactionPage struct {
	actors, events *cohort
	claims         func() *cohort // made for whoever asks for one
}

// A talk is an interaction as the event's record has it.
type talk struct {
	event    *record
	from, to ID
	directed bool
	claims   []ID // sorted
}

// Directed reports whether the sources tell who called, addressed or visited whom.
func (i *Interaction) Directed() bool { return i.directed }

// From returns who acted on the other or, of an undirected one, whose id sorts first.
func (i *Interaction) From(ctx context.Context) (Actor, error) {
	return mustPick[Actor](ctx, i.page.actors, i.from)
}

// To returns the other one.
func (i *Interaction) To(ctx context.Context) (Actor, error) {
	return mustPick[Actor](ctx, i.page.actors, i.to)
}

// Event returns in which event.
func (i *Interaction) Event() *Event { return &Event{node{i.page.events, i.event}} }

// When returns the event's date.
func (i *Interaction) When() *When { return i.event.mustWhen(vocab.SemHasTimeStamp) }

// Certainty tells how surely the interaction lies in the window asked for.
func (i *Interaction) Certainty() WindowCertainty { return windowCertainty(i.truth) }

// Claims returns the claims that put the two into the event, by id.
func (i *Interaction) Claims(ctx context.Context) ([]*Claim, error) {
	return pick[*Claim](ctx, i.page.claims(), i.claims)
}

// other returns the counterpart of one of the two.
func (t *talk) other(id ID) ID {
	if t.from == id {
		return t.to
	}
	return t.from
}

// InteractionConnection is a page of interactions.
type (
	InteractionConnection = Connection[*Interaction, *InteractionEdge]
	InteractionEdge       = Edge[*Interaction]
)

// A talked is the talks of an event by the rules of a taxonomy.
type talked struct {
	tax  *taxonomy
	list []talk
}

// talks lists the talks of an event, all or only those of one actor. parents has the records of the events that it may be a
// part of. The caller must not change them: of an event that is no part of another, and has few, the record keeps them.
func (t *taxonomy) talks(r *record, parents map[ID]*record, only ID) []talk {
	const few = 8 // facts in roles: they are some 28 talks at most
	if m := r.talked.Load(); m != nil && m.tax == t {
		return m.of(only)
	}
	if len(r.facts) > 2*few || len(r.all(vocab.SemSubEventOf)) > 0 {
		return t.findTalks(r, parents, only)
	}
	m := &talked{t, t.findTalks(r, parents, "")}
	r.talked.Store(m)
	return m.of(only)
}

// of returns the talks of one actor, or all.
func (m *talked) of(only ID) []talk {
	other := func(x talk) bool { return only != "" && x.from != only && x.to != only }
	if !slices.ContainsFunc(m.list, other) {
		return m.list
	}
	return slices.DeleteFunc(slices.Clone(m.list), other)
}

func (t *taxonomy) findTalks(r *record, parents map[ID]*record, only ID) []talk {
	if r.status() != Occurred {
		return nil
	}
	kind := r.kindOf()
	communication := t.isKind(kind, []ID{kindCommunication})
	if !communication && (!t.isKind(kind, []ID{kindStatement}) || t.withinCommunication(r, parents)) {
		return nil
	}
	roles, claims := map[ID][]ID{}, map[ID][]ID{}
	for _, p := range t.parts(r) {
		if t.takesPart[p.role] {
			roles[p.actor] = append(roles[p.actor], p.role)
			claims[p.actor] = append(claims[p.actor], p.claims...)
		}
	}
	is := func(a, role ID) bool {
		return slices.ContainsFunc(roles[a], func(r ID) bool { return t.isRole(r, role) })
	}
	acts := func(a, b ID) bool {
		return is(a, roleInitiator) && is(b, roleRecipient) || is(a, roleVisitor) && is(b, roleHost)
	}
	actors := sortedKeys(roles)
	var out []talk
	for i, a := range actors {
		for _, b := range actors[i+1:] {
			if only != "" && a != only && b != only {
				continue
			}
			ab, ba := acts(a, b), acts(b, a)
			if !communication {
				ab, ba = is(a, roleInitiator) && is(b, roleRecipient), is(b, roleInitiator) && is(a, roleRecipient)
				if !ab && !ba {
					continue
				}
			}
			x := talk{event: r, from: a, to: b, directed: ab != ba}
			if ba && !ab {
				x.from, x.to = b, a
			}
			x.claims = slices.Concat(claims[a], claims[b])
			slices.Sort(x.claims)
			x.claims = slices.Compact(x.claims)
			out = append(out, x)
		}
	}
	return out
}

func sortedKeys(m map[ID][]ID) []ID {
	set := make(map[ID]bool, len(m))
	for id := range m {
		set[id] = true
	}
	return sortedIDs(set)
}

func (t *taxonomy) withinCommunication(r *record, parents map[ID]*record) bool {
	return slices.ContainsFunc(r.ids(vocab.SemSubEventOf), func(id ID) bool {
		p := parents[id]
		return p != nil && t.isKind(p.kindOf(), []ID{kindCommunication})
	})
}

// whichTalks reads the arguments kinds and during of what asks for talks.
func (v *View) whichTalks(ctx context.Context, kinds []ID, within *Window) (*taxonomy, *edtf.Window, error) {
	tax, err := v.taxonomy(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := tax.checkKinds("kinds", kinds); err != nil {
		return nil, nil, err
	}
	window, err := within.parse("during")
	return tax, window, err
}

// talksOf lists the talks in some events, by event and pair; only those of one actor unless it is "". The caller must not change what it points to.
func (v *View) talksOf(ctx context.Context, c *cohort, only ID) ([]*talk, error) {
	tax, err := v.taxonomy(ctx)
	if err != nil {
		return nil, err
	}
	events, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	var parents map[ID]*record // of a nil one nothing is a part
	if slices.ContainsFunc(events, func(r *record) bool { return len(r.all(vocab.SemSubEventOf)) > 0 }) {
		whole, err := c.child(ctx, vocab.SemSubEventOf, func(r *record) []ID { return r.ids(vocab.SemSubEventOf) })
		if err != nil {
			return nil, err
		}
		list, err := whole.load(ctx)
		if err != nil {
			return nil, err
		}
		parents = make(map[ID]*record, len(list))
		for _, r := range list {
			parents[r.id] = r
		}
	}
	out := make([]*talk, 0, len(events))
	for i, r := range events {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if r.typ == TypeEvent {
			list := tax.talks(r, parents, only)
			for j := range list {
				out = append(out, &list[j])
			}
		}
	}
	return out, nil
}

// Interactions returns a page of interactions, newest first unless asked otherwise.
func (v *View) Interactions(ctx context.Context, where *InteractionWhere, orderBy *TimeOrder, p Page) (*InteractionConnection, error) {
	if err := orderBy.byTime(); err != nil {
		return nil, err
	}
	where = where.identified(v.same())
	tax, err := v.taxonomy(ctx)
	if err != nil {
		return nil, err
	}
	s, only := tax.talkStream(where)
	if err := v.ahead(ctx, s, timeDesc(orderBy), p); err != nil {
		return nil, err
	}
	n := 0
	is, err := v.compileInteraction(ctx, tax, where, "where", &n)
	if err != nil {
		return nil, err
	}
	if s.talks, err = v.pairTalks(ctx, s); err != nil {
		return nil, err
	}
	q := listQuery[*InteractionEdge]{name: "interactions", by: timeDesc(orderBy), page: p, subs: 2, streams: []*stream{s}}
	q.truth = func(e *InteractionEdge) edtf.Truth { return e.Node.truth }
	var elsewhere atomic.Bool // whether records were read into another view
	q.expand = func(ctx context.Context, w *View, candidates [][]dated) ([][]placed[*InteractionEdge], error) {
		list := candidates[0]
		if w != v {
			elsewhere.Store(true)
		}
		var events *cohort
		if s.read != nil {
			events = w.cohortRead(s.read)
		} else {
			events = w.eventsAt(list)
		}
		talks, err := w.talksOf(ctx, events, only)
		if err != nil {
			return nil, err
		}
		rows := make([]placed[*InteractionEdge], 0, len(talks))
		made := make([]interactionRow, len(talks)) // one allocation for a page
		for _, at := range list {
			i, _ := slices.BinarySearchFunc(talks, ID(at.Event), func(t *talk, id ID) int { return strings.Compare(string(t.event.id), string(id)) })
			for ; i < len(talks) && talks[i].event.id == ID(at.Event); i++ {
				if t := talks[i]; t.event.stands(vocab.SemHasTimeStamp, at) {
					if truth := is(t); truth != edtf.No {
						row := &made[i] // of each talk once: only one of an event's dates stands
						row.node, row.sub = Interaction{talk: t, truth: truth}, [2]string{string(t.from), string(t.to)}
						row.edge.Node = &row.node
						rows = append(rows, placed[*InteractionEdge]{at, row.sub[:], &row.edge})
					}
				}
			}
		}
		for i := 0; i < len(rows); { // of one event by the two, as they are directed
			j := i
			for j < len(rows) && rows[j].at == rows[i].at {
				j++
			}
			slices.SortFunc(rows[i:j], func(a, b placed[*InteractionEdge]) int { return slices.Compare(a.sub, b.sub) })
			i = j
		}
		return [][]placed[*InteractionEdge]{rows}, nil
	}
	list, err := pages[*Interaction](ctx, v, q, func(e *InteractionEdge, cursor string) { e.Cursor = cursor })
	if err != nil {
		return nil, err
	}
	con := list[0]
	nodes := con.Nodes()
	actors, events := make([]ID, 0, 2*len(nodes)), make([]*record, 0, len(nodes))
	for _, i := range nodes {
		actors = append(actors, i.from, i.to)
		events = append(events, i.event)
	}
	if elsewhere.Load() {
		v.adopt(events)
	}
	page := &interactionPage{actors: v.cohortOf(actors), events: v.cohortRead(events), claims: sync.OnceValue(func() *cohort {
		var claims []ID
		for _, i := range nodes {
			claims = append(claims, i.talk.claims...)
		}
		return v.cohortOf(claims)
	})}
	for _, i := range nodes {
		i.page = page
	}
	return con, nil
}

// An interactionRow is all that a row of a list of interactions is made of.
type interactionRow struct {
	edge InteractionEdge
	node Interaction
	sub  [2]string
}

func (v *View) compileInteraction(ctx context.Context, tax *taxonomy, w *InteractionWhere, path string, count *int) (test[*talk], error) {
	if w == nil {
		return func(*talk) edtf.Truth { return edtf.Yes }, nil
	}
	if err := countWhere(path, count); err != nil {
		return nil, err
	}
	named := make([]ID, 0, 4)
	for _, id := range [4]*ID{w.Actor, w.Counterpart, w.From, w.To} {
		if id != nil {
			named = append(named, *id)
		}
	}
	if len(named) > 1 { // at once; each is looked at below
		if _, err := v.load(ctx, named); err != nil {
			return nil, err
		}
	}
	for _, a := range [4]struct {
		argument string
		id       *ID
	}{{"actor", w.Actor}, {"counterpart", w.Counterpart}, {"from", w.From}, {"to", w.To}} {
		if a.id != nil {
			if _, err := v.require(ctx, path+"."+a.argument, *a.id, actorTypes...); err != nil {
				return nil, err
			}
		}
	}
	if w.Actor != nil && w.Counterpart != nil && *w.Actor == *w.Counterpart {
		return nil, invalid(path+".counterpart", "it is the actor itself; nobody talks to themselves here")
	}
	if err := tax.checkKinds(path+".kinds", w.Kinds); err != nil {
		return nil, err
	}
	window, err := w.During.parse(path + ".during")
	if err != nil {
		return nil, err
	}
	if w.Source != nil {
		if _, err := v.require(ctx, path+".source", *w.Source, TypeSource); err != nil {
			return nil, err
		}
	}
	var want []string
	if w.Text != nil {
		want = words(fold(*w.Text))
	}
	tests := []test[*talk]{func(t *talk) edtf.Truth {
		ok := (w.Actor == nil || t.from == *w.Actor || t.to == *w.Actor) &&
			(w.Counterpart == nil || t.from == *w.Counterpart || t.to == *w.Counterpart) &&
			(w.From == nil || t.directed && t.from == *w.From) &&
			(w.To == nil || t.directed && t.to == *w.To) &&
			tax.isKind(t.event.kindOf(), w.Kinds) &&
			(w.Source == nil || t.restsOn(*w.Source)) &&
			(w.Text == nil || t.event.hasWords(vocab.DctermsDescription, want))
		if !ok {
			return edtf.No
		}
		if v.graph.limits.overlap {
			return edtf.Yes
		}
		return during(window, w.Certainty, t.event.when(vocab.SemHasTimeStamp))
	}}
	sub, err := compileLogic(path, w.And, w.Or, w.Not, func(w *InteractionWhere, path string) (test[*talk], error) {
		return v.compileInteraction(ctx, tax, w, path, count)
	})
	if err != nil {
		return nil, err
	}
	return allOf(append(tests, sub...)), nil
}

// restsOn reports whether one of the claims that put the two into the event rests on a source.
func (t *talk) restsOn(source ID) bool {
	return slices.ContainsFunc(t.event.facts, func(f fact) bool {
		if _, ok := slices.BinarySearch(t.claims, f.label); !ok {
			return false
		}
		return f.claim.restsOn(source)
	})
}
