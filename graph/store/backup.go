package store

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// A backup is a tar archive of files of mode 0644:
//
//	backup   = header *file sums
//	header   = the file parley-backup.json: a BackupInfo in JSON
//	file     = a file of a Pebble checkpoint, which is a store without its marker
//	sums     = the file SHA256SUMS: for each file before it, the header too, 64HEXDIG SP SP name LF, in their order
//
// Unpacked, `sha256sum -c SHA256SUMS` proves it by other means. What has no sums at its end is cut short.
const (
	headerName = "parley-backup.json"
	sumsName   = "SHA256SUMS"
)

// backupVersion is that of the archive's form.
const backupVersion = 1

// A BackupInfo tells what a backup holds.
type BackupInfo struct {
	Version  uint64 `json:"version"` // of the archive's form
	Format   uint64 `json:"format"`  // of the store
	Revision uint64 `json:"revision"`
	Quads    uint64 `json:"quads"`
	Terms    uint64 `json:"terms"`
}

// checkpoints is what an engine has that can write down its present state as files.
type checkpoints interface {
	// checkpoint makes a folder with the present state and returns it.
	checkpoint() (files vfs.FS, dir string, err error)
}

// backups begin the names of the folders in a store's folder that a backup is read from.
const backups = "backup-"

// Backup writes the present state of the store to w as an archive that [Restore] reads, uncompressed. Writers wait for the
// moment in which the state is taken, and nobody while it is written out. Of a folder it needs little more disk than what is written in
// the meantime, since the files of a state do not change and are not copied. A database is copied to a temporary folder first, which takes as much
// room there as a store in a folder does; the archive is the same.
func (s *Store) Backup(ctx context.Context, w io.Writer) (info BackupInfo, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("back up: %w", err)
		}
	}()
	e, ok := s.engine.(checkpoints)
	if !ok {
		return s.backupCopy(ctx, w)
	}
	info, files, dir, err := s.checkpoint(e)
	if err != nil {
		return info, err
	}
	defer func() {
		if removed := files.RemoveAll(dir); err == nil {
			err = removed
		}
	}()
	return info, writeBackup(ctx, w, info, files, dir)
}

// backupCopy backs up a copy in a folder.
func (s *Store) backupCopy(ctx context.Context, w io.Writer) (info BackupInfo, err error) {
	temp, err := os.MkdirTemp("", "parley-backup-")
	if err != nil {
		return info, err
	}
	defer func() {
		if removed := os.RemoveAll(temp); err == nil {
			err = removed
		}
	}()
	dir := filepath.Join(temp, "store")
	if _, err := copyTo(ctx, s, dir, CopyOptions{}); err != nil {
		return info, err
	}
	c, err := Open(ctx, dir, Options{})
	if err != nil {
		return info, err
	}
	defer closeInto(c, &err)
	return c.Backup(ctx, w)
}

func (s *Store) checkpoint(e checkpoints) (info BackupInfo, files vfs.FS, dir string, err error) {
	s.write.Lock()
	defer s.write.Unlock()
	if s.closed {
		return info, nil, "", ErrClosed
	}
	s.settle()
	v := s.View()
	defer v.Close()
	info = BackupInfo{backupVersion, formatVersion, v.state.revision, v.state.quads, v.state.meta.terms}
	files, dir, err = e.checkpoint()
	return info, files, dir, err
}

func (e *pebbleEngine) checkpoint() (vfs.FS, string, error) {
	dir := e.fs.PathJoin(e.dir, fmt.Sprintf("%s%d", backups, e.backups.Add(1)))
	err := e.faults.write(func() error { return e.db.Checkpoint(dir) })
	if err != nil && e.faults.err() == nil {
		err = errors.Join(err, e.fs.RemoveAll(dir))
	}
	return e.fs, dir, err
}

func writeBackup(ctx context.Context, w io.Writer, info BackupInfo, files vfs.FS, dir string) error {
	a := &archive{ctx: ctx, w: tar.NewWriter(w)}
	header, err := json.Marshal(info)
	if err != nil {
		return err
	}
	if err := a.add(headerName, int64(len(header)+1), bytes.NewReader(append(header, '\n'))); err != nil {
		return err
	}
	names, err := files.List(dir)
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		if err := a.addFile(files, dir, name); err != nil {
			return fmt.Errorf("file %s: %w", name, err)
		}
	}
	sums := a.sums.Bytes()
	if err := a.add(sumsName, int64(len(sums)), bytes.NewReader(sums)); err != nil {
		return err
	}
	return a.w.Close()
}

// An archive is a backup that is being written.
type archive struct {
	ctx  context.Context // of the one backup
	w    *tar.Writer
	sums bytes.Buffer
}

func (a *archive) addFile(files vfs.FS, dir, name string) (err error) {
	f, err := files.Open(files.PathJoin(dir, name))
	if err != nil {
		return err
	}
	defer closeInto(f, &err)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return a.add(name, info.Size(), f)
}

// add adds so many bytes of a reader as a file.
func (a *archive) add(name string, size int64, r io.Reader) error {
	if err := a.w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, Format: tar.FormatPAX}); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(a.w, sum), contextReader{a.ctx, r}, size); err != nil {
		return err
	}
	appendSum(&a.sums, sum, name)
	return nil
}

func appendSum(b *bytes.Buffer, sum hash.Hash, name string) {
	fmt.Fprintf(b, "%s  %s\n", hex.EncodeToString(sum.Sum(nil)), name)
}

// A contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}
