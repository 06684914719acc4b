"""The folder of a trial or a model, which may come from elsewhere: found, and read with care.

What its files say is checked before anything is computed from it, so that a folder that was made
to harm costs one line.
"""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypertrial import collect, files, reading_checks, records
from hypertrial.board_rows import BASELINE
from hypertrial.errors import DataError, listing, nearest
from hypertrial.families import TASKS, Family, Task, Value
from hypertrial.metrics import METRICS
from hypertrial.models import family_names, get_family

WINNER = "winner.json"
LEADERBOARD = "leaderboard.csv"
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
"""What a trial's folder may be called, so that no path leads out of its model's folder."""


def find_trial(folder: Path) -> Path:
    """Return a trial's folder: this one, that of a model's winner, or of a data set's best.

    Raises
    ------
    DataError
        If the folder is none of these, or a record of a winner is damaged.
    """
    if (folder / records.SCORES).exists():
        return folder
    if (folder / WINNER).exists():
        return folder / "trials" / _trial_of(folder)
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    return find_trial(_best_model(folder))


def _best_model(folder: Path) -> Path:
    """Return the folder of a data set's best model, by validation score."""
    found = [path.parent for path in sorted(folder.glob(f"*/{WINNER}"))]
    known = set(_in_study(folder))
    scored = [
        (_score(path), path) for path in found if (not known or path.name in known) and _ran(path)
    ]
    if not scored:
        raise DataError(
            f"{folder}: is neither the folder of a trial (with {records.SCORES}), nor of a model "
            f"(with {WINNER}), nor of a data set with such, as results/default/iris/svm is"
        )
    return max(scored, key=lambda each: each[0])[1]


def _ran(folder: Path) -> bool:
    return read_winner(folder).get("trial") is not None


def _score(folder: Path) -> float:
    """Return the winner's validation score by the ranking metric, greater for better."""
    winner = read_winner(folder)
    try:
        metric = METRICS[winner["metrics"][0]]
        mean = collect.comparable(float(winner["validation"][metric.name]["mean"]))
    except (KeyError, IndexError, TypeError, ValueError):
        raise _damaged(folder / WINNER) from None
    return (mean if metric.greater_is_better else -mean) if math.isfinite(mean) else -math.inf


def _trial_of(folder: Path) -> str:
    winner = read_winner(folder)
    if "trial" in winner and winner["trial"] is None:
        raise DataError(f"{folder}: has no winner: {winner.get('reason', 'all trials failed')}")
    name = winner.get("trial")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise _damaged(folder / WINNER)
    return name


def read_winner(folder: Path) -> dict[str, Any]:
    """Return the record of a model's winner.

    Raises
    ------
    DataError
        If it cannot be read, or is no record.
    """
    try:
        winner = json.loads(files.read_regular(folder / WINNER))
    except (ValueError, RecursionError):
        raise _damaged(folder / WINNER) from None
    if not isinstance(winner, dict):
        raise _damaged(folder / WINNER)
    return winner


def _damaged(path: Path) -> DataError:
    return DataError(f"{path}: damaged; run the study again")


def _in_study(folder: Path) -> dict[str, str]:
    """Return the models of a data set that its study's last run compared, with their winners."""
    path = folder.parent / LEADERBOARD
    if not path.is_file():
        return {}
    board = collect.read_texts(path)
    try:
        own = board[board["dataset"] == folder.name]
        if "kind" in own:
            own = own[own["kind"] != BASELINE]
        return dict(zip(own["model"], own["trial"], strict=True))
    except KeyError:
        raise _damaged(path) from None


def notes(trial: Path) -> list[str]:
    """Say what a user should know of a trial: that its study has gone on without it.

    A folder of results keeps the models and trials of configs that were run before.
    """
    model = trial.parent.parent
    known = _in_study(model.parent)
    if not known:
        return []
    if model.name not in known:
        return [
            f"{model}: is no longer in the study, whose last run compared {listing(sorted(known))}"
        ]
    table = model / "trials.csv"
    if table.is_file() and trial.name not in set(collect.read_texts(table)["trial"]):
        return [
            f"{trial}: is no longer in the study; its winner is now {known[model.name] or 'none'}"
        ]
    return []


def read_scores(folder: Path) -> dict[str, Any]:
    """Return a trial's record, checked against its digest and that of the parameters.

    Raises
    ------
    DataError
        If a file is missing or damaged, the trial has no result, or the record says what none
        of ours would.
    """
    path = folder / records.SCORES
    try:
        scores = files.read_sealed(files.read_regular(path))
    except (ValueError, RecursionError):
        scores = None
    if not isinstance(scores, dict):
        raise DataError(f"{path}: damaged; run the study again, which makes the trial anew")
    if scores.get("status") != records.OK:
        raise DataError(f"{folder}: this trial {scores.get('status')}: {scores.get('reason')}")
    try:
        _check(scores)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: is no record of a trial: {_said(error)}") from None
    parameters = folder / records.PARAMETERS
    try:
        digest = files.digest_file(parameters)
    except OSError as error:
        raise DataError(f"{parameters}: {(error.strerror or str(error)).lower()}") from None
    if digest != scores["files"].get(records.PARAMETERS):
        raise DataError(f"{parameters}: damaged; run the study again")
    return scores


def _said(error: Exception) -> str:
    return f"no entry {error}" if isinstance(error, KeyError) else str(error)


def _check(scores: Mapping[str, Any]) -> None:
    """Check the entries of a record that prediction follows."""
    model, task, needed = scores["model"], scores["task"], scores["hyperparameters"]["needed"]
    if model not in family_names():
        raise ValueError(f"model: unknown model{nearest(model, family_names())}")
    if task not in TASKS:
        raise ValueError(f"task: must be one of {listing(TASKS)}")
    if not isinstance(scores["files"], dict) or not isinstance(scores["metrics"], dict):
        raise ValueError("files, metrics: must be entries by name")
    missing = scores["missing"]
    if not isinstance(missing, list) or not all(isinstance(each, str) for each in missing):
        raise ValueError("missing: must be a list of texts")
    reading_checks.check_record(scores.get("reading", {}))
    if not isinstance(needed, dict):
        raise ValueError("needed: must be entries by name")
    check_needed(get_family(model), task, needed)


def check_needed(family: Family, task: Task, needed: Mapping[str, Value]) -> None:
    """Check the hyperparameters that prediction is handed against a family's declaration.

    Raises
    ------
    ValueError
        If one is missing, unknown or not legal; a word stands for no number any more.
    """
    check_values(family, task, needed)
    declared = {
        name: each
        for name, each in family.declared(task).items()
        if each.needed or needed.get(name, each.default) in each.needed_as
    }
    due = {name for name, each in declared.items() if each.applies(needed)}
    if set(needed) != due:
        raise ValueError(f"needed: must be {listing(sorted(due)) or 'empty'}")
    for name, value in needed.items():
        if declared[name].kind in ("integer", "number") and isinstance(value, str):
            raise ValueError(f"{name}: must be a number")


def check_values(family: Family, task: Task, values: Mapping[str, Value]) -> None:
    """Check hyperparameters of a record against a family's declaration.

    Raises
    ------
    ValueError
        If one is unknown or not legal.
    """
    declared = family.declared(task)
    for name, value in values.items():
        if name not in declared:
            raise ValueError(f"{name}: is no hyperparameter of {family.name}")
        try:
            declared[name].coerce(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
