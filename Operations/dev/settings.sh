# shellcheck shell=bash
# Names, places and ports of a local run; read by ./dev, the supervisor and the walk, which set $repository.

operations="$repository/Operations"
state="$(realpath --canonicalize-missing "${ASSENT_STATE:-$repository/.dev}")"
run="$state/run"
logs="$state/log"
keys="$state/keys"
mail="$state/mail"
configuration_file="$(realpath --canonicalize-missing "${ASSENT_CONFIG:-$repository/assent.yaml}")"
services=(consent optin vault erasure notifier)
# Which of them run; tests run some beside stand-ins for the others.
read -ra running <<<"${ASSENT_SERVICES:-${services[*]}}"

# The state remembers its ports, so that `env` and `down` need be told the state alone.
port="${ASSENT_PORTS:-$(cat "$state/port" 2>/dev/null || echo 17600)}"
public_url="http://127.0.0.1:$port"
database_port=$((port + 1))
amqp_port=$((port + 2))
amqps_port=$((port + 3))
management_port=$((port + 4))
distribution_port=$((port + 5))
epmd_port=$((port + 6))

# A service's private port: /healthz, /readyz, /metrics.
health_port() {
    local index
    for index in "${!services[@]}"; do
        [[ "${services[index]}" != "$1" ]] || echo $((port + 10 + index))
    done
}

say() { printf '%s\n' "$*"; }
die() {
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

for part in install processes keys database broker services; do
    # shellcheck source=/dev/null
    source "$operations/dev/$part.sh"
done
