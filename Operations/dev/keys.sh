# shellcheck shell=bash
# Keys and passwords, made once per state and readable by their owner alone; and users' tokens.

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# Prints a generated password by name, `amqp.crm` or `database.vault_owner`.
password() {
    local file="$keys/$1"
    [[ -s "$file" ]] || (umask 077 && openssl rand -hex 24 >"$file")
    cat "$file"
}

make_keys() (
    umask 077
    mkdir -p "$keys" "$mail"
    # Any 32 bytes are the seed of an Ed25519 key (RFC 8032): the signing key's file looks like the others.
    for name in vault address link signing; do
        [[ -s "$keys/$name.json" ]] ||
            printf '{"keys":[{"version":1,"key":"%s"}]}\n' "$(openssl rand 32 | base64url)" >"$keys/$name.json"
    done
    for name in "${services[@]}"; do
        [[ -s "$keys/letter-$name.json" ]] ||
            printf '{"keys":[{"version":1,"key":"%s"}]}\n' "$(openssl rand 32 | base64url)" >"$keys/letter-$name.json"
    done
    [[ -s "$keys/token.pem" ]] || openssl genpkey -algorithm ed25519 -out "$keys/token.pem"
    jwk="$(token_jwk)"
    printf '{"keys":[{"use":"sig","alg":"EdDSA","kid":"%s",%s]}\n' "$(thumbprint "$jwk")" "${jwk#\{}" >"$keys/jwks.json"
    for account in "${services[@]}" crm web shop mta operator monitor; do
        password "amqp.$account" >/dev/null
    done
    for database in "${databases[@]}"; do
        password "database.$database" >/dev/null
        password "database.${database}_owner" >/dev/null
    done
    password database.postgres >/dev/null
)

# The public key: an Ed25519 key in DER is a fixed head and 32 bytes. Members in the order of RFC 7638.
token_jwk() {
    local x
    x="$(openssl pkey -in "$keys/token.pem" -pubout -outform DER | tail -c 32 | base64url)"
    printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x"
}

thumbprint() { printf '%s' "$1" | openssl dgst -sha256 -binary | base64url; }

print_token() {
    local name roles='' now header claims input signature
    (($#)) || die "usage: ./dev token USER ROLE..."
    [[ -s "$keys/token.pem" ]] || die "there are no keys yet: ./dev up makes them"
    for name in "$@"; do
        [[ "$name" =~ ^[A-Za-z0-9._:@-]+$ ]] || die "users and roles are of A-Z a-z 0-9 . _ : @ -"
    done
    for name in "${@:2}"; do roles+="${roles:+,}\"$name\""; done
    now="$(date +%s)"
    header="$(printf '{"alg":"EdDSA","typ":"JWT","kid":"%s"}' "$(thumbprint "$(token_jwk)")" | base64url)"
    # A minute short of the hour that is allowed at most, for clocks that differ.
    claims="$(printf '{"sub":"%s","roles":[%s],"aud":"assent","iat":%d,"exp":%d}' \
        "$1" "$roles" "$now" "$((now + 3600 - 60))" | base64url)"
    input="$(mktemp)" # Ed25519 signs in one pass: openssl wants a file whose size it can see
    printf '%s' "$header.$claims" >"$input"
    signature="$(openssl pkeyutl -sign -rawin -inkey "$keys/token.pem" -in "$input" | base64url)"
    rm -f "$input"
    printf '%s.%s.%s\n' "$header" "$claims" "$signature"
}
