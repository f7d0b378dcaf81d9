#!/usr/bin/env bash
# Builds parley and loads icews0515 into two stores of the same quads, since one process at a time has a store: each row is one event,
# as all peers hold it, and not what the importer makes of mirrored rows. Every kind is one of communication, since peers know no
# rule of who talks, so that a row is an interaction of its two actors.
set -euo pipefail
cd "$(dirname "$0")"; . ./env.sh
(cd "$ROOT" && go build -o "$BENCH/parley" ./server)
# A store that another build made may have other indexes: it is made anew for each.
sum=$(sha256sum "$BENCH/parley" "$PEERS_DATA" | cut -c1-64 | tr -d '\n')
# in_postgres loads the same quads into a database of the PostgreSQL that PostGraphile has.
in_postgres() {
	[ "${ENGINE:-}" = postgres ] || return 0
	. "$PEERS/postgraphile/pg.sh"
	[ "$(psql -d postgres -Atc "select shobj_description(oid, 'pg_database') from pg_database where datname = 'parley'")" = "$sum" ] && return 0
	psql -d postgres -qc 'drop database if exists parley' -c 'create database parley'
	"$BENCH/parley" load -store "postgres://$PGUSER@$PGHOST:$PGPORT/parley?sslmode=disable" "$BENCH/icews.nq" >&2
	psql -d parley -qc 'analyze' -c "comment on database parley is '$sum'"
	psql -d parley -Atc "select 'database: ' || pg_size_pretty(pg_database_size('parley'))" >&2
}
if [ "$(cat "$BENCH/loaded" 2>/dev/null)" = "$sum" ]; then in_postgres; exit 0; fi
rm -rf "$BENCH/store" "$BENCH/store2" "$BENCH/loaded"
(cd "$ROOT" && go test ./seed/synth -count 1 -run TestWriteFile -talks -rows "$(realpath "$PEERS_DATA")" -out "$BENCH/icews.nq") >&2
grep '^<organization:icews-[^>]*> <[^>]*schema.org/name>' "$BENCH/icews.nq" >"$BENCH/names.nq"
"$BENCH/parley" load -store "$BENCH/store" "$BENCH/icews.nq" >&2
cp -r "$BENCH/store" "$BENCH/store2"
printf %s "$sum" >"$BENCH/loaded"
in_postgres
