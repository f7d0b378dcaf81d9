package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/graph/store/pgtest"
	"github.com/parleygraph/parley/schema/vocab"
)

func exported(t *testing.T, st *store.Store, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := exportFormats[format](t.Context(), newExporter(st), &b); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.String()
}

func storeOf(t *testing.T, quads []store.Quad) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), pgtest.Fresh(t), store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if _, err := st.Add(t.Context(), quads); err != nil {
		t.Fatal(err)
	}
	return st
}

// Every format, of two real calls and all that they rest on, and of names that try to be markup.
func TestExportFormats(t *testing.T) {
	_, hostile := hostileGraph(t)
	for name, st := range map[string]*store.Store{
		"call":    storeOf(t, closureOf(t, "event:2025-01-31-hegseth-call")),
		"hostile": hostile,
	} {
		for format := range exportFormats {
			got := exported(t, st, format)
			switch format {
			case "graphml", "gexf":
				if n := wellFormed(t, got); n["node"] == 0 || n["edge"] == 0 || n["script"] > 0 {
					t.Errorf("%s, %s: %d nodes, %d edges", name, format, n["node"], n["edge"])
				}
			case "jsonld":
				if !json.Valid([]byte(got)) {
					t.Errorf("%s: no JSON", name)
				}
			case "ftm":
				for line := range strings.Lines(got) {
					if !json.Valid([]byte(line)) {
						t.Errorf("%s: no JSON: %s", name, line)
					}
				}
			case "csv":
				if rows, err := csv.NewReader(strings.NewReader(got)).ReadAll(); err != nil || len(rows) < 2 {
					t.Errorf("%s: %d rows, %v", name, len(rows), err)
				}
			}
			if name == "hostile" || format != "nquads" && format != "jsonld" { // the real ones are long, and TestExportLosesNothing has them
				golden(t, "export/"+name+"."+format, got)
			}
		}
	}
}

