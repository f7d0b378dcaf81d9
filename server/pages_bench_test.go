package main

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// BenchmarkPages holds the pages of the busiest actor and pair of eleven years of events against the questions that they are: what GET of a
// page takes, and what the GraphQL question takes that the page leads to, in turns, of which no answer is kept. It reports the medians of both
// and of their ratio, and what a page weighs without its pictures.
func BenchmarkPages(b *testing.B) {
	if testing.Short() {
		b.Skip("it imports half a million events first")
	}
	h := Handler(Config{AnswerCache: 1}, graph.New(elevenYears(b), ""), slog.New(slog.DiscardHandler))
	get := func(url string) []byte {
		r := httptest.NewRequestWithContext(b.Context(), "GET", url, nil)
		r.Header.Set("Accept", "*/*")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("%s: status %d: %.200s", url, w.Code, w.Body)
		}
		return w.Body.Bytes()
	}
	answer, svg := regexp.MustCompile(`href="(/graphql\?[^"]+)"`), regexp.MustCompile(`(?s)<svg.*?</svg>`)
	for _, url := range []string{"/actor/government:china", "/pair/government:china/government:japan"} {
		b.Run(url[1:], func(b *testing.B) {
			page := get(url)
			m := answer.FindSubmatch(page)
			if m == nil {
				b.Fatalf("%s leads to no answer", url)
			}
			question := html.UnescapeString(string(m[1]))
			get(question)
			var pages, questions, ratios []float64
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			for b.Loop() {
				begin := time.Now()
				get(question)
				middle := time.Now()
				get(url)
				end := time.Now()
				questions, pages = append(questions, ms(middle.Sub(begin))), append(pages, ms(end.Sub(middle)))
				ratios = append(ratios, pages[len(pages)-1]/questions[len(questions)-1])
			}
			median := func(list []float64) float64 {
				slices.Sort(list)
				return list[len(list)/2]
			}
			b.ReportMetric(median(pages), "ms/page")
			b.ReportMetric(median(questions), "ms/question")
			b.ReportMetric(median(ratios), "ratio")
			b.ReportMetric(float64(len(svg.ReplaceAll(page, nil)))/1024, "KiB/page")
		})
	}
}

// BenchmarkMergedPage asks for the page of the busiest actor of eleven years of events, and again after each of some writes that have nothing to do
// with it: as it is, and after another that it met thousands of times, or one that it never met, was merged into it.
func BenchmarkMergedPage(b *testing.B) {
	if testing.Short() {
		b.Skip("it imports half a million events first")
	}
	st := elevenYears(b)
	write := func(subject, predicate string, object store.Term, label store.Term) (undo func()) {
		q := []store.Quad{{Subject: store.IRI(subject), Predicate: store.IRI(predicate), Object: object, Label: label}}
		if _, err := st.Add(b.Context(), q); err != nil {
			b.Fatal(err)
		}
		return func() {
			if _, err := st.Remove(b.Context(), q); err != nil {
				b.Fatal(err)
			}
		}
	}
	v := st.View()
	labels, err := v.Page(b.Context(), store.Pattern{Subject: store.IRI("government:japan")}, store.Cut{Limit: 1})
	if err != nil || len(labels) == 0 {
		b.Fatalf("a claim to rest on: %v", err)
	}
	ties, err := v.Ties(b.Context(), "government:china", nil, 1<<20)
	if err != nil {
		b.Fatal(err)
	}
	met := map[store.IRI]bool{}
	for _, t := range ties {
		met[t.Other] = true
	}
	governments, err := v.Match(b.Context(), store.Pattern{Predicate: store.IRI(vocab.RdfType), Object: store.IRI(vocab.ClassGovernment)})
	if err != nil {
		b.Fatal(err)
	}
	v.Close()
	stranger := ""
	for _, q := range governments[0] {
		if id := q.Subject.(store.IRI); !met[id] && id != "government:china" && strings.HasPrefix(string(id), "government:") {
			stranger = string(id)
		}
	}
	for _, c := range []struct{ name, merged string }{{"alone", ""}, {"met", "government:japan"}, {"strangers", stranger}} {
		b.Run(c.name, func(b *testing.B) {
			if c.merged != "" {
				defer write(c.merged, vocab.DctermsIsReplacedBy, store.IRI("government:china"), labels[0].Label)()
			}
			h := Handler(Config{AnswerCache: 1}, graph.New(st, ""), slog.New(slog.DiscardHandler))
			var again, written []float64
			ask := func() float64 {
				begin := time.Now()
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), "GET", "/actor/government:china", nil))
				if w.Code != http.StatusOK {
					b.Fatalf("status %d: %.200s", w.Code, w.Body)
				}
				return float64(time.Since(begin).Microseconds()) / 1000
			}
			first := ask()
			for b.Loop() {
				write("place:nowhere", vocab.SchemaName, store.String("Nowhere"), labels[0].Label)()
				written = append(written, ask())
				again = append(again, ask())
			}
			slices.Sort(again)
			slices.Sort(written)
			b.ReportMetric(first, "first-ms")
			b.ReportMetric(again[len(again)/2], "again-ms")
			b.ReportMetric(written[len(written)/2], "written-ms")
		})
	}
}
