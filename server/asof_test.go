package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
	"golang.org/x/tools/txtar"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/schema/vocab"
	"github.com/parleygraph/parley/seed"
)

// asOfFields are the fields of Query that take asOf: all that ask for what is known. The others ask for quads and counts as they are kept.
var asOfFields = []string{"node", "nodes", "actor", "actors", "event", "events", "interactions", "contacts", "claims", "kinds", "sources", "search", "coverage"}

// knownAt gives the argument asOf to each field of Query in a document. It returns "" for a document with one that takes none.
func knownAt(t *testing.T, document, instant string) string {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: document})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range doc.Operations {
		for _, s := range o.SelectionSet {
			f, ok := s.(*ast.Field)
			if !ok || !slices.Contains(asOfFields, f.Name) {
				return ""
			}
			at := &ast.Value{Kind: ast.ObjectValue, Children: ast.ChildValueList{{Name: "knownAt", Value: &ast.Value{Kind: ast.StringValue, Raw: instant}}}}
			f.Arguments = append(f.Arguments, &ast.Argument{Name: "asOf", Value: at})
		}
	}
	var b bytes.Buffer
	formatter.NewFormatter(&b).FormatQueryDocument(doc)
	return b.String()
}

// goldenQueries are all questions of seed/questions and all examples that ask for what is known, and a few on facts and history.
func goldenQueries(t *testing.T) []question {
	t.Helper()
	list := []question{
		{query: `{ event(id: "event:2025-01-31-hegseth-call") { when { edtf } whenFact { value rule corroboration claims { id } rivals { value rule claims { id retractedAt } } } history(first: 50) { totalCount nodes { what at by reason claim { id } } } } }`},
		{query: `{ actor(id: "person:pete-hegseth") { name nameFact { value rule rivals { value rule } } history(first: 50) { totalCount nodes { what at claim { id } } } claims(first: 100) { totalCount nodes { id retractedAt supersededBy { id } } } events(first: 50) { totalCount nodes { id when { edtf } } } } }`},
		{query: `{ events(first: 100) { totalCount edges { cursor node { id summary when { edtf } participations { actor { id } role { id } capacity { id } } } } } claims(first: 5) { totalCount } sources { totalCount } actors(first: 100) { totalCount nodes { id } } }`},
	}
	for _, pattern := range []string{"../seed/questions/*.txtar", "playground/examples/*.graphql"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			q := question{query: string(text)}
			if strings.HasSuffix(file, ".txtar") {
				q = parseQuestion(t, txtar.Parse(text))
			}
			if knownAt(t, q.query, "2027-01-01T00:00:00Z") != "" {
				list = append(list, q)
			}
		}
	}
	return list
}

