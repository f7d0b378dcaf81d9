package edtf

// BoundKind says whether an end of a date is a day.
type BoundKind uint8

const (
	Unknown BoundKind = iota // there is an end, the source does not say where
	Open                     // there is no end: it reaches on for ever
	Known                    // the end is a day
)

// A Bound is the first or the last day that a date can mean. The zero Bound is
// unknown.
type Bound struct {
	Kind BoundKind
	Day  Day // inclusive; 0 unless Kind is Known
}

func known(d Day) Bound { return Bound{Known, d} }

// String returns the day, or what EDTF writes in its place: ".." when open and
// "" when unknown.
func (b Bound) String() string {
	switch b.Kind {
	case Known:
		return b.Day.String()
	case Open:
		return ".."
	}
	return ""
}

// before and after report that the bound is a day on the stated side of d.
func (b Bound) before(d Day) bool { return b.Kind == Known && b.Day < d }
func (b Bound) after(d Day) bool  { return b.Kind == Known && b.Day > d }
