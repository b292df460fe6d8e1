# Everything a newcomer types. Each target is a line or two over commands that work without make.
#
#   make run                               the whole way: drives, training, closed-loop benchmark, report
#   make run CONFIG=configs/full.yaml      another experiment
#   make run ARGS="world.server=host:2000" any field of the config, or any option of `liquidlane run`
#   make TORCH_INDEX=https://download.pytorch.org/whl/cpu run      a CPU-only torch, several GB smaller

SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV ?= .venv
CONFIG ?= configs/quick.yaml
ARGS ?=
TORCH_INDEX ?=
WORKERS ?= $(shell nproc 2>/dev/null | awk '{ print ($$1 > 4 ? 4 : $$1) }')
# the first Python that starts (a version manager's shim may exist and refuse)
PYTHON ?= $(shell for python in python3.11 python3.12; do $$python -c "" 2>/dev/null && echo $$python && break; done)

BIN := $(VENV)/bin
LOCK_STAMP := $(VENV)/installed.lock
PROJECT_STAMP := $(VENV)/installed.toml

# one torch thread per process, processes use the cores; nobody is asked for updates over the network
export OMP_NUM_THREADS ?= 1
export NO_ALBUMENTATIONS_UPDATE ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK ?= 1

.PHONY: help install run test check bench clean-venv

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14
	@echo
	@sed -n '2,/^$$/s/^# \{0,1\}//p' $(firstword $(MAKEFILE_LIST))

# Installed again when the lock is newer than what was installed. `incomplete` survives only a kill: pip itself rolls back
# when it fails, so a machine that is offline keeps the environment that it had.
$(LOCK_STAMP): requirements.lock
	@test -n "$(PYTHON)" || { echo "make: neither python3.11 nor python3.12 starts here; install one (Debian: apt-get install" \
	  "python3 python3-venv) or name one: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@if [ -e $(VENV)/incomplete ]; then echo "make: the installation of $(VENV) was killed; starting afresh"; rm -rf $(VENV); fi
	$(PYTHON) -m venv $(VENV)
	@touch $(VENV)/incomplete
	$(BIN)/python -m pip install $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) -r requirements.lock \
	  || { rm $(VENV)/incomplete; exit 1; }
	@rm $(VENV)/incomplete && cp requirements.lock $@

$(PROJECT_STAMP): pyproject.toml $(LOCK_STAMP)
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@cp pyproject.toml $@

install: $(PROJECT_STAMP)  ## make .venv from requirements.lock (the other targets do it by themselves)

run: install  ## the whole way of CONFIG (configs/quick.yaml); finished work is kept and not done again
	$(BIN)/liquidlane run $(CONFIG) $(ARGS)

test: install  ## the test suite; ARGS="-k roads" runs a part
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile $(ARGS)

check: install  ## lint, format, types, import directions, and the test suite
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pipeline.stage_sources
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

bench: install  ## speed, side by side with rivals in one run (benchmarks/soak.py, which takes hours, is run by itself)
	@set -e; for name in $(filter-out soak grid_town,$(notdir $(basename $(wildcard benchmarks/*.py)))); do \
	  echo "== benchmarks/$$name.py"; $(BIN)/python -m benchmarks.$$name $(ARGS); done

clean-venv:  ## remove .venv; the next target makes it again
	rm -rf $(VENV)
