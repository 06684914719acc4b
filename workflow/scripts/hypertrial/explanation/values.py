"""Values of the raw table as texts."""

import math

from hypertrial.data.table import Column, Table


def shown(column: Column, value: float) -> str:
    """Return a value as a person wrote it: a label, or a number; ``missing`` if there is none."""
    if math.isnan(value):
        return "missing"
    if column.categories:
        return " ".join(column.categories[int(value)].split())
    return f"{value:.6g}"


def label(data: Table, code: int) -> str:
    """Return the name of a class on one line."""
    return " ".join(data.classes[code].split())


def target(data: Table, row: int) -> str:
    """Return a row's class, or its target."""
    return label(data, int(data.y[row])) if data.classes else f"{float(data.y[row]):.6g}"


def rows(count: int) -> str:
    """Return ``1 row`` or ``2 rows``."""
    return f"{count} row{'s' * (count != 1)}"
