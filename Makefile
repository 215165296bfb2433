# Everything a developer does, on a machine that has only Python 3.11+, git and a way to the package registries.

.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# More workers than this only fight over the databases that the tests start.
JOBS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -gt 4 ] && n=4; [ $$n -lt 2 ] && n=2; echo $$n)
TESTS ?=

.PHONY: help demo test check format bench lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## walk through the main job on an embedded store
	@$(BIN)/placet demo

test: $(READY) ## run every test (TESTS=tests/consent runs some)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(TESTS)

check: $(READY) ## lint, types, floors, dead code, generated files
	@tools/check

format: $(READY) ## put the code into its usual form
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

bench: $(READY) ## run every measurement in bench/
	@set -e; for file in bench/[a-z]*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

lock: ## pin every dependency with its hash (needs uv)
	@tools/lock

clean: ## remove what was made here
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(READY): requirements.lock pyproject.toml tools/setup
	@tools/setup $(VENV)
	@touch $@
