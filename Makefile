# Everything that is done with a clone of Chinwag. `make help` lists it.
#
# A fresh machine needs Python 3.11 or newer (with its venv module), make, and a way to PyPI: `make chat` and `make test`
# build `.venv` by themselves, once, and again when pyproject.toml or constraints.txt change.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
# Asks nothing, says nothing but errors, and leaves stdin to the command that comes after.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet --quiet
INSTALL := $(PIP) install --constraint constraints.txt

EXTRAS := amqp,bench,dev,graph,line,mastodon,telegram,weather,web,x,xmpp
MODULES := src tests examples benchmarks
# Pytest's workers: as many as there are cores gains little beyond two, as most tests are short.
WORKERS ?= 2

.PHONY: help install chat test lint format types contracts docs coverage bench bench-peers soak soak-kill soak-tests fuzz
.PHONY: mutation check constraints clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

# ------------------------------------------------------------------------------------------------------------- install

# The first of these that runs and is new enough; PYTHON=... on the command line goes before all.
$(BIN)/python:
	@for python in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3; do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null </dev/null || continue; \
	    "$$python" -m venv $(VENV) </dev/null && exit 0; \
	    rm -rf $(VENV); \
	    echo "$$python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv." >&2; \
	    exit 1; \
	done; \
	echo "Chinwag needs Python 3.11 or newer, and found none as python3.11 ... python3.14 or python3." >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; \
	exit 1

$(VENV)/installed-for-chat: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV) (once) ..." >&2
	@$(INSTALL) --editable . </dev/null
	@touch $@

$(VENV)/installed-for-development: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing the development tools into $(VENV) (once) ..." >&2
	@$(INSTALL) --editable '.[$(EXTRAS)]' </dev/null
	@touch $(VENV)/installed-for-chat $@

install: $(VENV)/installed-for-development ## build .venv with the command and all that development needs
	@:

# ----------------------------------------------------------------------------------------------------------------- use

# `exec`: the bot's process takes the place of the shell, so that a signal meets it and nothing else.
chat: $(VENV)/installed-for-chat ## play "guess the number" in the terminal
	@exec $(BIN)/chinwag chat examples/guess.py

# -------------------------------------------------------------------------------------------------------------- checks

test: $(VENV)/installed-for-development ## all tests but the long ones
	@exec $(BIN)/python -m pytest -n $(WORKERS) --quiet

lint: $(VENV)/installed-for-development ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(VENV)/installed-for-development ## ruff: mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(VENV)/installed-for-development ## mypy in strict mode, and pyright
	@$(BIN)/mypy $(MODULES) docs/conf.py
	@$(BIN)/pyright --pythonpath $(BIN)/python

contracts: $(VENV)/installed-for-development ## the architecture's arrows, by import-linter
	@PYTHONPATH=src $(BIN)/lint-imports --no-logo --cache-dir build/import-linter

docs: $(VENV)/installed-for-development ## the documentation, in docs/_build/html; a warning is an error
	@$(BIN)/python -m sphinx -b html -W --keep-going -q docs docs/_build/html
	@echo "docs/_build/html/index.html is built"

coverage: $(VENV)/installed-for-development ## the tests with branch coverage
	@mkdir -p build/coverage
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n $(WORKERS) --quiet
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

bench: $(VENV)/installed-for-development ## the benchmarks, one JSON object a line
	@exec $(BIN)/python -m benchmarks

# The peers have many dependencies of their own: they are installed apart, and no other target needs them.
PEERS := build/peers

$(PEERS)/installed: benchmarks/comparison/requirements.txt constraints.txt pyproject.toml | $(BIN)/python
	@echo "Installing the systems to compare with into $(PEERS) (once) ..." >&2
	@rm -rf $(PEERS) && $(BIN)/python -m venv $(PEERS) </dev/null
	@$(PEERS)/bin/python -m pip --disable-pip-version-check --no-input --quiet --quiet install \
	    --constraint constraints.txt --requirement benchmarks/comparison/requirements.txt --editable '.[bench]' </dev/null
	@touch $@

bench-peers: $(PEERS)/installed ## the same conversation in other systems; ARGS=--write puts the tables into the docs
	@exec $(PEERS)/bin/python -m benchmarks.comparison $(ARGS)

# ---------------------------------------------------------------------------------------------------------- long runs

SECONDS ?= 60
KILLS ?= 300

soak: $(VENV)/installed-for-development ## the simulation, for SECONDS (60), on fresh seeds
	@exec $(BIN)/python -m tests.simulation --seconds $(SECONDS)

soak-kill: $(VENV)/installed-for-development ## a real process, killed KILLS (300) times
	@exec $(BIN)/python -m tests.kills --kills $(KILLS)

soak-tests: $(VENV)/installed-for-development ## the tests that take minutes
	@exec $(BIN)/python -m pytest -m soak --timeout 1800

$(VENV)/installed-for-fuzz: $(VENV)/installed-for-development
	@$(INSTALL) --editable '.[fuzz]' </dev/null
	@touch $@

fuzz: $(VENV)/installed-for-fuzz ## whatever reads what others wrote, for SECONDS (60)
	@exec $(BIN)/python tests/fuzz --seconds $(SECONDS)

$(VENV)/installed-for-mutation: $(VENV)/installed-for-development
	@$(INSTALL) --editable '.[mutation]' </dev/null
	@touch $@

mutation: $(VENV)/installed-for-mutation ## change core in every way, and see the tests fail; hours. MODULES_OF_CORE="retry ..."
	@exec $(BIN)/python -m tests.mutation $(MODULES_OF_CORE)

check: lint types contracts docs test ## lint, types, contracts, docs and test

# ---------------------------------------------------------------------------------------------------------- housekeeping

# A new environment without constraints, so that the newest versions come in; only `name==version` is kept.
constraints: | $(BIN)/python ## write constraints.txt anew with the newest versions
	@rm -rf build/constraints && mkdir -p build
	@$(BIN)/python -m venv build/constraints
	@build/constraints/bin/python -m pip --disable-pip-version-check -q -q install '.[$(EXTRAS),fuzz,mutation]'
	@build/constraints/bin/python -m pip freeze --exclude chinwag > build/constraints/freeze
	@if grep -vE '^[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+$$' build/constraints/freeze; then \
	    echo "these lines name no plain version; constraints.txt is left as it was" >&2; exit 1; fi
	@cp build/constraints/freeze constraints.txt
	@rm -rf build/constraints

clean: ## remove what was built, .venv too
	@rm -rf $(VENV) build dist docs/_build
