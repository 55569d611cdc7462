# shellcheck shell=bash
# Starting and stopping, by pid files that cannot be mistaken: each holds a process id and its start time
# (field 22 of /proc/PID/stat), so that a number used again for something else is never signalled.

# start_time PID VARIABLE: without a process of its own, for the supervisor asks all the time.
start_time() {
    local stat fields
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    stat="${stat##*) }" # the name before it may hold blanks
    read -ra fields <<<"$stat"
    [[ "${fields[0]}" != [ZX] ]] || return 1 # dead, and not yet waited for
    printf -v "$2" %s "${fields[19]}"
}

# Whether the process that the file names lives.
alive() {
    local pid started now=
    { read -r pid started <"$run/$1.pid"; } 2>/dev/null || return 1
    start_time "$pid" now && [[ -n "$started" && "$now" == "$started" ]]
}

# Prints the process id, if the process that the file names lives.
pid_of() {
    local pid
    alive "$1" && read -r pid _ <"$run/$1.pid" && echo "$pid"
}

# Runs a command in a session of its own, out of Ctrl-C's reach; output goes to its log.
start() {
    local name="$1"
    shift
    setsid "$@" >>"$logs/$name.log" 2>&1 </dev/null 9>&- &
    disown # what becomes of it is read from its pid file; the shell need not tell
    local started=
    start_time $! started || true
    echo "$! $started" >"$run/$name.pid.new"
    mv "$run/$name.pid.new" "$run/$name.pid"
}

signal() {
    local pid
    if pid="$(pid_of "$2")"; then kill -s "$1" "$pid" 2>/dev/null || true; fi
}

# Ends processes together: SIGNAL, ten seconds' patience, then KILL.
stop() {
    local signal="$1" name
    shift
    for name in "$@"; do signal "$signal" "$name"; done
    if ! within 10 gone "$@"; then
        for name in "$@"; do signal KILL "$name"; done
        within 10 gone "$@" || true
    fi
    for name in "$@"; do rm -f "$run/$name.pid"; done
}

gone() {
    local name
    for name in "$@"; do ! alive "$name" || return 1; done
}

# Waits until a command succeeds, at most so many seconds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

# Services first, so that they can hand back and finish; PostgreSQL's INT ends sessions and keeps the data.
stop_all() {
    stop TERM "${services[@]}"
    stop TERM broker
    stop INT database
    stop TERM epmd
}

# The supervisor goes first, or it would start again what is stopped; on TERM it stops everything itself.
stop_run() {
    signal TERM supervisor
    within 60 gone supervisor || signal KILL supervisor
    stop_all
    rm -f "$run/supervisor.pid"
}

start_supervisor() {
    rm -f "$run/started" "$run/failing"
    start supervisor "$operations/dev/supervise.sh" "$state" "$port" "$@"
}

# Waits for a condition; if it does not come, or something dies time and again, shows why and stops everything.
until_ready() {
    local end=$((SECONDS + 90)) suspects
    until "$@"; do
        if ((SECONDS >= end)) || [[ -e "$run/failing" ]] || ! alive supervisor; then
            suspects="$(cat "$run/failing" 2>/dev/null || echo '*')"
            # shellcheck disable=SC2086 # a pattern where nobody is named
            (cd "$logs" && tail -n 15 $suspects.log >&2)
            stop_run
            die "it did not become ready; the logs are in $logs"
        fi
        sleep 0.1
    done
}

require_free_ports() {
    local taken
    for taken in {0..6} {10..14}; do
        taken=$((port + taken))
        if (: <"/dev/tcp/127.0.0.1/$taken") 2>/dev/null; then
            die "port $taken is taken; choose others with ASSENT_PORTS"
        fi
    done
}

# Deletes what a run made, and the folder itself if nothing else is in it.
wipe() {
    [[ -e "$state/.assent-state" ]] || return 0
    wipe_database
    rm -rf "$run" "$logs" "$keys" "$mail" "$state/broker"
    rm -f "$state/port" "$state/.assent-state"
    rmdir "$state" 2>/dev/null || true
}
