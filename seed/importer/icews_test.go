package importer

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// mirrored is four columns in which every kind that stands twice does so.
const mirrored = `Ada Lovelace	Consult	Xanadu Police	2014-01-02
Xanadu Police	Consult	Ada Lovelace	2014-01-02
China	Discuss by telephone	Japan	2014-01-02
Japan	Discuss by telephone	China	2014-01-02
China	Meet at a 'third' location	Japan	2014-01-02
Japan	Meet at a 'third' location	China	2014-01-02
Japan	Engage in negotiation	China	2014-01-02
China	Engage in negotiation	Japan	2014-01-02
China	Sign formal agreement	Japan	2014-01-02
Japan	Sign formal agreement	China	2014-01-02
China	Make a visit	Japan	2014-01-02
Japan	Host a visit	China	2014-01-02
`

// facts returns the quads with a predicate as "subject object", vocabulary shortened.
func facts(t *testing.T, quads []byte, predicates ...string) []string {
	t.Helper()
	var list []string
	for r := store.NewQuadReader(bytes.NewReader(quads)); ; {
		q, _, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range predicates {
			if q.Predicate == store.IRI(p) {
				list = append(list, store.Text(q.Subject)+" "+strings.TrimPrefix(p, vocab.IDsRole+":")+" "+store.Text(q.Object))
			}
		}
	}
}

func TestMirroredRows(t *testing.T) {
	tests := []struct {
		name, rows     string
		events, merged int
	}{
		{"all kinds", mirrored, 6, 6},
		{"another day", "China\tConsult\tJapan\t2014-01-02\nJapan\tConsult\tChina\t2014-01-03\n", 2, 0},
		{"another kind", "China\tConsult\tJapan\t2014-01-02\nJapan\tDiscuss by telephone\tChina\t2014-01-02\n", 2, 0},
		{"another actor", "China\tConsult\tJapan\t2014-01-02\nJapan\tConsult\tLaos\t2014-01-02\n", 2, 0},
		{"both visit", "China\tMake a visit\tJapan\t2014-01-02\nJapan\tMake a visit\tChina\t2014-01-02\n", 2, 0},
		{"both host", "China\tHost a visit\tJapan\t2014-01-02\nJapan\tHost a visit\tChina\t2014-01-02\n", 2, 0},
		{"one side only", "China\tConsult\tJapan\t2014-01-02\n", 1, 0},
		{"directed kinds", "China\tAccuse\tJapan\t2014-01-02\nJapan\tAccuse\tChina\t2014-01-02\n", 2, 0},
		{"the same row", "China\tAccuse\tJapan\t2014-01-02\nChina\tAccuse\tJapan\t2014-01-02\n", 1, 1},
		{"not side by side", "China\tConsult\tJapan\t2014-01-02\nChina\tAccuse\tJapan\t2015-01-02\nJapan\tConsult\tChina\t2014-01-02\n", 2, 1},
		{"with itself", "China\tConsult\tChina\t2014-01-02\nChina\tAccuse\tChina\t2014-01-02\n", 2, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			quads, got, err := run(t, "icews", Options{}, textFile("rows.tsv", test.rows))
			if err != nil {
				t.Fatal(err)
			}
			if got.Events != test.events || got.Merged != test.merged {
				t.Errorf("%d events, %d merged, want %d and %d", got.Events, got.Merged, test.events, test.merged)
			}
			lint(t, quads)
		})
	}
}

