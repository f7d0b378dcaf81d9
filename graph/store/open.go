package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options set what a store may use. The zero Options are the defaults.
type Options struct {
	// CacheBytes is how much memory blocks of files may take. 0 is 64 MiB: the inner blocks of some hundred million quads, and
	// the leaves of what was asked for last.
	CacheBytes int64
	// Model says what the derived indexes are made from. The zero Model is that with which the store was opened last. With another
	// one than that, Open makes the derived indexes anew, which takes as long as reading all quads.
	Model Model
	// Postgres sets how a store in a database is reached.
	Postgres PostgresOptions

	// copying is asked, once a folder is locked, whether a copy may go on in it or begin. It is given the marker, nil if there is none.
	copying func(*marker) error
}

// Open opens the store at a location: "mem:" for an empty one in memory; postgres://… for one in a database, which several programs may have open and
// whose tables are made if there are none; otherwise a folder, made if it is missing. It brings a
// store of an older format to this program's. It returns an error that wraps [ErrNotStore] if the folder holds something else, or a
// store of a newer format; [ErrInUse] if a process has it open, and which; and [ErrDamaged] if its files are not what was written,
// or lack what was acknowledged. With an error, nothing is lost that the folder held.
func Open(ctx context.Context, location string, o Options) (*Store, error) {
	var s *Store
	var err error
	switch {
	case location == "mem:":
		s, err = openOn(ctx, vfs.NewMem(), "store", o)
	case location == "":
		return nil, errors.New("open store: no location: give a folder, or mem: for a store in memory")
	case InDatabase(location):
		s, err = openShared(ctx, location, o)
	case strings.Contains(location, "://"):
		err = errKind
	default:
		var dir string
		if dir, err = canonicalPath(location); err == nil {
			s, err = openOn(ctx, vfs.Default, dir, o)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", Redact(location), err)
	}
	return s, nil
}

var errKind = errors.New("no such kind of store: give a folder, postgres://… for a database, or mem: for a store in memory")

// openShared opens the store in a database. Of servers that begin at once, one brings it to this program's format and model.
func openShared(ctx context.Context, location string, o Options) (*Store, error) {
	e, err := openPostgres(ctx, location, o.Postgres)
	if err != nil {
		return nil, err
	}
	var s *Store
	err = e.alone(ctx, func() (err error) {
		for {
			if _, _, _, err = e.news(ctx); err != nil {
				return err
			}
			if err = wantWhole(ctx, e.pool); err != nil { // again: whoever was faster may have begun to copy
				return err
			}
			if s, err = newStore(ctx, e); err == nil {
				err = s.setModel(ctx, o.Model)
			}
			if !errors.Is(err, errMoved) { // by a server that writes
				return err
			}
		}
	})
	if err != nil {
		return nil, errors.Join(openingError(err), e.close())
	}
	s.shared = e
	s.follow()
	return s, nil
}

// canonicalPath returns the one name of a folder by which this process locks it: the system's own locks keep out other processes
// and let a process lock twice.
func canonicalPath(location string) (string, error) {
	dir, err := filepath.Abs(location)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return dir, nil
	}
	return real, err
}

// openOn opens the store in a folder of a file system.
func openOn(ctx context.Context, files vfs.FS, dir string, o Options) (*Store, error) {
	e, err := openPebble(ctx, files, dir, o)
	if err != nil {
		return nil, err
	}
	s, err := newStore(ctx, e)
	if err == nil {
		err = s.setModel(ctx, o.Model)
	}
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	return s, nil
}

// newStore is a store over an engine.
func newStore(ctx context.Context, e engine) (*Store, error) {
	if err := migrate(ctx, e, migrations, formatVersion); err != nil {
		return nil, err
	}
	s := &Store{engine: e, dict: newDictionary(), subjects: subjectCache{limit: cacheQuads}, gone: make(chan struct{})}
	s.settled.L = &s.mu
	return s, s.advance(ctx)
}

