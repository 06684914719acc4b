"""Learning curves: a winner's scores by the number of its training rows, or of its rounds.

A curve fits the winner's hyperparameters again, on each split. The last point of each split is
the trial's own fit, and has its scores to the last bit.

Source: Perlich, Provost & Simonoff, Tree induction vs. logistic regression: a learning-curve
analysis (2003).
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hypertrial import collect, compare, model_folder, rebuilt, seeds, setting, winnerless
from hypertrial.explanation import registry, subsets
from hypertrial.families import Matrix
from hypertrial.preprocessing import preprocessing
from hypertrial.setting import Fit, Setting
from hypertrial.splitting.split_rules import Method, SplitRules, method_of

SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
"""Of each split's training rows."""

MOST_SPLITS = 10
MOST_TRAINING_ROWS = 1_000_000
"""No more splits are taken than have so many training rows together, but always one."""

MOST_ROUNDS = 30
"""About how many numbers of rounds are scored."""

Rows = npt.NDArray[Any]


@winnerless.of_winner
def write(winner: str, params: str, output: str) -> None:
    """Write the learning curve of a model's winner, a row for each split and size.

    ``params`` is the JSON of a plan's ``split_params``. ``share`` is the share of the split's
    training rows that was asked for, ``size`` the rows that it gave. A size that cannot be fitted
    or scored, such as one without a row of each class, has a ``note`` that says why in place of
    scores.
    """
    own = _load(winner)
    rules, seed = SplitRules.from_json(params)
    points = curve(own, method_of(own.table, rules), seed, SHARES)
    columns = ["size", "share", "split", *_score_columns(own), "note"]
    collect.write_table(pd.DataFrame(points, columns=columns), output)


@winnerless.of_winner
def write_rounds(winner: str, output: str) -> None:
    """Write a booster's scores by the number of its rounds, a row for each split and number."""
    own = _load(winner)
    name = registry.get(own.spec.model).rounds
    columns = ["rounds", "split", *_score_columns(own)]
    collect.write_table(pd.DataFrame(rounds(own, str(name)), columns=columns), output)


def _load(winner: str) -> Setting:
    """Return the trial of a winner, to be scored by the metrics that its study asks for by now."""
    own = rebuilt.load(model_folder.find_trial(Path(winner).parent))
    (record,) = compare.read_winners([winner])
    return replace(own, spec=replace(own.spec, metrics=sorted(record["metrics"])))


def _score_columns(own: Setting) -> list[str]:
    return [f"{part}_{name}" for part in ("train", "test") for name in own.spec.metrics]


def splits_of(own: Setting) -> list[tuple[Rows, Rows]]:
    """Return the splits that a curve is drawn from: all, or the first ones of very many rows."""
    parts = list(own.splits.parts())
    most = max(len(training) for training, _ in parts)
    return parts[: max(1, min(MOST_SPLITS, MOST_TRAINING_ROWS // most))]


@dataclass(frozen=True)
class Part:
    """Prepared training and validation rows of a split, and their positions in the table."""

    rows: tuple[Rows, Rows]
    X: tuple[Matrix, Matrix]

    def scores(self, own: Setting, fit: Fit) -> dict[str, float]:
        """Return every metric of both parts for a fitted estimator."""
        told: dict[str, float] = {}
        for label, rows, X in zip(("train", "test"), self.rows, self.X, strict=True):
            found = own.score(rows, fit.respond(X))
            told |= {f"{label}_{name}": value for name, value in found.items()}
        return told


def curve(own: Setting, method: Method, seed: int, shares: Sequence[float]) -> list[dict[str, Any]]:
    """Return size, share, split and scores (or a note) of each point of a learning curve."""
    points = []
    for number, (training, validation) in enumerate(splits_of(own)):
        drawn = seeds.derive(seed, "learning curve", own.table.name, str(number))
        known: dict[int, Mapping[str, Any]] = {}  # few groups are the same for several shares
        for share, rows in zip(
            shares, subsets.nested(own.table, training, method, shares, drawn), strict=True
        ):
            size = len(rows)
            if size not in known:
                known[size] = _point(own, number, (training, validation), rows)
            points.append({"size": size, "share": share, "split": number, **known[size]})
    return points


def _point(own: Setting, number: int, parts: tuple[Rows, Rows], rows: Rows) -> Mapping[str, Any]:
    missing = _too_small(own, rows)
    if missing:
        return {"note": missing}
    whole = len(rows) == len(parts[0])
    with _converging():
        try:
            X = own.prepared(str(number), *parts)[1:] if whole else _prepare(own, rows, parts[1])
            part = Part((rows, parts[1]), X)
            (fit,) = setting.fits([own], X[0], rows)
            return part.scores(own, fit())
        except (MemoryError, OSError):
            raise  # the machine's fault, not the size's
        except Exception as error:
            if whole:
                raise
            return {"note": " ".join(f"{type(error).__name__}: {error}".split())}


def _prepare(own: Setting, rows: Rows, validation: Rows) -> tuple[Matrix, Matrix]:
    transformer = preprocessing.fit(own.preparation, own.table, rows)
    X = own.table.X
    return (
        preprocessing.transform(transformer, X, rows),
        preprocessing.transform(transformer, X, validation),
    )


def _too_small(own: Setting, rows: Rows) -> str:
    """Say why rows are too few to learn from; nothing if they are not."""
    weight = own.weight(rows)
    counted = len(rows) if weight is None else int((weight > 0).sum())
    if own.spec.task == "regression":
        return "fewer than 2 rows" if counted < 2 else ""
    counts = np.bincount(own.table.y[rows], weight, len(own.table.classes))
    absent = [name for name, count in zip(own.table.classes, counts, strict=True) if count == 0]
    return f"no row of class '{absent[0]}'" if absent else ""


@contextmanager
def _converging() -> Iterator[None]:
    """Let no solver that did not converge pass; other warnings stand in the trial's record."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", ConvergenceWarning)
        yield


def rounds(own: Setting, name: str) -> list[dict[str, Any]]:
    """Return rounds, split and scores for the first rounds of the winner, up to all of them.

    One fit serves all numbers of a split. ``name`` is the hyperparameter that counts rounds.
    """
    numbers = ladder(int(own.values[name] or 1), MOST_ROUNDS)
    shorter = [replace(own, values={**own.values, name: number}) for number in numbers]
    return [
        {"rounds": count, "split": number, **scores}
        for number, parts in enumerate(splits_of(own))
        for count, scores in zip(numbers, _by_rounds(own, shorter, number, parts), strict=True)
    ]


def _by_rounds(
    own: Setting, shorter: Sequence[Setting], number: int, parts: tuple[Rows, Rows]
) -> Iterator[dict[str, float]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        part = Part(parts, own.prepared(str(number), *parts)[1:])
        for fit in setting.fits(shorter, part.X[0], parts[0]):
            yield part.scores(own, fit())


def ladder(last: int, most: int) -> list[int]:
    """Return at most ``most`` whole numbers from 1 to ``last``, close together at first."""
    if last <= most:
        return list(range(1, last + 1))
    steps = np.linspace(0, 1, most)
    return sorted({round(float(each)) for each in 1 + (last - 1) * steps**1.5})
