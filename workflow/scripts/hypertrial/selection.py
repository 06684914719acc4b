"""Choosing a model's winner among its trials."""

import math
from typing import Any, Literal

import numpy as np
import pandas as pd

from hypertrial import collect
from hypertrial.metrics import METRICS

Rule = Literal["best", "one_standard_error"]


def choose(
    results: pd.DataFrame, metric: str, rule: Rule, folds: int
) -> tuple[int, dict[str, Any]]:
    """Return the winner's position in a table of trials, and how it was chosen.

    Parameters
    ----------
    results
        A model's table of trials, best first, as :func:`hypertrial.collect.tables` writes it.
    metric
        The metric that ranks.
    rule
        ``best`` takes the first trial. ``one_standard_error`` takes the simplest trial (the
        lowest ``complexity_rank``, then the better mean) whose mean is no more than one
        standard error worse than the best mean (Breiman, Friedman, Olshen and Stone,
        Classification and Regression Trees, 1984, section 3.4.3).
    folds
        The folds of one repeat of cross-validation. The standard error is the deviation of the
        best trial's scores over all splits, divided by the root of this number: the repeats
        use the same rows again and make it no smaller.
    """
    best = results.iloc[0]
    best_mean = float(best[f"mean_test_{metric}"])
    about: dict[str, Any] = {"rule": rule, "best_trial": str(best["trial"]), "best_mean": best_mean}
    if rule == "best":
        return 0, about
    scores = fold_scores(best, metric)
    error = float(np.std(scores, ddof=1)) / math.sqrt(folds) if len(scores) > 1 else 0.0
    loss = results[f"mean_test_{metric}"].map(lambda mean: METRICS[metric].gain(best_mean, mean))
    within = results[loss.map(collect.comparable) <= collect.comparable(error)]
    chosen = within.sort_values(["complexity_rank", f"rank_test_{metric}"], kind="stable").index[0]
    return int(chosen), {**about, "standard_error": error, "trials_within": len(within)}


def fold_scores(row: "pd.Series[Any]", metric: str) -> list[float]:
    """Return a trial's validation scores of all splits, in their order."""
    return [
        float(value)
        for key, value in row.items()
        if str(key).startswith("split") and str(key).endswith(f"_test_{metric}")
    ]
