"""Labels that are numbers: equal where their values are, and in the order of their values."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from hypertrial.data.columns import as_number

EXACT = 2**53
"""Below this every whole number is a float of its own."""
MINUS = "\u2212"


class Ordered(NamedTuple):
    """Labels in their order, which of them each text stands for, and texts that are one label."""

    labels: tuple[str, ...]
    codes: list[int]
    alike: tuple[str, ...]


def value(text: str) -> float | Decimal | None:
    """Return the number that a text holds, exact where it is large, or None if it holds none."""
    number = as_number(text)
    if number is None or abs(number) < EXACT:
        return number
    return Decimal(text.replace(MINUS, "-"))


def order(texts: Sequence[str]) -> Ordered:
    """Return the labels that different texts stand for: numbers by their value, then texts.

    If all are numbers, those of one value are one label. Then each is written in one way, ``0``
    for ``0`` and ``0.0``; else as the texts are, so that codes such as ``007`` keep their zeros.
    """
    values = {text: value(text) for text in texts}
    numbers = {number: text for text, number in values.items() if number is not None}
    if None not in values.values() and len(numbers) < len(values):
        return _merged(values)
    labels = sorted(texts, key=lambda text: _rank(text, values[text]))
    places = {label: place for place, label in enumerate(labels)}
    return Ordered(tuple(labels), [places[text] for text in texts], ())


def _rank(text: str, number: float | Decimal | None) -> tuple[bool, float | Decimal, str]:
    return number is None, 0 if number is None else number, text


def _merged(values: dict[str, float | Decimal | None]) -> Ordered:
    groups: dict[float | Decimal, list[str]] = {}
    for text, number in values.items():
        groups.setdefault(0 if number is None else number, []).append(text)
    places = {number: place for place, number in enumerate(sorted(groups))}
    labels = tuple(_written(number, groups[number]) for number in places)
    alike = next(tuple(texts) for texts in groups.values() if len(texts) > 1)
    return Ordered(labels, [places[number or 0] for number in values.values()], alike)


def _written(number: float | Decimal, texts: Sequence[str]) -> str:
    """Return the one way to write a number: of a large one the shortest that there is."""
    if isinstance(number, Decimal):
        return min(texts, key=lambda text: (len(text), text))
    return str(int(number)) if number == int(number) else repr(number)


def find(wanted: str, labels: Sequence[str]) -> str | None:
    """Return the label that a text of the config means: itself, its number, or its truth."""
    if wanted in labels:
        return wanted
    number, truth = value(wanted), wanted.lower() in ("true", "false")
    same = [
        label
        for label in labels
        if (number is not None and value(label) == number)
        or (truth and label.lower() == wanted.lower())
    ]
    return same[0] if len(same) == 1 else None
