package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/parleygraph/parley/graph/edtf"
)

// A Model tells a store which quads it makes derived indexes from. The store itself does not know what quads mean: it keeps who was
// part of an event in which role, of which kind the event was, and when; whoever asks applies the rules. The zero Model makes none.
type Model struct {
	Type      IRI    // the predicate of classes, and ...
	Event     IRI    // ... the class of events: one of which no kind and no actor stands is in the list of all events by it
	When      IRI    // the predicate of an event's date, EDTF
	Kind      IRI    // the predicate of an event's kind
	Roles     string // what the predicates begin with that lead from an event to those who were part of it: "role:"
	Names     []IRI  // the predicates of names, whose words are indexed, and of whose subjects the store knows which have changed, see [View.NameChanges]
	Texts     []IRI  // the predicates of other texts whose words are indexed, such as titles; but not those that a claim says of itself
	Stance    IRI    // the predicate by which a claim, a label, says that its quads are not so ...
	Denies    String // ... with this value: then they are in no derived index
	Retracted IRI    // the predicate by which a claim says, with any value, that its quads stand no longer: then the past tables alone have them
	Marks     []Mark // what else of an event is kept beside each of its entries: at most six
	Classes   []IRI  // the classes whose members are counted, see [View.Members]: at most 64
}

// A Mark is set on an event that has a predicate with another value than one that goes without saying: a status that is not
// "it took place". It is there so that sums over events can leave some of them out, or know that they must look closer.
type Mark struct {
	Predicate IRI
	Except    String
}

// bytes is what a store remembers of its model, to notice that it is opened with another one.
func (m Model) bytes() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings only
	}
	return b
}

func parseModel(b []byte) (m Model, err error) {
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("the model of the derived indexes: %w: %w", errKey, err)
	}
	return m, nil
}

func (m Model) isZero() bool {
	return m.When == "" && m.Kind == "" && m.Roles == "" && len(m.Names)+len(m.Texts) == 0
}

// The derived tables are made from the quads that stand, those that are neither denied nor retracted, and the past ones
// from the retracted ones too; from nothing else; deleting them and making them anew gives the same bytes. This is their grammar; what of
// it is not here is in keys.go and tid.go.
//
//	derived  = byActor / byTime / byKind / large / word / byPair / roster / tie / degree / members / classes / past
//	byActor  = "A" actor dated             ; value: flags kinds end roles
//	byTime   = "E" dated                   ; value: flags kinds
//	byKind   = "K" kind dated              ; value: flags kinds
//	large    = "L" actor dated             ; value: as byActor
//	word     = "N" where 1*64OCTET NUL subject ; value: empty
//	where    = "n" / "t"                   ; of a name, of another text
//	byPair   = "P" actor other dated       ; value: flags kinds end roles end roles, of the actor and then of the other
//	roster   = "R" event                   ; value: flags kinds end 1*(actor roles end)
//	tie      = "T" actor other signature   ; value: sum
//	degree   = "U" actor                   ; value: UVARINT, how many events the actor is part of
//	members  = "Y" 8OCTET                  ; value: VARINT, how many subjects have these of the model's classes. Bit n is Classes[n]
//	classes  = "Z" table class             ; value: VARINT, how many keys of that table are of that class
//	past     = "B" / "F" / "J" / "M" / "O" / "Q" ; see below: of byActor, byTime, byKind, large, word and byPair, with keys and values as theirs
//
//	dated    = class [day] event [rest]
//	class    = %x00                        ; one day
//	         / %x01-3F                     ; the number of bits of last-first, in days. rest: last-first, as number in tid.go
//	         / %x40                        ; first is known, last is not. rest: missing, of last
//	         / %x41                        ; last is known, first is not; day is the last. rest: missing, of first
//	         / %x42                        ; neither is known; no day. rest: missing, of first and then of last
//	day      = %x000001-FFFFFE             ; days from 1970 + 1<<23: the years -20997 to 24936
//	         / (%x000000 / %xFFFFFF) 8OCTET ; before, after them, as days from 1970 + 1<<63
//	missing  = %x00 / %x01                 ; unknown, open
//
//	actor, other, kind, event, subject = tid
//	kinds, roles = *tid                    ; ascending, each once
//	end      = %x08                        ; the tid of no term
//	flags    = 1OCTET                      ; 1: of the dates of this event, this is the one that counts; 2: it has others; 4 << n: mark n
//	signature = flags kinds end roles end roles ; as byPair's value, flags without 1
//	sum      = UVARINT [VARINT] [VARINT]   ; how many events << 2 | has first << 1 | has last; first and last in days from 1970
//
// Why so:
//
// A date that is not a day is an interval, and a window of days is to find every interval that overlaps it. In class n, no
// interval is longer than 2^n - 1 days. So those that overlap a window begin in the window or at most 2^n - 1 days before it: one span of keys
// a class, of which a fixed share is kept when the ends are compared. The table of classes says which are in use, so that a
// graph of days alone scans one span and not sixty-six. It is a sum like a tie, and as exact.
//
// An event of rival dates has an entry for each of them: which one is preferred is for others to know. It has one if two claims give the
// same. An event without a date that can be read has one entry, of class 42. One of the entries is flagged, so that a sum counts an event once.
//
// An event of more than maxPairs actors writes no pairs: three hundred actors would be 90,000 keys. It writes each of them once
// more, as "large", and a question for a pair intersects the two spans. A roster tells the sums of ties, made when they are asked for, who
// else was there.
//
// A tie is a sum by signature and not of all events of two actors, so that one who asks for those who talked, or for counts by kind, need
// not read the events: a pair has few signatures, however many events. The entries of a pair in the other direction are mirrored, so that the span of
// (actor, other) answers for both.
//
// A past table has what its table would have besides, if nothing had been retracted, so that who asks for the past finds all candidates in
// the two; who asks for now reads what they always read. What stood at a time is for others to know, so that values
// there say little; they have no sums and no rosters. An event that some claim gives a kind or an actor and no date may have been without
// one at some time: it has a past entry without a date as well.
//
// Members are counted by the set of their classes, so that those of one of several classes are a sum and nobody is in it twice. They are what the
// quads with the predicate of classes say, whether they stand or not: who counts nodes has always counted those.
//
// Sums stand behind what they sum, so that one pass over sorted entries writes them in order; see [summer].
const (
	tableActor   = 'A'
	tableTime    = 'E'
	tableKind    = 'K'
	tableLarge   = 'L'
	tableWord    = 'N'
	tablePair    = 'P'
	tableRoster  = 'R'
	tableTie     = 'T'
	tableDegree  = 'U'
	tableMembers = 'Y'
	tableClasses = 'Z'
)

