# A fresh machine needs Python 3.11+ and make; everything else is set up here, into .venv.
PYTHON ?= python3
BIN := .venv/bin
# The shell may carry settings that would slow down or mislead our Python.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help run test check bench test-frameworks lock clean

help: ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: .venv/run.stamp ## set up, start with the scripted model and a sample agent, open the page
	$(BIN)/orchestra

test: .venv/dev.stamp ## set up, run the tests
	.ci/system-parts
	$(BIN)/python -m pytest tests --ignore=tests/frameworks

test-frameworks: .venv/dev.stamp ## run every framework's samples for real
	$(BIN)/python -m pytest tests/frameworks

check: .venv/dev.stamp ## format, lint, types, import map
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright

bench: .venv/dev.stamp ## measure
	$(BIN)/python tests/benchmarks/run.py

lock: .venv/dev.stamp ## renew the lock files
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --group dev pyproject.toml -o requirements-dev.lock

clean: ## remove what was set up here
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; PYTHON=/path/to/python make … chooses one."; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ echo "A virtual environment could not be made; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

.venv/run.stamp: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