// openPebble opens the Pebble engine in a folder. It looks before it touches: a folder of others is refused before it is locked, and
// what stands in a store is read, by Pebble without leave to write, before Pebble may bring it up to date and tidy up.
func openPebble(ctx context.Context, files vfs.FS, dir string, o Options) (_ *pebbleEngine, err error) {
	if _, err := inspect(files, dir, o.copying != nil); err != nil {
		return nil, err
	}
	if err := files.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	lock, err := pebble.LockDirectory(dir, files)
	if err != nil {
		return nil, lockError(files, dir, err)
	}
	defer func() {
		if err != nil {
			lock.Close()
		}
	}()
	m, err := inspect(files, dir, o.copying != nil) // again: somebody may have made a store there
	if err != nil {
		return nil, err
	}
	if o.copying != nil {
		if err := o.copying(m); err != nil {
			return nil, err
		}
	}
	if m == nil {
		m = &marker{format: formatVersion}
		if err := createMarker(files, dir, *m); err != nil {
			return nil, err
		}
	}
	if m.format > formatVersion {
		return nil, formatError(m.format)
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 64 << 20
	}
	if m.revision > 0 {
		if err := probe(ctx, files, dir, o, lock, m); err != nil {
			return nil, err
		}
	}
	e := &pebbleEngine{fs: files, dir: dir, lock: lock, faults: newFaults(), open: map[*pebbleSnapshot]bool{}}
	stop := &stopFS{FS: files, dir: dir, faults: e.faults}
	options := pebbleOptions(stop, o.CacheBytes, e.faults)
	defer options.Cache.Unref()
	options.Lock, options.ErrorIfNotExists = lock, m.revision > 0
	if e.db, err = openDB(dir, options, e.faults); err != nil {
		return nil, openError(err)
	}
	if err := errors.Join(removeBackups(files, dir), files.RemoveAll(files.PathJoin(dir, loadingName))); err != nil {
		return nil, errors.Join(err, e.db.Close())
	}
	m.format = formatVersion // by newStore, if it is not
	stop.begun.Store(true)
	if e.marker, err = openMarker(files, dir, *m, time.Now()); err != nil {
		return nil, errors.Join(err, e.db.Close())
	}
	return e, nil
}

