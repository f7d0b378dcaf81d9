package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// loadingName is the folder, in that of a store, of what a load has not finished. An ingest removes what another one left there.
const loadingName = "loading"

// pebbleIngest writes sorted tables as Pebble's own files, which it links into its last level if nothing is there yet.
type pebbleIngest struct {
	e       *pebbleEngine
	options *pebble.Options
	format  sstable.TableFormat

	mu    sync.Mutex
	paths []string
	open  map[*pebbleFile]bool
	temp  string // outside the store, for a store in memory
}

func (e *pebbleEngine) ingest(snapshot) (ingest, error) {
	o := pebbleOptions(e.fs, 0, e.faults)
	o.EnsureDefaults()
	o.Cache.Unref()
	o.Cache = nil
	i := &pebbleIngest{e: e, options: o, format: e.db.TableFormat(), open: map[*pebbleFile]bool{}}
	if err := e.fs.RemoveAll(i.dir()); err != nil {
		return nil, err
	}
	return i, e.fs.MkdirAll(i.dir(), 0o755)
}

func (i *pebbleIngest) dir() string { return i.e.fs.PathJoin(i.e.dir, loadingName) }

func (i *pebbleIngest) scratch() (dir string, err error) {
	if i.e.fs == vfs.Default {
		return i.dir(), nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.temp == "" {
		i.temp, err = os.MkdirTemp("", "parley-load-")
	}
	return i.temp, err
}

func (i *pebbleIngest) file(points bool) (sortedFile, error) {
	if err := i.e.room(fileBytes); err != nil {
		return nil, err
	}
	i.mu.Lock()
	path := i.e.fs.PathJoin(i.dir(), fmt.Sprintf("%06d.sst", len(i.paths)))
	i.paths = append(i.paths, path)
	i.mu.Unlock()
	f, err := i.e.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	o := i.options.MakeWriterOptions(6, i.format)
	o.WritingToLowestLevel = false // a load deletes too, and what is deleted may be below
	if !points {
		o.FilterPolicy = nil // spans of these are read, and never one key
	}
	p := &pebbleFile{i, sstable.NewWriter(objstorageprovider.NewFileWritable(f), o)}
	i.mu.Lock()
	i.open[p] = true
	i.mu.Unlock()
	return p, nil
}

func (i *pebbleIngest) commit(last write) error {
	f, err := i.file(false)
	if err != nil {
		return err
	}
	if err := errors.Join(f.set(last.key, last.value), f.close()); err != nil {
		return err
	}
	return i.take()
}

// take lets the engine take in all files, which are closed.
func (i *pebbleIngest) take() error {
	return i.e.faults.write(func() error { return i.e.db.Ingest(context.Background(), i.paths) })
}

func (i *pebbleIngest) abort() error {
	for f := range i.open {
		f.close() // it is removed
	}
	err := i.e.fs.RemoveAll(i.dir())
	if i.temp != "" {
		err = errors.Join(err, os.RemoveAll(i.temp))
	}
	return err
}

type pebbleFile struct {
	i *pebbleIngest
	w *sstable.Writer
}

func (f *pebbleFile) set(key, value []byte) error { return f.w.Set(key, value) }
func (f *pebbleFile) delete(key []byte) error     { return f.w.Delete(key) }
func (f *pebbleFile) size() int64                 { return int64(f.w.Raw().EstimatedSize()) }

func (f *pebbleFile) close() error {
	f.i.mu.Lock()
	delete(f.i.open, f)
	f.i.mu.Unlock()
	return f.w.Close()
}
