"""Comparing models: the winner of each, its held-out scores, the leaderboard, the costs."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hypertrial import collect, confidence, files, prediction, records, selection
from hypertrial import metrics as metrics_module
from hypertrial.data import table
from hypertrial.metrics import METRICS
from hypertrial.models import get_family
from hypertrial.splitting import splits

Winner = dict[str, Any]
DIFFERENCES = ("ties_differ", "raw_difference", "probability_difference", "value_difference")


def evaluate(
    trials: str,
    table_paths: Sequence[str],
    splits_path: str,
    rules: Mapping[str, Any],
    winner: str,
    parameters: str,
    predictions: Sequence[str],
) -> None:
    """Choose a model's winner and score it once on the held-out rows.

    The prediction uses the trial's ``parameters.npz`` and NumPy alone. ``rules`` are those of
    :meth:`hypertrial.plan.Plan.winner_rules`. Writes the winner's record (JSON), a copy of its
    parameters, and its prediction of each held-out row (once for each path, by its ending).
    """
    results = collect.read_table(trials)
    parts = splits.load(splits_path)
    metrics, folds = rules["metrics"], parts.count // int(rules["repeats"])
    position, chosen = selection.choose(results, metrics[0], rules["selection"], folds)
    best = results.iloc[position]
    folder = Path(trials).parent / "trials" / str(best["trial"])
    scores, _ = records.read(folder)
    data = table.load(*table_paths)
    held_out = parts.held_out
    part = data.rows(held_out)
    learned = files.load_npz(folder / records.PARAMETERS)
    needed = scores["hyperparameters"]["needed"]
    response = prediction.predict(get_family(scores["model"]), data.task, learned, needed, part)
    scored = (metrics, data.task, len(data.classes), part.y, response, part.weight)
    held = metrics_module.score(*scored)
    record = {
        "dataset": scores["dataset"],
        "model": scores["model"],
        "task": data.task,
        **_record(results, best, scores, metrics),
        "selection": chosen,
        "held_out": {name: v if math.isfinite(v) else None for name, v in held.items()},
        "held_out_intervals": confidence.intervals(
            *scored, part.group, rules["seed"], rules["resamples"], rules["level"]
        ),
        "held_out_level": rules["level"],
        "held_out_rows": len(held_out),
        "classes": list(data.classes),
        "features": [column.name for column in data.columns],
    }
    files.write(winner, files.json_bytes(record))
    files.write(parameters, (folder / records.PARAMETERS).read_bytes())
    predicted = _predicted(data, held_out, part, response)
    for path in predictions:
        collect.write_table(predicted, path)


def _record(
    results: pd.DataFrame,
    best: "pd.Series[Any]",
    scores: Mapping[str, Any],
    metrics: Sequence[str],
) -> dict[str, Any]:
    """Return what the table of trials and the winner's scores say of a model."""
    return {
        "metrics": list(metrics),
        "trial": scores["trial"],
        "hyperparameters": scores["hyperparameters"],
        **_against_default(results, best, metrics),
        "trials": len(results),
        "failures": _failures(results),
        "learned": scores["learned"],
        "replay": {name: _largest(results, f"replay_{name}") for name in DIFFERENCES},
    }


def _largest(results: pd.DataFrame, column: str) -> float | None:
    """Return the largest value of a column over all trials, None if there is none."""
    return _known(results[column].max())


def _against_default(
    results: pd.DataFrame, best: "pd.Series[Any]", metrics: Sequence[str]
) -> dict[str, Any]:
    """Return the validation scores of the winner and of the default configuration."""
    default = results[results["default"]].iloc[0]
    same_status = default["status"] == records.OK
    ranking = METRICS[metrics[0]]
    mean = f"mean_test_{ranking.name}"
    return {
        "validation": _scores(best, metrics),
        "default": _scores(default, metrics) if same_status else None,
        "default_trial": str(default["trial"]),
        "gain": float(ranking.gain(best[mean], default[mean])) if same_status else None,
    }


def _scores(row: "pd.Series[Any]", metrics: Sequence[str]) -> dict[str, Any]:
    return {
        name: {
            "mean": float(row[f"mean_test_{name}"]),
            "std": float(row[f"std_test_{name}"]),
            "mean_train": _known(row[f"mean_train_{name}"]),
            "folds": selection.fold_scores(row, name),
        }
        for name in metrics
    }


def _known(value: Any) -> float | None:
    """Return a number, or None for a missing one, as of training scores not kept."""
    return None if np.isnan(value) else float(value)


def _failures(results: pd.DataFrame) -> list[dict[str, Any]]:
    bad = results[results["status"] != records.OK]
    counts = Counter(zip(bad["status"], bad["reason"], strict=True))
    return [
        {"status": status, "reason": reason, "trials": count}
        for (status, reason), count in counts.most_common()
    ]


def _predicted(data: table.Table, rows: Any, part: table.Table, response: Any) -> pd.DataFrame:
    if data.task == "regression":
        result = pd.DataFrame(
            {"row": rows, "actual": part.y, "predicted": response.labels.astype(float)}
        )
    else:
        classes = np.array(data.classes, dtype=object)
        result = pd.DataFrame(
            {"row": rows, "actual": classes[part.y], "predicted": classes[response.labels]}
        )
    if part.weight is not None:
        result["weight"] = part.weight
    if response.ranking is not None:
        result["ranking"] = response.ranking.astype(float)
    return collect.with_probabilities(result, response, data.classes)


