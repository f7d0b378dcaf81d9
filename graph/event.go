package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/schema/vocab"
)

// An Event is something that happened, or is to happen. See the SDL.
type Event struct{ node }

// Kind returns what kind of event it is.
func (e *Event) Kind(ctx context.Context) (*EventKind, error) {
	return must1[*EventKind](ctx, &e.node, vocab.SemEventType)
}

// Summary returns what happened, nil if nobody wrote it down.
func (e *Event) Summary(language *string) *string {
	return e.rec.localized(vocab.DctermsDescription, language)
}

// An EventStatus says whether an event took place. See the SDL.
type EventStatus string

// The statuses.
const (
	Occurred EventStatus = "OCCURRED"
	Planned  EventStatus = "PLANNED"
	Proposed EventStatus = "PROPOSED"
)

// Status tells whether the event took place.
func (e *Event) Status() EventStatus { return e.rec.status() }

func (r *record) status() EventStatus {
	if s := r.text(vocab.SchemaEventStatus); s != nil {
		return EventStatus(*s)
	}
	return Occurred
}

// When returns the event's preferred date.
func (e *Event) When() *When { return e.rec.mustWhen(vocab.SemHasTimeStamp) }

// Places returns where it happened, by id.
func (e *Event) Places(ctx context.Context) ([]*Place, error) {
	return follow[*Place](ctx, &e.node, vocab.SemHasPlace)
}

// Topics returns what it was about, by id.
func (e *Event) Topics(ctx context.Context) ([]*Topic, error) {
	return follow[*Topic](ctx, &e.node, vocab.DctermsSubject)
}

// Count returns how many people or things it moved, nil if nobody said.
func (e *Event) Count() (*int, error) {
	s := e.rec.text(vocab.ParleyCount)
	if s == nil {
		return nil, nil
	}
	n, err := strconv.Atoi(*s)
	if err != nil {
		return nil, fmt.Errorf("%s: count: %w", e.rec.id, err)
	}
	return &n, nil
}

// RatePercent returns the rate that it set, nil if it set none.
func (e *Event) RatePercent() (*float64, error) {
	return e.rec.decimal(vocab.ParleyRatePercent)
}

// Duration returns how long it took, in ISO 8601, nil if nobody said.
func (e *Event) Duration() *string { return e.rec.text(vocab.SchemaDuration) }

// PartOf returns the event that this one is a part of, nil if there is none.
func (e *Event) PartOf(ctx context.Context) (*Event, error) {
	return follow1[*Event](ctx, &e.node, vocab.SemSubEventOf)
}

// Parts returns the event's parts, oldest first.
func (e *Event) Parts(ctx context.Context) ([]*Event, error) {
	return oldestFirst(followBack[*Event](ctx, &e.node, vocab.SemSubEventOf))
}

// CausedBy returns what brought it about, oldest first.
func (e *Event) CausedBy(ctx context.Context) ([]*Event, error) {
	return oldestFirst(follow[*Event](ctx, &e.node, vocab.ParleyCausedBy))
}

// Causes returns what it brought about, oldest first.
func (e *Event) Causes(ctx context.Context) ([]*Event, error) {
	return oldestFirst(followBack[*Event](ctx, &e.node, vocab.ParleyCausedBy))
}

func oldestFirst(list []*Event, err error) ([]*Event, error) {
	slices.SortStableFunc(list, func(a, b *Event) int { return compareWhen(a.When(), b.When()) })
	return list, err
}

// Claims returns a page of the claims that say something of the event, by id.
func (e *Event) Claims(ctx context.Context, first *int, after *string, last *int, before *string) (*ClaimConnection, error) {
	return claimsAbout(ctx, &e.node, Page{first, after, last, before})
}

// A Participation is one actor's part in one event. See the SDL.
type Participation struct {
	event *Event
	part
}

// A part is a participation as the event's record has it.
type part struct {
	actor, role ID
	claims      []ID // sorted
}

