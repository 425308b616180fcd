# `make` lists the commands. Every command sets up what it needs, quickly when it is
# there. Paths are relative, so that a checkout may lie in a folder with spaces.

NOTEBOOK ?= 05
NOTEBOOKS ?=
ARGS ?=
VENV := .venv/$(if $(filter Windows_NT,$(OS)),Scripts/python.exe,bin/python)
STARTER := $(or $(PYTHON),$(shell command -v python3 || command -v python))

.DEFAULT_GOAL := help
.PHONY: help lab run test course stale edit carry check format margins other-cpu \
        constraints setup setup-dev

help:  ## list these commands
	@awk -F ':.*##' '/^[a-z-]+:.*##/ {printf "make %-12s%s\n", $$1, $$2}' Makefile

lab: setup  ## open the course in JupyterLab (ARGS="--no-browser --port 8890")
	@$(VENV) -m tools.lab $(ARGS)

run: setup  ## execute one notebook without a browser (NOTEBOOK=05)
	@$(VENV) -m tools.run_notebook "$(NOTEBOOK)"

test: setup-dev  ## run every test and every notebook (NOTEBOOKS="00 05" for some)
	@$(VENV) -m tools.verify $(NOTEBOOKS)

check: setup-dev  ## lint, format and import rules
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(dir $(VENV))lint-imports

format: setup-dev  ## let ruff format and repair what it can
	$(VENV) -m ruff check --fix .
	$(VENV) -m ruff format .

edit: setup-dev  ## edit the course in JupyterLab, as a contributor
	@$(VENV) -m jupyterlab notebooks $(ARGS)

carry: setup-dev  ## bring an edited .ipynb back to its text (NOTEBOOK=path.ipynb)
	@$(VENV) -m tools.carry "$(NOTEBOOK)"

course: setup-dev  ## rebuild the editions that are stale (ARGS=--force for all)
	@$(VENV) -m tools.build $(ARGS) $(NOTEBOOKS)

stale: setup-dev  ## list the editions that are stale
	@$(VENV) -m tools.build --list-stale $(NOTEBOOKS)

margins: setup-dev  ## how far claims are from failing, over seeds (NOTEBOOKS=05)
	@$(VENV) -m tools.margins $(NOTEBOOKS)

other-cpu: setup-dev  ## run notebooks as on a processor of another type (NOTEBOOKS=05)
	@$(VENV) -m tools.verify --other-cpu $(NOTEBOOKS)

constraints: setup-dev  ## write constraints.txt anew from pyproject.toml
	@$(VENV) -m pip install --quiet uv
	@$(VENV) -m uv pip compile pyproject.toml --all-extras --universal \
	    --python-version 3.11 --no-annotate --no-emit-index-url --quiet \
	    --custom-compile-command "make constraints" --output-file constraints.txt

setup:
	@"$(or $(STARTER),$(error Python 3.11 or newer is needed, and no python3 is on the PATH))" \
	    tools/bootstrap.py

setup-dev:
	@"$(or $(STARTER),$(error Python 3.11 or newer is needed, and no python3 is on the PATH))" \
	    tools/bootstrap.py --dev
