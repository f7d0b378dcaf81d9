// Package synth makes graphs for benchmarks and property tests: the same ones every time. It knows the vocabulary and N-Quads; it
// must not know package graph, which is measured with what it makes.
package synth

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// Options say what [Icews] makes of its rows. The zero Options are each row once.
type Options struct {
	// Times is how many times the rows are taken, each time with new events on the same days and of the same kinds between
	// other actors; 0 is once. The first time the actors are the rows' own.
	Times int
	// Seed is what the shuffling of the actors begins with.
	Seed uint64
	// Rows is how many rows are read; 0 is all.
	Rows int
	// Talks makes every kind narrower than communication, so that each row is an interaction of its two actors, as peers have it that
	// know no kinds of events.
	Talks bool
}

// Counts is how much was made.
type Counts struct{ Events, Actors, Quads int }

// Icews writes dated events as N-Quads that lint has nothing to say against. The rows are
//
//	actor TAB kind of event TAB actor TAB day LF
//
// as in the file icews0515.tsv. Each becomes an event of five quads: its class, its kind, its day, who began it and whom it was
// meant for. Events are named event:icews-000001 and so on in the order of the rows; actors and kinds by their names, which they
// have too. The facts of a year rest on one claim. All rows are kept in memory, 16 bytes each.
func Icews(w io.Writer, rows io.Reader, o Options) (Counts, error) {
	g := &icews{w: bufio.NewWriterSize(w, 1<<16), actors: names{prefix: vocab.IDsOrganization + ":icews-"}, kinds: names{prefix: vocab.IDsEventKind + ":icews-"}}
	g.years, g.talks = map[string]bool{}, o.Talks
	if err := g.read(rows, o.Rows); err != nil {
		return Counts{}, fmt.Errorf("synth: %w", err)
	}
	if len(g.rows) == 0 {
		return Counts{}, errors.New("synth: there are no rows")
	}
	g.write(max(1, o.Times), o.Seed)
	if err := g.w.Flush(); err != nil {
		return Counts{}, fmt.Errorf("synth: %w", err)
	}
	return g.counts, nil
}

type row struct{ from, kind, to, day uint32 }

type icews struct {
	w             *bufio.Writer
	actors, kinds names
	days          []string
	rows          []row
	years         map[string]bool // that have been described
	talks         bool
	counts        Counts
	line          []byte
}

// names gives names ids.
type names struct {
	prefix string
	at     map[string]uint32
	names  []string
	ids    []string
	used   map[string]bool
}

func (n *names) number(name string) uint32 {
	if i, ok := n.at[name]; ok {
		return i
	}
	if n.at == nil {
		n.at, n.used = map[string]uint32{}, map[string]bool{}
	}
	id := n.prefix + slug(name)
	for k := 2; n.used[id]; k++ {
		id = fmt.Sprintf("%s%s-%d", n.prefix, slug(name), k)
	}
	i := uint32(len(n.names))
	n.used[id], n.at[name] = true, i
	n.names, n.ids = append(n.names, name), append(n.ids, id)
	return i
}

// slug makes lower-case letters, digits and single hyphens of a name.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return "unnamed"
}

func (g *icews) read(r io.Reader, limit int) error {
	days := map[string]uint32{}
	lines := bufio.NewScanner(r)
	for lines.Scan() && (limit == 0 || len(g.rows) < limit) {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) != 4 || len(cells[3]) != len("2005-01-31") {
			return fmt.Errorf("row %d: it is not an actor, a kind, an actor and a day: %q", len(g.rows)+1, lines.Text())
		}
		day, ok := days[cells[3]]
		if !ok {
			day = uint32(len(g.days))
			days[cells[3]] = day
			g.days = append(g.days, cells[3])
		}
		g.rows = append(g.rows, row{g.actors.number(name(cells[0])), g.kinds.number(name(cells[1])), g.actors.number(name(cells[2])), day})
	}
	return lines.Err()
}

// name is what the curators' rules allow of a name.
func name(s string) string {
	if s = strings.Join(strings.Fields(s), " "); s != "" {
		return s
	}
	return "(no name)"
}

