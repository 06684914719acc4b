"""How numbers and lists are written in the report's sentences."""

import math
from collections.abc import Sequence
from typing import Any

from hypertrial.board import number

MINUS, THIN = "\N{MINUS SIGN}", "\N{NARROW NO-BREAK SPACE}"


def score(value: Any) -> str:
    """Return a score in four digits."""
    return number(float(value)).replace("-", MINUS)


def signed(value: Any) -> str:
    """Return a difference in three digits with its sign; a dash if there is none."""
    if math.isnan(float(value)):
        return "–"
    rounded = f"{float(value):+.3g}"
    return "0" if float(rounded) == 0 else rounded.replace("-", MINUS)


def count(value: Any) -> str:
    """Return a whole number with thousands apart."""
    return f"{int(float(value)):,}".replace(",", THIN)


def seconds(value: Any) -> str:
    """Return a time in the unit that suits it."""
    time = float(value)
    if time < 1:
        return f"{1000 * time:.3g}{THIN}ms"
    if time < 120:
        return f"{time:.3g}{THIN}s"
    return f"{time / 60:.3g}{THIN}min" if time < 7200 else f"{time / 3600:.3g}{THIN}h"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def some(part: int, whole: int) -> str:
    """Return how many of how many."""
    if part == whole:
        return f"all {whole}" if whole > 1 else "the one"
    return f"{part or 'none'} of {whole}"
