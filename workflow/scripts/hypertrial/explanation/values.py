"""Values of the raw table as texts."""

import math
from typing import SupportsFloat

from hypertrial import wording
from hypertrial.data.table import Column, Table


def shown(column: Column, value: float) -> str:
    """Return a value as a person wrote it: a label, or a number; ``missing`` if there is none."""
    if math.isnan(value):
        return "missing"
    if column.categories:
        return " ".join(column.categories[int(value)].split())
    return number(value)


def number(value: SupportsFloat, digits: int = 6) -> str:
    """Return a number of the data or of the model as a sentence shows it."""
    return wording.number(value, digits, apart=False)


def signed(value: SupportsFloat) -> str:
    """Return a number that is added to others, with its sign."""
    text = number(value)
    return text if text.startswith(wording.MINUS) else f"+{text}"


def label(data: Table, code: int) -> str:
    """Return the name of a class on one line."""
    return " ".join(data.classes[code].split())


def target(data: Table, row: int) -> str:
    """Return a row's class, or its target."""
    return label(data, int(data.y[row])) if data.classes else number(float(data.y[row]))


def rows(count: int) -> str:
    """Return ``1 row`` or ``2 rows``."""
    return wording.counted(count, "row")