// Participations returns who was part of the event and how: initiators first, mere subjects last, then by actor and role.
func (e *Event) Participations(ctx context.Context) ([]*Participation, error) {
	tax, err := e.view().taxonomy(ctx)
	if err != nil {
		return nil, err
	}
	list := []*Participation{}
	for _, p := range tax.parts(e.rec) {
		list = append(list, &Participation{e, p})
	}
	slices.SortStableFunc(list, func(a, b *Participation) int {
		if c := tax.rank(a.role) - tax.rank(b.role); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.actor, b.actor), cmp.Compare(a.role, b.role))
	})
	return list, nil
}

// participants is the cohort of all actors of the events that came in with e.
func (e *Event) participants(ctx context.Context) (*cohort, error) {
	tax, err := e.view().taxonomy(ctx)
	if err != nil {
		return nil, err
	}
	return e.cohort.child(ctx, "participants", tax.actors)
}

// Actor returns who it is.
func (p *Participation) Actor(ctx context.Context) (Actor, error) {
	c, err := p.event.participants(ctx)
	if err != nil {
		return nil, err
	}
	return mustPick[Actor](ctx, c, p.part.actor)
}

// mustPick is pick of one that must exist.
func mustPick[T Node](ctx context.Context, c *cohort, id ID) (T, error) {
	t, ok, err := pick1[T](ctx, c, id)
	if err == nil && !ok {
		err = fmt.Errorf("%s: it has no record: the data was not checked", id)
	}
	return t, err
}

// Role returns how the actor was part of the event.
func (p *Participation) Role(ctx context.Context) (*Role, error) {
	c, err := p.event.cohort.child(ctx, "roles", func(r *record) []ID {
		set := map[ID]bool{}
		for _, f := range r.facts {
			if strings.HasPrefix(f.predicate, vocab.IDsRole+":") {
				set[ID(f.predicate)] = true
			}
		}
		return sortedIDs(set)
	})
	if err != nil {
		return nil, err
	}
	return mustPick[*Role](ctx, c, p.part.role)
}

// OnBehalfOf returns for whom the actor took part: what a claim on the participation says beside it; nil if none does.
func (p *Participation) OnBehalfOf(ctx context.Context) (Actor, error) {
	a, err := p.Actor(ctx)
	if err != nil {
		return nil, err
	}
	n := a.base()
	for _, f := range n.rec.all(vocab.ProvActedOnBehalfOf) {
		if slices.Contains(p.part.claims, f.label) {
			c, err := n.cohort.child(ctx, vocab.ProvActedOnBehalfOf, func(r *record) []ID { return r.ids(vocab.ProvActedOnBehalfOf) })
			if err != nil {
				return nil, err
			}
			return mustPick[Actor](ctx, c, f.id())
		}
	}
	return nil, nil
}

// Capacity returns the tenure that covers the event's date: the surest, then the newest; nil if none does.
func (p *Participation) Capacity(ctx context.Context) (*Tenure, error) {
	t, _, err := p.capacity(ctx)
	return t, err
}

// CapacityCertainty tells how surely the capacity covers the event's date, nil without a capacity.
func (p *Participation) CapacityCertainty(ctx context.Context) (*WindowCertainty, error) {
	t, how, err := p.capacity(ctx)
	if t == nil || err != nil {
		return nil, err
	}
	return &how, nil
}

func (p *Participation) capacity(ctx context.Context) (*Tenure, WindowCertainty, error) {
	a, err := p.Actor(ctx)
	if err != nil {
		return nil, "", err
	}
	tenures, err := followBack[*Tenure](ctx, a.base(), vocab.OrgMember) // of any time: the event's date decides, not the view's
	if err != nil {
		return nil, "", err
	}
	sortNewest(tenures)
	t, how := capacity(tenures, p.event.rec.when(vocab.SemHasTimeStamp))
	return t, how, nil
}

// Claims returns the claims that say so, by id.
func (p *Participation) Claims(ctx context.Context) ([]*Claim, error) {
	tax, err := p.event.view().taxonomy(ctx)
	if err != nil {
		return nil, err
	}
	c, err := p.event.cohort.child(ctx, "participation claims", tax.partClaims)
	if err != nil {
		return nil, err
	}
	return pick[*Claim](ctx, c, p.part.claims)
}

