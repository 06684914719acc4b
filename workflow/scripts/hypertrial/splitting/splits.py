"""Splits: which rows are held out of all trials, and on which each split trains and validates."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hypertrial import files
from hypertrial.errors import DataError

NOT_USED, TRAINING, VALIDATION = 0, 1, 2

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Splits:
    """The splits of a table of n rows.

    ``part``, int8 of shape (splits, n), is what a row is to a split: 0 not used, 1 training,
    2 validation. ``held``, bool of shape (n,), tells which rows are held out of all trials.
    A row may be validated in several splits, as where cross-validation is repeated, or in none,
    as the first rows of a time series.
    """

    part: npt.NDArray[np.int8]
    held: npt.NDArray[np.bool_]

    @property
    def training(self) -> Rows:
        """All rows that are not held out, in the table's order: a refit learns from them."""
        return np.flatnonzero(~self.held)

    @property
    def held_out(self) -> Rows:
        """The rows that no trial trains or validates on."""
        return np.flatnonzero(self.held)

    @property
    def count(self) -> int:
        """The number of splits."""
        return len(self.part)

    def parts(self) -> Iterator[tuple[Rows, Rows]]:
        """Yield the training rows and the validation rows of each split, both ascending."""
        for part in self.part:
            yield np.flatnonzero(part == TRAINING), np.flatnonzero(part == VALIDATION)

    def digest(self) -> str:
        """Return the SHA-256 of the assignment."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        return files.digest_arrays("splits", {"part": self.part, "held": self.held})


def save(splits: Splits, path: str | Path, params: str = "") -> None:
    """Write splits to an ``.npz`` file, with their digest and that of what they were made by."""
    arrays = {"part": splits.part, "held": splits.held}
    texts = {"params": np.array(params), "digest": np.array(splits.digest())}
    files.write_npz(path, {**arrays, **texts})


def made_by(path: str | Path) -> str:
    """Return the digest of what the splits of a file were made by; empty if it is damaged."""
    try:
        return str(files.load_npz(path)["params"])
    except (OSError, KeyError, DataError):
        return ""


def load(path: str | Path) -> Splits:
    """Read splits that :func:`save` wrote; they stay on disk until they are used.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    try:
        arrays = files.map_npz(path)
        found = Splits(arrays["part"], arrays["held"])
        whole = found.digest() == str(arrays["digest"])
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
        whole = False
    if not whole:
        raise files.damaged(path)
    return found
