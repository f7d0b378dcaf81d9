package edtf

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// plainDate draws a date that may be an item of a set: often impossible.
func plainDate(t *rapid.T) string {
	of := func(words ...string) string { return rapid.SampledFrom(words).Draw(t, "word") }
	q := func() string { return of("", "", "", "", "?", "~", "%") }
	digits := func(from ...string) string {
		var b strings.Builder
		for _, chars := range from {
			b.WriteByte(rapid.SampledFrom([]byte(chars)).Draw(t, "digit"))
		}
		return b.String()
	}
	s := q() + of("", "", "-") + digits("0129X", "019X", "0245X", "012345X") + q()
	for _, part := range [][]string{{"01X", "0123459X"}, {"0123X", "01289X"}} {
		if rapid.Bool().Draw(t, "stop") {
			return s
		}
		s += "-" + q() + digits(part...) + q()
	}
	return s
}

func edtfText(t *rapid.T) string {
	item := func(t *rapid.T) string {
		s := plainDate(t)
		if rapid.Bool().Draw(t, "range") {
			s += ".." + plainDate(t)
		}
		return s
	}
	season := func(t *rapid.T) string {
		return fmt.Sprintf("%04d-%d", rapid.IntRange(0, 9999).Draw(t, "year"), rapid.IntRange(21, 41).Draw(t, "season"))
	}
	end := rapid.OneOf(rapid.Custom(plainDate), rapid.Custom(season), rapid.Just(".."), rapid.Just(""))
	switch rapid.IntRange(0, 6).Draw(t, "form") {
	case 0, 1:
		return plainDate(t)
	case 2:
		return end.Draw(t, "start") + "/" + end.Draw(t, "end")
	case 3, 4:
		items := strings.Join(rapid.SliceOfN(rapid.Custom(item), 1, 3).Draw(t, "items"), ",")
		items = rapid.SampledFrom([]string{"", ".."}).Draw(t, "open") + items
		items += rapid.SampledFrom([]string{"", ".."}).Draw(t, "open")
		if rapid.Bool().Draw(t, "all") {
			return "{" + items + "}"
		}
		return "[" + items + "]"
	case 5:
		return rapid.StringMatching(`Y-?[1-9]\d{4,6}(E[1-9])?(S[1-9])?[?~%]?`).Draw(t, "long year")
	}
	return season(t) + rapid.StringMatching(`[?~%]?`).Draw(t, "qualifier")
}

// anyDate draws dates of all forms, the zero Date among them.
func anyDate() *rapid.Generator[Date] {
	return rapid.Custom(func(t *rapid.T) Date {
		for range 20 {
			if d, err := Parse(edtfText(t)); err == nil {
				return d
			}
		}
		return Date{}
	})
}

// nearDate draws dates close to each other, so that windows and spans meet them.
func nearDate() *rapid.Generator[Date] {
	day := rapid.Custom(func(t *rapid.T) string {
		s := Day(rapid.IntRange(-40, 40).Draw(t, "day")).String()
		return s[:rapid.SampledFrom([]int{10, 10, 7, 4}).Draw(t, "unit")]
	})
	end := rapid.OneOf(day, day, rapid.Just(".."), rapid.Just(""))
	return rapid.Custom(func(t *rapid.T) Date {
		s := day.Draw(t, "date")
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			s = end.Draw(t, "start") + "/" + end.Draw(t, "end")
		case 1:
			s = "[" + s + ".." + rapid.SampledFrom([]string{"", "1970-02-03"}).Draw(t, "end") + "]"
		}
		d, err := Parse(s)
		if err != nil {
			t.Skip("not a date")
		}
		return d
	})
}

func nearDay() *rapid.Generator[*Day] {
	return rapid.Ptr(rapid.Map(rapid.IntRange(-60, 60), func(n int) Day { return Day(n) }), true)
}

// checkDate checks what holds for every Date that Parse returns.
func checkDate(t interface{ Fatalf(string, ...any) }, d Date) {
	again, err := Parse(d.String())
	if err != nil {
		t.Fatalf("Parse(%q), a canonical form: %v", d, err)
	}
	if !again.Equal(d) || again.earliest != d.earliest || again.latest != d.latest || again.started != d.started ||
		again.going != d.going || again.precision != d.precision || again.qualifier != d.qualifier {
		t.Fatalf("canonical form %q: parses as %+v, want %+v", d, again, d)
	}
	if again.Level() > d.Level() || d.Level() > 2 {
		t.Fatalf("canonical form %q has level %d, the text written has %d", d, again.Level(), d.Level())
	}
	if d.Earliest().Kind == Known && d.Latest().Kind == Known && d.Earliest().Day > d.Latest().Day {
		t.Fatalf("%q is from %v to %v", d, d.Earliest(), d.Latest())
	}
	for _, b := range []Bound{d.Earliest(), d.Latest()} {
		if b.Kind != Known && b.Day != 0 || b.Day < MinDay || b.Day > MaxDay {
			t.Fatalf("%q has the bound %+v", d, b)
		}
	}
}

func TestDatesAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if d := anyDate().Draw(t, "date"); !d.IsZero() {
			checkDate(t, d)
		}
	})
}

// Every way of filling in the X is tried; the bounds must be the first and the
// last day that come of it.
func TestMaskedBoundsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := plainDate(t)
		if strings.Count(s, "X") > 4 {
			t.Skip("too many to try")
		}
		filled := []string{s}
		for strings.Contains(filled[0], "X") {
			var next []string
			for _, f := range filled {
				for digit := range 10 {
					next = append(next, strings.Replace(f, "X", fmt.Sprint(digit), 1))
				}
			}
			filled = next
		}
		var first, last []Day
		for _, f := range filled {
			d, err := Parse(f)
			if err == nil && (d.Precision() != PrecisionSeason || !strings.Contains(s, "X")) {
				first, last = append(first, d.Earliest().Day), append(last, d.Latest().Day)
			}
		}
		d, err := Parse(s)
		if err != nil {
			if len(first) > 0 {
				t.Fatalf("Parse(%q): %v, but %d ways to fill it in are dates", s, err, len(first))
			}
			return
		}
		if d.Precision() == PrecisionSeason || len(first) == 0 {
			return // a season of an unspecified year
		}
		if got, want := d.Earliest(), known(slices.Min(first)); got != want {
			t.Fatalf("%q begins on %v, want %v", s, got, want)
		}
		if got, want := d.Latest(), known(slices.Max(last)); got != want {
			t.Fatalf("%q ends on %v, want %v", s, got, want)
		}
	})
}

func TestTruthLaws(t *testing.T) {
	all := []Truth{No, Maybe, Yes}
	check := func(law string, ok bool, of ...Truth) {
		if !ok {
			t.Errorf("%s does not hold for %v", law, of)
		}
	}
	for _, a := range all {
		check("not not a = a", a.Not().Not() == a, a)
		check("a and a = a", a.And(a) == a, a)
		check("a or a = a", a.Or(a) == a, a)
		check("a and yes = a", a.And(Yes) == a, a)
		check("a or no = a", a.Or(No) == a, a)
		check("a and no = no", a.And(No) == No, a)
		check("a or yes = yes", a.Or(Yes) == Yes, a)
		for _, b := range all {
			check("and commutes", a.And(b) == b.And(a), a, b)
			check("or commutes", a.Or(b) == b.Or(a), a, b)
			check("De Morgan", a.And(b).Not() == a.Not().Or(b.Not()), a, b)
			check("absorption", a.And(a.Or(b)) == a && a.Or(a.And(b)) == a, a, b)
			for _, c := range all {
				check("and associates", a.And(b).And(c) == a.And(b.And(c)), a, b, c)
				check("or associates", a.Or(b).Or(c) == a.Or(b.Or(c)), a, b, c)
				check("and distributes", a.And(b.Or(c)) == a.And(b).Or(a.And(c)), a, b, c)
			}
		}
	}
	if Yes.Not() != No || Maybe.Not() != Maybe || Maybe.Or(Maybe.Not()) != Maybe {
		t.Error("Not is not Kleene's")
	}
	if got := fmt.Sprint(all); got != "[no maybe yes]" {
		t.Errorf("truths print as %s", got)
	}
}

func TestCompareIsATotalOrder(t *testing.T) {
	date := rapid.OneOf(anyDate(), nearDate())
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := date.Draw(t, "a"), date.Draw(t, "b"), date.Draw(t, "c")
		if Compare(a, a) != 0 {
			t.Fatalf("%q is not equal to itself", a)
		}
		if Compare(a, b) != -Compare(b, a) {
			t.Fatalf("%q and %q: %d one way, %d the other", a, b, Compare(a, b), Compare(b, a))
		}
		if (Compare(a, b) == 0) != a.Equal(b) {
			t.Fatalf("%q and %q: Compare and Equal differ", a, b)
		}
		if Compare(a, b) <= 0 && Compare(b, c) <= 0 && Compare(a, c) > 0 {
			t.Fatalf("%q <= %q <= %q, and the first is after the last", a, b, c)
		}
		dated := func(d Date) bool { return d.Earliest().Kind == Known || d.Latest().Kind == Known }
		if dated(a) && !dated(b) && Compare(a, b) >= 0 {
			t.Fatalf("dateless %q is not after %q", b, a)
		}
	})
}

