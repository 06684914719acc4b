"""Was tuning worth it: the default against the winner, and each hyperparameter on its own."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hypertrial import collect, confidence, files, prediction, records
from hypertrial.analysis import paired
from hypertrial.compare import Winner, read_winners
from hypertrial.data import table
from hypertrial.data.table import Table
from hypertrial.families import Response, Task
from hypertrial.metrics import METRICS, Metric, score
from hypertrial.models import get_family
from hypertrial.selection import fold_scores
from hypertrial.splitting import splits

Row = dict[str, Any]
EFFECTIVE = "param_"
SAME = "the winner is the default configuration"
FAILED = "the default configuration failed"
TUNING = (
    "model",
    "part",
    "metric",
    "default",
    "tuned",
    "gain",
    "gain_low",
    "gain_high",
    "note",
    "level",
)


def write(
    winners: Mapping[str, str],
    trials: Mapping[str, str],
    data_paths: Sequence[str],
    rules: Mapping[str, Any],
    outputs: Sequence[str],
) -> None:
    """Write what tuning gained, and what each hyperparameter's default would have lost.

    ``winners`` and ``trials`` are by model; ``data_paths`` are the two files of the table and
    that of the splits; ``rules`` are those of :meth:`hypertrial.plan.Plan.winner_rules`.
    """
    *table_paths, splits_path = data_paths
    parts = splits.load(splits_path)
    held_out = table.load(*table_paths).rows(parts.held_out)
    gains: list[Row] = []
    losses: list[Row] = []
    for model, path in winners.items():
        if not (own := read_winners([path])):
            continue  # no trial gave a result
        winner = own[0]
        results = collect.read_table(trials[model])
        gains.append(_validation(winner, results, paired.share_of(parts), rules["level"]))
        gains.append(_held_out(winner, Path(trials[model]).parent, held_out, rules))
        losses += tunability(winner["model"], winner["task"], results, METRICS[_first(winner)])
    collect.write_table(pd.DataFrame(gains, columns=list(TUNING)), outputs[0])
    collect.write_table(pd.DataFrame(losses, columns=list(TUNABILITY)), outputs[1])


def _first(winner: Winner) -> str:
    return str(winner["metrics"][0])


def _row(winner: Winner, part: str, level: float, **values: Any) -> Row:
    missing = dict.fromkeys(TUNING[3:-1], np.nan)
    names = {"model": winner["model"], "part": part, "metric": _first(winner)}
    return {**names, **missing, "note": "", **values, "level": level}


def _validation(winner: Winner, results: pd.DataFrame, share: float, level: float) -> Row:
    """Compare winner and default over the splits, by the corrected resampled t-test."""
    name = _first(winner)
    metric = METRICS[name]
    sign = 1.0 if metric.greater_is_better else -1.0
    default = results[results["default"]].iloc[0]
    tuned = winner["validation"][name]
    if default["status"] != records.OK:
        return _row(winner, "validation", level, tuned=tuned["mean"], note=FAILED)
    scores = [sign * np.array(each) for each in (tuned["folds"], fold_scores(default, name))]
    found = paired.compare(scores[0].tolist(), scores[1].tolist(), share, level, metric.span)
    return _row(
        winner,
        "validation",
        level,
        default=float(default[f"mean_test_{name}"]),
        tuned=tuned["mean"],
        gain=found.difference,
        gain_low=found.low,
        gain_high=found.high,
        note=SAME if _is_default(winner) else found.note,
    )


def _held_out(winner: Winner, folder: Path, part: Table, rules: Mapping[str, Any]) -> Row:
    """Compare winner and default on held-out rows, by a bootstrap that draws both the same."""
    metric = METRICS[_first(winner)]
    responses = [_response(folder, trial, part) for trial in _pair(winner)]
    if None in responses:
        tuned = winner["held_out"][metric.name]
        return _row(winner, "held_out", rules["level"], tuned=tuned, note=FAILED)
    common = (part.weight, part.group, rules["seed"], rules["resamples"])
    drawn = [
        confidence.resampled([metric.name], part.task, len(part.classes), part.y, each, *common)
        for each in responses
        if each is not None
    ]
    gains = metric_gain(metric, drawn[0][:, 0], drawn[1][:, 0])
    few = confidence.units_of(part.task, part.y, part.group).too_few(rules["level"])
    found = confidence.percentile(gains, rules["level"], "gain")
    found = confidence.none(few) if few else found
    tuned, default = (
        score([metric.name], part.task, len(part.classes), part.y, each, part.weight)[metric.name]
        for each in responses
        if each is not None
    )
    return _row(
        winner,
        "held_out",
        rules["level"],
        default=default,
        tuned=tuned,
        gain=float(metric_gain(metric, np.array(tuned), np.array(default))),
        gain_low=np.nan if found["low"] is None else found["low"],
        gain_high=np.nan if found["high"] is None else found["high"],
        note=SAME if _is_default(winner) else found["note"],
    )


def metric_gain(metric: Metric, tuned: Any, default: Any) -> Any:
    """Return how much better scores are, positive where they are better."""
    return tuned - default if metric.greater_is_better else default - tuned


def _is_default(winner: Winner) -> bool:
    return bool(winner["trial"] == winner["default_trial"])


def _pair(winner: Winner) -> tuple[str, str]:
    return winner["trial"], winner["default_trial"]


def _response(folder: Path, trial: str, part: Table) -> Response | None:
    """Return what a trial predicts from its learned parameters; None if it has none."""
    scores = json.loads((folder / "trials" / trial / records.SCORES).read_bytes())
    if scores["status"] != records.OK:
        return None
    learned = files.load_npz(folder / "trials" / trial / records.PARAMETERS)
    needed = scores["hyperparameters"]["needed"]
    return prediction.predict(get_family(scores["model"]), part.task, learned, needed, part)


TUNABILITY = (
    "model",
    "hyperparameter",
    "default_value",
    "best",
    "best_with_default",
    "loss",
    "trials_with_default",
)


def tunability(model: str, task: Task, results: pd.DataFrame, metric: Metric) -> list[Row]:
    """Return what is lost by leaving one hyperparameter at its default, and tuning the others.

    After Probst, Boulesteix and Bischl (2019), Tunability: Importance of Hyperparameters of
    Machine Learning Algorithms, Journal of Machine Learning Research 20, where it is estimated
    from surrogate models; here it is the best score of the trials that have the default value
    against the best of all. It is missing where no trial has the default value.
    """
    declared = get_family(model).declared(task)
    results = results[results["status"] == records.OK]
    best = _best(results, metric)
    rows = []
    for column in results.columns[results.columns.str.startswith(EFFECTIVE)]:
        name = column.removeprefix(EFFECTIVE)
        default = declared[name].default
        same = results[results[column].map(lambda value, d=default: _equal(value, d))]
        kept = _best(same, metric)
        rows.append(
            {
                "model": model,
                "hyperparameter": name,
                "default_value": "None" if default is None else default,
                "best": best,
                "best_with_default": kept,
                "loss": float(metric_gain(metric, np.array(best), np.array(kept))),
                "trials_with_default": len(same),
            }
        )
    return rows


def _best(results: pd.DataFrame, metric: Metric) -> float:
    means = results[f"mean_test_{metric.name}"]
    return float(means.max() if metric.greater_is_better else means.min())


def _equal(value: Any, default: Any) -> bool:
    """Tell whether a value of the table is a default, which may be None, a text or a number."""
    if default is None:
        return str(value) == "None"
    try:
        return float(value) == float(default)
    except (TypeError, ValueError):
        return str(value) == str(default)
