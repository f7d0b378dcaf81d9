package importer

import (
	"bytes"
	"strings"
	"testing"

	"github.com/parleygraph/parley/schema/vocab"
)

// gdeltRow is a valid row of GDELT 1.0, of 58 columns: cells by their places.
func gdeltRow(cells map[int]string) string {
	row := make([]string, 58)
	for i, c := range map[int]string{0: "881990832", 1: "20181024", 5: "USA", 6: "UNITED STATES", 7: "USA", 15: "GBRCOP", 16: "POLICE", 17: "GBR", 22: "COP",
		26: "111", 49: "4", 50: "Minsk, Belarus (general), Belarus", 53: "53.9", 54: "27.5667", 56: "20191024", 57: "https://www.example.org/a?b=c"} {
		row[i] = c
	}
	for i, c := range cells {
		row[i] = c
	}
	return strings.Join(row, "\t") + "\n"
}

// gdelt2 turns a row of 58 columns into one of 61.
func gdelt2(row string) string {
	c := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
	out := append([]string{}, c[:39]...)
	out = append(append(out, ""), c[39:46]...)
	out = append(append(out, ""), c[46:53]...)
	out = append(append(out, ""), c[53:]...)
	out[59] = c[56] + "143000"
	return strings.Join(out, "\t") + "\n"
}

func TestGdeltForms(t *testing.T) {
	row := gdeltRow(nil)
	short := strings.Join(strings.Split(row, "\t")[:57], "\t") + "\n"
	for _, test := range []struct {
		name, rows, claim, recorded string
	}{
		{"57 columns", short, "claim:gdelt-20191024", "2019-10-24T00:00:00Z"},
		{"58 columns", row, "claim:gdelt-" + hash("https://www.example.org/a?b=c") + "-20191024", "2019-10-24T00:00:00Z"},
		{"61 columns", gdelt2(row), "claim:gdelt-" + hash("https://www.example.org/a?b=c") + "-20191024143000", "2019-10-24T14:30:00Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			quads, got, err := run(t, "gdelt", Options{}, textFile("export.CSV", test.rows))
			if err != nil {
				t.Fatal(err)
			}
			if got.Events != 1 {
				t.Errorf("got %+v, want an event", got)
			}
			lint(t, quads)
			all := strings.Join(facts(t, quads, "role:initiator", "role:recipient", vocab.SemHasPlace, vocab.SchemaLatitude, vocab.SchemaLongitude, vocab.ProvGeneratedAtTime,
				vocab.SemEventType, vocab.SemHasTimeStamp, vocab.OrgUnitOf), "\n")
			for _, want := range []string{
				"event:gdelt-881990832 initiator government:united-states",
				"event:gdelt-881990832 recipient agency:police-united-kingdom",
				"agency:police-united-kingdom http://www.w3.org/ns/org#unitOf government:united-kingdom",
				"sem/eventType kind:criticism",
				"sem/hasTimeStamp 2018-10-24",
				"sem/hasPlace place:minsk-belarus-general-belarus",
				"place:minsk-belarus-general-belarus https://schema.org/latitude 53.9",
				"place:minsk-belarus-general-belarus https://schema.org/longitude 27.5667",
				test.claim + " http://www.w3.org/ns/prov#generatedAtTime " + test.recorded,
			} {
				if !strings.Contains(all, want) {
					t.Errorf("no %s in\n%s", want, all)
				}
			}
		})
	}
	_, got, err := run(t, "gdelt", Options{}, textFile("ragged", short+row+gdelt2(row)))
	if err != nil || got.Events != 1 || got.Merged != 2 {
		t.Errorf("three forms in one file: %+v, %v, want one event", got, err)
	}
}

func TestGdeltMirrors(t *testing.T) {
	there := gdeltRow(map[int]string{26: "043"}) // the United States are host
	back := gdeltRow(map[int]string{0: "881990833", 26: "042", 5: "GBRCOP", 6: "POLICE", 7: "GBR", 12: "COP", 15: "USA", 16: "UNITED STATES", 17: "USA", 22: "",
		57: "https://example.com/other"})
	quads, got, err := run(t, "gdelt", Options{}, textFile("f", there+back))
	if err != nil || got.Events != 1 || got.Merged != 1 {
		t.Fatalf("%+v, %v, want one event of two rows", got, err)
	}
	lint(t, quads)
	if n := len(facts(t, quads, "role:visitor")); n != 2 { // by two claims
		t.Errorf("%d claims name the visitor, want 2", n)
	}
	alone := gdeltRow(map[int]string{26: "043", 15: "", 16: "", 17: "", 22: ""})
	if _, got, err := run(t, "gdelt", Options{}, textFile("f", alone+strings.Replace(alone, "881990832", "881990834", 1))); err != nil || got.Events != 2 {
		t.Errorf("two hosts of nobody that is named: %+v, %v, want two events", got, err)
	}
}

