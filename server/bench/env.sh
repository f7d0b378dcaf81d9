# Sourced by the scripts here. Everything made lands in $BENCH (default: parley-peers/parley in the temp folder).
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export PEERS=${PEERS:-$ROOT/../shared/peers}
export PEERS_TMP=${PEERS_TMP:-${TMPDIR:-/tmp}/parley-peers}
export PEERS_DATA=${PEERS_DATA:-$PEERS/../data/icews/icews0515.tsv.gz}
export BENCH=$PEERS_TMP/parley
mkdir -p "$BENCH"

# missing WHAT HOW: says what is not here, and how to come by it.
missing() { echo "bench: missing: $1; $2" >&2; }

# ready URL SECONDS: waits until there is an answer.
ready() {
	for _ in $(seq $(($2 * 50))); do curl -s -o /dev/null --max-time 2 "$1" && return 0; sleep 0.02; done
	echo "bench: no answer from $1 after $2 s; see the logs in $BENCH" >&2
	return 1
}

# stop_pid FILE: ends a process that start.sh began, and waits for it.
stop_pid() {
	[ -s "$1" ] || return 0
	local p; p=$(cat "$1")
	kill "$p" 2>/dev/null || true
	for _ in $(seq 150); do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done
	rm -f "$1"
}
