"""How a file writes its numbers: decimal mark, thousands, signs of currency, negative ones."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data.columns import MINUS, as_number, as_numbers, without

BLANKS = " \u00a0\u2007\u2009\u202f"
"""The blank, and those that do not break or are thin; as a mark of thousands each is any."""

APOSTROPHES = "'\u2019"
NEGATIVE = ("-", MINUS, "(")
SIGNS = ("", "+", *NEGATIVE)


@dataclass(frozen=True)
class Notation:
    """A way to write numbers, that of Python unless something else is said.

    ``thousands`` stands between digits, three to a group (two in India's way). ``strip`` are
    texts before or after a number that do not count, such as ``$``: ``12 %`` is 12 then. With
    ``accounting``, ``(5)`` and ``5-`` are negative numbers, too.
    """

    decimal: str = "."
    thousands: str | None = None
    strip: tuple[str, ...] = ()
    accounting: bool = False

    @property
    def plain(self) -> bool:
        """Whether numbers are written as Python does."""
        return self == PLAIN

    @cached_property
    def _pattern(self) -> str:
        """The regular expression of a number, for RE2 and for Python."""
        blanks, digits, mark = f"[{BLANKS}]*", "[0-9]+", re.escape(self.decimal)
        if self.thousands is not None:
            between = _same_as(self.thousands)
            grouped = f"[0-9]{{1,3}}(?:{between}[0-9]{{2,3}})*{between}[0-9]{{3}}"
            digits = f"(?:{grouped}|[0-9]+)"
        number = f"(?:{digits}(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?"
        affix = f"(?:{'|'.join(map(re.escape, sorted(self.strip, key=len, reverse=True)))})?"
        sign = f"[+{MINUS}-]?"
        opened, last, closed = (r"\(?", f"[{MINUS}-]?", r"\)?") if self.accounting else ("",) * 3
        return (
            f"^(?P<opened>{opened})(?P<first>{sign}){blanks}{affix}{blanks}(?P<second>{sign})"
            f"{blanks}(?P<number>{number}){blanks}{affix}{blanks}(?P<last>{last})"
            f"(?P<closed>{closed})$"
        )

    def numbers(
        self, array: Any, missing: Collection[str]
    ) -> tuple[npt.NDArray[np.float64], int | None]:
        """Return an Arrow array's numbers, and where the first value is that is none.

        See :func:`hypertrial.data.columns.as_numbers`; only texts are written in a notation.
        """
        from pyarrow import types

        if self.plain or not types.is_string(array.type):
            return as_numbers(array, missing)
        import pyarrow as pa
        import pyarrow.compute as pc

        absent = pc.or_kleene(
            array.is_null(), pc.is_in(array, pa.array(sorted(missing), pa.string()))
        )
        values = self._values(array)
        bad = ~np.isfinite(values) & ~absent.to_numpy(zero_copy_only=False)
        values[absent.to_numpy(zero_copy_only=False)] = np.nan
        return without(values, missing), int(bad.argmax()) if bad.any() else None

    def values(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return the finite numbers that texts hold, shape (texts,), NaN for each that is none."""
        import pyarrow as pa

        if self.plain:
            numbers = map(as_number, texts)
            return np.array([np.nan if each is None else each for each in numbers], dtype=float)
        values = self._values(pa.array(texts, pa.string()))
        return np.where(np.isfinite(values), values, np.nan)

    def reads(self, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Tell which texts are finite numbers, shape (texts,)."""
        return ~np.isnan(self.values(texts))

    def _values(self, array: Any) -> npt.NDArray[np.float64]:
        """Return the numbers of an Arrow array of texts, NaN for each that is none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pc.extract_regex(array, pattern=self._pattern)
        part = {name: pc.struct_field(found, name) for name in ("opened", "number", "closed")}
        ends = [pc.struct_field(found, name) for name in ("first", "second", "last")]
        sign = pc.binary_join_element_wise(part["opened"], *ends, "")
        whole = pc.equal(pc.equal(part["opened"], "("), pc.equal(part["closed"], ")"))
        legal = pc.and_(whole, pc.is_in(sign, pa.array(SIGNS)))
        texts = pc.if_else(legal, part["number"], None)
        if self.thousands is not None:
            texts = pc.replace_substring_regex(texts, _same_as(self.thousands), "")
        if self.decimal != ".":
            texts = pc.replace_substring(texts, self.decimal, ".")
        values = texts.cast(pa.float64()).to_numpy(zero_copy_only=False)
        negative = pc.is_in(sign, pa.array(NEGATIVE)).to_numpy(zero_copy_only=False)
        signed: npt.NDArray[np.float64] = np.where(negative, -values, values)
        return signed


PLAIN = Notation()


def _same_as(mark: str) -> str:
    """Return the regular expression of a mark, and of those that look like it."""
    for alike in (BLANKS, APOSTROPHES):
        if mark in alike:
            return f"[{alike}]"
    return re.escape(mark)
