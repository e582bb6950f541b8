# Everything builds on `make setup`, which is quick when nothing changed.

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
AT_ONCE ?= 2

.PHONY: setup demo test test-deep test-live mutate lint check fix eval bench clean

setup: $(STAMP)

# torch first and on its own: a plain CPU build is enough, and later steps keep it.
$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet 'torch>=2.10,<2.14'
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $(STAMP)

demo: setup
	$(BIN)/pincite demo

# Two at once; then the browser, whose driver suffers no other event loop beside its own.
test: setup
	$(BIN)/python -m pytest -n $(AT_ONCE) --dist loadfile -m 'not browser and not deep and not live'
	$(BIN)/python -m pytest -m 'browser and not deep and not live'

test-deep: setup
	$(BIN)/python -m pytest -m 'deep or not deep'

# Against a real SGLang: PINCITE_LIVE_MODEL_URL=http://127.0.0.1:30000 make test-live
test-live: setup
	$(BIN)/python -m pytest -m live tests/live -rs

# Long: of a thousand changes to the access rule and the record, nine in ten must fail a test.
mutate: setup
	$(BIN)/python -m pip install --quiet --editable '.[mutation]'
	$(BIN)/python -m tests.mutation $(ONLY)

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/python -m pytest -m 'not deep and not slow and not browser'

fix: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Every suite that comes along, in quotes mode, in a scratch library: fails if a gate is closed.
eval: setup
	$(BIN)/pincite eval run box --config quotes --gate

bench: setup
	$(BIN)/pincite eval bench

clean:
	rm -rf $(VENV) build *.egg-info
