"""How much better than its due the selected validation score looks, because it was selected.

The best of many trials was partly lucky. The bootstrap bias corrected cross-validation of
Tsamardinos, Greasidou and Borboudakis (2018), Bootstrapping the out-of-sample predictions for
efficient and accurate cross-validation, Machine Learning 107: 1895-1922, selects again on
resamples, and scores each selection on what its resample left out. Nothing is trained.

The article draws rows and scores them all together, but a search selects by the mean over folds.
Of few rows the two differ so much that the one, moved by the difference, leaves the metric's
range. So whole folds are drawn here: a correction is a weighted mean of scores that trials have
on folds, lies between the least and the greatest of them, and is that same mean over folds where
there was nothing to choose. As in the leave-one-out bootstrap of Efron and Tibshirani (1997),
Improvements on Cross-Validation: The .632+ Bootstrap Method, Journal of the American Statistical
Association 92: 548-560, each fold is scored by the resamples without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
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

DRAWS = 200
"""Resamples of the folds of a search, and at least ``FEWEST_DRAWS`` of those of each repeat."""
FEWEST_DRAWS = 40
RESAMPLES = 200
"""Resamples of the rows for an interval, fewer for large studies."""
MOST_SCORES = 20_000
"""Scores that an interval takes, if that leaves ``FEW_RESAMPLES``."""
FEW_RESAMPLES = 100
MOST_PREDICTIONS = 10**9
"""Predictions that are scored for an interval, if that leaves ``FEWEST_RESAMPLES``."""
FEWEST_RESAMPLES = 20
ROUNDING = 1e-12
"""Means of folds that differ by no more, relative to the best, are the same."""
ONE_FOLD = "one split: no other one tells what would have been selected without it"


@dataclass(frozen=True)
class Optimism:
    """What selection added to a score.

    ``selected`` is the winner's mean over the splits, ``corrected`` that of what the other folds
    select, in the ``level`` interval from ``low`` to ``high``. ``bias`` is positive where
    selection flatters. What there is none of is nan, and ``note`` says why; ``resamples`` are
    those that the interval is made of.
    """

    selected: float
    corrected: float
    bias: float
    trials: int
    low: float = np.nan
    high: float = np.nan
    resamples: int = 0
    note: str = ""


def shares(scores: Vector, greater_is_better: bool, repeats: int, seed: int) -> Vector:
    """Return how often each trial is selected when a split is left out, shape (trials, splits).

    ``scores`` of that shape are those on the splits, one repeat after the other. The shares of
    a split sum to 1. Trials of equal means share a selection: to take the winner then would
    bring in what is known of the split that is left out.
    """
    rng = np.random.default_rng(seed)
    draws = max(FEWEST_DRAWS, DRAWS // repeats)
    parts = np.split(scores if greater_is_better else -scores, repeats, axis=1)
    return np.concatenate([_selected(part, draws, rng) for part in parts], axis=1)


def _selected(gains: Vector, draws: int, rng: np.random.Generator) -> Vector:
    """Return the shares for one repeat; all folds but one are drawn once in any case."""
    folds = gains.shape[1]
    found = np.zeros_like(gains)
    every = np.ones((folds, folds)) - np.eye(folds)
    drawn = [np.bincount(rng.integers(folds, size=folds), minlength=folds) for _ in range(draws)]
    for counts in [*every, *drawn]:
        means = gains @ counts / counts.sum()
        best = means.max()
        selected = best - means <= ROUNDING * abs(best)
        found[np.ix_(selected, counts == 0)] += 1 / selected.sum()
    share: Vector = found / found.sum(axis=0)
    return share


def correct(
    scores: Vector, greater_is_better: bool, repeats: int, seed: int
) -> tuple[Optimism, Vector]:
    """Return what selecting the best of some trials adds to its score, and :func:`shares`.

    Parameters
    ----------
    scores
        Of shape (trials, splits), the selected trial first.
    """
    selected = float(scores[0].mean())
    if scores.shape[1] // repeats < 2:
        known = Optimism(selected, np.nan, np.nan, len(scores), note=ONE_FOLD)
        return known, np.zeros_like(scores)
    weights = shares(scores, greater_is_better, repeats, seed)
    mean = float((weights * scores).sum(axis=0).mean())
    corrected = min(max(mean, float(scores.min())), float(scores.max()))
    lost = selected - corrected if greater_is_better else corrected - selected
    bias = 0.0 if abs(lost) <= ROUNDING * abs(selected) else lost
    return Optimism(selected, corrected, bias, len(scores)), weights


@dataclass(frozen=True)
class Part:
    """What a trial predicts of the validation rows of a split, and its share of the selections."""

    split: int
    share: float
    rows: Any
    scored: Rows


def resampled(parts: Sequence[Part], metric: Metric, weight: Vector, drawn: Vector) -> float:
    """Return the corrected score of a resample of the rows.

    ``weight`` is how much each row of the table counts, and ``drawn`` how often it was drawn,
    both of shape (rows,). A split without a score is left out.
    """
    totals: dict[int, list[float]] = {}
    for part in parts:
        score = metric.of(Sample(part.scored, drawn[part.rows] * weight[part.rows]))
        if np.isfinite(score):
            known = totals.setdefault(part.split, [0.0, 0.0])
            known[0] += part.share * score
            known[1] += part.share
    means = [total / share for total, share in totals.values()]
    return float(np.clip(np.mean(means), metric.low, metric.high)) if means else np.nan


def interval(
    parts: Sequence[Part],
    metric: Metric,
    weight: Vector,
    units: Units,
    rows: Any,
    rules: Mapping[str, Any],
) -> confidence.Interval:
    """Return the interval of a corrected score over other validation rows.

    What is selected stays as it is. ``units`` are drawn of ``rows``, those that are validated.
    """
    few = units.too_few(rules["level"])
    if few:
        return confidence.none(few)
    affordable = MOST_PREDICTIONS // max(1, sum(len(part.rows) for part in parts))
    wanted = min(RESAMPLES, max(FEW_RESAMPLES, MOST_SCORES // len(parts)))
    rng = np.random.default_rng(rules["seed"])
    found = []
    for _ in range(min(wanted, max(FEWEST_RESAMPLES, affordable))):
        drawn = np.zeros(len(weight))
        drawn[rows] = units.draw(rng)
        found.append(resampled(parts, metric, weight, drawn))
    return confidence.percentile(np.array(found), rules["level"])


def read(folder: Path, data: Table, share: Vector) -> list[Part]:
    """Return the splits where a trial has a share of the selections, of shape (splits,)."""
    arrays = files.load_npz(folder / records.PREDICTIONS)
    parts = []
    for split in np.flatnonzero(share):
        chosen = np.flatnonzero(arrays["fold"] == split)
        rows = arrays["rows"][chosen]
        scored = Rows(data.task, len(data.classes), data.y[rows], response_to(arrays, chosen))
        parts.append(Part(int(split), float(share[split]), rows, scored))
    return parts


@winnerless.of_winner
def write(
    trials: str, table_paths: Sequence[str], rules: Mapping[str, Any], winner: str, output: str
) -> None:
    """Write the optimism of a search's selected score.

    ``rules`` are those of :meth:`hypertrial.plan.Plan.winner_rules`. The trial that is selected
    first is the winner; resamples select by the best score, whatever the rule.
    """
    metric = METRICS[rules["metrics"][0]]
    results = collect.read_table(trials)
    results = results[results["status"] == records.OK]
    chosen = results["trial"].astype(str) == compare.read_winners([winner])[0]["trial"]
    results = pd.concat([results[chosen], results[~chosen]])
    scores = np.array([fold_scores(row, metric.name) for _, row in results.iterrows()])
    # Trials alike in every split are one: they are selected together, and score the same.
    first = np.sort(np.unique(scores, axis=0, return_index=True)[1])
    found, weights = correct(
        scores[first], metric.greater_is_better, int(rules["repeats"]), rules["seed"]
    )
    content = {"metric": metric.name, **asdict(found), "trials": len(results)}
    if not found.note:
        folders = [Path(trials).parent / "trials" / str(results["trial"].iloc[i]) for i in first]
        content |= _interval(folders, table.load(*table_paths), weights, metric, rules)
    files.write(output, files.json_bytes(files.without_nan(content)))


def _interval(
    folders: Sequence[Path], data: Table, weights: Vector, metric: Metric, rules: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the interval's part of what is written."""
    parts = [
        part
        for folder, share in zip(folders, weights, strict=True)
        if share.any()
        for part in read(folder, data, share)
    ]
    rows = np.unique(np.concatenate([part.rows for part in parts]))
    group = None if data.group is None else data.group[rows]
    weight = np.ones(len(data.y)) if data.weight is None else np.asarray(data.weight)
    units = confidence.units_of(data.task, data.y[rows], group)
    found = interval(parts, metric, weight, units, rows, rules)
    return {
        "low": found["low"],
        "high": found["high"],
        "resamples": found["defined"],
        "note": found["note"],
    }
