package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

// text is a source of one text.
func text(name, content string) QuadSource {
	return QuadSource{{Name: name, Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}}
}

func lines(quads ...Quad) string {
	var b []byte
	for _, q := range quads {
		b = AppendQuad(b, q)
	}
	return string(b)
}

// contentsDiff tells how two stores' contents differ, readably; "" if they do not.
func contentsDiff(a, b map[string]string) string {
	if maps.Equal(a, b) {
		return ""
	}
	readable := func(m map[string]string) map[string]string {
		out := map[string]string{}
		for k, v := range m {
			out[fmt.Sprintf("%q", k)] = fmt.Sprintf("%q", v)
		}
		return out
	}
	return cmp.Diff(readable(a), readable(b))
}

// contents are all entries of a store.
func contents(t rapid.TB, s *Store) map[string]string {
	t.Helper()
	v := s.View()
	defer v.Close()
	all := map[string]string{}
	err := v.state.scan(context.Background(), []span{{}}, func(_ int, key, value []byte) bool {
		all[string(key)] = string(value)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// loadQuads are quads with much in common, of all kinds of terms, events among them.
func loadQuads() *rapid.Generator[Quad] {
	pick := func(terms ...Term) *rapid.Generator[Term] { return rapid.SampledFrom(terms) }
	number := rapid.Map(rapid.IntRange(0, 40), func(n int) Term { return IRI(fmt.Sprintf("event:e-%03d", n)) })
	long := IRI("a:" + strings.Repeat("long", 100))
	subject := rapid.OneOf(number, number, pick(IRI("a:s"), IRI("claim:c"), IRI("claim:c-2"), BlankNode("b1"), BlankNode("b"), long, IRI("a:7"), IRI("a:007")))
	predicate := rapid.OneOf(
		pick(IRI("p:when"), IRI("p:kind"), IRI("role:x"), IRI("role:y"), IRI("p:name"), IRI("p:stance"), IRI("p:retracted"), IRI("p:type"), IRI("p:status"), IRI("p:partOf"), IRI("a:p")))
	object := rapid.OneOf(subject, subject, pick(IRI("class:event"), IRI("a:class")),
		rapid.Map(rapid.IntRange(1, 28), func(d int) Term { return typedString(fmt.Sprintf("2025-01-%02d", d), edtfType) }),
		pick(typedString("2025-01/2025-03", edtfType), IRI("class:event"), typedString("nonsense", edtfType), typedString("2025-02-30", edtfType), String("DENIES"),
			String("OCCURRED"), String("PLANNED"), String(""), typedString("2026-11-23T00:00:00Z", instantType), typedString("2026-11-23T02:00:00+02:00", instantType), String("two\nlines \"and\" \\ é"), langString("Peña Nieto", "es"), langString("x", "en-GB"),
			typedString("029", integerType), typedString("29", integerType), typedString("-7", integerType), typedString("x", "a:type"),
			String(strings.Repeat("text ", 300))),
	)
	label := rapid.OneOf(pick(nil, IRI("claim:c"), IRI("claim:c-2"), BlankNode("b")), subject)
	return rapid.Custom(func(t *rapid.T) Quad {
		return Quad{Subject: subject.Draw(t, "subject"), Predicate: predicate.Draw(t, "predicate"), Object: object.Draw(t, "object"), Label: label.Draw(t, "label")}
	})
}

// TestLoadEqualsAdd: whatever is loaded, into whatever, in however many runs, the store is byte for byte as if it had been added.
func TestLoadEqualsAdd(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(loadQuads(), 0, 60).Draw(t, "before")
		loaded := rapid.SliceOfN(loadQuads(), 0, 150).Draw(t, "loaded")
		both := [2]*Store{openDerived(t, maxPairs), openDerived(t, maxPairs)}
		for _, s := range both {
			defer s.Close()
			if _, err := s.Add(ctx, before); err != nil {
				t.Fatal(err)
			}
		}
		added, err := both[0].Add(ctx, loaded)
		if err != nil {
			t.Fatal(err)
		}
		o := LoadOptions{runQuads: rapid.SampledFrom([]int{0, 1, 7, 40}).Draw(t, "quads a run")}
		cut := rapid.IntRange(0, len(loaded)).Draw(t, "first file")
		src := append(text("first.nq", lines(loaded[:cut]...)), text("second.nq", lines(loaded[cut:]...))...)
		report, err := both[1].Load(ctx, src, o)
		if err != nil {
			t.Fatal(err)
		}
		if report.Added != added || report.Quads != len(loaded) {
			t.Errorf("Load reports %+v, want %d of %d quads", report, added, len(loaded))
		}
		if diff := contentsDiff(contents(t, both[0]), contents(t, both[1])); diff != "" {
			t.Errorf("the loaded store differs from the added one (-added +loaded):\n%s", diff)
		}
		if err := both[1].Check(ctx, nil); err != nil {
			t.Error(err)
		}
	})
}

// manyQuads writes n quads whose names are all different, in no order.
func manyQuads(n int) string {
	var b bytes.Buffer
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		fmt.Fprintf(&b, "<name:%x> <role:x> <thing:%x-x> <claim:%d> .\n", r.Uint64(), r.Uint32N(uint32(n)), i%3)
	}
	return b.String()
}

