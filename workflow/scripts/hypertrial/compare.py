"""Comparing models: the winner of each, its held-out scores, the leaderboard, the costs."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hypertrial import (
    board,
    board_rows,
    collect,
    confidence,
    edges,
    files,
    prediction,
    records,
    selection,
    winnerless,
    wording,
)
from hypertrial import metrics as metrics_module
from hypertrial.data import table
from hypertrial.metrics import METRICS
from hypertrial.models import get_family
from hypertrial.splitting import splits

Winner = winnerless.Winner
NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
OTHER_NUMBERS = " (the numbers are those of the first; others differ)"
DIFFERENCES = ("ties_differ", "raw_difference", "probability_difference", "value_difference")


def evaluate(
    trials: str,
    table_paths: Sequence[str],
    splits_path: str,
    rules: Mapping[str, Any],
    winner: str,
    parameters: str,
    predictions: Sequence[str],
) -> str | None:
    """Choose a model's winner, score it once on the held-out rows, and say in a line what it is.

    The prediction uses the trial's ``parameters.npz`` and NumPy alone. ``rules`` are those of
    :meth:`hypertrial.plan.Plan.winner_rules`. Writes the winner's record (JSON), a copy of its
    parameters, and its prediction of each held-out row (once for each path, by its ending).
    Where all trials failed there is none: the record says why, the other files are empty, and
    nothing is said.
    """
    results = collect.read_table(trials)
    if not (results["status"] == records.OK).any():
        failed = _winnerless(trials, results, table_paths, rules)
        files.write(winner, files.json_bytes(failed))
        files.write_npz(parameters, {})
        for path in predictions:
            collect.write_table(pd.DataFrame(columns=["row", "actual", "predicted"]), path)
        return None
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
        "edges": edges.find(results, position, scores["model"], data.task, metrics[0], folds),
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
    return line(record)


def line(record: Winner) -> str:
    """Say in one line what a winner scores on validation rows, and what was set for it."""
    name = record["metrics"][0]
    scores = record["validation"][name]
    return (
        f"{record['dataset']}/{record['model']}: {METRICS[name].title} "
        f"{wording.spread(scores['mean'], scores['std'])}, "
        f"{board.setting(record['hyperparameters']['set'])}"
    )


def _winnerless(
    trials: str, results: pd.DataFrame, table_paths: Sequence[str], rules: Mapping[str, Any]
) -> Winner:
    """Return the record of a search without a winner."""
    data = table.load(*table_paths)
    folder = Path(trials).parent / "trials" / str(results["trial"].iloc[0])
    scores, _ = records.read(folder)
    failures = _failures(results)
    return {
        "dataset": scores["dataset"],
        "model": scores["model"],
        "task": data.task,
        "metrics": list(rules["metrics"]),
        "trial": None,
        "reason": winnerless.reason(failures, data.task),
        "trials": len(results),
        "failures": failures,
        "held_out_level": rules["level"],
        "classes": list(data.classes),
        "features": [column.name for column in data.columns],
    }


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
    """Return how many trials failed for each reason, the most frequent first.

    Reasons that differ in their numbers alone are one, told with those of the first trial.
    """
    bad = results[results["status"] != records.OK]
    alike: dict[tuple[str, str], Counter[str]] = {}
    for status, reason in zip(bad["status"], bad["reason"], strict=True):
        kind = (status, NUMBER.sub("#", str(reason)))
        alike.setdefault(kind, Counter())[str(reason)] += 1
    ordered = sorted(alike.items(), key=lambda item: -item[1].total())
    return [
        {
            "status": status,
            "reason": next(iter(reasons)) + OTHER_NUMBERS * (len(reasons) > 1),
            "trials": reasons.total(),
        }
        for (status, _), reasons in ordered
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
    """Read the records of winners that :func:`evaluate` wrote, in their order.

    A search without a winner is left out; :func:`read_winnerless` has those.

    Raises
    ------
    DataError
        If a record is damaged.
    """
    return [record for record in map(winnerless.read, paths) if winnerless.won(record)]


def read_winnerless(paths: Sequence[str]) -> list[Winner]:
    """Read the records of the searches that have no winner, in their order."""
    return [record for record in map(winnerless.read, paths) if not winnerless.won(record)]


def leaderboard(
    winners: Sequence[str], board: str, held_out: str, baselines: Sequence[str] = ()
) -> None:
    """Write the leaderboard over data sets and models, and the winners' held-out scores.

    ``baselines`` are the records of the data sets' baselines, which are listed and not ranked.
    """
    found = list(map(winnerless.read, winners))
    won = [each for each in found if winnerless.won(each)]
    floors = [*map(winnerless.read, baselines)]
    rows = [
        board_rows.of_winner(each) if winnerless.won(each) else board_rows.of_failed(each)
        for each in found
    ]
    rows += map(board_rows.of_baseline, floors)
    collect.write_table(board_rows.ranked(rows), board)
    scored = [board_rows.held_out(each) for each in (*won, *floors)]
    collect.write_table(pd.DataFrame(scored), held_out)


def costs(paths: Mapping[str, str], winners: Sequence[str], output: str) -> None:
    """Write what each model cost on each data set; ``paths`` maps ``dataset/model`` to a table.

    Beside it stands what the search gained over the default configuration, and the CPU seconds
    that it took for each 0.001 of that, where it gained anything; ``note`` says why a search has
    no winner.
    """
    gains = {f"{each['dataset']}/{each['model']}": each["gain"] for each in read_winners(winners)}
    failed = {f"{each['dataset']}/{each['model']}": each for each in read_winnerless(winners)}
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
                "note": failed[name]["reason"] if name in failed else None,
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
