package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleygraph/parley/graph"
)

// A connection of any type, as tests of paging need it.
type connection[N any] interface {
	Nodes() []N
}

// forwards reads a whole list by pages of n and writes each node down.
func forwards[C connection[N], N any](t rapid.TB, n int, get func(graph.Page) C, write func(N) string) []string {
	t.Helper()
	var out []string
	for p := (graph.Page{First: &n}); ; {
		c := get(p)
		for _, x := range c.Nodes() {
			out = append(out, write(x))
		}
		info := pageInfo(c)
		if info.HasPreviousPage != (p.After != nil) {
			t.Fatalf("page of %d after %v: hasPreviousPage = %v", n, p.After, info.HasPreviousPage)
		}
		if !info.HasNextPage {
			return out
		}
		if len(c.Nodes()) != n {
			t.Fatalf("page of %d has %d rows and another behind it", n, len(c.Nodes()))
		}
		p.After = info.EndCursor
	}
}

// backwards reads a whole list from its end by pages of n and writes each node down, the first of the list first.
func backwards[C connection[N], N any](t rapid.TB, n int, get func(graph.Page) C, write func(N) string) []string {
	t.Helper()
	var out []string
	for p := (graph.Page{Last: &n}); ; {
		c := get(p)
		var rows []string
		for _, x := range c.Nodes() {
			rows = append(rows, write(x))
		}
		out = append(rows, out...)
		info := pageInfo(c)
		if info.HasNextPage != (p.Before != nil) {
			t.Fatalf("page of %d before %v: hasNextPage = %v", n, p.Before, info.HasNextPage)
		}
		if !info.HasPreviousPage {
			return out
		}
		if len(c.Nodes()) != n {
			t.Fatalf("page of %d has %d rows and another before it", n, len(c.Nodes()))
		}
		p.Before = info.StartCursor
	}
}

func pageInfo(c any) *graph.PageInfo {
	switch c := c.(type) {
	case *graph.EventConnection:
		return c.PageInfo
	case *graph.InteractionConnection:
		return c.PageInfo
	case *graph.ContactConnection:
		return c.PageInfo
	case *graph.ActorConnection:
		return c.PageInfo
	case *graph.ClaimConnection:
		return c.PageInfo
	case *graph.SourceConnection:
		return c.PageInfo
	case *graph.QuadConnection:
		return c.PageInfo
	case *graph.SearchConnection:
		return c.PageInfo
	}
	panic(fmt.Sprintf("no page info of %T", c))
}

// samePages checks that pages of any size, forwards and backwards, make the one list.
func samePages[C connection[N], N any](t rapid.TB, what string, sizes []int, get func(graph.Page) C, write func(N) string) {
	t.Helper()
	whole := forwards(t, graph.MaxPage, get, write)
	for _, n := range sizes {
		if got := forwards(t, n, get, write); !slices.Equal(got, whole) {
			t.Fatalf("%s by %d forwards = %q, want %q", what, n, got, whole)
		}
		if got := backwards(t, n, get, write); !slices.Equal(got, whole) {
			t.Fatalf("%s by %d backwards = %q, want %q", what, n, got, whole)
		}
	}
	if len(whole) == 0 {
		if info := pageInfo(get(all)); info.StartCursor != nil || info.EndCursor != nil {
			t.Fatalf("%s: an empty page has cursors %v", what, info)
		}
	}
}

func TestBetweenCursors(t *testing.T) {
	f := newFixture()
	for i := range 9 {
		f.say(fmt.Sprintf("event:e%d when 2025-01-0%d", i+1, i+1))
	}
	v := f.view(t)
	get := func(p graph.Page) *graph.EventConnection { return must(v.Events(ctx, nil, ptr(graph.TimeAsc), p))(t) }
	cursor := map[int]*string{}
	for i, e := range get(all).Edges {
		cursor[i+1] = &e.Cursor
	}
	for _, c := range []struct {
		first, last, after, before int
		want                       string
	}{
		{after: 3, before: 7, want: "prev 456 next"},
		{first: 2, after: 3, before: 7, want: "prev 45 next"},
		{last: 2, after: 3, before: 7, want: "prev 56 next"},
		{first: 2, before: 3, want: "12 next"},
		{last: 2, after: 7, want: "prev 89"},
		{last: 5, after: 7, want: "prev 89"},
		{after: 9, want: "prev "},
		{before: 1, want: " next"},
		{after: 5, before: 5, want: "prev  next"},
		{after: 7, before: 3, want: "prev  next"},
		{first: 3, after: 3, before: 4, want: "prev  next"},
	} {
		p := graph.Page{After: cursor[c.after], Before: cursor[c.before]}
		if c.first > 0 {
			p.First = &c.first
		}
		if c.last > 0 {
			p.Last = &c.last
		}
		con, got := get(p), ""
		if con.PageInfo.HasPreviousPage {
			got = "prev "
		}
		for _, e := range con.Nodes() {
			got += string(e.ID()[len("event:e"):])
		}
		if con.PageInfo.HasNextPage {
			got += " next"
		}
		if got != c.want {
			t.Errorf("first %d last %d after %d before %d = %q, want %q", c.first, c.last, c.after, c.before, got, c.want)
		}
		if n := must(con.TotalCount(ctx))(t); n != 9 {
			t.Errorf("TotalCount() = %d, want 9", n)
		}
	}
}

func TestDefaultPage(t *testing.T) {
	f := newFixture()
	for i := range 30 {
		f.say(fmt.Sprintf("event:e%02d role:initiator person:ann", i))
	}
	c := must(f.view(t).Events(ctx, nil, nil, graph.Page{}))(t)
	if n := len(c.Nodes()); n != graph.DefaultPage {
		t.Errorf("a page without first and last has %d rows, want %d", n, graph.DefaultPage)
	}
}

// Cursors go on where they were, whatever has been added since.
func TestCursorsOutliveWrites(t *testing.T) {
	g, s := open(t, slices.Concat(newFixture().say("event:a when 2025-01-01\n event:c when 2025-01-03").complete(), vocabulary()))
	first := must(g.View().Events(ctx, nil, ptr(graph.TimeAsc), graph.Page{First: ptr(1)}))(t)
	if _, err := s.Add(ctx, newFixture().say("event:b when 2025-01-02\n event:0 when 2024-12-31").complete()); err != nil {
		t.Fatal(err)
	}
	rest := must(g.View().Events(ctx, nil, ptr(graph.TimeAsc), graph.Page{After: first.PageInfo.EndCursor}))(t)
	diff(t, "what is behind event:a", ids(rest.Nodes()), []graph.ID{"event:b", "event:c"})
}
