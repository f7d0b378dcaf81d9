package importer

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleygraph/parley/schema/vocab"
)

const (
	visitsHead       = "id\tstart\tend\tvisitor\tfrom\tdescription\n"
	tripsHead        = "id\trole\tname\twho\tstart\tend\tcountry\tlocale\tremarks\n"
	appointmentsHead = "id\tperson_id\tperson\trole\twhere\tappointed\tstarted\tended\tended_note\tnote\n"
)

func TestVisits(t *testing.T) {
	rows := visitsHead +
		"9001\t1991-05-07\t1991-05-08\tPresident Jane Roe and Prime Minister John Roe\tItaly\tA visit.\n" +
		"9002\t1950-07-27\t1950-07-27\tPrime Minister Menzies\tAustralia\t\n"
	quads, got, err := run(t, "statehistory", Options{}, textFile("visits.tsv", rows))
	if err != nil || got.Events != 2 {
		t.Fatalf("%+v, %v, want two events", got, err)
	}
	lint(t, quads)
	want := []string{
		"event:state-visit-9001 http://semanticweb.cs.vu.nl/2009/11/sem/hasTimeStamp 1991-05-07/1991-05-08",
		"event:state-visit-9001 host government:united-states",
		"event:state-visit-9001 visitor person:jane-roe",
		"person:jane-roe http://www.w3.org/ns/prov#actedOnBehalfOf government:italy",
		"event:state-visit-9001 visitor person:john-roe",
		"person:john-roe http://www.w3.org/ns/prov#actedOnBehalfOf government:italy",
		"event:state-visit-9002 http://semanticweb.cs.vu.nl/2009/11/sem/hasTimeStamp 1950-07-27",
		"event:state-visit-9002 host government:united-states",
		"event:state-visit-9002 visitor person:menzies-australia",
		"person:menzies-australia http://www.w3.org/ns/prov#actedOnBehalfOf government:australia",
	}
	if diff := cmp.Diff(want, facts(t, quads, vocab.SemHasTimeStamp, "role:host", "role:visitor", vocab.ProvActedOnBehalfOf)); diff != "" {
		t.Error(diff)
	}
}

func TestTrips(t *testing.T) {
	rows := tripsHead +
		"9001\tpresident\tJoseph R. Biden\tbiden-joseph-r\t2021-06-09\t2021-06-13\tUnited Kingdom\tLondon, Cornwall\tMet somebody.\n" +
		"9002\tsecretary\tCordell Hull\thull-cordell\t1933-12-01\t1933-12-01\tXanadu\t\t\n"
	quads, got, err := run(t, "statehistory", Options{}, textFile("trips.tsv", rows))
	if err != nil || got.Events != 2 {
		t.Fatalf("%+v, %v, want two events", got, err)
	}
	lint(t, quads)
	want := []string{
		"event:state-trip-9001 host government:united-kingdom",
		"event:state-trip-9001 http://semanticweb.cs.vu.nl/2009/11/sem/hasPlace place:london-united-kingdom",
		"event:state-trip-9001 http://semanticweb.cs.vu.nl/2009/11/sem/hasPlace place:cornwall-united-kingdom",
		"event:state-trip-9001 visitor person:joe-biden",
		"event:state-trip-9002 http://semanticweb.cs.vu.nl/2009/11/sem/hasPlace place:xanadu",
		"event:state-trip-9002 visitor person:cordell-hull",
	}
	if diff := cmp.Diff(want, facts(t, quads, "role:host", "role:visitor", vocab.SemHasPlace)); diff != "" {
		t.Error(diff)
	}
}

