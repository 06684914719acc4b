"""How numbers, counts and lists are written for people; tables for programs keep all digits."""

import math
from collections.abc import Sequence
from typing import Any

MINUS, THIN, NONE = "\N{MINUS SIGN}", "\N{NARROW NO-BREAK SPACE}", "–"
LARGEST, SMALLEST = 1e12, 1e-6
"""Numbers beyond are written by a power of ten."""
RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
"""A minus and the digits, as a power has them."""


def number(value: Any, digits: int = 4, apart: bool = True) -> str:
    """Return a number in so many digits, and all of those before the point.

    Its thousands are ``apart``, but where a number is a name, as that of a year can be. A dash
    stands for NaN.
    """
    value = float(value)
    if math.isnan(value):
        return NONE
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    rounded = float(f"{value:.{digits}g}")
    if rounded == 0:
        return "0"
    if not SMALLEST <= abs(rounded) < LARGEST:
        factor, _, power = f"{value:.{max(0, digits - 2)}e}".partition("e")
        trimmed = factor.rstrip("0").rstrip(".") if "." in factor else factor
        raised = str(int(power)).translate(str.maketrans("-0123456789", RAISED))
        return f"{trimmed}·10{raised}".replace("-", MINUS)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    text = f"{value:,.{decimals}f}"
    if decimals:
        text = text.rstrip("0").rstrip(".")
    return text.replace(",", THIN if apart else "").replace("-", MINUS)


def rough(value: Any) -> str:
    """Return a number of which two digits matter, such as a standard deviation: 1 800."""
    return number(f"{float(value):.2g}", 2)


def spread(mean: Any, deviation: Any) -> str:
    """Return a mean and its standard deviation: 24 539 ± 1 800."""
    return f"{number(mean)} ± {rough(deviation)}"


def interval(value: Any, low: Any, high: Any) -> str:
    """Return a value with its interval in brackets, a dash in them if there is none."""
    inside = [number(low), number(high)]
    return f"{number(value)} [{NONE if NONE in inside else ', '.join(inside)}]"


def signed(value: Any) -> str:
    """Return a difference in three digits with its sign; a dash if there is none."""
    text = number(value, 3)
    return text if text in (NONE, "0") or text.startswith(MINUS) else f"+{text}"


def count(value: Any) -> str:
    """Return a whole number with thousands apart."""
    return f"{int(float(value)):,}".replace(",", THIN)


def counted(value: int, noun: str, several: str | None = None) -> str:
    """Return ``no rows``, ``1 row`` or ``2 rows``; ``several`` is a plural that takes no s."""
    form = noun if value == 1 else several or f"{noun}s"
    return f"{count(value) if value else 'no'} {form}"


def are(value: int) -> str:
    """Return the verb of so many things."""
    return "is" if value == 1 else "are"


def seconds(value: Any) -> str:
    """Return a time in the unit that suits it."""
    time = float(value)
    if time < 1:
        return f"{number(1000 * time, 3)}{THIN}ms"
    if time < 120:
        return f"{number(time, 3)}{THIN}s"
    return f"{number(time / 60, 3)}{THIN}min" if time < 7200 else f"{number(time / 3600, 3)}{THIN}h"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def some(part: int, whole: int, noun: str, several: str | None = None) -> str:
    """Return how many of how many: ``the one row``, ``both rows``, ``none of 3 rows``."""
    plural = several or f"{noun}s"
    if whole == 1:
        return f"the one {noun}" if part else f"no {noun}"
    if part == whole:
        return f"both {plural}" if whole == 2 else f"all {count(whole)} {plural}"
    return f"{count(part) if part else 'none'} of {count(whole)} {plural}"
