#!/usr/bin/env bash
# Builds parley and loads icews0515 into two stores of the same quads, since one process at a time has a store: each row is one event,
# as all peers hold it, and not what the importer makes of mirrored rows. Every kind is one of communication, since peers know no
# rule of who talks, so that a row is an interaction of its two actors.
set -euo pipefail
cd "$(dirname "$0")"; . ./env.sh
(cd "$ROOT" && go build -o "$BENCH/parley" ./server)
# A store that another build made may have other indexes: it is made anew for each.
sum=$(sha256sum "$BENCH/parley" "$PEERS_DATA" | cut -c1-64 | tr -d '\n')
[ "$(cat "$BENCH/loaded" 2>/dev/null)" = "$sum" ] && exit 0
rm -rf "$BENCH/store" "$BENCH/store2" "$BENCH/loaded"
(cd "$ROOT" && go test ./seed/synth -count 1 -run TestWriteFile -talks -rows "$(realpath "$PEERS_DATA")" -out "$BENCH/icews.nq") >&2
grep '^<organization:icews-[^>]*> <[^>]*schema.org/name>' "$BENCH/icews.nq" >"$BENCH/names.nq"
"$BENCH/parley" load -store "$BENCH/store" "$BENCH/icews.nq" >&2
cp -r "$BENCH/store" "$BENCH/store2"
printf %s "$sum" >"$BENCH/loaded"