func TestGdeltRows(t *testing.T) {
	tests := []struct {
		name  string
		cells map[int]string
		want  string // of the reason; "" if the row is right
	}{
		{"valid", nil, ""},
		{"zeros for a date", map[int]string{1: "00000000"}, `the date is no day: "00000000"`},
		{"a month for a date", map[int]string{1: "201810"}, `the date is no day: "201810"`},
		{"unknown code", map[int]string{26: "9999"}, `the CAMEO code is unknown: "9999"`},
		{"no time of adding", map[int]string{56: "0"}, `the time at which the row was added is none: "0"`},
		{"no number", map[int]string{0: "-"}, `the event has no number: "-"`},
		{"no first actor", map[int]string{5: "", 6: "", 7: ""}, ""},
		{"no second actor", map[int]string{15: "", 16: "", 17: "", 22: ""}, ""},
		{"no actor", map[int]string{5: "", 6: "", 7: "", 15: "", 16: "", 17: "", 22: ""}, "the row names no actor"},
		{"no place", map[int]string{49: "0", 50: "", 53: "", 54: ""}, ""},
		{"odd place", map[int]string{49: "4", 50: "#", 53: "x", 54: "#"}, ""},
		{"no Web address", map[int]string{57: "BBC Monitoring"}, ""},
		{"an address that is no IRI", map[int]string{57: `http://example.org/a"b|c`}, ""},
		{"a person", map[int]string{15: "USAGOV", 16: "HILLARY CLINTON", 17: "USA", 22: "GOV"}, ""},
		{"a code only", map[int]string{15: "REB", 16: "", 17: "", 22: "REB"}, ""},
		{"an unknown role", map[int]string{15: "USAXXX", 16: "UNITED STATES", 17: "USA", 22: "XXX"}, ""},
		{"a long number", map[int]string{0: "1234567890"}, ""},
		{"not UTF-8", map[int]string{16: "\xff"}, "the row is not UTF-8"},
		{"a cell too many", map[int]string{16: "a\tb"}, "the row has another number of columns: it has 59, want 57, 58 or 61"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var rejects bytes.Buffer
			text := gdeltRow(map[int]string{0: "1"}) + gdeltRow(test.cells)
			quads, got, err := run(t, "gdelt", Options{MaxRejects: 1, Rejects: &rejects}, textFile("f", text))
			if err != nil {
				t.Fatal(err)
			}
			lint(t, quads)
			switch {
			case test.want == "" && got.Events != 2:
				t.Errorf("the row was rejected: %s", rejects.String())
			case test.want != "" && (got.Rejected+got.Passed != 1 || !strings.HasPrefix(rejects.String(), "f\t2\t"+test.want)):
				t.Errorf("%+v, %q, want one row, %q", got, rejects.String(), test.want)
			}
		})
	}
}

func TestTyped(t *testing.T) {
	tests := []struct{ name, class, of string }{
		{"China", "government", ""},
		{"Russian Federation", "government", ""},
		{"Barack Obama", "person", ""},
		{"King Abdullah", "person", ""},
		{"Citizen (Australia)", "group", ""},
		{"Head of Government (Croatia)", "group", "croatia"},
		{"Police (Australia)", "agency", "australia"},
		{"Cabinet / Council of Ministers / Advisors (United States)", "agency", "united-states"},
		{"Ministry (Holy See (Vatican City State))", "agency", "vatican-city"},
		{"Party Member (India)", "group", ""},
		{"Member of Parliament (India)", "group", "india"},
		{"Communist Party (India)", "organization", ""},
		{"Police (Hamas)", "agency", ""},
		{"Association of Southeast Asian Nations", "organization", ""},
		{"UN Security Council", "organization", ""},
		{"Boko Haram", "organization", ""},
		{"Sudan People's Liberation Army", "organization", ""},
		{"Israeli Defense Forces", "agency", ""},
		{"Middle East", "group", ""},
		{"Gazprom", "organization", ""},
	}
	for _, test := range tests {
		a := typed(test.name, "", nil)
		of := ""
		if a.of != nil {
			of = a.of.slug
		}
		if a.class != test.class || of != test.of {
			t.Errorf("typed(%q) = %s of %q, want %s of %q", test.name, a.class, of, test.class, test.of)
		}
	}
}

func TestGdeltActor(t *testing.T) {
	tests := []struct{ code, name, of, role, want string }{
		{"USA", "AMERICAN", "USA", "", "government United States"},
		{"USA", "WASHINGTON", "USA", "", "government United States"},
		{"GBRCOP", "POLICE", "GBR", "COP", "agency Police (United Kingdom)"},
		{"COP", "POLICE", "", "COP", "agency Police"},
		{"USAGOV", "HILLARY CLINTON", "USA", "GOV", "person Hillary Clinton"},
		{"CHLGOV", "CHILEAN", "CHL", "GOV", "agency Government (Chile)"},
		{"USACVL", "UNITED STATES", "USA", "CVL", "group Civilians (United States)"},
		{"GOV", "PRESIDENT", "", "GOV", "group President"},
		{"IGOUNODEVWBK", "WORLD BANK", "", "IGO", "organization World Bank"},
		{"AFR", "AFRICA", "AFR", "", "group Africa"},
		{"REB", "", "", "REB", "group REB"},
	}
	for _, test := range tests {
		a := gdeltActor(test.code, test.name, test.of, test.role)
		if got := a.class + " " + a.name; got != test.want {
			t.Errorf("gdeltActor(%s, %s, %s, %s) = %s, want %s", test.code, test.name, test.of, test.role, got, test.want)
		}
	}
}
