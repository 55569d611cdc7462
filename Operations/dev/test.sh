# shellcheck shell=bash
# Tests and benchmarks: a throw-away broker and PostgreSQL, both with TLS too, and the peers written in Python.

run_test() {
    install_packages "${packages_to_test[@]}"
    lint
    make_python
    (cd "$repository" && swift build --build-tests </dev/null)
    export ASSENT_BIN="$repository/.build/debug" # the suite's own runs need not build again
    start_servers
    # Hundreds of tests at a time would share the processors, and each would take as long as all of them: one that waits
    # for its turn has not begun, so that its limit of time does not run. Toolchains that do not know it ignore it.
    export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=24
    run_here swift test --skip-build "$@"
}

# run_bench [--save FILE] [--compare FILE] [--tolerance PART] [WORKLOAD...]
run_bench() {
    local save='' earlier='' tolerance=0.15 status=0
    while [[ "${1:-}" == --* ]]; do
        case "$1" in
            --save) save="${2:-}" ;;
            --compare) earlier="${2:-}" ;;
            --tolerance) tolerance="${2:-}" ;;
            *) usage >&2; exit 2 ;;
        esac
        [[ -n "${2:-}" ]] || { usage >&2; exit 2; }
        shift 2
    done
    if [[ -z "${ASSENT_BIN:-}" ]]; then
        install_packages "${packages_to_test[@]}"
        build release
        export ASSENT_BIN="$repository/.build/release"
    fi
    # What cannot be read is said before the measuring, not after it.
    [[ -z "$earlier" ]] || "$ASSENT_BIN/bench" compare "$earlier" "$earlier" "$tolerance" >/dev/null || exit 2
    FIGURES_FILE="$(mktemp "${TMPDIR:-/tmp}/assent-figures.XXXXXX")" # what every bench below adds to
    export FIGURES_FILE
    trap 'rm -f "$FIGURES_FILE"' EXIT
    trap 'exit 130' INT TERM HUP
    (run_workloads "$@")
    [[ -z "$earlier" ]] || "$ASSENT_BIN/bench" compare "$earlier" "$FIGURES_FILE" "$tolerance" || status=$?
    [[ -z "$save" ]] || cat "$FIGURES_FILE" >"$save"
    return "$status"
}

