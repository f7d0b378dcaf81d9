package importer

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestSharedData imports real files, holds what comes of them against all rules, and counts.
func TestSharedData(t *testing.T) {
	tests := []struct {
		format string
		files  []string
		want   Report
		large  bool // linting it takes seconds
	}{
		{"icews", []string{"icews/events.2018.sample.tab"}, Report{Files: 1, Rows: 3705, Events: 3029, Merged: 676}, false},
		{"icews", []string{"icews/20210103-icews-events.tab"}, Report{Files: 1, Rows: 7251, Events: 6281, Merged: 970}, true},
		{"icews", []string{"icews/icews14.tsv.gz"}, Report{Files: 1, Rows: 90730, Events: 79036, Merged: 11694}, true},
		{"gdelt", []string{"gdelt/gdelt1_sample.tsv"}, Report{Files: 1, Rows: 710, Events: 700, Merged: 10}, false},
		{"gdelt", []string{"gdelt/gdelt2_sample.tsv"}, Report{Files: 1, Rows: 500, Events: 483, Merged: 17}, false},
		{"statehistory", []string{"state_history/visits.tsv", "state_history/trips.tsv", "state_history/appointments.tsv"},
			Report{Files: 3, Rows: 14797, Events: 7434, Tenures: 6696, Passed: 665, Rejected: 2}, true},
	}
	for _, test := range tests {
		t.Run(test.files[0], func(t *testing.T) {
			if test.large && testing.Short() {
				t.Skip("it is large; run without -short")
			}
			quads, got, err := run(t, test.format, Options{MaxRejects: 0.01, Curated: true}, shared(t, test.files...)...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(Report{}, "Reasons")); diff != "" {
				t.Error(diff)
			}
			lint(t, quads)
		})
	}
}

// TestElevenYears imports ICEWS from 2005 to 2015 and holds what is known of it: of its 461,329 rows, of one pair, and of the pairs of states.
func TestElevenYears(t *testing.T) {
	if testing.Short() {
		t.Skip("half a million rows; run without -short")
	}
	im, err := New("icews", shared(t, "icews/icews0515.tsv.gz"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := im.Source().Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	type pair [2]string
	parts, kinds := map[string]pair{}, map[string]string{} // by event
	lines := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		cells := strings.SplitN(line, " ", 4)
		if !strings.HasPrefix(cells[0], "<event:") {
			continue
		}
		switch id := cells[0]; {
		case strings.HasPrefix(cells[1], "<role:"):
			p := parts[id]
			if p[0] == "" {
				p[0] = cells[2]
			}
			p[1] = cells[2]
			parts[id] = p
		case strings.HasSuffix(cells[1], "/eventType>"):
			kinds[id] = cells[2]
		}
	}
	report := im.Report()
	want := Report{Files: 1, Rows: 461_329, Events: 398_749, Merged: 62_580}
	if diff := cmp.Diff(want, report, cmpopts.IgnoreFields(Report{}, "Reasons")); diff != "" {
		t.Error(diff)
	}
	if len(parts) != 398_749 {
		t.Errorf("%d events have ids of their own, want 398,749", len(parts))
	}
	events, calls := map[pair]int{}, 0
	for id, p := range parts {
		if p[1] < p[0] {
			p[0], p[1] = p[1], p[0]
		}
		events[p]++
		if p == (pair{"<person:barack-obama>", "<person:benjamin-netanyahu>"}) && kinds[id] == "<kind:call>" {
			calls++
		}
	}
	if n := events[pair{"<person:barack-obama>", "<person:benjamin-netanyahu>"}]; n != 1391 || calls != 66 {
		t.Errorf("Barack Obama and Benjamin Netanyahu have %d events and %d calls, want 1,391 and 66", n, calls)
	}
	var first pair
	for p, n := range events {
		if strings.HasPrefix(p[0], "<government:") && strings.HasPrefix(p[1], "<government:") && p[0] != p[1] && n > events[first] {
			first = p
		}
	}
	if want := (pair{"<government:china>", "<government:japan>"}); first != want || events[first] != 7879 {
		t.Errorf("of the pairs of states %v leads with %d events, want %v with 7,879", first, events[first], want)
	}
}
