"""The typed table: what every later stage reads of a data set."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hypertrial import files
from hypertrial.families import Task


@dataclass(frozen=True)
class Column:
    """A feature column; ``categories`` are the labels that the codes of ``X`` stand for."""

    name: str
    kind: Literal["numeric", "categorical"]
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A data set of n rows and p columns.

    ``X`` is float64 of shape (n, p); a categorical column holds codes into its categories; a
    missing value is NaN. ``y`` holds class codes (int64), the positive class of a binary task
    being 1, or the target's values (float64). ``classes`` is empty for regression.
    """

    name: str
    task: Task
    target: str
    columns: tuple[Column, ...]
    classes: tuple[str, ...]
    X: npt.NDArray[np.float64]
    y: npt.NDArray[Any]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of everything that training can see, the order of columns included."""
        parts = files.canonical_json(self.description())
        arrays = files.npz_bytes({"X": self.X, "y": self.y})
        return files.digest_text(parts + files.digest_bytes(arrays))

    def description(self) -> dict[str, Any]:
        """Return what the table is, without its values."""
        return {
            "name": self.name,
            "task": self.task,
            "target": self.target,
            "classes": list(self.classes),
            "columns": [
                {"name": each.name, "kind": each.kind, "categories": list(each.categories)}
                for each in self.columns
            ],
        }

    def rows(self, index: npt.NDArray[Any]) -> "Table":
        """Return the table of the given rows."""
        return Table(
            self.name,
            self.task,
            self.target,
            self.columns,
            self.classes,
            self.X[index],
            self.y[index],
        )


def save(table: Table, report: Mapping[str, Any], values: str | Path, about: str | Path) -> None:
    """Write a table's values (``.npz``) and its description with a report (``.json``)."""
    content = {**table.description(), **report, "rows": len(table.y), "digest": table.digest}
    files.write(values, files.npz_bytes({"X": table.X, "y": table.y}))
    files.write(about, files.json_bytes(content))


def load(values: str | Path, about: str | Path) -> Table:
    """Read a table that :func:`save` wrote."""
    arrays = files.load_npz(values)
    with open(about, encoding="utf-8") as stream:
        content = json.load(stream)
    columns = tuple(
        Column(each["name"], each["kind"], tuple(each["categories"])) for each in content["columns"]
    )
    return Table(
        content["name"],
        content["task"],
        content["target"],
        columns,
        tuple(content["classes"]),
        arrays["X"],
        arrays["y"],
    )


def made_by(about: str | Path) -> str:
    """Return the digest of what a table was made by; empty if its description is damaged."""
    try:
        return str(json.loads(Path(about).read_bytes())["params"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
