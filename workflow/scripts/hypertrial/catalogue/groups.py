"""All entries, and the groups that one job makes: those of a level and a stage."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import PurePath
from typing import Any

from hypertrial import code, files
from hypertrial.catalogue import (
    of_data,
    of_datasets,
    of_study,
    of_winners,
    of_winners_plots,
)
from hypertrial.catalogue.entry import Entry, Stage
from hypertrial.catalogue.place import Level, Place, refits
from hypertrial.catalogue.questions import Question
from hypertrial.plan import Plan

__all__ = ["Group", "Kind", "Place", "refits"]

ENTRIES: tuple[Entry, ...] = (
    *of_data.ENTRIES,
    *of_winners.ENTRIES,
    *of_winners_plots.ENTRIES,
    *of_datasets.ENTRIES,
    *of_study.ENTRIES,
)
FOLDERS = {"study": 0, "dataset": 1, "model": 2}
"""How many folders below the study's are those of a place."""


@dataclass(frozen=True)
class Shown:
    """Where Snakemake's own report shows a file, and what it is called there."""

    question: Question
    label: str


@dataclass(frozen=True)
class Kind:
    """Places in which a group has files of the same names, as a rule of Snakemake makes.

    ``entries`` are what makes them.
    """

    name: str
    entries: list[Entry]
    places: list[Place]

    @property
    def names(self) -> list[str]:
        """The names of the files below the folder of each place."""
        return [name for entry in self.entries for name in entry.names(self.places[0])]

    @property
    def datasets(self) -> list[str]:
        """The data sets of the places."""
        return list(dict.fromkeys(place.dataset for place in self.places))

    @property
    def models(self) -> list[str]:
        """The models of the places."""
        return list(dict.fromkeys(place.model for place in self.places))

    def shown(self, name: str) -> Shown | None:
        """Return where a file is shown, None if it is not."""
        for entry in self.entries:
            label = entry.shown(self.places[0]).get(name)
            if label is not None and entry.question is not None:
                return Shown(entry.question, label)
        return None


@dataclass(frozen=True)
class Group:
    """The entries of a level and a stage."""

    plan: Plan
    level: Level
    stage: Stage

    def entries(self, place: Place) -> list[Entry]:
        """Return those that a place has."""
        return [
            entry
            for entry in ENTRIES
            if (entry.level, entry.stage) == (self.level, self.stage) and entry.applies(place)
        ]

    def place(self, dataset: str = "", model: str = "") -> Place:
        """Return a place of the group."""
        return Place(self.plan, dataset, model)

    @cached_property
    def places(self) -> list[Place]:
        """Return all places that have entries of the group."""
        if self.level == "study":
            every = [self.place()]
        elif self.level == "dataset":
            every = [self.place(name) for name in self.plan.datasets]
        else:
            every = [self.place(*pair) for pair in self.plan.searches]
        return [place for place in every if self.entries(place)]

    def kinds(self, name: str) -> list[Kind]:
        """Return the kinds of the group's places; each gets a name that begins so."""
        found: dict[tuple[str, tuple[str, ...]], list[Place]] = {}
        for place in self.places:
            names = tuple(each for entry in self.entries(place) for each in entry.names(place))
            found.setdefault((place.model, names), []).append(place)
        kinds: list[Kind] = []
        for (model, _), places in found.items():
            own = f"{name}_{model}" if model else name
            count = sum(each.models == [model] for each in kinds)
            called = f"{own}_{count + 1}" if count else own
            kinds.append(Kind(called, self.entries(places[0]), places))
        return kinds

    def outputs(self, place: Place) -> list[str]:
        """Return the files that a place has of the group."""
        return [path for entry in self.entries(place) for path in entry.outputs(place)]

    def inputs(self, place: Place) -> list[str]:
        """Return the files that the group is made from; those that it makes itself are not."""
        made = set(self.outputs(place))
        every = [path for entry in self.entries(place) for path in entry.inputs(place)]
        return [path for path in dict.fromkeys(every) if path not in made]

    def params(self, place: Place) -> str:
        """Return what the group's files depend on beside files, as canonical JSON."""
        entries = self.entries(place)
        modules = {module for entry in entries for module in entry.code(place)}
        return files.canonical_json(
            {
                "entries": {each.name: [each.makes, each.values(place)] for each in entries},
                "code": code.digest(*sorted(modules)),
                "libraries": {n: version(n) for each in entries for n in each.libraries},
            }
        )

    def needs(self, place: Place) -> dict[str, list[str]]:
        """Return for the name of each entry those of the others that it is made from."""
        entries = self.entries(place)
        maker = {path: entry.name for entry in entries for path in entry.outputs(place)}
        return {
            entry.name: [maker[path] for path in entry.inputs(place) if path in maker]
            for entry in entries
        }


def groups(plan: Plan) -> Iterator[Group]:
    """Yield all groups of a study."""
    for level, stage in dict.fromkeys((entry.level, entry.stage) for entry in ENTRIES):
        yield Group(plan, level, stage)


def all_files(plan: Plan) -> list[str]:
    """Return all files that the catalogue has for a study."""
    return [
        path for group in groups(plan) for place in group.places for path in group.outputs(place)
    ]


def plots(level: Level) -> list[Entry]:
    """Return the plots of a level, in the order of the report."""
    return [entry for entry in ENTRIES if entry.level == level and entry.is_plot]


def plot_of(path: PurePath) -> Entry | None:
    """Return the entry of a plot, given its path below the folder of its study."""
    for entry in ENTRIES:
        name = "/".join(path.parts[FOLDERS[entry.level] :])
        if entry.is_plot and name in _written(entry):
            return entry
    return None


def _written(entry: Entry) -> Sequence[Any]:
    return [name for names in entry.writes.values() if not callable(names) for name in names]


def alternatives() -> list[str]:
    """Return the modules whose functions tell what plots show."""
    named = (entry.alternative for entry in ENTRIES if entry.alternative)
    return sorted({function.rpartition(".")[0] for function in named})
