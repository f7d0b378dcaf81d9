package edtf

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDayString(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   Day
		want string
	}{
		{"epoch", 0, "1970-01-01"},
		{"day before", -1, "1969-12-31"},
		{"first of year 0", -719_528, "0000-01-01"},
		{"last before year 0", -719_529, "-0001-12-31"},
		{"last of four digits", 2_932_896, "9999-12-31"},
		{"first of five", 2_932_897, "+10000-01-01"},
		{"first", MinDay, "-9999999999999999-01-01"},
		{"last", MaxDay, "+9999999999999999-12-31"},
		{"before the first", math.MinInt64, "-9999999999999999-01-01"},
		{"after the last", math.MaxInt64, "+9999999999999999-12-31"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.in.String(); got != tt.want {
				t.Errorf("Day(%d).String() = %s, want %s", int64(tt.in), got, tt.want)
			}
		})
	}
}

func TestNewDayErrors(t *testing.T) {
	for _, tt := range []struct {
		name       string
		year       int64
		month, day int
		want       string
	}{
		{"leap day", 2025, 2, 29, "no day 29 in month 2 of year 2025"},
		{"day 0", 2025, 2, 0, "no day 0 in month 2 of year 2025"},
		{"month 0", 2025, 0, 1, "no month 0"},
		{"month 13", 2025, 13, 1, "no month 13"},
		{"year", math.MinInt64, 1, 1, "year -9223372036854775808 is out of range"},
		{"next year", MaxYear + 1, 1, 1, "year 10000000000000000 is out of range"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d, err := NewDay(tt.year, tt.month, tt.day); err == nil || err.Error() != tt.want {
				t.Errorf("NewDay(%d, %d, %d) = %v, %v, want the error %s", tt.year, tt.month, tt.day, d, err, tt.want)
			}
		})
	}
}

// The standard library's calendar is the same one, by other arithmetic.
func TestDayAgreesWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(-1e9, 1e9).Draw(t, "day")
		year, month, day := Day(n).Date()
		y, m, d := time.Unix(n*86_400, 0).UTC().Date()
		if year != int64(y) || month != int(m) || day != d {
			t.Fatalf("Day(%d).Date() = %d-%d-%d, time has %d-%d-%d", n, year, month, day, y, m, d)
		}
	})
}

func TestDayRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Day(rapid.Int64Range(int64(MinDay), int64(MaxDay)).Draw(t, "day"))
		year, month, day := d.Date()
		if got, err := NewDay(year, month, day); got != d || err != nil {
			t.Fatalf("NewDay(%d, %d, %d) = %d, %v, want %d", year, month, day, got, err, d)
		}
	})
}