run_workloads() {
    local name alone=() with_vault=() together=() themselves=() plain=yes
    (($#)) || set -- forms third-parties one single lone check import store reveal rewrap find campaign ready memory stop \
        backlog size consent-find engagement
    for name in "$@"; do
        case "$name" in
            store | reveal | rewrap | find) with_vault+=("$name") ;;
            campaign) together+=("$name") ;;
            single | ready | memory | stop | backlog | size | consent-find | engagement) themselves+=("$name") ;;
            *) alone+=("$name") ;;
        esac
    done
    for name in "${themselves[@]}"; do (bench_processes "$name"); done
    ((${#alone[@]} + ${#with_vault[@]} + ${#together[@]})) || return 0
    start_servers optin
    make_bare_like_the_suite
    leave_to_optin
    export_bench
    ((!${#alone[@]})) || (run_here "$ASSENT_BIN/bench" "${alone[@]}")
    ((${#with_vault[@]} + ${#together[@]})) || return 0
    running+=(vault)
    start_service vault
    until_ready services_ready
    ((!${#with_vault[@]})) || (export_billing_tokens && run_here "$ASSENT_BIN/bench" "${with_vault[@]}")
    ((${#together[@]})) || return 0
    running+=(notifier)
    start_service notifier
    until_ready services_ready
    run_here "$ASSENT_BIN/bench" "${together[@]}"
}

# A workload that starts and stops services itself, on a broker and a database of its own.
bench_processes() {
    local service
    start_servers
    export_bench
    case "$1" in
        single | stop | backlog | size) leave_to_optin ;;
        memory) export_billing_tokens ;;
        engagement) make_bare_like_the_suite && unbind contacts contact.created optin vault ;;
    esac
    for service in "${services[@]}"; do (umask 077 && service_environment "$service" >"$run/$service.env"); done
    run_here "$ASSENT_BIN/bench" "$1"
}

# For the queues that the bare programs make, what holds for a service's.
make_bare_like_the_suite() {
    python3 - "$broker_folder/definitions.json" "$MANAGEMENT_TEST_URL" <<'PYTHON'
import base64, json, sys, urllib.parse, urllib.request

policies = {policy["name"]: policy for policy in json.load(open(sys.argv[1]))["policies"]}
url = urllib.parse.urlsplit(sys.argv[2])
for like, name, pattern in [
        ("optin", "bare", r"^crm\.bench-.*\.in\.[0-9]+$"),
        ("alternate", "bare-alternate", r"^crm\.bench-[a-z]*-?[0-9]+$")]:
    body = {key: policies[like][key] for key in ("apply-to", "definition", "priority")} | {"pattern": pattern}
    request = urllib.request.Request(
        f"http://{url.hostname}:{url.port}/api/policies/assent/{name}", json.dumps(body).encode(), method="PUT",
        headers={"content-type": "application/json", "authorization":
                 "Basic " + base64.b64encode(f"{url.username}:{url.password}".encode()).decode()})
    urllib.request.urlopen(request)
PYTHON
}

# Opt-in runs alone: nothing may pile up in the queues of services that nobody started.
leave_to_optin() {
    unbind contacts webform.submitted consent vault
    unbind contacts contact.created consent
    unbind facts optin.changed consent
}

export_bench() {
    AMQP_URL="$(amqp_url crm)" NOTIFIER_AMQP_URL="$(amqp_url notifier)"
    OPTIN_DATABASE_OWNER_URL="$(database_url optin_owner optin)"
    CONSENT_DATABASE_OWNER_URL="$(database_url consent_owner consent)"
    VAULT_DATABASE_OWNER_URL="$(database_url vault_owner vault)"
    KEYS_DATABASE_OWNER_URL="$(database_url vault_keys_owner vault_keys)" VAULT_KEYS_FILE="$keys/vault.json"
    ADDRESS_KEY_FILE="$keys/address.json"
    MARKETING_TOKEN="$(print_token mark marketing)" PRIVACY_TOKEN="$(print_token petra privacy)"
    SMTP_URL="smtp://127.0.0.1:$((port + 7))?tls=none" # the benchmark's own mail server
    export AMQP_URL NOTIFIER_AMQP_URL OPTIN_DATABASE_OWNER_URL CONSENT_DATABASE_OWNER_URL VAULT_DATABASE_OWNER_URL
    export KEYS_DATABASE_OWNER_URL VAULT_KEYS_FILE ADDRESS_KEY_FILE MARKETING_TOKEN PRIVACY_TOKEN SMTP_URL
    export RUN_FOLDER="$run" LOG_FOLDER="$logs"
}

# As many users as it takes for none to come to the limit of reveals an hour.
export_billing_tokens() {
    BILLING_TOKENS="$(for number in {1..100}; do print_token "grace-$number" billing; done)"
    export BILLING_TOKENS="${BILLING_TOKENS//$'\n'/ }"
}

# unbind EXCHANGE TYPE SERVICE...
unbind() {
    local service
    for service in "${@:3}"; do
        curl --silent --fail --request DELETE "$MANAGEMENT_TEST_URL/api/bindings/assent/e/$1/e/$service.in/$2"
    done
}

# Runs it in the repository; its status is ours, and its last line stays the last.
run_here() {
    local status=0
    (cd "$repository" && exec "$@" </dev/null) || status=$?
    exit "$status"
}

# start_servers [SERVICE...]
start_servers() {
    ASSENT_STATE="$(mktemp -d "${TMPDIR:-/tmp}/assent-test.XXXXXX")"
    ASSENT_PORTS="$(find_free_ports)"
    # shellcheck source=Operations/dev/settings.sh
    source "$repository/Operations/dev/settings.sh"
    trap 'stop_run >/dev/null 2>&1; wipe' EXIT
    trap 'exit 130' INT TERM HUP
    mkdir -p "$run" "$logs"
    : >"$state/.assent-state"
    make_keys
    [[ -n "${plain:-}" ]] || make_certificates
    prepare_database
    # Hundreds of tests run at a time, each with connections of its own.
    echo 'max_connections = 1000' >>"$database_folder/postgresql.conf"
    prepare_broker
    add_administrator
    running=("$@")
    printf '%s\n' "$ASSENT_BIN" >"$run/bin"
    start_supervisor "$@"
    until_ready services_ready
    export_addresses
    # The suite's own runs choose their state and ports themselves.
    unset ASSENT_STATE ASSENT_PORTS
}

# Below the ports that the system hands out to connections (32768 and up).
find_free_ports() {
    local candidate
    for _ in {1..50}; do
        candidate=$((20000 + RANDOM % 600 * 20))
        if (port=$candidate; require_free_ports) 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    die "no free ports found"
}

# An authority of our own, and a certificate for localhost and 127.0.0.1 that it signs.
make_certificates() (
    set -e
    umask 077
    mkdir -p "$keys/tls"
    cd "$keys/tls"
    exec 2>/dev/null # openssl draws its progress there
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=Assent test authority' \
        -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.pem
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
        -keyout server.key -out server.csr
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >extensions
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile extensions -out server.pem
)

# Tests make virtual hosts: their account may, and no other has it.
add_administrator() {
    (umask 077 && openssl rand -hex 24 >"$keys/amqp.administrator")
    python3 - "$broker_folder/definitions.json" "$keys/amqp.administrator" <<'PYTHON'
import base64, hashlib, json, os, sys

definitions = json.load(open(sys.argv[1]))
salt = os.urandom(4)
password = open(sys.argv[2]).read().strip().encode()
definitions["vhosts"].append({"name": "/"})
definitions["users"].append({
    "name": "administrator", "tags": ["administrator"], "hashing_algorithm": "rabbit_password_hashing_sha256",
    "password_hash": base64.b64encode(salt + hashlib.sha256(salt + password).digest()).decode()})
for vhost in ("/", "assent"):
    definitions["permissions"].append(
        {"user": "administrator", "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"})
json.dump(definitions, open(sys.argv[1], "w"))
PYTHON
}

export_addresses() {
    local broker superuser
    broker="administrator:$(password amqp.administrator)"
    superuser="postgres:$(password database.postgres)"
    export AMQP_TEST_URL="amqp://$broker@127.0.0.1:$amqp_port/%2f"
    export AMQPS_TEST_URL="amqps://$broker@localhost:$amqps_port/%2f?cacertfile=$keys/tls/ca.pem"
    export MANAGEMENT_TEST_URL="http://$broker@127.0.0.1:$management_port"
    export BROKER_CTL="$broker_folder/ctl"
    export DATABASE_TEST_URL="postgresql://$superuser@127.0.0.1:$database_port/postgres"
    export DATABASE_TLS_TEST_URL="postgresql://$superuser@localhost:$database_port/postgres?sslmode=verify-full&sslrootcert=$keys/tls/ca.pem"
}

# Kept between runs; made anew when what it holds should change.
make_python() {
    local folder="$repository/.dev-python" wanted="$operations/dev/test-requirements.txt"
    if ! cmp --silent "$wanted" "$folder/made-from"; then
        say "making the tests' Python"
        rm -rf "$folder"
        python3 -m venv "$folder"
        "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted" </dev/null
        cp "$wanted" "$folder/made-from"
    fi
    export TEST_PYTHON="$folder/bin/python" CRYPTO_PEER_PYTHON="$folder/bin/python"
}
