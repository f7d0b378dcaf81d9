package graph

import (
	"context"
	"slices"

	"github.com/parleygraph/parley/graph/edtf"
	"github.com/parleygraph/parley/schema/vocab"
)

// A Source is what claims rest on. See the SDL.
type Source struct{ node }

// Title returns the title.
func (s *Source) Title(language *string) string {
	if t := s.rec.localized(vocab.DctermsTitle, language); t != nil {
		return *t
	}
	return string(s.rec.id)
}

// Publisher returns who published it, nil if that is not known.
func (s *Source) Publisher(ctx context.Context) (*Organization, error) {
	return follow1[*Organization](ctx, &s.node, vocab.DctermsPublisher)
}

// Authors returns who wrote it, by id.
func (s *Source) Authors(ctx context.Context) ([]Actor, error) {
	return follow[Actor](ctx, &s.node, vocab.DctermsCreator)
}

// Published returns when it was published, nil if that is not known.
func (s *Source) Published() *When { return s.rec.when(vocab.DctermsIssued) }

// URL returns where it can be read, nil if that is not known.
func (s *Source) URL() *string { return s.rec.text(vocab.SchemaUrl) }

// ArchivedURL returns where a copy is kept, nil if that is not known.
func (s *Source) ArchivedURL() *string { return s.rec.text(vocab.SchemaArchivedAt) }

// Sha256 returns the sum of the copy that was read, in hexadecimal, nil if none was.
func (s *Source) Sha256() *string { return s.rec.text(vocab.SchemaSha256) }

// Language returns the source's language, nil if that is not known.
func (s *Source) Language() *string { return s.rec.text(vocab.DctermsLanguage) }

// RetrievedAt returns when it was read for this graph, nil if nobody here has read it.
func (s *Source) RetrievedAt() *string { return s.rec.text(vocab.PavRetrievedOn) }

// A Reliability says how reliable a source is. See the SDL.
type Reliability string

// Reliability tells how reliable the source is, nil if nobody judged.
func (s *Source) Reliability() *Reliability {
	return (*Reliability)(s.rec.text(vocab.ParleyReliability))
}

// DerivedFrom returns the sources that it only passes on, by id.
func (s *Source) DerivedFrom(ctx context.Context) ([]*Source, error) {
	return follow[*Source](ctx, &s.node, vocab.ProvWasDerivedFrom)
}

// Root returns the first source behind it: itself if there is none, the first by id where there are several. One call to
// the store for each step.
func (s *Source) Root(ctx context.Context) (*Source, error) {
	for seen := map[ID]bool{}; !seen[s.rec.id]; {
		seen[s.rec.id] = true
		origins, err := s.DerivedFrom(ctx)
		if err != nil {
			return nil, err
		}
		if len(origins) == 0 {
			break
		}
		s = origins[0]
	}
	return s, nil
}

// Claims returns a page of the claims that rest on the source, by id.
func (s *Source) Claims(ctx context.Context, first *int, after *string, last *int, before *string) (*ClaimConnection, error) {
	return claimPages(ctx, &s.node, "claims of source", Page{first, after, last, before}, func() (map[ID][]ID, error) {
		in, err := s.cohort.incoming(ctx, vocab.DctermsSource)
		return in.subjects, err
	})
}

// A SourceWhere says which sources. See the SDL.
type SourceWhere struct {
	Title            *TextFilter
	Publisher, About *ID
	Published        *Window
	And, Or          []*SourceWhere
	Not              *SourceWhere
}

// SourceConnection is a page of sources.
type (
	SourceConnection = Connection[*Source, *SourceEdge]
	SourceEdge       = Edge[*Source]
)

// Sources returns a page of sources, by id.
func (v *View) Sources(ctx context.Context, where *SourceWhere, p Page) (*SourceConnection, error) {
	if _, _, err := p.limit(); err != nil {
		return nil, err
	}
	c, err := v.ofTypes(ctx, TypeSource)
	if err != nil {
		return nil, err
	}
	is, err := v.compileSource(ctx, where.identified(v.same()), "where", new(int))
	if err != nil {
		return nil, err
	}
	records, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	var ids []ID
	for _, r := range records {
		if is(r) != edtf.No {
			ids = append(ids, r.id)
		}
	}
	list, err := pick[*Source](ctx, c, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]row[*SourceEdge], len(list))
	for i, s := range list {
		rows[i] = row[*SourceEdge]{key{string(s.rec.id)}, &SourceEdge{Node: s}}
	}
	con, err := page[*Source](rows, order{name: "sources"}, 1, p, func(e *SourceEdge, cursor string, _ int) { e.Cursor = cursor })
	if err != nil {
		return nil, err
	}
	shown := v.cohort(idsOf(con.Nodes()))
	for _, s := range con.Nodes() {
		s.node.cohort = shown
	}
	return con, nil
}

func (v *View) compileSource(ctx context.Context, w *SourceWhere, path string, count *int) (test[*record], error) {
	if w == nil {
		return func(*record) edtf.Truth { return edtf.Yes }, nil
	}
	if err := countWhere(path, count); err != nil {
		return nil, err
	}
	window, err := w.Published.parse(path + ".published")
	if err != nil {
		return nil, err
	}
	if w.Publisher != nil {
		if _, err := v.require(ctx, path+".publisher", *w.Publisher, TypeOrganization); err != nil {
			return nil, err
		}
	}
	var about map[ID]bool // the sources that speak of it
	if w.About != nil {
		if _, err := v.require(ctx, path+".about", *w.About); err != nil {
			return nil, err
		}
		claims, err := v.cohort([]ID{*w.About}).claims(ctx)
		if err != nil {
			return nil, err
		}
		records, err := v.load(ctx, claims[*w.About])
		if err != nil {
			return nil, err
		}
		about = map[ID]bool{}
		for _, r := range records {
			about[r.id1(vocab.DctermsSource)] = true
		}
	}
	tests := []test[*record]{func(r *record) edtf.Truth {
		var titles []string
		for _, t := range r.texts(vocab.DctermsTitle, true) {
			titles = append(titles, t.Text)
		}
		ok := w.Title.matches(titles...) &&
			(w.Publisher == nil || slices.Contains(r.ids(vocab.DctermsPublisher), *w.Publisher)) &&
			(about == nil || about[r.id])
		return truth(ok).And(during(window, nil, r.when(vocab.DctermsIssued)))
	}}
	sub, err := compileLogic(path, w.And, w.Or, w.Not, func(w *SourceWhere, path string) (test[*record], error) { return v.compileSource(ctx, w, path, count) })
	if err != nil {
		return nil, err
	}
	return allOf(append(tests, sub...)), nil
}
