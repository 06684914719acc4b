"""An entry of the ledger: a value's kind, its size, and whether prediction needs it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from hypertrial import files, prediction, spreadsheet
from hypertrial.families import Family, Hyperparameter, LearnedArray, Parameters
from hypertrial.models import get_family
from hypertrial.preprocessing import preparation

Stage = Literal["preprocessing", "model"]
STAGES: tuple[Stage, ...] = ("preprocessing", "model")
PREFIXES = {"preprocessing": preparation.PREFIX, "model": prediction.MODEL}

KINDS = {
    "set": "A hyperparameter to which the search, within the config, gave a value.",
    "defaulted": "A hyperparameter that the search left alone; it has its default.",
    "resolved": "The number that a rule computed from the training rows for a hyperparameter whose "
    "value names the rule.",
    "chosen_in_fitting": "A hyperparameter by nature whose value one fit itself picked from data.",
    "learned": "A parameter: training estimated it from the training rows.",
    "control": "What steers a run and no search tries: seeds, threads, fixed algorithms.",
}
DATA = "data"
"""Not a kind of value that anyone sets or learns: the names that the others refer to."""

DATA_ARRAYS = (
    LearnedArray("columns", "columns", "the names of the feature columns, in their order"),
    LearnedArray("kinds", "columns", "whether each is numeric, ordered or categorical"),
    LearnedArray("monotone", "columns", "1 or -1 where predictions were asked to move one way"),
    LearnedArray("levels", "levels", "the labels of the ordered columns, lowest first"),
    LearnedArray("level_columns", "levels", "the position of the column of each"),
    LearnedArray("classes", "classes", "the names of the classes, in the order of their codes"),
)


@dataclass(frozen=True)
class Entry:
    """A row of a winner's ledger: a hyperparameter, or an array.

    ``stage`` and ``name`` of a learned array give its name in ``winner.npz``, joined by a dot.
    ``needed`` tells whether prediction fails or changes without it.
    """

    kind: str
    stage: str
    name: str
    values: int
    bytes: int
    needed: bool
    meaning: str
    value: str = ""
    shape: str = ""
    dtype: str = ""
    minimum: int | float | None = None
    maximum: int | float | None = None


COLUMNS = (
    *("kind", "stage", "name", "value", "shape", "dtype", "minimum", "maximum"),
    *("values", "bytes", "needed", "meaning"),
)


def size(value: object) -> int:
    """Return the bytes of a hyperparameter's value: those of its canonical JSON."""
    return len(files.canonical_json(value).encode())


def needs(family: Family, name: str, learned: Parameters) -> bool:
    """Tell whether prediction fails or changes if an array is taken out of Φ.

    Names do not count in a prediction; of other arrays it is said where they are described.
    """
    for stage in STAGES:
        prefix = PREFIXES[stage]
        if name.startswith(prefix):
            about = described(family, stage).get(name.removeprefix(prefix))
            return about is None or about.needed(learned[name])
    return name not in prediction.DESCRIPTIVE


def described(family: Family, stage: Stage) -> dict[str, LearnedArray]:
    """Return what the registry says of the arrays of a stage, by name."""
    arrays = family.arrays if stage == "model" else preparation.ARRAYS
    return {each.name: each for each in arrays}


def of_winner(record: Mapping[str, Any], learned: Parameters) -> Iterator[Entry]:
    """Yield the ledger of a winner, in the order of :data:`KINDS`, then the names in its Φ.

    ``record`` needs ``model``, ``task`` and ``hyperparameters`` by kind; ``learned`` is Φ.
    """
    family = get_family(record["model"])
    declared = family.declared(record["task"])
    given = record["hyperparameters"]
    for kind in KINDS:
        if kind == "learned":
            for stage in STAGES:
                about, prefix = described(family, stage), PREFIXES[stage]
                for name in (name for name in learned if name.startswith(prefix)):
                    own = about[name.removeprefix(prefix)]
                    yield _array(kind, stage, own, needs(family, name, learned), learned[name])
            continue
        for name, value in given.get(kind, {}).items():
            needed = name in given["needed"] and (
                kind == "resolved" or name not in given["resolved"]
            )
            meaning = family.controls.get(name, "steers the run")
            yield _hyperparameter(kind, name, value, declared.get(name) or meaning, needed)
    for each in DATA_ARRAYS:
        if each.name in learned:
            yield _array(DATA, "", each, False, learned[each.name])


def _hyperparameter(
    kind: str, name: str, value: object, about: Hyperparameter | str, needed: bool
) -> Entry:
    """Return the entry of a hyperparameter, or of a control, about which there are words only."""
    return Entry(
        kind=kind,
        stage="model" if isinstance(about, str) else about.stage,
        name=name,
        value=str(value),
        values=1,
        bytes=size(value),
        needed=needed and kind != "control",
        meaning=about if isinstance(about, str) else about.meaning,
    )


def _array(
    kind: str, stage: str, about: LearnedArray, needed: bool, array: npt.NDArray[Any]
) -> Entry:
    low, high = _range(array)
    return Entry(
        kind=kind,
        stage=stage,
        name=about.name,
        shape=" x ".join(map(str, array.shape)),
        dtype="text" if array.dtype.kind == "U" else array.dtype.name,
        minimum=low,
        maximum=high,
        values=array.size,
        bytes=array.nbytes,
        needed=needed,
        meaning=about.meaning,
    )


def _range(array: npt.NDArray[Any]) -> tuple[int | float | None, int | float | None]:
    """Return the smallest and the largest number; nothing for texts, truths and no numbers."""
    if array.dtype.kind not in "iuf" or not array.size:
        return None, None
    return np.min(array).item(), np.max(array).item()


def read(path: str | Path) -> list[Entry]:
    """Read a ledger that :func:`hypertrial.ledger.ledger.write_winner` wrote."""
    table = spreadsheet.unguarded(pd.read_csv(path, dtype=str, keep_default_na=False))
    return [_entry(row) for row in table.to_dict("records")]


def _entry(row: Mapping[Any, str]) -> Entry:
    texts = ("kind", "stage", "name", "value", "shape", "dtype", "meaning")
    return Entry(
        **{name: row[name] for name in texts},
        values=int(row["values"]),
        bytes=int(row["bytes"]),
        needed=row["needed"] == "true",
        minimum=_number(row["minimum"], row["dtype"]),
        maximum=_number(row["maximum"], row["dtype"]),
    )


def _number(text: str, dtype: str) -> int | float | None:
    if not text:
        return None
    return float(text) if dtype.startswith("float") else int(text)
