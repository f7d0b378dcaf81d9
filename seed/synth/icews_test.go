package synth_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/parleygraph/parley/seed"
	"github.com/parleygraph/parley/seed/synth"
)

var (
	outFlag   = flag.String("out", "", "write the N-Quads of icews0515.tsv.gz into this file")
	talksFlag = flag.Bool("talks", false, "make every kind a communication, for -out")
	timesFlag = flag.Int("times", 1, "how many times, for -out")
	rowsFlag  = flag.String("rows", "../../../shared/data/icews/icews0515.tsv.gz", "the rows, gzipped, for -out")
)

// rows is like the file, with what it has of oddities: two spaces, a comma, an actor of two names that come to one id, letters beyond ASCII.
const rows = "Abdul Kalam\tMake statement\tSwraj Paul\t2005-01-01\n" +
	"Armed Gang (Palestinian Territory, Occupied)\tConsult\tAbdul  Kalam\t2005-01-02\n" +
	"Côte d’Ivoire\tConsult\tAbdul-Kalam\t2006-01-02\n"

func TestIcews(t *testing.T) {
	var text bytes.Buffer
	got, err := synth.Icews(&text, strings.NewReader(rows), synth.Options{Times: 3, Talks: true})
	if err != nil {
		t.Fatal(err)
	}
	if got.Events != 9 || got.Actors != 5 || got.Quads != strings.Count(text.String(), "\n") {
		t.Errorf("Icews made %+v in %d lines, want 9 events of 5 actors", got, strings.Count(text.String(), "\n"))
	}
	curated, _ := seed.Lint(seed.Files(), nil)
	_, problems := seed.Lint([]seed.File{{Name: "synth", Data: text.Bytes()}}, seed.NewIndex(curated))
	for _, p := range problems {
		t.Error(p)
	}
}

func TestIcewsIsTheSameEveryTime(t *testing.T) {
	sum := func(o synth.Options) [32]byte {
		h := sha256.New()
		if _, err := synth.Icews(h, strings.NewReader(rows), o); err != nil {
			t.Fatal(err)
		}
		return [32]byte(h.Sum(nil))
	}
	if a, b := sum(synth.Options{Times: 5, Seed: 1}), sum(synth.Options{Times: 5, Seed: 1}); a != b {
		t.Errorf("Icews gives %x and then %x of the same seed", a, b)
	}
	if sum(synth.Options{Times: 5, Seed: 1}) == sum(synth.Options{Times: 5, Seed: 2}) {
		t.Error("Icews gives the same of two seeds")
	}
}

// TestWriteFile is how a file to load comes to be: go test ./seed/synth -run WriteFile -out /tmp/icews10.nq -times 10
func TestWriteFile(t *testing.T) {
	if *outFlag == "" {
		t.Skip("-out names no file to write")
	}
	f, err := os.Open(*rowsFlag)
	if err != nil {
		t.Skipf("the data is not on this machine: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(*outFlag)
	if err != nil {
		t.Fatal(err)
	}
	var w io.WriteCloser = out
	if strings.HasSuffix(*outFlag, ".gz") {
		w = gzip.NewWriter(out)
	}
	counts, err := synth.Icews(w, z, synth.Options{Times: *timesFlag, Talks: *talksFlag})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", counts)
}
