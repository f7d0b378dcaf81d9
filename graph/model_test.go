package graph_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/edtf"
)

// The naive model: a graph as plain structs, which the properties draw at random, write into a store, and ask with plain loops.
// It shares no code with package graph.
type model struct {
	claims  []*mClaim
	actors  []*mActor
	events  []*mEvent
	tenures []mTenure
}

type mClaim struct {
	id, source, certainty, statement string
	denies                           bool
	recorded                         int // seconds
	attributed                       []string
	about                            map[string]bool // filled as facts are written
}

// An mFact is a value that a claim gives to one of a record's fields.
type mFact struct {
	value string
	claim *mClaim
}

type mActor struct {
	id            string
	names, unitOf []mFact
	alias         string
}

type mEvent struct {
	id                                                          string
	kind, date, status, summary, partOf, causedBy, place, topic []mFact
	parts                                                       []mPart
}

type mPart struct {
	actor, role string
	claim       *mClaim
}

type mTenure struct{ id, person, position string }

// Trees, each node with the one that it narrows.
var (
	mKinds = map[string]string{"kind:communication": "", "kind:statement": "", "kind:action": "", "kind:call": "kind:communication",
		"kind:meeting": "kind:communication", "kind:visit": "kind:communication", "kind:threat": "kind:statement", "kind:demand": "kind:statement",
		"kind:video-call": "kind:call"}
	mRoles = map[string]string{"role:participant": "", "role:subject": "", "role:initiator": "role:participant", "role:recipient": "role:participant",
		"role:host": "role:participant", "role:visitor": "role:participant", "role:mediator": "role:participant", "role:caller": "role:initiator"}
	mPlaces = map[string]string{"place:country": "", "place:city": "place:country", "place:house": "place:city", "place:sea": ""}
	mTopics = map[string]string{"topic:trade": "", "topic:tariffs": "topic:trade", "topic:drugs": ""}
)

// under reports whether a node of a tree is another or narrower.
func under(tree map[string]string, id, of string) bool {
	for ; id != ""; id = tree[id] {
		if id == of {
			return true
		}
	}
	return false
}

