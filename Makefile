# Everything a fresh machine needs: Python 3.11 or later with venv, make, git.
# `make demo` sets up and runs the main job; `make test` sets up and passes the tests.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DEV    := $(VENV)/.dev

.PHONY: demo demo-web services test lint check format bench bench-big bench-console faults fuzz long lock
.PHONY: clean

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

# The same, and then its order book in the console, until Ctrl-C; SECONDS=60 ends it by itself.
SECONDS ?= 0
demo-web: $(READY)
	$(BIN)/python -m demo.console --seconds $(SECONDS)

# Real parts the tests run: without them some are skipped, and say so.
services:
	@{ command -v sshd || command -v /usr/sbin/sshd; } >/dev/null && command -v strace >/dev/null \
		&& command -v chromium >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
		&& apt-get install -qq -y openssh-server strace chromium >/dev/null; } || true

# Tests make thousands of small order books and sync each of them: in memory, where 2 GB are free.
# Many wait for a process of their own: one worker more than there are processors.
ROOM := $(shell df --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 2000000 {print "/dev/shm"}')
WORKERS ?= $(shell echo $$(( $$(nproc 2>/dev/null || echo 1) + 1 )))
test: $(DEV) services
	TMPDIR=$(or $(ROOM),$${TMPDIR:-/tmp}) $(BIN)/pytest -n $(WORKERS) --dist worksteal

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV)
	$(BIN)/python -m benchmarks.pipeline
	$(BIN)/python -m benchmarks.x12
	$(BIN)/python -m benchmarks.allocation
	$(BIN)/python -m benchmarks.routing
	$(BIN)/python -m benchmarks.exceptions
	$(BIN)/python -m benchmarks.files
	$(BIN)/python -m benchmarks.daemon
	$(BIN)/python -m benchmarks.visits

# A kill, a full disk and an I/O error at every system call of a run, a backup and a restore, and
# code that is wrong on purpose; half an hour on two processors.
faults: $(DEV) services
	$(BIN)/python -m tests.faults.sweep --mutants --every 3
	$(BIN)/python -m tests.faults.sweep

# Daily work in a book of a million orders, 8 GB; it takes some minutes to make.
bench-big: $(DEV)
	$(BIN)/python -m benchmarks.big_book

bench-console: $(DEV)
	$(BIN)/python -m benchmarks.console

# A million damaged files, a quarter of an hour; in parts as `make fuzz COUNT=500000 SEED=4025`.
COUNT ?= 1000000
fuzz: $(DEV)
	$(BIN)/python -m tests.support.fuzz $(COUNT) $(SEED)

# Hundreds of random histories with killed processes, each verified and replayed; an hour or so.
long: $(DEV)
	OMS_EDI_LONG=1 $(BIN)/pytest tests/integration/test_any_order.py

# Names, versions and hashes; no addresses.
lock: $(DEV)
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host --extra build --output-file requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host --extra build --extra dev --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) build *.egg-info
