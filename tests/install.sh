#!/usr/bin/env bash
# Installs the Debian packages that Polyphony needs and this machine lacks. Says which; asks nothing; changes nothing when all
# are there.
#
#   tests/install.sh run     what building and running needs
#   tests/install.sh test    also what the tests, the benchmarks and composing the schema need
set -euo pipefail

purpose="${1:-run}"

# The media worker's pipeline: audiobuffersplit is in "bad", the AAC encoder in "libav".
required=(
    build-essential pkg-config
    libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav
)
# Links a debug build in seconds; without it builds are slower, no more.
optional=(mold)

case "$purpose" in
    run) ;;
    test)
        # fpcalc, which fingerprints are compared with.
        required+=(ffmpeg libchromaprint-tools)
        # Another PostgreSQL than Debian's, or a Node.js from elsewhere, serves as well.
        compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || required+=(postgresql)
        command -v node >/dev/null || required+=(nodejs)
        command -v npm >/dev/null || required+=(npm)
        # The explorer page is tested in a browser.
        [ -n "${POLYPHONY_TEST_BROWSER:-}" ] || command -v chromium >/dev/null || required+=(chromium)
        ;;
    *)
        echo "usage: tests/install.sh run|test" >&2
        exit 2
        ;;
esac

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

lacking() {
    local package
    for package in "$@"; do
        is_installed "$package" || echo "$package"
    done
}

if ! command -v apt-get >/dev/null; then
    echo "This is no Debian: please see that the equivalents of these packages are there: ${required[*]}" >&2
    exit 0
fi

mapfile -t lacking_required < <(lacking "${required[@]}")
mapfile -t lacking_optional < <(lacking "${optional[@]}")
if [ $((${#lacking_required[@]} + ${#lacking_optional[@]})) -eq 0 ]; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        if [ ${#lacking_required[@]} -eq 0 ]; then
            exit 0
        fi
        echo "Please install as root: apt-get install ${lacking_required[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

# Another apt-get may hold the lock for a while, for example unattended upgrades.
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 --option DPkg::Lock::Timeout=300 --option Dpkg::Use-Pty=0 "$@" </dev/null
}

echo "Installing from Debian: ${lacking_required[*]} ${lacking_optional[*]}"
# A list that cannot be refreshed may still name all that is needed.
apt update || echo "The package lists could not be refreshed; going on with those at hand." >&2
if [ ${#lacking_required[@]} -gt 0 ]; then
    apt install --yes --no-install-recommends "${lacking_required[@]}" >/dev/null
fi
for package in "${lacking_optional[@]}"; do
    apt install --yes --no-install-recommends "$package" >/dev/null || echo "$package is not to be had; going on without it." >&2
done
