package graph

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
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

// maxSearch is how long a text to search for may be, in words: no name has more. maxLatin is the same in Latin letters, where each
// Chinese character is a word.
const (
	maxSearch = 20
	maxLatin  = 80
)

// enoughHits is how many names must fit a text as it is written for it to be taken for right. If fewer do, names are looked for that fit it
// but for typos; and if none does, for all words but one. If one is just that text, but for the order of its words, no other is looked for.
const (
	enoughHits = 10
	goodScore  = 0.9
)

// maxTexts is how many titles and summaries are looked at, of each word: those whose words come first.
const maxTexts = 500

// A searchedText is a predicate whose texts are searched.
type searchedText struct {
	predicate string
	weight    float64 // how much a hit in it counts
	what      string
	of        NodeType // only of such nodes; "" is of all
	text      bool     // no name: found by words as they are written
}

// What is searched.
var searched = []searchedText{
	{vocab.SchemaName, 1, "name", "", false},
	{vocab.SkosPrefLabel, 1, "label", "", false},
	{vocab.RdfsLabel, 1, "label", "", false},
	{vocab.SchemaAlternateName, 0.95, "alias", "", false},
	{vocab.DctermsTitle, 1, "title", TypeSource, true},
	{vocab.DctermsDescription, 0.5, "summary", TypeEvent, true},
}

// searchedPredicates returns the predicates of names, or of other texts.
func searchedPredicates(text bool) []store.IRI {
	var out []store.IRI
	for _, s := range searched {
		if s.text == text {
			out = append(out, store.IRI(s.predicate))
		}
	}
	return out
}

// A hit is a node that was found.
type hit struct {
	score  float64 // of six decimals, so that a cursor holds it
	events int
	id     ID
}

// compare orders hits, the best first: by score, then by how many events they are part of, then by id.
func (h hit) compare(o hit) int {
	return cmp.Or(cmp.Compare(o.score, h.score), cmp.Compare(o.events, h.events), cmp.Compare(h.id, o.id))
}

func (h hit) key() key {
	return key{strconv.FormatFloat(h.score, 'f', 6, 64), strconv.Itoa(h.events), string(h.id)}
}

func round(score float64) float64 { return math.Round(score*1e6) / 1e6 }

var searchOrder = order{name: "search", desc: []bool{true, true}}

// hitOf reads a cursor; nil for none.
func hitOf(argument string, cursor *string) (*hit, error) {
	if cursor == nil {
		return nil, nil
	}
	k, err := searchOrder.parse(argument, *cursor, 3)
	if err != nil {
		return nil, err
	}
	score, bad := strconv.ParseFloat(k[0], 64)
	events, worse := strconv.Atoi(k[1])
	if bad != nil || worse != nil {
		return nil, invalid(argument, "%.60q is no cursor; give the cursor of an edge as it came", *cursor)
	}
	return &hit{score, events, ID(k[2])}, nil
}

// A search is a text that is looked for.
type search struct {
	words []string // folded
	latin []string // and in Latin letters
	types []NodeType
}

func newSearch(text string, types []NodeType) (*search, error) {
	s := &search{words: words(fold(text)), types: types}
	s.latin = latinWords(s.words)
	if len(s.words) == 0 {
		return nil, invalid("text", "there is no word in it; give a name or the beginning of one")
	}
	if n := len(s.words); n > maxSearch {
		return nil, invalid("text", "%d words are too many; give at most %d", n, maxSearch)
	}
	if n := len(s.latin); n > maxLatin {
		return nil, invalid("text", "%d words in Latin letters are too many; give at most %d", n, maxLatin)
	}
	return s, nil
}

// wants reports whether nodes of a type are looked for.
func (s *search) wants(t NodeType) bool {
	return t != "" && t != TypeClaim && (len(s.types) == 0 || slices.Contains(s.types, t))
}

// wantsTexts reports whether titles or summaries are.
func (s *search) wantsTexts() bool {
	return slices.ContainsFunc(searched, func(x searchedText) bool { return x.text && s.wants(x.of) })
}

