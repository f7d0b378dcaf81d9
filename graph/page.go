package graph

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"
	"sync"
)

// How long a page may be, and how long it is if nobody says: small enough that the deepest question stays answerable, large
// enough for a screen.
const (
	MaxPage     = 100
	DefaultPage = 20
)

// A Page says which part of a list is wanted. Nil fields are not given. At most one of First and Last may be.
type Page struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// PageInfo tells where a page lies in its list.
type PageInfo struct {
	HasNextPage, HasPreviousPage bool
	StartCursor, EndCursor       *string // nil of an empty page
}

// A Connection is a page of a list, as Relay wants it. E is an edge that holds an N.
type Connection[N any, E edge[N]] struct {
	Edges    []E
	PageInfo *PageInfo
	total    func(context.Context) (int, error)
	count    func(context.Context) (*Range, error) // nil of a list that no window can make uncertain
}

type edge[N any] interface{ node() N }

// Nodes returns the page without cursors.
func (c *Connection[N, E]) Nodes() []N {
	nodes := make([]N, len(c.Edges))
	for i, e := range c.Edges {
		nodes[i] = e.node()
	}
	return nodes
}

// TotalCount counts the whole list.
func (c *Connection[N, E]) TotalCount(ctx context.Context) (int, error) {
	if c.total == nil {
		n, err := c.count(ctx)
		if err != nil {
			return 0, err
		}
		return n.Max, nil
	}
	return c.total(ctx)
}

// Count counts the whole list: how much of it is certainly in the window asked for, and how much possibly.
func (c *Connection[N, E]) Count(ctx context.Context) (*Range, error) {
	if c.count == nil {
		n, err := c.total(ctx)
		return &Range{n, n}, err
	}
	return c.count(ctx)
}

// An Edge is a node in a page.
type Edge[N any] struct {
	Cursor string
	Node   N
}

func (e *Edge[N]) node() N { return e.Node }

// A key says where a row stands in its list: rows are ordered by the first part, then by the next.
type key []string

// An order is that of a list. Lists of different orders have different names, so that a cursor of one is refused by the
// other.
type order struct {
	name string
	desc []bool             // which parts of a key go downwards; those beyond its length go upwards
	by   func(a, b key) int // instead of the order of the parts as texts, if not nil
	mute bool               // nobody asks for cursors: they are ""
}

func (o order) compare(a, b key) int {
	if o.by != nil {
		return o.by(a, b)
	}
	for i := range min(len(a), len(b)) {
		if c := strings.Compare(a[i], b[i]); c != 0 {
			if i < len(o.desc) && o.desc[i] {
				return -c
			}
			return c
		}
	}
	return len(a) - len(b)
}

// cursor writes a key down. The grammar: base64url of
//
//	cursor = crc name *part
//	crc    = 4 bytes, big-endian, CRC-32 (IEEE) of what follows
//	name   = string   ; the order's
//	part   = string   ; of the key
//	string = uvarint-length bytes
//
// The sum is there to refuse what was damaged on the way; it keeps nothing secret, and there is nothing secret in it.
func (o order) cursor(k key) string {
	if o.mute {
		return ""
	}
	w := o.begin()
	for _, s := range k {
		w.part(s)
	}
	return w.end()
}

// A cursorWriter writes a cursor. A page has one on each row, whether they are asked for or not: so it writes into memory that is used again.
type cursorWriter struct{ raw, text []byte }

var cursorWriters = sync.Pool{New: func() any { return new(cursorWriter) }}

func (o order) begin() *cursorWriter {
	w := cursorWriters.Get().(*cursorWriter)
	w.raw = append(w.raw[:0], 0, 0, 0, 0) // the crc
	w.part(o.name)
	return w
}

func (w *cursorWriter) part(s string) {
	w.raw = append(binary.AppendUvarint(w.raw, uint64(len(s))), s...)
}

// end returns the cursor, and gives the memory back.
func (w *cursorWriter) end() string {
	binary.BigEndian.PutUint32(w.raw, crc32.ChecksumIEEE(w.raw[4:]))
	w.text = base64.RawURLEncoding.AppendEncode(w.text[:0], w.raw)
	s := string(w.text)
	if cap(w.raw) <= 1024 { // one long id is no reason to keep so much
		cursorWriters.Put(w)
	}
	return s
}

