package main

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/parleygraph/parley/graph"
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
