package store

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// ErrBackup says that a backup is damaged, cut short, or none.
var ErrBackup = errors.New("not a whole backup")

// restoring is the folder in a store's folder in which a restore puts files until all are there and proven.
const restoring = "restoring"

// Restore makes a store of a backup that [Store.Backup] wrote, in a folder that is missing or empty, or in a database without tables. It
// returns an error that wraps [ErrBackup] if the backup is not whole: each file is compared with its sum, and the store must open at the
// revision that the backup says. With an error it leaves nothing behind, or an empty store in a database; if it is killed, the location is
// no store. Then a folder must be emptied before it is tried again; into a database the same backup is restored further.
func Restore(ctx context.Context, r io.Reader, dir string, o Options) (BackupInfo, error) {
	if dir == "" || dir == "mem:" {
		return BackupInfo{}, fmt.Errorf("restore to %q: give an empty folder or a new one, or an empty database", dir)
	}
	if InDatabase(dir) {
		info, err := restoreDatabase(ctx, r, dir, o.Postgres)
		if err != nil {
			return BackupInfo{}, fmt.Errorf("restore to %s: %w", Redact(dir), err)
		}
		return info, nil
	}
	path, err := canonicalPath(dir)
	if err != nil {
		return BackupInfo{}, fmt.Errorf("restore to %s: %w", dir, err)
	}
	info, err := restore(ctx, r, vfs.Default, path)
	if err != nil {
		return BackupInfo{}, fmt.Errorf("restore to %s: %w", dir, err)
	}
	return info, nil
}

// restoreDatabase restores to a temporary folder, and copies what is proven there.
func restoreDatabase(ctx context.Context, r io.Reader, to string, o PostgresOptions) (info BackupInfo, err error) {
	if err := wantEmptyDatabase(ctx, to, o); err != nil {
		return info, err
	}
	temp, err := os.MkdirTemp("", "parley-restore-")
	if err != nil {
		return info, err
	}
	defer func() {
		if removed := os.RemoveAll(temp); err == nil {
			err = removed
		}
	}()
	dir := filepath.Join(temp, "store")
	if info, err = restore(ctx, r, vfs.Default, dir); err != nil {
		return info, err
	}
	s, err := Open(ctx, dir, Options{})
	if err != nil {
		return info, err
	}
	defer closeInto(s, &err)
	_, err = copyTo(ctx, s, to, CopyOptions{Postgres: o, undo: true})
	return info, err
}

func restore(ctx context.Context, r io.Reader, files vfs.FS, dir string) (info BackupInfo, err error) {
	if err := wantEmpty(files, dir); err != nil {
		return info, err
	}
	_, missing := files.Stat(dir)
	if err := files.MkdirAll(dir, 0o755); err != nil {
		return info, err
	}
	lock, err := pebble.LockDirectory(dir, files)
	if err != nil {
		return info, lockError(files, dir, err)
	}
	defer func() {
		closeInto(lock, &err)
		if err == nil {
			return
		}
		files.Remove(files.PathJoin(dir, "LOCK"))
		if errors.Is(missing, fs.ErrNotExist) {
			files.Remove(dir)
		}
	}()
	if err := wantEmpty(files, dir); err != nil { // again: somebody may have been faster
		return info, err
	}
	temp := files.PathJoin(dir, restoring)
	if err := files.MkdirAll(temp, 0o755); err != nil {
		return info, err
	}
	defer func() {
		if err != nil {
			files.RemoveAll(temp)
		}
	}()
	info, names, err := unpack(ctx, tar.NewReader(contextReader{ctx, r}), files, temp)
	if err != nil {
		return info, err
	}
	if err := prove(ctx, files, temp, info); err != nil {
		return info, err
	}
	return info, moveUp(files, dir, temp, names, info)
}

func wantEmpty(files vfs.FS, dir string) error {
	m, err := inspect(files, dir, false)
	if err == nil && m != nil {
		err = errors.New("it holds a store; give an empty folder or a new one")
	}
	return err
}

