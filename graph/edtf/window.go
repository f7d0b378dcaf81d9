package edtf

// A Window is the days from From to To, both inclusive. A nil end is unbounded,
// so the zero Window holds every day. A window with From after To holds none.
type Window struct {
	From, To *Day
}

// Contains is [In] with the window's ends.
func (w Window) Contains(d Date) Truth { return In(d, w.From, w.To) }

// In answers whether d lies in the window from from to to, both inclusive; nil
// is unbounded. The answer is Yes if both bounds of d lie inside, No if no day
// between them does, and Maybe otherwise. A bound that is open or unknown lies
// inside only where the window is unbounded on that side too. For an interval,
// Yes means that it lies inside from its start to its end, and Maybe also that a
// part of it does.
//
// The zero Date gets Yes from the unbounded window, No from an empty one (from
// after to), and Maybe from any other.
func In(d Date, from, to *Day) Truth {
	switch {
	case from != nil && to != nil && *from > *to:
		return No
	case from != nil && d.latest.before(*from), to != nil && d.earliest.after(*to):
		return No
	case from != nil && (d.earliest.Kind != Known || d.earliest.Day < *from),
		to != nil && (d.latest.Kind != Known || d.latest.Day > *to):
		return Maybe
	}
	return Yes
}

// Covers answers whether the time span a, such as a tenure, was under way
// throughout the date b.
//
// A span starts on some day that its start can mean and ends on some day that
// its end can mean: 2004/2006 starts some time in 2004. The answer is Yes if b
// lies within a whichever days those are, and whichever day b means; No if b
// lies outside whichever they are; Maybe otherwise. An open end of a reaches on
// for ever, so nothing is beyond it; beyond an unknown end all is Maybe. An a
// that is not an interval is a span that starts and ends somewhere between its
// bounds: a day covers itself, while a month (or a set) covers its days Maybe.
// So does the zero Date, which covers every date Maybe.
func Covers(a, b Date) Truth {
	if b.latest.Kind == Known && a.earliest.after(b.latest.Day) ||
		b.earliest.Kind == Known && a.latest.before(b.earliest.Day) {
		return No
	}
	started := a.started.Kind == Open ||
		a.started.Kind == Known && b.earliest.Kind == Known && a.started.Day <= b.earliest.Day
	going := a.going.Kind == Open ||
		a.going.Kind == Known && b.latest.Kind == Known && a.going.Day >= b.latest.Day
	if started && going {
		return Yes
	}
	return Maybe
}
