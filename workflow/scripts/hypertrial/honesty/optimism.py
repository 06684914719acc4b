"""How much better than its due the selected validation score looks, because it was selected.

The best of many trials was partly lucky. The bootstrap bias corrected cross-validation of
Tsamardinos, Greasidou and Borboudakis (2018), Bootstrapping the out-of-sample predictions for
efficient and accurate cross-validation, Machine Learning 107: 1895-1922, selects again on
resamples of the stored out-of-fold predictions, and scores each selection on the rows that its
resample left out. Nothing is trained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hypertrial import collect, compare, confidence, files, records, winnerless
from hypertrial.confidence import Units
from hypertrial.data import table
from hypertrial.data.table import Table
from hypertrial.metrics import METRICS
from hypertrial.rescore import response_to
from hypertrial.scoring.sample import Metric, Rows, Sample, Vector
from hypertrial.selection import fold_scores

RESAMPLES = 200
MOST_PREDICTIONS = 10**9
"""Predictions that are scored at most: rows times trials times resamples."""
FEWEST_RESAMPLES = 20


@dataclass(frozen=True)
class Predictions:
    """A trial's out-of-fold predictions, one repeat of the cross-validation after the other.

    ``rows`` are the table's rows of each repeat, ``scored`` these rows as a metric takes them.
    """

    rows: tuple[Any, ...]
    scored: tuple[Rows, ...]

    def score(self, metric: Metric, weight: Vector) -> float:
        """Return the mean over the repeats of the score of all rows together.

        ``weight``, of shape (rows of the table,), is how much each counts.
        """
        scores = [
            metric.of(Sample(scored, weight[rows]))
            for rows, scored in zip(self.rows, self.scored, strict=True)
        ]
        return float(np.mean(scores))


@dataclass(frozen=True)
class Optimism:
    """What selection added to a score.

    ``selected`` is the best trial's score of all its out-of-fold predictions together,
    ``corrected`` the mean score of what resamples select, on the rows that these leave out, with
    the bounds in which ``level`` of them lie. ``bias`` is positive where selection flatters.
    """

    selected: float
    corrected: float
    low: float
    high: float
    bias: float
    trials: int
    resamples: int


def read(folder: Path, data: Table, repeats: int, folds: int) -> Predictions:
    """Return a trial's out-of-fold predictions; ``folds`` are those of one repeat."""
    arrays = files.load_npz(folder / records.PREDICTIONS)
    rows, scored = [], []
    for repeat in range(repeats):
        chosen = np.flatnonzero(arrays["fold"] // folds == repeat)
        rows.append(arrays["rows"][chosen])
        response = response_to(arrays, chosen)
        scored.append(Rows(data.task, len(data.classes), data.y[rows[-1]], response))
    return Predictions(tuple(rows), tuple(scored))


def correct(
    trials: Sequence[Predictions],
    metric: Metric,
    weight: Vector,
    units: Units,
    rows: Any,
    seed: int,
    level: float = 0.95,
    most: int = RESAMPLES,
) -> Optimism:
    """Return what selecting the best of some trials by a metric adds to its score.

    Parameters
    ----------
    trials
        The predictions of all trials, the selected one first.
    weight
        How much each row of the table counts, shape (rows,).
    units
        What is drawn with replacement of ``rows``: those that are validated.
    most
        The number of resamples; large studies get fewer, so that no more than
        ``MOST_PREDICTIONS`` predictions are scored, but no fewer than ``FEWEST_RESAMPLES``.
    """
    affordable = MOST_PREDICTIONS // max(1, len(rows) * len(trials))
    resamples = min(most, max(FEWEST_RESAMPLES, affordable))
    sign = 1.0 if metric.greater_is_better else -1.0
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        drawn = np.zeros(len(weight))
        drawn[rows] = units.draw(rng)
        left_out = np.zeros(len(weight))
        left_out[rows] = drawn[rows] == 0
        inside = np.array([each.score(metric, drawn * weight) for each in trials])
        if np.isfinite(inside).any():
            best = int(np.nanargmax(sign * inside))
            found.append(trials[best].score(metric, left_out * weight))
    outside = np.array([score for score in found if np.isfinite(score)])
    selected = trials[0].score(metric, weight)
    if not len(outside):
        return Optimism(selected, np.nan, np.nan, np.nan, np.nan, len(trials), 0)
    corrected = float(outside.mean())
    tail = (1 - level) / 2
    low, high = (float(bound) for bound in np.quantile(outside, [tail, 1 - tail]))
    bias = sign * (selected - corrected)
    return Optimism(selected, corrected, low, high, bias, len(trials), len(outside))


@winnerless.of_winner
def write(
    trials: str, table_paths: Sequence[str], rules: Mapping[str, Any], winner: str, output: str
) -> None:
    """Write the optimism of a search's selected score.

    ``rules`` are those of :meth:`hypertrial.plan.Plan.winner_rules`. The trial that is selected
    first is the winner; resamples select by the best score, whatever the rule.
    """
    data = table.load(*table_paths)
    metric = METRICS[rules["metrics"][0]]
    results = collect.read_table(trials)
    chosen = str(compare.read_winners([winner])[0]["trial"])
    names = [chosen, *(name for name in _succeeded(results) if name != chosen)]
    splits = len(fold_scores(results.iloc[0], metric.name))
    repeats = int(rules["repeats"])
    folder = Path(trials).parent / "trials"
    read_all = [read(folder / name, data, repeats, splits // repeats) for name in names]
    rows = np.unique(np.concatenate(read_all[0].rows))
    group = None if data.group is None else data.group[rows]
    weight = np.ones(len(data.y)) if data.weight is None else np.asarray(data.weight)
    units = confidence.units_of(data.task, data.y[rows], group)
    found = correct(read_all, metric, weight, units, rows, rules["seed"], rules["level"])
    content = {
        name: None if isinstance(value, float) and np.isnan(value) else value
        for name, value in vars(found).items()
    }
    files.write(output, files.json_bytes({"metric": metric.name, **content}))


def _succeeded(results: pd.DataFrame) -> list[str]:
    return [str(name) for name in results.loc[results["status"] == records.OK, "trial"]]