// TestLoadBounded: what the parts keep stays within the bound, however much there is, and is right when it is spilled.
func TestLoadBounded(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	const n = 20_000 // of which the names take more than their share, thrice
	content := manyQuads(n)
	small, large := openDerived(t, maxPairs), openDerived(t, maxPairs)
	defer small.Close()
	defer large.Close()
	const limit = 8 << 20
	got, err := small.Load(ctx, text("many.nq", content), LoadOptions{Memory: limit, runQuads: 5_000})
	if err != nil {
		t.Fatal(err)
	}
	if got.Runs < 2 || got.Peak > limit {
		t.Errorf("Load with a bound of %d bytes kept %d in %d runs, want less and several runs", limit, got.Peak, got.Runs)
	}
	if got, err = large.Load(ctx, text("many.nq", content), LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	if got.Runs != 1 {
		t.Errorf("Load with half a gigabyte made %d runs, want 1", got.Runs)
	}
	if diff := contentsDiff(contents(t, large), contents(t, small)); diff != "" {
		t.Errorf("the store depends on the memory (-much +little):\n%.2000s", diff)
	}
	if err := small.Check(ctx, nil); err != nil {
		t.Error(err)
	}
}

// TestSpillUnread: derived entries that were spilled and cannot be read back are an error, not none.
func TestSpillUnread(t *testing.T) {
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "runs"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	made := newSortPool(nil, &budget{}, 1<<20).newSorter()
	made.spills.f, made.spills.ends = f, []int64{100}
	l := &loader{empty: true}
	if err := l.writeDerived(t.Context(), made, tableTime); err == nil {
		t.Error("writeDerived of runs that cannot be read has no error")
	}
}

// TestLoadNothing: whatever ends a load, the store is as it was, and nothing is left behind.
func TestLoadNothing(t *testing.T) {
	t.Parallel()
	const n, chunks = 6_000, 8 << 20 // with so little memory, they are half a dozen chunks
	good := manyQuads(n)
	late := good + "<a:s> <a:p> \"no end .\n" + good
	packed := func(pack string, cut int) QuadSource {
		var b bytes.Buffer
		if pack == "gz" {
			w := gzip.NewWriter(&b)
			io.WriteString(w, good)
			w.Close()
		} else {
			w, _ := zstd.NewWriter(&b)
			io.WriteString(w, good)
			w.Close()
		}
		src := text("many.nq."+pack, b.String()[:b.Len()*cut/100])
		src[0].Pack = pack
		return src
	}
	failing := QuadSource{QuadSeq("seq", func(yield func(Quad, error) bool) {
		if yield(quadOf(IRI("a:s"), IRI("a:p"), IRI("a:o"), nil), nil) {
			yield(Quad{}, errors.New("no more of it"))
		}
	})}
	for _, c := range []struct {
		name   string
		src    QuadSource
		o      LoadOptions
		cancel bool
		want   string
	}{
		{"late line", text("late.nq", late), LoadOptions{Memory: chunks}, false, fmt.Sprintf("late.nq:%d: column 13: the text does not end: close it with \"", n+1)},
		{"late line, little memory", text("late.nq", late), LoadOptions{Memory: 1, runQuads: 500}, false, fmt.Sprintf("late.nq:%d: column 13", n+1)},
		{"second file", append(text("good.nq", good), text("bad.nq", "\n\nnothing\n")...), LoadOptions{Memory: chunks}, false, "bad.nq:3: column 1"},
		{"gz cut off", packed("gz", 50), LoadOptions{Memory: chunks}, false, "many.nq.gz: the file is cut off"},
		{"zst cut off", packed("zst", 50), LoadOptions{Memory: chunks}, false, "many.nq.zst: the file is cut off"},
		{"gz cut off in its head", packed("gz", 0), LoadOptions{}, false, "many.nq.gz: unexpected EOF: it is no gzip file"},
		{"check", text("good.nq", good), LoadOptions{Memory: chunks, Check: func(q Quad) error {
			if strings.HasSuffix(Text(q.Label), "2") {
				return errors.New("not this claim: use another")
			}
			return nil
		}}, false, fmt.Sprintf("%d problems, nothing was loaded\ngood.nq:3: not this claim: use another\ngood.nq:6: ", n/3)},
		{"sequence", failing, LoadOptions{}, false, "seq: no more of it"},
		{"cancelled", text("good.nq", good), LoadOptions{Memory: chunks}, true, "context canceled"},
		{"missing", QuadSource{{Name: "gone.nq", Open: func() (io.ReadCloser, error) { return os.Open("testdata/gone.nq") }}}, LoadOptions{}, false, "gone.nq"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			s, err := Open(t.Context(), dir, Options{Model: eventModel})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			event := []Quad{quadOf(IRI("event:1"), IRI("role:x"), IRI("a:o"), IRI("claim:1")), quadOf(IRI("event:1"), IRI("role:y"), IRI("a:p"), IRI("claim:1"))}
			if _, err := s.Add(t.Context(), event); err != nil {
				t.Fatal(err)
			}
			before := contents(t, s)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.cancel {
				c.o.Check = func(Quad) error { cancel(); return nil }
			}
			_, err = s.Load(ctx, c.src, c.o)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "nothing was loaded") {
				t.Errorf("Load: %.300v, want %q", err, c.want)
			}
			if diff := contentsDiff(before, contents(t, s)); diff != "" {
				t.Errorf("the store has changed (-before +after):\n%.1000s", diff)
			}
			if left, err := os.ReadDir(filepath.Join(dir, loadingName)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the folder %s is there, with %d files", loadingName, len(left))
			}
			// What was given up does not stand in the way.
			if _, err := s.Load(t.Context(), text("good.nq", good), LoadOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := s.Check(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLoadForms: the fast way of reading lines agrees with the slow one, on lines of any form.
func TestLoadForms(t *testing.T) {
	content := strings.Join([]string{
		"<a:s> <a:p> <a:o> <claim:c> .",
		"<a:s> <a:p> \"x\"^^<http://www.w3.org/2001/XMLSchema#string> .",
		"<a:s> <a:p> \"x\" .",
		"<a:s>\t<a:p>  \"y\"@en<claim:c>.",
		"# a comment", "", "  ",
		"<a:s> <a:p> \"esc\\u0061ped \\\" > \" <claim:c> . # behind",
		"<a:\\u0073> <a:p> <a:o> <claim:c> .",
		"_:b <a:p> _:b _:b .",
		"_:b <a:p> _:b. ",
		"<a:s> <a:p> \"> .\" <claim:c> .",
	}, "\r\n") + "\r<a:last> <a:p> <a:o> .\r<a:last> <a:p> \"2025-01-01\"^^<" + edtfType + "> ."
	s := openDerived(t, maxPairs)
	defer s.Close()
	report, err := s.Load(t.Context(), text("forms.nq", content), LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[Quad]bool{}
	quads := 0
	for r := NewQuadReader(strings.NewReader(content)); ; {
		q, _, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		quads++
		want[q] = true
	}
	v := s.View()
	defer v.Close()
	found, err := v.Match(t.Context(), Pattern{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[Quad]bool{}
	for _, q := range found[0] {
		got[q] = true
	}
	if diff := cmp.Diff(want, got); diff != "" || report.Quads != quads {
		t.Errorf("Load read %d quads, want %d (-want +got):\n%s", report.Quads, quads, diff)
	}
	for _, c := range []struct{ line, want string }{
		{"<a:s> <a:p> <a:o> \"x\" .", "column 19: the label is a literal"},
		{"<a:s> _:b <a:o> .", "column 7: the predicate is a blank node"},
		{"<a:s> <a:p> <o> .", "column 13: the IRI <o> is not absolute"},
		{"<a:s> <a:p> <a:o> <claim:c> . x", "behind the full stop"},
		{"<a:s> <a:p> \"x\"@ .", "no language tag"},
		{"<a:s> <a:p> \"\xff\" .", "no UTF-8"},
		{"<a:s> <a:p> \"" + strings.Repeat("x", MaxLine) + "\" .", "the line is longer"},
	} {
		_, err := s.Load(t.Context(), text("f", "<a:s> <a:p> <a:o> .\n"+c.line+"\n"), LoadOptions{})
		if err == nil || !strings.Contains(err.Error(), "f:2: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Load of %.60q: %v, want %q", c.line, err, c.want)
		}
	}
}
