package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/schema/vocab"
)

// SearchConnection is a page of hits.
type SearchConnection = Connection[Node, *SearchEdge]

// A SearchEdge is a hit. See the SDL.
type SearchEdge struct {
	Edge[Node]
	Score  float64 // from 0 to 1
	Reason string
}

// maxSearch is how long a text to search for may be, in words: no name has more.
const maxSearch = 20

// What is searched, and how much a hit in it counts. Descriptions are searched of events only.
var searched = []struct {
	predicate string
	weight    float64
	what      string
}{
	{vocab.SchemaName, 1, "name"},
	{vocab.DctermsTitle, 1, "title"},
	{vocab.SkosPrefLabel, 1, "label"},
	{vocab.RdfsLabel, 1, "label"},
	{vocab.SchemaAlternateName, 0.95, "alias"},
	{vocab.DctermsDescription, 0.5, "summary"},
}

// Search finds nodes by their names, best first, then by id. All words of text must be found in one name, each as a whole
// word or as a beginning. It reads all names.
func (v *View) Search(ctx context.Context, text string, types []NodeType, p Page) (*SearchConnection, error) {
	want := words(fold(text))
	if len(want) == 0 {
		return nil, invalid("text", "there is no word in it; give a name or the beginning of one")
	}
	if len(want) > maxSearch {
		return nil, invalid("text", "%d words are too many; give at most %d", len(want), maxSearch)
	}
	if p.First != nil {
		if err := checkLimit("first", *p.First); err != nil {
			return nil, err
		}
	}
	patterns := make([]store.Pattern, len(searched))
	for i, s := range searched {
		patterns[i] = store.Pattern{Predicate: store.IRI(s.predicate)}
	}
	found, err := v.store.Match(ctx, patterns...)
	if err != nil {
		return nil, err
	}
	var ids []ID
	for _, quads := range found {
		for i, q := range quads {
			if i%1024 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if hasWords(store.Text(q.Object), want) {
				ids = append(ids, ID(store.Text(q.Subject)))
			}
		}
	}
	c := v.cohort(ids)
	records, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	var rows []row[*SearchEdge]
	for _, r := range records {
		if r.typ == "" || r.typ == TypeClaim || len(types) > 0 && !slices.Contains(types, r.typ) {
			continue
		}
		if score, reason := r.score(text, want); score > 0 {
			e := &SearchEdge{Edge[Node]{Node: wrap(c, r)}, score, reason}
			rows = append(rows, row[*SearchEdge]{key{fmt.Sprintf("%.6f", score), string(r.id)}, e})
		}
	}
	o := order{name: "search", desc: []bool{true}}
	con, err := page[Node](rows, o, 2, p, func(e *SearchEdge, cursor string, _ int) { e.Cursor = cursor })
	if err != nil {
		return nil, err
	}
	shown := v.cohort(idsOf(con.Nodes()))
	for _, e := range con.Edges {
		e.Node = wrap(shown, e.Node.(interface{ base() *node }).base().rec)
	}
	return con, nil
}

// score tells how well the record's best name fits, and why; 0 if none does. A whole word counts more than a beginning, and
// a name of which the text is more counts more.
func (r *record) score(text string, want []string) (best float64, reason string) {
	for _, s := range searched {
		if s.what == "summary" && r.typ != TypeEvent {
			continue
		}
		for _, f := range r.all(s.predicate) {
			name := store.Text(f.object)
			have := words(fold(name))
			if !hasWords(name, want) {
				continue
			}
			fit, how := fitOf(have, want)
			how += s.what
			if score := fit * s.weight; score > best {
				best, reason = score, fmt.Sprintf("matched %q by %s", name, how)
			}
		}
	}
	return best, reason
}

// fitOf tells how well a text that has all words that are wanted fits them, from 0 to 1, and how: "", "word of " or "prefix of ".
func fitOf(have, want []string) (fit float64, how string) {
	if strings.Join(have, " ") == strings.Join(want, " ") {
		return 1, ""
	}
	whole, letters, all := 0, 0, 0
	for _, w := range want {
		if slices.Contains(have, w) {
			whole++
		}
		letters += len(w)
	}
	for _, h := range have {
		all += len(h)
	}
	fit = 0.5 + 0.2*float64(whole)/float64(len(want)) + 0.25*min(1, float64(letters)/float64(all))
	if whole < len(want) {
		return fit, "prefix of "
	}
	return fit, "word of "
}
