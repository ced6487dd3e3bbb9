#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own, and removes the server afterwards, whatever happened:
#
#   tests/with-postgres.sh cargo test --workspace
#
# The command finds the server in POLYPHONY_TEST_POSTGRES. Where that is set already, the server it names is used instead.
set -euo pipefail

if [ $# -eq 0 ]; then
    echo "usage: tests/with-postgres.sh COMMAND…" >&2
    exit 2
fi
if [ -n "${POLYPHONY_TEST_POSTGRES:-}" ]; then
    exec "$@"
fi

# The newest of Debian's versions; elsewhere, what is on the PATH.
initdb="$(find /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort --version-sort | tail -n 1 || true)"
initdb="${initdb:-$(command -v initdb || true)}"
if [ -z "$initdb" ]; then
    echo "There is no PostgreSQL server here; tests/install.sh test installs one." >&2
    exit 1
fi
bin="$(dirname "$initdb")"

# Not below TMPDIR: the user postgres may not get in there.
folder="$(mktemp --directory --tmpdir=/tmp)"
as_owner=()
# PostgreSQL refuses to run as root.
if [ "$(id -u)" -eq 0 ]; then
    as_owner=(runuser --user postgres --)
    chown postgres "$folder"
fi
cd_and() { (cd "$folder" && "${as_owner[@]}" "$@"); }

command_pid=
# shellcheck disable=SC2317  # called by the traps
remove() {
    trap - EXIT INT TERM HUP
    if [ -n "$command_pid" ]; then
        kill -TERM -- "-$command_pid" 2>/dev/null || true
        wait "$command_pid" 2>/dev/null || true
    fi
    if [ -f "$folder/data/postmaster.pid" ]; then
        cd_and "$bin/pg_ctl" stop --pgdata "$folder/data" --mode immediate --silent || true
    fi
    rm --recursive --force "$folder"
}
trap remove EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if ! cd_and "$bin/initdb" --pgdata "$folder/data" --username postgres --auth trust --encoding UTF8 --no-locale --no-sync >"$folder/initdb.log" 2>&1; then
    cat "$folder/initdb.log" >&2
    exit 1
fi
# Nothing here outlives the run, so nothing is flushed to the disk.
cat >>"$folder/data/postgresql.conf" <<SETTINGS
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
max_connections = 300
fsync = off
synchronous_commit = off
full_page_writes = off
SETTINGS

# PostgreSQL cannot pick a free port itself. These are below the range that the kernel gives out.
port=
for _ in 1 2 3 4 5 6 7 8 9 10; do
    candidate=$((20000 + RANDOM % 10000))
    if cd_and "$bin/pg_ctl" start --pgdata "$folder/data" --wait --timeout 60 --silent --log "$folder/data/log" --options "-p $candidate"; then
        port=$candidate
        break
    fi
done
if [ -z "$port" ]; then
    cat "$folder/data/log" >&2
    exit 1
fi

# In the background, so that a signal to this script is handled at once; as a job, so that it has a process group to be ended with.
set -m
POLYPHONY_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port" "$@" </dev/null &
command_pid=$!
set +m
status=0
wait "$command_pid" || status=$?
command_pid=
exit "$status"
