"""The plan of a study: the task and the trials of every data set and model."""

import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from typing import Any

from hypertrial import code, files, plan_checks, search, seeds, space, target_checks
from hypertrial.checking import Check
from hypertrial.config import ModelSpec, Study
from hypertrial.data import datasets, derived
from hypertrial.data.spec import DatasetSpec
from hypertrial.errors import ConfigError, DataError, Mistakes
from hypertrial.families import Task
from hypertrial.models import get_family
from hypertrial.records import TrialSpec
from hypertrial.search import Search
from hypertrial.wording import counted

LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "scikit-learn")
"""What every result depends on; a trial depends on the libraries of its family, too."""
PER_SEARCH = 100
"""The highest priority of a trial within its search."""


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

    @cached_property
    def datasets(self) -> dict[str, DatasetSpec]:
        """The specs of all data sets by name: the config's, then those derived from them."""
        return {each.name: each for each in (*self.study.datasets, *_derived(self.study))}

    def derived(self, parent: str | None = None) -> list[str]:
        """Return the names of the data sets that are derived from one, or from any."""
        return [
            name
            for name, spec in self.datasets.items()
            if spec.parent is not None and parent in (None, spec.parent)
        ]

    @cached_property
    def declared_searches(self) -> list[tuple[str, str]]:
        """The searches on the config's own data sets."""
        return [pair for pair in self.searches if self.datasets[pair[0]].parent is None]

    def dataset(self, name: str) -> DatasetSpec:
        """Return the spec of a data set."""
        return self.datasets[name]

    def data_params(self, name: str) -> str:
        """Return what a data set's table depends on, as canonical JSON."""
        spec = self.dataset(name)
        if spec.parent is not None:
            return files.canonical_json(
                {
                    "name": name,
                    "parent": files.digest_text(self.data_params(spec.parent)),
                    "outer": spec.outer,
                    "splits": self._splits(),
                    "code": code.digest("data.derived"),
                }
            )
        return files.canonical_json(
            {
                "spec": asdict(spec),
                "task": self.tasks[name],
                "source": self.sources[name],
                "versions": self.versions,
                "code": code.digest("data.datasets"),
            }
        )

    def split_params(self, name: str) -> str:
        """Return what a data set's splits depend on beside the table, as canonical JSON."""
        outer = self.dataset(name).outer
        if outer is not None:
            own = {"outer": outer, "code": code.digest("splitting.outer")}
            return files.canonical_json({**self._splits(), **own})
        return files.canonical_json({**self._splits(), "code": code.digest("splitting.making")})

    def check_code(self) -> str:
        """Return a digest of the code that finds mistakes in data."""
        return code.digest("checking")

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

    def priority(self, dataset: str, model: str, trial: str) -> int:
        """Return when a trial's turn is: one search after the other, and long trials first.

        So the first searches have their results while the others run.
        """
        search = self.searches[dataset, model]
        return PER_SEARCH * self._turns[dataset, model] + search.priority(trial)

    @property
    def results_priority(self) -> int:
        """A priority above that of all trials."""
        return PER_SEARCH * (len(self.searches) + 1)

    @cached_property
    def _turns(self) -> dict[tuple[str, str], int]:
        """How many searches come after each."""
        return {pair: i for i, pair in enumerate(reversed(list(self.searches)))}

    def trial(self, dataset: str, model: str, trial: str) -> TrialSpec:
        """Return the spec of one trial."""
        if (dataset, model, trial) not in self._specs:
            point = self.searches[dataset, model].points[trial]
            self._specs[dataset, model, trial] = replace(
                self._commons[dataset, model], trial=trial, hyperparameters=point.hyperparameters
            )
        return self._specs[dataset, model, trial]

    @cached_property
    def _specs(self) -> dict[tuple[str, str, str], TrialSpec]:
        return {}

    @cached_property
    def _commons(self) -> dict[tuple[str, str], TrialSpec]:
        """What the specs of all trials of each search have in common."""
        return {pair: self._common(*pair) for pair in self.searches}

    def _common(self, dataset: str, model: str) -> TrialSpec:
        data = {key: v for key, v in asdict(self.dataset(dataset)).items() if key != "source"}
        return TrialSpec(
            study=self.study.name,
            dataset=dataset,
            model=model,
            trial="",
            task=self.searches[dataset, model].task,
            hyperparameters={},
            metrics=sorted(self.metrics(dataset)),  # their order is no matter of the trial
            seed=seeds.derive(self.study.seed, "estimator"),
            source=self.sources[dataset],
            data=data,
            splits=self._splits(),
            versions={**self.versions, **_versions(get_family(model).libraries)},
            code=code.digest("trial", f"models.{model}"),
        )

    def search_spec(self, dataset: str, model: str) -> TrialSpec:
        """Return the spec of a search's first trial, for what all of them share."""
        return self.trial(dataset, model, self.searches[dataset, model].trials[0].id)

    def points(self, dataset: str, model: str) -> str:
        """Return the hyperparameters of all trials of a search, as JSON."""
        trials = sorted(self.searches[dataset, model].trials, key=lambda trial: trial.id)
        return files.canonical_json([trial.hyperparameters for trial in trials])

    def sample(self, dataset: str, model: str) -> str | None:
        """Return a trial, drawn by the seed, of those that share work; None if none do."""
        shared = sorted(self.searches[dataset, model].shared_trials())
        drawn = seeds.derive(self.study.seed, "refit", dataset, model)
        return shared[drawn % len(shared)] if shared else None

    def lines(self) -> list[str]:
        """Say in a few lines how many trials each model has, and in how many sets."""
        rows = [
            f"  {dataset}: "
            + ", ".join(
                f"{model} {self.searches[other, model].describe()}"
                for other, model in self.declared_searches
                if other == dataset
            )
            + f" ({self.tasks[dataset]})"
            + self._copies(dataset)
            for dataset in dict.fromkeys(dataset for dataset, _ in self.declared_searches)
        ]
        shared = any(len(own.sets) < len(own.trials) for own in self.searches.values())
        note = "; trials of a set share a fit or a kernel matrix" if shared else ""
        return [f"Study '{self.study.name}': {counted(self.size, 'trial')}{note}", *rows]

    def _copies(self, dataset: str) -> str:
        """Say which searches are made again of what is derived from a data set."""
        study = self.study
        again = [counted(study.outer_folds, "outer fold")] if study.outer_folds else []
        again += ["permuted targets"] if study.permuted else []
        return f", and the same for {' and '.join(again)}" if again else ""


