package graph_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/parleygraph/parley/graph"
)

// each asks all nodes of a level for a field, each in a goroutine of its own as gqlgen does, and returns the next level.
func each[N, M any](t testing.TB, nodes []N, field func(N) ([]M, error)) []M {
	t.Helper()
	lists, errs := make([][]M, len(nodes)), make([]error, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() { lists[i], errs[i] = field(n) })
	}
	wg.Wait()
	var out []M
	for i := range nodes {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		out = append(out, lists[i]...)
	}
	return out
}

// one makes a field of one node out of a method; nil gives none.
func one[N, M any](method func(N) (M, error), isNil func(M) bool) func(N) ([]M, error) {
	return func(n N) ([]M, error) {
		m, err := method(n)
		if err != nil || isNil(m) {
			return nil, err
		}
		return []M{m}, nil
	}
}

func noActor(a graph.Actor) bool { return a == nil }

func isNil[T any](p *T) bool { return p == nil }

// walkClaims asks claims for all that leads elsewhere.
func walkClaims(t testing.TB, claims []*graph.Claim) {
	sources := each(t, claims, one(func(c *graph.Claim) (*graph.Source, error) { return c.Source(ctx) }, isNil))
	each(t, sources, one(func(s *graph.Source) (*graph.Source, error) { return s.Root(ctx) }, isNil))
	each(t, sources, one(func(s *graph.Source) (*graph.Organization, error) { return s.Publisher(ctx) }, isNil))
	each(t, claims, func(c *graph.Claim) ([]graph.Actor, error) { return c.AttributedTo(ctx) })
}

// walkEvents asks events for every field, and what they lead to for theirs.
func walkEvents(t testing.TB, events []*graph.Event) {
	kinds := each(t, events, one(func(e *graph.Event) (*graph.EventKind, error) { return e.Kind(ctx) }, isNil))
	each(t, kinds, one(func(k *graph.EventKind) (*graph.EventKind, error) { return k.Broader(ctx) }, isNil))
	places := each(t, events, func(e *graph.Event) ([]*graph.Place, error) { return e.Places(ctx) })
	each(t, places, one(func(p *graph.Place) (*graph.Place, error) { return p.Within(ctx) }, isNil))
	each(t, events, func(e *graph.Event) ([]*graph.Topic, error) { return e.Topics(ctx) })
	each(t, events, one(func(e *graph.Event) (*graph.Event, error) { return e.PartOf(ctx) }, isNil))
	each(t, events, func(e *graph.Event) ([]*graph.Event, error) { return e.Parts(ctx) })
	each(t, events, func(e *graph.Event) ([]*graph.Event, error) { return e.CausedBy(ctx) })
	each(t, events, func(e *graph.Event) ([]*graph.Event, error) { return e.Causes(ctx) })
	parts := each(t, events, func(e *graph.Event) ([]*graph.Participation, error) { return e.Participations(ctx) })
	each(t, parts, one(func(p *graph.Participation) (graph.Actor, error) { return p.Actor(ctx) }, noActor))
	each(t, parts, one(func(p *graph.Participation) (*graph.Role, error) { return p.Role(ctx) }, isNil))
	each(t, parts, one(func(p *graph.Participation) (graph.Actor, error) { return p.OnBehalfOf(ctx) }, noActor))
	tenures := each(t, parts, one(func(p *graph.Participation) (*graph.Tenure, error) { return p.Capacity(ctx) }, isNil))
	each(t, parts, one(func(p *graph.Participation) (*graph.WindowCertainty, error) { return p.CapacityCertainty(ctx) }, isNil))
	posts := each(t, tenures, one(func(x *graph.Tenure) (*graph.Position, error) { return x.Position(ctx) }, isNil))
	each(t, posts, one(func(p *graph.Position) (graph.Actor, error) { return p.PostIn(ctx) }, noActor))
	walkClaims(t, each(t, parts, func(p *graph.Participation) ([]*graph.Claim, error) { return p.Claims(ctx) }))
	walkClaims(t, each(t, events, func(e *graph.Event) ([]*graph.Claim, error) {
		c, err := e.Claims(ctx, nil, nil, nil, nil)
		if err != nil {
			return nil, err
		}
		return c.Nodes(), nil
	}))
}

func walkActors(t testing.TB, actors []graph.Actor) {
	each(t, actors, func(a graph.Actor) ([]*graph.Tenure, error) { return a.Tenures(ctx, nil) })
	each(t, actors, func(a graph.Actor) ([]graph.Actor, error) { return a.UnitOf(ctx) })
	each(t, actors, func(a graph.Actor) ([]graph.Actor, error) { return a.ActedOnBehalfOf(ctx) })
	each(t, actors, one(func(a graph.Actor) (*graph.When, error) { return a.FirstSeen(ctx) }, isNil))
	units := each(t, actors, func(a graph.Actor) ([]graph.Actor, error) {
		return nodesOf[graph.Actor](a.Units(ctx, nil, nil, nil, nil))
	})
	each(t, units, one(func(a graph.Actor) (*graph.When, error) { return a.LastSeen(ctx) }, isNil))
	walkClaims(t, each(t, actors, func(a graph.Actor) ([]*graph.Claim, error) {
		return nodesOf[*graph.Claim](a.Claims(ctx, nil, nil, nil, nil))
	}))
}

