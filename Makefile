# Everything a fresh machine needs: Python 3.11 or later with venv, make, git.
# `make demo` sets up and runs the main job; `make test` sets up and passes the tests.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DEV    := $(VENV)/.dev

.PHONY: demo test check format bench fuzz lock clean

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(DEV): $(READY) requirements-dev.lock
	$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

demo: $(READY)
	$(BIN)/python demo/run.py

test: $(DEV)
	$(BIN)/pytest -n auto

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV)
	$(BIN)/python -m benchmarks.pipeline
	$(BIN)/python -m benchmarks.x12
	$(BIN)/python -m benchmarks.allocation
	$(BIN)/python -m benchmarks.routing

# A million damaged files; some two minutes.
fuzz: $(DEV)
	$(BIN)/python -m tests.support.fuzz 1000000

# Names, versions and hashes; no addresses.
lock: $(DEV)
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host --extra build --output-file requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host --extra build --extra dev --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) build *.egg-info
