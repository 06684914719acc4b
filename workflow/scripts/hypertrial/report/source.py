"""The tables and records that the report's answers and alternative texts are told from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from hypertrial import collect, records, winnerless


@dataclass(frozen=True)
class Source:
    """Those of a study's files that the report's rule names, by their names below its folder.

    ``searches`` holds the models of each data set.
    """

    root: Path
    names: frozenset[str]
    searches: Mapping[str, Sequence[str]]
    _tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, paths: Sequence[str], searches: Sequence[str]) -> "Source":
        """Return the source of a study's folder; ``searches`` are named ``dataset/model``."""
        models: dict[str, list[str]] = {}
        for name in searches:
            dataset, model = name.split("/")
            models.setdefault(dataset, []).append(model)
        names = frozenset(Path(path).relative_to(root).as_posix() for path in paths)
        return cls(root, names, models)

    def has(self, name: str) -> bool:
        """Tell whether a file is among the inputs."""
        return name in self.names

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, an empty one if it is not among the inputs."""
        if name not in self._tables:
            read = self.has(name)
            self._tables[name] = collect.read_table(self.root / name) if read else pd.DataFrame()
        return self._tables[name].copy()

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a table, none if it is not among the inputs."""
        rows = self.table(name).astype(object).to_dict("records")
        return [{str(key): value for key, value in row.items()} for row in rows]

    def json(self, name: str) -> dict[str, Any]:
        """Return the content of a JSON file."""
        content: dict[str, Any] = json.loads((self.root / name).read_bytes())
        return content

    def winner(self, place: Mapping[str, str]) -> dict[str, Any]:
        """Return the record of the winner of a ``model`` on a ``dataset``."""
        return self.json(f"{place['dataset']}/{place['model']}/winner.json")

    def winners(self) -> list[dict[str, Any]]:
        """Return the rows of the leaderboard that are winners: they have a rank."""
        return [row for row in self.rows("leaderboard.csv") if pd.notna(row["rank"])]

    def won(self, dataset: str) -> list[str]:
        """Return the models that have a winner on a data set."""
        models = self.searches[dataset]
        return [
            each
            for each in models
            if winnerless.won(self.winner({"dataset": dataset, "model": each}))
        ]

    def scored(self, place: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
        """Return the trials of a search that have a score, and the name of the score's column."""
        table = self.table(f"{place['dataset']}/{place['model']}/trials.csv")
        metric = self.winner(place)["metrics"][0]
        return table[table["status"] == records.OK], f"mean_test_{metric}"

    def metrics(self) -> dict[str, str]:
        """Return the ranking metric of each data set."""
        return {
            dataset: self.winner({"dataset": dataset, "model": models[0]})["metrics"][0]
            for dataset, models in self.searches.items()
        }
