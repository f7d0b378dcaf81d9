package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// InDatabase reports whether a location is a database, and not a folder or memory.
func InDatabase(location string) bool {
	return strings.HasPrefix(location, "postgres://") || strings.HasPrefix(location, "postgresql://")
}

// Redact returns a location without the passwords that it may have, for logs and errors. It may be a list of hosts with ports, which package
// url does not take.
func Redact(location string) string {
	if !InDatabase(location) {
		return location
	}
	scheme, rest, _ := strings.Cut(location, "://")
	rest, query, asks := strings.Cut(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if user, _, ok := strings.Cut(rest[:at], ":"); ok {
			rest = user + ":xxxxx" + rest[at:]
		}
	} else if strings.Contains(query, "@") {
		return scheme + "://…" // a password with a question mark, perhaps
	}
	if asks {
		parts := strings.Split(query, "&")
		for i, p := range parts {
			if name, _, _ := strings.Cut(p, "="); strings.Contains(strings.ToLower(name), "password") || strings.Contains(name, "%") {
				parts[i] = name + "=xxxxx"
			}
		}
		rest += "?" + strings.Join(parts, "&")
	}
	return scheme + "://" + rest
}

// Exists reports whether there is anything at a location that [Open] would not make: a folder, or a store's tables in a database.
func Exists(ctx context.Context, location string, o Options) (bool, error) {
	if !InDatabase(location) {
		_, err := os.Stat(location)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return err == nil, err
	}
	have := 0
	p, err := o.Postgres.filled()
	if err == nil {
		var pool *pgxpool.Pool
		if pool, err = poolOf(ctx, location, p, true); err == nil {
			defer pool.Close()
			err = openingError(pool.QueryRow(ctx, haveTablesStatement).Scan(&have))
		}
	}
	if err != nil {
		return false, fmt.Errorf("open store %s: %w", Redact(location), err)
	}
	return have > 0, nil
}

// The tables, as PostgreSQL and CockroachDB make them. %[1]s and %[2]s are the primary keys' columns.
const (
	tablesStatement = `
CREATE TABLE IF NOT EXISTS parley_commit (version bigint PRIMARY KEY, id bytea NOT NULL, at timestamptz NOT NULL, trace bytea);
CREATE TABLE IF NOT EXISTS parley_entry (since bigint NOT NULL, key bytea NOT NULL, value bytea NOT NULL, PRIMARY KEY (%[1]s));
CREATE TABLE IF NOT EXISTS parley_former (since bigint NOT NULL, until bigint NOT NULL, key bytea NOT NULL, value bytea NOT NULL, PRIMARY KEY (%[2]s));
CREATE INDEX IF NOT EXISTS parley_former_until ON parley_former (until);
CREATE TABLE IF NOT EXISTS parley_server (id text PRIMARY KEY, oldest bigint NOT NULL, at timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS parley_store (name text PRIMARY KEY, value text NOT NULL);
INSERT INTO parley_commit (version, id, at) VALUES (0, '', now()) ON CONFLICT (version) DO NOTHING;
INSERT INTO parley_store (name, value) VALUES ('format', '1') ON CONFLICT (name) DO NOTHING`

	// Whose tables are there, whoever may read them.
	haveTablesStatement   = `SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = 'parley_store'`
	othersTablesStatement = `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename <> 'parley_store'
ORDER BY tablename LIKE 'parley@_%' ESCAPE '@', tablename LIMIT 1`

	// rightsStatement reads a table with which the user may not do all that this program does. A table that is not there is an error.
	rightsStatement = `SELECT t FROM unnest(ARRAY['parley_commit', 'parley_entry', 'parley_former', 'parley_server', 'parley_store']) AS t
WHERE NOT (has_table_privilege(t, 'SELECT') AND has_table_privilege(t, 'INSERT') AND has_table_privilege(t, 'UPDATE') AND has_table_privilege(t, 'DELETE')) ORDER BY t LIMIT 1`

	formatStatement = `SELECT value FROM parley_store WHERE name = 'format'`
	// lockStatement lets one program at a time look after the tables.
	lockStatement    = `SELECT value FROM parley_store WHERE name = 'format' FOR UPDATE`
	copyingStatement = `SELECT value FROM parley_store WHERE name = 'copying'`
)

// sessionSettings keep PostgreSQL from thinking of anything but its indexes: it knows little of tables that were just loaded, and planning takes
// longer than reading. CockroachDB has its own ways.
var sessionSettings = []string{`SET plan_cache_mode = force_generic_plan`, `SET jit = off`, `SET enable_seqscan = off`, `SET enable_bitmapscan = off`}

// setAll makes settings of a session. One that the database does not know, as YugabyteDB before 2.25 knows no plan_cache_mode, is left out: none changes an
// answer.
func setAll(ctx context.Context, c *pgconn.PgConn, settings []string) error {
	_, err := c.Exec(ctx, strings.Join(settings, ";")).ReadAll() // all or none
	if !refused(err) {
		return err
	}
	for _, one := range settings {
		if _, err := c.Exec(ctx, one).ReadAll(); err != nil && !refused(err) {
			return err
		}
	}
	return nil
}

