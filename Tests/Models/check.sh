#!/usr/bin/env bash
# Checks the models of the suite's protocols with spin: the rule holds, and fails when a part of it is taken out.
# Exit 0 only if every case ended as expected.
#
# usage: check.sh [full] [-v]
#   full  every case; without it those that take a few seconds each
#   -v    prints each counterexample
set -uo pipefail

models="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
work="$(mktemp -d "${TMPDIR:-/tmp}/assent-models.XXXXXX")"
trap 'rm -rf "$work"' EXIT
# One case at a time would leave a processor idle.
parallel=2
# Ends a search that runs away; the longest one takes a minute on an idle processor.
search_limit=300

count=0 full='' verbose=''
for word in "$@"; do
    case "$word" in
        full) full=yes ;;
        -v) verbose=yes ;;
        *) echo "check.sh knows no $word" >&2; exit 2 ;;
    esac
done

# run_case NUMBER MODEL EXPECTED "FLAGS" "WHAT IT SHOWS"
run_case() {
    local number=$1 model=$2 expected=$3 flags=$4 what=$5 folder="$work/$1" wanted=$3 mark=ok
    local level=-O0 search=-DSAFETY options=(-m100000) result states
    # A search through all states takes longer than the compiler does; one that fails ends soon.
    [[ "$expected" == fails || -z "$full" ]] || level=-O2
    if [[ "$expected" == ends ]]; then
        search=-DNP options=(-l -m200000) wanted=holds
    fi
    mkdir "$folder"
    cd "$folder" || exit 2
    cp "$models/$model.pml" .
    # shellcheck disable=SC2086 # several flags in one word
    if ! spin -a $flags "$model.pml" >spin.log 2>&1 ||
        ! gcc "$level" -w -DCOLLAPSE -DMEMLIM=4000 -DVECTORSZ=2048 "$search" -o pan pan.c 2>gcc.log; then
        result=broken
    else
        timeout "$search_limit" ./pan "${options[@]}" >pan.log 2>&1
        result=unfinished
        if grep -qE 'errors: [1-9]' pan.log; then
            result=fails
        elif grep -q 'errors: 0' pan.log && ! grep -qE 'max search depth|out of memory|aborted' pan.log; then
            result=holds
        fi
    fi
    states="$(awk '/states, stored/ { print $1; exit }' pan.log 2>/dev/null)"
    [[ "$result" == "$wanted" ]] || mark=WRONG
    printf '%-5s %-8s %-10s %9s states  %-46s %s\n' "$mark" "$model" "$result" "${states:-?}" "$flags" "$what"
    if [[ -n "$verbose" && "$result" == fails ]]; then
        # shellcheck disable=SC2086
        spin -t -T $flags "$model.pml" 2>/dev/null | sed '/^spin: trail/,$d; s/^/        /'
    fi
    rm -rf "$folder"
}

# check MODEL holds|fails|ends "FLAGS" "WHAT IT SHOWS"; ends: holds, and there is no endless loop
check() {
    count=$((count + 1))
    while (($(jobs -rp | wc -l) >= parallel)); do wait -n; done
    (run_case "$count" "$@" >"$work/$count.txt" 2>&1; cat "$work/$count.txt") &
}

# A case that the short run leaves out.
check_full() { [[ -z "$full" ]] || check "$@"; }

