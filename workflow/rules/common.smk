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
from hypertrial import code, files, seeds
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


def per_model(path, only=None):
    """Return a path for every model, or only one, on every data set of the config."""
    return [
        path.format(study=STUDY.name, dataset=dataset, model=model)
        for dataset, model in PLAN.declared_searches
        if only in (None, model)
    ]


def per_search(path):
    """Return a path for every search, those on derived data sets too."""
    return [
        path.format(study=STUDY.name, dataset=dataset, model=model)
        for dataset, model in PLAN.searches
    ]


def models_of(name):
    """Return an input function for a file of every model on one data set."""

    def paths(wildcards):
        folder = "results/{study}/{dataset}".format(**wildcards)
        return [f"{folder}/{model.name}/{name}" for model in STUDY.models]

    return paths


def by_model(paths):
    """Return paths of one data set by their model's name."""
    return dict(zip((model.name for model in STUDY.models), paths))


def by_search(paths):
    """Return paths below the folders of searches by ``dataset/model``."""
    return {"/".join(Path(path).parts[2:4]): path for path in paths}


def per_dataset(path):
    """Return a path for every data set of the config."""
    return expand(path, study=STUDY.name, dataset=DECLARED)


def in_formats(paths):
    """Return each plot as a vector and as a pixel graphic."""
    return [f"{path}.{ending}" for path in paths for ending in ("svg", "png")]


def compares_datasets():
    """Tell whether models can be ranked over data sets."""
    return len(DECLARED) > 1 and len(STUDY.models) > 1


def answers():
    """Return the tables that answer questions of each data set, and of all."""
    names = ("significance", "tuning", "tunability", "budget", "importance")
    folder = "results/{study}/{dataset}"
    ranks = [f"results/{STUDY.name}/ranks.csv"] if compares_datasets() else []
    return ranks + [path for name in names for path in per_dataset(f"{folder}/{name}.csv")]


def answers_by_dataset():
    """Return the paths of a data set's tables that the summary tells of, by their names."""
    folder = f"results/{STUDY.name}/{{dataset}}"
    names = ("significance", "tuning", "importance")
    return {
        dataset: {name: f"{folder}/{name}.csv".format(dataset=dataset) for name in names}
        for dataset in DECLARED
    }
