#!/usr/bin/env bash
# Starts broker, database and services, and starts again whatever dies, until it gets SIGTERM.
# usage: supervise.sh STATE PORT [SERVICE...]
set -euo pipefail

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
export ASSENT_STATE="$1" ASSENT_PORTS="$2"
supervised=(epmd database broker "${@:3}")
# shellcheck source=Operations/dev/settings.sh
source "$repository/Operations/dev/settings.sh"

# Back-off between two starts doubles; who ran for ten seconds begins anew.
first_delay_ms=200
longest_delay_ms=5000
stable_after_ms=10000

declare -A delay_ms started_ms due_ms

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
# Straight to the file: a trap can run where standard output is redirected.
log() { TZ=UTC printf '%(%FT%TZ)T %s\n' -1 "$*" >>"$logs/supervisor.log"; }

launch() {
    log "starting $1"
    case "$1" in
        epmd | database | broker) "start_$1" ;;
        *) start_service "$1" ;;
    esac
    started_ms[$1]="$(now_ms)"
    due_ms[$1]=0
}

# Starts what is dead and due.
look_after() {
    local name="$1" now
    alive "$name" && return
    now="$(now_ms)"
    if ((due_ms[$name] == 0)); then
        ((now - started_ms[$name] < stable_after_ms)) || delay_ms[$name]=$first_delay_ms
        log "$name ended; starting it again in ${delay_ms[$name]} ms"
        due_ms[$name]=$((now + delay_ms[$name]))
        ((delay_ms[$name] < longest_delay_ms)) || echo "$name" >"$run/failing"
        delay_ms[$name]=$((delay_ms[$name] * 2 < longest_delay_ms ? delay_ms[$name] * 2 : longest_delay_ms))
    elif ((now >= due_ms[$name])); then
        launch "$name"
    fi
}

wait_for() {
    within 60 "$1" || { log "gave up waiting: $1"; stop_all; exit 1; }
}

trap 'log stopping; stop_all; exit 0' TERM INT
for name in "${supervised[@]}"; do delay_ms[$name]=$first_delay_ms; done

launch epmd
launch database
launch broker
wait_for database_ready
make_databases
wait_for broker_ready
for name in "${supervised[@]:3}"; do launch "$name"; done
: >"$run/started"

while :; do
    for name in "${supervised[@]}"; do look_after "$name"; done
    sleep 0.2
done
