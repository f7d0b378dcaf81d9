#!/usr/bin/env bash
cd "$(dirname "$0")"; . ./env.sh
stop_pid "$BENCH/uncached.pid"
stop_pid "$BENCH/repeated.pid"
stop_pid "$BENCH/postgres.pid"
