"""Binds the config to the package: the study's plan, and the names of its files."""

import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow" / "scripts"))

from binding import driver, jobs
from binding.sets import Sets
from binding.study import Guard, load_plan
from hypertrial import code
from hypertrial.records import SCORES

PLAN = load_plan(workflow)
STUDY = PLAN.study
GUARD = Guard(workflow, PLAN)
SETS = Sets(workflow, PLAN)
TRIAL = "results/{study}/{dataset}/{model}/trials/{trial}"


wildcard_constraints:
    study=STUDY.name,
    dataset="|".join(PLAN.tasks),
    model="|".join(model.name for model in STUDY.models),
    trial="[0-9a-f]{12}",
    bundle="all|[0-9a-f]+",


def search_of(wildcards):
    """Return the trials of one model on one data set."""
    return PLAN.searches[wildcards.dataset, wildcards.model]


def per_model(path, only=None):
    """Return a path for every model, or only one, on every data set of the study."""
    return [
        path.format(study=STUDY.name, dataset=dataset, model=model)
        for dataset, model in PLAN.searches
        if only in (None, model)
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
    """Return paths by ``dataset/model``."""
    return dict(zip(("/".join(pair) for pair in PLAN.searches), paths))


def per_dataset(path):
    """Return a path for every data set of the study."""
    return expand(path, study=STUDY.name, dataset=PLAN.tasks)


def in_formats(paths):
    """Return each plot as a vector and as a pixel graphic."""
    return [f"{path}.{ending}" for path in paths for ending in ("svg", "png")]


def source_file(wildcards):
    """Return a data set's file; its content counts through the params, not its time."""
    spec = PLAN.dataset(wildcards.dataset)
    return [] if spec.bundled else ancient(spec.source)


def trial_spec(wildcards):
    """Return all that a trial's result depends on, as the params of its job."""
    return PLAN.trial(wildcards.dataset, wildcards.model, wildcards.trial)


def verified_table(wildcards):
    """Have a table made again that was made by other params."""
    folder = "results/{study}/{dataset}/data".format(**wildcards)
    return GUARD.check_table(wildcards.dataset, f"{folder}/table.npz", f"{folder}/table.json")


def verified_splits(wildcards):
    """Have splits made again that were made by other params."""
    return GUARD.check_splits("results/{study}/{dataset}/data/splits.npz".format(**wildcards))


def verified(wildcards):
    """Verify the files that a trial left earlier; a damaged one is moved aside."""
    return GUARD.check(trial_spec(wildcards), TRIAL.format(**wildcards))


def threads_of_fits():
    """Return the threads of a trial: a number, where all have as many, as that is quicker."""
    if all(model.threads == 1 for model in STUDY.models):
        return 1
    return lambda wildcards: STUDY.threads(wildcards.model)


def sample_spec(wildcards):
    """Return the trial that is run again alone: one drawn from those that share work."""
    sample = PLAN.sample(wildcards.dataset, wildcards.model)
    return PLAN.trial(wildcards.dataset, wildcards.model, sample)


def sample_file(name):
    """Return an input function for a file of that trial."""

    def path(wildcards):
        folder = TRIAL.format(trial=sample_spec(wildcards).trial, **wildcards)
        return f"{folder}/{name}"

    return path


def refits():
    """Return the proof, for each search in which trials share work, that they may."""
    return [
        f"results/{STUDY.name}/{dataset}/{model}/refit.json"
        for dataset, model in PLAN.searches
        if PLAN.sample(dataset, model)
    ]


def trials_of_bundle(wildcards):
    """Return the scores of a bundle's trials; that their other files are there is verified."""
    names = {key: value for key, value in wildcards.items() if key != "bundle"}
    return [
        f"{TRIAL.format(trial=trial, **names)}/{SCORES}"
        for trial in search_of(wildcards).bundles[wildcards.bundle]
    ]


def bundles_of(kind):
    """Return an input function for the bundles of a model's trials."""

    def bundles(wildcards):
        folder = "results/{study}/{dataset}/{model}/bundles".format(**wildcards)
        return [f"{folder}/{bundle}.{kind}.jsonl" for bundle in search_of(wildcards).bundles]

    return bundles