// fileName is how the files of a checkpoint are called.
var fileName = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.-]{0,99}$`)

// unpack writes the files of a backup to a folder and compares their sums.
func unpack(ctx context.Context, r *tar.Reader, files vfs.FS, dir string) (info BackupInfo, names []string, err error) {
	var sums bytes.Buffer
	for first := true; ; first = false {
		h, err := r.Next()
		switch {
		case ctx.Err() != nil:
			return info, nil, ctx.Err()
		case err == io.EOF && first:
			return info, nil, fmt.Errorf("%w: it is empty", ErrBackup)
		case err == io.EOF:
			return info, nil, fmt.Errorf("%w: it ends before its sums; take another", ErrBackup)
		case err != nil && first:
			return info, nil, fmt.Errorf("%w: %w; give a file that parley backup wrote", ErrBackup, err)
		case err != nil:
			return info, nil, fmt.Errorf("%w: %w; take another", ErrBackup, err)
		case first != (h.Name == headerName):
			return info, nil, fmt.Errorf("%w: file %q stands where it should not; give a file that parley backup wrote", ErrBackup, h.Name)
		case h.Name == sumsName:
			return info, names, compareSums(r, sums.Bytes())
		case first:
			info, err = readHeader(r, &sums)
		case h.Typeflag != tar.TypeReg || !fileName.MatchString(h.Name):
			err = fmt.Errorf("%w: file %.100q is none of a store; nothing was kept", ErrBackup, h.Name)
		default:
			names = append(names, h.Name)
			err = unpackFile(r, files, dir, h.Name, &sums)
		}
		if err != nil {
			return info, nil, err
		}
	}
}

func readHeader(r io.Reader, sums *bytes.Buffer) (info BackupInfo, err error) {
	b, err := io.ReadAll(io.LimitReader(r, 10_000))
	if err != nil {
		return info, fmt.Errorf("%w: %w; take another", ErrBackup, err)
	}
	if err := json.Unmarshal(b, &info); err != nil {
		return info, fmt.Errorf("%w: %s: %w; take another", ErrBackup, headerName, err)
	}
	if info.Version == 0 || info.Format == 0 {
		return info, fmt.Errorf("%w: %s has no version; take another", ErrBackup, headerName)
	}
	if info.Version > backupVersion {
		return info, fmt.Errorf("the backup's version is %d, and this program reads up to %d: %w; use the program that made it, or a newer one",
			info.Version, backupVersion, ErrNotStore)
	}
	if info.Format > formatVersion {
		return info, formatError(info.Format)
	}
	sum := sha256.New()
	sum.Write(b)
	appendSum(sums, sum, headerName)
	return info, nil
}

func unpackFile(r io.Reader, files vfs.FS, dir, name string, sums *bytes.Buffer) (err error) {
	f, err := files.Create(files.PathJoin(dir, name), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	defer closeInto(f, &err)
	sum := sha256.New()
	from := &failing{r: r}
	if _, err := io.Copy(io.MultiWriter(f, sum), from); err != nil {
		if from.err != nil {
			return fmt.Errorf("%w: file %s: %w; take another", ErrBackup, name, err)
		}
		return fmt.Errorf("file %s: %w", name, err)
	}
	appendSum(sums, sum, name)
	return f.Sync()
}

// A failing reader remembers that the error was its own.
type failing struct {
	r   io.Reader
	err error
}

func (f *failing) Read(b []byte) (n int, err error) {
	n, err = f.r.Read(b)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// compareSums compares the sums of what was read with those that the backup says.
func compareSums(r io.Reader, have []byte) error {
	want, err := io.ReadAll(io.LimitReader(r, int64(len(have))+1))
	if err != nil {
		return fmt.Errorf("%w: %s: %w; take another", ErrBackup, sumsName, err)
	}
	if bytes.Equal(want, have) {
		return nil
	}
	wants, haves := bytes.Split(want, []byte("\n")), bytes.Split(have, []byte("\n"))
	for i, line := range haves {
		if i >= len(wants) || !bytes.Equal(wants[i], line) {
			_, name, _ := bytes.Cut(line, []byte("  "))
			return fmt.Errorf("%w: file %q does not have the sum that it had; take another", ErrBackup, name)
		}
	}
	return fmt.Errorf("%w: files are missing; take another", ErrBackup)
}

// prove opens what was unpacked, without leave to write.
func prove(ctx context.Context, files vfs.FS, dir string, info BackupInfo) (err error) {
	lock, err := pebble.LockDirectory(dir, files)
	if err != nil {
		return err
	}
	defer closeInto(lock, &err)
	m := marker{format: info.Format, revision: info.Revision}
	err = probe(ctx, files, dir, Options{CacheBytes: 1 << 20}, lock, &m)
	if err != nil {
		return fmt.Errorf("%w: its files have their sums and are no store: %w", ErrBackup, err)
	}
	return nil
}

// moveUp moves the files of a store to where they belong, its marker last.
func moveUp(files vfs.FS, dir, temp string, names []string, info BackupInfo) error {
	var moved []string
	err := func() error {
		for _, name := range names {
			if err := files.Rename(files.PathJoin(temp, name), files.PathJoin(dir, name)); err != nil {
				return err
			}
			moved = append(moved, name)
		}
		if err := files.RemoveAll(temp); err != nil {
			return err
		}
		return createMarker(files, dir, marker{format: info.Format, revision: info.Revision})
	}()
	if err != nil {
		for _, name := range moved {
			files.Remove(files.PathJoin(dir, name))
		}
	}
	return err
}
