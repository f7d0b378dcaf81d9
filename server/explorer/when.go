package explorer

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/parleygraph/parley/graph"
)

// A when is a date as a page shows it.
type when struct {
	Words            string // in words, as precise as it is and no more
	EDTF             string
	Said             string // the source's own wording, "" if it was not written down
	Machine          string // for <time datetime>; "" if HTML has no such date
	Earliest, Latest string // "" where open or unknown
}

// Uncertain reports whether it may be one of several days.
func (w when) Uncertain() bool { return w.Earliest == "" || w.Earliest != w.Latest }

func (r *request) when(w *graph.When) when {
	if w == nil {
		return when{}
	}
	out := when{EDTF: w.EDTF, Words: dateWords(r.lang, w.EDTF), Said: text(w.Text)}
	if e := w.Earliest(); e != nil {
		out.Earliest = *e
	}
	if l := w.Latest(); l != nil {
		out.Latest = *l
	}
	if plainDate.MatchString(w.EDTF) {
		out.Machine = w.EDTF
	}
	return out
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

var (
	plainDate = regexp.MustCompile(`^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d))?)?$`)
	oneOf     = regexp.MustCompile(`^\[([^,\[\]]*)\.\.([^,\[\]]*)\]$`)
)

// dateWords writes a date in EDTF in words. What it has no words for stays as it is written.
func dateWords(lang, edtf string) string {
	say := func(key string, args ...any) string { return word(lang, key, args...) }
	if edtf == "" || edtf == "XXXX" {
		return say("date unknown")
	}
	if m := oneOf.FindStringSubmatch(edtf); m != nil {
		switch {
		case m[1] == "":
			return say("date or earlier", dateWords(lang, m[2]))
		case m[2] == "":
			return say("date or later", dateWords(lang, m[1]))
		}
		from, to := spanWords(lang, m[1], m[2])
		return say("date some day", from, to)
	}
	if strings.ContainsAny(edtf, "[]{}") {
		return edtf
	}
	if from, to, ok := strings.Cut(edtf, "/"); ok {
		switch {
		case (from == ".." || from == "") && (to == ".." || to == ""):
			return edtf
		case from == ".." || from == "":
			return say("date until", dateWords(lang, to))
		case to == "..":
			return say("date since", dateWords(lang, from))
		case to == "":
			return say("date from", dateWords(lang, from))
		}
		from, to := spanWords(lang, from, to)
		return say("date from to", from, to)
	}
	if bare, ok := strings.CutSuffix(edtf, "~"); ok && plainDate.MatchString(bare) {
		return say("date about", dateWords(lang, bare))
	}
	if bare, ok := strings.CutSuffix(edtf, "?"); ok && plainDate.MatchString(bare) {
		return say("date perhaps", dateWords(lang, bare))
	}
	if bare, ok := strings.CutSuffix(edtf, "-XX"); ok && plainDate.MatchString(bare) {
		return say("date some day in", dateWords(lang, strings.TrimSuffix(bare, "-XX")))
	}
	m := plainDate.FindStringSubmatch(edtf)
	if m == nil {
		return edtf
	}
	year := strings.TrimLeft(m[1], "0")
	if m[2] == "" {
		return m[1]
	}
	month := say("month " + strconv.Itoa(number(m[2])))
	if m[3] == "" {
		return say("date month", month, year)
	}
	return say("date day", strings.TrimLeft(m[3], "0"), month, year)
}

// spanWords writes the ends of a span. Of two days, the first says no more than it must.
func spanWords(lang, from, to string) (first, last string) {
	first, last = dateWords(lang, from), dateWords(lang, to)
	a, b := plainDate.FindStringSubmatch(from), plainDate.FindStringSubmatch(to)
	if a == nil || b == nil || a[3] == "" || b[3] == "" || a[1] != b[1] {
		return first, last
	}
	day := strings.TrimLeft(a[3], "0")
	if a[2] == b[2] {
		return day, last
	}
	return word(lang, "date day of month", day, word(lang, "month "+strconv.Itoa(number(a[2])))), last
}
