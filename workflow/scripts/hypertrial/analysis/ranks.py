"""Models over several data sets: average ranks, and how far apart they must be to differ."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hypertrial import collect
from hypertrial.compare import read_winners
from hypertrial.metrics import METRICS

FEWEST = 5
"""Data sets below which the tests say little: with three models and four data sets no order of
ranks but the most extreme ones is significant."""
ALPHA = 0.05
COLUMNS = (
    "model",
    "average_rank",
    "datasets",
    "friedman_statistic",
    "friedman_p_value",
    "iman_davenport_f",
    "iman_davenport_p_value",
    "critical_difference",
    "note",
)


@dataclass(frozen=True)
class Ranking:
    """Average ranks of k models over n data sets, 1 being the best, and their tests.

    ``chi_squared`` is Friedman's statistic with its p-value, ``f`` that of Iman and Davenport
    (1980) with its own, which is less conservative, and not defined where all data sets rank the
    models alike. Average ranks further apart than
    ``critical_difference`` differ at the 5 % level (Nemenyi).
    """

    models: tuple[str, ...]
    average: tuple[float, ...]
    datasets: int
    chi_squared: float
    p_value: float
    f: float
    f_p_value: float
    critical_difference: float

    @property
    def note(self) -> str:
        """Say so where there are too few data sets."""
        if self.datasets >= FEWEST:
            return ""
        return f"{self.datasets} data sets are too few to tell models apart by ranks"


def rank(scores: npt.NDArray[np.float64], models: Sequence[str]) -> Ranking:
    """Rank models, greater scores being better.

    Demsar (2006), Statistical Comparisons of Classifiers over Multiple Data Sets, Journal of
    Machine Learning Research 7, section 3.2.

    Parameters
    ----------
    scores
        Of shape (data sets, models); at least two of each.
    models
        The names of the columns.
    """
    from scipy import stats

    n, k = scores.shape
    ranks = stats.rankdata(-scores, axis=1)
    average = ranks.mean(axis=0)
    chi, p_value = _friedman(ranks)
    left = n * (k - 1) - chi  # nothing where all data sets rank the models alike
    f = (n - 1) * chi / left if left > 1e-9 else np.nan
    f_p_value = float(stats.f.sf(f, k - 1, (k - 1) * (n - 1)))
    q = float(stats.studentized_range.isf(ALPHA, k, np.inf)) / math.sqrt(2)
    critical = q * math.sqrt(k * (k + 1) / (6 * n))
    averages = tuple(float(value) for value in average)
    return Ranking(tuple(models), averages, n, chi, p_value, f, f_p_value, critical)


def _friedman(ranks: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return Friedman's statistic corrected for ties, as scipy has it, for two models too."""
    from scipy import stats

    n, k = ranks.shape
    between = float(((ranks.mean(axis=0) - (k + 1) / 2) ** 2).sum() * n)
    spread = float(((ranks - (k + 1) / 2) ** 2).sum() / (n * (k - 1)))
    if spread == 0:  # all models are equal on every data set
        return 0.0, 1.0
    chi = between / spread
    return chi, float(stats.chi2.sf(chi, k - 1))


def write(winners: Sequence[str], output: str) -> None:
    """Write the average rank of each model over data sets, best first, with the tests.

    Data sets on which no model has a winner are left out, and so are models without a winner on
    any of the others. The table is empty where fewer than two of either are left.
    """
    scores, models, missing = _scores([dict(each) for each in read_winners(winners)])
    if min(scores.shape) < 2:
        collect.write_table(pd.DataFrame(columns=list(COLUMNS)), output)
        return
    found = rank(scores, models)
    left_out = f"not ranked, as without a winner on some data set: {', '.join(missing)}"
    notes = [found.note, *([left_out] if missing else [])]
    rows = [
        {
            "model": model,
            "average_rank": average,
            "datasets": found.datasets,
            "friedman_statistic": found.chi_squared,
            "friedman_p_value": found.p_value,
            "iman_davenport_f": found.f,
            "iman_davenport_p_value": found.f_p_value,
            "critical_difference": found.critical_difference,
            "note": "; ".join(filter(None, notes)),
        }
        for average, model in sorted(zip(found.average, found.models, strict=True))
    ]
    collect.write_table(pd.DataFrame(rows), output)


def _scores(
    winners: Sequence[Mapping[str, Any]],
) -> tuple[npt.NDArray[np.float64], list[str], list[str]]:
    """Return mean scores by data set and model, greater being better, with the models' names.

    The third are the names of the models that lack a winner on some data set.
    """
    if not winners:
        return np.empty((0, 0)), [], []
    rows = []
    for each in winners:
        metric = METRICS[each["metrics"][0]]
        mean = collect.comparable(each["validation"][metric.name]["mean"])
        value = mean if metric.greater_is_better else -mean
        rows.append({"dataset": each["dataset"], "model": each["model"], "value": value})
    wide = pd.DataFrame(rows).pivot_table(index="dataset", columns="model", values="value")
    missing = wide.isna().any()
    complete = wide.loc[:, ~missing]
    names, others = ([str(name) for name in wide.columns[each]] for each in (~missing, missing))
    return complete.to_numpy(dtype=float), names, others
