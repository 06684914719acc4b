"""Winners on the edge of their grid: whether values beyond it were worth a try, and which."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from hypertrial import selection
from hypertrial.families import Hyperparameter, Task
from hypertrial.metrics import METRICS
from hypertrial.models import get_family

PARAM = "param_"
SUGGESTED = 2
"""Values that are named beyond an edge."""
LEAST_RATIO = 2.0
"""Of two values, that makes their steps factors and not differences."""
MOST_DIGITS = 2

Edge = dict[str, Any]
End = Literal["smallest", "largest"]


def find(
    results: pd.DataFrame, position: int, model: str, task: Task, metric: str, folds: int
) -> list[Edge]:
    """Return the hyperparameters whose value in the winner is the last of its grid.

    The winner is held against the trials that differ from it in one hyperparameter alone. A value
    is told if it is their largest or smallest number, a number beyond it is legal, and the next
    one inside is worse by more than a standard error of the difference over the splits: so
    neither at a natural bound, such as one row in a leaf, nor where it makes no difference. Where
    no limit at all was tried too, the largest number is no edge.

    Parameters
    ----------
    results, position
        A model's table of trials, and the winner's place in it.
    folds
        The folds of one repeat of cross-validation.
    """
    declared = get_family(model).declared(task)
    found: list[Edge] = []
    for column in (name for name in results.columns if str(name).startswith(PARAM)):
        about = declared[str(column).removeprefix(PARAM)]
        if about.kind in ("integer", "number"):
            found += _edges(_slice(results, position, column), position, about, metric, folds)
    return found


def _slice(results: pd.DataFrame, position: int, column: str) -> "pd.DataFrame":
    """Return the trials that have the winner's values of all other hyperparameters.

    ``value`` is their own: a number, a text, or None where it does not apply.
    """
    others = [name for name in results.columns if str(name).startswith(PARAM) and name != column]
    cells = results[others].astype(object).map(_cell)
    same = cells.eq(cells.iloc[position]).all(axis=1)
    return results[same].assign(value=results.loc[same, column].map(_cell).astype(object))


def _cell(field: Any) -> float | str:
    """Return a field of the table as a number or a text, empty where it does not apply."""
    if isinstance(field, bool | np.bool_):
        return str(field)
    try:
        number = float(field)
    except (TypeError, ValueError):
        return str(field)
    return "" if math.isnan(number) else number


def _edges(
    trials: pd.DataFrame, position: int, about: Hyperparameter, metric: str, folds: int
) -> Iterator[Edge]:
    own: Any = trials.loc[position, "value"]
    unlimited = trials["value"].map(about.is_unlimited)
    numbers = trials[~unlimited & trials["value"].map(lambda value: isinstance(value, float))]
    values = sorted(set(numbers["value"]))
    if own not in values or len(values) < 2 or about.is_unlimited(own):
        return
    ends: dict[End, float] = {"smallest": values[0], "largest": values[-1]}
    for end, value in ends.items():
        further = beyond(about, values, end)
        closed = end == "largest" and bool(unlimited.any())
        if own == value and further and not closed and _pays(numbers, position, end, metric, folds):
            low, high = (_shown(about, each) for each in (values[0], values[-1]))
            name = {"hyperparameter": about.name, "value": _shown(about, own), "end": end}
            yield {**name, "low": low, "high": high, "try": further}


def _pays(trials: pd.DataFrame, position: int, end: End, metric: str, folds: int) -> bool:
    """Tell whether the winner is better than the next value inside, beyond a standard error."""
    rows: dict[Any, Any] = dict(trials[trials[f"mean_test_{metric}"].notna()].iterrows())
    own = rows.pop(position)
    inside = [row for row in rows.values() if row["value"] != own["value"]]
    if not inside:
        return False
    nearest = (max if end == "largest" else min)(inside, key=lambda row: float(row["value"]))
    scores = [selection.fold_scores(row, metric) for row in (own, nearest)]
    pairs = zip(*scores, strict=True)
    gains = [METRICS[metric].gain(own, other) for own, other in pairs]
    error = float(np.std(gains, ddof=1)) / math.sqrt(folds) if len(gains) > 1 else 0.0
    return float(np.mean(gains)) > error


def beyond(about: Hyperparameter, values: Sequence[float], end: End) -> list[int | float]:
    """Return legal values that go on from the ascending numbers of a grid, in its own steps.

    Steps are factors where these are more alike than the differences.
    """
    positive = [value for value in values if value > 0]
    factors = min(values) >= 0 and _are_factors(positive)
    edge = values[-1] if end == "largest" else values[0]
    if factors and edge > 0:
        step = float(np.median(np.divide(positive[1:], positive[:-1])))
        reached = [edge * step ** (k if end == "largest" else -k) for k in range(1, SUGGESTED + 1)]
        reached = [_rounded(value, about, values) for value in reached]
    else:
        step = float(np.median(np.diff(values)))
        sign = 1 if end == "largest" else -1
        reached = [float(f"{edge + sign * k * step:.10g}") for k in range(1, SUGGESTED + 1)]
    bound = about.high if end == "largest" else max(about.low, about.unlimited_from)
    legal = [value for value in reached if _is_legal(about, value, edge, end)]
    if not legal and math.isfinite(bound) and _is_legal(about, bound, edge, end):
        legal = [bound]
    return [_shown(about, value) for value in dict.fromkeys(legal)]


def _are_factors(values: Sequence[float]) -> bool:
    if len(values) < 2:
        return False
    if len(values) == 2:
        return values[1] / values[0] >= LEAST_RATIO
    logarithms, differences = np.diff(np.log(values)), np.diff(values)
    unlike = [float(each.std() / each.mean()) for each in (logarithms, differences)]
    return unlike[0] < unlike[1]


def _rounded(value: float, about: Hyperparameter, values: Sequence[float]) -> float:
    """Return a number in as few digits as the grid's own numbers have."""
    digits = max(len(f"{each:.15e}".split("e")[0].rstrip("0").replace(".", "")) for each in values)
    places = MOST_DIGITS if about.kind == "integer" else min(digits, MOST_DIGITS)
    rounded = float(f"{value:.{places - 1}e}")
    return float(round(rounded)) if about.kind == "integer" else rounded


def _is_legal(about: Hyperparameter, value: float, edge: float, end: End) -> bool:
    further = value > edge if end == "largest" else value < edge
    try:
        about.coerce(value)
    except ValueError:
        return False
    return further and not about.is_unlimited(value)


def _shown(about: Hyperparameter, value: float) -> int | float:
    return int(value) if about.kind == "integer" else value


def sentence(edge: Mapping[str, Any]) -> str:
    """Say which value lies on an edge, and what to try.

    Numbers are written as a config has them: YAML takes 3e-05 for a text.
    """
    value, low, high = (_plain(edge[name]) for name in ("value", "low", "high"))
    further = ", ".join(map(_plain, edge["try"]))
    return f"{edge['hyperparameter']}={value} is the {edge['end']} of {low}…{high}: try {further}"


def _plain(value: float) -> str:
    """Return a number of at most six digits without an exponent."""
    return np.format_float_positional(float(f"{value:.6g}"), trim="-")