func keys(tree map[string]string) []string {
	var list []string
	for k := range tree {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

var mActorIDs = []string{"agency:a", "government:g", "group:officials", "organization:party", "person:ann", "person:ben", "person:cid"}

func drawModel(t *rapid.T) *model {
	m := &model{}
	one := func(list []string, label string) string { return rapid.SampledFrom(list).Draw(t, label) }
	n := rapid.IntRange(1, 5).Draw(t, "claims")
	for i := range n {
		c := &mClaim{id: fmt.Sprintf("claim:%d", i), about: map[string]bool{}}
		c.source = one([]string{"source:a", "source:b", "source:c"}, "source")
		c.certainty = one([]string{"CONFIRMED", "REPORTED", "REPORTED", "INFERRED", "DOUBTED"}, "certainty")
		c.statement = one([]string{"trade talk", "Ann spoke", "tariffs"}, "statement")
		c.denies = rapid.IntRange(0, 5).Draw(t, "denies") == 0
		c.recorded = rapid.IntRange(0, 2).Draw(t, "recorded")
		c.attributed = rapid.SliceOfNDistinct(rapid.SampledFrom(mActorIDs), 0, 2, rapid.ID).Draw(t, "attributed")
		m.claims = append(m.claims, c)
	}
	claim := func() *mClaim { return rapid.SampledFrom(m.claims).Draw(t, "claim") }
	facts := func(id string, min, max int, value func() string) []mFact {
		var list []mFact
		for range rapid.IntRange(min, max).Draw(t, "facts") {
			f := mFact{value(), claim()}
			f.claim.about[id] = true
			if strings.Contains(f.value, ":") && !strings.Contains(f.value, " ") {
				f.claim.about[f.value] = true
			}
			list = append(list, f)
		}
		return list
	}
	for _, id := range mActorIDs {
		a := &mActor{id: id, alias: one([]string{"", "Nan", "The Chief"}, "alias")}
		a.names = facts(id, 1, 2, func() string { return one([]string{"Ann", "Anna Lee", "Ben", "Zoë", "Álvaro"}, "name") })
		a.unitOf = facts(id, 0, 1, func() string { return one([]string{"government:g", "agency:a", "organization:party"}, "unitOf") })
		m.actors = append(m.actors, a)
	}
	count := rapid.IntRange(1, 6).Draw(t, "events")
	for i := range count {
		e := &mEvent{id: fmt.Sprintf("event:%d", i)}
		e.kind = facts(e.id, 1, 2, func() string { return one(keys(mKinds), "kind") })
		e.date = facts(e.id, 0, 2, func() string { return drawDate(t) })
		if rapid.IntRange(0, 3).Draw(t, "status") == 0 {
			e.status = facts(e.id, 1, 2, func() string { return one([]string{"OCCURRED", "PLANNED", "PROPOSED"}, "status") })
		}
		e.summary = facts(e.id, 0, 1, func() string { return one([]string{"A talk on trade", "Tálk", "tariffs again"}, "summary") })
		e.partOf = facts(e.id, 0, 1, func() string { return fmt.Sprintf("event:%d", rapid.IntRange(0, count-1).Draw(t, "partOf")) })
		e.causedBy = facts(e.id, 0, 2, func() string { return fmt.Sprintf("event:%d", rapid.IntRange(0, count-1).Draw(t, "causedBy")) })
		e.place = facts(e.id, 0, 2, func() string { return one(keys(mPlaces), "place") })
		e.topic = facts(e.id, 0, 1, func() string { return one(keys(mTopics), "topic") })
		for range rapid.IntRange(0, 5).Draw(t, "parts") {
			p := mPart{one(mActorIDs, "actor"), one(keys(mRoles), "role"), claim()}
			p.claim.about[e.id], p.claim.about[p.actor] = true, true
			e.parts = append(e.parts, p)
		}
		m.events = append(m.events, e)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "tenures") {
		m.tenures = append(m.tenures, mTenure{fmt.Sprintf("tenure:%d", i), one([]string{"person:ann", "person:ben"}, "person"), one([]string{"position:p", "position:q"}, "position")})
	}
	return m
}

// drawDay draws a day of the first quarter of 2025.
func drawDay(t *rapid.T) string {
	return edtf.Day(20089 + rapid.IntRange(0, 89).Draw(t, "day")).String()
}

// drawSimple draws a date that is one of some days, each of which it can mean.
func drawSimple(t *rapid.T) string {
	a, b := drawDay(t), drawDay(t)
	a, b = min(a, b), max(a, b)
	return rapid.SampledFrom([]string{a, a[:7], "2025", a[:7] + "-XX", "[" + a + ".." + b + "]", a + "~", "2025-21", "2025-33"}).Draw(t, "simple date")
}

func drawDate(t *rapid.T) string {
	a, b := drawDay(t), drawDay(t)
	a, b = min(a, b), max(a, b)
	if rapid.Bool().Draw(t, "simple") {
		return drawSimple(t)
	}
	return rapid.SampledFrom([]string{a + "/" + b, a + "/..", "../" + b, a + "/", "/" + b, "[.." + b + "]", "[" + a + "..]", "{" + a + "," + b + "}",
		a[:7] + "/" + b, "1909-10-16", "200X"}).Draw(t, "date")
}

// view writes the model into a store.
func (m *model) view(t rapid.TB) *graph.View { return m.fixture().view(t) }

func (m *model) fixture() *fixture {
	f := newFixture().say(`
		kind:video-call broader kind:call
		role:caller narrows role:initiator
		source:a title A
		source:b title B
		source:c title C
		position:p name P
		position:q name Q
		place:sea name Sea
		place:house within place:city
		place:city within place:country
		topic:drugs label Drugs
		topic:tariffs broader topic:trade
		position:p postIn government:g
		position:q postIn government:g`)
	for _, c := range m.claims {
		f.say(fmt.Sprintf("%s source %s\n%s certainty %s\n%s recordedAt 2025-01-01T00:00:%02dZ\n%s statement %s", c.id, c.source, c.id, c.certainty, c.id, c.recorded, c.id, c.statement))
		if c.denies {
			f.say(c.id + " stance DENIES")
		}
		for _, a := range c.attributed {
			f.say(c.id + " attributedTo " + a)
		}
	}
	say := func(id, field string, facts []mFact) {
		for _, x := range facts {
			f.say(id + " " + field + " " + x.value + " by " + x.claim.id)
		}
	}
	for _, a := range m.actors {
		say(a.id, "name", a.names)
		say(a.id, "unitOf", a.unitOf)
		if a.alias != "" {
			f.say(a.id + " alias " + a.alias)
		}
	}
	for _, e := range m.events {
		f.said[e.id+" when"] = true // none unless the model has one
		f.mention(e.id)
		say(e.id, "kind", e.kind)
		say(e.id, "when", e.date)
		say(e.id, "status", e.status)
		say(e.id, "summary", e.summary)
		say(e.id, "partOf", e.partOf)
		say(e.id, "causedBy", e.causedBy)
		say(e.id, "place", e.place)
		say(e.id, "topic", e.topic)
		for _, p := range e.parts {
			f.say(e.id + " " + p.role + " " + p.actor + " by " + p.claim.id)
		}
	}
	for _, x := range m.tenures {
		f.say(x.id + " member " + x.person + "\n" + x.id + " position " + x.position)
	}
	return f
}

// preferred returns the value of the fact that wins, "" if none stands: by certainty, then by time recorded, then by the claim's id,
// then by value.
func preferred(facts []mFact) string {
	var best *mFact
	sure := []string{"CONFIRMED", "REPORTED", "INFERRED", "DOUBTED"}
	for i := range facts {
		f := &facts[i]
		if f.claim.denies {
			continue
		}
		if best == nil || cmp.Or(
			cmp.Compare(slices.Index(sure, f.claim.certainty), slices.Index(sure, best.claim.certainty)),
			-cmp.Compare(f.claim.recorded, best.claim.recorded),
			cmp.Compare(f.claim.id, best.claim.id), cmp.Compare(f.value, best.value)) < 0 {
			best = f
		}
	}
	if best == nil {
		return ""
	}
	return best.value
}

// standing returns the values that are not denied by those who give them, sorted, each once.
func standing(facts []mFact) []string {
	var list []string
	for _, f := range facts {
		if !f.claim.denies && !slices.Contains(list, f.value) {
			list = append(list, f.value)
		}
	}
	slices.Sort(list)
	return list
}

func (m *model) event(id string) *mEvent {
	return m.events[slices.IndexFunc(m.events, func(e *mEvent) bool { return e.id == id })]
}
