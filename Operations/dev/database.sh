# shellcheck shell=bash
# A private PostgreSQL, reached over TCP only, with a database for each service and one for the vault's keys.

databases=("${services[@]}" vault_keys)

# PostgreSQL refuses to run as root, and user postgres can often not enter the state's folder (below /root):
# root keeps the data in a folder of postgres' own, linked from the state; anybody else in the state itself.
as_postgres=()
database_folder="$state/database"
if ((EUID == 0)); then
    as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups)
    database_folder="/var/tmp/assent-$(printf '%s' "$state" | sha256sum | head -c 16)"
fi

postgresql_bin() {
    local folders=(/usr/lib/postgresql/*/bin)
    if [[ -x "${folders[-1]}/postgres" ]]; then echo "${folders[-1]}"; else dirname "$(command -v postgres)"; fi
}

prepare_database() {
    [[ -d "$database_folder" ]] || mkdir -m 700 "$database_folder"
    if ((EUID == 0)); then
        # /var/tmp is everybody's: a folder that somebody else put there is not used.
        [[ ! -L "$database_folder" && "$(stat -c %U "$database_folder")" == @(root|postgres) ]] ||
            die "$database_folder belongs to somebody else"
        chown postgres: "$database_folder"
        ln -sfn "$database_folder" "$state/database"
    fi
    install_for_postgres "$operations/database/postgresql.conf" postgresql.conf
    if [[ -d "$keys/tls" ]]; then
        install_for_postgres "$keys/tls/server.pem" server.pem
        install_for_postgres "$keys/tls/server.key" server.key
    fi
    [[ -d "$database_folder/data" ]] || initialize_database
}

install_for_postgres() {
    install -m 600 ${as_postgres:+-o postgres -g postgres} "$1" "$database_folder/$2"
}

initialize_database() {
    say "making a database cluster"
    install_for_postgres "$keys/database.postgres" superuser
    rm -rf "$database_folder/data.new" # an attempt that was interrupted
    (cd / && "${as_postgres[@]}" "$(postgresql_bin)/initdb" --pgdata="$database_folder/data.new" --username=postgres \
        --pwfile="$database_folder/superuser" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8) \
        >>"$logs/database.log" 2>&1 </dev/null || die "initdb failed: $(tail -n 1 "$logs/database.log")"
    rm -f "$database_folder/superuser"
    mv "$database_folder/data.new" "$database_folder/data"
}

start_database() {
    local tls=()
    [[ ! -d "$keys/tls" ]] || tls=(-c ssl=on
        -c "ssl_cert_file=$database_folder/server.pem" -c "ssl_key_file=$database_folder/server.key")
    start database "${as_postgres[@]}" env -i -C / LC_ALL=C.UTF-8 "$(postgresql_bin)/postgres" -D "$database_folder/data" \
        -c "config_file=$database_folder/postgresql.conf" -p "$database_port" "${tls[@]}"
}

database_ready() { as_superuser --command='SELECT 1' >/dev/null 2>&1; }

as_superuser() {
    PGPASSWORD="$(password database.postgres)" PGCONNECT_TIMEOUT=5 psql --no-psqlrc --quiet \
        --host=127.0.0.1 --port="$database_port" --username=postgres --dbname=postgres "$@" </dev/null
}

make_databases() {
    local name
    for name in "${databases[@]}"; do
        NAME="$name" PASSWORD="$(password "database.$name")" OWNER_PASSWORD="$(password "database.${name}_owner")" \
            as_superuser --file="$operations/database/database.sql"
    done
}

# database_url ROLE DATABASE
database_url() { echo "postgresql://$1:$(password "database.$1")@127.0.0.1:$database_port/$2"; }

wipe_database() {
    [[ ! -L "$state/database" ]] || rm -f "$state/database"
    rm -rf "$database_folder"
}
