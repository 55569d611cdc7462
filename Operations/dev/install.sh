# shellcheck shell=bash
# What a bare Debian 12 lacks.

packages_to_run=(
    librabbitmq-dev libpq-dev libssl-dev libcurl4-openssl-dev libidn2-dev pkg-config
    rabbitmq-server postgresql openssl curl
)
packages_to_test=("${packages_to_run[@]}" python3 python3-venv spin gcc)

install_packages() {
    local missing=() package
    command -v dpkg-query >/dev/null || return 0 # not Debian: the build says what it lacks
    for package in "$@"; do
        [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] ||
            missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]}"
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "as root, please: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    # shellcheck disable=SC2016 # expanded by the inner shell
    "${as_root[@]}" bash -euc '
        # The packages would start services of their own: a policy that forbids it stands while they install.
        # One that is there already is somebody else'"'"'s and stays.
        policy=/usr/sbin/policy-rc.d
        if [[ ! -e $policy ]]; then
            trap "rm -f $policy" EXIT
            printf "#!/bin/sh\nexit 101\n" >"$policy"
            chmod +x "$policy"
        fi
        export DEBIAN_FRONTEND=noninteractive
        apt-get -qq -o DPkg::Lock::Timeout=300 update
        apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" >/dev/null
    ' install "${missing[@]}" </dev/null
}
