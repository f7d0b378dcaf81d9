package edtf

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mustParse parses a text that the test knows to be valid. "" is the zero Date.
func mustParse(t interface {
	Helper()
	Fatalf(string, ...any)
}, s string) Date {
	t.Helper()
	if s == "" {
		return Date{}
	}
	d, err := Parse(s)
	if err != nil {
		t.Fatalf("Parse(%q): %v", s, err)
	}
	return d
}

// facts is what a Date says of itself, as a reader would write it.
type facts struct {
	Bounds    string // as earliest..latest; "open" and "unknown"
	Level     int
	Precision Precision
	Qualifier string
}

func factsOf(d Date) facts {
	word := func(b Bound) string {
		return [...]string{"unknown", "open", b.Day.String()}[b.Kind]
	}
	return facts{word(d.Earliest()) + ".." + word(d.Latest()), d.Level(), d.Precision(), d.Qualifier().String()}
}

func TestParse(t *testing.T) {
	const (
		unknown, day, month, season = PrecisionUnknown, PrecisionDay, PrecisionMonth, PrecisionSeason
		year, decade, century       = PrecisionYear, PrecisionDecade, PrecisionCentury
		interval, set               = PrecisionInterval, PrecisionSet
	)
	for _, tt := range []struct {
		name, in string
		want     facts
	}{
		{"day", "2025-01-31", facts{"2025-01-31..2025-01-31", 0, day, ""}},
		{"month", "2025-02", facts{"2025-02-01..2025-02-28", 0, month, ""}},
		{"leap month", "2024-02", facts{"2024-02-01..2024-02-29", 0, month, ""}},
		{"year", "2025", facts{"2025-01-01..2025-12-31", 0, year, ""}},
		{"year zero", "0000", facts{"0000-01-01..0000-12-31", 0, year, ""}},
		{"negative year", "-0044", facts{"-0044-01-01..-0044-12-31", 1, year, ""}},
		{"negative day", "-0043-03-15", facts{"-0043-03-15..-0043-03-15", 1, day, ""}},

		{"time", "2025-02-28T11:20:00", facts{"2025-02-28..2025-02-28", 0, day, ""}},
		{"time in UTC", "2025-02-28T16:20:00Z", facts{"2025-02-28..2025-02-28", 0, day, ""}},
		{"time that is the next day in UTC", "2025-02-28T23:20:00-05:00", facts{"2025-02-28..2025-02-28", 0, day, ""}},
		{"offset of hours", "2025-02-28T23:20:00-05", facts{"2025-02-28..2025-02-28", 0, day, ""}},
		{"greatest offset", "2025-02-28T23:20:00+14:00", facts{"2025-02-28..2025-02-28", 0, day, ""}},
		{"offset of nothing", "2025-02-28T23:20:00+00", facts{"2025-02-28..2025-02-28", 0, day, ""}},
		{"midnight at the end", "2025-02-28T24:00:00", facts{"2025-02-28..2025-02-28", 0, day, ""}},

		{"approximate", "2025-02-27~", facts{"2025-02-27..2025-02-27", 1, day, "~"}},
		{"uncertain", "2025-02?", facts{"2025-02-01..2025-02-28", 1, month, "?"}},
		{"both", "2025%", facts{"2025-01-01..2025-12-31", 1, year, "%"}},
		{"first component", "?2025-02", facts{"2025-02-01..2025-02-28", 2, month, "?"}},
		{"components to the left", "2025-02~-27", facts{"2025-02-27..2025-02-27", 2, day, "~"}},
		{"components apart", "2025?-02-~27", facts{"2025-02-27..2025-02-27", 2, day, "%"}},
		{"before and behind", "~2025?", facts{"2025-01-01..2025-12-31", 2, year, "%"}},
		{"before the sign", "~-0044", facts{"-0044-01-01..-0044-12-31", 2, year, "~"}},

		{"decade", "199X", facts{"1990-01-01..1999-12-31", 1, decade, ""}},
		{"century", "19XX~", facts{"1900-01-01..1999-12-31", 1, century, "~"}},
		{"millennium", "1XXX", facts{"1000-01-01..1999-12-31", 2, unknown, ""}},
		{"any year", "XXXX", facts{"0000-01-01..9999-12-31", 2, unknown, ""}},
		{"negative century", "-01XX", facts{"-0199-01-01..-0100-12-31", 1, century, ""}},
		{"negative decade without year -0000", "-000X", facts{"-0009-01-01..-0001-12-31", 1, decade, ""}},
		{"first digit of a decade", "20X0", facts{"2000-01-01..2090-12-31", 2, century, ""}},
		{"day unspecified", "2025-02-XX", facts{"2025-02-01..2025-02-28", 1, month, ""}},
		{"month unspecified", "2025-XX", facts{"2025-01-01..2025-12-31", 1, year, ""}},
		{"month and day unspecified", "2025-XX-XX", facts{"2025-01-01..2025-12-31", 1, year, ""}},
		{"month alone unspecified", "2025-XX-30", facts{"2025-01-30..2025-12-30", 2, year, ""}},
		{"month without long months", "2025-X2-31", facts{"2025-12-31..2025-12-31", 2, year, ""}},
		{"month digit", "1984-1X", facts{"1984-10-01..1984-12-31", 2, year, ""}},
		{"month 01-09", "1984-0X", facts{"1984-01-01..1984-09-30", 2, year, ""}},
		{"day digit", "2025-02-2X", facts{"2025-02-20..2025-02-28", 2, month, ""}},
		{"day 01-09", "2025-02-0X", facts{"2025-02-01..2025-02-09", 2, month, ""}},
		{"thirties", "2025-01-3X", facts{"2025-01-30..2025-01-31", 2, month, ""}},
		{"leap days", "19XX-02-29", facts{"1904-02-29..1996-02-29", 2, century, ""}},
		{"leap days before year 0", "-00XX-02-29", facts{"-0096-02-29..-0004-02-29", 2, century, ""}},
		{"last of February", "200X-02-XX", facts{"2000-02-01..2009-02-28", 2, decade, ""}},
		{"all unspecified", "XXXX-XX-XX", facts{"0000-01-01..9999-12-31", 2, unknown, ""}},

		{"spring", "2001-21", facts{"2001-03-01..2001-05-31", 1, season, ""}},
		{"summer", "2001-22", facts{"2001-06-01..2001-08-31", 1, season, ""}},
		{"autumn", "2001-23", facts{"2001-09-01..2001-11-30", 1, season, ""}},
		{"winter", "2001-24", facts{"2001-12-01..2002-02-28", 1, season, ""}},
		{"leap winter", "2003-24", facts{"2003-12-01..2004-02-29", 1, season, ""}},
		{"last winter of four digits", "9999-24", facts{"9999-12-01..+10000-02-29", 1, season, ""}},
		{"northern spring", "2001-25", facts{"2001-03-01..2001-05-31", 2, season, ""}},
		{"northern winter", "2001-28", facts{"2001-12-01..2002-02-28", 2, season, ""}},
		{"southern spring", "2001-29", facts{"2001-09-01..2001-11-30", 2, season, ""}},
		{"southern summer", "2001-30", facts{"2001-12-01..2002-02-28", 2, season, ""}},
		{"southern autumn", "2001-31", facts{"2001-03-01..2001-05-31", 2, season, ""}},
		{"southern winter", "2001-32", facts{"2001-06-01..2001-08-31", 2, season, ""}},
		{"first quarter", "2001-33", facts{"2001-01-01..2001-03-31", 2, season, ""}},
		{"fourth quarter", "2001-36", facts{"2001-10-01..2001-12-31", 2, season, ""}},
		{"first third", "2001-37", facts{"2001-01-01..2001-04-30", 2, season, ""}},
		{"last third", "2001-39", facts{"2001-09-01..2001-12-31", 2, season, ""}},
		{"first half", "2001-40", facts{"2001-01-01..2001-06-30", 2, season, ""}},
		{"second half", "2001-41", facts{"2001-07-01..2001-12-31", 2, season, ""}},
		{"season about", "2011-23~", facts{"2011-09-01..2011-11-30", 2, season, "~"}},
		{"season of some year", "20XX-21", facts{"2000-03-01..2099-05-31", 2, century, ""}},

		{"long year", "Y170000002", facts{"+170000002-01-01..+170000002-12-31", 1, year, ""}},
		{"long ago", "Y-17000~", facts{"-17000-01-01..-17000-12-31", 1, year, "~"}},
		{"exponent", "Y-17E7", facts{"-170000000-01-01..-170000000-12-31", 2, year, ""}},
		{"greatest year", "Y9999999999999999", facts{"+9999999999999999-01-01..+9999999999999999-12-31", 1, year, ""}},
		{"least year", "Y-9999999999999999S1", facts{"-9999999999999999-01-01..-9000000000000000-12-31", 2, unknown, ""}},
		{"two significant digits", "1950S2", facts{"1900-01-01..1999-12-31", 2, century, ""}},
		{"three", "1953S3?", facts{"1950-01-01..1959-12-31", 2, decade, "?"}},
		{"all significant", "-1859S5", facts{"-1859-01-01..-1859-12-31", 2, year, ""}},
		{"significant before year 0", "-1859S2", facts{"-1899-01-01..-1800-12-31", 2, century, ""}},
		{"leading zeros are not significant", "0950S2", facts{"0950-01-01..0959-12-31", 2, decade, ""}},
		{"long, significant", "Y171010000S3", facts{"+171000000-01-01..+171999999-12-31", 2, unknown, ""}},
		{"exponent, significant", "Y3388E2S3", facts{"+338000-01-01..+338999-12-31", 2, unknown, ""}},

		{"interval", "2025-02-27/2025-03-01", facts{"2025-02-27..2025-03-01", 0, interval, ""}},
		{"interval of one day", "2025-02-27/2025-02-27", facts{"2025-02-27..2025-02-27", 0, interval, ""}},
		{"interval of mixed units", "2004-02-01/2005", facts{"2004-02-01..2005-12-31", 0, interval, ""}},
		{"interval before year 0", "-1000/-0999", facts{"-1000-01-01..-0999-12-31", 1, interval, ""}},
		{"open end", "2025-01-25/..", facts{"2025-01-25..open", 1, interval, ""}},
		{"open start", "../2025-03", facts{"open..2025-03-31", 1, interval, ""}},
		{"always", "../..", facts{"open..open", 1, interval, ""}},
		{"unknown end", "2025-01-25/", facts{"2025-01-25..unknown", 1, interval, ""}},
		{"unknown start", "/2025-03", facts{"unknown..2025-03-31", 1, interval, ""}},
		{"unknown and open", "/..", facts{"unknown..open", 1, interval, ""}},
		{"open and unknown", "../", facts{"open..unknown", 1, interval, ""}},
		{"qualified ends", "1984~/2004-06?", facts{"1984-01-01..2004-06-30", 1, interval, "%"}},
		{"qualified component of an end", "2004-06-~01/2004-06-20", facts{"2004-06-01..2004-06-20", 2, interval, "~"}},
		{"qualified season as an end", "1952-23~/1953", facts{"1952-09-01..1953-12-31", 1, interval, "~"}},
		{"unspecified end", "2025-02-27/2025-02-XX", facts{"2025-02-27..2025-02-28", 2, interval, ""}},
		{"ends that overlap", "198X/198X", facts{"1980-01-01..1989-12-31", 2, interval, ""}},

		{"one of", "[2025-02-27..2025-03-01]", facts{"2025-02-27..2025-03-01", 2, set, ""}},
		{"one of, in any order", "[1668,1667,1670..1672]", facts{"1667-01-01..1672-12-31", 2, set, ""}},
		{"one of one", "[1667]", facts{"1667-01-01..1667-12-31", 2, set, ""}},
		{"that or earlier", "[..1760-12-03]", facts{"open..1760-12-03", 2, set, ""}},
		{"that or later", "[1760-01,1760-12..]", facts{"1760-01-01..open", 2, set, ""}},
		{"earlier or later", "[..1760,1770~..]", facts{"open..open", 2, set, "~"}},
		{"all of", "{1960,1961-12}", facts{"1960-01-01..1961-12-31", 2, set, ""}},
		{"all until", "{..1984}", facts{"open..1984-12-31", 2, set, ""}},
		{"items of all forms", "{19XX?,2001-24,2004-~06}", facts{"1900-01-01..2004-06-30", 2, set, "%"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := factsOf(mustParse(t, tt.in))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestString(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"as written", "2025-02-27T10:00:00+01", "2025-02-27T10:00:00+01"},
		{"whole date", "2025-02-27~", "2025-02-27~"},
		{"front of all", "%2001", "2001%"},
		{"each in front", "~2001-~02-~03", "2001-02-03~"},
		{"year in front", "?2004-06", "2004?-06"},
		{"negative year in front", "?-2004-06", "-2004?-06"},
		{"leading two", "2004-06~-11", "2004-06~-11"},
		{"one in front, all behind", "?2004-06-04~", "2004%-~06-~04"},
		{"month and day", "2004-?06-?11", "2004-?06-?11"},
		{"month alone", "2004-?06-11", "2004-?06-11"},
		{"day alone", "2004-06-?11", "2004-06-?11"},
		{"two groups", "2004?-06-11~", "2004%-~06-~11"},
		{"same twice", "?2004?", "2004?"},
		{"interval", "?2004/~2005", "2004?/2005~"},
		{"open interval", "../%2005", "../2005%"},
		{"unknown start", "/?2005", "/2005?"},
		{"unknown end", "?2005/", "2005?/"},
		{"set", "[..?1667,~1668-~01,?1670..?1672,%1700..]", "[..1667?,1668-01~,1670?..1672?,1700%..]"},
		{"long year", "Y17E7S1?", "Y17E7S1?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := mustParse(t, tt.in)
			if got := d.String(); got != tt.want {
				t.Errorf("Parse(%q).String() = %q, want %q", tt.in, got, tt.want)
			}
			if again := mustParse(t, tt.want); !again.Equal(d) {
				t.Errorf("Parse(%q) is not equal to Parse(%q)", tt.want, tt.in)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		pos      int
		reason   string
	}{
		{"empty", "", 1, "empty"},
		{"words", "last Thursday", 1, "a year has four digits, found 'l'"},
		{"leading space", " 2025", 1, "a year has four digits, found ' '"},
		{"trailing space", "2025 ", 5, "the date should end here, found ' '"},
		{"not ASCII", "2025–02", 5, "the date should end here, found '–'"},
		{"broken UTF-8", "2025\xff", 5, "the date should end here, found '�'"},
		{"short year", "202", 1, "a year has four digits, found '2'"},
		{"long year without Y", "20250", 5, "the date should end here, found '0'"},
		{"signed year", "+2025", 1, "a year has four digits, found '+'"},
		{"year -0000", "-0000", 1, "there is no year -0000"},
		{"sign before qualifier", "-~2025", 2, "a year has four digits, found '~'"},
		{"small x", "202x", 1, "a year has four digits, found '2'"},
		{"basic format", "20250227", 5, "the date should end here, found '0'"},
		{"no month", "2025-", 6, "a month or a day has two digits, found the end"},
		{"short month", "2025-2", 6, "a month or a day has two digits, found '2'"},
		{"month 00", "2025-00", 6, "no month 00"},
		{"month 13", "2025-13", 6, "no month 13"},
		{"month 20", "2025-20", 6, "no month 20"},
		{"season 42", "2025-42", 6, "no month 42"},
		{"unspecified season", "2025-2X", 6, "no month 2X"},
		{"day of a season", "2025-21-01", 9, "a season has no days"},
		{"day 00", "2025-01-00", 9, "no day 00 in 2025-01"},
		{"day 30 of February", "2025-02-30", 9, "no day 30 in 2025-02"},
		{"leap day", "2025-02-29", 9, "no day 29 in 2025-02"},
		{"leap day 1900", "1900-02-29", 9, "no day 29 in 1900-02"},
		{"leap day of odd years", "XXX1-02-29", 9, "no day 29 in XXX1-02"},
		{"unspecified day of February", "2024-02-3X", 9, "no day 3X in 2024-02"},
		{"day 31 of short months", "~-2024-X4-31", 11, "no day 31 in -2024-X4"},
		{"fourth component", "2025-01-01-01", 11, "the date should end here, found '-'"},
		{"two qualifiers", "2025?~", 6, "the date should end here, found '~'"},

		{"time of a month", "2025-02T10:00:00", 8, "only a plain day can have a time"},
		{"time of a qualified day", "2025-02-27~T10:00:00", 12, "only a plain day can have a time"},
		{"time of an unspecified day", "2025-02-XXT10:00:00", 11, "only a plain day can have a time"},
		{"short time", "2025-02-27T10:00", 17, "a time is hh:mm:ss, found the end"},
		{"hour 25", "2025-02-27T25:00:00", 12, "no time 25:00:00"},
		{"past midnight", "2025-02-27T24:00:01", 12, "no time 24:00:01"},
		{"leap second", "2016-12-31T23:59:60Z", 12, "no time 23:59:60"},
		{"fraction", "2025-02-27T10:00:00.5", 20, "the date should end here, found '.'"},
		{"offset 15", "2025-02-27T10:00:00+15", 20, "no offset +15"},
		{"offset of 60 minutes", "2025-02-27T10:00:00-05:60", 20, "no offset -05:60"},
		{"offset of minus nothing", "2025-02-27T10:00:00-00:00", 20, "no offset -00:00"},
		{"minutes cut off", "2025-02-27T10:5", 15, "a time is hh:mm:ss, found '5'"},
		{"offset of no hours", "2025-02-27T10:00:00+5", 21, "an offset is hh or hh:mm, found '5'"},
		{"offset cut off", "2025-02-27T10:00:00-05:", 24, "an offset is hh or hh:mm, found the end"},

		{"Y for a short year", "Y2006", 2, "a year of four digits is written without Y"},
		{"Y and exponent for a short year", "Y1E3", 2, "a year of four digits is written without Y"},
		{"Y without digits", "Y", 2, "a year with Y has digits, the first not 0, found the end"},
		{"Y and leading zero", "Y02006", 2, "a year with Y has digits, the first not 0, found '0'"},
		{"Y and month", "Y20060-01", 7, "the year should end here, found '-'"},
		{"17 digits", "Y10000000000000000", 2, "a year of more than 16 digits"},
		{"many digits", "Y-" + strings.Repeat("9", 500), 3, "a year of more than 16 digits"},
		{"great exponent", "Y1E99999999999999999999", 2, "a year of more than 16 digits"},
		{"exponent 0", "Y17000E0", 8, "an exponent has digits, the first not 0, found '0'"},
		{"no significant digits", "1950S0", 6, "significant digits are a number, the first digit not 0, found '0'"},
		{"significant digits of nothing", "0000S1", 5, "year 0000 has no significant digits, found 'S'"},
		{"significant and unspecified", "19XXS2", 5, "only a plain year can have significant digits, found 'S'"},

		{"unknown to unknown", "/", 1, "both ends of the interval are unknown"},
		{"three ends", "2001/2002/2003", 10, "an interval has two ends"},
		{"inverted", "2025-03-01/2025-02-27", 12, "the end begins before the start"},
		{"end begins earlier", "2025-02-27/2025-02", 12, "the end begins before the start"},
		{"inverted seasons", "2012-24/2012-21", 9, "the end begins before the start"},
		{"inverted whatever X is", "199X/198X", 6, "the end begins before the start"},
		{"bad start", "2025-13/2026", 6, "no month 13"},
		{"bad end", "2025/2026-13", 11, "no month 13"},
		{"time in an interval", "2025-02-27T10:00:00/2025-03", 11, "a date with a time must stand alone"},
		{"Y in an interval", "2025/Y20250", 6, "a year with Y must stand alone"},
		{"significant digits in an interval", "1950S2/1999", 5, "a year with significant digits must stand alone"},
		{"set in an interval", "2024/[2025]", 6, "a year has four digits, found '['"},

		{"set not ended", "[2025", 6, "the set does not end with ']'"},
		{"bracket alone", "{", 2, "the set does not end with '}'"},
		{"wrong end", "[2025}", 7, "the set does not end with ']'"},
		{"empty set", "[]", 2, "a date is missing"},
		{"open set of nothing", "{..}", 2, "a date is missing"},
		{"item missing", "[2025,,2026]", 7, "a date is missing"},
		{"last item missing", "[2025,]", 7, "a date is missing"},
		{"space", "[2025, 2026]", 7, "a year has four digits, found ' '"},
		{"open in the middle", "[2024,..2025]", 7, "only the first item can start with .. and only the last end with it"},
		{"open end in the middle", "[2024..,2025]", 2, "only the first item can start with .. and only the last end with it"},
		{"open twice", "[..2025..]", 8, "the date should end here, found '.'"},
		{"inverted range", "[2024,2026..2025]", 13, "the end of the range begins before its start"},
		{"Y in a set", "[Y20250]", 2, "a year with Y must stand alone"},
		{"interval in a set", "[2024/2025]", 6, "the date should end here, found '/'"},
		{"text behind a set", "[2024]~", 8, "the set does not end with ']'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse(tt.in)
			var got *ParseError
			if !errors.As(err, &got) {
				t.Fatalf("Parse(%q) = %v, %v, want a ParseError", tt.in, d, err)
			}
			want := &ParseError{Text: tt.in, Pos: tt.pos, Reason: tt.reason}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.in, diff)
			}
			if !d.IsZero() {
				t.Errorf("Parse(%q) failed and returned %v", tt.in, d)
			}
		})
	}
}

func TestParseErrorText(t *testing.T) {
	_, err := Parse("2025-02-30")
	if got, want := err.Error(), `edtf "2025-02-30": position 9: no day 30 in 2025-02`; got != want {
		t.Errorf("error is %s, want %s", got, want)
	}
	_, err = Parse(strings.Repeat("2", 1e6))
	if got := err.Error(); len(got) > 200 {
		t.Errorf("the error of a long text has %d bytes", len(got))
	}
}

func TestPrecisionString(t *testing.T) {
	for p, want := range map[Precision]string{PrecisionDay: "day", PrecisionSet: "set", PrecisionSet + 1: "unknown"} {
		if got := p.String(); got != want {
			t.Errorf("Precision(%d) is %s, want %s", p, got, want)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, s := range []string{"2025-01-31", "2025-02-XX", "XXXX-02-29", "2025-02-27/2025-03-01", "[2025-02-27..2025-03-01]"} {
		b.Run(strings.ReplaceAll(s, "/", "|"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
