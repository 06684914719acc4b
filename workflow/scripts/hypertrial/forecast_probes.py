"""Probes: what a fold of a set of trials that share work takes on a sample of the rows."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hypertrial import trial
from hypertrial.data.table import Table
from hypertrial.families import Value
from hypertrial.setting import Setting
from hypertrial.sharing import Shared

Rows = npt.NDArray[Any]

LEAST_OF_A_CLASS = 6
"""Rows of a class in a sample, twice those that a calibration of three folds needs."""
PROBED_TRIALS = 3
"""Of a set: those of the least, the middle and the most work."""


class Member(NamedTuple):
    """A trial of a set: what the search set, all effective hyperparameters, and its work."""

    chosen: Mapping[str, Value]
    values: Mapping[str, Value]
    work: float


Members = Sequence[Member]


def work_of(members: Members) -> float:
    """Return the work of a set of trials."""
    return sum(each.work for each in members)


@dataclass(frozen=True)
class Sample:
    """Some rows of a table, and the positions of those to fit and of those to validate on."""

    table: Table
    training: Rows
    validation: Rows

    @property
    def rows(self) -> int:
        """The number of rows to fit."""
        return len(self.training)


class Probe(NamedTuple):
    """CPU seconds of a fold of a set of trials that trains on ``rows``, told by those ``timed``.

    ``spent`` is what the probe took.
    """

    members: Members
    timed: Members
    rows: int
    seconds: float
    spent: float
    failure: str | None = None


def draw(table: Table, split: tuple[Rows, Rows], count: int) -> Sample:
    """Return a sample of ``count`` training rows of a split, and of as great a share of the others.

    Every class of the split has a few rows in it.
    """
    random = np.random.default_rng(0)
    training, validation = split
    share = count / len(training)
    parts = [
        _draw(random, table, training, count),
        _draw(random, table, validation, math.ceil(share * len(validation))),
    ]
    places = np.arange(sum(map(len, parts)))
    first = len(parts[0])
    return Sample(table.rows(np.concatenate(parts)), places[:first], places[first:])


def _draw(random: np.random.Generator, table: Table, rows: Rows, count: int) -> Rows:
    if count >= len(rows):
        return rows
    chosen = [random.choice(rows, count, replace=False, shuffle=False)]
    if table.classes:
        found = np.bincount(table.y[chosen[0]], minlength=len(table.classes))
        rare = np.flatnonzero(found < LEAST_OF_A_CLASS)
        chosen += [rows[table.y[rows] == code][:LEAST_OF_A_CLASS] for code in rare]
    return np.unique(np.concatenate(chosen))


def probe(own: Setting, members: Members, sample: Sample) -> Probe:
    """Time a fold of a set of trials on a sample, by a few of them, the least work first.

    ``own`` is the setting of any trial of the search. What fails takes what it takes until then.
    """
    places = np.linspace(0, len(members) - 1, min(len(members), PROBED_TRIALS)).round()
    chosen = [members[int(place)] for place in places]
    known = replace(own, table=sample.table)
    parts = sample.training, sample.validation
    runs = [trial.Run(replace(known, values=each.values)) for each in chosen]
    started = time.process_time()
    known.prepared("0", *parts)  # as workers keep it
    prepared, shared = time.process_time(), Shared.spent.cpu
    trial.run_fold(runs, 0, parts)
    ended, shared = time.process_time(), Shared.spent.cpu - shared
    seconds = whole_set(ended - prepared, shared, len(members), len(chosen))
    failures = [each.failure for each in runs if each.failure is not None]
    return Probe(
        members, chosen, sample.rows, seconds, ended - started, failures[0] if failures else None
    )


def whole_set(seconds: float, shared: float, trials: int, timed: int) -> float:
    """Return the seconds of all trials of a set, given those of some and what they share."""
    return shared + trials / timed * (seconds - shared)