def read_winners(paths: Sequence[str]) -> list[Winner]:
    """Read the records that :func:`evaluate` wrote, in their order.

    Raises
    ------
    DataError
        If one is damaged.
    """
    return [_read_winner(path) for path in paths]


def _read_winner(path: str) -> Winner:
    try:
        winner: Winner = json.loads(Path(path).read_bytes())
    except ValueError:
        raise files.damaged(path) from None
    return winner


def leaderboard(winners: Sequence[str], board: str, held_out: str) -> None:
    """Write the leaderboard over data sets and models, and the winners' held-out scores."""
    rows = read_winners(winners)
    table = pd.DataFrame([_board_row(row) for row in rows])
    means = table["mean_test"].map(collect.comparable)
    best = means.where(table["greater_is_better"], -means)
    place = list(table.columns).index("mean_test")
    ranks = best.groupby(table["dataset"], sort=False).rank(method="min", ascending=False)
    table.insert(place, "rank", ranks.astype(int))
    order = {name: i for i, name in enumerate(dict.fromkeys(table["dataset"]))}
    table = table.sort_values(
        ["dataset", "rank", "model"],
        key=lambda column: column.map(order) if column.name == "dataset" else column,
        ignore_index=True,
    )
    collect.write_table(table, board)
    collect.write_table(pd.DataFrame([_held_out_row(row) for row in rows]), held_out)


def _board_row(winner: Winner) -> dict[str, Any]:
    metric = winner["metrics"][0]
    validation = winner["validation"][metric]
    default = winner["default"]
    return {
        "dataset": winner["dataset"],
        "task": winner["task"],
        "model": winner["model"],
        "metric": metric,
        "greater_is_better": METRICS[metric].greater_is_better,
        "mean_test": validation["mean"],
        "std_test": validation["std"],
        "mean_train": validation["mean_train"] if validation["mean_train"] is not None else np.nan,
        "default_mean_test": default[metric]["mean"] if default else np.nan,
        "gain": winner["gain"] if winner["gain"] is not None else np.nan,
        "held_out": winner["held_out"][metric],
        "held_out_low": winner["held_out_intervals"][metric]["low"],
        "held_out_high": winner["held_out_intervals"][metric]["high"],
        "held_out_note": winner["held_out_intervals"][metric]["note"],
        "learned_values": winner["learned"]["values"],
        "trials": winner["trials"],
        "failed": sum(each["trials"] for each in winner["failures"]),
        "trial": winner["trial"],
        "hyperparameters": files.canonical_json(winner["hyperparameters"]["set"]),
    }


def _held_out_row(winner: Winner) -> dict[str, Any]:
    names = ("dataset", "task", "model", "trial", "held_out_rows")
    row = {name: winner[name] for name in names}
    for metric, score in winner["held_out"].items():
        interval = winner["held_out_intervals"][metric]
        row |= {metric: score, f"{metric}_low": interval["low"], f"{metric}_high": interval["high"]}
    return {**row, "note": _why_none(winner["held_out_intervals"])}


def _why_none(intervals: Mapping[str, Any]) -> str:
    """Say which scores have no interval, and why."""
    without: dict[str, list[str]] = {}
    for metric, each in intervals.items():
        if each["note"]:
            without.setdefault(each["note"], []).append(metric)
    return "; ".join(f"{', '.join(names)}: {note}" for note, names in without.items())


def costs(paths: Mapping[str, str], winners: Sequence[str], output: str) -> None:
    """Write what each model cost on each data set; ``paths`` maps ``dataset/model`` to a table.

    Beside it stands what the search gained over the default configuration, and the CPU seconds
    that it took for each 0.001 of that, where it gained anything.
    """
    gains = {f"{each['dataset']}/{each['model']}": each["gain"] for each in read_winners(winners)}
    rows = []
    for name, path in paths.items():
        spent = collect.read_table(path)
        dataset, model = name.split("/")
        rows.append(
            {
                "dataset": dataset,
                "model": model,
                "trials": len(spent),
                "seconds": spent["seconds"].sum(),
                "cpu_seconds": spent["cpu_seconds"].sum(),
                "mean_fit_time": spent["mean_fit_time"].mean(),
                "mean_score_time": spent["mean_score_time"].mean(),
                "peak_memory_bytes": spent["peak_memory_bytes"].max(),
                "bytes": spent["bytes"].sum(),
                **_worth(gains.get(name), float(spent["cpu_seconds"].sum())),
            }
        )
    collect.write_table(pd.DataFrame(rows), output)


def _worth(gain: float | None, cpu_seconds: float) -> dict[str, float]:
    """Return what a search gained and what a thousandth of it cost; nan where it is not known."""
    gained = gain is not None and gain > 0
    return {
        "gain": np.nan if gain is None else gain,
        "cpu_seconds_per_thousandth": cpu_seconds / (1000 * gain) if gained and gain else np.nan,
    }
