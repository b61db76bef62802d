# The only runner. With python3.11 (or newer), pip and make on a fresh Debian, every target below sets up what it needs.
# Packages come locked by hash (docs/adr/0004-locked-requirements-and-make.md); a second run installs nothing.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help app register serve dev system demo test check campaign bench score vectors docs docs-check lock format messages new clean

# The first interpreter that is new enough; its own pip, or else that of python3, installs into .venv from outside.
BASE_PYTHON ?= $(shell for p in python3.11 python3 python3.13 python3.12; do \
  "$$p" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$p"; break; }; done)
PIP_PYTHON = $(shell for p in "$(BASE_PYTHON)" python3; do \
  "$$p" -c 'import sys, pip; sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (22, 3))' 2>/dev/null && { echo "$$p"; break; }; done)

VENV := .venv
PYTHON := $(VENV)/bin/python
# A person's own pip settings may say where packages come from; they may not say where these are put.
INSTALL = env -u PIP_TARGET -u PIP_PREFIX -u PIP_ROOT -u PYTHONHOME -u PYTHONPATH PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 \
  PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 \
  "$(PIP_PYTHON)" -m pip --python $(PYTHON) install --quiet
HASHED = $(INSTALL) --require-hashes --only-binary :all:

PEOPLE ?= 5000
SEED ?= 1
PYTEST = $(PYTHON) -m pytest -n 2 --dist loadfile --max-worker-restart 0

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  make %-11s %s\n", $$1, $$2 }'

$(VENV)/.made:
	@test -n "$(BASE_PYTHON)" || { echo "error: Python 3.11 or newer is needed (on Debian: apt-get install python3 python3-pip)" >&2; exit 1; }
	@test -n "$(PIP_PYTHON)" || { echo "error: pip 22.3 or newer is needed (on Debian: apt-get install python3-pip)" >&2; exit 1; }
	"$(BASE_PYTHON)" -m venv --clear --without-pip $(VENV)
	@touch $@

$(VENV)/.app: $(VENV)/.made requirements/build.txt requirements/app.txt pyproject.toml
	@echo "installing what lossproof needs into $(VENV) (once)"
	@$(HASHED) --requirement requirements/build.txt --requirement requirements/app.txt
	@$(INSTALL) --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.register: $(VENV)/.app requirements/register.txt
	@echo "installing what the register needs into $(VENV) (once)"
	@$(HASHED) --requirement requirements/register.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.app requirements/dev.txt
	@echo "installing what the tests need into $(VENV) (once)"
	@$(HASHED) --requirement requirements/dev.txt
	@touch $@

app: $(VENV)/.app
register: $(VENV)/.register
dev: $(VENV)/.dev

system: ## install the programs that tests use, where this may be done; else say what will be skipped
	@tools/system-packages

demo/stick.img: $(VENV)/.app
	@rm -rf demo && mkdir -p demo
	$(VENV)/bin/lossproof sample demo/stick --people $(PEOPLE) --seed $(SEED) --image $@ --truth demo/truth.json

demo: $(VENV)/.app demo/stick.img ## make a made-up memory stick of 5,000 people and check it
	@status=0; $(VENV)/bin/lossproof check demo/stick.img --html demo/report.html || status=$$?; \
	if [ $$status -ne 1 ]; then \
	  echo "error: lossproof ended with status $$status; 1 was expected, for a stick that anybody can read" >&2; exit 1; fi
	@echo; echo "The report: file://$(CURDIR)/demo/report.html"
	@echo "Next: make serve, a register of such sticks and of who has them"

DATABASE ?= register.ledger
PORT ?= 8000
serve: $(VENV)/.register ## run the register here, made at the first time: make serve DATABASE=register.ledger PORT=8000
	$(VENV)/bin/lossproof serve --database $(DATABASE) --port $(PORT) $$(test -e $(DATABASE) || echo --init)

test: system $(VENV)/.dev ## set up what tests need and run them all
	$(PYTEST)

check: system $(VENV)/.dev ## every gate: format, lint, types, floors, docs in step, tests
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) tools/docs.py --check
	$(PYTHON) tools/messages.py --check
	$(PYTEST)

campaign: system $(VENV)/.dev ## the long fuzz and mutation runs; writes docs/reference/campaign*.md
	$(PYTHON) tools/campaign.py
	$(PYTHON) tools/campaign_packs.py

$(VENV)-bench/.made: $(VENV)/.made requirements/bench.txt
	"$(BASE_PYTHON)" -m venv --clear --without-pip $(VENV)-bench
	@$(subst $(PYTHON),$(VENV)-bench/bin/python,$(HASHED)) --requirement requirements/bench.txt
	@touch $@

bench: $(VENV)/.dev $(VENV)-bench/.made ## measure; writes docs/reference/benchmarks.md
	$(PYTHON) bench/run.py

score: $(VENV)/.dev ## inspect the reference images, where they are at hand, and print the tables
	$(PYTHON) tools/score.py

vectors: $(VENV)/.dev ## rebuild the test images that can be rebuilt; fails on a difference
	@set -e; for recipe in tools/*vectors*.py; do echo "$$recipe"; $(PYTHON) "$$recipe"; done
	git diff --exit-code --stat -- tests/vectors

docs: $(VENV)/.dev ## write the generated reference pages and the README's blocks
	$(PYTHON) tools/docs.py

docs-check: $(VENV)/.dev
	$(PYTHON) tools/docs.py --check

messages: $(VENV)/.dev ## write the catalogue that translators of the register begin with
	$(PYTHON) tools/messages.py

LOCK = uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links --upgrade

lock: ## choose the newest versions again and write their hashes (needs uv)
	$(LOCK) requirements/build.in --output-file requirements/build.txt
	$(LOCK) requirements/app.in --output-file requirements/app.txt
	$(LOCK) requirements/register.in --constraint requirements/app.txt --output-file requirements/register.txt
	$(LOCK) requirements/agent.in --constraint requirements/app.txt --output-file requirements/agent.txt
	$(LOCK) requirements/dev.in --constraint requirements/app.txt --constraint requirements/register.txt \
	  --constraint requirements/agent.txt --output-file requirements/dev.txt
	$(LOCK) requirements/bench.in --constraint requirements/app.txt --output-file requirements/bench.txt

format: $(VENV)/.dev ## format the code and mend what the linter can mend
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

KINDS := scheme identifier format category rule
new: $(VENV)/.dev ## one more of a kind, from a template: make new scheme=NAME (or identifier=, format=, category=, rule=)
	$(PYTHON) tools/new.py $(foreach kind,$(KINDS),$(if $($(kind)),$(kind) $($(kind))))

clean: ## remove what was made here, the environment too
	rm -rf $(VENV) $(VENV)-bench demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