// pastTable returns the letter of the past table of a table, 0 if it has none.
func pastTable(table byte) byte {
	switch table {
	case tableActor, tableTime, tableLarge, tableWord, tablePair:
		return table + 1
	case tableKind:
		return table - 1
	}
	return 0
}

// isPast reports whether a letter is that of a past table.
func isPast(table byte) bool { return strings.IndexByte("BFJMOQ", table) >= 0 }

// derivedSpan is all derived tables, and entriesSpan those that are no sums.
var (
	derivedSpan = span{lower: []byte{'A'}, upper: []byte{'Z' + 1}}
	entriesSpan = span{lower: []byte{'A'}, upper: []byte{tableTie}}
)

// tidEnd ends a list of tids: no tid of a term begins with it.
const tidEnd = 0x08

// flagCounts is set in one of the entries of an event for the same actors, flagRival if there are several. Marks are the bits above.
const (
	flagCounts = 1
	flagRival  = 2
	flagMark   = 4
	maxMarks   = 6
)

// maxPairs is how many actors an event may have and write pairs of them: at most 16*15 keys in two tables each.
const maxPairs = 16

// A use is what a deriver makes of quads with a predicate.
type use byte

const (
	useNone use = iota + 1
	useWhen
	useKind
	useRole
	useName
	useText
	useStance
	useRetracted
	useType
	useMark // and the number of the mark
)

// A deriver makes the entries of derived indexes from quads. It is a function of them alone: that is how a check proves that the
// indexes equal a rebuild, how a bulk load makes them from sorted quads, and how a write finds what changes. Its methods may be
// called by many goroutines at once.
//
// A bulk load does this, for all subjects in any order:
//
//  1. Of each subject, take all quads that are not denied: a quad is denied if its label is not its subject and some quad says that
//     the label has model.Stance model.Denies. Those of them are past whose label is not their subject and has a model.Retracted.
//  2. ws = d.entries(ws[:0], quads, past, term). term is asked for predicates, and for those objects of which d.asks(q, term) is true; give it
//     what the dictionary has. Of one event, the entries are in no order, and none is twice. No two subjects give the same key.
//  3. Sort the entries of all subjects by key; feed them to a [summer] in that order; write both.
type deriver struct {
	model Model
	large int // more actors than this write no pairs
	chunk int // how many large events of an actor are read at once

	mu   sync.RWMutex
	uses map[tid]use // what predicates have been asked for
}

