package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

// A QuadSource is texts of N-Quads, in the order in which they are read. The grammar is that of [QuadReader].
type QuadSource []QuadText

// A QuadText is one text of N-Quads.
type QuadText struct {
	Name string // as errors have it
	Size int64  // in bytes as Packed gives them, for progress; 0 if it is not known
	// Open begins to read it. It is called once, and what it returns is closed.
	Open func() (io.ReadCloser, error)
	// Pack is how the text is packed: "" not at all, "gz" by gzip, "zst" by Zstandard.
	Pack string
}

// QuadFile returns a file as a source's text, packed as its name says: .gz, .zst, or anything else for plain text.
func QuadFile(path string) (QuadText, error) {
	f, err := os.Open(path)
	if err != nil {
		return QuadText{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return QuadText{}, err
	}
	if info.IsDir() {
		return QuadText{}, fmt.Errorf("%s: it is a folder: name the files in it", path)
	}
	t := QuadText{Name: path, Size: info.Size(), Open: func() (io.ReadCloser, error) { return os.Open(path) }}
	for _, pack := range []string{"gz", "zst"} {
		if strings.HasSuffix(path, "."+pack) {
			t.Pack = pack
		}
	}
	return t, nil
}

// QuadSeq returns quads as a source's text: those that yield no error. The first error ends the load.
func QuadSeq(name string, seq iter.Seq2[Quad, error]) QuadText {
	return QuadText{Name: name, Open: func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			buf := make([]byte, 0, 64<<10)
			for q, err := range seq {
				if err == nil && (q.Subject == nil || q.Predicate == nil || q.Object == nil) {
					err = errors.New("a quad without subject, predicate or object")
				}
				if err == nil {
					if buf = AppendQuad(buf, q); len(buf) < 60<<10 {
						continue
					}
					_, err = w.Write(buf)
					buf = buf[:0]
				}
				if err != nil {
					w.CloseWithError(err)
					return
				}
			}
			_, err := w.Write(buf)
			w.CloseWithError(err)
		}()
		return r, nil
	}}
}

// Unpacked opens the text and returns it as plain N-Quads. It is for those who do not want to load it.
func (t QuadText) Unpacked() (io.ReadCloser, error) {
	var read atomic.Int64
	return t.open(&read)
}

// open returns a text unpacked, and counts what is read of it.
func (t QuadText) open(read *atomic.Int64) (io.ReadCloser, error) {
	f, err := t.Open()
	if err != nil {
		return nil, err
	}
	counted := io.TeeReader(f, byteCount{read})
	switch t.Pack {
	case "":
		return unpacked{counted, f, func() {}}, nil
	case "gz":
		z, err := gzip.NewReader(counted)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("%w: it is no gzip file", noEOF(err))
		}
		return unpacked{z, f, func() {}}, nil
	case "zst":
		z, err := zstd.NewReader(counted, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(256<<20), zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("%w: it is no Zstandard file", noEOF(err))
		}
		return unpacked{z, f, z.Close}, nil
	}
	f.Close()
	return nil, fmt.Errorf("packed by %q: pack it by gz or zst, or not at all", t.Pack)
}

// noEOF keeps the end of a file from being taken for the end of all.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

type unpacked struct {
	io.Reader
	file io.Closer
	end  func()
}

func (u unpacked) Close() error { u.end(); return u.file.Close() }

type byteCount struct{ n *atomic.Int64 }

func (c byteCount) Write(b []byte) (int, error) { c.n.Add(int64(len(b))); return len(b), nil }

// maxChunk is how much text goes to a parser at once: some eight thousand lines, so that a name stands in it many times and is
// looked up once.
const maxChunk = 1 << 20

// chunkBytes is how much it is in a load's memory: with what is made of it, a chunk can take seven times as much.
func (l *loader) chunkBytes() int { return int(max(64<<10, min(maxChunk, l.o.Memory/128))) }

// cut reads a source and sends it as chunks of whole lines, in order. It returns the error of reading, around the text's name.
func (l *loader) cut(ctx context.Context, src QuadSource, free <-chan *textChunk, out ...chan<- *textChunk) error {
	for i := range src {
		if err := l.cutText(ctx, &src[i], free, out); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("%s: %w", src[i].Name, err)
		}
	}
	return nil
}

func (l *loader) cutText(ctx context.Context, t *QuadText, free <-chan *textChunk, out []chan<- *textChunk) (err error) {
	r, err := t.open(&l.progress.bytes)
	if err != nil {
		return err
	}
	defer r.Close()
	var rest []byte // of the line that the last chunk ended in
	for first, ended := true, false; !ended; first = false {
		var c *textChunk
		select {
		case c = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		c.reset(t.Name, first)
		c.data = append(c.data, rest...)
		if ended, err = c.fill(r, l.chunkBytes()); err != nil {
			return t.damaged(err)
		}
		end := len(c.data)
		if !ended {
			end = lineEnd(c.data)
		}
		rest = append(rest[:0], c.data[end:]...)
		c.data = c.data[:end]
		if len(rest) > MaxLine { // too long to be a line: of the rest of it, only the length matters
			c.data = append(c.data, rest...)
			if rest, ended, err = skipLine(r, rest[:0]); err != nil {
				return t.damaged(err)
			}
			c.data = append(c.data, '\n')
			ended = ended && len(rest) == 0
		}
		for _, ch := range out {
			select {
			case ch <- c:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

func (t *QuadText) damaged(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && t.Pack != "":
		return fmt.Errorf("the file is cut off: %w; fetch it again", err)
	case t.Pack != "":
		return fmt.Errorf("unpack it: %w", err)
	}
	return err
}

// fill reads until the chunk is full, and reports whether the text has ended.
func (c *textChunk) fill(r io.Reader, size int) (ended bool, err error) {
	full := max(size, len(c.data)+64<<10)
	c.data = slices.Grow(c.data, full-len(c.data))
	for len(c.data) < full {
		n, err := r.Read(c.data[len(c.data):full])
		c.data = c.data[:len(c.data)+n]
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// lineEnd returns where the last whole line ends. A carriage return at the very end may be the first half of a line's end.
func lineEnd(b []byte) int {
	if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
		return i + 1
	}
	if len(b) == 0 {
		return 0
	}
	return bytes.LastIndexByte(b[:len(b)-1], '\r') + 1
}

// skipLine reads to the end of a line and returns what it read behind it.
func skipLine(r io.Reader, rest []byte) (behind []byte, ended bool, err error) {
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		if i := bytes.IndexAny(buf[:n], "\r\n"); i >= 0 {
			if buf[i] == '\r' && i+1 < n && buf[i+1] == '\n' {
				i++
			}
			return append(rest, buf[i+1:n]...), false, nil
		}
		if err == io.EOF {
			return rest, true, nil
		}
		if err != nil {
			return rest, false, err
		}
	}
}