// Search finds nodes by their names, best first, then by how many events they are part of, then by id. All words of text must be found in
// one name: as whole words, as the beginnings of words or, if fewer than ten names fit like that and none is the text, with one or two
// typos; if none does, all but one must; in whatever order and script. Of titles and summaries, which are found by words as they are
// written, it looks at 500 at most for each word.
//
// Names are looked up in an index that the graph keeps in memory, see [nameIndex]: of now, that is no call to the store but for the page, and one
// for titles and summaries. Of the past it reads the records of all that fit, and whatever points to those that fit alike.
func (v *View) Search(ctx context.Context, text string, types []NodeType, p Page) (*SearchConnection, error) {
	s, err := newSearch(text, types)
	if err != nil {
		return nil, err
	}
	n, fromEnd, err := p.limit()
	if err != nil {
		return nil, err
	}
	after, err := hitOf("after", p.After)
	if err != nil {
		return nil, err
	}
	before, err := hitOf("before", p.Before)
	if err != nil {
		return nil, err
	}
	hits, l, err := v.hits(ctx, s)
	if err != nil {
		return nil, err
	}
	return v.searchPage(ctx, s, l, hits, hitPage{after, before, n, fromEnd})
}

// A hitPage is the part of the hits that is wanted.
type hitPage struct {
	after, before *hit
	n             int
	fromEnd       bool
}

// cut returns the hits of a page, in their order, and whether there are any before and behind it. It does not order all.
func (p hitPage) cut(hits []hit) (list []hit, previous, next bool) {
	compare := hit.compare
	if p.fromEnd {
		compare = func(a, b hit) int { return b.compare(a) }
	}
	var early, late, more bool
	for _, h := range hits {
		switch {
		case p.after != nil && h.compare(*p.after) <= 0:
			early = true
			continue
		case p.before != nil && h.compare(*p.before) >= 0:
			late = true
			continue
		}
		if len(list) == p.n {
			more = true
			if compare(h, list[p.n-1]) > 0 {
				continue
			}
			list = list[:p.n-1]
		}
		at, _ := slices.BinarySearchFunc(list, h, compare)
		list = slices.Insert(list, at, h)
	}
	if p.fromEnd {
		slices.Reverse(list)
		return list, early || more, late
	}
	return list, early, late || more
}

// searchPage makes a page of hits.
func (v *View) searchPage(ctx context.Context, s *search, l leniency, hits []hit, p hitPage) (*SearchConnection, error) {
	list, previous, next := p.cut(hits)
	ids := make([]ID, len(list))
	for i, h := range list {
		ids[i] = h.id
	}
	c := v.cohort(ids)
	records, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	total := len(hits)
	con := &SearchConnection{
		Edges:    make([]*SearchEdge, 0, len(list)),
		PageInfo: &PageInfo{HasPreviousPage: previous, HasNextPage: next},
		total:    func(context.Context) (int, error) { return total, nil },
	}
	for i, h := range list {
		at, _ := slices.BinarySearch(c.ids, h.id)
		r := records[at]
		_, reason := r.score(s, l)
		cursor := searchOrder.cursor(h.key())
		con.Edges = append(con.Edges, &SearchEdge{Edge[Node]{cursor, wrap(c, r)}, h.score, reason})
		if i == 0 {
			con.PageInfo.StartCursor = &cursor
		}
		con.PageInfo.EndCursor = &cursor
	}
	return con, nil
}

// hits finds all nodes that fit, each once, in no order, and tells how leniently names were looked at.
func (v *View) hits(ctx context.Context, s *search) (hits []hit, l leniency, err error) {
	names, err := v.nameIndex(ctx)
	if err != nil {
		return nil, 0, err
	}
	for next := asWritten; next <= butOne && !enough(hits, next); next++ {
		l = next
		if hits, err = v.named(ctx, s, names, l); err != nil {
			return nil, 0, err
		}
	}
	if s.wantsTexts() {
		ids, err := v.worded(ctx, s, store.InTexts)
		if err != nil {
			return nil, 0, err
		}
		texts, err := v.scored(ctx, s, ids, true, asWritten)
		if err != nil {
			return nil, 0, err
		}
		hits = mergeHits(hits, texts)
	}
	if v.clock != (clock{}) {
		err = v.countThen(ctx, hits)
	} else if v.same().any() {
		err = v.countMerged(ctx, hits)
	}
	return hits, l, err
}

