"""What the values of a column are: numbers, texts or times, converted a block at a time."""

import math
import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

NO_TIME = np.iinfo(np.int64).min
"""What stands for a missing time, as in NumPy."""
MINUS = "\u2212"
"""The sign that looks like a hyphen."""
NUMBER = re.compile(rf"[+{MINUS}-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
BEYOND_MICROSECONDS = re.compile(r"(?<=[.,]\d{6})\d{1,3}", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_number(text: str) -> float | None:
    """Return the finite number that a text holds, as ``float`` reads it, or None.

    Of what ``float`` accepts, ``1_000``, digits of other scripts, ``nan`` and ``inf`` are none;
    a minus sign may be Unicode's own.
    """
    if not NUMBER.fullmatch(text):
        return None
    number = float(text.replace(MINUS, "-"))
    return number if np.isfinite(number) else None


def is_infinite(text: str) -> bool:
    """Tell whether a text says infinity."""
    return text.lstrip("+-").lower() in ("inf", "infinity")


def is_dates(array: Any) -> bool:
    """Tell whether an Arrow array holds dates or timestamps."""
    from pyarrow import types

    return bool(types.is_date(array.type) or types.is_timestamp(array.type))


def as_texts(array: Any) -> Any:
    """Return an Arrow array of texts, numbers or dates as texts; NaN is null then, too.

    A number is written as pandas writes it: ``1.0`` if its type has fractions, else ``1``; a
    time without fractions of a second if it has none.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if is_dates(array):
        return pc.replace_substring_regex(array.cast(pa.string()), r"\.0+(Z?)$", r"\1")

    if types.is_integer(array.type):
        return array.cast(pa.string())
    if types.is_floating(array.type):
        encoded = array.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        texts = [None if math.isnan(value) else repr(value) for value in values]
        return pa.array(texts, pa.string()).take(encoded.indices)
    return array


def spellings(text: str, array: Any) -> tuple[str, ...]:
    """Return how a value of an array may be written: a whole number of any type as ``1``, too."""
    from pyarrow import types

    if types.is_floating(array.type) and text.endswith(".0"):
        return text, text.removesuffix(".0")
    return (text,)


def text_at(array: Any, position: int) -> str:
    """Return the text of the value at a position of an Arrow array."""
    return str(as_texts(array.slice(position, 1))[0].as_py())


def as_numbers(array: Any, missing: Collection[str]) -> tuple[npt.NDArray[np.float64], int | None]:
    """Return an Arrow array's numbers, float64 of shape (n,), and where the first is that is none.

    A null, a NaN of an array of numbers, and what is written as one of ``missing`` give NaN.
    Infinite values are not numbers here, nor is the text ``nan``.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if types.is_integer(array.type) or types.is_floating(array.type):
        return _finite(array, missing)
    absent = pc.is_in(array, pa.array(sorted(missing), pa.string()))
    if absent.true_count:
        array = pc.if_else(absent, None, array)
    try:
        converted = array.cast(pa.float64())
    except pa.ArrowInvalid:
        values, bad = _one_by_one(array)
        return without(values, missing), bad
    values = converted.to_numpy(zero_copy_only=False)
    not_finite = ~np.isfinite(values)
    if np.count_nonzero(not_finite) == converted.null_count:
        return without(values, missing), None
    not_finite &= converted.is_valid().to_numpy(zero_copy_only=False)
    return values, int(not_finite.argmax())


def _finite(array: Any, missing: Collection[str]) -> tuple[npt.NDArray[np.float64], int | None]:
    import pyarrow as pa

    values = without(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), missing)
    infinite = np.isinf(values)
    return values, int(infinite.argmax()) if infinite.any() else None


def without(values: npt.NDArray[np.float64], missing: Collection[str]) -> npt.NDArray[np.float64]:
    """Return numbers with NaN for those that stand for a missing value, however written."""
    for number in map(as_number, missing):
        if number is not None and (values == number).any():
            values = np.where(values == number, np.nan, values)
    return values


def _one_by_one(array: Any) -> tuple[npt.NDArray[np.float64], int | None]:
    values = np.full(len(array), np.nan)
    for position, text in enumerate(array.to_pylist()):
        if text is not None:
            number = as_number(text)
            if number is None:
                return values, position
            values[position] = number
    return values, None


def as_times(
    array: Any, missing: Collection[str], form: str | None = None
) -> tuple[npt.NDArray[np.int64], int | None]:
    """Return an Arrow array's times, and where the first stands that is none.

    A time is a date, a timestamp, or a text that holds one in the way of ISO 8601, or else in a
    format of ``strptime``. Times are
    nanoseconds since 1970 in UTC, in which those without an offset are taken to be; int64 of
    shape (n,), with ``NO_TIME`` where one is missing.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    dates = is_dates(array)
    if not dates:
        array = as_texts(array)
        absent = pc.is_in(array, pa.array(sorted(missing), pa.string()))
        array = pc.if_else(absent, None, array)
        if form is not None:
            return _formatted(array, form)
    for zone in (getattr(array.type, "tz", None),) if dates else (None, "UTC"):
        try:
            times = array.cast(pa.timestamp("ns", zone)).cast(pa.int64())
        except pa.ArrowInvalid:
            continue
        return times.fill_null(NO_TIME).to_numpy(zero_copy_only=False), None
    texts = array.cast(pa.string()).to_pylist()
    values = np.full(len(texts), NO_TIME)
    for position, text in enumerate(texts):
        if text is not None:
            time = nanoseconds(text)
            if time is None:
                return values, position
            values[position] = time
    return values, None


def _formatted(array: Any, form: str) -> tuple[npt.NDArray[np.int64], int | None]:
    """Return the times of an Arrow array of texts in a format; see :func:`as_times`."""
    import pandas as pd
    import pyarrow.compute as pc

    encoded = array.dictionary_encode()
    texts = pd.Series(encoded.dictionary.to_pylist(), dtype=object)
    texts = texts.where(texts.str.contains(r"\d", na=False))  # "now" is none
    read = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
    known = pd.DatetimeIndex(read).as_unit("ns").asi8
    known = np.append(known, NO_TIME)
    places = pc.fill_null(encoded.indices, len(known) - 1).to_numpy(zero_copy_only=False)
    values = known[places]
    bad = (values == NO_TIME) & array.is_valid().to_numpy(zero_copy_only=False)
    return values, int(bad.argmax()) if bad.any() else None


def nanoseconds(text: str) -> int | None:
    """Return the time that a text holds, or None if it holds none between 1678 and 2261."""
    finer = BEYOND_MICROSECONDS.search(text)
    try:
        time = datetime.fromisoformat(BEYOND_MICROSECONDS.sub("", text))
    except ValueError:
        return None
    since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - EPOCH
    micro = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    nano = micro * 1000 + (int(finer[0].ljust(3, "0")) if finer else 0)
    return nano if abs(nano) < -NO_TIME else None