// A recorded script of writes, corrections and retractions: every golden query as of every instant of it gives, byte for byte, the answer that was
// given then.
func TestAnswersOfThen(t *testing.T) {
	ctx := context.Background()
	st, err := store.Open(ctx, pgtest.Fresh(t), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	add := func(nquads string) {
		t.Helper()
		var quads []store.Quad
		for r := store.NewQuadReader(strings.NewReader(nquads)); ; {
			q, _, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			quads = append(quads, q)
		}
		if len(quads) == 0 {
			t.Fatalf("no quads in %s", nquads)
		}
		if _, err := st.Add(ctx, quads); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range seed.Files() {
		add(string(f.Data))
	}
	begin := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	now := func(n int) string { return begin.Add(time.Duration(n) * time.Hour).Format(time.RFC3339) }
	claim := func(id string, n int, certainty, stance string) string {
		return fmt.Sprintf(`<claim:%[1]s> <%[2]s> <%[3]s> <claim:%[1]s> .
<claim:%[1]s> <%[4]s> <source:hegseth-warns-mexico> <claim:%[1]s> .
<claim:%[1]s> <%[5]s> "%[6]s" <claim:%[1]s> .
<claim:%[1]s> <%[7]s> "%[8]s" <claim:%[1]s> .
<claim:%[1]s> <%[9]s> "%[10]s"^^<%[11]s> <claim:%[1]s> .
<claim:%[1]s> <%[12]s> "a test" <claim:%[1]s> .
`, id, vocab.RdfType, vocab.ClassClaim, vocab.DctermsSource, vocab.ParleyCertainty, certainty, vocab.ParleyStance, stance,
			vocab.ProvGeneratedAtTime, now(n), vocab.XsdDateTime, vocab.ParleyRecordedBy)
	}
	retract := func(id string, n int) string {
		return fmt.Sprintf("<claim:%[1]s> <%[2]s> \"%[3]s\"^^<%[4]s> <claim:%[1]s> .\n<claim:%[1]s> <%[5]s> \"a test\" <claim:%[1]s> .\n<claim:%[1]s> <%[6]s> \"it was wrong\" <claim:%[1]s> .\n",
			id, vocab.ProvInvalidatedAtTime, now(n), vocab.XsdDateTime, vocab.ParleyRetractedBy, vocab.ParleyRetraction)
	}
	fact := func(s, p, o, claim string) string { return fmt.Sprintf("<%s> <%s> %s <claim:%s> .\n", s, p, o, claim) }
	date := func(d string) string { return fmt.Sprintf("%q^^<%s>", d, vocab.EdtfEDTF) }
	const call, hegseth, bessent = "event:2025-01-31-hegseth-call", "person:pete-hegseth", "person:scott-bessent"
	curated := labelOf(t, st, call, vocab.SemHasTimeStamp)

	server := httptest.NewServer(Handler(Config{}, graph.New(st, ""), slog.New(slog.DiscardHandler)))
	defer server.Close()
	golden := goldenQueries(t)
	then := map[int][]string{}
	for n, write := range []string{
		"",
		claim("s1", 1, "CONFIRMED", "ASSERTS") + fact(call, vocab.SemHasTimeStamp, date("2025-02-01"), "s1"),
		claim("s2", 2, "REPORTED", "ASSERTS") + fact(call, "role:participant", "<"+bessent+">", "s2"),
		claim("s3", 3, "CONFIRMED", "DENIES") + fact(call, "role:participant", "<"+bessent+">", "s3"),
		claim("s4", 4, "CONFIRMED", "ASSERTS") + fact(hegseth, vocab.SchemaName, `"Peter Hegseth"@en`, "s4"),
		retract("s1", 5),
		retract("s2", 6) + claim("s5", 6, "CONFIRMED", "ASSERTS") + fact(call, "role:subject", "<"+bessent+">", "s5") +
			fact("claim:s5", vocab.ProvWasRevisionOf, "<claim:s2>", "s5"),
		retract(curated, 7),
		retract("s4", 8),
	} {
		if write != "" {
			add(write)
		}
		for _, q := range golden {
			answer := string(answerTo(t, server.URL, q))
			if strings.Contains(answer, `"errors"`) && !strings.Contains(answer, `"NOT_FOUND"`) {
				t.Fatalf("after write %d, %s\nanswers %s", n, q.query, answer)
			}
			then[n] = append(then[n], answer)
		}
	}
	different := 0
	for n, answers := range then {
		for i, q := range golden {
			q.query = knownAt(t, q.query, now(n))
			if d := cmp.Diff(answers[i], string(answerTo(t, server.URL, q))); d != "" {
				t.Errorf("as of write %d, %s\ndiffers from then (-then +as of):\n%s", n, q.query, d)
			}
			if answers[i] != then[8][i] {
				different++
			}
		}
	}
	if different < 10 {
		t.Errorf("only %d answers of then differ from those of now: the script changes too little to show anything", different)
	}
}

// labelOf returns the local name of the claim that gives a record its value.
func labelOf(t *testing.T, st *store.Store, subject, predicate string) string {
	t.Helper()
	v := st.View()
	defer v.Close()
	found, err := v.Match(context.Background(), store.Pattern{Subject: store.IRI(subject), Predicate: store.IRI(predicate)})
	if err != nil || len(found[0]) == 0 {
		t.Fatalf("%s %s: %v, %v", subject, predicate, found, err)
	}
	return strings.TrimPrefix(store.Text(found[0][0].Label), "claim:")
}