def _derived(study: Study) -> list[DatasetSpec]:
    return [
        child
        for parent in study.datasets
        for child in derived.specs(parent, study.outer_folds, study.permuted)
    ]


def make(study: Study) -> Plan:
    """Find the tasks, check the grids, and expand them.

    Raises
    ------
    ConfigError
        For mistakes in the grids, or a study of more than ``max_trials`` trials.
    DataError
        If a source cannot be read, lacks a column, or its task is not obvious. Then all data sets
        are read, so that all that is wrong with any of them is said at once.
    """
    sources, tasks = _look_at_data(study)
    for child in _derived(study):
        parent = str(child.parent)
        sources[child.name], tasks[child.name] = sources[parent], tasks[parent]
    _check_size(study, tasks)
    searches = {
        (dataset, model.name): _search(dataset, model, task)
        for dataset, task in tasks.items()
        for model in study.models
    }
    return Plan(study, tasks, sources, searches, _versions(LIBRARIES))


def _look_at_data(study: Study) -> tuple[dict[str, str], dict[str, Task]]:
    """Return the digest of each data set's source, and its task; refuse what cannot be planned."""
    found = Mistakes()
    sources: dict[str, str] = {}
    tasks: dict[str, Task] = {}
    for spec in study.datasets:
        with found.collect():
            sources[spec.name] = datasets.source_digest(spec)
            datasets.check_columns(spec)
            tasks[spec.name] = datasets.find_task(spec)
    in_data = bool(found)
    unsuited = partial(target_checks.mistakes, look=not in_data, grids=plan_checks.grids)
    for find in (
        plan_checks.split_mistakes,
        unsuited,
        plan_checks.grid_mistakes,
        plan_checks.thread_mistakes,
    ):
        found.add(*(f"{study.origin}: {line}" for line in find(study, tasks)))
    if found:
        for spec in study.datasets:
            if spec.name in sources:
                found.add(*check(study, spec, tasks.get(spec.name)).mistakes())
    found.settle(DataError if in_data else ConfigError)
    return sources, tasks


def check(study: Study, spec: DatasetSpec, task: Task | None) -> Check:
    """Return what finds the mistakes in the data of one of a study's data sets."""
    alone = replace(study, datasets=(spec,))
    unsuited = task is None or any(plan_checks.split_mistakes(alone, {spec.name: task}))
    rules = None if unsuited else study.split
    return Check(spec, task, rules, study.seed, study.outer_folds, study.permuted)


def _check_size(study: Study, tasks: Mapping[str, Task]) -> None:
    sizes = {
        f"{model.name} on {dataset}": _size(model, task)
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


def _size(model: ModelSpec, task: Task) -> int:
    return space.size(get_family(model.name), task, plan_checks.grids(model, task)[1])


def _search(dataset: str, model: ModelSpec, task: Task) -> Search:
    _, grids = plan_checks.grids(model, task)
    trials = space.expand(get_family(model.name), task, grids)
    return search.Search(dataset, model.name, task, trials)


def _versions(libraries: Sequence[str]) -> dict[str, str]:
    return {name: _version(name) for name in libraries}


def _version(library: str) -> str:
    """Return an installed version; on Linux XGBoost comes as ``xgboost-cpu``."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return importlib.metadata.version(f"{library}-cpu")
