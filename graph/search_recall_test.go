package graph_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// icewsNames is the names of all actors of the real events.
func icewsNames(t testing.TB) []string {
	t.Helper()
	f, err := os.Open(icewsFile)
	if err != nil {
		t.Skipf("the real events are not here: %v", err)
	}
	defer f.Close()
	rows, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	lines := bufio.NewScanner(rows)
	for lines.Scan() {
		cut := strings.Split(lines.Text(), "\t")
		names[cut[0]], names[cut[2]] = true, true
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return slices.Sorted(maps.Keys(names))
}

// namesGraph is a graph of persons that have these names, person:0 the first.
func namesGraph(t testing.TB, names []string) *graph.Graph {
	var quads []store.Quad
	for i, name := range names {
		id := store.IRI(fmt.Sprintf("person:%d", i))
		quads = append(quads,
			store.Quad{Subject: id, Predicate: store.IRI(vocab.RdfType), Object: store.IRI(vocab.ClassPerson), Label: store.IRI("claim:names")},
			store.Quad{Subject: id, Predicate: store.IRI(vocab.SchemaName), Object: store.LangString{Value: store.String(name), Lang: "en"}, Label: store.IRI("claim:names")})
	}
	g, _ := open(t, quads)
	return g
}

// mistype puts typos into a text: a letter too much, too few, another one, or two in the wrong order.
func mistype(r *rand.Rand, text string, typos int) string {
	out := []rune(text)
	for range typos {
		i := r.IntN(len(out))
		for !unicode.IsLetter(out[i]) {
			i = r.IntN(len(out))
		}
		letter := rune('a' + r.IntN(26))
		switch what := r.IntN(4); {
		case what == 0:
			out = slices.Insert(out, i, letter)
		case what == 1:
			out = slices.Delete(out, i, i+1)
		case what == 2 && i+1 < len(out) && unicode.IsLetter(out[i+1]):
			out[i], out[i+1] = out[i+1], out[i]
		default:
			out[i] = letter
		}
	}
	return string(out)
}

// trigrams are those that PostgreSQL's pg_trgm makes of a text.
func trigrams(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		padded := []rune("  " + w + " ")
		for i := range len(padded) - 2 {
			set[string(padded[i:i+3])] = true
		}
	}
	return set
}

func similarity(a, b map[string]bool) float64 {
	both := 0
	for x := range a {
		if b[x] {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// Of real names with typos, more are found among the first ten than the similarity of trigrams finds, and nearly all.
func TestSearchRecall(t *testing.T) {
	if testing.Short() {
		t.Skip("it compares hundreds of texts with ten thousand names")
	}
	names := icewsNames(t)
	g := namesGraph(t, names)
	sets := make([]map[string]bool, len(names))
	for i, name := range names {
		sets[i] = trigrams(name)
	}
	r := rand.New(rand.NewPCG(7, 7))
	for typos := range 3 {
		const n = 300
		ours, theirs := 0, 0
		for range n {
			want := r.IntN(len(names))
			text := mistype(r, names[want], typos)
			v := g.View()
			for _, e := range must(v.Search(ctx, text, nil, graph.Page{First: ptr(10)}))(t).Edges {
				if e.Node.ID() == graph.ID(fmt.Sprintf("person:%d", want)) {
					ours++
				}
			}
			v.Close()
			set := trigrams(text)
			type scored struct {
				at    int
				score float64
			}
			var best []scored
			for i := range names {
				if s := similarity(set, sets[i]); s >= 0.3 { // pg_trgm.similarity_threshold
					best = append(best, scored{i, s})
				}
			}
			slices.SortFunc(best, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.at, b.at)) })
			if slices.ContainsFunc(best[:min(10, len(best))], func(s scored) bool { return s.at == want }) {
				theirs++
			}
		}
		t.Logf("%d typos: of %d names, search finds %d among the first ten, trigrams %d", typos, n, ours, theirs)
		if ours < theirs || ours < n*95/100 {
			t.Errorf("of %d names with %d typos %d are found, by trigrams %d", n, typos, ours, theirs)
		}
	}
}

// BenchmarkSearchNames searches ten thousand real names, and shows the names of the first ten that fit.
func BenchmarkSearchNames(b *testing.B) {
	names := icewsNames(b)
	g := namesGraph(b, names)
	for _, way := range []struct {
		name string
		text func(r *rand.Rand, name string) string
	}{
		{"exact", func(_ *rand.Rand, name string) string { return name }},
		{"prefix", func(r *rand.Rand, name string) string {
			return string([]rune(name)[:min(len([]rune(name)), 3+r.IntN(4))])
		}},
		{"letter", func(r *rand.Rand, name string) string { return name[:1] }},
		{"typo", func(r *rand.Rand, name string) string { return mistype(r, name, 1) }},
		{"typos", func(r *rand.Rand, name string) string { return mistype(r, name, 2) }},
	} {
		b.Run(way.name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(8, 8))
			b.ReportAllocs()
			for b.Loop() {
				v := g.View()
				list := must(v.Search(ctx, way.text(r, names[r.IntN(len(names))]), nil, graph.Page{First: ptr(10)}))(b)
				for _, e := range list.Edges {
					if n, ok := e.Node.(graph.Actor); ok {
						n.Name(nil)
					}
				}
				v.Close()
			}
		})
	}
}