// A Place is where things happen. See the SDL.
type Place struct{ named }

// Within returns the place that it lies in, nil if nobody said.
func (p *Place) Within(ctx context.Context) (*Place, error) {
	return follow1[*Place](ctx, &p.node, vocab.SchemaContainedInPlace)
}

// Latitude returns how far north it is, in degrees, nil if nobody said.
func (p *Place) Latitude() (*float64, error) {
	return p.rec.decimal(vocab.SchemaLatitude)
}

// Longitude returns how far east it is, in degrees, nil if nobody said.
func (p *Place) Longitude() (*float64, error) {
	return p.rec.decimal(vocab.SchemaLongitude)
}

// A Topic is what things are about. See the SDL.
type Topic struct{ labelled }

// Broader returns the topic that this one narrows, nil if there is none.
func (t *Topic) Broader(ctx context.Context) (*Topic, error) {
	return follow1[*Topic](ctx, &t.node, vocab.SkosBroader)
}

// A Role is a way to be part of an event. See the SDL.
type Role struct{ node }

// Label returns what the role is called.
func (r *Role) Label(language *string) string {
	if s := r.rec.localized(vocab.RdfsLabel, language); s != nil {
		return *s
	}
	return string(r.rec.id)
}

// Definition returns who has the role, nil if nobody wrote it down.
func (r *Role) Definition(language *string) *string {
	return r.rec.localized(vocab.RdfsComment, language)
}

// Broader returns the role that this one narrows, nil if there is none.
func (r *Role) Broader(ctx context.Context) (*Role, error) {
	return follow1[*Role](ctx, &r.node, vocab.RdfsSubPropertyOf)
}

// TakesPart reports whether who has the role takes part.
func (r *Role) TakesPart(ctx context.Context) (bool, error) {
	tax, err := r.view().taxonomy(ctx)
	if err != nil {
		return false, err
	}
	return tax.takesPart[r.rec.id], nil
}

// EventConnection is a page of events.
type EventConnection = Connection[*Event, *EventEdge]

// An EventEdge is an event in a page, and how surely it lies in the window asked for.
type EventEdge struct {
	Edge[*Event]
	Certainty WindowCertainty
}

// Event returns the event with an id, nil if there is none.
func (v *View) Event(ctx context.Context, id ID) (*Event, error) {
	n, err := v.Node(ctx, id)
	e, _ := n.(*Event)
	return e, err
}

// Events returns a page of events, newest first unless asked otherwise.
func (v *View) Events(ctx context.Context, where *EventWhere, orderBy *TimeOrder, p Page) (*EventConnection, error) {
	where = where.identified(v.same())
	f, err := v.eventFilter(ctx, where, "where")
	if err != nil {
		return nil, err
	}
	if orderBy != nil && *orderBy == Relevance {
		return v.eventsByRelevance(ctx, f, where, p)
	}
	list, err := v.eventPages(ctx, f, []*stream{f.stream(where)}, orderBy, p)
	if err != nil {
		return nil, err
	}
	list[0].count = func(ctx context.Context) (*Range, error) { return v.countEvents(ctx, where) }
	return list[0], nil
}

// eventPages reads pages of events, one for each stream. What they show is one cohort.
func (v *View) eventPages(ctx context.Context, f *eventFilter, streams []*stream, orderBy *TimeOrder, p Page) ([]*EventConnection, error) {
	q := listQuery[*EventEdge]{name: "events", by: timeDesc(orderBy), page: p, streams: streams, expand: f.expand}
	q.truth = func(e *EventEdge) edtf.Truth { return e.Certainty.truth() }
	list, err := pages[*Event](ctx, v, q, func(e *EventEdge, cursor string) { e.Cursor = cursor })
	if err != nil {
		return nil, err
	}
	var shown []*record
	for _, con := range list {
		for _, e := range con.Edges {
			shown = append(shown, e.Node.rec)
		}
	}
	v.adopt(shown)
	ids := make([]ID, len(shown))
	for i, r := range shown {
		ids[i] = r.id
	}
	c := v.cohort(ids)
	for _, con := range list {
		for _, e := range con.Edges {
			e.Node.node.cohort = c
		}
	}
	return list, nil
}

