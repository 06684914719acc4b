"""The data of the page's table and parallel coordinates: every trial of every search."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hypertrial import collect, records
from hypertrial.metrics import METRICS

COLUMNS = (
    "data set",
    "model",
    "rank",
    "score",
    "deviation",
    "training score",
    "learned values",
    "CPU s",
    "status",
    "set",
    "trial",
)
EFFECTIVE = "param_"


def data(searches_of: Mapping[str, str], metrics: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page's scripts read.

    ``searches_of`` holds a file of each search by ``dataset/model``, beside which its tables
    stand; ``metrics`` is the ranking metric of each data set.
    """
    rows: dict[str, list[list[Any]]] = {}
    searches = []
    for name, path in searches_of.items():
        dataset, model = name.split("/")
        results = collect.read_table(Path(path).parent / "trials.csv")
        spent = collect.read_table(Path(path).parent / "cost.csv").set_index("trial")["cpu_seconds"]
        metric = metrics[dataset]
        found = [_row(dataset, model, row, spent, metric) for row in results.to_dict("records")]
        rows.setdefault(dataset, []).extend(found)
        if (results["status"] == records.OK).any():
            searches.append(_search(dataset, model, results, metric))
    ordered = [row for dataset, own in rows.items() for row in _best_first(own, metrics[dataset])]
    return {"columns": list(COLUMNS), "rows": ordered, "searches": searches}


def _best_first(rows: list[list[Any]], metric: str) -> list[list[Any]]:
    """Return the trials of a data set, of all models, by their score; those without one last."""
    place = COLUMNS.index("score")
    sign = -1.0 if METRICS[metric].greater_is_better else 1.0
    return sorted(rows, key=lambda row: math.inf if row[place] is None else sign * row[place])


def _row(
    dataset: str, model: str, row: Mapping[Any, Any], spent: "pd.Series[Any]", metric: str
) -> list[Any]:
    chosen = [
        f"{str(key).removeprefix(EFFECTIVE)}={value}"
        for key, value in row.items()
        if str(key).startswith(EFFECTIVE) and not _missing(value)
    ]
    failed = row["status"] != records.OK
    return [
        dataset,
        model,
        int(row[f"rank_test_{metric}"]),
        _short(row[f"mean_test_{metric}"]),
        _short(row[f"std_test_{metric}"]),
        _short(row[f"mean_train_{metric}"]),
        None if _missing(row["learned_values"]) else int(row["learned_values"]),
        _short(float(spent.get(row["trial"], math.nan))),
        f"{row['status']}: {row['reason']}" if failed else row["status"],
        "(default)" if row["default"] else ", ".join(chosen),
        row["trial"],
    ]


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _short(value: Any) -> float | None:
    """Return a number in five digits, None for one that is missing."""
    return None if _missing(value) else float(f"{value:.5g}")


def _search(dataset: str, model: str, results: pd.DataFrame, metric: str) -> dict[str, Any]:
    """Return the axes of a search's parallel coordinates; a dash where a value does not apply."""
    done = results[results["status"] == records.OK]
    names = [name for name in map(str, results.columns) if name.startswith(EFFECTIVE)]
    return {
        "dataset": dataset,
        "model": model,
        "metric": METRICS[metric].title,
        "lower": not METRICS[metric].greater_is_better,
        "names": [name.removeprefix(EFFECTIVE) for name in names],
        "values": [[_plain(value) for value in done[name]] for name in names],
        "trials": [str(value) for value in done["trial"]],
        "scores": [_short(value) for value in done[f"mean_test_{metric}"]],
    }


def _plain(value: Any) -> Any:
    if _missing(value):
        return "–"
    return value.item() if isinstance(value, np.generic) else value


def as_json(content: Mapping[str, Any]) -> str:
    """Return JSON that stays inside its element, whatever texts it holds."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