s=-DOTHERS=0
check_full orders ends "$s" "the rule: one loss on each side, one stalled publisher; it ends"
check_full orders holds "$s" "the same, safety"
check_full orders holds "$s -DLOSS_C=2 -DSTALLS=0" "consent loses twice"
check_full orders holds "$s -DLOSS_V=2 -DSTALLS=0" "the vault loses twice"
check_full orders holds "$s -DLOSS_V=0 -DSTALLS=2" "two late messages"
check_full orders holds "$s -DSTALLS=2" "one loss on each side, two late messages (a minute)"
check orders holds "$s -DSTALLS=0" "one loss on each side"
check orders holds "$s -DLOSS_V=0" "consent loses once, one late message"
check orders holds "$s -DLOSS_C=0" "the vault loses once, one late message"
check_full orders holds "-DUNSEEN_C -DLOSS_V=0" "a loss at consent that nothing shows"
check orders fails "$s -DCOUNTER_ONLY -DUNSEEN_C -DLOSS_V=0 -DSTALLS=0" "a counter, and 'done' believed"
check_full orders fails "$s -DEPOCH_PLUS_ONE -DLOSS_C=2 -DLOSS_V=0" "the epoch goes back with its row"
check orders fails "$s -DSERVE_BEHIND" "the vault serves before it is told"
check_full orders fails "$s -DLOST_ANSWERS" "an answer of the vault's lost history settles"
check orders fails "$s -DNO_ASKING" "an epoch begins and nobody is asked"
check_full orders fails "$s -DBY_NUMBER_ONLY" "compared by state and number, without the order's id"
check_full orders fails "$s -DSETTLE_BY_ID" "compared by id without the number"
check_full orders fails "$s -DKEEP_NUMBER" "waiting orders keep their old number"
check orders fails "$s -DTELL_SETTLED_ONLY" "a withdrawal under way is not told"
check orders fails "$s -DTELL_DECISION" "a grant under way is told"
check_full orders fails "$s -DTELL_BEHIND" "the vault tells while it is behind itself"
check_full orders fails "$s -DORDERS_BEHIND -DSTALLS=2" "the vault takes orders while it is behind"
check orders fails "$s -DNO_FENCE -DLOSS_V=0 -DSTALLS=2" "orders of an older epoch still count"
check orders fails "$s -DORDER_WHILE_ASKING -DNO_BASE" "orders leave before consent was told, and name no base"
check_full orders fails "$s -DTAKE_ALL -DDECIDE_WHILE_ASKING" "a forgotten grant replaces a newer decision"
check_full orders fails "-DUNSEEN_C -DLOSS_V=0 -DNO_BASE" "an order does not name the one it follows"
check_full orders fails "-DUNSEEN_V" "a loss at the vault that nothing shows: no rule helps"

t=-DEND=9
check leases holds "$t" "the rule, for less time"
check_full leases holds "" "the rule: a commit of one's own proves the primary"
check_full leases holds "-DPUBLISHER_PROVES_ONLY -DFENCED" "or the old primary is dead first"
check leases fails "$t -DNO_HOLD" "the acknowledgement does not wait"
check_full leases fails "-DFROM_ARRIVAL" "the lease counts from the answer's arrival"
check leases fails "$t -DEARLIER_READ" "read before the question came"
check_full leases fails "-DREPLICA_READ" "read on the replica"
check leases fails "$t -DCOUNT_FROM_ROW" "the hold counts from the row's time"
check_full leases fails "-DCLOCK_STOPS" "the asker's clock stops with it"
check_full leases fails "-DSTALL_BEFORE_USE" "a long stall between look and use: no rule helps"
check_full leases fails "-DNOBODY_PROVES" "an unfenced old primary answers"
check_full leases fails "-DGATE_PROVES_ONLY" "it publishes an acknowledgement"
check leases fails "$t -DPUBLISHER_PROVES_ONLY" "it answers questions"
check_full leases fails "-DNOBODY_PROVES -DFENCED" "fenced, but an unreplicated commit seen after a restart"
check_full leases fails "-DASYNC" "an asynchronous replica"
check_full leases fails "-DQUORUM_SPLIT" "another replica goes on confirming to the old primary"

check_full handover ends "" "the rule; it ends"
check handover holds "-DSWITCHES=1" "the rule, with one take-over and one death"
check_full handover holds "-DDEATHS=2 -DSWITCHES=3" "more of both"
check handover holds "-DACK_FIRST -DTICK -DSWITCHES=1" "acknowledgements do not wait for facts: once"
check_full handover holds "-DACK_FIRST -DTICK" "acknowledgements do not wait for facts, a timer looks for them"
check_full handover holds "-DNO_WRITER -DANY_ORDER_OF_FACTS -DTICK" "effects alone need no name on the row"
check_full handover fails "-DNO_WRITER -DANY_ORDER_OF_FACTS" "a fact committed after the take-over stays behind"
check handover fails "-DNO_ROW_IF_REFUSED" "a refused event has no inbox row"
check handover fails "-DNO_WRITER" "a stalled consumer commits after the take-over"
check handover fails "-DNO_LOCK" "no lock"
check handover fails "-DNO_WRITER -DANY_ORDER_OF_FACTS -DTICK -DEARLY_LOOK" "the inbox is read before the lock is had"
check handover fails "-DNO_TAKE_OVER" "what is left is not published first"
check handover fails "-DUNLOCKED_TAKE_OVER" "it is, without waiting for the lock"
check handover fails "-DACK_FIRST" "facts left behind, and no delivery wakes anybody"

wait
bad="$(cat "$work"/*.txt | grep -c '^WRONG')"
seen="$(cat "$work"/*.txt | grep -cE '^(ok|WRONG) ')"
((seen == count)) || bad=$((bad + count - seen))
if ((bad)); then
    echo "$bad of $count NOT as expected"
    exit 1
fi
echo "all $count as expected"
