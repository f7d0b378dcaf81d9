package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// copyingName is the file in a folder into which a copy is not finished: a copyID.
const copyingName = "parley.copying"

// pebbleCopy is a folder that a store is copied to. It has the marker of a store from the beginning, and beside it the file that keeps it from being
// opened.
type pebbleCopy struct {
	*pebbleEngine
	was bool
}

func openPebbleCopy(ctx context.Context, files vfs.FS, dir string, id copyID) (*pebbleCopy, error) {
	c := &pebbleCopy{}
	begin := func(m *marker) error {
		text, err := readCopying(files, dir)
		switch {
		case err == nil:
			c.was = true
			return id.compare(text, "empty the folder")
		case !errors.Is(err, fs.ErrNotExist):
			return err
		case m != nil:
			return errors.New("it holds a store; give an empty folder or a new one")
		}
		return createFile(files, dir, copyingName, id.bytes())
	}
	var err error
	c.pebbleEngine, err = openPebble(ctx, files, dir, Options{CacheBytes: 8 << 20, copying: begin})
	return c, err
}

func readCopying(files vfs.FS, dir string) (_ []byte, err error) {
	f, err := files.Open(files.PathJoin(dir, copyingName))
	if err != nil {
		return nil, err
	}
	defer closeInto(f, &err)
	return io.ReadAll(io.LimitReader(f, 10_000))
}

func (c *pebbleCopy) resumed() bool { return c.was }

func (c *pebbleCopy) put(ctx context.Context, part []write) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	in, err := c.ingest(nil)
	if err != nil {
		return err
	}
	i := in.(*pebbleIngest)
	defer func() {
		if e := i.abort(); err == nil {
			err = e
		}
	}()
	f, err := i.file(looksUp(part[0].key[0]))
	if err != nil {
		return err
	}
	for _, w := range part {
		if err := f.set(w.key, w.value); err != nil {
			return err
		}
	}
	if err := f.close(); err != nil {
		return err
	}
	return i.take()
}

// looksUp reports whether the keys of a table are looked up one by one.
func looksUp(table byte) bool { return table == tableQuad || table == tableTerm || table == tableEntry }

func (c *pebbleCopy) undo(context.Context) error {
	return errors.New("a folder is given up by whoever made it")
}

// finish notes down how far the store has come, and then takes away what keeps it from being opened.
func (c *pebbleCopy) finish(_ context.Context, revision uint64) error {
	if revision > 0 {
		c.marker.acknowledge(revision)
		if m, ok, err := readMarker(c.fs, c.dir); err != nil || !ok || m.revision != revision {
			return errors.Join(err, fmt.Errorf("file %s: it could not be written", markerName))
		}
	}
	if err := c.fs.Remove(c.fs.PathJoin(c.dir, copyingName)); err != nil {
		return err
	}
	return syncDir(c.fs, c.dir)
}
