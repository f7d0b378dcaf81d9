package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// elevenYears imports the ICEWS events of 2005 to 2015 into a store of its own and opens it. It takes some twenty seconds.
func elevenYears(t testing.TB) *store.Store {
	t.Helper()
	file, err := filepath.Abs(filepath.FromSlash("../../shared/data/icews/icews0515.tsv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Skipf("%s is not here: the test needs the real data beside the project", file)
	}
	dir := t.TempDir()
	if out, err := parley(dir, nil, "import", "icews", file).CombinedOutput(); err != nil {
		t.Fatalf("import: %v: %s", err, out)
	}
	st, err := store.Open(context.Background(), filepath.Join(dir, "parley-data"), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// TestRealQuestions asks what analysts ask of half a million events, with what the rows themselves answer.
func TestRealQuestions(t *testing.T) {
	if testing.Short() {
		t.Skip("half a million rows; run without -short")
	}
	st := elevenYears(t)
	server := httptest.NewServer(Handler(Config{}, graph.New(st, ""), slog.New(slog.DiscardHandler)))
	defer server.Close()
	type found struct {
		TotalCount int
		Count      struct{ Min, Max int }
		Nodes      []struct {
			When           struct{ Earliest string }
			Participations []struct{ Actor struct{ Name string } }
		}
	}
	ask := func(t *testing.T, where, orderBy string) found {
		t.Helper()
		body := answerTo(t, server.URL, question{query: fmt.Sprintf(`{ events(where: %s, orderBy: %s, first: 1) {
			totalCount count { min max } nodes { when { earliest } participations { actor { name } } } } }`, where, orderBy)})
		var answer struct {
			Errors json.RawMessage
			Data   struct{ Events found }
		}
		if err := json.Unmarshal(body, &answer); err != nil || answer.Errors != nil {
			t.Fatalf("%v: %s", err, body)
		}
		if c := answer.Data.Events.Count; c.Min != c.Max || c.Max != answer.Data.Events.TotalCount {
			t.Errorf("count %d to %d, total %d: all dates are days", c.Min, c.Max, answer.Data.Events.TotalCount)
		}
		return answer.Data.Events
	}
	with := func(t *testing.T, f found, actor string) string {
		t.Helper()
		if len(f.Nodes) != 1 {
			t.Fatal("no event")
		}
		for _, p := range f.Nodes[0].Participations {
			if p.Actor.Name != actor {
				return p.Actor.Name
			}
		}
		return ""
	}
	beside := func(t *testing.T, f found, days int) string {
		t.Helper()
		day, err := time.Parse(time.DateOnly, f.Nodes[0].When.Earliest)
		if err != nil {
			t.Fatal(err)
		}
		return day.AddDate(0, 0, days).Format(time.DateOnly)
	}
	both := func(a, b, more string) string {
		return fmt.Sprintf(`{and: [{actors: {some: {actor: %q}}}, {actors: {some: {actor: %q}}}] %s}`, a, b, more)
	}

	t.Run("What is between China and Japan, page by page and in one file?", func(t *testing.T) {
		h := server.Config.Handler
		page := getPage(t, h, "/pair/government:china/government:japan")
		if text := textOf(t, page.body); !strings.Contains(text, "7,879 events, 6,686 of them talks") || !strings.Contains(text, "6686 contacts between Government of China and Japan are recorded") || !strings.Contains(text, "Covered by") {
			t.Errorf("the page says\n%s", text)
		}
		checkPage(t, page)
		narrow := getPage(t, h, "/pair/government:china/government:japan?from=2012-09&to=2012-09")
		if got, want := strings.Count(narrow.body, "<li data-from=\"2012-09"), 20; got != want {
			t.Errorf("%d events of a month, want a page of %d", got, want)
		}
		file := getPage(t, h, "/pair/government:china/government:japan?format=html")
		if got := strings.Count(file.body, "<li data-from="); got != 7879 {
			t.Errorf("%d events in the file, want all 7,879", got)
		}
	})
	t.Run("After the Danish Ministry of Defence and Security, who was the first to visit Iraq?", func(t *testing.T) {
		danish := ask(t, `{kinds: ["kind:visit"], and: [{actors: {some: {actor: "government:iraq", role: "role:host"}}},
			{actors: {some: {actor: "agency:defense-security-ministry-denmark", role: "role:visitor"}}}]}`, "TIME_ASC")
		next := ask(t, fmt.Sprintf(`{kinds: ["kind:visit"], actors: {some: {actor: "government:iraq", role: "role:host"}}, during: {from: %q}}`, beside(t, danish, 1)), "TIME_ASC")
		if got := with(t, next, "Iraq"); got != "Jack Straw" {
			t.Errorf("answer %q, want Jack Straw", got)
		}
	})
	t.Run("With whom did Catherine Ashton last wish to meet before Cambodia?", func(t *testing.T) {
		const wish = `kinds: ["kind:express-intent-to-meet-or-negotiate"]`
		cambodia := ask(t, both("person:catherine-ashton", "government:cambodia", wish), "TIME_ASC")
		last := ask(t, fmt.Sprintf(`{%s, actors: {some: {actor: "person:catherine-ashton", role: "role:initiator"}}, during: {to: %q}}`, wish, beside(t, cambodia, -1)), "TIME_DESC")
		if got := with(t, last, "Catherine Ashton"); got != "Wen Jiabao" {
			t.Errorf("answer %q, want Wen Jiabao", got)
		}
	})
	t.Run("In which year did Iraq first negotiate with Gholamali Haddad Adel?", func(t *testing.T) {
		first := ask(t, both("government:iraq", "person:gholamali-haddad-adel", `kinds: ["kind:negotiation"]`), "TIME_ASC")
		if got := with(t, first, "Iraq"); got != "Gholamali Haddad Adel" || !strings.HasPrefix(first.Nodes[0].When.Earliest, "2005-") {
			t.Errorf("answer %q with %q, want 2005", first.Nodes[0].When.Earliest, got)
		}
	})
	t.Run("Barack Obama and Benjamin Netanyahu", func(t *testing.T) {
		const a, b = "person:barack-obama", "person:benjamin-netanyahu"
		if all, calls := ask(t, both(a, b, ""), "TIME_DESC").TotalCount, ask(t, both(a, b, `kinds: ["kind:call"]`), "TIME_DESC").TotalCount; all != 1391 || calls != 66 {
			t.Errorf("%d events and %d calls, want 1,391 and 66", all, calls)
		}
	})
	t.Run("the pairs of states", func(t *testing.T) {
		v := st.View()
		defer v.Close()
		states, err := v.Match(t.Context(), store.Pattern{Predicate: store.IRI(vocab.RdfType), Object: store.IRI(vocab.ClassGovernment)})
		if err != nil {
			t.Fatal(err)
		}
		first, most := "", 0
		for _, q := range states[0] {
			state := store.Text(q.Subject)
			if !strings.HasPrefix(state, "government:") {
				continue
			}
			ties, err := v.Ties(t.Context(), store.IRI(state), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, tie := range ties {
				if other := string(tie.Other); strings.HasPrefix(other, "government:") && state < other && tie.Count > most {
					first, most = state+" "+other, tie.Count
				}
			}
		}
		if first != "government:china government:japan" || most != 7879 {
			t.Errorf("%s lead with %d events, want China and Japan with 7,879", first, most)
		}
		if n := ask(t, both("government:china", "government:japan", ""), "TIME_DESC").TotalCount; n != 7879 {
			t.Errorf("China and Japan have %d events by the list, want 7,879", n)
		}
	})
}

// BenchmarkReal asks the graph, without GraphQL, what front ends ask most: of pairs and actors drawn in proportion to their events. Each
// question has a view of its own.
func BenchmarkReal(b *testing.B) {
	if testing.Short() {
		b.Skip("it imports half a million events first")
	}
	g := graph.New(elevenYears(b), "")
	ctx := context.Background()
	r := rand.New(rand.NewPCG(1, 2))
	day := func(n int) *string {
		s := time.Date(2005, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		return &s
	}
	type pair struct {
		a, b   graph.ID
		during *graph.Window
	}
	var pairs []pair
	hundred := graph.MaxPage
	for v := g.View(); len(pairs) < 300; {
		d := day(r.IntN(4017))
		list, err := v.Events(ctx, &graph.EventWhere{During: &graph.Window{From: d, To: d}}, nil, graph.Page{First: &hundred})
		if err != nil {
			b.Fatal(err)
		}
		e := list.Nodes()[r.IntN(len(list.Edges))]
		parts, err := e.Participations(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if len(parts) != 2 {
			continue
		}
		x, err := parts[0].Actor(ctx)
		if err != nil {
			b.Fatal(err)
		}
		y, err := parts[1].Actor(ctx)
		if err != nil {
			b.Fatal(err)
		}
		days := int(30 * math.Pow(4017.0/30, r.Float64()))
		from := r.IntN(4018 - days)
		pairs = append(pairs, pair{x.ID(), y.ID(), &graph.Window{From: day(from), To: day(from + days - 1)}})
	}
	for _, w := range []struct {
		name string
		ask  func(v *graph.View, p pair) error
	}{
		{"W1", func(v *graph.View, p pair) error {
			list, err := v.Interactions(ctx, &graph.InteractionWhere{Actor: &p.a, Counterpart: &p.b, During: p.during}, nil, graph.Page{})
			if err != nil {
				return err
			}
			for _, i := range list.Nodes() {
				from, err := i.From(ctx)
				if err != nil {
					return err
				}
				to, err := i.To(ctx)
				if err != nil {
					return err
				}
				kind, err := i.Event().Kind(ctx)
				if err != nil {
					return err
				}
				_, _, _, _ = from.Name(nil), to.Name(nil), kind.ID(), i.When().EDTF
			}
			return nil
		}},
		{"W2", func(v *graph.View, p pair) error {
			list, err := v.Contacts(ctx, p.a, nil, p.during, nil, graph.Page{})
			if err != nil {
				return err
			}
			for _, c := range list.Nodes() {
				other, err := c.Actor(ctx)
				if err != nil {
					return err
				}
				_ = other.Name(nil)
				if _, err := c.First(ctx); err != nil {
					return err
				}
				if _, err := c.Last(ctx); err != nil {
					return err
				}
			}
			return nil
		}},
		{"W3", func(v *graph.View, p pair) error {
			_, err := v.Timeline(ctx, []graph.ID{p.a}, &graph.EventWhere{During: &graph.Window{From: day(0), To: day(4016)}}, graph.Month)
			return err
		}},
	} {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				v := g.View()
				if err := w.ask(v, pairs[i%len(pairs)]); err != nil {
					b.Fatal(err)
				}
				if err := v.Close(); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
