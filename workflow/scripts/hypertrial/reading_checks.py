"""What is wrong with what a config says of the way in which a file is written."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hypertrial.data import formats, opening, reading
from hypertrial.data.dates import PARTS
from hypertrial.data.table import ROLES
from hypertrial.errors import listing, nearest

TEXTS_ONLY = ("separator", "encoding", "header", "columns")
DIRECTIVES = "YymdHIMSfpbBaAjz%"
DIGIT_OR_SIGN = re.compile(r"[0-9eE+()\u2212-]")


def mistakes(key: str, dataset: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each mistake in a data set's keys on the way in which its file is written.

    They fit the schema.
    """
    if formats.is_parquet(str(dataset.get("source"))):
        for option in TEXTS_ONLY:
            if option in dataset:
                yield f"{key}.{option}: is for text files, not for Parquet"
    if "encoding" in dataset and (problem := opening.check_encoding(dataset["encoding"])):
        yield f"{key}.encoding: {problem}"
    yield from _header_mistakes(key, dataset)
    yield from _notation_mistakes(key, dataset)
    yield from _date_mistakes(key, dataset)
    yield from _format_mistakes(key, dataset)


def _header_mistakes(key: str, dataset: Mapping[str, Any]) -> Iterator[str]:
    if dataset.get("header", True) and "columns" in dataset:
        yield f"{key}.columns: names the columns of a file without a header; add `header: false`"
    if not dataset.get("header", True) and not dataset.get("columns"):
        yield f"{key}.header: without a header `columns` must name all columns, in their order"


def _notation_mistakes(key: str, dataset: Mapping[str, Any]) -> Iterator[str]:
    decimal, thousands = dataset.get("decimal", "."), dataset.get("thousands")
    if thousands is not None and thousands == decimal:
        yield f"{key}.thousands: must be another character than `decimal`, {decimal!r}"
    for option in ("decimal", "thousands"):
        if DIGIT_OR_SIGN.match(dataset.get(option) or ""):
            yield f"{key}.{option}: must be no digit, sign, bracket or 'e'"
    for text in dataset.get("strip", ()):
        if (
            DIGIT_OR_SIGN.search(re.sub("[eE]", "", text))
            or text.lower() == "e"
            or not text.strip()
        ):
            yield f"{key}.strip: {text!r} must be a text without digits, signs and brackets"


def _date_mistakes(key: str, dataset: Mapping[str, Any]) -> Iterator[str]:
    dates = dataset.get("dates", {})
    uses = {
        column: option
        for option in ("target", "drop", "numeric", "categorical", "ordered", *ROLES)
        for column in _listed(dataset.get(option))
        if option != "time"
    }
    for column, parts in dates.items():
        if column in uses:
            yield f"{key}.dates: '{column}' stands in `{uses[column]}` already"
        for part in parts:
            if part not in PARTS:
                hint = nearest(part, PARTS)
                yield f"{key}.dates.{column}: unknown part '{part}'{hint}; known: {listing(PARTS)}"


def _format_mistakes(key: str, dataset: Mapping[str, Any]) -> Iterator[str]:
    given = dataset.get("time_format", {})
    timed = [*_listed(dataset.get("time")), *dataset.get("dates", {})]
    if given and not timed:
        yield f"{key}.time_format: is for the columns in `time` and `dates`, of which there is none"
    for column, form in given.items() if isinstance(given, Mapping) else (("", given),):
        place = f"{key}.time_format.{column}" if column else f"{key}.time_format"
        if column and timed and column not in timed:
            yield f"{place}: stands neither in `time` nor in `dates`"
        directives = re.findall("%(.?)", form)
        wrong = [f"%{each}" for each in directives if each not in DIRECTIVES or not each]
        if wrong:
            known = listing(f"%{each}" for each in DIRECTIVES)
            yield f"{place}: unknown directive {listing(wrong)}; known: {known}"
        elif not {"Y", "y"} & set(directives):
            yield f"{place}: must have a year (%Y or %y), such as '%d.%m.%Y'"


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def check_record(fields: Any) -> None:
    """Check a record's entries on how a file is written, which may be from elsewhere.

    Raises
    ------
    ValueError
        If they are not what :func:`hypertrial.data.reading.said` gives for a legal config.
    """
    own = reading.of(fields) if isinstance(fields, dict) else None
    if own is None or set(fields) - set(reading.KEYS):
        raise ValueError("reading: must be entries by name")
    notation, marks = own.notation, (own.separator, own.notation.decimal, own.notation.thousands)
    listed = (*own.columns, *notation.strip, *(text for pair in own.time_format for text in pair))
    named = (own.encoding, own.target)
    parts = [part for _, parts in own.dates for part in parts]
    texts = (*listed, *(column for column, _ in own.dates), *parts)
    legal = (
        all(isinstance(each, str) for each in texts)
        and all(each is None or isinstance(each, str) for each in (*named, *marks))
        and all(each is None or len(each) == 1 for each in marks)
        and isinstance(notation.accounting, bool)
        and (own.encoding is None or opening.check_encoding(own.encoding) is None)
        and set(parts) <= set(PARTS)
    )
    if not legal:
        raise ValueError("reading: says what no config can say")