func TestAppointments(t *testing.T) {
	row := "x-1\troe-jane\tJane Roe\tambassador-e-p\tcote-divoire\t1960-10-14\t1960-11-26\t1961-07-31\tLeft\t\n"
	tests := []struct{ name, old, new, want string }{
		{"whole", "", "", "1960-11-26/1961-07-31"},
		{"no end", "1961-07-31", "", "1960-11-26/"},
		{"no start", "1960-11-26", "", "/1961-07-31"},
		{"a month", "1960-11-26", "1960-11", "1960-11/1961-07-31"},
		{"a year", "1961-07-31", "1961", "1960-11-26/1961"},
		{"a day", "1961-07-31", "1960-11-26", "1960-11-26"},
		{"no id", "x-1", "", "1960-11-26/1961-07-31"},
		{"not taken up", "1960-11-26\t1961-07-31", "\t", "the post was not taken up: no start and no end"},
		{"backwards", "1961-07-31", "1959-07-31", "the tenure ends before it begins: 1960-11-26, 1959-07-31"},
		{"no date", "1961-07-31", "soon", `the date is no day, month or year: "soon"`},
		{"a month that is none", "1961-07-31", "1961-13", `the date is no day, month or year: "1961-13"`},
		{"nobody", "Jane Roe", "", "the row names no person or no post"},
		{"ragged", "Left\t\n", "Left\n", "the row has another number of columns: it has 9, want 10"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var rejects bytes.Buffer
			quads, got, err := run(t, "statehistory", Options{MaxRejects: 1, Rejects: &rejects},
				textFile("f", appointmentsHead+strings.Replace(row, test.old, test.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			lint(t, quads)
			if got.Tenures == 0 {
				if !strings.HasPrefix(rejects.String(), "f\t2\t"+test.want+"\t") {
					t.Errorf("%q, want %q", rejects.String(), test.want)
				}
				return
			}
			list := facts(t, quads, vocab.SemHasTimeStamp)
			if len(list) != 1 || !strings.HasSuffix(list[0], " "+test.want) {
				t.Errorf("%q, want %s", list, test.want)
			}
		})
	}
	_, got, err := run(t, "statehistory", Options{}, textFile("f", appointmentsHead+row+row+strings.Replace(row, "1960-11-26", "1962-11-26", 1)))
	if err == nil {
		t.Errorf("one of three rows is wrong, and none may be: %+v", got)
	}
	_, got, err = run(t, "statehistory", Options{}, textFile("f", appointmentsHead+row+row))
	if err != nil || got.Tenures != 1 || got.Passed != 1 {
		t.Errorf("the same row twice: %+v, %v, want one tenure", got, err)
	}
}

// TestCuratedRows holds that rows that the curated quads have are left to them.
func TestCuratedRows(t *testing.T) {
	rows := visitsHead + "2143\t1909-10-16\t1909-10-16\tPresident Porfirio Diaz\tMexico\t\n"
	for _, curated := range []bool{false, true} {
		quads, got, err := run(t, "statehistory", Options{Curated: curated}, textFile("f", rows))
		if err != nil {
			t.Fatal(err)
		}
		if curated != (got.Passed == 1) || curated != (len(quads) == 0) {
			t.Errorf("with the curated quads %v: %+v and %d bytes", curated, got, len(quads))
		}
	}
}

func TestVisitorsOf(t *testing.T) {
	tests := []struct {
		text, from string
		want       []string
	}{
		{"President Anwar Sadat, Prime Minister Mustafa Khalil", "Egypt", []string{"Anwar Sadat", "Mustafa Khalil"}},
		{"President Benigno S. Aquino, 3rd", "Philippines", []string{"Benigno S. Aquino, 3rd"}},
		{"King Abdullah and Crown Prince Hussein", "Jordan", []string{"King Abdullah (Jordan)", "Crown Prince Hussein (Jordan)"}},
		{"President-elect Vicente Fox", "Mexico", []string{"Vicente Fox"}},
		{"Vice President Jane Roe", "Xanadu", []string{"Jane Roe"}},
		{"Chancellor Adenauer", "Germany, Federal Republic of", []string{"Adenauer (Germany)"}},
		{"Prime Minister", "Xanadu", []string{"Prime Minister (Xanadu)"}},
		{"", "Xanadu", nil},
	}
	for _, test := range tests {
		var got []string
		for _, a := range visitorsOf(test.text, test.from) {
			got = append(got, a.name)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("visitorsOf(%q, %q): %s", test.text, test.from, diff)
		}
	}
}
