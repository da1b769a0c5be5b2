# Thin targets: each sets up what it needs, then calls one command.
SHELL := /bin/bash
PYTHON ?= python3
UV_VERSION := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements-uv.txt)
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed-$(shell cat requirements.txt requirements-dev.txt requirements-uv.txt Makefile 2>/dev/null | cksum | cut -d' ' -f1)

# Bytecode makes every later run faster; some images switch it off.
export PYTHONDONTWRITEBYTECODE :=
unexport PIP_REQUIRE_VIRTUALENV

.PHONY: preview test thorough check golden lock setup bench core e2e faults judges fuzz mutants sandbox foreign dist train

preview: $(STAMP) ## show what the three stacks declare, and what this change does to them
	@$(PY) -m gitops preview $(ARGS)

test: $(STAMP) ## the quick suite
	@$(PY) -m pytest -n auto $(ARGS)

thorough: $(STAMP) ## the tests that take seconds each: many examples, whole programs
	@$(PY) -m pytest -n auto -m thorough --durations=10 $(ARGS)

foreign: $(STAMP) ## the quick suite with generated stacks in place of ours; ARGS=all, or one of none, tiny, large
	@$(PY) -m tests.foreign $(ARGS)

check: $(STAMP) ## one definition of clean: layout, lint, types, rooms, dependencies, stacks
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/basedpyright
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/deptry --config .deptry.toml .
	@$(PY) -m gitops check $(ARGS)

setup: $(STAMP) ## the environment, with `localai-gitops` in .venv/bin

$(STAMP): requirements.txt requirements-dev.txt requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=python3.11")'
	@echo "Setting up $(VENV): uv $(UV_VERSION), then the $$(cat requirements.txt requirements-dev.txt | grep -c ==) packages of requirements.txt and requirements-dev.txt" >&2
	@rm -f $(VENV)/.installed-*
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/uv --version 2>/dev/null | grep -qF "uv $(UV_VERSION)" || $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@$(VENV)/bin/uv pip install --quiet --python $(PY) --require-hashes --compile-bytecode -r requirements.txt -r requirements-dev.txt
	@install -m 755 gitops/localai-gitops $(VENV)/bin/localai-gitops
	@touch $@

golden: $(STAMP) ## write the recorded previews and the README's again; review the difference
	@$(PY) -m tests.golden

LOCK_ONE := $(VENV)/bin/uv pip compile --quiet --no-header --no-annotate --python-version 3.11 --generate-hashes $(LOCK)
ROUTER := components/addons/router

lock: ## lock every requirements.txt anew from its .in file
	@$(LOCK_ONE) requirements.in -o requirements.txt
	@$(LOCK_ONE) requirements-dev.in -o requirements-dev.txt
	@$(LOCK_ONE) requirements-accept.in -o requirements-accept.txt
	@$(LOCK_ONE) requirements-uv.in -o requirements-uv.txt
	@$(LOCK_ONE) -c requirements.txt -c requirements-dev.txt requirements-e2e.in -o requirements-e2e.txt
	@$(LOCK_ONE) -c requirements.txt -c requirements-dev.txt requirements-mutants.in -o requirements-mutants.txt
	@$(LOCK_ONE) requirements-comment.in -o requirements-comment.txt
	@$(LOCK_ONE) policy/requirements.in -o policy/requirements.txt
	@$(LOCK_ONE) judges/requirements.in -o judges/requirements.txt
	@$(LOCK_ONE) package/mlflow/requirements.in -o package/mlflow/requirements.txt
	@$(LOCK_ONE) requirements-mlflow.in -o requirements-mlflow.txt
	@$(LOCK_ONE) requirements-traefik.in -o requirements-traefik.txt
	@$(LOCK_ONE) package/predict/requirements.in -o package/predict/requirements.txt
	@$(LOCK_ONE) apps/classifier/requirements.in -o apps/classifier/requirements.txt
	@$(LOCK_ONE) apps/chat/requirements.in -o apps/chat/requirements.txt
	@$(LOCK_ONE) apps/chat/requirements-browser.in -o apps/chat/requirements-browser.txt
	@$(LOCK_ONE) --override $(ROUTER)/requirements-without.txt $(ROUTER)/requirements.in -o $(ROUTER)/requirements.txt

bench: $(STAMP) ## figures of this machine; ARGS=peers beside other tools, ARGS=live on a cluster (root)
	@$(PY) -m benchmarks $(ARGS)

core: $(STAMP) ## the part of e2e that every change must pass: stacks up, edits foretold, a model served, Argo CD
	@$(VENV)/bin/uv pip install --quiet --python $(PY) --require-hashes --compile-bytecode -r requirements-e2e.txt
	@$(PY) -m pytest -m core -n 2 --dist loadfile --durations=10 tests/e2e

e2e: $(STAMP) ## the program on a real engine and API server, on this machine (root; see sandbox/)
	@$(VENV)/bin/uv pip install --quiet --python $(PY) --require-hashes --compile-bytecode -r requirements-e2e.txt
	@$(PY) -m pytest -m e2e -n 2 --dist loadfile $(if $(filter tests/%,$(ARGS)),,tests/e2e) $(ARGS)

faults: $(STAMP) ## updates that are broken on purpose, many times, and a report of what came of them (root)
	@$(PY) -m tests.faults $(ARGS)

judges: $(STAMP) ## checkov, kube-score, zizmor, actionlint and pip-audit over what is declared (Go)
	@$(PY) -m judges $(ARGS)

fuzz: $(STAMP) ## a million inputs for each reader of what others write; ARGS="--seconds 20" for a short run
	@$(PY) -m tests.fuzz $(ARGS)

mutants: $(STAMP) ## small faults in the rooms that decide, and which of them no test sees; ARGS="--mutants 50 --seed 7"
	@$$($(PY) -m tests.e2e.locked mutants requirements-mutants.txt)/python -m tests.mutants $(ARGS)

train: $(STAMP) ## train the classifier of apps/, and show its runs next to each other
	@$$($(PY) -m tests.e2e.locked classifier apps/classifier/requirements.txt)/python -m apps.classifier train $(ARGS)

sandbox: $(STAMP) ## a whole cluster on this machine
	@$(PY) -m gitops sandbox up $(ARGS)

dist: $(STAMP) ## a wheel of tool and program in dist/, tried in an environment and a repository of its own
	@$(PY) -m package
	@$(PY) -m pytest -m wheel --durations=5 tests/package
