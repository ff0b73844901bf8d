# What people and CI do with a checkout.  The virtual environment is made once,
# and again when setup.cfg changes.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: up test lint types bench clean

up: $(VENV)/for-running
	@$(BIN)/tofulab up $(ARGS)

test: $(VENV)/for-testing
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/for-testing
	$(BIN)/ruff check
	$(BIN)/ruff format --check

# tests/static shows the five folders as the packages that they are installed as.
types: export PYTHONPATH = tests/static
types: $(VENV)/for-testing
	$(BIN)/mypy
	$(BIN)/mypy tests --exclude tests/static
	$(BIN)/lint-imports

bench: $(VENV)/for-testing
	$(BIN)/python tests/bench $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .coverage* .*_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/for-running: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/for-testing: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/for-running

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is missing or older than 3.11; install one, or name it: make PYTHON=..."; exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments; on Debian: apt-get install python3-venv"; exit 1; } >&2
	$(PYTHON) -m venv $(VENV)