// enough reports whether what fits is enough not to look for what fits less.
func enough(hits []hit, less leniency) bool {
	switch less {
	case asWritten:
		return false
	case withTypos:
		return len(hits) >= enoughHits || slices.ContainsFunc(hits, func(h hit) bool { return h.score >= goodScore })
	}
	return len(hits) > 0
}

// named finds the nodes whose names fit.
func (v *View) named(ctx context.Context, s *search, names *nameIndex, l leniency) (hits []hit, err error) {
	var ids []ID // of those whose records must tell
	switch {
	case names.over:
		ids, err = v.worded(ctx, s, store.InNames)
	case v.isNow():
		hits, err := names.find(ctx, s, l)
		return v.same().hits(hits), err
	default:
		ids, err = names.candidates(ctx, s, l)
	}
	if err != nil {
		return nil, err
	}
	return v.scored(ctx, s, v.same().set(ids), false, l)
}

// hits puts the hits of merged actors under the survivors, each once, with the best score.
func (s *identities) hits(hits []hit) []hit {
	if !s.any() {
		return hits
	}
	at, out := make(map[ID]int, len(hits)), hits[:0]
	for _, h := range hits {
		h.id = s.id(h.id)
		if i, ok := at[h.id]; ok {
			out[i].score = max(out[i].score, h.score)
			continue
		}
		at[h.id] = len(out)
		out = append(out, h)
	}
	return out
}

// countMerged counts the events of those hits that are several actors in the store.
func (v *View) countMerged(ctx context.Context, hits []hit) error {
	var need []int
	for i, h := range hits {
		if v.same().several(h.id) {
			need = append(need, i)
		}
	}
	return v.countHits(ctx, hits, need)
}

// mergeHits adds hits of texts to those of names: a node that has both has the better one.
func mergeHits(hits, more []hit) []hit {
	if len(more) == 0 {
		return hits
	}
	at := make(map[ID]int, len(more))
	for i, h := range more {
		at[h.id] = i
	}
	for i := range hits {
		if j, ok := at[hits[i].id]; ok {
			hits[i].score = max(hits[i].score, more[j].score)
			delete(at, hits[i].id)
		}
	}
	for i, h := range more {
		if j, ok := at[h.id]; ok && i == j {
			hits = append(hits, h)
		}
	}
	return hits
}

// scored returns which of some nodes fit as their records have it, by their names or by other texts.
func (v *View) scored(ctx context.Context, s *search, ids []ID, text bool, l leniency) (hits []hit, err error) {
	if len(ids) == 0 {
		return nil, ctx.Err()
	}
	for chunk := range slices.Chunk(ids, 1000) {
		scratch := v.scratch()
		records, err := scratch.load(ctx, chunk)
		if err != nil {
			return nil, err
		}
		iris := make([]store.IRI, 0, len(chunk))
		from := len(hits)
		for _, r := range records {
			if !s.wants(r.typ) {
				continue
			}
			if f := r.fit(s, text, l); f.manner != noFit {
				hits, iris = append(hits, hit{score: f.score, id: r.id}), append(iris, store.IRI(r.id))
			}
		}
		if v.clock != (clock{}) {
			continue
		}
		_, events, err := v.degrees(ctx, iris)
		if err != nil {
			return nil, err
		}
		for i := range events {
			hits[from+i].events = events[i]
		}
	}
	return hits, nil
}

// countThen counts the events of those hits that need it, as they were known then: of those that others fit alike.
func (v *View) countThen(ctx context.Context, hits []hit) error {
	alike := map[float64]int{}
	for _, h := range hits {
		alike[h.score]++
	}
	var need []int
	for i, h := range hits {
		if alike[h.score] > 1 {
			need = append(need, i)
		}
	}
	return v.countHits(ctx, hits, need)
}

