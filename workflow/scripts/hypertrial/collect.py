"""Collecting trials: bundles of records, then one table of scores and one of costs."""

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hypertrial import files, records, spreadsheet
from hypertrial.errors import StudyError
from hypertrial.families import Response, Task
from hypertrial.ledger.ledger import counts
from hypertrial.metrics import METRICS
from hypertrial.rescore import Rescorer

Record = dict[str, Any]
MIXED = ("mixed", "mixed-integer", "mixed-integer-float")
"""What pandas calls a column of values of several types."""


def bundle(
    folders: Sequence[str],
    metrics: Sequence[str],
    table_paths: Sequence[str],
    scores: str,
    costs: str,
) -> None:
    """Gather the records of some trials, a line for each, sorted by trial.

    What a trial did not score of ``metrics`` is computed from its predictions.
    """
    rescorer = Rescorer(metrics, table_paths)
    folders = sorted(folders)
    pairs = [records.read(folder) for folder in folders]
    sizes = [
        sum((Path(folder) / name).stat().st_size for name in records.TRIAL_FILES)
        for folder in folders
    ]
    complete = [
        rescorer.complete(record, folder)
        for (record, _), folder in zip(pairs, folders, strict=True)
    ]
    files.write(scores, _lines(complete))
    spent = [{**cost, "bytes": size} for (_, cost), size in zip(pairs, sizes, strict=True)]
    files.write(costs, _lines(spent))


def _lines(contents: Sequence[Record]) -> str:
    return "".join(files.canonical_json(content) + "\n" for content in contents)


def _read_lines(paths: Sequence[str]) -> list[Record]:
    rows = []
    for path in paths:
        with open(path, encoding="utf-8") as stream:
            rows += [json.loads(line) for line in stream]
    return rows


def tables(
    scores: Sequence[str],
    costs: Sequence[str],
    metrics: Sequence[str],
    trials: Sequence[str],
    cost: Sequence[str],
    ledger: str,
) -> None:
    """Write the table of all trials of a model, best first, that of their costs, and the ledger.

    Columns have the names of scikit-learn's ``cv_results_``; ``param_*`` holds the effective
    value of each hyperparameter that any trial sets, empty where it does not apply. The first
    of ``metrics`` ranks. ``complexity_rank`` is 1 for the simplest trials, as the model's family
    defines it. ``trials`` and ``cost`` are written once for each path, by its ending.

    Raises
    ------
    StudyError
        If every trial failed.
    """
    rows = _read_lines(scores)
    _check_any_succeeded(rows)
    table = pd.DataFrame([_row(row, metrics) for row in rows])
    table["complexity_rank"] = _complexity_ranks(rows)
    table = rank(table, metrics)
    parameters = pd.DataFrame(_searched(rows), index=[row["trial"] for row in rows])
    parameters = parameters.add_prefix("param_").loc[table["trial"]].reset_index(drop=True)
    place = list(table.columns).index("reason") + 1
    table = pd.concat([table.iloc[:, :place], parameters, table.iloc[:, place:]], axis=1)
    spent = pd.DataFrame([_cost_row(row) for row in _read_lines(costs)])
    for path in trials:
        write_table(table, path)
    for path in cost:
        write_table(spent, path)
    write_table(pd.DataFrame([counts(row) for row in rows]).convert_dtypes(), ledger)


def _complexity_ranks(rows: Sequence[Record]) -> "pd.Series[Any]":
    """Return 1 for the simplest trials, 2 for the next, and nothing for failed ones."""
    known = sorted({tuple(row["complexity"]) for row in rows if "complexity" in row})
    place = {complexity: number for number, complexity in enumerate(known, start=1)}
    ranks = [place.get(tuple(row.get("complexity", ()))) for row in rows]
    return pd.Series(ranks, dtype="Int64")


def _check_any_succeeded(rows: Sequence[Record]) -> None:
    if any(row["status"] == records.OK for row in rows):
        return
    reason, count = Counter(row["reason"] for row in rows).most_common(1)[0]
    where = f"{rows[0]['dataset']}/{rows[0]['model']}"
    hint = _hint(rows[0]["task"], str(reason))
    raise StudyError(f"{where}: all {len(rows)} trials failed; {count} of them: {reason}{hint}")


def _hint(task: Task, reason: str) -> str:
    """Say why a score may be no finite number, as it can be for a task, and what helps."""
    if " is nan" not in reason and " is inf" not in reason:
        return ""
    if task == "regression":
        return (
            "; targets or errors may be too large for it (divide the target), a part may have one "
            "row (use fewer folds), or it is for positive targets and predictions (take another "
            "metric)"
        )
    return (
        "; a class may be absent from that part, as data/splits.json tells: use fewer folds, "
        "another split.method or another metric"
    )