func TestRoles(t *testing.T) {
	tests := []struct {
		text string
		want []string // roles of China and of Japan, who come in this order
	}{
		{"Consult", []string{"participant China", "participant Japan"}},
		{"Sign formal agreement", []string{"signatory China", "signatory Japan"}},
		{"Make a visit", []string{"visitor China", "host Japan"}},
		{"Host a visit", []string{"visitor Japan", "host China"}},
		{"Mediate", []string{"mediator China", "participant Japan"}},
		{"Accuse", []string{"initiator China", "recipient Japan"}},
		{"Use conventional military force", []string{"initiator China", "recipient Japan"}},
	}
	for _, test := range tests {
		quads, _, err := run(t, "icews", Options{}, textFile("rows.tsv", "China\t"+test.text+"\tJapan\t2014-01-02\n"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range facts(t, quads, "role:participant", "role:signatory", "role:visitor", "role:host", "role:mediator", "role:initiator", "role:recipient") {
			_, f, _ = strings.Cut(f, " ")
			f = strings.ReplaceAll(strings.ReplaceAll(f, "government:china", "China"), "government:japan", "Japan")
			got = append(got, f)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.text, diff)
		}
	}
}

// icewsLong is a valid file of 20 columns. The rows tell of one talk, from both sides.
const icewsLong = "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\tIntensity\tTarget Name\tTarget Sectors\tTarget Country\tStory ID\tSentence Number\tPublisher\tCity\tDistrict\tProvince\tCountry\tLatitude\tLongitude\n" +
	"71\t2018-06-01\tForeign Affairs (Xanadu)\tExecutive,Foreign Ministry,Government\tXanadu\tConsult\t040\t1\tJane Roe\tGovernment\tVietnam\t900\t2\tXanadu Daily\tHanoi\tNA\tHa Noi\tVietnam\t21.0245\t105.841\n" +
	"72\t2018-06-01\tJane Roe\tGovernment\tVietnam\tConsult\t040\t1\tForeign Affairs (Xanadu)\tExecutive,Foreign Ministry,Government\tXanadu\t900\t2\tXanadu Daily\tHanoi\tNA\tHa Noi\tVietnam\t21.0245\t105.841\n"

func TestIcewsLong(t *testing.T) {
	quads, got, err := run(t, "icews", Options{}, textFile("events.tab", icewsLong))
	if err != nil {
		t.Fatal(err)
	}
	if got.Rows != 2 || got.Events != 1 || got.Merged != 1 {
		t.Errorf("got %+v, want two rows and one event", got)
	}
	lint(t, quads)
	want := []string{
		"source:icews-story-900 http://purl.org/dc/terms/publisher organization:xanadu-daily",
		"person:jane-roe http://www.w3.org/ns/org#unitOf government:vietnam",
		"place:hanoi-ha-noi-vietnam https://schema.org/latitude 21.0245",
		"place:hanoi-ha-noi-vietnam https://schema.org/longitude 105.841",
		"place:hanoi-ha-noi-vietnam https://schema.org/containedInPlace place:vietnam",
		"claim:icews-2018-06-01-900 http://www.w3.org/ns/prov#generatedAtTime 2018-06-01T00:00:00Z",
		"claim:icews-2018-06-01-900 http://purl.org/ontology/bibo/locator story 900",
	}
	all := strings.Join(facts(t, quads, vocab.DctermsPublisher, vocab.OrgUnitOf, vocab.SchemaLatitude, vocab.SchemaLongitude, vocab.SchemaContainedInPlace,
		vocab.ProvGeneratedAtTime, vocab.BiboLocator), "\n")
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("no %s in\n%s", w, all)
		}
	}
}

// TestIcewsRows breaks one cell of a valid row at a time.
func TestIcewsRows(t *testing.T) {
	row := strings.Split(strings.Split(icewsLong, "\n")[1], "\t")
	tests := []struct {
		name   string
		column int
		value  string
		want   string // of the reason; "" if the row is right
	}{
		{"valid", 0, "73", ""},
		{"no number", 0, "x", `the event has no number: "x"`},
		{"zeros for a date", 1, "00000000", `the date is no day: "00000000"`},
		{"a day that is none", 1, "2018-02-30", `the date is no day: "2018-02-30"`},
		{"no date", 1, "", `the date is no day: ""`},
		{"unknown code", 6, "999", `the CAMEO code is unknown: "999"`},
		{"no code", 6, "NA", `the CAMEO code is unknown: ""`},
		{"no first actor", 2, "NA", ""},
		{"no story", 11, "", `the story has no number: ""`},
		{"not UTF-8", 2, "J\xe4ne", "the row is not UTF-8: at byte "},
		{"a cell too many", 19, "1\t2", "the row has another number of columns: it has 21, want 20"},
		{"odd coordinates", 18, "north", ""},
		{"coordinates out of range", 18, "91.5", ""},
		{"no place", 17, "", ""},
		{"no publisher", 13, "NA", ""},
		{"blanks", 2, "  Jane\u00a0 Roe ", ""},
		{"control characters", 2, "Jane\x01Roe", ""},
		{"accents apart", 2, "Jose\u0301 Roe", ""},
		{"another script", 2, "習近平", ""},
		{"no letters", 2, "???", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cells := append([]string{}, row...)
			cells[test.column] = test.value
			var rejects bytes.Buffer
			text := icewsLong + strings.Join(cells, "\t") + "\n"
			quads, got, err := run(t, "icews", Options{MaxRejects: 1, Rejects: &rejects}, textFile("events.tab", text))
			if err != nil {
				t.Fatal(err)
			}
			lint(t, quads)
			switch {
			case test.want == "" && got.Rejected != 0:
				t.Errorf("the row was rejected: %s", rejects.String())
			case test.want != "" && (got.Rejected != 1 || !strings.HasPrefix(rejects.String(), "events.tab\t4\t"+test.want)):
				t.Errorf("rejected %d, %q, want 1, %q", got.Rejected, rejects.String(), test.want)
			}
		})
	}
}

