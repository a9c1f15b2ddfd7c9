# From a fresh checkout: `make demo` builds everything on an embedded Postgres and shows it, and
# `make test` runs the tests. Both may be run again at any time.

# The first Python found that is new enough; `make PYTHON=/path/to/python3.12 demo` names another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.10; do \
	$$python -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& { echo $$python; break; }; done)

VENV := .venv
BIN := $(VENV)/bin
OUTREACH := $(BIN)/python -m outreach_hub
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile
INSTALLED := $(VENV)/.installed
SPARK := $(VENV)/.spark
PACKAGES := dbt_packages/.installed
JAVA = "$${JAVA_HOME:+$$JAVA_HOME/bin/}java" -version 2>&1 | grep -Eq 'version "(1[7-9]|[2-9][0-9])'
NO_JAVA = echo "make: Spark needs Java 17 or newer, on the PATH or at JAVA_HOME: none is there" >&2

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-long test-spark test-spark-short java mutants faults lint format setup start stop clean FORCE

help:  ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: start  ## Build the demo world on an embedded Postgres, and show it.
	@$(OUTREACH) demo

test: setup  ## Run the tests: the runner's and, through it, dbt's.
	$(PYTEST) -m "not slow and not long and not spark"

test-slow: setup  ## Run the tests that build and break whole hubs over and over.
	$(PYTEST) -m "slow and not long and not spark"

test-long: setup  ## Run those of pull requests, trace, report, docs, the tutorial, a million rows.
	$(PYTEST) -m long

test-spark: java setup $(SPARK)  ## Install Spark (Java 17 is needed), and run all there is for it.
	$(BIN)/python -m pytest -n 0 -m spark
	@$(BIN)/python tests/mutants/run.py --target spark

test-spark-short: setup  ## The same in short, where there is Java: one build, a part of the corpus.
	@$(JAVA) || { $(NO_JAVA); echo "make: the tests on Spark are left out" >&2; exit 0; }; \
	$(MAKE) --no-print-directory $(SPARK) && \
	$(BIN)/python -m pytest -n 0 -m spark tests/python/spark/test_parity.py -k first_build && \
	$(BIN)/python tests/mutants/run.py --target spark --every 40

java:
	@$(JAVA) || { $(NO_JAVA); exit 3; }

mutants: setup  ## Try every fabrication and every legitimate edit on the prover (PEERS=1: on other tools).
	@$(BIN)/python tests/mutants/run.py $(if $(PEERS),--peers)

faults: setup  ## Break a hundred builds at random moments (long).
	@$(BIN)/python tests/faults/break_builds.py --trials 100

lint: start  ## Run ruff, mypy and sqlfluff.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 models
	$(BIN)/sqlfluff lint --templater jinja --rules JJ01,LT05,LT12,LT13 macros tests/generic
	$(OUTREACH) prove

format: start  ## Put Python and SQL in shape.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 2 models

setup: $(INSTALLED) $(PACKAGES)  ## Make .venv, profiles.yml and dbt_packages/.
	@$(OUTREACH) setup

start: setup  ## Start the embedded Postgres.
	@$(OUTREACH) db start

stop:  ## Stop it.
	@$(OUTREACH) db stop

clean:  ## Remove all that make has made, the embedded database too.
	@! test -x $(BIN)/python || $(OUTREACH) db stop
	rm -rf $(VENV) .outreach dbt_packages target logs profiles.yml
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis scripts/outreach_hub.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment knows the folder it was made in, so that a moved checkout has to make another.
ifneq ($(shell cat $(INSTALLED) 2>/dev/null),$(CURDIR))
$(INSTALLED): FORCE
endif
$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "make: no Python 3.10 to 3.13 found: make PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "installing into $(VENV) with $(PYTHON): a minute or two, the first time"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
		--constraint constraints.txt --editable '.[dev]'
	@# Bytecode by all cores, which pip would make with one. Some packages hold files that are templates
	@# and do not compile: nobody imports those, so that nothing is lost.
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@echo "$(CURDIR)" > $@

$(SPARK): $(INSTALLED)
	@echo "installing Spark into $(VENV): a minute"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
		--constraint constraints.txt --editable '.[connect,thrift]'
	@touch $@

$(PACKAGES): packages.yml $(INSTALLED) $(wildcard vendor/*/*.yml vendor/*/macros/*/*)
	@$(OUTREACH) deps
	@touch $@
