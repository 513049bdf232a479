# Two commands do everything: `make run` and `make test`. Both can be run again and again.
SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test check conformance bench shots lock clean

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-11s %s\n", $$1, $$2}'

run: $(VENV)/.run node_modules/.run ## Set up, enter the demo on first run, and serve
	$(PY) -m trace init
	$(PY) -m trace demo
	TRACE_DEMO=1 $(PY) -m trace serve

test: $(VENV)/.test node_modules/.installed ## Everything the tests need, then all of them
	sh scripts/browser.sh
	rm -f .coverage .coverage.*
	$(PY) -m pytest -n 2 --dist worksteal --cov --cov-report= --conformance check
	$(PY) -m coverage report --include='trace/ledger/*' --fail-under=100 --skip-covered
	$(PY) -m coverage report --omit='trace/ledger/*' --fail-under=90 --skip-covered

check: $(VENV)/.test ## Style, types, and the directions of imports
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

conformance: $(VENV)/.test node_modules/.installed ## Write docs/conformance.md from the tests that show it
	sh scripts/browser.sh
	$(PY) -m pytest -q -n 2 -m conforms --conformance write

bench: $(VENV)/.test ## Measure, beside the bare limits of the same machine
	$(PY) -m bench

shots: $(VENV)/.test node_modules/.installed ## Take the pictures used in README and docs
	sh scripts/browser.sh
	$(PY) scripts/shots.py

lock: $(VENV)/.test ## Resolve setup.cfg anew into the lock files
	$(PY) -m pip install -q 'uv==0.13.9'
	$(VENV)/bin/uv pip compile -q --universal -p 3.11 setup.cfg --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links -o requirements/run.txt
	$(VENV)/bin/uv pip compile -q --universal -p 3.11 setup.cfg --extra test --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links -o requirements/test.txt

clean: ## Remove the environment and caches; the ledger in var/ stays
	rm -rf $(VENV) node_modules scanner_web/static/vendor trace/render/fonts .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage*

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info[:2] == (3, 11) else "Trace needs Python 3.11; say PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt $(VENV)/bin/python
	$(PY) -m pip install -q --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/bin/python
	$(PY) -m pip install -q --require-hashes -r requirements/test.txt
	@touch $@ $(VENV)/.run

node_modules/.run: package-lock.json scripts/packages.sh requirements/run.txt $(VENV)/bin/python
	@test -f $(VENV)/.run || $(MAKE) $(VENV)/.run
	sh scripts/packages.sh $(PY) --omit=dev

node_modules/.installed: package-lock.json scripts/packages.sh requirements/test.txt $(VENV)/bin/python
	@test -f $(VENV)/.test || $(MAKE) $(VENV)/.test
	sh scripts/packages.sh $(PY)