func (g *icews) write(times int, seed uint64) {
	claims := make([]store.IRI, len(g.days)) // by day
	for i, day := range g.days {
		claims[i] = g.claim(day[:4])
	}
	base := claims[0]
	for i, name := range g.actors.names {
		id := store.IRI(g.actors.ids[i])
		g.quad(id, vocab.RdfType, store.IRI(vocab.ClassOrganization), base)
		g.quad(id, vocab.SchemaName, english(name), base)
	}
	for i, name := range g.kinds.names {
		id := store.IRI(g.kinds.ids[i])
		for _, c := range vocab.Classes {
			if c.IDs == vocab.IDsEventKind {
				for _, class := range append([]string{c.IRI}, c.Also...) {
					g.quad(id, vocab.RdfType, store.IRI(class), base)
				}
			}
		}
		g.quad(id, vocab.SkosPrefLabel, english(name), base)
		if g.talks {
			g.quad(id, vocab.SkosBroader, store.IRI(vocab.IDsEventKind+":communication"), base)
		}
	}
	g.counts.Actors = len(g.actors.names)

	// Of events there are millions: their lines are put together from parts that are written once.
	var ends, dates [][]byte // by day
	for i, day := range g.days {
		ends = append(ends, append(store.AppendTerm([]byte{' '}, claims[i]), " .\n"...))
		dates = append(dates, store.AppendTerm(nil, store.TypedString{Value: store.String(day), Type: vocab.EdtfEDTF}))
	}
	terms := func(ids []string) (list [][]byte) {
		for _, id := range ids {
			list = append(list, store.AppendTerm(nil, store.IRI(id)))
		}
		return list
	}
	actors, kinds := terms(g.actors.ids), terms(g.kinds.ids)
	predicate := func(iri string) []byte { return append(store.AppendTerm([]byte{' '}, store.IRI(iri)), ' ') }
	isA, class := predicate(vocab.RdfType), store.AppendTerm(nil, store.IRI(vocab.ClassEvent))
	kind, when := predicate(vocab.SemEventType), predicate(vocab.SemHasTimeStamp)
	initiator, recipient := predicate(vocab.IDsRole+":initiator"), predicate(vocab.IDsRole+":recipient")

	width := max(6, len(fmt.Sprint(len(g.rows)*times)))
	order := make([]int, len(actors)) // of the actors, this time
	for i := range order {
		order[i] = i
	}
	for time := range times {
		if time > 0 {
			order = rand.New(rand.NewPCG(seed, uint64(time))).Perm(len(actors))
		}
		for _, r := range g.rows {
			g.counts.Events++
			event := fmt.Appendf(nil, "<%s:icews-%0*d>", vocab.IDsEvent, width, g.counts.Events)
			for _, q := range [...][2][]byte{
				{isA, class}, {kind, kinds[r.kind]}, {when, dates[r.day]}, {initiator, actors[order[r.from]]}, {recipient, actors[order[r.to]]},
			} {
				g.line = append(append(append(append(g.line[:0], event...), q[0]...), q[1]...), ends[r.day]...)
				g.w.Write(g.line) // keeps its error until Flush
				g.counts.Quads++
			}
		}
	}
}

// claim returns the claim that the facts of a year rest on, and describes it, the first time.
func (g *icews) claim(year string) store.IRI {
	id := store.IRI(vocab.IDsClaim + ":icews-in-" + year)
	if g.years[year] {
		return id
	}
	const source = store.IRI(vocab.IDsSource + ":icews")
	if len(g.years) == 0 {
		g.quad(source, vocab.RdfType, store.IRI(vocab.ClassSource), id)
		g.quad(source, vocab.DctermsTitle, english("Integrated Crisis Early Warning System, coded events"), id)
	}
	g.years[year] = true
	g.quad(id, vocab.RdfType, store.IRI(vocab.ClassClaim), id)
	g.quad(id, vocab.DctermsSource, source, id)
	g.quad(id, vocab.BiboLocator, store.String("year "+year), id)
	g.quad(id, vocab.DctermsDescription, english("The events of "+year+" as the system coded them."), id)
	g.quad(id, vocab.ParleyCertainty, store.String("REPORTED"), id)
	g.quad(id, vocab.ParleyStance, store.String("ASSERTS"), id)
	g.quad(id, vocab.ProvGeneratedAtTime, store.TypedString{Value: "2026-11-23T00:00:00Z", Type: vocab.XsdDateTime}, id)
	g.quad(id, vocab.ParleyRecordedBy, store.String("Parley synth"), id)
	return id
}

func english(s string) store.LangString { return store.LangString{Value: store.String(s), Lang: "en"} }

func (g *icews) quad(s store.IRI, p string, o store.Term, label store.IRI) {
	g.line = store.AppendQuad(g.line[:0], store.Quad{Subject: s, Predicate: store.IRI(p), Object: o, Label: label})
	g.w.Write(g.line)
	g.counts.Quads++
}
