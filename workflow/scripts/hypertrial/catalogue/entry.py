"""What is to be known of a result: what it is made from, by which function, and for what."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hypertrial.catalogue.place import Applies, Level, Place, Read, is_declared, listed
from hypertrial.catalogue.questions import Question

Stage = Literal["data", "tables", "plots"]
Names = str | Sequence[str] | Callable[[Place], str | None]
FORMATS = "svg", "png"
SHOWN = ".svg", ".csv"
PLOTTED_BY = ("matplotlib",)


def _nothing(_: Place) -> list[str]:
    return []


@dataclass(frozen=True)
class Entry:
    """A table, a page or a plot, or several that one function makes.

    Attributes
    ----------
    name
        What messages and labels call it.
    level
        Whether there is one for the study, for each data set, or for each model on each.
    stage
        Those of one level and stage are made by one job, each after those that it reads.
    makes
        The function that makes it in a worker, by its dotted name in the package.
    writes
        The names of its files below the folder of its place, by the function's arguments.
    reads
        The files that it is made from, by the function's arguments.
    given
        The function's other arguments, found from the place.
    beside
        Files that the function reads without being told their paths.
    modules
        Modules that it depends on beside that of its function: those of families.
    libraries
        Libraries whose version it depends on.
    question
        What it answers; it is shown there by Snakemake's own report.
    title, alternative
        Of a plot in the report: its title, and the function, by its dotted name, that tells in
        numbers what it shows.
    applies
        Tells whether there is one for a place.
    """

    name: str
    level: Level
    stage: Stage
    makes: str
    writes: Mapping[str, Names]
    reads: Mapping[str, Read] = field(default_factory=dict)
    given: Mapping[str, Callable[[Place], Any]] = field(default_factory=dict)
    beside: Sequence[Read] = ()
    modules: Callable[[Place], list[str]] = _nothing
    libraries: Sequence[str] = ()
    question: Question | None = None
    title: str = ""
    alternative: str | None = None
    applies: Applies = is_declared

    def names(self, place: Place) -> list[str]:
        """Return the names of its files below the folder of a place."""
        return [name for names in self.writes.values() for name in listed(_named(names, place))]

    @property
    def is_plot(self) -> bool:
        """Tell whether it is a picture of the report."""
        return bool(self.title)

    def shown(self, place: Place) -> dict[str, str]:
        """Return the labels of those of its files that Snakemake's own report shows, by name.

        Of a plot that is the vector graphic, the smaller one.
        """
        names = [name for name in self.names(place) if name.endswith(SHOWN)]
        if self.question is None:
            return {}
        labels = [self.name] if len(names) == 1 else [_stem(name) for name in names]
        return {name: label.replace("_", " ") for name, label in zip(names, labels, strict=True)}

    def outputs(self, place: Place) -> list[str]:
        """Return the paths of its files."""
        return [f"{place.folder}/{name}" for name in self.names(place)]

    def inputs(self, place: Place) -> list[str]:
        """Return the paths of all files that it is made from."""
        every = (*self.reads.values(), *self.beside)
        return [path for read in every for path in listed(read(place))]

    def values(self, place: Place) -> dict[str, Any]:
        """Return the arguments of its function that are not files."""
        return {name: value(place) for name, value in self.given.items()}

    def arguments(self, place: Place) -> dict[str, Any]:
        """Return the arguments of its function."""
        outputs = {name: _in(place, _named(names, place)) for name, names in self.writes.items()}
        inputs = {name: read(place) for name, read in self.reads.items()}
        return {**inputs, **self.values(place), **outputs}

    def code(self, place: Place) -> list[str]:
        """Return the modules that it depends on."""
        return [self.makes.rpartition(".")[0], *self.modules(place)]


def load_function(name: str) -> Callable[..., Any]:
    """Return a function of the package by its dotted name, such as ``plots.winners.tree``."""
    module, _, own = name.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(f"hypertrial.{module}"), own)
    return found


def _named(names: Names, place: Place) -> str | Sequence[str] | None:
    return names(place) if callable(names) else names


def _stem(name: str) -> str:
    return name.rpartition("/")[2].partition(".")[0]


def _in(place: Place, names: str | Sequence[str] | None) -> Any:
    if names is None or isinstance(names, str):
        return f"{place.folder}/{names}"
    return [f"{place.folder}/{name}" for name in names]


def table(level: Level, file: str, makes: str, reads: Mapping[str, Read], **others: Any) -> Entry:
    """Return the entry of a table or page that is one file, and named after it."""
    defaults = {"writes": {"output": file}, "name": _stem(file), "stage": "tables"}
    return Entry(level=level, makes=makes, reads=reads, **{**defaults, **others})


def plot(level: Level, file: str, makes: str, reads: Mapping[str, Read], **others: Any) -> Entry:
    """Return the entry of a plot, in all formats, named after its file.

    ``file`` has no ending, such as ``plots/tree``.
    """
    defaults = {
        "writes": {"outputs": tuple(f"{file}.{ending}" for ending in FORMATS)},
        "name": _stem(file),
        "libraries": PLOTTED_BY,
        "stage": "plots",
    }
    return Entry(level=level, makes=makes, reads=reads, **{**defaults, **others})
