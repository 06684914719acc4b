"""What is exported: the finished searches of a study, a data set or a model."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from hypertrial import collect, model_folder, records, winnerless
from hypertrial.board_rows import BASELINE
from hypertrial.errors import HypertrialError, StudyError
from hypertrial.metrics import METRICS, Metric

BOARD, TABLE = "leaderboard.csv", "data/table.json"
Record = dict[str, Any]


@dataclass(frozen=True)
class Search:
    """The finished trials of one model on one data set, in ``results/STUDY/DATA SET/MODEL``."""

    folder: Path

    @property
    def model(self) -> str:
        """The model's name."""
        return self.folder.name

    @property
    def dataset(self) -> str:
        """The data set's name."""
        return self.folder.parent.name

    @property
    def study(self) -> str:
        """The study's name."""
        return self.folder.parent.parent.name

    @property
    def title(self) -> str:
        """Its place among all searches: ``study/data set/model``."""
        return f"{self.study}/{self.dataset}/{self.model}"

    @cached_property
    def winner(self) -> Record:
        """The record of the winner."""
        content: Record = json.loads((self.folder / model_folder.WINNER).read_bytes())
        return content

    @cached_property
    def metrics(self) -> list[Metric]:
        """The metrics of the study's task, the one that ranks first."""
        return [METRICS[name] for name in self.winner["metrics"]]

    @cached_property
    def table(self) -> pd.DataFrame:
        """The table of trials, best first."""
        return collect.read_table(self.folder / "trials.csv")

    @cached_property
    def trials(self) -> list[tuple[Record, Record]]:
        """The record of scores and that of costs of each trial, best first."""
        scores = _by_trial(self.folder, "scores")
        costs = _by_trial(self.folder, "cost")
        return [(scores[trial], costs[trial]) for trial in self.table["trial"]]


def _by_trial(folder: Path, part: str) -> dict[str, Record]:
    """Return the records of a search's bundles by trial."""
    paths = sorted((folder / "bundles").glob(f"*.{part}.jsonl"))
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines() if line]
    rows = [json.loads(line) for line in lines]
    return {row["trial"]: row for row in rows}


def values(record: Record) -> Record:
    """Return the effective value of each hyperparameter that applies to a trial.

    Words such as ``scale`` stay words.
    """
    return {**record["hyperparameters"]["defaulted"], **record["hyperparameters"]["set"]}


def split_scores(record: Record, part: str, metric: str) -> list[float]:
    """Return a metric of the part ``train`` or ``validation`` of each split.

    There are none of a trial that failed, and none of training of a metric that was added to the
    study after the trial had run.
    """
    if record["status"] != records.OK:
        return []
    return [fold[part][metric] for fold in record["folds"] if metric in fold[part]]


def find(folder: Path) -> list[Search]:
    """Return the searches of ``results/STUDY``, of a data set in it, or of a model of that.

    Raises
    ------
    HypertrialError
        If the folder is none of these, or a search in it has not been finished.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise StudyError(f"{folder}: no such folder; give results/STUDY, such as results/default")
    found = _below(folder)
    for each in found:
        if not (each / model_folder.WINNER).exists() or not (each / "trials.csv").exists():
            raise StudyError(f"{each}: is not finished; run the study first, which goes on there")
    searches = [Search(each) for each in found]
    won = [each for each in searches if winnerless.won(each.winner)]
    if not won:
        raise StudyError(f"{folder}: has no winner: {searches[0].winner['reason']}")
    return won


def _below(folder: Path) -> list[Path]:
    if (folder.parent / TABLE).exists() and _is_model(folder):
        return [folder]
    if (folder / TABLE).exists():
        models = [each for each in sorted(folder.iterdir()) if _is_model(each)]
        if not models:
            raise StudyError(f"{folder}: has no trials yet; run the study first")
        return models
    if (folder / BOARD).exists():
        board = collect.read_table(folder / BOARD).astype(str)
        board = board[board["kind"] != BASELINE]
        pairs = zip(board["dataset"], board["model"], strict=True)
        return sorted({folder / dataset / model for dataset, model in pairs})
    if any((each / "data").is_dir() for each in folder.iterdir()):
        raise StudyError(f"{folder}: the study is not finished: it has no {BOARD}; run it first")
    raise HypertrialError(
        f"{folder}: is no study, data set or model; give results/STUDY, or STUDY/DATA or "
        "STUDY/DATA/MODEL below results"
    )


def _is_model(folder: Path) -> bool:
    return (folder / "trials").is_dir() or (folder / model_folder.WINNER).exists()
