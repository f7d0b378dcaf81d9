package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
)

// A Change is what one [Store.Update] writes.
type Change struct {
	Add []Quad
	// Note is kept beside the quads under the revision that the write makes; nil for none. What it says is the caller's: the store
	// reads nothing in it. At most maxNote bytes.
	Note []byte
	// Key is that by which [View.Noted] finds the note again, such as the hash of what a client calls its write; "" for none. Of
	// two notes with one key the later counts.
	Key string
	// Begun, if not nil, is called with the revision that the write makes, once it stands and before anybody looks at it. It is not
	// acknowledged yet: it may still get lost, and then nothing more can be written.
	Begun func(revision uint64)
}

// A Note is what went with a write.
type Note struct {
	Revision uint64
	Text     []byte
}

// maxNote bounds a note: notes are read by the hundred.
const maxNote = 64 << 10

// A QuadError says that a quad cannot be kept, and which.
type QuadError struct {
	Index int // among those that were given
	Err   error
}

func (e *QuadError) Error() string { return fmt.Sprintf("quad %d: %v", e.Index, e.Err) }

// Unwrap returns why.
func (e *QuadError) Unwrap() error { return e.Err }

// Update makes one write that rests on a look at the state that it changes: nobody else writes between the look and the write.
// It returns the revision that it made, or that of the state looked at if the change adds nothing that is new; then its note is
// not kept either. An error of look is returned as it is, wrapped, and nothing is written. A quad that cannot be kept is a [*QuadError].
//
// What look does, all who write wait for: it should read little, and everything that needs no view should be done before.
func (s *Store) Update(ctx context.Context, look func(*View) (Change, error)) (revision uint64, err error) {
	revision, _, _, err = s.applyTo(ctx, func(v *View) (change, error) {
		c, err := look(v)
		if err != nil {
			return change{}, err
		}
		if len(c.Note) > maxNote {
			return change{}, fmt.Errorf("a note of %d bytes: %w", len(c.Note), ErrTooLarge)
		}
		for i, q := range c.Add {
			if err := checkQuad(q); err != nil {
				return change{}, &QuadError{i, err}
			}
		}
		return change{add: c.Add, note: c.Note, key: c.Key, begun: c.Begun}, nil
	})
	if err != nil {
		return 0, fmt.Errorf("update: %w", err)
	}
	return revision, nil
}

func noteKey(revision uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{tableNote}, revision)
}

func noteNameKey(key string) []byte { return append([]byte{tableNoteName}, key...) }

// note adds the writes of a change's note.
func (w *writer) note(c change) {
	if c.note == nil {
		return
	}
	w.set(noteKey(w.meta.revision), c.note)
	if c.key != "" {
		w.set(noteNameKey(c.key), binary.BigEndian.AppendUint64(nil, w.meta.revision))
	}
}

// Notes returns the notes of the revisions after one, oldest first, at most limit of them. It reads these and no more. Writes without
// a note, such as a load, have none here.
func (v *View) Notes(ctx context.Context, after uint64, limit int) ([]Note, error) {
	v.calls.Add(1)
	if limit < 1 || after >= v.state.revision {
		return nil, ctx.Err()
	}
	s := prefixSpan([]byte{tableNote})
	s.lower, s.limit = noteKey(after+1), limit
	var out []Note
	err := v.state.scan(ctx, []span{s}, func(_ int, key, value []byte) bool {
		if len(key) == 9 {
			out = append(out, Note{binary.BigEndian.Uint64(key[1:]), append([]byte{}, value...)})
		}
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("notes after revision %d: %w", after, err)
	}
	return out, nil
}

// Noted returns the last note that was kept with a key; ok is false if there is none.
func (v *View) Noted(ctx context.Context, key string) (n Note, ok bool, err error) {
	v.calls.Add(1)
	values, err := v.state.get(ctx, [][]byte{noteNameKey(key)})
	if err != nil || values[0] == nil {
		return Note{}, false, err
	}
	if len(values[0]) != 8 {
		return Note{}, false, fmt.Errorf("note of key %x: %w", key, errKey)
	}
	n.Revision = binary.BigEndian.Uint64(values[0])
	if values, err = v.state.get(ctx, [][]byte{noteKey(n.Revision)}); err != nil {
		return Note{}, false, err
	}
	if values[0] == nil {
		return Note{}, false, fmt.Errorf("note of key %x: revision %d has none: %w", key, n.Revision, errKey)
	}
	n.Text = values[0]
	return n, true, nil
}

// Changed returns a channel that is closed once the store has a newer revision than one; it may be closed already.
func (s *Store) Changed(revision uint64) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.revision > revision {
		done := make(chan struct{})
		close(done)
		return done
	}
	if s.next == nil {
		s.next = make(chan struct{})
	}
	return s.next
}

// notes looks at the notes: each stands under a revision that there was, and each key leads to one.
func (c *checker) notes(ctx context.Context) error {
	var names [][]byte
	err := c.scan(ctx, func(i int, key, value []byte) {
		switch {
		case i == 0 && (len(key) != 9 || binary.BigEndian.Uint64(key[1:]) > c.view.state.revision):
			c.problem("the note %x is of no revision up to %d", short(key), c.view.state.revision)
		case i == 1 && len(value) != 8:
			c.problem("the note's key %x leads to no revision", short(key))
		case i == 1:
			names = append(names, noteKey(binary.BigEndian.Uint64(value)))
		}
		if len(names) == 1000 {
			names = c.noted(ctx, names)
		}
	}, prefixSpan([]byte{tableNote}), prefixSpan([]byte{tableNoteName}))
	c.noted(ctx, names)
	return err
}

// noted looks for notes, and returns no keys that are left to look for.
func (c *checker) noted(ctx context.Context, keys [][]byte) [][]byte {
	values, err := c.view.state.get(ctx, keys)
	if err != nil {
		c.problem("notes: %v", err)
		return keys[:0]
	}
	for i, v := range values {
		if v == nil {
			c.problem("a key leads to the note of revision %d, which is not there", binary.BigEndian.Uint64(keys[i][1:]))
		}
	}
	return keys[:0]
}

// describeQuad returns a quad as errors show it.
func describeQuad(q Quad) string {
	return strings.TrimSuffix(fmt.Sprintf("%.200s", AppendQuad(nil, q)), "\n")
}