func newDeriver(m Model) *deriver {
	return &deriver{model: m, large: maxPairs, chunk: largeChunk, uses: map[tid]use{}}
}

// useOf tells what a predicate is used for.
func (d *deriver) useOf(p tid, term func(tid) Term) use {
	d.mu.RLock()
	u := d.uses[p]
	d.mu.RUnlock()
	if u > 0 {
		return u
	}
	u = d.model.use(term(p))
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.uses) < 10_000 { // somebody may use predicates as if they were nodes
		d.uses[p] = u
	}
	return u
}

// forget forgets the uses of terms that a write or a load would have made, which failed: another will make other terms of their tids. Nil
// is all terms.
func (d *deriver) forget(fresh map[tid]bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if fresh == nil {
		clear(d.uses)
	}
	for t := range fresh {
		delete(d.uses, t)
	}
}

// knows reports whether useOf will not ask for the term.
func (d *deriver) knows(p tid) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.uses[p] > 0
}

func (m *Model) use(t Term) use {
	iri, ok := t.(IRI)
	switch {
	case !ok:
		return useNone
	case iri == m.When:
		return useWhen
	case iri == m.Kind:
		return useKind
	case iri == m.Stance:
		return useStance
	case iri == m.Retracted:
		return useRetracted
	case iri == m.Type:
		return useType
	case m.Roles != "" && strings.HasPrefix(string(iri), m.Roles):
		return useRole
	case slices.Contains(m.Names, iri):
		return useName
	case slices.Contains(m.Texts, iri):
		return useText
	}
	if i := slices.IndexFunc(m.Marks, func(m Mark) bool { return m.Predicate == iri }); i >= 0 && i < maxMarks {
		return useMark + use(i)
	}
	return useNone
}

// derives reports whether the quad's subject has entries that depend on it.
func (d *deriver) derives(q tquad, term func(tid) Term) bool {
	return d.useOf(q[1], term).derives()
}

func (u use) derives() bool { return u != useNone && u != useStance && u != useRetracted }

// asks reports whether entries asks for the term of the quad's object.
func (d *deriver) asks(q tquad, term func(tid) Term) bool {
	switch u := d.useOf(q[1], term); {
	case u == useWhen:
		return q[2].kind != kindDay
	case u == useName, u == useText, u == useStance, u == useType:
		return true
	case u >= useMark:
		return d.model.Marks[u-useMark].Except != ""
	}
	return false
}

// A part is an actor's role in an event.
type part struct{ actor, role tid }

// An event is what the indexes keep of one.
type event struct {
	id    tid
	dates []date   // ascending, each once, never none
	types []tid    // in no order
	kinds []tid    // ascending, each once, as are the others
	parts []part   // by actor, then by role
	marks byte     // where flags have them
	words []string // behind where they are
}

// read makes an event of a subject's quads.
func (d *deriver) read(e *event, quads []tquad, term func(tid) Term) {
	*e = event{id: quads[0][0], dates: e.dates[:0], types: e.types[:0], kinds: e.kinds[:0], parts: e.parts[:0], words: e.words[:0]}
	for _, q := range quads {
		switch u := d.useOf(q[1], term); u {
		case useNone, useStance, useRetracted:
		case useWhen:
			if day, ok := dateOf(q, term); ok {
				e.dates = append(e.dates, day)
			}
		case useType:
			e.types = append(e.types, q[2])
		case useKind:
			e.kinds = append(e.kinds, q[2])
		case useRole:
			e.parts = append(e.parts, part{q[2], q[1]})
		case useName:
			e.words = appendWords(e.words, InNames, Text(term(q[2])))
		case useText:
			if q[3] != q[0] {
				e.words = appendWords(e.words, InTexts, Text(term(q[2])))
			}
		default:
			if except := d.model.Marks[u-useMark].Except; except == "" || Text(term(q[2])) != string(except) {
				e.marks |= flagMark << (u - useMark)
			}
		}
	}
	if len(e.dates) == 0 {
		e.dates = append(e.dates, date{})
	}
	e.dates = sorted(e.dates, date.compare)
	e.kinds = sorted(e.kinds, compareTIDs)
	e.parts = sorted(e.parts, func(a, b part) int { return cmp.Or(compareTIDs(a.actor, b.actor), compareTIDs(a.role, b.role)) })
	e.words = sorted(e.words, strings.Compare)
}

