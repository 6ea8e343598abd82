# Short names for developers. The two commands everybody needs are ./bounds up and ./bounds test.
python := .venv/bin/python

# As in ./bounds: compiled modules are kept in the environment's folder where none are wanted beside the sources.
ifdef PYTHONDONTWRITEBYTECODE
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/.venv/compiled
endif

.DEFAULT_GOAL := help
.PHONY: help check lint types test test-pure national bench mutants migrate migration assets lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(python):
	./bounds bootstrap

check: lint types test ## lint, types and all tests

lint: $(python) ## ruff: faults and format
	$(python) -m ruff check .
	$(python) -m ruff format --check .

types: $(python) ## mypy, strict
	$(python) -m mypy app boundaries maps

test: ## all tests, on a PostGIS of their own
	./bounds test

test-pure: $(python) ## the quick tests that need no database
	$(python) -m pytest -q -m "not database and not slow"

national: $(python) ## the tests that read whole national layers, for minutes
	./bounds test -m national

bench: $(python) ## ratios against named peers
	$(python) -m bench

mutants: $(python) ## one-line wrong edits, each killed by a named test
	$(python) -m tests.mutants

migrate: ## bring the database in use to the newest tables
	./bounds db migrate

migration: $(python) ## a new migration: make migration name=what_it_does
	$(python) -m alembic -c /dev/null -x "name=$(name)" revision -m "$(name)"

assets: $(python) ## fetch the browser files again
	$(python) -m app.assets

lock: $(python) ## write requirements.lock again, hashes and no addresses
	.venv/bin/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
	    --python-version 3.11 --extra test -o requirements.lock pyproject.toml
