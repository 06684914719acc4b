"""Splits: a held-out test part, and k folds of the rest; both stratified for classification."""

import json
import math
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial import files, seeds, table
from hypertrial.errors import DataError
from hypertrial.table import Table

HELD_OUT = -1


@dataclass(frozen=True)
class Splits:
    """For each row the number of the fold that validates on it, or -1 if it is held out."""

    fold: npt.NDArray[np.int16]

    @property
    def training(self) -> npt.NDArray[np.int64]:
        """The rows of all folds together, in the table's order."""
        return np.flatnonzero(self.fold != HELD_OUT)

    @property
    def held_out(self) -> npt.NDArray[np.int64]:
        """The rows that no trial trains or validates on."""
        return np.flatnonzero(self.fold == HELD_OUT)

    @property
    def count(self) -> int:
        """The number of folds."""
        return int(self.fold.max()) + 1

    def parts(self) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """Yield the training rows and the validation rows of each fold."""
        for number in range(self.count):
            validation = self.fold == number
            yield (
                np.flatnonzero(~validation & (self.fold != HELD_OUT)),
                np.flatnonzero(validation),
            )

    def digest(self) -> str:
        """Return the SHA-256 of the assignment."""
        return files.digest_bytes(self.fold.tobytes())


def make(data: Table, test_size: float, folds: int, seed: int) -> Splits:
    """Split a table at random: ``test_size`` of its rows held out, the rest in ``folds`` folds.

    Raises
    ------
    DataError
        If there are too few rows, or a class has fewer training rows than there are folds.
    """
    from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

    rows = len(data.y)
    left = rows - math.ceil(rows * test_size)
    if rows * test_size < 1 or left < max(folds, len(data.classes)):
        raise DataError(
            f"{data.name}: {rows} rows are too few for a held-out part of {test_size:g} and "
            f"{folds} folds"
        )
    classification = data.task != "regression"
    if classification:
        _check_classes(data, data.y, test_size, folds)
        if rows * test_size < len(data.classes):
            raise DataError(
                f"{data.name}: a held-out part of {test_size:g} of {rows} rows is too small for "
                f"{len(data.classes)} classes; raise test_size"
            )
    training, _ = train_test_split(
        np.arange(rows),
        test_size=test_size,
        random_state=seeds.derive(seed, "held-out", data.name),
        stratify=data.y if classification else None,
    )
    training = np.sort(training)
    if classification:
        _check_classes(data, data.y[training], 0.0, folds)
    _check_held_out(data, np.delete(data.y, training), test_size)
    kind = StratifiedKFold if classification else KFold
    splitter = kind(folds, shuffle=True, random_state=seeds.derive(seed, "folds", data.name))
    fold = np.full(rows, HELD_OUT, dtype=np.int16)
    for number, (_, validation) in enumerate(splitter.split(training, data.y[training])):
        fold[training[validation]] = number
    return Splits(fold)


def _check_classes(data: Table, y: npt.NDArray[Any], test_size: float, folds: int) -> None:
    counts = np.bincount(y, minlength=len(data.classes))
    smallest = int(counts.argmin())
    least = folds + (1 if test_size else 0)
    if counts[smallest] < least:
        part = "" if test_size else "training "
        raise DataError(
            f"{data.name}: class '{data.classes[smallest]}' has {counts[smallest]} {part}rows; "
            f"{folds} folds" + (" and a held-out row" if test_size else "") + f" need {least}: "
            "use fewer folds, or merge or drop the class"
        )


def _check_held_out(data: Table, y: npt.NDArray[Any], test_size: float) -> None:
    """Refuse a held-out part on which scores are not defined."""
    if data.task == "regression":
        if len(y) < 2:
            raise DataError(
                f"{data.name}: a held-out part of {test_size:g} is a single row; raise test_size"
            )
        return
    absent = np.flatnonzero(np.bincount(y, minlength=len(data.classes)) == 0)
    if len(absent):
        raise DataError(
            f"{data.name}: class '{data.classes[absent[0]]}' has no row in a held-out part of "
            f"{test_size:g}; raise test_size, or merge or drop the class"
        )


def prepare(params: str, table_paths: Sequence[str], output: str) -> None:
    """Split a table as a plan's ``split_params`` say, and write the splits."""
    given = json.loads(params)
    splits = make(table.load(*table_paths), given["test_size"], given["folds"], given["seed"])
    save(splits, output, files.digest_text(params))


def save(splits: Splits, path: str | Path, params: str = "") -> None:
    """Write splits to an ``.npz`` file, with the digest of what they were made by."""
    arrays = {"fold": splits.fold, "params": np.array(params)}
    files.write(path, files.npz_bytes(arrays))


def made_by(path: str | Path) -> str:
    """Return the digest of what the splits of a file were made by; empty if it is damaged."""
    try:
        return str(files.load_npz(path)["params"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return ""


def load(path: str | Path) -> Splits:
    """Read splits that :func:`save` wrote."""
    return Splits(files.load_npz(path)["fold"])
