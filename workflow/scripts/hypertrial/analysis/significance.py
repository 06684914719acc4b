"""Which model wins on a data set, and is the difference real: all pairs of winners."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from hypertrial import collect
from hypertrial.analysis import paired
from hypertrial.compare import Winner, read_winners
from hypertrial.metrics import METRICS
from hypertrial.splitting import splits

PAIRS = (
    "model_a",
    "model_b",
    "metric",
    "difference",
    "low",
    "high",
    "level",
    "t",
    "degrees_of_freedom",
    "p_value",
    "p_value_holm",
    "effect_size",
    "effect_low",
    "effect_high",
    "note",
)


def write(winners: Sequence[str], splits_path: str, level: float, output: str) -> None:
    """Write the comparison of each pair of a data set's winners, the better model first.

    ``winners`` are the records of all models, whose scores of every split are compared by the
    corrected resampled t-test. A difference is positive where the first model is better, also
    where a lower score is.
    """
    rows = pairs(read_winners(winners), paired.share_of(splits.load(splits_path)), level)
    collect.write_table(pd.DataFrame(rows, columns=list(PAIRS)), output)


def pairs(winners: Sequence[Winner], share: float, level: float) -> list[dict[str, Any]]:
    """Return a row for each pair of winners; ``share`` is n_test/n_train of the splits."""
    if not winners:
        return []
    metric = METRICS[winners[0]["metrics"][0]]
    sign = 1.0 if metric.greater_is_better else -1.0
    scores = {
        each["model"]: sign * np.array(each["validation"][metric.name]["folds"], dtype=float)
        for each in winners
    }
    order = sorted(scores, key=lambda model: (-collect.comparable(scores[model].mean()), model))
    rows = []
    for a, b in combinations(order, 2):
        found = paired.compare(scores[a].tolist(), scores[b].tolist(), share, level, metric.span)
        named = {"model_a": a, "model_b": b, "metric": metric.name, "level": level}
        rows.append({**named, **vars(found)})
    adjusted = paired.holm([row["p_value"] for row in rows])
    return [
        {**row, "p_value_holm": value} for row, value in zip(rows, adjusted.tolist(), strict=True)
    ]
