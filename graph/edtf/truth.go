package edtf

// Truth is an answer about a date that may be too vague for yes or no. Its
// values are ordered, No < Maybe < Yes, and And, Or and Not are Kleene's strong
// logic: the lesser, the greater, the mirror image. The zero Truth is No.
type Truth uint8

const (
	No    Truth = iota // certainly not
	Maybe              // possibly: the date does not say
	Yes                // certainly
)

// And returns the lesser of the two: Yes only if both are.
func (t Truth) And(u Truth) Truth { return min(t, u) }

// Or returns the greater of the two: No only if both are.
func (t Truth) Or(u Truth) Truth { return max(t, u) }

// Not turns Yes into No and No into Yes; Maybe stays.
func (t Truth) Not() Truth { return Yes - min(t, Yes) }

// String returns "no", "maybe" or "yes".
func (t Truth) String() string {
	switch t {
	case No:
		return "no"
	case Maybe:
		return "maybe"
	}
	return "yes"
}
