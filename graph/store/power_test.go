package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// A machine that loses power forgets what was not synced, in whole or in part. What was acknowledged is there when it comes back.
func TestPowerLoss(t *testing.T) {
	runs := 60
	if testing.Short() {
		runs = 4
	}
	lost := 0
	for run := range runs {
		files, rng := vfs.NewCrashableMem(), rand.New(rand.NewPCG(uint64(run), 7))
		s, err := openOn(t.Context(), files, "store", Options{})
		if err != nil {
			t.Fatal(err)
		}
		var acked atomic.Int64
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := s.Add(t.Context(), batchOf(n)); err != nil {
					t.Errorf("Add: %v", err)
					return
				}
				acked.Add(1)
				if n%20 == 19 {
					s.engine.(*pebbleEngine).db.AsyncFlush()
				}
			}
		}()
		for range 4 {
			for until := acked.Load() + int64(rng.IntN(30)); acked.Load() < until; {
			}
			must := int(acked.Load())
			after := files.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 30, 70, 100}[rng.IntN(4)], RNG: rng})
			found := afterPowerLoss(t, after)
			if found < must {
				t.Errorf("run %d: %d batches, %d were acknowledged", run, found, must)
			}
			lost += found - must
		}
		close(stop)
		<-ended
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d times without power; %d batches were there that nobody had been told of", 4*runs, lost)
}

// afterPowerLoss opens a store on what is left and returns how many batches it has, all whole.
func afterPowerLoss(t *testing.T, files vfs.FS) int {
	t.Helper()
	s, err := openOn(context.Background(), files, "store", Options{})
	if err != nil {
		t.Errorf("after a power loss: %v", err)
		return math.MaxInt
	}
	defer s.Close()
	checkStore(t, s)
	v := s.View()
	defer v.Close()
	found := batches(t, v)
	if uint64(len(found)) > v.Revision() {
		t.Errorf("revision %d has %d batches", v.Revision(), len(found))
	}
	return len(found)
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
		if found := afterPowerLoss(t, files.CrashClone(vfs.CrashCloneCfg{})); found < acked || found > acked+1 {
			t.Errorf("run %d: opened again, %d batches; %d were acknowledged", run, found, acked)
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
