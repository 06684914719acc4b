"""The typed table: what every later stage reads of a data set."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hypertrial import files
from hypertrial.families import Task

Kind = Literal["numeric", "ordered", "categorical"]
ROLES = ("weight", "group", "time", "fold")
"""What a column can be beside a feature and the target; each has a value for each row."""


@dataclass(frozen=True)
class Column:
    """A feature column.

    ``categories`` are the labels that the codes of ``X`` stand for: sorted for a categorical
    column, in their declared order, lowest first, for an ordered one. ``monotone`` is 1 where
    a prediction may only rise with the column, -1 where it may only fall, else 0.
    """

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()
    monotone: int = 0


@dataclass(frozen=True)
class Table:
    """A data set of n rows and p columns.

    ``X`` is float64 of shape (n, p); an ordered or categorical column holds codes into its
    categories; a missing value is NaN. ``y`` holds class codes (int64), the positive class of
    a binary task being 1, or the target's values (float64). ``classes`` is empty for regression.

    The others have shape (n,), or are None: ``weight`` (float64, not negative) is how much a row
    counts in fits and in scores; rows of one ``group`` (int64 codes) belong together; ``time``
    (int64 nanoseconds or float64) orders the rows; ``fold`` (int16) is the fold that is to
    validate on a row, -1 where it is held out.
    """

    name: str
    task: Task
    target: str
    columns: tuple[Column, ...]
    classes: tuple[str, ...]
    X: npt.NDArray[np.float64]
    y: npt.NDArray[Any]
    weight: npt.NDArray[np.float64] | None = None
    group: npt.NDArray[np.int64] | None = None
    time: npt.NDArray[Any] | None = None
    fold: npt.NDArray[np.int16] | None = None

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all values: ``X``, ``y``, and what there is of the roles."""
        named = {"X": self.X, "y": self.y, **{role: getattr(self, role) for role in ROLES}}
        return {name: values for name, values in named.items() if values is not None}

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of everything that training can see, the order of columns included."""
        return files.digest_arrays(files.canonical_json(self.description()), self.arrays())

    def description(self) -> dict[str, Any]:
        """Return what the table is, without its values."""
        return {
            "name": self.name,
            "task": self.task,
            "target": self.target,
            "classes": list(self.classes),
            "columns": [
                {
                    "name": each.name,
                    "kind": each.kind,
                    "categories": list(each.categories),
                    **({"monotone": each.monotone} if each.monotone else {}),
                }
                for each in self.columns
            ],
        }

    def rows(self, index: npt.NDArray[Any]) -> "Table":
        """Return the table of the given rows."""
        chosen: dict[str, Any] = {
            name: files.take(values, index) for name, values in self.arrays().items()
        }
        return replace(self, **chosen)


def save(table: Table, report: Mapping[str, Any], values: str | Path, about: str | Path) -> None:
    """Write a table's values (``.npz``) and its description with a report (``.json``)."""
    files.write_npz(values, table.arrays())
    content = {**table.description(), **report, "rows": len(table.y), "digest": table.digest}
    content["bytes"] = Path(values).stat().st_size
    files.write(about, files.json_bytes(content))


def load(values: str | Path, about: str | Path) -> Table:
    """Read a table that :func:`save` wrote; its values stay on disk until they are used.

    Raises
    ------
    DataError
        If the values are damaged so that they cannot be read; :func:`verify` looks closer.
    """
    content = read_description(about)
    try:
        arrays = files.map_npz(values)
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
        raise files.damaged(values) from None
    columns = tuple(
        Column(each["name"], each["kind"], tuple(each["categories"]), each.get("monotone", 0))
        for each in content["columns"]
    )
    return Table(
        content["name"],
        content["task"],
        content["target"],
        columns,
        tuple(content["classes"]),
        **arrays,
    )


def verify(table: Table, values: str | Path, about: str | Path) -> None:
    """Check that a table's values are those that its description was written for.

    Raises
    ------
    DataError
        If they are not.
    """
    if table.digest != read_description(about)["digest"]:
        raise files.damaged(values)


def read_description(about: str | Path) -> dict[str, Any]:
    """Return the description and report of a table that :func:`save` wrote."""
    content: dict[str, Any] = json.loads(Path(about).read_bytes())
    return content


def made_by(values: str | Path, about: str | Path) -> str:
    """Return the digest of what a table was made by; empty if one of its files is damaged.

    Of the values, which may be large, only the size is compared.
    """
    try:
        content = read_description(about)
        whole = content["bytes"] == Path(values).stat().st_size
        return str(content["params"]) if whole else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""
