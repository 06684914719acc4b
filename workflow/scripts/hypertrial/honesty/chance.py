"""What a score is by chance: predictions held against targets in random order.

A search on permuted targets has nothing to learn, so its winner must score at chance on held-out
rows. If it does not, rows leak between training and held-out part.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hypertrial import compare, confidence, files, prediction, winnerless
from hypertrial.data import table
from hypertrial.families import Response
from hypertrial.metrics import METRICS
from hypertrial.models import get_family
from hypertrial.scoring.sample import Metric, Rows, Sample
from hypertrial.splitting import splits

SHUFFLES = 999


def by_chance(
    metric: Metric, data: table.Table, response: Response, seed: int, level: float
) -> dict[str, Any]:
    """Return a score, its distribution by chance and how often chance is as good.

    ``data`` holds the rows that ``response`` predicts. The distribution is that of the score
    with the targets in random order, ``SHUFFLES`` times; ``low`` and ``high`` hold ``level`` of
    it. ``p_value`` is the share of the orders, the actual one included, that score at least as
    well (Phipson and Smyth, 2010, Permutation p-values should never be zero). What is not
    defined is nan, and ``note`` says why there are no bounds.
    """

    def score(y: Any) -> float:
        return metric.of(Sample(Rows(data.task, len(data.classes), y, response), data.weight))

    rng = np.random.default_rng(seed)
    actual = score(data.y)
    shuffled = np.array([score(rng.permutation(data.y)) for _ in range(SHUFFLES)])
    shuffled = shuffled[np.isfinite(shuffled)]
    as_good = shuffled >= actual if metric.greater_is_better else shuffled <= actual
    found = confidence.percentile(shuffled, level)
    known = np.isfinite(actual)
    return {
        "score": actual,
        "chance": float(shuffled.mean()) if len(shuffled) else np.nan,
        "low": _known(found["low"]),
        "high": _known(found["high"]),
        "p_value": (int(as_good.sum()) + 1) / (len(shuffled) + 1) if known else np.nan,
        "note": found["note"].replace("resample", "order"),
    }


def _known(value: float | None) -> float:
    return np.nan if value is None else value


@winnerless.of_winner
def write(
    winner: str,
    parameters: str,
    table_paths: Sequence[str],
    splits_path: str,
    rules: Mapping[str, Any],
    output: str,
) -> None:
    """Write how a winner's held-out score compares with chance.

    ``rules`` are those of :meth:`hypertrial.plan.Plan.winner_rules`.
    """
    record = compare.read_winners([winner])[0]
    data = table.load(*table_paths)
    part = data.rows(splits.load(splits_path).held_out)
    response = prediction.predict(
        get_family(record["model"]),
        data.task,
        files.load_npz(parameters),
        record["hyperparameters"]["needed"],
        part,
    )
    metric = METRICS[rules["metrics"][0]]
    found = by_chance(metric, part, response, rules["seed"], rules["level"])
    files.write(output, files.json_bytes({"metric": metric.name, **files.without_nan(found)}))
