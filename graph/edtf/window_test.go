package edtf

import (
	"slices"
	"testing"
)

// windowOf makes a window from the first day that one EDTF text can mean to the last that another can, an open one being unbounded.
func windowOf(t *testing.T, from, to string) (w Window) {
	t.Helper()
	if b := mustParse(t, from).Earliest(); b.Kind == Known {
		w.From = &b.Day
	}
	if b := mustParse(t, to).Latest(); b.Kind == Known {
		w.To = &b.Day
	}
	return w
}

func TestWindowContains(t *testing.T) {
	for _, tt := range []struct {
		name, date, from, to string
		want                 Truth
	}{
		{"day inside", "2025-02-15", "2025-02", "2025-02", Yes},
		{"first day", "2025-02-01", "2025-02", "2025-02", Yes},
		{"last day", "2025-02-28", "2025-02", "2025-02", Yes},
		{"day before", "2025-01-31", "2025-02", "2025-02", No},
		{"day after", "2025-03-01", "2025-02", "2025-02", No},
		{"month is the window", "2025-02", "2025-02-01", "2025-02-28", Yes},
		{"month is wider", "2025-02", "2025-02-02", "2025-02-28", Maybe},
		{"year is wider on both sides", "2025", "2025-02", "2025-02", Maybe},
		{"unspecified day", "2025-02-XX", "2025-02-27", "2025-03-01", Maybe},
		{"one of, inside", "[2025-02-27..2025-03-01]", "2025-02", "2025-03", Yes},
		{"one of, across", "[2025-02-27..2025-03-01]", "2025-03", "2025-03", Maybe},
		{"gap of a set", "[2025-01,2025-03]", "2025-02", "2025-02", Maybe},
		{"approximate day keeps its bounds", "2025-02-28~", "2025-02", "2025-02", Yes},

		{"interval inside", "2025-02-27/2025-03-01", "2025-02", "2025-03", Yes},
		{"interval across the start", "2025-02-27/2025-03-01", "2025-03", "2025-03", Maybe},
		{"interval across both", "2025-02-27/2025-03-01", "2025-02-28", "2025-02-28", Maybe},
		{"interval before", "2025-02-27/2025-03-01", "2025-03-02", "", No},
		{"open end", "2025-02-27/..", "2025", "2025", Maybe},
		{"open end, unbounded window", "2025-02-27/..", "2025", "", Yes},
		{"open end after the window", "2025-02-27/..", "2024", "2024", No},
		{"unknown end", "2025-02-27/", "2025", "2025", Maybe},
		{"unknown end, unbounded window", "2025-02-27/", "2025", "", Yes},
		{"open start", "../2025-02-27", "2025", "2025", Maybe},
		{"open start before the window", "../2025-02-27", "2025-03", "", No},
		{"open start, unbounded window", "../2025-02-27", "", "2025", Yes},

		{"any window holds all", "../..", "", "", Yes},
		{"no date, any window", "", "", "", Yes},
		{"no date, some window", "", "2025", "", Maybe},
		{"open window end", "2025-02-27", "../2025", "2025/..", Yes},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := windowOf(t, tt.from, tt.to).Contains(mustParse(t, tt.date)); got != tt.want {
				t.Errorf("%q in %q to %q is %v, want %v", tt.date, tt.from, tt.to, got, tt.want)
			}
		})
	}
}

