"""Columns that tell rows apart and say nothing of new ones: identifiers and rows' numbers.

The rule, as config/README.md states it. A column whose values are all different is left out if
it holds texts, or whole numbers under the name of an identifier or beyond what float64 holds;
whole numbers that follow one another, or repeat under such a name, are kept with a warning.
What the config names is kept.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hypertrial import wording

LEAST_ROWS = 10
"""That fewer values are all different says nothing."""

READR = re.compile(r"\.\.\.\d+")
"""What R's readr calls columns without a name."""
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|#")
LAST = ("id", "ids", "uid", "uuid", "guid", "idx", "pk", "no", "nr")
FIRST = ("id", "rowid", "unnamed")
WHOLE = re.compile(
    r"index|key|row ?(names?|num(ber)?|labels?)?|record( number)?|obs(ervation)?|seqn?|#"
    r"|serial( number)?|case( number)?|level \d+"
    r"|(passenger|customer|client|user|account|patient|subject|person|order|product|item|sample"
    r"|record|row|case|employee|student|transaction|policy|house|listing|member|session|device"
    r"|trip|loan|application)id"
)


@dataclass(frozen=True)
class Verdict:
    """What a column seems to be: a reason to leave it out, or one to look at it."""

    reason: str
    left_out: bool


def of_numbers(name: str, values: npt.NDArray[np.float64]) -> Verdict | None:
    """Judge a column of numbers, shape (n,), by its name and its values; NaN is missing."""
    present = values[~np.isnan(values)]
    if len(present) < LEAST_ROWS or not (present == np.floor(present)).all():
        return None
    steps = np.diff(present)
    in_order = bool((steps > 0).all() or (steps < 0).all())
    different = len(present) if in_order else len(np.unique(present))
    if different < len(present):
        return _repeated(name, different, len(present))
    if is_name(name):
        return Verdict(_different(len(present), "whole numbers"), left_out=True)
    without_gaps = present.max() - present.min() == len(present) - 1
    if in_order or without_gaps:
        how = "follow one another from row to row" if in_order else "have no gaps"
        return Verdict(f"{_different(len(present), 'whole numbers')}, and {how}", left_out=False)
    return None


def _repeated(name: str, different: int, count: int) -> Verdict | None:
    """Judge whole numbers some of which repeat, as where rows stand twice."""
    if 2 * different <= count or not is_name(name):
        return None
    rows = wording.counted(count, "row")
    reason = f"it is named so, and has {wording.count(different)} different whole numbers in {rows}"
    return Verdict(reason, left_out=False)


def of_texts(texts: int, present: int) -> Verdict | None:
    """Judge a column of so many different texts in its rows that have one."""
    if present < LEAST_ROWS or texts < present:
        return None
    return Verdict(_different(present, "texts"), left_out=True)


def of_large(present: int) -> Verdict:
    """Judge a column of whole numbers beyond float64, all of them different."""
    return Verdict(_different(present, "whole numbers beyond 2^53"), left_out=True)


def _different(count: int, what: str) -> str:
    return f"its {wording.count(count)} {what} are all different"


def is_name(name: str) -> bool:
    """Tell whether a column's name is that of an identifier, such as ``id`` or ``rownames``."""
    words = [word.lower() for word in WORD.findall(name)]
    if not words or READR.fullmatch(name):
        return bool(words)
    return words[-1] in LAST or words[0] in FIRST or bool(WHOLE.fullmatch(" ".join(words)))
