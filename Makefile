# Thin: each target calls cargo or a script of tests/. `make run` to try Polyphony, `make test` before a change is proposed.

# Expanded anew for each recipe, so that a linker that the recipe before has installed is used at once.
export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS = $(if $(shell command -v mold),-C link-arg=-fuse-ld=mold)
# Where cargo puts what it builds.
BUILT = $(or $(CARGO_TARGET_DIR),target)

.PHONY: run build test lint form fuzz schema schema-check schema-publish bench install

## Start everything in one process. ARGUMENTS are those of the command line, by default `up`.
ARGUMENTS ?= up
run:
	@tests/install.sh run
	cargo build --release --workspace --bin polyphony
	@exec $(BUILT)/release/polyphony $(ARGUMENTS)

## Build everything for development: all programs, all tests, with one set of features.
TARGETS ?= --bins --tests
build: install
	cargo build --workspace $(TARGETS)

## Run all tests, on SQLite and on a PostgreSQL of their own.
test: build
	tests/with-postgres.sh cargo test --workspace --no-fail-fast

## What must be true of the source text: form, lints and, where cargo-deny is installed, deny.toml. (A test checks the licences.)
lint: form
	cargo clippy --workspace --all-targets -- --deny warnings

## The part of it that needs nothing compiled.
form: install
	cargo fmt --all --check
	@if command -v cargo-deny >/dev/null; then cargo deny check licenses bans sources; fi

## Fuzz every parser of what strangers send, guided by coverage: TIME seconds each, as many at once as there are processors, from
## another beginning with another SEED.
TIME ?= 10
SEED ?= 1
fuzz: install
	SEED=$(SEED) tests/fuzz/run $(TIME)

## Write what schema/ holds from the code.
schema: build
	tests/schema.sh write

## Fail when schema/ is not what the code says.
schema-check: build
	tests/schema.sh check

## Promise clients the schema as it is now: what `polyphony schema check` and a test compare with from then on.
schema-publish: schema
	$(BUILT)/debug/polyphony schema publish --schema schema/supergraph.graphql

## Measure, in a release build.
bench: install
	cargo build --release --workspace --bins --example hive-router --bench numbers
	cargo bench --workspace --bench numbers

## Install the Debian packages that developing needs.
install:
	@tests/install.sh test
