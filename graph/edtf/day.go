package edtf

import "fmt"

// MaxYear is the greatest year, and -MaxYear the least, that a [Day] can be in.
// Sixteen nines: an int64 holds two and a half times as many days.
const MaxYear = 9_999_999_999_999_999

// MinDay and MaxDay are the first and the last day there are: 1 January of
// -MaxYear and 31 December of MaxYear.
const (
	MinDay Day = -3_652_425_000_000_719_162
	MaxDay Day = 3_652_424_999_999_280_471
)

// A Day is one day of the proleptic Gregorian calendar, counted from 1970-01-01,
// which is day 0. Days compare and subtract as the numbers they are. A Day
// outside MinDay and MaxDay, which only arithmetic can make, reads as the nearer
// of the two. Where "no day" is meant, use a nil *Day or a [Bound]: the zero Day
// is a day.
type Day int64

// NewDay returns the day with the given astronomical year (0 is 1 BC), month
// (1-12) and day of the month. It fails if there is no such day.
func NewDay(year int64, month, day int) (Day, error) {
	switch {
	case year < -MaxYear || year > MaxYear:
		return 0, fmt.Errorf("year %d is out of range", year)
	case month < 1 || month > 12:
		return 0, fmt.Errorf("no month %d", month)
	case day < 1 || day > daysIn(month, isLeap(year)):
		return 0, fmt.Errorf("no day %d in month %d of year %d", day, month, year)
	}
	return dayOf(year, month, day), nil
}

// Date returns the astronomical year, the month (1-12) and the day of the month.
func (d Day) Date() (year int64, month, day int) {
	// The year is taken to begin in March, so that the leap day is its last; 400
	// years (an era) have 146097 days. 719468 is the distance from 0000-03-01 to
	// 1970-01-01.
	n := int64(min(max(d, MinDay), MaxDay)) + 719_468
	era := floorDiv(n, 146_097)
	doe := n - era*146_097
	yoe := (doe - doe/1460 + doe/36_524 - doe/146_096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153 // months since March
	day = int(doy - (153*mp+2)/5 + 1)
	year = era*400 + yoe
	if month = int(mp) + 3; month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

// String returns YYYY-MM-DD. A year outside 0000-9999 has a sign and at least
// four digits, as in -0043-03-15 and +12000-01-01.
func (d Day) String() string {
	y, m, day := d.Date()
	if y < 0 || y > 9999 {
		return fmt.Sprintf("%+05d-%02d-%02d", y, m, day)
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, day)
}

// dayOf is NewDay without its checks, save that a month above 12 counts on into
// the next year.
func dayOf(year int64, month, day int) Day {
	year += int64((month - 1) / 12)
	month = (month-1)%12 + 1
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	doy := int64((153*(month-3)+2)/5 + day - 1)
	return Day(era*146_097 + yoe*365 + yoe/4 - yoe/100 + doy - 719_468)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func isLeap(year int64) bool {
	return year%4 == 0 && (year%100 != 0 || year%400 == 0)
}

// daysIn returns how many days the month (1-12) has.
func daysIn(month int, leap bool) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if leap {
			return 29
		}
		return 28
	}
	return 31
}