// expand makes rows of those candidates that match.
func (f *eventFilter) expand(ctx context.Context, v *View, candidates [][]dated) ([][]placed[*EventEdge], error) {
	var ids []ID
	for _, list := range candidates {
		for _, at := range list {
			ids = append(ids, ID(at.Event))
		}
	}
	c := v.cohort(ids)
	records, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	truths, err := f.truths(ctx, v, records)
	if err != nil {
		return nil, err
	}
	out := make([][]placed[*EventEdge], len(candidates))
	for i, list := range candidates {
		for _, at := range list {
			j, _ := slices.BinarySearch(c.ids, ID(at.Event))
			if r := records[j]; truths[j] != edtf.No && r.stands(vocab.SemHasTimeStamp, at) {
				e := &EventEdge{Certainty: windowCertainty(truths[j])}
				e.Node = &Event{node{rec: r}}
				out[i] = append(out[i], placed[*EventEdge]{at: at, edge: e})
			}
		}
	}
	return out, nil
}

// Events returns a page of the actor's events, newest first unless asked otherwise. All actors that came in with it are
// answered at once.
func (a *actor) Events(ctx context.Context, where *EventWhere, orderBy *TimeOrder, first *int, after *string, last *int, before *string) (*EventConnection, error) {
	if err := orderBy.byTime(); err != nil {
		return nil, err
	}
	where = where.identified(a.view().same())
	p := Page{first, after, last, before}
	pages, err := remember(a.cohort, fmt.Sprint("events ", describe(where), describe(orderBy), describe(p)), func() (map[ID]*EventConnection, error) {
		f, err := a.view().eventFilter(ctx, where, "where")
		if err != nil {
			return nil, err
		}
		streams := make([]*stream, len(a.cohort.ids))
		for i, id := range a.cohort.ids {
			streams[i] = f.streamOf(id, where)
		}
		list, err := a.view().eventPages(ctx, f, streams, orderBy, p)
		if err != nil {
			return nil, err
		}
		out := map[ID]*EventConnection{}
		for i, id := range a.cohort.ids {
			out[id] = list[i]
			out[id].count = func(ctx context.Context) (*Range, error) { return a.view().countEvents(ctx, where, id) }
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	return pages[a.rec.id], nil
}

// kindOf returns the id of an event's kind.
func (r *record) kindOf() ID {
	if r.typ == TypeEvent {
		return r.kind
	}
	return r.id1(vocab.SemEventType)
}

// actors lists the actors of an event's record, by id.
func (t *taxonomy) actors(r *record) []ID { return r.ids(t.rolePredicates...) }

// partClaims lists the claims of an event's participations, by id.
func (t *taxonomy) partClaims(r *record) []ID {
	set := map[ID]bool{}
	for _, p := range t.rolePredicates {
		for _, f := range r.all(p) {
			set[f.label] = true
		}
	}
	return sortedIDs(set)
}

// parts lists the participations of an event's record, by role and actor.
func (t *taxonomy) parts(r *record) []part {
	var list []part
	for i := 0; i < len(r.facts); {
		role := r.facts[i].predicate
		j := i + 1
		for j < len(r.facts) && r.facts[j].predicate == role {
			j++
		}
		facts := r.facts[i:j]
		i = j
		if _, ok := t.aboveRole[ID(role)]; !ok {
			continue
		}
		from := len(list)
		for _, f := range facts {
			if id := f.id(); id != "" {
				list = append(list, part{id, ID(role), []ID{f.label}})
			}
		}
		slices.SortFunc(list[from:], func(a, b part) int {
			return cmp.Or(cmp.Compare(a.actor, b.actor), cmp.Compare(a.claims[0], b.claims[0]))
		})
		own := list[from:from]
		for _, p := range list[from:] {
			if n := len(own); n == 0 || own[n-1].actor != p.actor {
				own = append(own, p)
			} else if last := &own[n-1].claims; (*last)[len(*last)-1] != p.claims[0] {
				*last = append(*last, p.claims[0])
			}
		}
		list = list[:from+len(own)]
	}
	return list
}
