package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/parleygraph/parley/graph"
	"github.com/parleygraph/parley/graph/store"
)

const (
	// DefaultStore is where the store is, unless a flag says otherwise.
	DefaultStore = "./parley-data"

	memory = "mem:" // the location of a store that is kept nowhere
)

const storeUsage = "where the quads are kept: a folder; mem: for memory only; or a database that speaks PostgreSQL's protocol, which\n" +
	"      several servers share: postgres://user:password@host/name, or a part of it with ?search_path=schema; a folder in the working directory\n" +
	"      is easy to find and to throw away"

// A location is where a store is. It is shown without its password.
type location string

func (v location) String() string { return store.Redact(string(v)) }
func (v *location) Set(s string) error {
	*v = location(s)
	return nil
}

// storeFlags are those of every command that opens a store.
type storeFlags struct {
	at      location
	read    location // a replica; "" if there is none
	conns   countFlag
	timeout durationFlag
	poll    durationFlag
}

// define adds the flags, the location's with a usage of its own.
func (s *storeFlags) define(f *flags, placeholder, usage string) {
	s.at = DefaultStore
	f.define(&s.at, "store", placeholder, usage)
	s.defineDatabase(f)
}

// defineDatabase adds the flags that say how a database is reached.
func (s *storeFlags) defineDatabase(f *flags) {
	s.conns, s.timeout, s.poll = store.DefaultConnections, durationFlag(store.DefaultTimeout), durationFlag(store.DefaultPoll)
	f.define(&s.conns, "store-connections", "N", "how many connections to a database there are at most, from 4: so many questions read at once, and a hundred servers\n"+
		"      have enough in a database that allows 2,000; of a folder there are none")
	f.define(&s.timeout, "store-timeout", "DURATION", "how long a read or a write may try to reach a database, and a statement take, at most 1m: longer than a standby\n"+
		"      takes to become the primary, so that nobody notices; whoever asked waits no longer than -timeout")
}

// defineServing adds the flags of whoever follows what other servers write.
func (s *storeFlags) defineServing(f *flags) {
	f.define(&s.read, "read-store", "postgres://…", "a replica of the database, to read from whatever it has already; what it has not is read from the database, and all is written there")
	f.define(&s.poll, "store-poll", "DURATION", "how often a database is asked what other servers wrote, at most 10s: so old an answer may be, and one small statement\n"+
		"      it costs each time")
}

// options returns what a store is opened with, or a usage error.
func (s *storeFlags) options() (store.Options, error) {
	o := store.Options{Model: graph.StoreModel(), Postgres: store.PostgresOptions{
		Read: string(s.read), Connections: int(s.conns), Timeout: time.Duration(s.timeout), Poll: time.Duration(s.poll),
	}}
	if err := o.Postgres.Check(); err != nil {
		return o, usageError{err}
	}
	if s.read != "" && !store.InDatabase(string(s.at)) {
		return o, usagef("-read-store is for a -store that is a database too")
	}
	return o, nil
}

// open opens the store, and makes it if there is none.
func (s *storeFlags) open(ctx context.Context) (*store.Store, error) {
	o, err := s.options()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, string(s.at), o)
}

// openExisting opens a store that is there, with the model that it has; it makes none.
func (s *storeFlags) openExisting(ctx context.Context) (*store.Store, error) {
	o, err := s.options()
	if err != nil {
		return nil, err
	}
	o.Model = store.Model{}
	if s.at == memory {
		return nil, usagef("-store mem: holds nothing; give a folder or a database")
	}
	exists := true
	if store.InDatabase(string(s.at)) {
		if exists, err = store.Exists(ctx, string(s.at), o); err != nil {
			return nil, err
		}
	} else if entries, err := os.ReadDir(string(s.at)); errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		exists = false
	}
	if !exists {
		return nil, fmt.Errorf("there is no store %s; parley load or parley serve makes one", s.at)
	}
	return store.Open(ctx, string(s.at), o)
}

// exists reports whether there is a folder, or a store in a database. Opening a store makes either; who only reads asks this first.
func (s *storeFlags) exists(ctx context.Context) (bool, error) {
	o, err := s.options()
	if err != nil {
		return false, err
	}
	return store.Exists(ctx, string(s.at), o)
}

// undo removes the folder that was made for quads that were not loaded. Tables of a database stay: they are whole, and empty.
func (s *storeFlags) undo(existed bool) error {
	if existed || store.InDatabase(string(s.at)) {
		return nil
	}
	if left, err := filepath.Glob(filepath.Join(string(s.at), "*")); err != nil || len(left) == 0 {
		return err
	}
	return os.RemoveAll(string(s.at))
}
