package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// A machine that loses power forgets what was not synced, in whole or in part. What was acknowledged is there when it comes back, and so is what
// anybody had read. One waits for the disk, or several at once.
func TestPowerLoss(t *testing.T) {
	runs := 40
	if testing.Short() {
		runs = 4
	}
	const apart = 100_000 // the batches of one writer, and those of the next
	lost := 0
	for run := range runs {
		files, rng := vfs.NewCrashableMem(), rand.New(rand.NewPCG(uint64(run), 7))
		s, err := openOn(t.Context(), files, "store", Options{})
		if err != nil {
			t.Fatal(err)
		}
		acked := make([]atomic.Int64, 1+run%4)
		total := func() (n int64) {
			for i := range acked {
				n += acked[i].Load()
			}
			return n
		}
		stop := make(chan struct{})
		var writers sync.WaitGroup
		for w := range acked {
			writers.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					if _, err := s.Add(t.Context(), batchOf(w*apart+n)); err != nil {
						t.Errorf("Add: %v", err)
						return
					}
					acked[w].Add(1)
					if n%20 == 19 {
						s.engine.(*pebbleEngine).db.AsyncFlush()
					}
				}
			})
		}
		for range 4 {
			for until := total() + int64(rng.IntN(30)); total() < until; {
			}
			must, read := make([]int, len(acked)), s.Revision()
			for w := range acked {
				must[w] = int(acked[w].Load())
			}
			after := files.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 30, 70, 100}[rng.IntN(4)], RNG: rng})
			found, revision := afterPowerLoss(t, after)
			if revision < read {
				t.Errorf("run %d: revision %d is there, and %d had been read", run, revision, read)
			}
			for w, least := range must {
				n := 0
				for slices.Contains(found, w*apart+n) {
					n++
				}
				if n < least {
					t.Errorf("run %d: %d batches of writer %d, %d were acknowledged", run, n, w, least)
				}
				lost += n - least
			}
		}
		close(stop)
		writers.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d times without power; %d batches were there that nobody had been told of", 4*runs, lost)
}

// afterPowerLoss opens a store on what is left and returns which batches it has, all whole, and its revision.
func afterPowerLoss(t *testing.T, files vfs.FS) ([]int, uint64) {
	t.Helper()
	s, err := openOn(context.Background(), files, "store", Options{})
	if err != nil {
		t.Errorf("after a power loss: %v", err)
		return nil, 0
	}
	defer s.Close()
	checkStore(t, s)
	v := s.View()
	defer v.Close()
	found := batches(t, v)
	if uint64(len(found)) > v.Revision() {
		t.Errorf("revision %d has %d batches", v.Revision(), len(found))
	}
	return found, v.Revision()
}

// A nearly full disk refuses writes before they begin, and the store goes on.
func TestDiskNearlyFull(t *testing.T) {
	files := vfs.NewMem()
	s, err := openOn(t.Context(), files, "store", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	addTo(t, s, batchOf(0)...)
	files.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: spareBytes - 1, TotalBytes: 1 << 30})
	if n, err := s.Add(t.Context(), batchOf(1)); n != 0 || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("Add on a full disk = %d, %v, want %v", n, err, syscall.ENOSPC)
	}
	if got := revision(s); got != 1 {
		t.Errorf("revision %d", got)
	}
	files.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 2 * spareBytes, TotalBytes: 1 << 30})
	addTo(t, s, batchOf(1)...)
	if got := batches(t, viewOf(t, s)); len(got) != 2 {
		t.Errorf("%d batches, want 2", len(got))
	}
	checkStore(t, s)
}

// A disk that fails at any moment, by being full or otherwise: a write is made, or it is an error and invisible; after that the store
// goes on, or says that it has to be opened again, and can be read; and opened again it has all that was acknowledged.
func TestDiskFails(t *testing.T) {
	runs := 150
	if testing.Short() {
		runs = 30
	}
	var mu sync.Mutex
	outcomes := map[string]int{}
	for run := range runs {
		rng := rand.New(rand.NewPCG(uint64(run), 8))
		files := vfs.NewCrashableMem()
		var on atomic.Bool
		var left atomic.Int64
		left.Store(int64(rng.IntN(60)))
		failing := errorfs.Wrap(files, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if on.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && left.Add(-1) < 0 {
				return &vfsError{op.Path}
			}
			return nil
		}))
		s, err := openOn(t.Context(), failing, "store", Options{})
		if err != nil {
			t.Fatal(err)
		}
		acked, failed := 0, 0
		for n := range 60 {
			on.Store(n >= 10 && n < 40)
			added, err := s.Add(t.Context(), batchOf(n))
			if err == nil {
				acked++
			} else {
				failed++
				if added != 0 || !errors.Is(err, ErrFailed) && !errors.Is(err, syscall.ENOSPC) {
					t.Errorf("run %d: Add = %d, %v: want %v", run, added, err, ErrFailed)
				}
			}
			if n%15 == 14 {
				e := s.engine.(*pebbleEngine)
				go e.faults.write(func() error { _, err := e.db.AsyncFlush(); return err })
			}
			v := s.View()
			if found := batches(t, v); len(found) != acked {
				t.Errorf("run %d: %d batches after %d acknowledged and %d failed", run, len(found), acked, failed)
			}
			v.Close()
		}
		err = s.Close()
		if (err != nil) != (failed > 0) && !errors.Is(err, ErrFailed) {
			t.Errorf("run %d: Close() = %v after %d failed writes", run, err, failed)
		}
		if list, _ := afterPowerLoss(t, files.CrashClone(vfs.CrashCloneCfg{})); len(list) < acked || len(list) > acked+1 {
			t.Errorf("run %d: opened again, %d batches; %d were acknowledged", run, len(list), acked)
		}
		mu.Lock()
		outcomes[fmt.Sprintf("failed: %v", failed > 0)]++
		mu.Unlock()
	}
	t.Logf("%v", outcomes)
	if outcomes["failed: true"] == 0 {
		t.Error("no disk failed")
	}
}

// A vfsError is that of a full disk.
type vfsError struct{ path string }

func (e *vfsError) Error() string { return "write " + e.path + ": no space left on device" }
func (e *vfsError) Unwrap() error { return syscall.ENOSPC }

var _ pebble.Logger = (*faults)(nil)