// TestBadFiles gives what is no file of the format, or not all of one. Of none any quad may be loaded, so reading must end with an error.
func TestBadFiles(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, strings.Repeat(mirrored, 2000))
	z.Close()
	tests := []struct{ name, format, text, want string }{
		{"empty", "icews", "", "f: it is empty"},
		{"blank lines", "icews", "\n\n \n", "f: it is none of these files: want ICEWS events"},
		{"another format", "icews", strings.Repeat("a\tb\n", 200), "f: it is none of these files: want ICEWS events"},
		{"N-Quads", "gdelt", "<a:b> <c:d> <e:f> <g:h> .\n", "f: it is none of these files: want GDELT events"},
		{"ICEWS as GDELT", "gdelt", icewsLong, "f: it is none of these files: want GDELT events"},
		{"no names of columns", "statehistory", "1\t2\t3\t4\t5\t6\n", "f: it is none of these files: want visits.tsv"},
		{"zip", "gdelt", "PK\x03\x04 and so on", "f: it is a zip archive: unpack it"},
		{"Zstandard", "gdelt", "\x28\xb5\x2f\xfd and so on", "f: it is packed by Zstandard: unpack it"},
		{"binary", "icews", "\x7fELF\x00\x00\x00", "f: it is no text"},
		{"cut off", "icews", packed.String()[:packed.Len()/2], "f: the file is cut off: unexpected EOF; fetch it again"},
		{"cut off in the head", "icews", packed.String()[:5], "f: the file is cut off"},
		{"sum is wrong", "icews", packed.String()[:packed.Len()-8] + "12345678", "f: gzip: invalid checksum"},
		{"too many rejects", "icews", mirrored + "China\tConsult\tJapan\t00000000\n", "1 of 13 rows cannot be read, 1 of them because the date is no day, first f:13; at most 0 % may be"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := run(t, test.format, Options{}, textFile("f", test.text))
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error %v, want %s…", err, test.want)
			}
		})
	}
}

// TestNoRows holds that a file may have names of columns only.
func TestNoRows(t *testing.T) {
	head, _, _ := strings.Cut(icewsLong, "\n")
	for format, text := range map[string]string{"icews": head, "gdelt": "GLOBALEVENTID\tSQLDATE\n", "statehistory": visitsHead} {
		quads, got, err := run(t, format, Options{}, textFile("f", text))
		if err != nil || len(quads) > 0 || got.Rows != 0 {
			t.Errorf("%s: %d bytes, %+v, %v, want nothing", format, len(quads), got, err)
		}
	}
}

func TestMaxRejects(t *testing.T) {
	rows := mirrored + "China\tConsult\tJapan\t00000000\n" // one of 13
	for _, test := range []struct {
		max  float64
		fail bool
	}{{0, true}, {0.07, true}, {0.08, false}, {1, false}} {
		_, got, err := run(t, "icews", Options{MaxRejects: test.max}, textFile("f", rows))
		if (err != nil) != test.fail {
			t.Errorf("at most %g: error %v", test.max, err)
		}
		if err == nil && (got.Rejected != 1 || got.Events != 6) {
			t.Errorf("at most %g: %+v", test.max, got)
		}
	}
}

// TestOrder holds that the quads of a row depend on nothing but the row: whatever the order of rows and files, and however they are packed.
func TestOrder(t *testing.T) {
	lines := func(b []byte) map[string]bool {
		m := map[string]bool{}
		for l := range bytes.Lines(b) {
			m[string(l)] = true
		}
		return m
	}
	first, _, err := run(t, "icews", Options{}, textFile("a", mirrored), textFile("b", icewsLong))
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.SplitAfter(strings.TrimSuffix(mirrored, "\n")+"\n", "\n")
	var back strings.Builder
	for i := len(rows) - 1; i >= 0; i-- {
		back.WriteString(rows[i])
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, strings.ReplaceAll(back.String(), "\n", "\r\n"))
	z.Close()
	second, _, err := run(t, "icews", Options{}, textFile("b", icewsLong), textFile("c", packed.String()), textFile("a", "\xef\xbb\xbf"+mirrored))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lines(first), lines(second)); diff != "" {
		t.Error(diff)
	}
}
