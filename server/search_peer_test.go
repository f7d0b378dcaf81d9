package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
)

// BenchmarkSearchBesideTrigrams is W6: it looks for the names of icews0515 by search over GraphQL and HTTP, no answer of which is kept, and in
// PostgreSQL by pg_trgm, with a GIN index and prepared statements, as psql times them, in turns, one question at a time: names as they are,
// beginnings of surnames, names with one typo and with two, and names in Cyrillic letters. PostgreSQL is asked twice: by the statement that is best for each of these,
// and by one for all, since who searches does not say what they typed. Names are drawn in proportion to their events. It logs the least, the median and the
// greatest of the medians of the turns, and how many of the names meant are among the first ten.
//
//	go test ./server -run xxx -bench SearchBesideTrigrams -benchtime 1x
func BenchmarkSearchBesideTrigrams(b *testing.B) {
	if testing.Short() {
		b.Skip("it loads half a million events")
	}
	dir := b.TempDir()
	pg := startPostgres(b, dir)
	tsv, nq := icewsFiles(b, dir)
	names := namesOf(b, tsv)
	pg.loadNames(b, dir, names)
	server := searchServer(b, dir, nq)
	questions := searchQuestions(names, 200)
	for b.Loop() {
		for _, of := range questions {
			var ours, best, one []float64
			var found, foundBest, foundOne int
			for turn := range *peerTurns + 1 {
				var a, t, u []float64
				a, found = askSearch(b, server, of)
				t, foundBest = pg.askTrigrams(b, dir, of, trigramsOf(of.name))
				u, foundOne = pg.askTrigrams(b, dir, of, trigramsForAll)
				if turn > 0 { // the first reads all into memory
					ours, best, one = append(ours, median(a)), append(best, median(t)), append(one, median(u))
				}
			}
			b.Logf("%-12s search %s ms; pg_trgm %s ms, %.1f times that; by one statement for all %s ms, %.1f times; of %d names %d, %d and %d are found", of.name,
				spread(ours), spread(best), median(best)/median(ours), spread(one), median(one)/median(ours), len(of.list), found, foundBest, foundOne)
			b.ReportMetric(median(best)/median(ours), of.name+"-theirs/ours")
		}
	}
}

// namesOf counts how many rows each actor is in.
func namesOf(b *testing.B, tsv string) (list []namedActor) {
	b.Helper()
	rows, err := os.ReadFile(tsv)
	if err != nil {
		b.Fatal(err)
	}
	events := map[string]int{}
	for line := range strings.Lines(string(rows)) {
		cut := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		events[cut[0]]++
		if cut[2] != cut[0] {
			events[cut[2]]++
		}
	}
	for name, n := range events {
		list = append(list, namedActor{name, n})
	}
	slices.SortFunc(list, func(a, b namedActor) int { return strings.Compare(a.name, b.name) })
	return list
}

type namedActor struct {
	name   string
	events int
}

// searchQuestion is a way to look for names.
type searchQuestion struct {
	name string
	list []soughtName
}

type soughtName struct{ text, want string }

func searchQuestions(names []namedActor, n int) []searchQuestion {
	r := rand.New(rand.NewPCG(6, 6))
	var all []string
	for _, a := range names {
		for range a.events {
			all = append(all, a.name)
		}
	}
	var drawn []string
	for seen := map[string]bool{}; len(drawn) < n; {
		if name := all[r.IntN(len(all))]; !seen[name] {
			seen[name] = true
			drawn = append(drawn, name)
		}
	}
	questions := []searchQuestion{{name: "exact"}, {name: "prefix"}, {name: "one-typo"}, {name: "two-typos"}, {name: "other-script"}}
	for _, name := range drawn {
		words := strings.Fields(name)
		last := []rune(words[len(words)-1])
		for i, text := range []string{name, string(last[:min(len(last), 3+r.IntN(4))]), mistype(r, name, 1), mistype(r, name, 2), cyrillic(name)} {
			questions[i].list = append(questions[i].list, soughtName{text, name})
		}
	}
	return questions
}

// mistype puts typos into a text: a letter too much, too few, another one, or two in the wrong order.
func mistype(r *rand.Rand, text string, typos int) string {
	out := []rune(text)
	for range typos {
		for {
			i := r.IntN(len(out))
			if !unicode.IsLetter(out[i]) {
				continue
			}
			letter := rune('a' + r.IntN(26))
			switch r.IntN(4) {
			case 0:
				out = slices.Insert(out, i, letter)
			case 1:
				out = slices.Delete(out, i, i+1)
			case 2:
				if unicode.ToLower(out[i]) == letter {
					continue
				}
				out[i] = letter
			case 3:
				if i+1 == len(out) || !unicode.IsLetter(out[i+1]) || out[i] == out[i+1] {
					continue
				}
				out[i], out[i+1] = out[i+1], out[i]
			}
			break
		}
	}
	return string(out)
}

