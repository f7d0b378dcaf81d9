package store

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// The marker is the file parley.store of a folder. It says that the folder is a store, of which format, how far it had come, and
// who has it open:
//
//	marker   = "parley store" LF "format " 5DIGIT LF "revision " 20DIGIT LF "process " 10DIGIT LF "since " time LF
//	           "check " 8HEXDIG LF
//	time     = 20OCTET                    ; in UTC: 2025-01-31T12:00:00Z
//
// The check is the CRC-32C of all before it. The marker is made before anything else in the folder. Each write, once it is durable,
// writes it over in place, without waiting for the disk: its revision may stand behind that of the quads and never ahead of it.
// So a log or a manifest of Pebble that lost its end, by damage that looks like a crash, is found out when the store is opened.
const markerName = "parley.store"

const markerSize = 12 + 1 + 13 + 30 + 19 + 27 + 15

// A marker is the content of the file.
type marker struct {
	format   uint64
	revision uint64
	process  int
	since    time.Time
}

func (m marker) bytes() []byte {
	b := fmt.Appendf(nil, "parley store\nformat %05d\nrevision %020d\nprocess %010d\nsince %s\n", m.format, m.revision, m.process,
		m.since.UTC().Format(time.RFC3339))
	return fmt.Appendf(b, "check %08x\n", crc32.Checksum(b, castagnoli))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func parseMarker(b []byte) (m marker, err error) {
	var since string
	var sum uint32
	bad := fmt.Errorf("file %s: it is not what was written: %w; restore the store from a backup, or remove the file to open the store "+
		"without a proof that nothing is missing", markerName, ErrDamaged)
	_, err = fmt.Sscanf(string(b), "parley store\nformat %d\nrevision %d\nprocess %d\nsince %s\ncheck %x\n", &m.format, &m.revision, &m.process, &since, &sum)
	if err != nil {
		return m, bad
	}
	if m.since, err = time.Parse(time.RFC3339, since); err != nil || !bytes.Equal(m.bytes(), b) {
		return m, bad
	}
	return m, nil
}

// readMarker returns the marker of a folder; ok is false if it has none.
func readMarker(files vfs.FS, dir string) (m marker, ok bool, err error) {
	f, err := files.Open(files.PathJoin(dir, markerName))
	if errors.Is(err, fs.ErrNotExist) {
		return m, false, nil
	}
	if err != nil {
		return m, false, err
	}
	defer closeInto(f, &err)
	b, err := io.ReadAll(io.LimitReader(f, markerSize+1000))
	if err != nil {
		return m, false, err
	}
	m, err = parseMarker(b)
	return m, true, err
}

// createMarker makes the marker of a folder, durably and whole.
func createMarker(files vfs.FS, dir string, m marker) error {
	return createFile(files, dir, markerName, m.bytes())
}

// createFile makes a small file, or replaces it, durably and whole: whoever dies on the way leaves at most one beside it whose name ends in .new.
func createFile(files vfs.FS, dir, name string, content []byte) error {
	name = files.PathJoin(dir, name)
	f, err := files.Create(name+".new", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	closeInto(f, &err)
	if err == nil {
		err = files.Rename(name+".new", name)
	}
	if err != nil {
		return err
	}
	return syncDir(files, dir)
}

func syncDir(files vfs.FS, dir string) (err error) {
	d, err := files.OpenDir(dir)
	if err != nil {
		return err
	}
	defer closeInto(d, &err)
	return d.Sync()
}

// A markerFile is the marker of a store that this process has open.
type markerFile struct {
	mu  sync.Mutex
	now marker
	f   vfs.File
}

// openMarker opens the marker of a folder that this process has locked, and writes into it that it has.
func openMarker(files vfs.FS, dir string, m marker, now time.Time) (*markerFile, error) {
	f, err := files.OpenReadWrite(files.PathJoin(dir, markerName), vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	m.process, m.since = os.Getpid(), now
	if _, err := f.WriteAt(m.bytes(), 0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &markerFile{now: m, f: f}, nil
}

// acknowledge notes down that a revision is durable. The first is waited for: it tells a store that was never written to, which may
// be made anew, from one that lost everything.
func (m *markerFile) acknowledge(revision uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.f == nil || revision <= m.now.revision {
		return
	}
	first := m.now.revision == 0
	m.now.revision = revision
	_, err := m.f.WriteAt(m.now.bytes(), 0)
	if err == nil && first {
		m.f.Sync()
	}
}

func (m *markerFile) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.f
	m.f = nil
	if f == nil {
		return nil
	}
	return errors.Join(f.Sync(), f.Close())
}
