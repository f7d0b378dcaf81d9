package store

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A stopFS is a file system on which Pebble is stopped where it could not go on. It has no way back from a log or a manifest that it
// cannot write: it panics, in places with locks in a state that no recover can mend, and the process dies. Here such a failure is
// noted, and the goroutine that met it stays where it is, until the process ends. What is read meanwhile is not touched, and who
// waits for a write hears of it from faults. A table that cannot be written is an error as it always is, and Pebble tries again.
type stopFS struct {
	vfs.FS
	dir    string // the store's; what a backup puts below it is not vital
	faults *faults
	begun  atomic.Bool // before, errors are those of Open
}

// check stops who comes with an error.
func (s *stopFS) check(err error, what, name string) {
	if err == nil || !s.begun.Load() {
		return
	}
	s.faults.fail(fmt.Errorf("%s %s: %w", what, name, err))
	select {}
}

// vital reports whether Pebble cannot go on without a file.
func (s *stopFS) vital(name string) bool {
	base := s.PathBase(name)
	return s.PathDir(name) == s.dir && (strings.HasSuffix(base, ".log") || strings.HasPrefix(base, "MANIFEST-") || strings.HasPrefix(base, "marker."))
}

func (s *stopFS) file(f vfs.File, err error, name string) (vfs.File, error) {
	if !s.vital(name) {
		return f, err
	}
	s.check(err, "create", name)
	if err != nil {
		return nil, err
	}
	return &stopFile{f, s, name}, nil
}

func (s *stopFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.Create(name, category)
	return s.file(f, err, name)
}

func (s *stopFS) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.ReuseForWrite(old, name, category)
	return s.file(f, err, name)
}

func (s *stopFS) Rename(old, name string) error {
	err := s.FS.Rename(old, name)
	if s.vital(name) {
		s.check(err, "rename", name)
	}
	return err
}

// OpenDir opens a folder, which is synced to make vital files appear in it.
func (s *stopFS) OpenDir(name string) (vfs.File, error) {
	f, err := s.FS.OpenDir(name)
	if err != nil || name != s.dir {
		return f, err
	}
	return &stopFile{f, s, name}, nil
}

// Unwrap implements vfs.FS.
func (s *stopFS) Unwrap() vfs.FS { return s.FS }

// A stopFile is a vital file.
type stopFile struct {
	vfs.File
	fs   *stopFS
	name string
}

func (f *stopFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	f.fs.check(err, "write", f.name)
	return n, err
}

func (f *stopFile) Sync() error {
	err := f.File.Sync()
	f.fs.check(err, "sync", f.name)
	return err
}

func (f *stopFile) SyncData() error {
	err := f.File.SyncData()
	f.fs.check(err, "sync", f.name)
	return err
}

func (f *stopFile) SyncTo(length int64) (bool, error) {
	full, err := f.File.SyncTo(length)
	f.fs.check(err, "sync", f.name)
	return full, err
}

func (f *stopFile) Preallocate(offset, length int64) error {
	err := f.File.Preallocate(offset, length)
	f.fs.check(err, "make room for", f.name)
	return err
}
