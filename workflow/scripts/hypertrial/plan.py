"""The plan of a study: the task and the trials of every data set and model."""

import importlib.metadata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from hypertrial import code, files, seeds, space
from hypertrial.config import ModelSpec, Study
from hypertrial.data import datasets
from hypertrial.data.spec import DatasetSpec
from hypertrial.data.table import ROLES
from hypertrial.errors import ConfigError, DataError
from hypertrial.families import Family, Grids, Task
from hypertrial.models import get_family
from hypertrial.records import TrialSpec
from hypertrial.space import Trial
from hypertrial.splitting import split_rules

LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "xgboost")
ONE_BUNDLE = 256
ALL = "all"


@dataclass(frozen=True)
class Search:
    """The trials of one model on one data set."""

    dataset: str
    model: str
    task: Task
    trials: tuple[Trial, ...]

    @cached_property
    def points(self) -> dict[str, Trial]:
        """The trials by their ids."""
        return {trial.id: trial for trial in self.trials}

    @property
    def prefix(self) -> int:
        """How many leading digits of a trial's id name its bundle.

        A bundle holds a few hundred trials; growing a grid moves none between bundles until
        their number has to grow sixteenfold.
        """
        length = 0
        while len(self.trials) > ONE_BUNDLE * 16**length:
            length += 1
        return length

    @cached_property
    def bundles(self) -> dict[str, list[str]]:
        """The ids of the trials of each bundle."""
        result: dict[str, list[str]] = {}
        for trial in self.trials:
            result.setdefault(trial.id[: self.prefix] or ALL, []).append(trial.id)
        return dict(sorted(result.items()))


@dataclass(frozen=True)
class Plan:
    """A study with everything that can be known before it runs."""

    study: Study
    tasks: Mapping[str, Task]
    sources: Mapping[str, str]
    searches: Mapping[tuple[str, str], Search]
    versions: Mapping[str, str]

    @property
    def size(self) -> int:
        """The number of trials."""
        return sum(len(search.trials) for search in self.searches.values())

    def dataset(self, name: str) -> DatasetSpec:
        """Return the spec of a data set."""
        return next(each for each in self.study.datasets if each.name == name)

    def data_params(self, name: str) -> str:
        """Return what a data set's table depends on, as canonical JSON."""
        return files.canonical_json(
            {
                "spec": asdict(self.dataset(name)),
                "task": self.tasks[name],
                "source": self.sources[name],
                "versions": self.versions,
                "code": code.digest("data.datasets"),
            }
        )

    def split_params(self) -> str:
        """Return what splits depend on beside the table, as canonical JSON."""
        return files.canonical_json({**self._splits(), "code": code.digest("splitting.making")})

    def _splits(self) -> dict[str, Any]:
        return {**asdict(self.study.split), "seed": self.study.seed}

    def metrics(self, dataset: str) -> list[str]:
        """Return the metrics of a data set, the one that ranks first."""
        return list(self.study.metrics[self.tasks[dataset]])

    def winner_rules(self, dataset: str) -> dict[str, Any]:
        """Return how winners are chosen and scored on held-out rows, and the scores' intervals.

        All models of a data set draw the same rows.
        """
        study = self.study
        return {
            "metrics": self.metrics(dataset),
            "selection": study.selection,
            "repeats": study.split.repeats,
            "resamples": study.resamples,
            "level": study.level,
            "seed": seeds.derive(study.seed, "bootstrap", dataset),
        }

    def trial(self, dataset: str, model: str, trial: str) -> TrialSpec:
        """Return the spec of one trial."""
        search = self.searches[dataset, model]
        data = {key: v for key, v in asdict(self.dataset(dataset)).items() if key != "source"}
        return TrialSpec(
            study=self.study.name,
            dataset=dataset,
            model=model,
            trial=trial,
            task=search.task,
            hyperparameters=search.points[trial].hyperparameters,
            metrics=sorted(self.metrics(dataset)),  # their order is no matter of the trial
            seed=seeds.derive(self.study.seed, "estimator"),
            source=self.sources[dataset],
            data=data,
            splits=self._splits(),
            versions=dict(self.versions),
            code=code.digest("trial", f"models.{model}"),
        )

    def lines(self) -> list[str]:
        """Say in a few lines how many trials each model has."""
        rows = [
            f"  {dataset}: "
            + ", ".join(
                f"{model} {len(self.searches[dataset, model].trials)}"
                for other, model in self.searches
                if other == dataset
            )
            + f" ({self.tasks[dataset]})"
            for dataset in self.tasks
        ]
        return [f"Study '{self.study.name}': {self.size} trials", *rows]