// nodesOf returns the nodes of a page.
func nodesOf[N any, C connection[N]](c C, err error) ([]N, error) {
	if err != nil {
		return nil, err
	}
	return c.Nodes(), nil
}

// crowd is a graph of n events, each with people, places, claims and all else of its own.
func crowd(n int) *fixture {
	f := newFixture()
	for i := range n {
		f.say(fmt.Sprintf(`
			claim:%[1]d source source:%[1]d
			claim:%[1]d attributedTo group:officials-%[1]d
			source:%[1]d derivedFrom source:wire-%[1]d
			source:%[1]d publisher organization:press-%[1]d
			event:%[1]d when 2025-01-01 by claim:%[1]d
			event:%[1]d summary Event %[1]d
			event:%[1]d place place:%[1]d
			event:%[1]d topic topic:%[1]d
			event:%[1]d causedBy event:cause-%[1]d
			event:cause-%[1]d when 2024
			event:cause-%[1]d kind kind:tariff
			event:%[1]d partOf event:whole-%[1]d
			event:whole-%[1]d when 2024
			place:%[1]d within place:country-%[1]d
			event:%[1]d role:initiator person:%[1]d by claim:%[1]d
			event:%[1]d role:recipient person:hub by claim:more-%[1]d
			event:%[1]d role:subject government:%[1]d
			person:%[1]d onBehalfOf government:%[1]d by claim:%[1]d
			agency:%[1]d unitOf government:%[1]d
			tenure:%[1]d member person:%[1]d
			tenure:%[1]d position position:%[1]d
			position:%[1]d postIn agency:%[1]d`, i))
	}
	return f
}