// removeBackups removes what backups left that were killed.
func removeBackups(files vfs.FS, dir string) error {
	names, err := files.List(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, backups) {
			if err := files.RemoveAll(files.PathJoin(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// openDB opens a database of Pebble's. What makes it panic, or end its goroutine, is an error.
func openDB(dir string, o *pebble.Options, f *faults) (db *pebble.DB, err error) {
	type result struct {
		db  *pebble.DB
		err error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: errors.New("Pebble gave up")}
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("Pebble panicked: %v", p)
			} else if why := f.err(); r.db == nil && why != nil {
				r.err = why
			}
			done <- r
		}()
		r.db, r.err = pebble.Open(dir, o)
	}()
	r := <-done
	return r.db, r.err
}

// probe reads what stands in a store and changes nothing. A marker without a revision was not there: it takes that of the store.
func probe(ctx context.Context, files vfs.FS, dir string, o Options, lock *pebble.Lock, m *marker) (err error) {
	f := newFaults()
	options := pebbleOptions(files, o.CacheBytes, f)
	defer options.Cache.Unref()
	options.Lock, options.ReadOnly, options.ErrorIfNotExists = lock, true, true
	db, err := openDB(dir, options, f)
	if err != nil {
		return openError(err)
	}
	e := &pebbleEngine{db: db, faults: f, open: map[*pebbleSnapshot]bool{}}
	defer func() { err = errors.Join(err, db.Close()) }()
	s := e.snapshot()
	defer s.close()
	values, err := s.get(ctx, [][]byte{metaKey})
	if err != nil {
		return err
	}
	if values[0] == nil && m.format == adopt {
		return fmt.Errorf("it holds a database of Pebble's that is no store: %w; give an empty folder or a new one", ErrNotStore)
	}
	found, err := parseMeta(values[0])
	if err != nil && !olderFormat(values[0]) {
		return err
	}
	if m.format == adopt {
		*m = marker{format: formatVersion, revision: found.revision}
		return createMarker(files, dir, *m)
	}
	if found.revision < m.revision && !olderFormat(values[0]) {
		return fmt.Errorf("it is at revision %d and had come to %d: %w: the end of Pebble's log or manifest is gone; restore the store from a backup, "+
			"or remove the file %s to go on without what is missing", found.revision, m.revision, ErrDamaged, markerName)
	}
	return nil
}

// adopt is the format in a marker that stands for none.
const adopt = 0

// inspect looks what a folder holds. It returns the marker of a store; nil for a folder that is missing or as good as empty; for the
// folder of a store whose marker was removed, one of format adopt; and an error for anything else, such as one that a copy was not finished into, unless
// copying says that it goes on.
func inspect(files vfs.FS, dir string, copying bool) (*marker, error) {
	info, err := files.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("it is a file: %w; give a folder", ErrNotStore)
	}
	names, err := files.List(dir)
	if err != nil {
		return nil, err
	}
	if slices.Contains(names, restoring) {
		return nil, fmt.Errorf("a restore into it was not finished: %w; empty the folder and restore again", ErrNotStore)
	}
	if slices.Contains(names, copyingName) && !copying {
		return nil, fmt.Errorf("a copy into it was not finished: %w; run the copy again, which goes on where it was, or empty the folder", ErrNotStore)
	}
	if m, ok, err := readMarker(files, dir); ok || err != nil {
		return &m, err
	}
	// What a file system puts there itself, and what is left if this program dies as it begins.
	names = slices.DeleteFunc(names, func(n string) bool {
		return n == "lost+found" || n == "LOCK" || n == markerName+".new" || n == copyingName || n == copyingName+".new"
	})
	if len(names) == 0 {
		return nil, nil
	}
	pebbles := func(prefix string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, prefix) })
	}
	if pebbles("marker.manifest.") && pebbles("marker.format-version.") {
		return &marker{format: adopt, revision: 1}, nil
	}
	slices.Sort(names)
	return nil, fmt.Errorf("it holds %q and no store: %w; give an empty folder or a new one", names[0], ErrNotStore)
}

// lockError tells who has a folder locked.
func lockError(files vfs.FS, dir string, err error) error {
	here := strings.Contains(err.Error(), "lock held by current process")
	if !here && !errors.Is(err, syscall.EAGAIN) && err != error(syscall.EACCES) { // EACCES of the file is a PathError
		return err
	}
	m, ok, read := readMarker(files, dir)
	switch {
	case here:
		return fmt.Errorf("%w in this process; close it first, or give another folder", ErrInUse)
	case !ok || read != nil:
		return fmt.Errorf("%w in another process; stop that, or give another folder", ErrInUse)
	}
	return fmt.Errorf("%w in process %d, since %s; stop that, or give another folder", ErrInUse, m.process, m.since.Format(time.RFC3339))
}

// openError says what it means that Pebble did not open a folder that has been one of its own.
func openError(err error) error {
	if strings.Contains(err.Error(), "written in unknown format major version") {
		return fmt.Errorf("%w: %w; use the program that made it, or a newer one", ErrNotStore, err)
	}
	for _, of := range []error{fs.ErrPermission, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, context.Canceled} {
		if errors.Is(err, of) {
			return err
		}
	}
	if strings.Contains(err.Error(), "key=value syntax") { // of the only files in that form
		err = fmt.Errorf("file OPTIONS-*: %w", err)
	}
	return fmt.Errorf("%w: %w; restore the store from a backup", ErrDamaged, err)
}

// olderFormat reports whether a store's own record is of a format before this program's.
func olderFormat(record []byte) bool {
	format, ok := recordFormat(record)
	return ok && format < formatVersion && format > 0
}
