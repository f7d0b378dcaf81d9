package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// follow keeps up with what others write, until the store is closed.
func (s *Store) follow() {
	s.shared.follow(func(ctx context.Context) error {
		if !s.write.TryLock() {
			return nil // whoever writes catches up first
		}
		defer s.write.Unlock()
		if s.closed {
			return nil
		}
		return s.catchUp(ctx)
	})
}

// catchUp makes the newest state of a shared engine the store's. The caller holds s.write.
func (s *Store) catchUp(ctx context.Context) error {
	news, whole, anew, err := s.shared.news(ctx)
	if err != nil {
		if errors.Is(err, ErrDamaged) {
			s.lose(err)
			s.went.Do(func() { close(s.gone) })
		}
		return err
	}
	if len(news) == 0 && !anew && !s.behind {
		return nil
	}
	s.settle()
	whole = whole && !s.behind
	s.behind = true
	st, err := s.read(ctx)
	if err != nil {
		return err
	}
	if err := s.sameModel(st); err != nil {
		st.snapshot.close()
		return s.lose(err)
	}
	s.behind, s.listed = false, nil
	traces := make([]trace, len(news))
	for i := range news {
		whole = whole && json.Unmarshal(news[i].trace, &traces[i]) == nil && traces[i].Revision == s.now.revision+uint64(i)+1
	}
	s.dict.absent.reset(st.revision)
	if whole = whole && s.now.revision+uint64(len(news)) == st.revision; whole {
		for _, t := range traces {
			if t.ManySubjects {
				s.subjects.reset(t.Revision)
			} else {
				s.subjects.forgetAll(t.Revision, t.Subjects)
			}
			s.traces.note(t)
		}
	} else {
		s.subjects.reset(st.revision) // the log finds the gap itself
	}
	return s.publish(st)
}

// Lost is closed when a database turns out to be another than it was: it has lost writes that it acknowledged, as one does that is promoted and had not
// received them. From then on all that is asked of the store is an error, of which [Store.Err] says more, since nothing that is in memory is true any more. Close
// it, and open it again to go on with what is there.
func (s *Store) Lost() <-chan struct{} { return s.gone }

// Err returns why nothing can be written to the store any more, nil if it can.
func (s *Store) Err() error { return s.failure() }

// CatchUp returns once the store has come to a revision. It asks for what other servers wrote, if it has to, and waits for writes that are under way;
// otherwise it costs nothing. If there has been no such revision the error wraps [ErrNoRevision].
func (s *Store) CatchUp(ctx context.Context, revision uint64) error {
	for s.Revision() < revision {
		changed := s.Changed(s.Revision())
		if !s.write.TryLock() { // whoever writes catches up first, or leads to it
			wait := time.NewTimer(10 * time.Millisecond)
			select {
			case <-changed:
			case <-wait.C:
			case <-ctx.Done():
			}
			wait.Stop()
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("wait for revision %d: %w", revision, err)
			}
			continue
		}
		err := s.newer(ctx, revision)
		s.write.Unlock()
		if err != nil {
			return fmt.Errorf("wait for revision %d: %w", revision, err)
		}
	}
	return nil
}

// newer brings the store further towards a revision. The caller holds s.write.
func (s *Store) newer(ctx context.Context, revision uint64) error {
	if s.closed {
		return ErrClosed
	}
	s.settle()
	was := s.Revision()
	if s.shared != nil {
		if err := s.catchUp(ctx); err != nil {
			return err
		}
	}
	if now := s.Revision(); now == was && now < revision {
		return fmt.Errorf("the store is at %d: %w", now, ErrNoRevision)
	}
	return nil
}

// Alive returns an error if a database does not answer, or does not keep the present state any more. A store on this machine is alive.
func (s *Store) Alive(ctx context.Context) error {
	if s.shared == nil {
		return ctx.Err()
	}
	if err := s.shared.alive(ctx); err != nil {
		return err
	}
	v := s.View()
	defer v.Close()
	_, err := v.state.get(ctx, [][]byte{metaKey})
	return err
}

// sameModel returns an error if the derived indexes are no longer made with the store's model.
func (s *Store) sameModel(st *state) error {
	if s.derive == nil || bytes.Equal(st.model, s.derive.model.bytes()) {
		return nil
	}
	return errors.New("another program has made the derived indexes anew, with another model: stop the older one")
}

// RoundTrips returns how many reads a shared engine has answered, each of however many keys; 0 of a store on this machine. Tests count it.
func (s *Store) RoundTrips() int64 {
	if e, ok := s.engine.(*postgresEngine); ok {
		return e.trips.Load()
	}
	return 0
}
