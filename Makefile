# Every target makes what it needs on a machine that has python3 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint types schema graphiql migrations check clean bench

run: $(VENV)/.installed graphiql
	$(BIN)/python -m app serve --demo

test: $(VENV)/.installed graphiql
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

schema: $(VENV)/.installed
	$(BIN)/python -m schema.export

# 100,000 packages, about a quarter of an hour; `make bench SHORT=1`: 10,000 packages, under three minutes.
bench: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks.driver $(if $(SHORT),--packages 10000 --rounds 3 --seconds 0.4 --connections 8)

clean:
	rm -rf $(VENV) data

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

# npm brings Node 22 along, which PostGraphile needs.
$(VENV)/.installed-bench: $(VENV)/.installed benchmarks/peers/postgraphile/package-lock.json benchmarks/peers/postgraphile/.npmrc
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	cd benchmarks/peers/postgraphile && npm ci
	touch $@

graphiql: graphiql/dist/index.html

# The server does without: then the page loads from a CDN.
graphiql/dist/index.html: graphiql/package-lock.json graphiql/.npmrc graphiql/vite.config.js graphiql/index.html $(wildcard graphiql/src/* graphiql/src/examples/*)
	@if ! command -v npm >/dev/null; then echo "GraphiQL is not built, npm is missing: its page will need internet"; \
	else cd graphiql && npm ci && npm run build || echo "GraphiQL is not built, npm failed: its page will need internet"; fi
