#!/usr/bin/env bash
# W10: memory.sh PEER…: proportional set size, in MiB, of each peer and of Parley while it is asked W1 by 8 connections; then bytes on disk.
set -euo pipefail
cd "$(dirname "$0")"; . ./env.sh
measure() { # ADAPTER PIDFILE…
	local a=$1; shift
	node "$PEERS/load.mjs" --peers "$a" --w W1 --runs 1 --secs 6 --max-seq 1 --json "$BENCH/memory.json" >/dev/null 2>"$BENCH/memory.log" &
	local job=$!
	until grep -q right "$BENCH/memory.log" 2>/dev/null; do kill -0 $job 2>/dev/null || break; sleep 0.2; done
	sleep 5
	"$PEERS/mem.sh" "$@"
	wait $job
}
for p; do
	case $p in
	postgraphile) measure postgraphile "$PEERS_TMP/pg/data/postmaster.pid" "$PEERS_TMP/postgraphile.pid" ;;
	*) measure "$p" "$PEERS_TMP/$p.pid" ;;
	esac
done
./stop.sh; ./start.sh # what other workloads keep is theirs
cp "$BENCH/uncached.pid" "$BENCH/parley-uncached.pid"; cp "$BENCH/repeated.pid" "$BENCH/parley-repeated.pid"
measure "$PWD/adapter.mjs" "$BENCH/parley-uncached.pid"
measure "$PWD/repeated.mjs" "$BENCH/parley-repeated.pid"
rm -f "$BENCH/parley-uncached.pid" "$BENCH/parley-repeated.pid"
echo "disk parley $(du -sm "$BENCH/store" | cut -f1) MiB"
if [ -d "$PEERS_TMP/pg/data" ]; then echo "disk postgresql $(psql -h 127.0.0.1 -p "${PEERS_PGPORT:-15499}" -U postgres -d peers -Atc "select pg_database_size('peers') / 1024 / 1024") MiB"; fi
