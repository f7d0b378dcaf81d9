package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/parleygraph/parley/graph/store"
)

type backupFlags struct{ store storeFlags }

var backupCommand = command{
	name:  "backup",
	args:  "FILE",
	short: "write a store to one file that restore reads",
	long: `Writes the whole store to a file, or to standard output for -, as a tar archive with the sums of its files; a name that ends in .gz or
.zst compresses it, which makes it little smaller, since most of it is. A file that exists is not written over. The file appears
under its name when it is whole and on disk. One process at a time can have a folder open: stop a server that runs on it first. A database is
backed up while servers run, by way of a temporary folder (TMPDIR) as large as a store in a folder is. The file is the same, and makes a folder or a database.`,
	example: "parley backup -store ./parley-data parley.tar.zst",
	flags: func(f *flags) func(context.Context, *program, []string) error {
		b := &backupFlags{}
		b.store.define(f, "DIR|postgres://…", storeUsage)
		return b.run
	},
}

func (b *backupFlags) run(ctx context.Context, p *program, args []string) (err error) {
	if len(args) != 1 {
		return usagef("give one file to write, or - for standard output")
	}
	name := args[0]
	if _, err := os.Lstat(name); name != "-" && err == nil {
		return fmt.Errorf("%s is there already; give another name, or remove it", name)
	}
	st, err := b.store.openExisting(ctx)
	if err != nil {
		return err
	}
	defer closeStore(st, &err)
	progress := progressOn(p.stderr)
	defer progress("")
	n := &progressBytes{show: func(n int64) { progress(fmt.Sprintf("backing up: %s written …", size(n))) }}
	var info store.BackupInfo
	write := func(w io.Writer) error {
		info, err = st.Backup(ctx, io.MultiWriter(w, n))
		return err
	}
	if name == "-" {
		err = write(p.stdout)
	} else {
		err = writeWhole(name, write)
	}
	progress("")
	if err == nil {
		p.report("backup: %s at revision %d, %s", count(int(info.Quads), "quad"), info.Revision, size(n.n))
	}
	return err
}

// writeWhole writes a file, compressed as its name says, beside where it belongs, and puts it there once it is on disk.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	part := name + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there: another backup is being written, or was stopped; remove it if none is", part)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(part)
		}
	}()
	var w io.WriteCloser = nopCloser{f}
	switch {
	case strings.HasSuffix(name, ".gz"):
		w = gzip.NewWriter(f)
	case strings.HasSuffix(name, ".zst"):
		if w, err = zstd.NewWriter(f); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	err = errors.Join(write(w), w.Close())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(part, name)
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

type restoreFlags struct{ store storeFlags }

var restoreCommand = command{
	name:  "restore",
	args:  "FILE",
	short: "make a store of a file that backup wrote",
	long: `Reads a backup, compressed or not, or standard input for -, and makes a store of it in a folder that is missing or empty, or in
a database without tables, by way of a temporary folder (TMPDIR). Every file in it is compared with its sum: of a backup that is damaged or cut short,
nothing is left behind. If a restore to a database is stopped, the same command goes on where it was.`,
	example: "parley restore -store ./parley-data parley.tar.zst",
	flags: func(f *flags) func(context.Context, *program, []string) error {
		r := &restoreFlags{}
		r.store.define(f, "DIR|postgres://…", storeUsage)
		return r.run
	},
}

func (r *restoreFlags) run(ctx context.Context, p *program, args []string) error {
	if len(args) != 1 {
		return usagef("give one file to read, or - for standard input")
	}
	if r.store.at == memory {
		return usagef("-store mem: would keep nothing of what is restored; give a folder or a database")
	}
	o, err := r.store.options()
	if err != nil {
		return err
	}
	in := p.stdin
	if args[0] != "-" {
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	progress := progressOn(p.stderr)
	defer progress("")
	n := &progressBytes{show: func(n int64) { progress(fmt.Sprintf("restoring: %s read …", size(n))) }}
	in, err = decompress(io.TeeReader(in, n))
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	info, err := store.Restore(ctx, in, string(r.store.at), o)
	progress("")
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	p.report("restore: %s at revision %d in %s", count(int(info.Quads), "quad"), info.Revision, r.store.at)
	return nil
}

// decompress returns what was compressed, if it was: the first bytes say how.
func decompress(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	head, _ := b.Peek(4) // what is shorter is for the reader of it to refuse
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(b)
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return zstd.NewReader(b)
	}
	return b, nil
}

// progressBytes counts bytes and shows the count at every few MiB.
type progressBytes struct {
	show     func(int64)
	n, shown int64
}

func (p *progressBytes) Write(b []byte) (int, error) {
	if p.n += int64(len(b)); p.n-p.shown >= 8<<20 {
		p.shown = p.n
		p.show(p.n)
	}
	return len(b), nil
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n < 10<<10:
		return count(int(n), "byte")
	case n < 10<<20:
		return grouped(int(n>>10)) + " KiB"
	}
	return grouped(int(n>>20)) + " MiB"
}
