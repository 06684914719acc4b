"""Binds the config to the package: the study's plan, and the names of its files."""

import re
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow" / "scripts"))

from binding import driver, jobs, sealing, workers
from binding.cluster import Cluster
from binding.sets import Sets
from binding.study import Guard, load_plan
from hypertrial import code, files
from hypertrial.catalogue import groups as catalogue
from hypertrial.catalogue.groups import Group
from hypertrial.records import SCORES

PLAN = load_plan(workflow)
STUDY = PLAN.study
DECLARED = [each.name for each in STUDY.datasets]
DERIVED = PLAN.derived()
OUTER = [name for name in DERIVED if PLAN.dataset(name).outer]
SEALS = sealing.watch(workflow, STUDY.name)
GUARD = Guard(workflow, PLAN)
SETS = Sets(workflow, PLAN)
CLUSTER = Cluster(workflow, PLAN)
# Before further trials come first what these or a winner wait for, then results, then proofs.
FIRST, NEXT, THEN = (PLAN.results_priority + more for more in (2, 1, 0))
TRIAL = "results/{study}/{dataset}/{model}/trials/{trial}"


def any_of(names):
    """Return the pattern of any of some names, or one that matches nothing if there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    study=STUDY.name,
    dataset=any_of(PLAN.tasks),
    model="|".join(model.name for model in STUDY.models),
    trial="[0-9a-f]{12}",
    bundle="all|[0-9a-f]+",


def search_of(wildcards):
    """Return the trials of one model on one data set."""
    return PLAN.searches[wildcards.dataset, wildcards.model]


def per_search(path):
    """Return a path for every search, those on derived data sets too."""
    return [
        path.format(study=STUDY.name, dataset=dataset, model=model)
        for dataset, model in PLAN.searches
    ]


def by_search(paths):
    """Return paths below the folders of searches by ``dataset/model``."""
    return {"/".join(Path(path).parts[2:4]): path for path in paths}
