"""What a smaller search would have found: the best of k trials drawn from those that ran."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hypertrial import collect
from hypertrial.metrics import METRICS

MOST_SIZES = 60
BAND = (0.05, 0.95)
ROUNDING = 1e-12
COLUMNS = ("model", "metric", "trials", "expected_best", "low", "high")


def write(trials: Mapping[str, str], metric: str, output: str) -> None:
    """Write the expected best validation score by number of trials; ``trials`` is by model."""
    rows: list[dict[str, Any]] = []
    for model, path in trials.items():
        means = collect.read_table(path)[f"mean_test_{metric}"].to_numpy(dtype=float)
        if not np.isfinite(means).any():
            continue  # no trial gave a result
        for size, expected, low, high in curve(means, METRICS[metric].greater_is_better):
            rows.append(
                {
                    "model": model,
                    "metric": metric,
                    "trials": size,
                    "expected_best": expected,
                    "low": low,
                    "high": high,
                }
            )
    collect.write_table(pd.DataFrame(rows, columns=list(COLUMNS)), output)


def curve(
    scores: npt.NDArray[np.float64], greater_is_better: bool
) -> list[tuple[int, float, float, float]]:
    """Return the best score to expect of k trials, with the quantiles of ``BAND``, for some k.

    The trials are drawn at random without replacement. The best of k of n scores is the i-th
    worst with probability C(i-1, k-1) / C(n, k), so nothing is simulated. A failed trial
    (nan) counts as drawn, and as worse than any other: sizes at which all drawn ones may have
    failed expect the best among draws with a score.

    Parameters
    ----------
    scores
        Of shape (trials,).
    """
    from scipy.special import gammaln

    failed = int(np.isnan(scores).sum())
    known = np.sort(scores[np.isfinite(scores)])
    ordered = known if greater_is_better else known[::-1]  # the worst first
    n = failed + len(ordered)
    place = np.arange(failed + 1, n + 1, dtype=float)  # of the known ones, among all
    rows = []
    for size in _sizes(n):
        able = place >= size
        chance = np.zeros(len(place))
        at = place[able]
        chance[able] = np.exp(
            gammaln(at) - gammaln(at - size + 1) - gammaln(size)
            - (gammaln(n + 1) - gammaln(n - size + 1) - gammaln(size + 1))
        )  # fmt: skip
        chance /= chance.sum()
        cumulative = np.cumsum(chance)
        low, high = (
            float(
                ordered[min(int(np.searchsorted(cumulative, share - ROUNDING)), len(ordered) - 1)]
            )
            for share in BAND
        )
        low, high = (low, high) if greater_is_better else (high, low)
        expected = float(np.clip(chance @ ordered, known[0], known[-1]))
        rows.append((int(size), expected, low, high))
    return rows


def _sizes(n: int) -> npt.NDArray[np.int64]:
    """Return at most ``MOST_SIZES`` numbers of trials from 1 to n, dense at the small ones."""
    spaced = np.geomspace(1, n, MOST_SIZES) if n > MOST_SIZES else np.arange(1, n + 1)
    return np.unique(np.round(spaced).astype(np.int64))
