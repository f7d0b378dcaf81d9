package store

import (
	"cmp"
	"fmt"

	"github.com/cayleygraph/quad"
)

// Every key of a store begins with a byte that says which table it is in. This is the grammar of all of them; tid and text
// are in tid.go, and "derived", whose tables are capital letters, in derive.go.
//
//	key      = meta / entry / number / term / quad / note / named / derived
//	meta     = "m" / "m" "odel"           ; see meta.go; the Model of the derived tables, JSON
//	entry    = "d" text                   ; value: the entry's number, 8OCTET
//	number   = "e" 8OCTET                 ; value: the entry's text
//	term     = "t" tid                    ; value: empty. The terms that some quad has.
//	quad     = "1" S P O L / "2" P O L S / "3" O S P L / "4" L S P O / "5" O L S P / "6" P L S O
//	                                      ; value: empty. S, P, O and L are the tids of a quad's terms.
//	note     = "w" 8OCTET                 ; value: what went with the write that made this revision, see Change
//	named    = "k" *OCTET                 ; value: the revision of the note with this key, 8OCTET
//
// A text longer than maxText stands in the entry's key by its SHA-256: "d" "#" 32OCTET.
//
// Six orders are the fewest by which any of the sixteen patterns of given and open terms is the beginning of a key, so that
// its quads are one span: each order serves the patterns of its first, first two and first three terms, and there are six
// pairs.
const (
	tableMeta     = 'm'
	tableEntry    = 'd'
	tableNumber   = 'e'
	tableTerm     = 't'
	tableQuad     = '1' // to '6'
	tableNote     = 'w'
	tableNoteName = 'k'
)

// A tquad is a quad as tids, in the order subject, predicate, object, label.
type tquad [4]tid

func (q tquad) get(d quad.Direction) tid { return q[d-1] }

// compareTquads orders quads as table 1 does.
func compareTquads(a, b tquad) int {
	for d := range a {
		if c := cmp.Compare(a[d].kind, b[d].kind); c != 0 {
			return c
		}
		if c := cmp.Compare(a[d].n, b[d].n); c != 0 {
			return c
		}
	}
	return 0
}

// orders lists the orders of the quad tables, table 1 first. A 0 is the subject.
var orders = [6][4]int{
	{0, 1, 2, 3},
	{1, 2, 3, 0},
	{2, 0, 1, 3},
	{3, 0, 1, 2},
	{2, 3, 0, 1},
	{1, 3, 0, 2},
}

// maxQuadKey is how long the key of a quad can be: four tids of at most 10 bytes.
const maxQuadKey = 1 + 4*10

// appendQuadKey appends the key of a quad in one of the orders.
func appendQuadKey(b []byte, order int, q tquad) []byte {
	b = append(b, tableQuad+byte(order))
	for _, i := range orders[order] {
		b = appendTID(b, q[i])
	}
	return b
}

// parseQuadKey is the reverse of appendQuadKey.
func parseQuadKey(key []byte) (q tquad, err error) {
	if len(key) == 0 || key[0] < tableQuad || int(key[0]-tableQuad) >= len(orders) {
		return q, errKey
	}
	rest := key[1:]
	for _, i := range orders[key[0]-tableQuad] {
		if q[i], rest, err = cutTID(rest); err != nil {
			return q, fmt.Errorf("quad key %x: %w", key, err)
		}
	}
	if len(rest) > 0 {
		return q, fmt.Errorf("quad key %x: %w", key, errKey)
	}
	return q, nil
}

// A tpattern matches quads: those of its terms that are given.
type tpattern struct {
	q     tquad
	given [4]bool
}

// compare orders patterns by their terms: a batch of one form by its spans.
func (p tpattern) compare(o tpattern) int {
	for i := range p.q {
		if c := compareTIDs(p.q[i], o.q[i]); c != 0 {
			return c
		}
	}
	return 0
}

// span returns the span of exactly the quads that match, and the table's order.
func (p tpattern) span() (span, int) {
	n := 0
	for _, g := range p.given {
		if g {
			n++
		}
	}
next:
	for o, order := range orders {
		for _, i := range order[:n] {
			if !p.given[i] {
				continue next
			}
		}
		prefix := append(make([]byte, 0, 48), tableQuad+byte(o))
		for _, i := range order[:n] {
			prefix = appendTID(prefix, p.q[i])
		}
		return prefixSpan(prefix), o
	}
	panic("six orders serve every pattern") // proven by a test of all sixteen
}