def _row(record: Record, metrics: Sequence[str]) -> Record:
    learned = record.get("learned", {})
    row: Record = {
        "trial": record["trial"],
        "default": not record["hyperparameters"]["set"],
        "status": record["status"],
        "reason": record["reason"],
    }
    for part, label in (("validation", "test"), ("train", "train")):
        for metric in metrics:
            values = [fold[part].get(metric, np.nan) for fold in record.get("folds", [])]
            row.update({f"split{i}_{label}_{metric}": value for i, value in enumerate(values)})
            row[f"mean_{label}_{metric}"] = float(np.mean(values)) if values else np.nan
            row[f"std_{label}_{metric}"] = float(np.std(values)) if values else np.nan
    row["learned_values"] = learned.get("values")
    row["learned_bytes"] = learned.get("bytes")
    replay = record.get("replay", {})
    row["replay_ties_differ"] = replay.get("ties_differ")
    row["replay_raw_difference"] = replay.get("raw_difference")
    row["replay_probability_difference"] = replay.get("probability_difference")
    row["replay_value_difference"] = replay.get("value_difference")
    return row


def _searched(rows: Sequence[Record]) -> dict[str, list[Any]]:
    """Return the effective values of the hyperparameters that any trial sets."""
    names = dict.fromkeys(name for row in rows for name in row["hyperparameters"]["set"])
    effective = [
        {**row["hyperparameters"]["defaulted"], **row["hyperparameters"]["set"]} for row in rows
    ]
    return {name: [_text(values, name) for values in effective] for name in sorted(names)}


def _text(values: Mapping[str, Any], name: str) -> Any:
    """Return a value as the table shows it: None is a value, a missing one does not apply."""
    if name not in values:
        return ""
    value = values[name]
    return "None" if value is None else value


def comparable(score: float) -> float:
    """Return a score without its last digits, in which equal means of folds can differ."""
    return float(f"{score:.12g}")


def rank(table: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Add ``rank_test_*`` (1 is best, ties share, failed last) and sort by the first metric.

    Ties are ordered by complexity, then by fewer learned values, then by the trial's id.
    """
    table = table.copy()
    for metric in metrics:
        means = table[f"mean_test_{metric}"].map(comparable)
        ranks = means.rank(
            method="min", ascending=not METRICS[metric].greater_is_better, na_option="bottom"
        )
        place = list(table.columns).index(f"std_test_{metric}") + 1
        table.insert(place, f"rank_test_{metric}", ranks.astype(int))
    table["learned_values"] = table["learned_values"].astype("Int64")
    table["learned_bytes"] = table["learned_bytes"].astype("Int64")
    order = [f"rank_test_{metrics[0]}", "complexity_rank", "learned_values", "trial"]
    return table.sort_values(order, ignore_index=True)


def _cost_row(cost: Record) -> Record:
    row: Record = {"trial": cost["trial"]}
    for name in ("prepare", "fit", "score"):
        seconds = [fold[f"{name}_seconds"] for fold in cost.get("folds", [])]
        row[f"mean_{name}_time"] = float(np.mean(seconds)) if seconds else np.nan
        row[f"std_{name}_time"] = float(np.std(seconds)) if seconds else np.nan
    names = ("refit_seconds", "seconds", "cpu_seconds", "peak_memory_bytes", "bytes", "host")
    return {**row, **{name: cost.get(name) for name in names}}


def with_probabilities(
    table: pd.DataFrame, response: Response, classes: Sequence[str]
) -> pd.DataFrame:
    """Return a table of predictions with the probability of each class, if there are any."""
    if response.probabilities is None:
        return table
    names = [f"probability_{name}" for name in classes]
    shares = pd.DataFrame(response.probabilities.astype(float), columns=names)
    return pd.concat([table, shares], axis=1)


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as CSV, or as Parquet if the path ends so; numbers keep all their digits.

    In Parquet a column of numbers and texts holds texts. In CSV a text that a spreadsheet would
    take for a formula has an apostrophe before it, which :func:`read_table` takes away.
    """
    if not str(path).endswith(".parquet"):
        files.write(path, spreadsheet.guarded(table).to_csv(index=False, lineterminator="\n"))
        return
    mixed = [name for name in table if pd.api.types.infer_dtype(table[name], skipna=True) in MIXED]
    texts = table.astype(dict.fromkeys(mixed, "string"))
    buffer = io.BytesIO()
    texts.to_parquet(buffer, engine="pyarrow", index=False)
    files.write(path, buffer.getvalue())


def read_texts(path: str | Path) -> pd.DataFrame:
    """Read a table that :func:`write_table` wrote as texts, the empty ones too."""
    return spreadsheet.unguarded(pd.read_csv(path, dtype=str, keep_default_na=False))


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table that :func:`write_table` wrote; only an empty field is missing."""
    table = pd.read_csv(path, dtype={"trial": str}, keep_default_na=False, na_values=[""])
    return spreadsheet.unguarded(table)