func poolOf(ctx context.Context, location string, o PostgresOptions, writes bool) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(location)
	if err != nil {
		return nil, fmt.Errorf("give postgres://user@host:port/database: %w", redactError(err, location))
	}
	if !strings.Contains(location, "pool_max_conns") {
		c.MaxConns = int32(o.Connections)
	}
	if writes && len(c.ConnConfig.Fallbacks) > 0 && !strings.Contains(location, "target_session_attrs") {
		c.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite // of several hosts, the primary
	}
	if c.ConnConfig.ConnectTimeout == 0 || c.ConnConfig.ConnectTimeout > o.Timeout {
		c.ConnConfig.ConnectTimeout = min(o.Timeout, 5*time.Second)
	}
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = "parley"
	}
	c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if conn.PgConn().ParameterStatus("crdb_version") != "" {
			return nil
		}
		return setAll(ctx, conn.PgConn(), sessionSettings)
	}
	return pgxpool.NewWithConfig(ctx, c)
}

// redactError takes the password out of what the driver says of a connection string.
func redactError(err error, location string) error {
	text := err.Error()
	if u, parse := url.Parse(location); parse == nil && u.User != nil {
		if p, ok := u.User.Password(); ok && p != "" {
			text = strings.ReplaceAll(text, p, "xxxxx")
		}
	}
	return errors.New(text)
}

var errReadOnly = errors.New("it cannot be written to: it is a replica, or is set to read only; give the primary, and a replica to read from beside it")

// openPostgres opens the tables in a database, and makes them where there are none.
func openPostgres(ctx context.Context, location string, o PostgresOptions) (_ *postgresEngine, err error) {
	if o, err = o.filled(); err != nil {
		return nil, err
	}
	e := &postgresEngine{o: o, id: hex.EncodeToString(newID()), open: map[*postgresSnapshot]bool{}}
	if o.copying {
		e.id = copierPrefix + e.id
	}
	e.stopping, e.stop = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			e.stop()
			closePools(e.pool, e.replica)
		}
	}()
	if e.pool, err = poolOf(ctx, location, o, true); err != nil {
		return nil, err
	}
	if err := e.prepare(ctx); err != nil {
		return nil, openingError(err)
	}
	if o.Read != "" {
		if e.replica, err = poolOf(ctx, o.Read, o, false); err != nil {
			return nil, fmt.Errorf("the replica to read from: %w", err)
		}
		if err := e.sameStore(ctx); err != nil {
			return nil, fmt.Errorf("the replica to read from: %w", openingError(err))
		}
	}
	// First the lease and then the version: what is newest after the database knows of this server stays.
	if err := e.heartbeat(ctx); err != nil {
		return nil, openingError(err)
	}
	var newest int64
	err = e.pool.QueryRow(ctx, newestStatement).Scan(&newest, &e.commit)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("it has no commits: %w: restore it from a backup", ErrDamaged)
	}
	if err != nil {
		return nil, openingError(err)
	}
	e.version, e.lapsed = uint64(newest), false
	e.live()
	return e, nil
}

// prepare makes the tables where there are none, all or none of them, and looks at those that are there.
func (e *postgresEngine) prepare(ctx context.Context) error {
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	var version, readOnly string
	if err := c.QueryRow(ctx, `SELECT version()`).Scan(&version); err != nil {
		return err
	}
	yugabyte := strings.Contains(version, "-YB-")
	e.postgres = strings.HasPrefix(version, "PostgreSQL") && !yugabyte
	if err := c.QueryRow(ctx, `SHOW transaction_read_only`).Scan(&readOnly); err != nil {
		return err
	}
	if readOnly == "on" {
		return errReadOnly
	}
	var other string // asked for before: PostgreSQL shows all of our tables at once
	if err := c.QueryRow(ctx, othersTablesStatement).Scan(&other); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	have := 0
	if err := c.QueryRow(ctx, haveTablesStatement).Scan(&have); err != nil {
		return err
	}
	if have == 0 {
		begun := !e.postgres && strings.HasPrefix(other, "parley_") // and not finished
		if other != "" && !begun {
			return fmt.Errorf("it holds the table %q and no store: %w; give a database, or by search_path a schema, of its own", other, ErrNotStore)
		}
		if err := makeTables(ctx, c.Conn(), yugabyte); err != nil {
			return err
		}
	}
	var format string
	if err := c.QueryRow(ctx, formatStatement).Scan(&format); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("its table parley_store says no format: %w", ErrNotStore)
		}
		return err
	}
	if format != fmt.Sprint(postgresFormat) {
		return fmt.Errorf("the format of its tables is %q, and this program reads %d: %w; use the program that made it, or a newer one", format, postgresFormat, ErrNotStore)
	}
	var denied string
	switch err := c.QueryRow(ctx, rightsStatement).Scan(&denied); {
	case err == nil:
		return &pgconn.PgError{Code: "42501", Message: "not all rights on table " + denied}
	case !errors.Is(err, pgx.ErrNoRows):
		return err
	}
	if e.o.copying {
		return nil
	}
	return wantWhole(ctx, c)
}

