package store

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// faults are the ends that Pebble comes to, most of them those at which stopFS stops it. Of others it tells by a call from whatever
// goroutine it is in that must not return. That call ends the goroutine, notes why, and lets those know who wait for a write. It is
// Pebble's logger too, and keeps it from logging: libraries return errors.
type faults struct {
	mu     sync.Mutex
	why    error
	failed chan struct{} // closed by the first
}

func newFaults() *faults { return &faults{failed: make(chan struct{})} }

func (f *faults) Infof(string, ...any)  {}
func (f *faults) Errorf(string, ...any) {}

// Fatalf implements pebble.Logger.
func (f *faults) Fatalf(format string, args ...any) {
	f.fail(fmt.Errorf(format, args...))
	runtime.Goexit()
}

func (f *faults) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.why == nil {
		f.why = err
		close(f.failed)
	}
}

// err returns what the engine failed of, as an error that wraps ErrFailed; nil as long as it goes on.
func (f *faults) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.why == nil {
		return nil
	}
	return fmt.Errorf("%w: %w; end this process and open the store again", ErrFailed, f.why)
}

// write does what may come to such an end, and returns its error or the end. What it does goes on in the background if Pebble
// came to an end elsewhere and left it waiting.
func (f *faults) write(do func() error) error {
	if err := f.err(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				f.fail(fmt.Errorf("panic: %v", r))
			}
		}()
		done <- do()
	}()
	select {
	case err := <-done:
		return err
	case <-f.failed:
		return f.err()
	}
}

// listener keeps Pebble from taking damage for an end: whoever reads what is damaged gets an error.
func (f *faults) listener() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(error) {}, // it tries again
		DataCorruption:  func(pebble.DataCorruptionInfo) {},
	}
}

// damaged tells damage, and of which file, from other errors.
func damaged(err error) error {
	if !pebble.IsCorruptionError(err) {
		return err
	}
	if info := pebble.ExtractDataCorruptionInfo(err); info != nil {
		err = fmt.Errorf("file %s: %w", info.Path, info.Details)
	}
	return fmt.Errorf("%w: %w; restore the store from a backup", ErrDamaged, err)
}

// errDiskFull is, for errors.Is, also the error by which the system says it.
var errDiskFull = fmt.Errorf("the disk is nearly full: %w", syscall.ENOSPC)

// spareBytes is what must be left free on the disk for a write to begin: Pebble can be stopped by a full disk in places from which
// there is no way back, and writes its files again as it goes.
const spareBytes = 64 << 20

// room returns an error if the disk is too full for a write of so many bytes.
func (e *pebbleEngine) room(bytes int64) error {
	usage, err := e.fs.GetDiskUsage(e.dir)
	if errors.Is(err, vfs.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask how much of the disk is free: %w", err)
	}
	if need := spareBytes + 3*uint64(bytes); usage.AvailBytes < need { // the log, a table, and that table merged with others
		return fmt.Errorf("%w: %d MiB are free of the %d that must be; nothing was written; make room", errDiskFull, usage.AvailBytes>>20, need>>20)
	}
	return nil
}
