# Every target sets up what it needs: a virtual environment in .venv from requirements.lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.tools
# Tests have tokens that open nothing; random-looking words are too often none; examples name their password so.
SECRETS := --exclude-files '^tests/' --exclude-lines 'password@' --disable-plugin KeywordDetector \
	--disable-plugin Base64HighEntropyString --disable-plugin HexHighEntropyString

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format texts gallery lock bench docs audit sbom

help:
	@echo "make demo     the bot in a simulated Discord with a simulated store (ARGS=--tour: in the terminal)"
	@echo "make test     every test (ARGS=… goes to pytest)"
	@echo "make check    format, lint and strict types"
	@echo "make format   rewrite the code in the project's format"
	@echo "make texts    bring the catalogs of translations up to date with the code"
	@echo "make gallery  a page with a picture of every card (ARGS=tests/cogs/invoices: of some)"
	@echo "make bench    the benchmark"
	@echo "make docs     the documentation as a site in build/site, and docs/settings.md anew"
	@echo "make audit    known holes in what is installed, and risky code"
	@echo "make sbom     what Bamboo is made of, as build/bamboo.cdx.json (CycloneDX)"
	@echo "make lock     pin the newest dependencies: of the tests, the tools and the container"

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

# What only some targets need: the documentation's site, audits, the scan for secrets.
$(TOOLS): $(READY) requirements-tools.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.lock
	@touch $(TOOLS)

demo: $(READY)
	@$(BIN)/bamboo demo $(ARGS)

# Files run side by side; most of their time is waiting for sockets and processes.
test: $(READY)
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(TOOLS)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml bot cogs sandbox
	@git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook $(SECRETS)
	@if [ -x $(BIN)/hadolint ]; then $(BIN)/hadolint deploy/Dockerfile; fi

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

texts: $(READY)
	@$(BIN)/python -m bot.texts.catalogs

# What tests fail for doesn't matter here: whatever they have shown is in it.
gallery: $(READY)
	@rm -rf gallery
	@$(BIN)/python -m pytest -q -p tests.gallery.recording --gallery gallery \
		$(or $(ARGS),tests/cogs tests/bot/fulfilment tests/bot/payments) || true
	@$(BIN)/python -m tests.gallery gallery

bench: $(READY)
	@$(BIN)/python -m bench $(ARGS)

docs: $(TOOLS)
	@$(BIN)/python scripts/settings_reference.py
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

audit: $(TOOLS)
	@$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements.lock --requirement requirements-tools.lock
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml bot cogs sandbox

sbom: $(TOOLS)
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements deploy/requirements.txt --pyproject pyproject.toml --output-reproducible \
		--output-file build/bamboo.cdx.json

PIN := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header

lock:
	$(PIN) --upgrade pyproject.toml --all-extras --output-file requirements.lock
	$(PIN) --upgrade --group docs --group audit --constraints requirements.lock --output-file requirements-tools.lock
	$(PIN) pyproject.toml deploy/requirements.in --extra postgres --extra charts --constraints requirements.lock \
		--output-file deploy/requirements.txt
