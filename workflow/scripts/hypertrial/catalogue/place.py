"""Where a result belongs: to a study, one of its data sets, or a model on one; and what applies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hypertrial.explanation import registry
from hypertrial.models import get_family
from hypertrial.plan import Plan

Level = Literal["study", "dataset", "model"]
Paths = str | None | Sequence[str] | Mapping[str, Any]
"""A path, several, or some by names; None where there is none."""


@dataclass(frozen=True)
class Place:
    """A study, one of its data sets, or a model on one of them."""

    plan: Plan
    dataset: str = ""
    model: str = ""

    @property
    def level(self) -> Level:
        """What kind of place it is."""
        return "model" if self.model else "dataset" if self.dataset else "study"

    @property
    def folder(self) -> str:
        """The folder of its results."""
        names = filter(None, (self.plan.study.name, self.dataset, self.model))
        return "/".join(("results", *names))

    @property
    def models(self) -> list[str]:
        """The names of the study's models."""
        return [model.name for model in self.plan.study.models]

    def __str__(self) -> str:
        """Return how a message names it."""
        return "/".join(filter(None, (self.dataset, self.model))) or self.plan.study.name


Read = Callable[[Place], Paths]
Applies = Callable[[Place], bool]


def own(name: str) -> Read:
    """Return what finds a file of a place itself."""
    return lambda place: f"{place.folder}/{name}"


def of_data(*names: str) -> Read:
    """Return what finds files of a place's data set: one, or a list of several."""

    def paths(place: Place) -> Paths:
        folder = f"results/{place.plan.study.name}/{place.dataset}/data"
        found = [f"{folder}/{name}" for name in names]
        return found if len(found) > 1 else found[0]

    return paths


TABLE = of_data("table.npz", "table.json")
SPLITS = of_data("splits.npz")


def by_model(name: str) -> Read:
    """Return what finds a file of each model on a data set, by the model's name."""
    return lambda place: {model: f"{place.folder}/{model}/{name}" for model in place.models}


def of_models(name: str) -> Read:
    """Return what finds a file of each model on a data set, as a list."""
    return lambda place: [f"{place.folder}/{model}/{name}" for model in place.models]


def by_search(name: str, with_derived: bool = False) -> Read:
    """Return what finds a file of each search of a study, by ``dataset/model``.

    Searches on data sets that are made of the config's own count only ``with_derived``.
    """

    def paths(place: Place) -> dict[str, str]:
        plan = place.plan
        pairs = plan.searches if with_derived else plan.declared_searches
        return {f"{d}/{m}": f"{place.folder}/{d}/{m}/{name}" for d, m in pairs}

    return paths


def of_searches(name: str, with_derived: bool = False) -> Read:
    """Return what finds a file of each search of a study, as a list."""
    found = by_search(name, with_derived)
    return lambda place: listed(found(place))


def of_datasets(name: str) -> Read:
    """Return what finds a file of each data set of the config."""
    return lambda place: [f"{place.folder}/{each.name}/{name}" for each in declared_datasets(place)]


def of_outer_folds(name: str) -> Read:
    """Return what finds a file of a search in each outer fold of its data set, by search."""

    def paths(place: Place) -> dict[str, list[str]]:
        plan = place.plan
        if not plan.study.outer_folds:
            return {}
        return {
            f"{dataset}/{model}": [
                f"{place.folder}/{fold}/{model}/{name}"
                for fold in plan.derived(dataset)
                if plan.dataset(fold).outer
            ]
            for dataset, model in plan.declared_searches
        }

    return paths


def of_permuted(name: str) -> Read:
    """Return what finds a file of a search on its data set's permuted targets, by search."""

    def paths(place: Place) -> dict[str, str]:
        plan = place.plan
        return {
            f"{dataset}/{model}": f"{place.folder}/{other}/{model}/{name}"
            for dataset, model in plan.declared_searches
            for other in plan.derived(dataset)
            if not plan.dataset(other).outer
        }

    return paths


def refits(place: Place) -> list[str]:
    """Return the proof, for each search in which trials share work, that they may."""
    plan = place.plan
    found = [pair for pair in plan.searches if plan.sample(*pair)]
    return [f"{place.folder}/{dataset}/{model}/refit.json" for dataset, model in found]


def learned_file(place: Place) -> str | None:
    """Return the name of the file in which a model's family tells what was learned, if any."""
    return registry.get(place.model).table


def learned_table(place: Place) -> str | None:
    """Return the path of that file."""
    name = learned_file(place)
    return None if name is None else f"{place.folder}/{name}"


def listed(paths: Paths) -> list[str]:
    """Return all paths in a list."""
    if paths is None:
        return []
    if isinstance(paths, str):
        return [paths]
    each = paths.values() if isinstance(paths, Mapping) else paths
    return [path for some in each for path in listed(some)]


def declared_datasets(place: Place) -> Sequence[Any]:
    """Return the data sets of the config."""
    return place.plan.study.datasets


def is_declared(place: Place) -> bool:
    """Tell whether a place is the study, or of a data set of the config."""
    return not place.dataset or place.plan.dataset(place.dataset).parent is None


def is_permuted(place: Place) -> bool:
    """Tell whether a place is of a data set whose targets are permuted."""
    spec = place.plan.dataset(place.dataset)
    return spec.parent is not None and not spec.outer


def is_classification(place: Place) -> bool:
    """Tell whether a place's data set has classes."""
    return is_declared(place) and place.plan.tasks[place.dataset] != "regression"


def compares_datasets(place: Place) -> bool:
    """Tell whether a study's models can be ranked over data sets."""
    return len(declared_datasets(place)) > 1 and len(place.models) > 1


def is_one_tree(place: Place) -> bool:
    """Tell whether a place's model is one tree, which can be drawn."""
    return is_declared(place) and get_family(place.model).is_tree


def is_boosted(place: Place) -> bool:
    """Tell whether a place's model has rounds that make a curve."""
    return is_declared(place) and registry.get(place.model).rounds is not None


def has_learned_file(place: Place) -> bool:
    """Tell whether a place's family tells in a file of its own what was learned."""
    return is_declared(place) and learned_file(place) is not None


def own_model(place: Place) -> list[str]:
    """Return the module of a place's family."""
    return [f"models.{place.model}"]


def all_models(place: Place) -> list[str]:
    """Return the modules of a study's families."""
    return [f"models.{model}" for model in place.models]


def explained_model(place: Place) -> list[str]:
    """Return the modules of a place's family, and of what explains it."""
    module = registry.module_of(place.model)
    return [*own_model(place), *([module] if module else [])]