// parse reads a cursor; parts is how many parts its key must have.
func (o order) parse(argument, cursor string, parts int) (key, error) {
	bad := func() (key, error) {
		return nil, invalid(argument, "%.60q is no cursor; give the cursor of an edge as it came", cursor)
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < 5 || binary.BigEndian.Uint32(b) != crc32.ChecksumIEEE(b[4:]) {
		return bad()
	}
	var k key
	for b = b[4:]; len(b) > 0; {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return bad()
		}
		k = append(k, string(b[size:size+int(n)]))
		b = b[size+int(n):]
	}
	if len(k) == 0 || (order{name: k[0]}).cursor(k[1:]) != cursor {
		return bad() // the same bytes written in another way: unused bits, line ends
	}
	if len(k) != parts+1 || k[0] != o.name {
		return nil, invalid(argument, "this is the cursor of another list or another order; give one from this list")
	}
	return k[1:], nil
}

// A givenCursor is a cursor that is given, and as what.
type givenCursor struct{ argument, text string }

// cursors returns the cursors that are given, after before before: of two that are wrong it is always the same that is told of.
func (p Page) cursors() (list []givenCursor) {
	if p.After != nil {
		list = append(list, givenCursor{"after", *p.After})
	}
	if p.Before != nil {
		list = append(list, givenCursor{"before", *p.Before})
	}
	return list
}

// limit checks First and Last and returns how many rows are wanted, and whether from the end.
func (p Page) limit() (n int, fromEnd bool, err error) {
	switch {
	case p.First != nil && p.Last != nil:
		return 0, false, invalid("last", "first and last exclude each other; give one")
	case p.First != nil:
		n, err = *p.First, checkLimit("first", *p.First)
	case p.Last != nil:
		n, fromEnd, err = *p.Last, true, checkLimit("last", *p.Last)
	default:
		n = DefaultPage
	}
	return n, fromEnd, err
}

func checkLimit(argument string, n int) error {
	if n < 1 || n > MaxPage {
		return invalid(argument, "%d is out of range; ask for 1 to %d", n, MaxPage)
	}
	return nil
}

// A row is an entry of a list that stands in memory.
type row[E any] struct {
	key  key
	edge E
}

// page sorts rows and cuts out a page. The rows' keys must differ and have the same number of parts. number, if not nil, is told
// each edge's place in the whole list, from 0.
func page[N any, E edge[N]](rows []row[E], o order, parts int, p Page, set func(e E, cursor string, place int)) (*Connection[N, E], error) {
	n, fromEnd, err := p.limit()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b row[E]) int { return o.compare(a.key, b.key) })
	total := len(rows)
	from, to := 0, total
	if p.After != nil {
		k, err := o.parse("after", *p.After, parts)
		if err != nil {
			return nil, err
		}
		i, found := slices.BinarySearchFunc(rows, k, func(r row[E], k key) int { return o.compare(r.key, k) })
		if found {
			i++
		}
		from = i
	}
	if p.Before != nil {
		k, err := o.parse("before", *p.Before, parts)
		if err != nil {
			return nil, err
		}
		to, _ = slices.BinarySearchFunc(rows, k, func(r row[E], k key) int { return o.compare(r.key, k) })
		to = max(from, to)
	}
	if to-from > n {
		if fromEnd {
			from = to - n
		} else {
			to = from + n
		}
	}
	c := &Connection[N, E]{
		Edges:    make([]E, 0, to-from),
		PageInfo: &PageInfo{HasPreviousPage: from > 0, HasNextPage: to < total},
		total:    func(context.Context) (int, error) { return total, nil },
	}
	for i := from; i < to; i++ {
		cursor := o.cursor(rows[i].key)
		set(rows[i].edge, cursor, i)
		c.Edges = append(c.Edges, rows[i].edge)
		if i == from {
			c.PageInfo.StartCursor = &cursor
		}
		c.PageInfo.EndCursor = &cursor
	}
	return c, nil
}
