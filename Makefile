# Everyday commands. They need python3 (3.11 to 3.13) and make; all else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MANIFESTS := pyproject.toml $(wildcard plugins/*/pyproject.toml)
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))

.PHONY: help venv demo test check format docs
help:
	@echo "make demo    one day of three microgrids, with a table and a picture"
	@echo "make test    all tests of the core and of every plugin"
	@echo "make check   style, types, layers, sizes"
	@echo "make format  rewrite the code in the house style"
	@echo "make docs    the documentation, in docs/_build/html"
	@echo "make venv    only install, into $(VENV)"

venv: $(STAMP)

# One pip command for all, so that plugins find the core next door rather than on an index.
$(STAMP): $(MANIFESTS) constraints.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "pgcore needs Python 3.11 to 3.13; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements-dev.txt \
	  -e ".[record,plot,fast]" $(patsubst %,-e ./%,$(PLUGINS))
	$(BIN)/python -m pgcore_fixedpoint # compiles a solver for this machine: half a minute, once
	@touch $@

demo: $(STAMP)
	$(BIN)/pgcore run three_microgrids --policy rule_based --episodes 1 --seed 1 --record runs/demo --force

test: $(STAMP)
	$(BIN)/python -m pytest -n auto -q

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python .ci/check_types.py
	$(BIN)/lint-imports
	$(BIN)/python .ci/check_sizes.py

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
