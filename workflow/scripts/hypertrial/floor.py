"""Plain sentences: which winners do not beat the baseline, and which fell far on held-out rows."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hypertrial import collect
from hypertrial.board import by_dataset
from hypertrial.board_rows import BASELINE, WINNER
from hypertrial.markdown import escape
from hypertrial.metrics import METRICS
from hypertrial.wording import interval, listed, number

PARTS = (("mean_test", "validation"), ("held_out", "held-out"))
LARGEST_LOSS = 0.5
"""The share of its gain over the baseline that a winner may lose on held-out rows unremarked."""
EXPLAINED = (
    "The baseline knows no feature: it predicts the classes by their shares in the training rows, "
    "or the mean of these (their median where the metric is of absolute errors). It is not ranked."
)
FAR_WORSE = (
    "far worse on held-out rows than when it was selected: the selected score is beyond the "
    f"interval of the held-out one, and more than {LARGEST_LOSS:.0%} of the gain over the baseline "
    "is lost"
)

Row = Mapping[str, Any]


def _gain(metric: str, value: float, base: float) -> float:
    return METRICS[metric].gain(collect.comparable(value), collect.comparable(base))


def sentences(rows: Sequence[Row]) -> list[str]:
    """Say which winners do not beat the baseline, or that all do; ``rows`` is the leaderboard."""
    said: list[str] = []
    compared = 0
    for column, part in PARTS:
        some: list[str] = []
        for dataset, own in by_dataset(rows).items():
            won = [row for row in own if row["kind"] == WINNER and math.isfinite(row[column])]
            base = next((float(row[column]) for row in own if row["kind"] == BASELINE), math.nan)
            if not won or not math.isfinite(base):
                continue
            compared += len(won)
            behind = [row for row in won if _gain(row["metric"], row[column], base) <= 0]
            if len(behind) == len(won):
                said.append(_none(dataset, won, column, part, base))
            else:
                some += [f"{row['model']} on {dataset}" for row in behind]
        if some:
            one = len(some) == 1
            said.append(
                f"Of the winners {'this one does' if one else 'these do'} not beat the baseline "
                f"on {part} rows: {escape(listed(some))}."
            )
    if compared and not said:
        who = "The winner beats" if compared == len(PARTS) else "Every winner beats"
        said = [f"{who} the baseline on validation rows and on held-out rows."]
    return said


def _none(dataset: str, won: Sequence[Row], column: str, part: str, base: float) -> str:
    best = max(won, key=lambda row: _gain(row["metric"], row[column], base))
    title = METRICS[best["metric"]].title
    who = "the winner does not beat" if len(won) == 1 else "no winner beats"
    return (
        f"**On the {part} rows of {escape(dataset)} {who} the baseline:** {title} "
        f"{number(float(best[column]))} of {best['model']}, {number(base)} of the baseline."
    )


def is_far_worse(row: Row) -> bool:
    """Tell whether a winner's held-out score is far worse than the one that selected it.

    So it is where the selected score lies outside the interval of the held-out one, on the side
    that flatters, and where more than ``LARGEST_LOSS`` of what it seemed to gain over the baseline
    is lost: other held-out rows would hardly explain the difference, and it matters. A score
    without an interval is not judged.

    Parameters
    ----------
    row
        Of the table of honesty: ``metric``, ``selected``, ``held_out``, ``held_out_low``,
        ``held_out_high``, and ``baseline``, the baseline's validation score.
    """
    metric = METRICS[row["metric"]]
    bound = row["held_out_high" if metric.greater_is_better else "held_out_low"]
    numbers = [float(row[name]) for name in ("selected", "held_out", "baseline")]
    if not all(map(math.isfinite, [*numbers, float(bound)])):
        return False
    selected, held_out, base = numbers
    lost, gained = metric.gain(selected, held_out), metric.gain(selected, base)
    return metric.gain(selected, float(bound)) > 0 and lost > LARGEST_LOSS * max(gained, 0.0)


def far_worse(rows: Sequence[Row]) -> list[str]:
    """Say of which winners the held-out score is far worse; ``rows`` is the table of honesty."""
    found = [row for row in rows if row.get("far_worse") in (True, "True")]
    if not found:
        return []
    told = [
        f"- {escape(row['model'])} on {escape(row['dataset'])}: {METRICS[row['metric']].title} "
        f"{number(row['selected'])} selected, "
        f"{interval(row['held_out'], row['held_out_low'], row['held_out_high'])} held-out; the "
        f"baseline {number(row['baseline'])} and {number(row['baseline_held_out'])}"
        for row in found
    ]
    who = "This winner is" if len(found) == 1 else "These winners are"
    return [f"**{who} {FAR_WORSE}:**", "\n".join(told)]
