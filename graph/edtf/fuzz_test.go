package edtf

import (
	"errors"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "2025-01-31", "-0043-03-15", "?2004-06-04~", "2004-%06", "XXX4-X2-2X", "-000X", "20XX-24%",
		"2025-02-28T23:20:00-05:00", "Y-17E7S3~", "1950S2", "Y9999999999999999",
		"2025-02-27/2025-02-XX", "../", "/..", "1984?-06/2004-08~",
		"[..1667,-1668~,1670..1672,1760-12..]", "{%1960,1961-21}", "[]", "[..]", "2025\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		if err == nil {
			checkDate(t, d)
			return
		}
		var e *ParseError
		if !errors.As(err, &e) || e.Text != s || e.Pos < 1 || e.Pos > len(s)+1 || e.Reason == "" {
			t.Errorf("Parse(%q) fails with %#v", s, err)
		}
		if !d.IsZero() {
			t.Errorf("Parse(%q) fails and returns %v", s, d)
		}
	})
}