// quadLines writes quads as sorted lines.
func quadLines(quads []store.Quad) []string {
	var lines []string
	for _, q := range quads {
		lines = append(lines, store.FormatTerm(q.Subject)+" "+store.FormatTerm(q.Predicate)+" "+store.FormatTerm(q.Object)+" "+store.FormatTerm(q.Label))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// What nquads and jsonld write of all curated quads, more than a page of them, is those quads.
func TestExportLosesNothing(t *testing.T) {
	all, err := curatedQuads(curatedBut(nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) <= exportPage {
		t.Fatalf("%d quads are one page", len(all))
	}
	all = append(all, store.Quad{Subject: store.BlankNode("b1"), Predicate: store.IRI("x:p"), Object: store.BlankNode("b2")})
	st, want := storeOf(t, all), quadLines(all)

	var got []store.Quad
	for line := range strings.Lines(exported(t, st, "nquads")) {
		got = append(got, mustQuad(t, line))
	}
	if d := cmp.Diff(want, quadLines(got)); d != "" {
		t.Errorf("nquads (-want +got):\n%s", d)
	}

	var graphs []map[string]any
	if err := json.Unmarshal([]byte(exported(t, st, "jsonld")), &graphs); err != nil {
		t.Fatal(err)
	}
	got = nil
	id := func(v any) store.Term {
		if s, blank := strings.CutPrefix(v.(string), "_:"); blank {
			return store.BlankNode(s)
		}
		return store.IRI(v.(string))
	}
	read := func(node map[string]any, label store.Term) {
		for p, list := range node {
			for _, v := range asList(list) {
				q := store.Quad{Subject: id(node["@id"]), Predicate: store.IRI(p), Label: label}
				switch p {
				case "@id":
					continue
				case "@type":
					q.Predicate, q.Object = store.IRI(vocab.RdfType), id(v)
				default:
					v := v.(map[string]any)
					text, _ := v["@value"].(string)
					switch {
					case v["@id"] != nil:
						q.Object = id(v["@id"])
					case v["@language"] != nil:
						q.Object = store.LangString{Value: store.String(text), Lang: v["@language"].(string)}
					case v["@type"] != nil:
						q.Object = store.TypedString{Value: store.String(text), Type: store.IRI(v["@type"].(string))}
					default:
						q.Object = store.String(text)
					}
				}
				got = append(got, q)
			}
		}
	}
	for _, g := range graphs {
		if parts, ok := g["@graph"]; ok {
			for _, node := range asList(parts) {
				read(node.(map[string]any), id(g["@id"]))
			}
		} else {
			read(g, nil)
		}
	}
	if d := cmp.Diff(want, quadLines(got)); d != "" {
		t.Errorf("jsonld (-want +got):\n%s", d)
	}
}

func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// All events of the curated graph are in each of the other formats, each actor and role once.
func TestExportIsWhole(t *testing.T) {
	all, err := curatedQuads(curatedBut(nil))
	if err != nil {
		t.Fatal(err)
	}
	st := storeOf(t, all)
	v := graph.New(st, "").View()
	defer v.Close()
	stats, err := v.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(exported(t, st, "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen, events := map[string]bool{}, map[string]bool{}
	for _, r := range rows[1:] {
		if seen[r[0]+r[7]+r[10]+r[11]] {
			t.Errorf("twice: %v", r)
		}
		seen[r[0]+r[7]+r[10]+r[11]], events[r[0]] = true, true
	}
	for _, format := range []string{"graphml", "gexf"} {
		n := wellFormed(t, exported(t, st, format))
		if n["node"] != stats.Actors+stats.Events || n["edge"] != len(rows)-1 {
			t.Errorf("%s: %d nodes, %d edges, want %d and %d, %d", format, n["node"], n["edge"], stats.Actors, stats.Events, len(rows)-1)
		}
	}
	schemas, ids := map[string]int{}, map[string]bool{}
	for line := range strings.Lines(exported(t, st, "ftm")) {
		var e ftmEntity
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if ids[e.ID] || len(e.Properties["name"]) == 0 {
			t.Errorf("twice or nameless: %s", line)
		}
		ids[e.ID] = true
		schemas[e.Schema]++
	}
	if actors := len(ids) - schemas["Event"]; actors != stats.Actors || schemas["Event"] == 0 || schemas["Event"] > stats.Events {
		t.Errorf("ftm: %v, want %d actors, and events of %d", schemas, stats.Actors, stats.Events)
	}
}

// To a file, compressed as its name says, and never over another.
func TestExportToFile(t *testing.T) {
	dir := t.TempDir()
	at := filepath.Join(dir, "store")
	st, err := store.Open(t.Context(), at, store.Options{Model: graph.StoreModel()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Add(t.Context(), closureOf(t, "event:2025-01-31-hegseth-call")); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	status, whole, stderr := runHere(nil, "export", "-store", at)
	if status != exitOK || stderr != "" || !strings.Contains(whole, "<event:2025-01-31-hegseth-call>") {
		t.Fatalf("export = %d, %d bytes, %s", status, len(whole), stderr)
	}
	for _, name := range []string{"x.nq", "x.nq.gz", "x.nq.zst"} {
		file := filepath.Join(dir, name)
		if status, stdout, stderr := runHere(nil, "export", "-store", at, "-o", file); status != exitOK || stdout != "" || stderr != "" {
			t.Fatalf("export -o %s = %d, %s, %s", name, status, stdout, stderr)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := decompress(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if _, err := got.ReadFrom(r); err != nil || got.String() != whole {
			t.Errorf("%s has %d bytes, want %d: %v", name, got.Len(), len(whole), err)
		}
		if status, _, stderr := runHere(nil, "export", "-store", at, "-o", file); status != exitFailed || !strings.Contains(stderr, "is there already") {
			t.Errorf("over %s = %d, %s", name, status, stderr)
		}
	}
}
