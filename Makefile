# Every target sets up what it needs: a virtual environment in .venv from requirements.lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format texts lock bench

help:
	@echo "make demo     the bot in a simulated Discord with a simulated store (ARGS=--tour: in the terminal)"
	@echo "make test     every test (ARGS=… goes to pytest)"
	@echo "make check    format, lint and strict types"
	@echo "make format   rewrite the code in the project's format"
	@echo "make texts    bring the catalogs of translations up to date with the code"
	@echo "make bench    the benchmark"
	@echo "make lock     pin the newest dependencies in requirements.lock"

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Bamboo needs Python 3.11 or newer; say which with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY)
	@$(BIN)/bamboo demo $(ARGS)

# Files run side by side; most of their time is waiting for sockets and processes.
test: $(READY)
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

texts: $(READY)
	@$(BIN)/python -m bot.texts.catalogs

bench: $(READY)
	@$(BIN)/python -m bench $(ARGS)

lock:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --upgrade \
		--output-file requirements.lock
