# Everything a person does with Hypertrial. Needs Python 3.11 or later and make, nothing else.
SHELL := /bin/sh
CORES ?= all
CONFIG ?= config/config.yaml
VENV := .venv
BIN := $(VENV)/bin
# On a cluster: with the plugins, and with the cores that the profile names unless CORES does.
CLUSTER = PYTHONPATH="$(CURDIR)/$(VENV)/cluster:$$PYTHONPATH" $(BIN)/python
SENT = --workflow-profile "$(PROFILE)" --configfile "$(CONFIG)" $(if $(filter-out all,$(CORES)),--cores $(CORES))
# Of what makes the forecasts only mistakes and warnings are shown; "all" would hide these, too.
QUIET = --quiet rules progress host reason

.PHONY: help run plan test test-cluster test-long faults bench lint format docs lock environment export-tools cluster-tools clean

help:
	@echo "make run                 set up and run the study of config/config.yaml"
	@echo "make run CONFIG=my.yaml  the same with a config of your own; CORES=4 limits the cores"
	@echo "make run PROFILE=profiles/slurm   the same on a cluster"
	@echo "make plan                say what would run and how long it would take"
	@echo "make test                set up and run the tests and checks"
	@echo "make test-cluster        run the tests of Slurm, kills, full disks and damaged files"
	@echo "make test-long           run the default study on Slurm and on one machine, and compare"
	@echo "make faults              kill a small study 100 times, and say what came of it"
	@echo "make bench               measure against GridSearchCV and others; BENCH='trees --pairs 1'"
	@echo "make lint, make format   only the checks; put the code in its format"
	@echo "make docs                make the tables of config/README.md anew"
	@echo "make export-tools        add what exports to ONNX, MLflow and optuna-dashboard need"
	@echo "make cluster-tools       add Snakemake's plugins for clusters"
	@echo "make lock                resolve requirements.txt and its companions anew (needs uv)"
	@echo "make clean               remove the environment; results stay"

run: environment $(if $(PROFILE),cluster-tools)
	@$(BIN)/python workflow/scripts/ready.py "$(CONFIG)"
ifdef PROFILE
	@$(CLUSTER) -m snakemake forecasts $(SENT) $(QUIET)
	@$(CLUSTER) -m snakemake $(SENT)
else
	@$(BIN)/python -m snakemake --cores $(CORES) --configfile "$(CONFIG)"
endif

plan: environment
	@$(BIN)/python workflow/scripts/ready.py "$(CONFIG)"
	@$(BIN)/python -m snakemake forecasts --cores $(CORES) $(QUIET) --configfile "$(CONFIG)"
	@$(BIN)/python workflow/scripts/plan.py "$(CONFIG)" $(CORES)
	@$(BIN)/python -m snakemake --dry-run --configfile "$(CONFIG)"

test: lint export-tools
	@$(BIN)/python -m pytest -n 2 --dist worksteal

# What takes longer: Slurm, kills, full disks and damaged files of every kind.
test-cluster: export-tools cluster-tools
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "cluster and not long"

# What takes too long for CI: the default study on a Slurm cluster and on one machine.
test-long: export-tools cluster-tools
	@$(BIN)/python -m pytest -m long

# Kills of all kinds at all moments; FAULTS='--kills 20 --seed 2' does others.
faults: environment
	@$(BIN)/python tests/workflow/campaign.py $(FAULTS)

bench: environment
	@$(BIN)/python benchmarks/run.py $(BENCH)

lint: environment
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m snakefmt --check --compact-diff Snakefile workflow/rules
	@$(BIN)/python -m mypy
	@$(BIN)/python -m snakemake --lint

format: environment
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .
	@$(BIN)/python -m snakefmt Snakefile workflow/rules

# The environment is made when it is missing, or made from another lock than today's.
environment:
	@cmp -s requirements.txt $(VENV)/requirements.txt && $(BIN)/python -c "" 2>/dev/null \
	  || sh workflow/scripts/environment.sh $(VENV)

# The same for the packages of exports, which no study needs; it is in step with the first lock.
export-tools: environment
	@cmp -s requirements-export.txt $(VENV)/requirements-export.txt \
	  || sh workflow/scripts/export_tools.sh $(VENV)

# Snakemake imports all plugins whenever it starts, so those for clusters have a folder of their own.
cluster-tools: environment
	@cmp -s requirements-cluster.txt $(VENV)/cluster/requirements-cluster.txt \
	  || sh workflow/scripts/cluster_tools.sh $(VENV)

docs: environment
	@PYTHONPATH=workflow/scripts $(BIN)/python workflow/scripts/docs.py

lock:
	uv pip compile pyproject.toml --group test --universal --python-version 3.11 \
	  --generate-hashes --no-header --quiet --output-file requirements.txt
	uv pip compile --group export --constraint requirements.txt --universal --python-version 3.11 \
	  --generate-hashes --no-header --quiet --output-file requirements-export.txt
	uv pip compile --group cluster --constraint requirements.txt --universal --python-version 3.11 \
	  $$(sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' requirements.txt) \
	  --generate-hashes --no-header --quiet --output-file requirements-cluster.txt

clean:
	rm -rf $(VENV)
