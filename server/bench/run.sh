#!/usr/bin/env bash
# Parley side by side with what a user would take instead. One command: starts the peers that are here, checks that all give the right
# answers, times them in turns, and prints a table of ratios in Markdown on standard output; what it does meanwhile is on standard error.
#
#   server/bench/run.sh [-w W1,W1f,W2,W3,W4,W5,W5t,W6,start,memory] [-runs 5] [-secs 5] [-peers postgraphile,limits] [-engine postgres] [-keep]
#
# Peers and data are beside the repository (../shared/peers; PEERS names another place, PEERS_DATA other data) and not in it. It
# installs nothing by itself but what a peer's own setup.sh takes from npm; what is missing it says, and goes on without.
# With -engine postgres, Parley over the PostgreSQL that PostGraphile has is one more peer, and the table tells of it.
# -keep leaves the servers running.
set -euo pipefail
cd "$(dirname "$0")"; . ./env.sh
workloads=W1,W1f,W2,W3,W4,W5,W5t,W6,start,memory runs=5 secs=5 peers=postgraphile,limits keep= ENGINE=
while [ $# -gt 0 ]; do
	case $1 in
	-w) workloads=$2; shift 2 ;;
	-runs) runs=$2; shift 2 ;;
	-secs) secs=$2; shift 2 ;;
	-peers) peers=$2; shift 2 ;;
	-engine) export ENGINE=$2; shift 2 ;;
	-keep) keep=1; shift ;;
	*) sed -n '2,/^set/{/^# \{0,1\}/!d;s///;p}' "$0" >&2; exit 2 ;;
	esac
done

lacking=
for tool in go node python3 curl; do
	command -v $tool >/dev/null || { missing "$tool" "install it and run this again"; lacking=1; }
done
[ -f "$PEERS/load.mjs" ] || { missing "the load generator $PEERS/load.mjs" "set PEERS to the folder of peers"; lacking=1; }
[ -f "$PEERS_DATA" ] || { missing "the data $PEERS_DATA" "set PEERS_DATA to icews0515.tsv.gz"; lacking=1; }
[ -z "$lacking" ] || exit 1

# has PEER: whether it can run here.
has() {
	case $1 in
	postgraphile)
		PGBIN=${PGBIN:-/usr/lib/postgresql/15/bin}
		[ -x "$PGBIN/initdb" ] || { missing "PostgreSQL in $PGBIN" "apt-get install postgresql, or set PGBIN; going on without postgraphile"; return 1; }
		command -v psql >/dev/null && command -v npm >/dev/null || { missing "psql or npm" "install them; going on without postgraphile"; return 1; } ;;
	virtuoso) command -v virtuoso-t >/dev/null || { missing "virtuoso-t" "apt-get install virtuoso-opensource-7-bin; going on without virtuoso"; return 1; } ;;
	esac
	[ -x "$PEERS/$1/setup.sh" ] || { missing "the peer $PEERS/$1" "going on without it"; return 1; }
}

if [ ! -s "$PEERS_TMP/w/W4.json" ]; then python3 "$PEERS/workload.py" >&2; fi
if [ ! -s "$PEERS_TMP/w/W5.json" ]; then node workload.mjs; fi
there=() here=()
cleanup() {
	[ -z "$keep" ] || return 0
	./stop.sh
	for p in "${there[@]}"; do "$PEERS/$p/stop.sh" >/dev/null 2>&1 || true; done
}
trap cleanup EXIT
for p in ${peers//,/ }; do
	has "$p" || continue
	echo "bench: $p" >&2
	# Setting up takes a minute, and leaves what it made; PostgreSQL is ready when its database is.
	if [ ! -e "$PEERS_TMP/$p.ready" ]; then "$PEERS/$p/setup.sh" >&2 && touch "$PEERS_TMP/$p.ready" || { missing "$p: its setup.sh failed" "see above; going on without it"; continue; }; fi
	"$PEERS/$p/stop.sh" keep-pg >/dev/null 2>&1 || true
	"$PEERS/$p/start.sh" >&2 || { missing "$p: it does not start" "see $PEERS_TMP/$p.log; going on without it"; continue; }
	there+=("$p")
	here+=("$p")
	if [ "$p" = limits ]; then here+=("limits/bare.mjs"); fi
done
./stop.sh
./setup.sh
./start.sh
mkdir -p "$BENCH/result"
adapters=$PWD/adapter.mjs,$PWD/repeated.mjs
[ -z "$ENGINE" ] || adapters+=,$PWD/postgres.mjs

# load NAME W FLAG…: one workload of all, in turns.
load() {
	local name=$1 w=$2 list=; shift 2
	case $w in
	W5*) list=$PWD/adapter.mjs; [ -z "$ENGINE" ] || list+=,$PWD/postgres.mjs ;; # no peer has it
	*) for p in "${here[@]}"; do case $p in *.mjs) list+=$PEERS/$p, ;; *) list+=$p, ;; esac; done; list+=$adapters ;;
	esac
	node "$PEERS/load.mjs" --peers "$list" --w "$w" --runs "$runs" --secs "$secs" --max-seq 3 --json "$BENCH/result/$name.json" "$@" >"$BENCH/result/$name.md"
	cat "$BENCH/result/$name.md" >&2
	if curl -s http://127.0.0.1:18094/metrics | grep '^parley_answer_cache_hits_total [1-9]' >&2; then
		echo "bench: the server that is to keep no answers gave some of those that it kept" >&2; exit 1
	fi
}
for w in ${workloads//,/ }; do
	case $w in
	W1f)
		# The limit of as many bytes as a full page has.
		if [ -x "$PEERS_TMP/limits/limits" ]; then "$PEERS/limits/stop.sh"; ROWS=20 "$PEERS/limits/start.sh"; fi
		load W1f W1 --min-rows 20
		if [ -x "$PEERS_TMP/limits/limits" ]; then "$PEERS/limits/stop.sh"; "$PEERS/limits/start.sh"; fi ;;
	W6)
		case " ${there[*]} " in
		*" postgraphile "*) node search.mjs "$runs" "$secs" >"$BENCH/result/W6.json" ;;
		*) echo "bench: W6 is measured beside PostgreSQL, which is not here" >&2 ;;
		esac ;;
	W*) load "$w" "$w" ;;
	start) ./stop.sh; node start.mjs "$runs" >"$BENCH/result/start.json"; ./start.sh ;;
	memory) ./memory.sh "${there[@]}" >"$BENCH/result/memory.txt"; cat "$BENCH/result/memory.txt" >&2 ;;
	*) echo "bench: there is no workload $w" >&2; exit 2 ;;
	esac
done
node table.mjs "$BENCH/result"
