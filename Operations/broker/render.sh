#!/usr/bin/env bash
# Prints the broker's definitions with the accounts' password hashes filled in.
# usage: render.sh FOLDER, where FOLDER holds each account's password in a file `amqp.<account>`
set -euo pipefail

template="$(dirname "${BASH_SOURCE[0]}")/definitions.json.template"
passwords="$1"

# RabbitMQ's hash: base64(salt, SHA-256(salt, password)), the salt four random bytes. Bash cannot keep NUL
# bytes in a variable, so the salt travels as printf escapes.
password_hash() {
    local salt
    salt="$(openssl rand -hex 4 | sed 's/../\\x&/g')"
    {
        printf '%b' "$salt"
        { printf '%b' "$salt"; printf '%s' "$(<"$1")"; } | openssl dgst -sha256 -binary
    } | openssl base64 -A
}

substitutions=()
for account in consent optin vault erasure notifier crm web shop mta operator monitor; do
    substitutions+=(-e "s|@$account@|$(password_hash "$passwords/amqp.$account")|")
done
sed "${substitutions[@]}" "$template"