func TestInEmptyWindow(t *testing.T) {
	from, to := Day(10), Day(9)
	for _, s := range []string{"", "1970", "../..", "1970-01-10/1970-01-11"} {
		if got := In(mustParse(t, s), &from, &to); got != No {
			t.Errorf("%q in an empty window is %v, want no", s, got)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, tt := range []struct {
		name, span, date string
		want             Truth
	}{
		{"inside", "2025-01-25/2025-11-13", "2025-01-31", Yes},
		{"first day", "2025-01-25/2025-11-13", "2025-01-25", Yes},
		{"last day", "2025-01-25/2025-11-13", "2025-11-13", Yes},
		{"day before", "2025-01-25/2025-11-13", "2025-01-24", No},
		{"day after", "2025-01-25/2025-11-13", "2025-11-14", No},
		{"month of the start", "2025-01-25/2025-11-13", "2025-01", Maybe},
		{"interval inside", "2025-01-25/2025-11-13", "2025-02-27/2025-03-01", Yes},
		{"interval across", "2025-01-25/2025-11-13", "2024/2025-03", Maybe},

		{"start some time in a month", "2025-01/2025-11-13", "2025-01-31", Yes},
		{"before the start may be", "2025-01/2025-11-13", "2025-01-30", Maybe},
		{"before the month", "2025-01/2025-11-13", "2024-12-31", No},
		{"year between years", "2004/2006", "2005", Yes},
		{"year at the end", "2004/2006", "2006", Maybe},
		{"start and end in one year", "2004/2004", "2004-06-01", Maybe},
		{"start some time before the end", "2025-01/2025-01-20", "2025-01-20", Yes},
		{"unspecified start", "2025-01-XX/2025-11-13", "2025-01-30", Maybe},

		{"open end", "2025-01-25/..", "9999-12-31", Yes},
		{"open end, date without end", "2025-01-25/..", "2025-02/..", Yes},
		{"open end, end of date unknown", "2025-01-25/..", "2025-02/", Yes},
		{"open end, before the start", "2025-01-25/..", "2025-01-24", No},
		{"open start", "../2025-01-20", "-9999", Yes},
		{"open start, after the end", "../2025-01-20", "2025-01-21", No},
		{"open start, date until", "../2025-01-20", "[..2025-01-20]", Yes},
		{"always", "../..", "2025", Yes},
		{"always, no date", "../..", "", Yes},
		{"unknown end", "2025-01-25/", "2025-01-31", Maybe},
		{"unknown end, before the start", "2025-01-25/", "2025-01-24", No},
		{"unknown start", "/2025-01-20", "2025-01-19", Maybe},
		{"unknown start, after the end", "/2025-01-20", "2025-01-21", No},
		{"unknown end, later date", "2025/..", "2024/", Maybe},

		{"a day covers itself", "2025-01-31", "2025-01-31", Yes},
		{"a day, a time", "2025-01-31", "2025-01-31T10:00:00", Yes},
		{"a month, its day", "2025-01", "2025-01-31", Maybe},
		{"a month, another day", "2025-01", "2025-02-01", No},
		{"a set", "{2024..2026}", "2025", Maybe},
		{"a set with an open end", "[2024..]", "2025", Maybe},
		{"a set with an open end, before", "[2024..]", "2023", No},
		{"no span", "", "2025", Maybe},
		{"no date", "2025/2026", "", Maybe},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Covers(mustParse(t, tt.span), mustParse(t, tt.date)); got != tt.want {
				t.Errorf("Covers(%q, %q) = %v, want %v", tt.span, tt.date, got, tt.want)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	want := []string{
		"Y-17E7", "-0002", "-0001", "0000-01-01",
		"2025-01-01", "2025-01-01T09:00:00Z", "2025-01-01T10:00:00Z", "2025-01-01~", // a day and its times
		"2025-01-01/2025-01-02", "2025-01", "2025-01-XX", "2025",
		"2025-01-01/", "2025-01-01/..", "[2025-01-01..]", // known, unknown, open ends
		"/2025-01-01", "../2025-01-01", // known before unknown before open starts
		"2025-01-02", "../2026", "Y17000",
		"", "/..", "../", "../..", // dateless
	}
	dates := make([]Date, len(want))
	for i, s := range want {
		dates[i] = mustParse(t, s)
	}
	slices.Reverse(dates)
	slices.SortFunc(dates, Compare)
	for i, d := range dates {
		if d.String() != want[i] {
			t.Errorf("date %d in order is %q, want %q", i, d, want[i])
		}
	}
}
