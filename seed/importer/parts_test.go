package importer

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed"
)

func TestSlug(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Barack Obama", "barack-obama"},
		{"Cristina Fernández de Kirchner", "cristina-fernandez-de-kirchner"},
		{"Cote d'Ivoire", "cote-divoire"},
		{"Côte d’Ivoire", "cote-divoire"},
		{"Police (Australia)", "police-australia"},
		{"  --A.K. Antony--", "a-k-antony"},
		{"Lech Wałęsa", "lech-walesa"},
		{"H.W.", "h-w"},
		{"習近平", "x" + hash("習近平")},
		{"", "x" + hash("")},
	}
	for _, test := range tests {
		if got := slug(test.in); got != test.want {
			t.Errorf("slug(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// TestCameoTexts holds the table of texts against the kinds.
func TestCameoTexts(t *testing.T) {
	kinds, err := readKinds()
	if err != nil {
		t.Fatal(err)
	}
	if len(cameoCodes) < 300 {
		t.Errorf("%d texts, want more than 300", len(cameoCodes))
	}
	for text, code := range cameoCodes {
		if kinds[code] == nil {
			t.Errorf("%q: no kind has the CAMEO code %s", text, code)
		}
	}
	for text, want := range map[string]string{ // where lists differ
		"demand mediation": "kind:demand-mediation", "demand meeting, negotiation": "kind:demand-to-meet-or-negotiate", "demand settling of dispute": "kind:demand-to-settle-dispute",
		"demand": "kind:demand", "reject judicial cooperation": "kind:reject-judicial-cooperation",
	} {
		if got := kinds[cameoCodes[text]]; got == nil || got.id != want {
			t.Errorf("%q is of %v, want %s", text, got, want)
		}
	}
}

func TestKindRoles(t *testing.T) {
	kinds, err := readKinds()
	if err != nil {
		t.Fatal(err)
	}
	mirrored := map[string]bool{}
	known := map[string]bool{}
	for _, k := range kinds {
		known[k.id] = true
		if k.mirrored {
			mirrored[k.id] = true
		}
	}
	if len(mirrored) != 6 {
		t.Errorf("%d kinds stand twice, want 6: %v", len(mirrored), mirrored)
	}
	for id := range kindRoles {
		if !known[id] {
			t.Errorf("kindRoles names %s, which is no kind with a CAMEO code", id)
		}
	}
}

// TestDistinct holds the counting with few keys in memory against a map.
func TestDistinct(t *testing.T) {
	for _, max := range []int{1, 2, 7, 100, distinctKeys} {
		d := newDistinct()
		d.max = max
		want := map[int]bool{}
		r := rand.New(rand.NewPCG(1, uint64(max)))
		for range 500 {
			k := r.IntN(200)
			want[k] = true
			if err := d.add(strconv.Itoa(k)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := d.count()
		if err != nil {
			t.Fatal(err)
		}
		if got != len(want) {
			t.Errorf("with %d keys in memory: %d, want %d", max, got, len(want))
		}
		if err := d.close(); err != nil {
			t.Error(err)
		}
	}
}

// TestForgetting holds that what is forgotten is only written again.
func TestForgetting(t *testing.T) {
	quads := func(max int) map[string]bool {
		im, err := New("icews", []File{textFile("a", mirrored), textFile("b", icewsLong)}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		im.seen.max, im.told.max = max, max
		r, err := im.Source().Open()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		set := map[string]bool{}
		for q := store.NewQuadReader(r); ; {
			quad, _, err := q.Read()
			if err != nil {
				break
			}
			set[string(store.AppendQuad(nil, quad))] = true
		}
		if err := im.Err(); err != nil {
			t.Fatal(err)
		}
		return set
	}
	all, few := quads(seenRecords), quads(1)
	if len(all) == 0 || len(all) != len(few) {
		t.Errorf("%d different quads, and %d if nearly all is forgotten", len(all), len(few))
	}
}

// FuzzRows gives any bytes to each format: nothing may panic, all rows must be accounted for, and what comes of them must be what is loaded.
func FuzzRows(f *testing.F) {
	for i, text := range []string{mirrored, icewsLong, gdeltRow(nil), gdelt2(gdeltRow(nil)), visitsHead + "1\t1991-05-07\t1991-05-08\tPresident Jane Roe\tItaly\t\n",
		tripsHead + "1\tpresident\tJoe\tx\t2021-06-09\t2021-06-13\tItaly\tRome\t\n", appointmentsHead + "x\ty\tJane Roe\tsecretary\tsecretary\t\t1960\t1961\t\t\n"} {
		f.Add(text, byte([]int{0, 0, 1, 1, 2, 2, 2}[i]))
	}
	check := seed.NewLineCheck()
	f.Fuzz(func(t *testing.T, text string, format byte) {
		quads, _, err := run(t, Formats()[int(format)%len(Formats())], Options{MaxRejects: 1}, textFile("f", text))
		if err != nil {
			return
		}
		for r := store.NewQuadReader(strings.NewReader(string(quads))); ; {
			q, _, err := r.Read()
			if err != nil {
				if err.Error() != "EOF" {
					t.Fatal(err)
				}
				return
			}
			if err := check.Check(q); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzSlug(f *testing.F) {
	f.Add("Barack Obama")
	f.Add("習-近 平 Ö'")
	form := regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	f.Fuzz(func(t *testing.T, name string) {
		if s := slug(name); !form.MatchString(s) || strings.Contains(s, "--") {
			t.Errorf("slug(%q) = %q", name, s)
		}
		if c := clean(name); clean(c) != c {
			t.Errorf("clean(%q) = %q, and again %q", name, c, clean(c))
		}
	})
}

func BenchmarkShort(b *testing.B) {
	rows := 0
	var text strings.Builder
	for ; rows < 10_000; rows++ {
		fmt.Fprintf(&text, "Person %d Roe\tConsult\tPerson %d Roe\t2014-01-%02d\n", rows%97, rows%89, rows%28+1)
	}
	for b.Loop() {
		if _, _, err := run(b, "icews", Options{}, textFile("f", text.String())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