// countHits counts the events of some of the hits as the view knows them. It reads whatever points to them.
func (v *View) countHits(ctx context.Context, hits []hit, need []int) error {
	for chunk := range slices.Chunk(need, 20) {
		patterns := make([]store.Pattern, len(chunk))
		labels := map[ID]bool{}
		for i, at := range chunk {
			patterns[i] = store.Pattern{Object: store.IRI(hits[at].id)}
		}
		found, err := v.store.Match(ctx, patterns...)
		if err != nil {
			return err
		}
		for i, quads := range found {
			found[i] = slices.DeleteFunc(quads, func(q store.Quad) bool { return !isRole(store.Text(q.Predicate)) })
			for _, q := range found[i] {
				if label, ok := q.Label.(store.IRI); ok {
					labels[ID(label)] = true
				}
			}
		}
		scratch := v.scratch()
		claims, err := scratch.load(ctx, sortedIDs(labels))
		if err != nil {
			return err
		}
		gone := map[store.Term]bool{}
		for _, c := range claims {
			gone[store.IRI(c.id)] = c.later || c.retracted() || c.denies()
		}
		for i, at := range chunk {
			events := map[store.Term]bool{}
			for _, q := range found[i] {
				if q.Label == q.Subject || !gone[q.Label] {
					events[q.Subject] = true
				}
			}
			hits[at].events = len(events)
		}
	}
	return nil
}

// isRole reports whether a predicate leads from an event to somebody who is part of it.
func isRole(predicate string) bool { return strings.HasPrefix(predicate, vocab.IDsRole+":") }

// worded returns who has all words of the text in names or in other texts, as far as the store's index of words tells.
func (v *View) worded(ctx context.Context, s *search, in store.Words) ([]ID, error) {
	var spans []store.WordSpan
	for _, w := range s.words {
		spans = append(spans, store.WordSpan{In: in, Text: w})
		if !v.isNow() {
			spans = append(spans, store.WordSpan{In: in, Text: w, Past: true})
		}
	}
	found, err := v.store.Worded(ctx, maxTexts, spans...)
	if err != nil {
		return nil, err
	}
	each := len(found) / len(s.words)
	var all, cut []store.Ref
	whole := false // all is what all words have in common that were read to the end
	for i := 0; i < len(found); i += each {
		refs, more := found[i].Subjects, found[i].More
		if each == 2 {
			refs = slices.Concat(refs, found[i+1].Subjects)
			slices.Sort(refs)
			refs, more = slices.Compact(refs), more || found[i+1].More
		}
		switch {
		case more && cut == nil:
			cut = refs
		case more:
		case !whole:
			all, whole = refs, true
		default:
			all = slices.DeleteFunc(all, func(r store.Ref) bool { _, ok := slices.BinarySearch(refs, r); return !ok })
		}
	}
	if !whole {
		all = cut
	}
	if len(all) == 0 {
		return nil, ctx.Err()
	}
	ids, err := v.store.ids(ctx, all)
	if err != nil {
		return nil, err
	}
	return v.same().set(ids), nil
}

// score tells how well the record's best text fits, and why; 0 if none does.
func (r *record) score(s *search, l leniency) (score float64, reason string) {
	best := r.fit(s, false, l)
	if text := r.fit(s, true, l); text.score > best.score {
		best = text
	}
	if best.manner == noFit {
		return 0, ""
	}
	how := best.manner.of() + searched[best.of].what
	if best.latin {
		how += ", transliterated"
	}
	return best.score, fmt.Sprintf("matched %q by %s", best.name, how)
}

// A recordFit is how well the best text of a record fits.
type recordFit struct {
	score  float64 // weighted
	manner manner
	of     int    // of what is searched
	name   string // as it is written
	latin  bool   // fits, or fits as well, in Latin letters only
}

// fit tells how well the best name of the record fits, or the best of its other texts.
func (r *record) fit(s *search, text bool, l leniency) (best recordFit) {
	for i, x := range searched {
		if x.text != text || x.of != "" && x.of != r.typ {
			continue
		}
		for _, f := range r.all(x.predicate) {
			name := store.Text(f.object)
			plain := words(fold(name))
			var got recordFit
			if text {
				got.score, got.manner = textFit(plain, s.words)
			} else {
				got.score, got.manner = fit(latinWords(plain), s.latin, l)
			}
			got.score = round(got.score * x.weight)
			if got.score < best.score || got.manner == noFit || got.score == best.score && len(name) >= len(best.name) { // of several, the shortest
				continue
			}
			got.of, got.name = i, name
			if !text {
				same, _ := fit(plain, s.words, l)
				got.latin = round(same*x.weight) < got.score
			}
			best = got
		}
	}
	return best
}