// A window within another answers no more than it.
func TestWindowsAreMonotonic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := nearDate().Draw(t, "date")
		inner := Window{nearDay().Draw(t, "from"), nearDay().Draw(t, "to")}
		outer := Window{nearDay().Draw(t, "outer from"), nearDay().Draw(t, "outer to")}
		if outer.From != nil && (inner.From == nil || *inner.From < *outer.From) ||
			outer.To != nil && (inner.To == nil || *inner.To > *outer.To) {
			t.Skip("not within")
		}
		if inner.Contains(d) > outer.Contains(d) {
			t.Fatalf("%q: %v in the inner window, %v in the outer", d, inner.Contains(d), outer.Contains(d))
		}
	})
}

// Of two windows that share no day, a date is not certainly in both; and days
// are in a window or not.
func TestWindowsAreExclusive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := nearDate().Draw(t, "date")
		to := Day(rapid.IntRange(-60, 60).Draw(t, "to"))
		from := to + 1
		early, late := In(d, nil, &to), In(d, &from, nil)
		if early.And(late) == Yes || early.Or(late) == No {
			t.Fatalf("%q is %v until %v and %v after", d, early, to, late)
		}
		oneDay := d.Earliest().Kind == Known && d.Earliest() == d.Latest()
		if oneDay && (early == Maybe || late == Maybe || early != late.Not()) {
			t.Fatalf("the day %q is %v until %v and %v after", d, early, to, late)
		}
	})
}

// Covers is compared with every reading: a span from any day that its written
// start can mean to any that its written end can mean, not before it, and a date
// that is any of its days.
func TestCoversAgreesWithAllReadings(t *testing.T) {
	day := func(t *rapid.T, label string) string {
		s := Day(rapid.IntRange(-40, 40).Draw(t, label)).String()
		return s[:rapid.SampledFrom([]int{10, 7}).Draw(t, "unit")]
	}
	rapid.Check(t, func(t *rapid.T) {
		startText, endText := day(t, "start"), day(t, "end")
		span, err := Parse(startText + "/" + endText)
		if err != nil {
			t.Skip("inverted")
		}
		start, end, date := mustParse(t, startText), mustParse(t, endText), mustParse(t, day(t, "date"))

		all, none := true, true
		for from := start.Earliest().Day; from <= start.Latest().Day; from++ {
			for to := max(from, end.Earliest().Day); to <= end.Latest().Day; to++ {
				all = all && from <= date.Earliest().Day && date.Latest().Day <= to
				none = none && (date.Latest().Day < from || to < date.Earliest().Day)
			}
		}
		want := Maybe
		if all {
			want = Yes
		} else if none {
			want = No
		}
		if got := Covers(span, date); got != want {
			t.Fatalf("Covers(%q, %q) = %v, want %v", span, date, got, want)
		}

		// With an end open, that side no longer matters; with it unknown, it is in
		// doubt.
		later := Day(1e6)
		forever, unknown := mustParse(t, startText+"/.."), mustParse(t, startText+"/")
		long := mustParse(t, startText+"/"+later.String())
		want = Covers(long, date)
		if got := Covers(forever, date); got != want {
			t.Fatalf("Covers(%q, %q) = %v, want %v", forever, date, got, want)
		}
		if got, want := Covers(unknown, date), want.And(Maybe); got != want {
			t.Fatalf("Covers(%q, %q) = %v, want %v", unknown, date, got, want)
		}
	})
}

// What covers a date covers every date within it; and what is in the window of
// a day-precise interval is covered by it.
func TestCoversAgreesWithIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := nearDate().Draw(t, "date")
		from := Day(rapid.IntRange(-60, 60).Draw(t, "from"))
		to := from + Day(rapid.IntRange(0, 60).Draw(t, "length"))
		span, err := Parse(from.String() + "/" + to.String())
		if err != nil {
			t.Fatal(err)
		}
		if got, want := Covers(span, d), In(d, &from, &to); got != want {
			t.Fatalf("Covers(%q, %q) = %v, In is %v", span, d, got, want)
		}
	})
}
