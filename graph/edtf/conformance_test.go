package edtf

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// readShared returns the lines of a file of the conformance data, which other
// people wrote and which lies beside the project, not in it. The tables of
// parse_test.go cover the same ground without it.
func readShared(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "edtf", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the conformance data is not beside the project: no shared/data/edtf/%s", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func TestConformanceValid(t *testing.T) {
	lines := readShared(t, "valid.tsv")[1:]
	if len(lines) < 206 {
		t.Errorf("%d valid dates, want 206 or more", len(lines))
	}
	for _, line := range lines {
		level, in, _ := strings.Cut(line, "\t")
		t.Run(in, func(t *testing.T) {
			d := mustParse(t, in)
			if got := strconv.Itoa(d.Level()); got != level {
				t.Errorf("Parse(%q).Level() = %s, want %s", in, got, level)
			}
		})
	}
}

func TestConformanceInvalid(t *testing.T) {
	lines := readShared(t, "invalid.txt")
	if len(lines) < 56 {
		t.Errorf("%d invalid dates, want 56 or more", len(lines))
	}
	for _, in := range lines {
		t.Run(in, func(t *testing.T) {
			if d, err := Parse(in); err == nil {
				t.Errorf("Parse(%q) = %v, want an error", in, factsOf(d))
			}
		})
	}
}

// ourBounds has the dates whose bounds we decided otherwise than the data, which
// follows python-edtf. The reasons in full are the package's conventions.
var ourBounds = map[string]struct{ earliest, latest, reason string }{
	"/2006":        {"unknown", "2006-12-31", "an unknown start has no day: ten years are invented"},
	"2004-06-01/":  {"2004-06-01", "unknown", "an unknown end has no day: ten years are invented"},
	"1984-06-02?/": {"1984-06-02", "unknown", "an unknown end has no day: ten years are invented"},
	"2010-24":      {"2010-12-01", "2011-02-28", "winter does not end with December"},
	"1950S2":       {"1900-01-01", "1999-12-31", "two significant digits leave the century open"},
	"1953S2":       {"1900-01-01", "1999-12-31", "two significant digits leave the century open"},
	"1953S3":       {"1950-01-01", "1959-12-31", "three significant digits leave the decade open"},
	"Y17101E4S3":   {"171000000-01-01", "171999999-12-31", "three significant digits leave a million years open"},
	"Y3388E2S3":    {"338000-01-01", "338999-12-31", "three significant digits leave a thousand years open"},
	"Y171010000S3": {"171000000-01-01", "171999999-12-31", "three significant digits leave a million years open"},
}

// ourRefusals has the dates of the bounds data that are not EDTF: all have the
// spaces that the draft of 2012 allowed, and that the data's own list of invalid
// dates refuses. Their bounds are tested without the spaces.
var ourRefusals = map[string]bool{
	"[1667, 1668, 1670..1672]":      true,
	"[1760-01, 1760-02, 1760-12..]": true,
	"[1667, 1760-12]":               true,
	"{1667,1668, 1670..1672}":       true,
	"{1960, 1961-12}":               true,
}

func TestConformanceBounds(t *testing.T) {
	// The data writes open ends as infinite, and no plus sign.
	word := func(b Bound, open string) string {
		switch b.Kind {
		case Known:
			return strings.TrimPrefix(b.Day.String(), "+")
		case Open:
			return open
		}
		return "unknown"
	}
	used := 0
	lines := readShared(t, "bounds.tsv")[1:]
	if len(lines) < 90 {
		t.Errorf("%d dates with bounds, want 90 or more", len(lines))
	}
	for _, line := range lines {
		row := strings.Split(line, "\t")
		in, earliest, latest := row[0], row[1], row[2]
		t.Run(in, func(t *testing.T) {
			if ourRefusals[in] {
				used++
				if d, err := Parse(in); err == nil {
					t.Errorf("Parse(%q) = %v, want an error", in, d)
				}
				in = strings.ReplaceAll(in, " ", "")
			}
			if ours, ok := ourBounds[in]; ok {
				used++
				if ours.earliest == earliest && ours.latest == latest {
					t.Errorf("%q is no exception any more", in)
				}
				earliest, latest = ours.earliest, ours.latest
			}
			d := mustParse(t, in)
			if got, want := word(d.Earliest(), "-inf")+" "+word(d.Latest(), "inf"), earliest+" "+latest; got != want {
				t.Errorf("bounds of %q are %s, want %s", in, got, want)
			}
		})
	}
	if want := len(ourBounds) + len(ourRefusals); used != want {
		t.Errorf("%d rows are exceptions, the tables list %d", used, want)
	}
}
