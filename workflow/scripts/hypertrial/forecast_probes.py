"""Probes: what a set of trials that share work takes on a sample of the rows.

A probe prepares, fits, scores and proves as trials do, in memory. Some of them tell what other
sets, and more rows, will take.
"""

import gc
import math
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hypertrial import files, setting
from hypertrial.data.table import Table
from hypertrial.families import Matrix, Value
from hypertrial.preprocessing import preprocessing
from hypertrial.setting import Fit, Setting

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


class Phases(NamedTuple):
    """CPU seconds of preparing rows, of fits, of scores, and of proving what was learned."""

    prepare: float
    fit: float
    score: float
    proof: float


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


@dataclass(frozen=True)
class Probe:
    """What a set of trials takes on some training rows, told by those of its trials ``timed``.

    ``spent`` is the CPU time of the probe itself.
    """

    members: Members
    timed: Members
    rows: int
    seconds: Phases
    spent: float
    failure: str | None = None

    @property
    def work(self) -> float:
        """The work of the set."""
        return work_of(self.members)


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
    """Time a set of trials on a sample, by a few of them, the least work first.

    ``own`` is the setting of any trial of the search. What fails takes what it takes until then.
    """
    places = np.linspace(0, len(members) - 1, min(len(members), PROBED_TRIALS)).round()
    chosen = [members[int(place)] for place in places]
    settings = [replace(own, table=sample.table, values=each.values) for each in chosen]
    clock = _Clock()
    parts: list[Phases] = []
    failure = None
    with warnings.catch_warnings(), _no_collection():
        warnings.simplefilter("ignore")
        try:
            parts.extend(_timed(settings, sample, clock))
        except Exception as error:
            parts.append(Phases(0.0, clock.lap(), 0.0, 0.0))
            failure = " ".join(f"{type(error).__name__}: {error}".split())
    spent = parts[0].prepare + sum(each.fit + each.score + each.proof for each in parts)
    return Probe(members, chosen, sample.rows, whole_set(parts, len(members)), spent, failure)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python from collecting garbage, which takes as long as a probe and comes rarely."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Clock:
    """CPU seconds of this process between laps."""

    def __init__(self) -> None:
        self._at = time.process_time()

    def lap(self) -> float:
        before, self._at = self._at, time.process_time()
        return self._at - before


def _timed(settings: Sequence[Setting], sample: Sample, clock: _Clock) -> Iterator[Phases]:
    data, rows = sample.table, (sample.training, sample.validation, None)
    transformer = preprocessing.fit(settings[0].preparation, data, sample.training)
    X, X_validation, X_all = (preprocessing.transform(transformer, data.X, part) for part in rows)
    prepare = clock.lap()
    fits = setting.fits(settings, X, sample.training)
    for each, fit in zip(settings, fits, strict=True):
        fitted = fit()
        fitting = clock.lap()
        each.score(sample.training, fitted.respond(X))
        each.score(sample.validation, fitted.respond(X_validation))
        scored = clock.lap()
        _prove(each, fitted, transformer, X_all)
        yield Phases(prepare, fitting, scored, clock.lap())


def _prove(own: Setting, fit: Fit, transformer: Any, X: Matrix) -> None:
    """Prove a fit and pack its parameters, as a trial does after its refit."""
    proof = setting.prove(own, fit, transformer, X)
    files.digest_bytes(files.npz_bytes(proof.learned))


def whole_set(parts: Sequence[Phases], trials: int) -> Phases:
    """Return the seconds of a set of trials, given those of a few, the least work first.

    What the first fit takes beyond the second is work that is shared and done once.
    """
    fits = [each.fit for each in parts]
    shared = max(fits[0] - fits[1], 0.0) if len(fits) > 1 else 0.0
    share = trials / len(parts)
    return Phases(
        prepare=parts[0].prepare,
        fit=shared + share * (sum(fits) - shared),
        score=share * sum(each.score for each in parts),
        proof=share * sum(each.proof for each in parts),
    )