// What a question costs in calls to the store does not depend on how long its answer is. The numbers are those of this version: one
// more for a longer question is fine, a number that grows with the answer is not.
func TestStoreCalls(t *testing.T) {
	questions := []struct {
		name string
		most int
		ask  func(t testing.TB, v *graph.View, n int)
	}{
		{"events, all fields", 40, func(t testing.TB, v *graph.View, n int) {
			page := must(v.Events(ctx, &graph.EventWhere{Actors: some("person:hub")}, nil, graph.Page{First: &n}))(t)
			if len(page.Nodes()) != n {
				t.Fatalf("%d events, want %d", len(page.Nodes()), n)
			}
			walkEvents(t, page.Nodes())
		}},
		{"events by the type of their actors", 12, func(t testing.TB, v *graph.View, n int) {
			where := &graph.EventWhere{Actors: &graph.ParticipationsWhere{Some: &graph.ParticipationWhere{Type: ptr(graph.TypeGovernment)}}}
			must(v.Events(ctx, where, nil, graph.Page{First: &n}))(t)
		}},
		{"interactions", 40, func(t testing.TB, v *graph.View, n int) {
			list := must(v.Interactions(ctx, &graph.InteractionWhere{Actor: ptr(graph.ID("person:hub"))}, nil, graph.Page{First: &n}))(t).Nodes()
			if len(list) != n {
				t.Fatalf("%d interactions, want %d", len(list), n)
			}
			each(t, list, one(func(i *graph.Interaction) (graph.Actor, error) { return i.From(ctx) }, noActor))
			each(t, list, one(func(i *graph.Interaction) (graph.Actor, error) { return i.To(ctx) }, noActor))
			walkClaims(t, each(t, list, func(i *graph.Interaction) ([]*graph.Claim, error) { return i.Claims(ctx) }))
			walkEvents(t, each(t, list, func(i *graph.Interaction) ([]*graph.Event, error) { return []*graph.Event{i.Event()}, nil }))
		}},
		{"contacts", 25, func(t testing.TB, v *graph.View, n int) {
			list := must(v.Contacts(ctx, "person:hub", nil, nil, nil, graph.Page{First: &n}))(t).Nodes()
			if len(list) != n {
				t.Fatalf("%d contacts, want %d", len(list), n)
			}
			walkActors(t, each(t, list, one(func(c *graph.Contact) (graph.Actor, error) { return c.Actor(ctx) }, noActor)))
			kinds := each(t, list, func(c *graph.Contact) ([]*graph.KindCount, error) { return c.Kinds(), nil })
			each(t, kinds, one(func(k *graph.KindCount) (*graph.EventKind, error) { return k.Kind(ctx) }, isNil))
		}},
		{"actors, their events, those who were part of them", 30, func(t testing.TB, v *graph.View, n int) {
			where := &graph.EventWhere{Actors: &graph.ParticipationsWhere{Some: &graph.ParticipationWhere{Type: ptr(graph.TypeGovernment)}}}
			actors := must(v.Actors(ctx, nil, nil, graph.Page{First: &n}))(t).Nodes()
			walkActors(t, actors)
			events := each(t, actors, func(a graph.Actor) ([]*graph.Event, error) {
				return nodesOf[*graph.Event](a.Events(ctx, where, nil, nil, nil, nil, nil))
			})
			parts := each(t, events, func(e *graph.Event) ([]*graph.Participation, error) { return e.Participations(ctx) })
			each(t, parts, one(func(p *graph.Participation) (graph.Actor, error) { return p.Actor(ctx) }, noActor))
			contacts := each(t, actors, func(a graph.Actor) ([]*graph.Contact, error) {
				return nodesOf[*graph.Contact](a.Contacts(ctx, nil, nil, nil, nil, nil, nil, nil))
			})
			each(t, contacts, one(func(c *graph.Contact) (graph.Actor, error) { return c.Actor(ctx) }, noActor))
		}},
		{"claims, what they are about, their quads", 20, func(t testing.TB, v *graph.View, n int) {
			claims := must(v.Claims(ctx, nil, graph.Page{First: &n}))(t).Nodes()
			walkClaims(t, claims)
			each(t, claims, func(c *graph.Claim) ([]graph.Node, error) { return c.About(ctx) })
			quads := each(t, claims, func(c *graph.Claim) ([]*graph.Quad, error) {
				return nodesOf[*graph.Quad](c.Quads(ctx, nil, nil, nil, nil))
			})
			each(t, quads, one(func(q *graph.Quad) (graph.Node, error) { return q.Subject().Node(ctx) }, func(n graph.Node) bool { return n == nil }))
		}},
		{"sources and their claims", 20, func(t testing.TB, v *graph.View, n int) {
			sources := must(v.Sources(ctx, nil, graph.Page{First: &n}))(t).Nodes()
			claims := each(t, sources, func(s *graph.Source) ([]*graph.Claim, error) {
				return nodesOf[*graph.Claim](s.Claims(ctx, nil, nil, nil, nil))
			})
			walkClaims(t, claims)
			each(t, claims, func(c *graph.Claim) ([]graph.Node, error) { return c.About(ctx) })
		}},
		{"search, and the events of the hits", 20, func(t testing.TB, v *graph.View, n int) {
			hits := must(v.Search(ctx, "event", []graph.NodeType{graph.TypeEvent}, graph.Page{First: &n}))(t).Nodes()
			events := each(t, hits, func(h graph.Node) ([]*graph.Event, error) { return []*graph.Event{h.(*graph.Event)}, nil })
			each(t, events, one(func(e *graph.Event) (*graph.EventKind, error) { return e.Kind(ctx) }, isNil))
		}},
		{"coverage", 12, func(t testing.TB, v *graph.View, n int) {
			c := must(v.Coverage(ctx, []graph.ID{"person:hub", "person:1", "person:2"}, nil))(t)
			walkSources := must(c.CoveredBy(ctx))(t)
			each(t, walkSources, one(func(s *graph.Source) (*graph.Source, error) { return s.Root(ctx) }, isNil))
		}},
	}
	g := crowd(100).graph(t)
	must(g.View().Events(ctx, nil, nil, all))(t) // reads the kinds and roles, once for all views
	must(g.View().Search(ctx, "x", nil, all))(t) // and the names
	for _, q := range questions {
		t.Run(q.name, func(t *testing.T) {
			calls := map[int]int{}
			for _, n := range []int{5, 20, 100} {
				g.Forget()
				v := g.View()
				q.ask(t, v, n)
				calls[n] = v.Calls()
			}
			t.Logf("store calls by rows: %v", calls)
			if calls[100] > q.most {
				t.Errorf("store calls for 100 rows = %d, want at most %d", calls[100], q.most)
			}
			if calls[5] != calls[20] || calls[20] != calls[100] {
				t.Errorf("store calls by rows = %v, want one number", calls)
			}
		})
	}
}

func some(actor graph.ID) *graph.ParticipationsWhere {
	return &graph.ParticipationsWhere{Some: &graph.ParticipationWhere{Actor: &actor}}
}

// A write while a question is being answered costs it nothing: views of two revisions do not take the trees of kinds and roles from each
// other.
func TestStoreCallsBesideWrites(t *testing.T) {
	g, s := open(t, append(crowd(20).complete(), vocabulary()...))
	ask := func(v *graph.View) []*graph.Event {
		return must(v.Events(ctx, &graph.EventWhere{Actors: some("person:hub")}, nil, all))(t).Nodes()
	}
	ask(g.View()) // reads the kinds and roles
	g.Forget()
	alone := g.View()
	walkEvents(t, ask(alone))
	if _, err := s.Add(ctx, newFixture().say("event:new role:initiator person:new").complete()); err != nil {
		t.Fatal(err)
	}
	ask(g.View())
	v := g.View()
	events := ask(v)
	if _, err := s.Add(ctx, newFixture().say("event:newer role:initiator person:newer").complete()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, e := range events {
			must(e.Participations(ctx))(t)
			ask(g.View()) // of the newer revision
		}
	}
	walkEvents(t, events)
	if v.Calls() > alone.Calls() {
		t.Errorf("store calls beside writes = %d, want no more than the %d without", v.Calls(), alone.Calls())
	}
}