// wantWhole returns an error if a copy into the database was begun and is not finished.
func wantWhole(ctx context.Context, in interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}) error {
	var copying string
	switch err := in.QueryRow(ctx, copyingStatement).Scan(&copying); {
	case err == nil:
		return fmt.Errorf("a copy or a restore into it was not finished: %w; run the copy again, or the restore, which goes on where it was", ErrNotStore)
	case !errors.Is(err, pgx.ErrNoRows):
		return err
	}
	return nil
}

// makeTables makes the tables in one transaction, or, where a database has none for that, so that the last statement says that all are there. Two servers that
// begin at once make them once.
func makeTables(ctx context.Context, c *pgx.Conn, yugabyte bool) error {
	entry, former := "key", "key, until"
	if yugabyte {
		entry, former = "key ASC", "key ASC, until ASC"
	}
	sql := fmt.Sprintf(tablesStatement, entry, former)
	for try := 0; ; try++ {
		_, err := c.PgConn().Exec(ctx, "BEGIN;"+sql+";COMMIT").ReadAll()
		if err == nil {
			return nil
		}
		if c.PgConn().TxStatus() != 'I' {
			if _, err := c.Exec(ctx, `ROLLBACK`); err != nil {
				return err
			}
		}
		var p *pgconn.PgError
		if !errors.As(err, &p) || try == 10 || !slices.Contains([]string{"23505", "42P07", "42710", "40001", "40P01", "XX000"}, p.Code) {
			return err
		}
		time.Sleep(time.Duration(try+1) * 20 * time.Millisecond) // another server makes them
	}
}

// sameStore finds out whether the replica is one of the database: whether it has, or comes to have, the mark that was made there.
func (e *postgresEngine) sameStore(ctx context.Context) error {
	var here, there string
	const system = `SELECT value FROM parley_store WHERE name = 'id'`
	err := e.pool.QueryRow(ctx, `INSERT INTO parley_store (name, value) VALUES ('id', $1) ON CONFLICT (name) DO UPDATE SET value = parley_store.value RETURNING value`, e.id).Scan(&here)
	if err != nil {
		return err
	}
	for until := time.Now().Add(e.o.Timeout); ; time.Sleep(20 * time.Millisecond) {
		err := e.replica.QueryRow(ctx, system).Scan(&there)
		var p *pgconn.PgError
		none := errors.Is(err, pgx.ErrNoRows) || errors.As(err, &p) && p.Code == "42P01" // not yet, perhaps
		switch {
		case err == nil && there == here:
			return nil
		case err == nil:
			return errors.New("it holds another store; give a replica of the database")
		case ctx.Err() != nil:
			return ctx.Err()
		case !none && !transient(err):
			return err
		case time.Now().After(until) && none:
			return fmt.Errorf("it has nothing of the store after %v; give a replica of the database, that follows it", e.o.Timeout)
		case time.Now().After(until):
			return err
		}
	}
}

// openingError says what to do about what a database answers when it is opened.
func openingError(err error) error {
	if err == nil {
		return nil
	}
	var p *pgconn.PgError
	if !errors.As(err, &p) {
		var c *pgconn.ConnectError
		if !errors.As(err, &c) {
			return err
		}
		if strings.Contains(c.Error(), "read only connection") { // of which the driver says no more
			return fmt.Errorf("%w; no host of the location is a primary: %w", errReadOnly, errors.Unwrap(c))
		}
		return fmt.Errorf("%w: is it running, and is the address right? %w", ErrUnreachable, errors.Unwrap(c))
	}
	remedy := ""
	switch p.Code {
	case "28P01", "28000":
		remedy = "the database refuses the user or the password: give those in the location, or in PGUSER and PGPASSWORD"
	case "3D000":
		remedy = "there is no such database: make it by createdb"
	case "3F000":
		remedy = "there is no schema to make tables in: make it, name it by search_path, and GRANT the user USAGE and CREATE on it"
	case "42501":
		remedy = "the user may not do what it must: let it own the schema, or GRANT it USAGE and CREATE on the schema and all rights on the tables parley_*"
	case "42P01", "42703":
		return fmt.Errorf("its tables parley_* are not all those of a store: %w; restore it from a backup, or give a schema of its own: %s (%s)", ErrNotStore, p.Message, p.Code)
	case "25006":
		return fmt.Errorf("%w: %s (%s)", errReadOnly, p.Message, p.Code)
	case "53300":
		remedy = "it has no connection left: raise its max_connections or the user's CONNECTION LIMIT, or give each server fewer"
	case "53100":
		remedy = "its disk is full: make room"
	default:
		if errors.Is(err, ErrUnreachable) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return fmt.Errorf("%s: %s (%s)", remedy, p.Message, p.Code)
}
