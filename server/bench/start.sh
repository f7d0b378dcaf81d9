#!/usr/bin/env bash
# Starts two servers: at 18093 without the cache of answers, at 18095 with it. Profiles of the first are at 18094, of the second at 18096.
set -euo pipefail
cd "$(dirname "$0")"; . ./env.sh
uncached=()
help=$("$BENCH/parley" help serve)
case $help in *' -answer-cache '*) uncached=(-answer-cache 1) ;; esac # which keeps none
start() { # NAME PORT STORE FLAG…
	local name=$1 port=$2 store=$3; shift 3
	nohup "$BENCH/parley" serve -store "$store" -addr "127.0.0.1:$port" -metrics-addr "127.0.0.1:$((port + 1))" "$@" >"$BENCH/$name.log" 2>&1 &
	echo $! >"$BENCH/$name.pid"
	ready "http://127.0.0.1:$port/readyz" 60
}
start uncached 18093 "$BENCH/store" "${uncached[@]}"
start repeated 18095 "$BENCH/store2"
if [ "${ENGINE:-}" = postgres ]; then
	location=$(. "$PEERS/postgraphile/pg.sh"; echo "postgres://$PGUSER@$PGHOST:$PGPORT/parley?sslmode=disable")
	start postgres 18097 "$location" "${uncached[@]}"
fi
