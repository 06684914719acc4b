"""Permutation importance: by how much a score falls when a column's values are shuffled.

Source: Breiman, Random forests (2001), section 10; Fisher, Rudin & Dominici, All models are
wrong, but many are useful (2019). The rows are held-out ones, the columns raw ones, and
predictions are computed from the learned parameters with NumPy alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hypertrial import collect, confidence, metrics, seeds, winnerless
from hypertrial.data.table import Table
from hypertrial.explanation import subject, subsets
from hypertrial.explanation.subject import Subject
from hypertrial.metrics import METRICS, Metric

REPEATS = {30: 10, 200: 5}
"""How often a column is shuffled where there are so many columns at most."""

FEWEST_REPEATS = 3
MOST_ROWS = 1000
LEAST_ROWS = 100
MOST_PREDICTIONS = 80_000
"""Rows times columns times repeats: more of them take fewer rows, but ``LEAST_ROWS`` at least."""

COLUMNS = ("feature", "kind", "mean", "std", "low", "high", "repeats", "level", "rows", "metric")


@winnerless.of_winner
def write(winner: str, rules: Mapping[str, Any], output: str) -> None:
    """Write the permutation importance of each column for a model's winner, largest first.

    Parameters
    ----------
    winner
        The winner's record (``winner.json``).
    rules
        ``seed``, and the ``level`` of the intervals.
    output
        A CSV with the columns :data:`COLUMNS` and ``score``, that of the same rows unshuffled.
    """
    own = subject.load(winner)
    metric = own.record["metrics"][0]
    rows, repeats = sample(own, int(rules["seed"]))
    part = own.data.rows(rows)
    base, losses = importance(own, part, metric, repeats, int(rules["seed"]))
    found = pd.DataFrame(
        [
            {
                "feature": column.name,
                "kind": column.kind,
                **_summary(losses[i], float(rules["level"]), METRICS[metric], base),
                "rows": len(rows),
                "metric": metric,
                "score": base,
            }
            for i, column in enumerate(own.data.columns)
        ]
    )
    found = found.sort_values("mean", ascending=False, kind="stable", ignore_index=True)
    collect.write_table(found[[*COLUMNS, "score"]], output)


def sample(own: Subject, seed: int) -> tuple[npt.NDArray[np.int64], int]:
    """Return the held-out rows that are used, ascending, and how often a column is shuffled.

    Very many rows are thinned at random, for classification in the shares of the classes.
    """
    data, held = own.data, own.held_out
    width = max(len(data.columns), 1)
    repeats = next((times for most, times in REPEATS.items() if width <= most), FEWEST_REPEATS)
    most = min(MOST_ROWS, max(LEAST_ROWS, MOST_PREDICTIONS // (width * repeats)))
    if len(held) <= most:
        return held, repeats
    y = None if data.task == "regression" else data.y[held]
    drawn = seeds.derive(seed, "permutation importance", "rows")
    return np.sort(held[subsets.at_random(y, held, drawn)[:most]]), repeats


def importance(
    own: Subject, part: Table, metric: str, repeats: int, seed: int
) -> tuple[float, npt.NDArray[np.float64]]:
    """Return the score of rows, and what it loses in each repeat by shuffling each column.

    The losses have shape (columns, repeats) and are positive where shuffling makes the score
    worse; that of a column with one value is 0 to the bit. Weights count as in the score.
    """

    def score(table: Table) -> list[float]:
        told = own.predict(table)
        ends = range(0, len(table.y) + 1, len(part.y))
        return [
            metrics.score(
                [metric], part.task, len(part.classes), part.y, _cut(told, at, end), part.weight
            )[metric]
            for at, end in pairwise(ends)
        ]

    (base,) = score(part)
    losses = np.zeros((len(part.columns), repeats))
    for i in range(len(part.columns)):
        column = part.X[:, i]
        if len(column) and np.array_equal(column, np.full_like(column, column[0]), equal_nan=True):
            continue
        rng = np.random.default_rng(seeds.derive(seed, "permutation importance", str(i)))
        X = np.tile(part.X, (repeats, 1))
        X[:, i] = np.concatenate([rng.permutation(column) for _ in range(repeats)])
        stacked = replace(
            part, X=X, y=np.tile(part.y, repeats), weight=None, group=None, time=None, fold=None
        )
        losses[i] = [METRICS[metric].gain(base, each) + 0.0 for each in score(stacked)]
    return base, losses


def _cut(told: Any, at: int, end: int) -> Any:
    """Return the response to some of the rows of a response."""
    names = ("labels", "raw", "probabilities", "ranking")
    parts = {name: getattr(told, name) for name in names}
    return replace(
        told, **{name: None if each is None else each[at:end] for name, each in parts.items()}
    )


def _summary(
    losses: npt.NDArray[np.float64], level: float, metric: Metric, base: float
) -> dict[str, float]:
    """Return mean and standard deviation of repeats, and Student's interval of the mean.

    The interval is about the shuffles: how far the mean of endlessly many could be. It knows
    nothing of other held-out rows. It has no part where a score would leave the metric's range,
    and there is none where all losses are equal.
    """
    from scipy import stats

    repeats, mean, std = len(losses), float(losses.mean()), float(losses.std(ddof=1))
    reach = float(stats.t.ppf((1 + level) / 2, repeats - 1)) * std / repeats**0.5
    least, most = metric.losses_from(base)
    known = np.ptp(losses) > confidence.ROUNDING * np.abs(losses).max()
    return {
        "mean": mean,
        "std": std,
        "low": max(mean - reach, least) if known else np.nan,
        "high": min(mean + reach, most) if known else np.nan,
        "repeats": repeats,
        "level": level,
    }
