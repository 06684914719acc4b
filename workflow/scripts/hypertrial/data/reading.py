"""How a file is to be read: what the config says of the way in which it is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypertrial.data.notation import PLAIN, Notation

KEYS = (
    *("separator", "encoding", "columns", "decimal", "thousands", "strip", "accounting"),
    *("dates", "time_format", "target"),
)
"""The fields of a data set's spec that say how its file is written."""


@dataclass(frozen=True)
class Reading:
    """How a file is written, as far as its content does not tell.

    ``columns`` are the names of a text file without a header. ``dates`` are columns of dates
    with what is made of each, ``time_format`` columns with the format of their times; without
    one they are written as ISO 8601 says. Rows to predict need not have the ``target``.
    """

    separator: str | None = None
    encoding: str | None = None
    columns: tuple[str, ...] = ()
    notation: Notation = PLAIN
    dates: tuple[tuple[str, tuple[str, ...]], ...] = ()
    time_format: tuple[tuple[str, str], ...] = ()
    target: str | None = None

    def format_of(self, column: str) -> str | None:
        """Return the format of a column's times; None is ISO 8601."""
        return dict(self.time_format).get(column)


USUAL = Reading()


def of(fields: Mapping[str, Any]) -> Reading:
    """Return the reading that a spec's fields, or the same in a record's JSON, say."""
    given = {key: fields[key] for key in KEYS if key in fields}
    strip = tuple(given.get("strip", ()))
    notation = Notation(
        given.get("decimal", "."), given.get("thousands"), strip, given.get("accounting", False)
    )
    return Reading(
        given.get("separator"),
        given.get("encoding"),
        tuple(given.get("columns", ())),
        notation,
        tuple((name, tuple(parts)) for name, parts in given.get("dates", ())),
        tuple((name, form) for name, form in given.get("time_format", ())),
        given.get("target"),
    )


def said(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of a spec's fields that say how its file is written, but for defaults."""
    kept = {key: fields[key] for key in KEYS if fields.get(key)}
    return {key: value for key, value in kept.items() if (key, value) != ("decimal", ".")}
