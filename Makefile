# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Both set up .venv from constraints.txt themselves.

PYTHON ?= python3
BIN := .venv/bin
# What is imported is compiled when it is first imported: much of what is installed never is. That is kept, also where
# the environment says otherwise (many containers do): else every process would compile torch anew.
export PYTHONDONTWRITEBYTECODE :=
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt

.PHONY: setup demo test soak docs clean

setup: .venv/.dev

.venv/.core: pyproject.toml constraints.txt src/thetamix/_version.py
	@echo "setting up .venv (a few minutes the first time)"
	@$(PYTHON) -m venv .venv
	@$(PIP_INSTALL) -e '.[compiled]'
	@touch $@

.venv/.dev: .venv/.core
	@echo "adding the tools for the tests"
	@$(PIP_INSTALL) -e '.[dev]'
	@touch $@

demo: .venv/.core
	$(BIN)/thetamix demo --out runs/demo

# One thread per test process: two processes with two threads each slow each other down tenfold.
test: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 -m "not soak"

# What takes long: kills at random moments, fuzzed inputs.
soak: .venv/.dev
	$(BIN)/python -m pytest -q -m soak

# The tutorials run while it is built; a warning is an error.
docs: .venv/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m sphinx -q -W -b html docs build/docs
	@echo "documentation: build/docs/index.html"

clean:
	rm -rf .venv runs build dist
