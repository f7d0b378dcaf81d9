package edtf

import (
	"math/bits"
	"strings"
)

// A yearMask is a year of four digits, any of which may be X.
type yearMask struct {
	negative bool
	digits   string
}

func (m yearMask) masked() bool { return strings.Contains(m.digits, "X") }

func anyYear(int64) bool { return true }

// first returns the first year that the mask can mean and that is ok, or if none
// is, the last that it can mean.
func (m yearMask) first(ok func(int64) bool) int64 { return m.search(m.negative, ok) }

// last returns the last year that the mask can mean and that is ok, or if none
// is, the first that it can mean.
func (m yearMask) last(ok func(int64) bool) int64 { return m.search(!m.negative, ok) }

// search tries the years by distance from year 0, the farthest first if
// descending. There are at most 10,000, and more than a few are tried only when
// a leap day is asked of years that have none.
func (m yearMask) search(descending bool, ok func(int64) bool) (year int64) {
	n := 1
	for range strings.Count(m.digits, "X") {
		n *= 10
	}
	for k := range n {
		if descending {
			k = n - 1 - k
		}
		y := m.fill(k)
		if y == 0 && m.negative {
			continue // there is no year -0000
		}
		if year = y; ok(y) {
			break
		}
	}
	return year
}

// fill returns the year in which the X spell the number k.
func (m yearMask) fill(k int) int64 {
	year, unit := int64(0), int64(1)
	for i := len(m.digits) - 1; i >= 0; i-- {
		digit := int64(m.digits[i] - '0')
		if m.digits[i] == 'X' {
			digit, k = int64(k%10), k/10
		}
		year += digit * unit
		unit *= 10
	}
	if m.negative {
		return -year
	}
	return year
}

// mask returns the numbers from 1 to top that a word of two digits or X can
// mean, as the bits of a set.
func mask(word string, top int) (set uint32) {
	for n := 1; n <= top; n++ {
		tens, ones := byte('0'+n/10), byte('0'+n%10)
		if (word[0] == 'X' || word[0] == tens) && (word[1] == 'X' || word[1] == ones) {
			set |= 1 << n
		}
	}
	return set
}

// lowest and highest return the least and the greatest number of a set that is
// not empty.
func lowest(set uint32) int  { return bits.TrailingZeros32(set) }
func highest(set uint32) int { return bits.Len32(set) - 1 }