// dateOf returns the date that a quad of useWhen gives, and whether it can be read.
func dateOf(q tquad, term func(tid) Term) (date, bool) {
	if q[2].kind == kindDay {
		return oneDay(edtf.Day(int64(q[2].n) - 1<<31)), true
	}
	t, err := edtf.Parse(Text(term(q[2])))
	if err != nil {
		return date{}, false
	}
	return date{t.Earliest(), t.Latest()}, true
}

func sorted[E comparable](list []E, compare func(a, b E) int) []E {
	if len(list) > 1 {
		slices.SortFunc(list, compare)
		list = slices.Compact(list)
	}
	return list
}

func compareTIDs(a, b tid) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.n, b.n)) }

// entries appends the entries of one subject in the derived indexes to ws. The quads are all quads of the subject that stand, and past
// all that are retracted, in any order; none gives no entries. Sums are not among the entries; see [summer]. Keys and values are the
// caller's to keep.
func (d *deriver) entries(ws []write, quads, past []tquad, term func(tid) Term) []write {
	at := len(ws)
	ws = d.list(ws, quads, false, term)
	if undated := d.undated(quads, past, term); undated || len(past) > 0 {
		ws = d.past(ws, at, slices.Concat(quads, past), undated, term)
	}
	return ws
}

// list appends the entries of quads of one subject; with undated, those that it has without a date too.
func (d *deriver) list(ws []write, quads []tquad, undated bool, term func(tid) Term) []write {
	if len(quads) == 0 {
		return ws
	}
	var e event
	d.read(&e, quads, term)
	if undated {
		e.dates = sorted(append(e.dates, date{}), date.compare)
	}
	for _, w := range e.words {
		ws = append(ws, write{wordKey(Words(w[0]), w[1:], e.id), []byte{}})
	}
	if len(e.kinds) == 0 && len(e.parts) == 0 && !slices.ContainsFunc(e.types, func(t tid) bool { return term(t) == d.model.Event }) {
		return ws
	}
	b := make([]byte, 0, 256) // what the entries are cut from
	mark := 0
	cut := func() []byte {
		c := b[mark:len(b):len(b)]
		mark = len(b)
		return c
	}
	// The lists of the values, once for all entries.
	for _, k := range e.kinds {
		b = appendTID(b, k)
	}
	kinds := cut()
	actors, roles := []tid{}, [][]byte{}
	for i := 0; i < len(e.parts); {
		a := e.parts[i].actor
		for ; i < len(e.parts) && e.parts[i].actor == a; i++ {
			b = appendTID(b, e.parts[i].role)
		}
		actors, roles = append(actors, a), append(roles, cut())
	}
	large := len(actors) > d.large
	if len(e.dates) > 1 {
		e.marks |= flagRival
	}
	for n, day := range e.dates {
		flags := e.marks
		if n == 0 {
			flags |= flagCounts
		}
		b = day.appendKey(b, e.id)
		dated := cut()
		b = append(append(b, flags), kinds...)
		of := cut() // flags kinds
		b = append(append(b, tableTime), dated...)
		ws = append(ws, write{cut(), of})
		for _, k := range e.kinds {
			b = append(appendTID(append(b, tableKind), k), dated...)
			ws = append(ws, write{cut(), of})
		}
		for i, a := range actors {
			b = append(append(append(b, of...), tidEnd), roles[i]...)
			value := cut()
			b = append(appendTID(append(b, tableActor), a), dated...)
			ws = append(ws, write{cut(), value})
			if large {
				b = append(appendTID(append(b, tableLarge), a), dated...)
				ws = append(ws, write{cut(), value})
				continue
			}
			for j, other := range actors {
				if i != j {
					b = append(appendTID(appendTID(append(b, tablePair), a), other), dated...)
					key := cut()
					b = append(append(append(b, value...), tidEnd), roles[j]...)
					ws = append(ws, write{key, cut()})
				}
			}
		}
	}
	if large {
		b = appendTID(append(b, tableRoster), e.id)
		key := cut()
		b = append(append(append(b, e.marks), kinds...), tidEnd)
		for i, a := range actors {
			b = append(append(appendTID(b, a), roles[i]...), tidEnd)
		}
		ws = append(ws, write{key, cut()})
	}
	return ws
}
