#!/usr/bin/env bash
# The generated part of schema/: subgraph SDL, event and configuration schemas, the supergraph composed of them, its contracts, and
# the manifest of schema/operations.
#
#   tests/schema.sh write    writes it anew
#   tests/schema.sh check    fails, and shows the difference, when what is committed is not what the code says
#
# POLYPHONY names the program to ask; by default the one that cargo has built.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
polyphony="${POLYPHONY:-${CARGO_TARGET_DIR:-target}/debug/polyphony}"

# The copy tells which lock file the installed packages belong to.
if ! cmp --silent schema/package-lock.json schema/node_modules/.installed-lock.json; then
    npm ci --prefix schema --no-audit --no-fund --loglevel=error </dev/null
    cp schema/package-lock.json schema/node_modules/.installed-lock.json
fi

generate() {
    local folder="$1" file subgraphs=()
    POLYPHONY_LOG__FILTER=warn "$polyphony" schema --output "$folder"
    for file in "$folder"/*.graphql; do
        [ "$(basename "$file")" = supergraph.graphql ] || subgraphs+=("$(basename "$file" .graphql)=$file")
    done
    node schema/compose.mjs "$folder/supergraph.graphql" "${subgraphs[@]}"
    node schema/operations.mjs schema/operations "$folder/persisted-operations.json" "$folder/supergraph.graphql"
    # What partners see: what is tagged `partner`, without what only makes sense for a person.
    mkdir --parents "$folder/contracts"
    node schema/compose.mjs "$folder/contracts/partner.graphql" --contract partner --without personal "${subgraphs[@]}"
}

case "${1:-}" in
    write)
        # What no context says any more goes.
        find schema -maxdepth 1 -name '*.graphql' -not -name supergraph.graphql -delete
        rm --recursive --force schema/events schema/contracts
        generate schema
        ;;
    check)
        fresh="$(mktemp --directory)"
        trap 'rm --recursive --force "$fresh"' EXIT
        generate "$fresh"
        by_hand=(--exclude=node_modules --exclude=package.json --exclude=package-lock.json --exclude=compose.mjs --exclude=contract.mjs --exclude=operations.mjs)
        by_hand+=(--exclude=operations --exclude=published --exclude=rights.toml --exclude='.git*')
        if ! diff --recursive --unified --new-file "${by_hand[@]}" schema "$fresh"; then
            echo "schema/ is not what the code says; run \`make schema\`, look at the difference and commit it." >&2
            exit 1
        fi
        ;;
    *)
        echo "usage: tests/schema.sh write|check" >&2
        exit 2
        ;;
esac