var cyrillicLetters = strings.NewReplacer("shch", "щ", "sh", "ш", "ch", "ч", "zh", "ж", "kh", "х", "ts", "ц", "ya", "я", "yu", "ю", "a", "а", "b", "б", "c", "к", "d", "д",
	"e", "е", "f", "ф", "g", "г", "h", "х", "i", "и", "j", "дж", "k", "к", "l", "л", "m", "м", "n", "н", "o", "о", "p", "п", "q", "к", "r", "р", "s", "с", "t", "т", "u", "у", "v", "в",
	"w", "в", "x", "кс", "y", "й", "z", "з")

// cyrillic writes a name in Cyrillic letters, as a newspaper might.
func cyrillic(name string) string { return cyrillicLetters.Replace(strings.ToLower(name)) }

// loadNames loads the names into a table as pg_trgm wants it.
func (p *postgres) loadNames(b *testing.B, dir string, names []namedActor) {
	b.Helper()
	var text bytes.Buffer
	for i, a := range names {
		fmt.Fprintf(&text, "%d\t%s\t%d\n", i, strings.ReplaceAll(a.name, `\`, `\\`), a.events)
	}
	file := filepath.Join(dir, "names.tsv")
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		b.Fatal(err)
	}
	p.sql(b, "postgres", "-c", "create database names")
	p.sql(b, "names", "-c", "create extension pg_trgm", "-c", "create table names (id int primary key, name text not null, events int not null)",
		"-c", `\copy names from '`+file+`'`, "-c", "create index on names using gin (name gin_trgm_ops)", "-c", "vacuum analyze names")
}

// trigramsOf is the statement that is best for a kind of questions.
func trigramsOf(kind string) string {
	if kind == "prefix" {
		return "select name from names where name ilike $1 || '%' or name ilike '% ' || $1 || '%' order by events desc limit 10"
	}
	return "select name from names where name % $1 order by similarity(name, $1) desc, events desc limit 10"
}

const trigramsForAll = `select name from names where name ilike $1 || '%' or name ilike '% ' || $1 || '%' or name % $1
	order by lower(name) = lower($1) desc, (name ilike $1 || '%' or name ilike '% ' || $1 || '%') desc, similarity(name, $1) desc, events desc limit 10`

// askTrigrams asks PostgreSQL, and returns how many milliseconds each question took as psql has it, and how many names are among the first ten.
func (p *postgres) askTrigrams(b *testing.B, dir string, of searchQuestion, query string) (took []float64, found int) {
	b.Helper()
	var text bytes.Buffer
	fmt.Fprintf(&text, "prepare ask(text) as %s;\n\\timing on\n", strings.Join(strings.Fields(query), " "))
	for i, s := range of.list {
		fmt.Fprintf(&text, "\\echo :: %d\nexecute ask('%s');\n", i, strings.ReplaceAll(s.text, "'", "''"))
	}
	file := filepath.Join(dir, "ask.sql")
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		b.Fatal(err)
	}
	at := 0
	for line := range strings.Lines(p.sql(b, "names", "-f", file)) {
		line = strings.TrimSpace(line)
		if n, ok := strings.CutPrefix(line, ":: "); ok {
			at, _ = strconv.Atoi(n)
		} else if ms, ok := strings.CutPrefix(line, "Time: "); ok {
			x, err := strconv.ParseFloat(strings.Fields(ms)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, x)
		} else if line == of.list[at].want {
			found++
		}
	}
	if len(took) != len(of.list) {
		b.Fatalf("PostgreSQL answered %d of %d questions", len(took), len(of.list))
	}
	return took, found
}

// searchServer serves the events; it keeps no answers.
func searchServer(b *testing.B, dir, nq string) *httptest.Server {
	b.Helper()
	s, err := store.Open(b.Context(), filepath.Join(dir, "store"), store.Options{Model: graph.StoreModel()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	file, err := store.QuadFile(nq)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.Load(b.Context(), store.QuadSource{file}, store.LoadOptions{}); err != nil {
		b.Fatal(err)
	}
	var c Config
	c.AnswerCache = -1
	h := Handler(c, graph.New(s, ""), slog.New(slog.DiscardHandler))
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	return server
}

// askSearch asks us, and returns the same as askTrigrams.
func askSearch(b *testing.B, server *httptest.Server, of searchQuestion) (took []float64, found int) {
	b.Helper()
	for _, s := range of.list {
		body, err := json.Marshal(map[string]any{
			"query":     "query($text: String!) { search(text: $text, first: 10) { edges { score reason node { id ... on Actor { name } } } } }",
			"variables": map[string]any{"text": s.text},
		})
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		r, err := http.Post(server.URL+"/graphql", "application/json", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		text, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, float64(time.Since(start).Microseconds())/1000)
		var answer struct {
			Data struct {
				Search struct {
					Edges []struct{ Node struct{ Name string } }
				}
			}
			Errors []json.RawMessage
		}
		if err := json.Unmarshal(text, &answer); err != nil || len(answer.Errors) > 0 {
			b.Fatalf("search of %q: %v %s", s.text, err, answer.Errors)
		}
		for _, e := range answer.Data.Search.Edges {
			if e.Node.Name == s.want {
				found++
				break
			}
		}
	}
	return took, found
}
