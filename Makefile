# One list of checks, three callers: a person, a pre-push hook if she wants one, and CI (.ci/run).
# Needs git, make and Python 3.11 or newer; everything else goes into $(VENV), at the versions that the locks name.

PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?=

BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
NODE := tests/node/node_modules/.package-lock.json
FOCUS := .focus-venv/.installed
UV ?= $(BIN)/uv

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The build backend is in the locks too, so that nothing unlocked is fetched to build the project itself.
PROJECT := --no-deps --no-build-isolation --check-build-dependencies --editable .
BUILD_BACKEND := hatchling editables
COMPILE := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help venv dev demo test node focus check format docs golden bench lock

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(RUNTIME) ## A virtual environment with tokenaudit and what it needs

dev: $(DEV) ## The same, and what the tests and checks need

demo: $(RUNTIME) ## Both clouds side by side, from the logs and bills in examples/two-clouds
	$(BIN)/tokenaudit compare $(addprefix examples/two-clouds/,logs bills metrics)

test: $(DEV) $(NODE) ## Every test
	$(BIN)/pytest -n auto --dist worksteal $(PYTEST_ARGS)

node: $(NODE) ## What the tests need of npm

focus: $(FOCUS) ## The FOCUS validator, for the tests that ask it; half a gigabyte

check: $(DEV) $(NODE) ## Everything that CI runs: format, lint, types, import rules, generated docs, tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/write_docs.py --check
	$(BIN)/python scripts/write_schema.py --check
	$(BIN)/python scripts/draw_readme.py --check
	$(BIN)/pytest -n auto --dist worksteal $(PYTEST_ARGS)

format: $(DEV) ## Formats the code, and mends what can be mended by itself
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

docs: $(DEV) ## Writes the generated parts of docs/
	$(BIN)/python scripts/write_docs.py
	$(BIN)/python scripts/write_schema.py
	$(BIN)/python scripts/draw_readme.py

golden: $(DEV) ## Writes the ledger rows expected from fixtures/; read the diff before you commit it
	TOKENAUDIT_GOLDEN=write $(BIN)/pytest $(PYTEST_ARGS) tests/golden

bench: $(DEV) ## Speed against baselines measured in the same run; takes long
	$(BIN)/python tests/bench/make_sets.py all
	for set in full tiny small trap; do $(BIN)/python tests/bench/run.py $$set || exit 1; done
	$(BIN)/python tests/bench/startup.py

lock: $(BIN)/uv ## Locks the dependencies of pyproject.toml anew; UPGRADE=--upgrade takes the newest of all
	printf '%s\n' $(BUILD_BACKEND) | $(UV) $(COMPILE) $(UPGRADE) pyproject.toml - -o requirements.lock
	printf '%s\n' $(BUILD_BACKEND) | $(UV) $(COMPILE) $(UPGRADE) -c requirements.lock --group dev pyproject.toml - -o requirements-dev.lock
	$(UV) $(subst 3.11,3.12,$(COMPILE)) $(UPGRADE) tests/focus/requirements.in -o tests/focus/requirements.lock
	cd tests/node && npm install --package-lock-only --silent && \
	  jq 'del(.packages[] | .funding, .deprecated, .license)' package-lock.json > .lock && mv .lock package-lock.json  # remarks with addresses

$(BIN)/uv: | $(BIN)/pip
	$(PIP_INSTALL) uv

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/pip
	@echo 'Installing into $(VENV); the first time takes a minute or two.'
	$(PIP_INSTALL) --require-hashes -r requirements.lock
	$(PIP_INSTALL) $(PROJECT)
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml | $(BIN)/pip
	@echo 'Installing into $(VENV); the first time takes a minute or two.'
	$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	$(PIP_INSTALL) $(PROJECT)
	@touch $@ $(RUNTIME)

$(NODE): tests/node/package-lock.json
	@if command -v npm >/dev/null; then echo 'Installing what the tests need of npm.'; cd tests/node && npm ci --silent && touch node_modules/.package-lock.json; \
	else echo 'npm is missing: tests against Azurite and in a browser are skipped.'; fi

$(FOCUS): tests/focus/requirements.lock
	@for python in python3.12 $(wildcard $(HOME)/.pyenv/versions/3.12*/bin/python); do \
	  if $$python -c '' 2>/dev/null; then \
	    echo 'Installing the FOCUS validator, which needs an environment of its own.'; \
	    $$python -m venv $(dir $@) && \
	    $(dir $@)bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< && touch $@; exit; \
	  fi; \
	done; echo 'Python 3.12 is missing: the FOCUS validator is not installed, and its tests are skipped.'

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python 3.11 or newer is needed, and $(PYTHON) is {v[0]}.{v[1]}: try make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
