package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/parleygraph/parley/graph/store/pgtest"
)

// tablesIn lists the tables and indexes of all schemas of tests and of public, as the owner of all sees them.
func tablesIn(t *testing.T, s *pgtest.Server) []string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), s.Location())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	rows, err := c.Query(t.Context(), `SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname LIKE 'test%' OR n.nspname = 'public' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func execute(t *testing.T, s *pgtest.Server, format string, args ...any) {
	t.Helper()
	if err := s.Exec(fmt.Sprintf(format, args...)); err != nil {
		t.Fatal(err)
	}
}

// TestPostgresRefused: what a database cannot be used for is an error of Open that says which it is and what to do, shows no password, and leaves the
// database as it was.
func TestPostgresRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	server := pgtest.Start(t, "fsync=off", "max_connections=40")
	const password = "Geheim-77"
	execute(t, server, `CREATE ROLE clerk LOGIN PASSWORD '%s'; CREATE ROLE lonely LOGIN PASSWORD '%[1]s' CONNECTION LIMIT 0; CREATE ROLE single LOGIN PASSWORD '%[1]s' CONNECTION LIMIT 1`, password)
	as := func(location, role, password string) string {
		return strings.Replace(location, "parley@", role+":"+password+"@", 1)
	}
	schemaOf := func(location string) string {
		_, name, _ := strings.Cut(location, "search_path=")
		return name
	}
	// filled returns the location of a store.
	filled := func(t *testing.T) string {
		t.Helper()
		location := server.Schema(t)
		s, err := Open(t.Context(), location, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Add(t.Context(), []Quad{{Subject: IRI("a:1"), Predicate: IRI("a:p"), Object: IRI("a:2")}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return location
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()

	for _, c := range []struct {
		name string
		at   func(t *testing.T) (location string, o PostgresOptions)
		is   error // what the error wraps; nil if that does not matter
		want []string
	}{
		{"a wrong password", func(t *testing.T) (string, PostgresOptions) {
			return as(server.Schema(t), "clerk", password+"x"), PostgresOptions{}
		}, nil, []string{"refuses the user or the password", "PGPASSWORD", `"clerk"`}},
		{"a user that is not there", func(t *testing.T) (string, PostgresOptions) {
			return as(server.Schema(t), "stranger", password), PostgresOptions{}
		}, nil, []string{"refuses the user or the password", `"stranger"`}},
		{"no right to use the schema", func(t *testing.T) (string, PostgresOptions) {
			return as(server.Schema(t), "clerk", password), PostgresOptions{}
		}, nil, []string{"no schema to make tables in", "search_path", "GRANT", "USAGE and CREATE"}},
		{"no right to make tables", func(t *testing.T) (string, PostgresOptions) {
			location := server.Schema(t)
			execute(t, server, `GRANT USAGE ON SCHEMA %s TO clerk`, schemaOf(location))
			return as(location, "clerk", password), PostgresOptions{}
		}, nil, []string{"may not do what it must", "GRANT", "CREATE on the schema", "permission denied for schema"}},
		{"no right on the tables", func(t *testing.T) (string, PostgresOptions) {
			location := filled(t)
			execute(t, server, `GRANT USAGE, CREATE ON SCHEMA %s TO clerk`, schemaOf(location))
			return as(location, "clerk", password), PostgresOptions{}
		}, nil, []string{"may not do what it must", "all rights on the tables parley_*", "permission denied for table parley_store"}},
		{"not all rights on the tables", func(t *testing.T) (string, PostgresOptions) {
			location := filled(t)
			execute(t, server, `GRANT USAGE ON SCHEMA %s TO clerk; GRANT ALL ON ALL TABLES IN SCHEMA %[1]s TO clerk; REVOKE DELETE ON %[1]s.parley_entry FROM clerk`, schemaOf(location))
			return as(location, "clerk", password), PostgresOptions{}
		}, nil, []string{"may not do what it must", "all rights on the tables parley_*", "parley_entry"}},
		{"the tables of another program", func(t *testing.T) (string, PostgresOptions) {
			location := server.Schema(t)
			execute(t, server, `CREATE TABLE %s.users (id int)`, schemaOf(location))
			return location, PostgresOptions{}
		}, ErrNotStore, []string{`the table "users"`, "search_path", "of its own"}},
		{"the tables of another program, which the user may not even read", func(t *testing.T) (string, PostgresOptions) {
			location := server.Schema(t)
			execute(t, server, `CREATE TABLE %s.users (id int); GRANT USAGE, CREATE ON SCHEMA %[1]s TO clerk`, schemaOf(location))
			return as(location, "clerk", password), PostgresOptions{}
		}, ErrNotStore, []string{`the table "users"`, "of its own"}},
		{"the tables of another program, one of which is named like ours", func(t *testing.T) (string, PostgresOptions) {
			location := server.Schema(t)
			execute(t, server, `CREATE TABLE %s.parley_server (name text)`, schemaOf(location))
			return location, PostgresOptions{}
		}, ErrNotStore, []string{`the table "parley_server"`, "of its own"}},
		{"a store without one of its tables", func(t *testing.T) (string, PostgresOptions) {
			location := filled(t)
			execute(t, server, `DROP TABLE %s.parley_entry`, schemaOf(location))
			return location, PostgresOptions{}
		}, ErrNotStore, []string{"not all those of a store", "restore it from a backup", "parley_entry"}},
		{"a store that says no format", func(t *testing.T) (string, PostgresOptions) {
			location := filled(t)
			execute(t, server, `DELETE FROM %s.parley_store`, schemaOf(location))
			return location, PostgresOptions{}
		}, ErrNotStore, []string{"says no format"}},
		{"a store without commits", func(t *testing.T) (string, PostgresOptions) {
			location := filled(t)
			execute(t, server, `DELETE FROM %s.parley_commit`, schemaOf(location))
			return location, PostgresOptions{}
		}, ErrDamaged, []string{"no commits", "restore it from a backup"}},
		{"the tables of another version", func(t *testing.T) (string, PostgresOptions) {
			location := filled(t)
			execute(t, server, `UPDATE %s.parley_store SET value = '99' WHERE name = 'format'`, schemaOf(location))
			return location, PostgresOptions{}
		}, ErrNotStore, []string{`is "99"`, "this program reads 1", "a newer one"}},
		{"a copy that was not finished", func(t *testing.T) (string, PostgresOptions) {
			location := filled(t)
			execute(t, server, `INSERT INTO %s.parley_store (name, value) VALUES ('copying', 'x')`, schemaOf(location))
			return location, PostgresOptions{}
		}, ErrNotStore, []string{"a copy or a restore into it was not finished", "run the copy again"}},
		{"no such database", func(t *testing.T) (string, PostgresOptions) {
			return strings.Replace(server.Schema(t), "/postgres?", "/nowhere?", 1), PostgresOptions{}
		}, nil, []string{"no such database", "createdb", `"nowhere"`}},
		{"no such schema", func(t *testing.T) (string, PostgresOptions) {
			return server.Location() + "&search_path=nowhere", PostgresOptions{}
		}, nil, []string{"no schema to make tables in", "search_path"}},
		{"nobody listens", func(t *testing.T) (string, PostgresOptions) {
			return "postgres://clerk:" + password + "@" + nobody + "/postgres?sslmode=disable", PostgresOptions{}
		}, ErrUnreachable, []string{"is it running, and is the address right", nobody}},
		{"nobody listens on any of the hosts", func(t *testing.T) (string, PostgresOptions) {
			return "postgres://clerk:" + password + "@" + nobody + "," + nobody + "/postgres?sslmode=disable", PostgresOptions{}
		}, ErrUnreachable, []string{"is it running, and is the address right", nobody}},
		{"no location", func(t *testing.T) (string, PostgresOptions) {
			return "postgres://clerk:" + password + "@127.0.0.1:port/postgres", PostgresOptions{}
		}, nil, []string{"give postgres://user@host:port/database"}},
		{"no connection left", func(t *testing.T) (string, PostgresOptions) {
			return as(server.Schema(t), "lonely", password), PostgresOptions{}
		}, nil, []string{"no connection left", "max_connections", "CONNECTION LIMIT"}},
		{"one connection only", func(t *testing.T) (string, PostgresOptions) {
			location := server.Schema(t)
			execute(t, server, `GRANT ALL ON SCHEMA %s TO single`, schemaOf(location))
			s, err := Open(t.Context(), location, Options{})
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
			execute(t, server, `GRANT ALL ON ALL TABLES IN SCHEMA %s TO single`, schemaOf(location))
			return as(location, "single", password), PostgresOptions{Timeout: 300 * time.Millisecond}
		}, nil, []string{"no connection left", "CONNECTION LIMIT"}},
		{"too few connections", func(t *testing.T) (string, PostgresOptions) {
			return server.Schema(t), PostgresOptions{Connections: 1}
		}, nil, []string{"1 connections", "at least 4"}},
		{"a session that only reads", func(t *testing.T) (string, PostgresOptions) {
			return server.Schema(t) + "&default_transaction_read_only=on", PostgresOptions{}
		}, nil, []string{"cannot be written to", "set to read only", "give the primary"}},
		{"a replica of another store", func(t *testing.T) (string, PostgresOptions) {
			other := filled(t)
			replica := Options{Postgres: PostgresOptions{Read: other}} // whose mark it has then
			s, err := Open(t.Context(), other, replica)
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
			return filled(t), PostgresOptions{Read: other}
		}, nil, []string{"the replica to read from", "another store", "give a replica of the database"}},
		{"a replica without a store", func(t *testing.T) (string, PostgresOptions) {
			return filled(t), PostgresOptions{Read: server.Schema(t), Timeout: 300 * time.Millisecond}
		}, nil, []string{"the replica to read from", "nothing of the store", "give a replica of the database"}},
		{"a replica where nobody listens", func(t *testing.T) (string, PostgresOptions) {
			return filled(t), PostgresOptions{Read: "postgres://clerk:" + password + "@" + nobody + "/postgres?sslmode=disable", Timeout: 300 * time.Millisecond}
		}, ErrUnreachable, []string{"the replica to read from", "is it running", nobody}},
		{"a replica that refuses the password", func(t *testing.T) (string, PostgresOptions) {
			location := filled(t)
			return location, PostgresOptions{Read: as(location, "clerk", password+"x")}
		}, nil, []string{"the replica to read from", "refuses the user or the password"}},
		{"a replica that is a folder", func(t *testing.T) (string, PostgresOptions) {
			return filled(t), PostgresOptions{Read: "./parley-data"}
		}, nil, []string{"the replica to read from", "no database", "postgres://"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			location, o := c.at(t)
			before := tablesIn(t, server)
			s, err := Open(t.Context(), location, Options{Postgres: o})
			if err == nil {
				s.Close()
				t.Fatalf("Open succeeds")
			}
			t.Log(err)
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("Open() = %v, which does not wrap %q", err, c.is)
			}
			for _, w := range append(c.want, "open store postgres://") {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("Open() = %v, which does not say %q", err, w)
				}
			}
			if strings.Contains(err.Error(), password) {
				t.Errorf("Open() = %v, which shows the password", err)
			}
			if after := tablesIn(t, server); !slices.Equal(after, before) {
				t.Errorf("after it failed there is %v, and there was %v", after, before)
			}
		})
	}
	t.Run("what is right", func(t *testing.T) { // or the cases above might fail for another reason
		location := server.Schema(t)
		execute(t, server, `GRANT USAGE, CREATE ON SCHEMA %s TO clerk`, schemaOf(location))
		for range 2 {
			s, err := Open(t.Context(), as(location, "clerk", password), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if n := len(tablesIn(t, server)); n != 11 { // five tables, their keys, and an index
			t.Errorf("%d tables and indexes were made", n)
		}
	})
}

// TestPostgresReplicaGiven: a standby is no primary, in whatever form it is given, and opening it changes nothing.
func TestPostgresReplicaGiven(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a standby")
	}
	primary := pgtest.Start(t, "fsync=off")
	standby := primary.Standby(t, "fsync=off")
	for name, location := range map[string]string{
		"alone":              standby.Location(),
		"with encryption":    strings.Replace(standby.Location(), "sslmode=disable", "sslmode=prefer", 1),
		"in a list of hosts": strings.Replace(standby.Location(), "/postgres", fmt.Sprintf(",127.0.0.1:%d/postgres", standby.Port), 1),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), location, Options{})
			if err == nil {
				s.Close()
				t.Fatal("Open succeeds")
			}
			for _, w := range []string{"cannot be written to", "it is a replica", "give the primary"} {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("Open() = %v, which does not say %q", err, w)
				}
			}
		})
	}
	s, err := Open(t.Context(), primary.Location(), Options{Postgres: PostgresOptions{Read: standby.Location()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestPostgresOpenedTogether: servers that come to an empty schema at the same time make its tables once, and each of them can write.
func TestPostgresOpenedTogether(t *testing.T) {
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		location := pgtest.Location(t)
		servers := 2 + 2*(round%2)
		type opened struct {
			s   *Store
			err error
		}
		start, done := make(chan struct{}), make(chan opened)
		for i := range servers {
			go func() {
				<-start
				s, err := Open(context.Background(), location, Options{Model: eventModel, Postgres: PostgresOptions{Connections: 4}})
				if err == nil {
					_, err = s.Add(context.Background(), []Quad{{Subject: IRI(fmt.Sprint("a:", i)), Predicate: IRI("a:p"), Object: IRI("a:o")}})
				}
				done <- opened{s, err}
			}()
		}
		close(start)
		var list []*Store
		for range servers {
			o := <-done
			if o.err != nil {
				t.Errorf("of %d servers: %v", servers, o.err)
			}
			if o.s != nil {
				list = append(list, o.s)
			}
		}
		for i, s := range list {
			if i == 0 && !t.Failed() {
				learn(t, s)
				if v := s.View(); v.Revision() != uint64(servers) || len(quadsOf(t, v)) != servers {
					t.Errorf("%d servers wrote, and there is revision %d of %d quads", servers, v.Revision(), len(quadsOf(t, v)))
				} else {
					v.Close()
				}
				checkStore(t, s)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestMoved reads what databases answer to a batch that comes too late, and to others that fail.
func TestMoved(t *testing.T) {
	for name, test := range map[string]struct {
		err  pgconn.PgError
		want bool
	}{
		"PostgreSQL, taken": {pgconn.PgError{Code: "23505", TableName: "parley_commit", ConstraintName: "parley_commit_pkey",
			Message: `doppelter Schlüsselwert verletzt Unique-Constraint »parley_commit_pkey«`}, true},
		"PostgreSQL, none before": {pgconn.PgError{Code: "23502", TableName: "parley_commit", ColumnName: "version",
			Message: `null value in column "version" of relation "parley_commit" violates not-null constraint`}, true},
		"CockroachDB, taken": {pgconn.PgError{Code: "23505", ConstraintName: "parley_commit_pkey",
			Message: `duplicate key value violates unique constraint "parley_commit_pkey"`}, true},
		"CockroachDB, none before": {pgconn.PgError{Code: "23502", Message: `null value in column "version" violates not-null constraint`}, true},
		"another table's key":      {pgconn.PgError{Code: "23505", TableName: "parley_former", Message: `duplicate key value violates unique constraint "parley_former_pkey"`}, false},
		"the same on CockroachDB":  {pgconn.PgError{Code: "23505", Message: `duplicate key value violates unique constraint "parley_former_pkey"`}, false},
		"another column":           {pgconn.PgError{Code: "23502", Message: `null value in column "value" violates not-null constraint`}, false},
		"a serialization failure":  {pgconn.PgError{Code: "40001", TableName: "parley_commit"}, false},
	} {
		if got := moved(fmt.Errorf("a batch: %w", &test.err)); got != test.want {
			t.Errorf("%s: moved = %v, want %v", name, got, test.want)
		}
	}
	if moved(errors.New("conn closed")) || moved(nil) {
		t.Error("an error of no database's is none of somebody else's writing")
	}
}

// TestUnknownSetting: of the settings of a session those that the database knows are made, and one that it does not know keeps nobody from it.
func TestUnknownSetting(t *testing.T) {
	c, err := pgx.Connect(t.Context(), pgtest.Location(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if err := setAll(t.Context(), c.PgConn(), []string{`SET jit = off`, `SET no_such_setting = on`, `SET enable_seqscan = off`}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"jit", "enable_seqscan"} {
		var value string
		if err := c.QueryRow(t.Context(), `SHOW `+name).Scan(&value); err != nil || value != "off" {
			t.Errorf("%s is %q, %v; want off", name, value, err)
		}
	}
	c.Close(t.Context())
	if err := setAll(t.Context(), c.PgConn(), []string{`SET jit = off`}); err == nil {
		t.Error("a connection that is gone is taken for set")
	}
}
