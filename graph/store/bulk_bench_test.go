package store_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
	"github.com/parleygraph/parley/seed/synth"
)

// BenchmarkLoad loads real events, each five quads and its claim, with all derived indexes. ×10 needs two and a half gigabytes on
// disk beside what is measured. The peak of the resident memory is that of the process so far: run one size at a time.
func BenchmarkLoad(b *testing.B) {
	for _, times := range []int{1, 10} {
		b.Run(fmt.Sprintf("icews0515x%d", times), func(b *testing.B) {
			if testing.Short() && times > 1 {
				b.Skip("it takes a minute and five gigabytes of disk")
			}
			src := icewsFile(b, times)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				dir := filepath.Join(b.TempDir(), "store")
				b.StartTimer()
				report := load(b, dir, src)
				b.StopTimer()
				b.ReportMetric(float64(report.Added), "quads")
				b.ReportMetric(float64(folderSize(b, dir))/float64(report.Added), "B/quad")
				b.ReportMetric(float64(residentPeak())/(1<<20), "peak-MiB")
				os.RemoveAll(dir)
				b.StartTimer()
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/load")
		})
	}
}

func load(tb testing.TB, dir string, src store.QuadText) store.LoadReport {
	tb.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, dir, store.Options{Model: graph.StoreModel()})
	if err != nil {
		tb.Fatal(err)
	}
	report, err := s.Load(ctx, store.QuadSource{src}, store.LoadOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return report
}

// icewsFile writes the quads of icews0515 into a file.
func icewsFile(tb testing.TB, times int) store.QuadText {
	tb.Helper()
	f, err := os.Open("../../../shared/data/icews/icews0515.tsv.gz")
	if err != nil {
		tb.Skipf("the data is not on this machine: %v", err)
	}
	defer f.Close()
	rows, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "icews.nq")
	out, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := synth.Icews(out, rows, synth.Options{Times: times}); err != nil {
		tb.Fatal(err)
	}
	if err := out.Close(); err != nil {
		tb.Fatal(err)
	}
	src, err := store.QuadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return src
}

func folderSize(tb testing.TB, dir string) (size int64) {
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return size
}

// residentPeak returns the most memory that the process ever had, 0 where the system does not tell.
func residentPeak() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if kib, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(kib)[0], 10, 64)
			return n << 10
		}
	}
	return 0
}
