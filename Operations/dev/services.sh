# shellcheck shell=bash
# The five services: what each is given, how they are started, what others are told of them.

# A service gets what it needs and nothing else: no key that another one guards.
service_environment() {
    local name="$1"
    cat <<ENV
PATH=/usr/bin:/bin
LANG=C.UTF-8
AMQP_URL=$(amqp_url "$name")
DATABASE_URL=$(database_url "$name" "$name")
DATABASE_OWNER_URL=$(database_url "${name}_owner" "$name")
PUBLIC_URL=$public_url
JWKS_FILE=$keys/jwks.json
LETTER_KEY_FILE=$keys/letter-$name.json
ASSENT_CONFIG=$configuration_file
HEALTH_ADDRESS=127.0.0.1:$(health_port "$name")
ENV
    [[ -z "${LOG_LEVEL:-}" ]] || echo "LOG_LEVEL=$LOG_LEVEL"
    # Messages of one transaction at most, 1 to 300 (300).
    [[ -z "${BATCH_MESSAGES:-}" ]] || echo "BATCH_MESSAGES=$BATCH_MESSAGES"
    [[ -z "${LD_LIBRARY_PATH:-}" ]] || echo "LD_LIBRARY_PATH=$LD_LIBRARY_PATH"
    case "$name" in
        consent) printf '%s\n' "WEB_ADDRESS=127.0.0.1:$port" "SIGNING_KEY_FILE=$keys/signing.json" ;;
        erasure) echo "SIGNING_KEY_FILE=$keys/signing.json" ;;
        notifier) if [[ -n "${SMTP_URL:-}" ]]; then echo "SMTP_URL=$SMTP_URL"; else echo "MAIL_DIR=$mail"; fi ;;
        vault)
            echo "VAULT_KEYS_FILE=$keys/vault.json"
            echo "SIGNING_KEY_FILE=$keys/signing.json"
            echo "KEYS_DATABASE_URL=$(database_url vault_keys vault_keys)"
            echo "KEYS_DATABASE_OWNER_URL=$(database_url vault_keys_owner vault_keys)"
            ;;
    esac
    case "$name" in optin | vault) echo "ADDRESS_KEY_FILE=$keys/address.json" ;; esac
    case "$name" in consent | optin | erasure | notifier) echo "LINK_KEY_FILE=$keys/link.json" ;; esac
}

start_service() {
    local environment
    mapfile -t environment < <(service_environment "$1")
    start "$1" env -i -C "$repository" "${environment[@]}" "$(<"$run/bin")/$1"
}

services_ready() {
    local name
    [[ -e "$run/started" ]] || return 1
    for name in "${running[@]}"; do
        curl --silent --fail --max-time 2 --output /dev/null "http://127.0.0.1:$(health_port "$name")/readyz" || return 1
    done
}

print_environment() {
    local name prefix
    [[ -d "$keys" ]] || die "nothing was started yet: ./dev up"
    cat <<ENV
AMQP_URL=$(amqp_url crm)
WEB_AMQP_URL=$(amqp_url web)
PARTICIPANT_AMQP_URL=$(amqp_url shop)
OPERATOR_AMQP_URL=$(amqp_url operator)
MTA_AMQP_URL=$(amqp_url mta)
MANAGEMENT_URL=$(management_url)
PUBLIC_URL=$public_url
MAIL_DIR=$mail
ENV
    for name in "${services[@]}"; do
        prefix="${name^^}"
        cat <<ENV
${prefix}_DATABASE_URL=$(database_url "$name" "$name")
${prefix}_DATABASE_OWNER_URL=$(database_url "${name}_owner" "$name")
${prefix}_PID=$(pid_of "$name" || true)
${prefix}_METRICS_URL=http://127.0.0.1:$(health_port "$name")/metrics
ENV
    done
    cat <<ENV
KEYS_DATABASE_URL=$(database_url vault_keys vault_keys)
VAULT_KEYS_FILE=$keys/vault.json
BROKER_PID=$(pid_of broker || true)
DATABASE_PID=$(pid_of database || true)
ENV
}

where_to_look() {
    local with="" assent
    assent="$(<"$run/bin")/assent"
    [[ -z "${ASSENT_STATE:-}" ]] || with="ASSENT_STATE=$state "
    cat <<TEXT

Assent runs.
  contacts' web   $public_url
  mails           ${SMTP_URL:+sent by SMTP}${SMTP_URL:-$mail/*.eml}
  logs            $logs/*.log
  broker          $(management_url)
  health          ${services[*]}: http://127.0.0.1:$((port + 10))/metrics to $((port + 14))
Try
  export \$(${with}./dev env)
  alias assent=$assent
  assent request optin.show --subject ID
  assent request mail.campaign --token "\$(${with}./dev token mark marketing)" --data @campaign.json
  ${with}./dev down
TEXT
}