def make(study: Study) -> Plan:
    """Find the tasks, check the grids, and expand them.

    Raises
    ------
    ConfigError
        For mistakes in the grids, a line each, or a study of more than ``max_trials`` trials.
    DataError
        If a source cannot be read, lacks a column, or its task is not obvious.
    """
    sources = {each.name: datasets.source_digest(each) for each in study.datasets}
    for each in study.datasets:
        datasets.check_columns(each)
    tasks = {each.name: datasets.find_task(each) for each in study.datasets}
    wrong = dict.fromkeys(
        line
        for find in (_split_mistakes, _monotone_mistakes, _grid_mistakes)
        for line in find(study, tasks)
    )
    if wrong:
        raise ConfigError("\n".join(f"{study.origin}: {line}" for line in wrong))
    _check_size(study, tasks)
    searches = {
        (dataset, model.name): _search(dataset, model, task)
        for dataset, task in tasks.items()
        for model in study.models
    }
    return Plan(study, tasks, sources, searches, _versions())


def _grids(model: ModelSpec, task: Task) -> tuple[str, Grids]:
    """Return a model's grids, each with what the config sets of preprocessing, and their key."""
    own: tuple[str, Grids] = f"models.{model.name}", get_family(model.name).default_grids(task)
    key, grids = model.grids[task] or own
    return key, tuple({**model.preprocessing, **grid} for grid in grids)


def _grid_mistakes(study: Study, tasks: Mapping[str, Task]) -> Iterator[str]:
    for model in study.models:
        family: Family = get_family(model.name)
        for task in dict.fromkeys(tasks.values()):
            place = f"models.{model.name}.preprocessing"
            wrong = [
                *_preprocessing_mistakes(family, task, place, model),
                *space.mistakes(family, task, place, (model.preprocessing,)),
            ]
            yield from wrong
            if not wrong:
                yield from space.mistakes(family, task, *_grids(model, task))


def _preprocessing_mistakes(
    family: Family, task: Task, place: str, model: ModelSpec
) -> Iterator[str]:
    declared = family.declared(task)
    for name in model.preprocessing:
        if name in declared and declared[name].stage != "preprocessing":
            yield f"{place}.{name}: is a hyperparameter of the model; put it into its grid"


def _split_mistakes(study: Study, tasks: Mapping[str, Task]) -> Iterator[str]:
    for spec in study.datasets:
        roles = [role for role in ROLES if getattr(spec, role) is not None]
        try:
            split_rules.resolve(spec.name, tasks[spec.name], roles, study.split)
        except DataError as error:
            yield str(error)


def _monotone_mistakes(study: Study, tasks: Mapping[str, Task]) -> Iterator[str]:
    for spec in study.datasets:
        if spec.monotone and tasks[spec.name] == "multiclass":
            yield (
                f"datasets.{spec.name}.monotone: is for regression and for two classes, "
                "the task is multiclass"
            )


def _check_size(study: Study, tasks: Mapping[str, Task]) -> None:
    sizes = {
        f"{model.name} on {dataset}": space.size(_grids(model, task)[1])
        for dataset, task in tasks.items()
        for model in study.models
    }
    total = sum(sizes.values())
    if total > study.max_trials:
        largest = max(sizes, key=lambda name: sizes[name])
        raise ConfigError(
            f"{study.origin}: models: {total} trials, {sizes[largest]} of them {largest}; "
            f"at most max_trials ({study.max_trials}) are allowed"
        )


def _search(dataset: str, model: ModelSpec, task: Task) -> Search:
    _, grids = _grids(model, task)
    family = get_family(model.name)
    trials = space.expand(family, task, grids)
    return Search(dataset, model.name, task, trials)


def _versions() -> dict[str, str]:
    return {name: _version(name) for name in LIBRARIES}


def _version(library: str) -> str:
    """Return an installed version; on Linux XGBoost comes as ``xgboost-cpu``."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return importlib.metadata.version(f"{library}-cpu")
