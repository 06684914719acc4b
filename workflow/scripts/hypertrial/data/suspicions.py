"""Texts that are probably no categories: numbers of another notation, gaps among numbers, dates."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hypertrial.data.columns import MINUS, nanoseconds
from hypertrial.data.notation import APOSTROPHES, BLANKS, Notation

MOSTLY = 0.9
"""The share of texts beyond which they are suspected."""

MOST_TEXTS = 5000
"""So many different texts are looked at, taken evenly from all."""

GAPS = re.compile(r"[.\-\u2013\u2014*_]{1,3}|\.[A-Za-z]|\\N|[nN][./]?[aA]\.?|#[A-Z0-9/]+[!?]?")
"""What files have for a missing number: SAS's points, dashes, ``\\N``, errors of spreadsheets."""

AFFIX = re.compile(
    r"[A-Z]{0,2}[$€£¥₹₽₩₺₪฿₫₱₴₦¢₡₲₸]|[%‰]"
    r"|USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|BRL|CAD|AUD|SEK|NOK|DKK|PLN|CZK|HUF|kr\.?|zł|Kč|Fr\.?|Rs\.?"
)
"""Signs of currencies and per cent."""

MARKS = (
    *((".", None), (",", None)),
    *((decimal, mark) for mark in (",", ".", " ", "'") for decimal in ".," if decimal != mark),
)
"""Decimal marks with marks of thousands, the usual ones first."""

DATES = (
    *("%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y"),
    *("%b %d, %Y", "%B %d, %Y", "%b %Y", "%B %Y", "%Y-%m", "%m/%Y"),
)
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d.*)?", re.ASCII)


@dataclass(frozen=True)
class Suspicion:
    """What texts seem to be, and what a user can set to have them read so."""

    what: str
    remedy: str


def numbers(texts: Mapping[str, int], notation: Notation) -> Suspicion | None:
    """Suspect texts, with how often each occurs, to be numbers that a notation does not read.

    None if they are not, or are read as they are.
    """
    chosen = _some(texts)
    gaps = [text for text in chosen if GAPS.fullmatch(text)]
    rest = {text: count for text, count in chosen.items() if text not in gaps}
    if not rest or (readings := _readings(rest, notation)) is None:
        return None
    what = " or ".join(filter(None, dict.fromkeys(_what(each, notation) for each in readings)))
    sets = " or ".join(filter(None, dict.fromkeys(_remedy(each, notation) for each in readings)))
    named = ", ".join(repr(gap) for gap in gaps[:3])
    whats = [what, f"with {named} for gaps" if gaps else ""]
    remedies = [sets and f"set {sets}", f"add {named} to `missing`" if gaps else ""]
    if not any(remedies):
        return None
    return Suspicion(*(" and ".join(filter(None, each)) for each in (whats, remedies)))


def hint(text: str, notation: Notation) -> str:
    """Return what to set so that a single text is a number; nothing if it is none."""
    found = numbers({text: 1}, notation)
    return f" ({found.what}? then {found.remedy})" if found else ""


def _some(texts: Mapping[str, int]) -> dict[str, int]:
    step = -(-len(texts) // MOST_TEXTS)
    return dict(list(texts.items())[:: max(step, 1)])


def _readings(texts: Mapping[str, int], notation: Notation) -> list[Notation] | None:
    """Return the simplest notations in which most texts are numbers; None if there are none."""
    total = sum(texts.values())
    names, counts = list(texts), list(texts.values())
    affixes = tuple(dict.fromkeys((*notation.strip, *_affixes(names))))
    accounting = notation.accounting or any(_is_accounting(text) for text in names)
    best: list[Notation] = []
    most = 0
    for decimal, thousands in MARKS:
        tried = Notation(decimal, thousands, affixes, accounting)
        read = sum(count for count, good in zip(counts, tried.reads(names), strict=True) if good)
        if read > most:
            best, most = [], read
        if read == most and not any(_less(each, tried) for each in best):
            best.append(tried)
    return best if most > MOSTLY * total else None


def _less(one: Notation, other: Notation) -> bool:
    """Tell whether one notation changes only what another does, too."""
    return {("d", one.decimal), ("t", one.thousands)} - {("d", "."), ("t", None)} <= {
        ("d", other.decimal),
        ("t", other.thousands),
    }


def _affixes(texts: Sequence[str]) -> Iterator[str]:
    """Yield the signs that stand beside the digits of texts."""
    for text in texts:
        core = text.strip(f"()+-{MINUS}{BLANKS}")
        for affix in (
            AFFIX.match(core),
            AFFIX.fullmatch(core.lstrip("0123456789.,'\u2019 \u00a0")),
        ):
            if affix:
                yield affix[0]


def _is_accounting(text: str) -> bool:
    digits = any(each.isdigit() for each in text)
    return digits and ((text[0] == "(" and text[-1] == ")") or text[-1] in f"-{MINUS}")


def _what(found: Notation, current: Notation) -> str:
    """Say in words in what a notation differs from the one that is set."""
    return " and ".join(words for words, _ in _differences(found, current))


def _remedy(found: Notation, current: Notation) -> str:
    """Say what to set so that numbers are read in a notation; nothing if they are."""
    return " and ".join(f"`{key}`" for _, key in _differences(found, current))


def _differences(found: Notation, current: Notation) -> Iterator[tuple[str, str]]:
    """Yield in what a notation differs from the one that is set: in words, and the key to set."""
    if found.decimal != current.decimal:
        words = f"with a decimal {'comma' if found.decimal == ',' else 'point'}"
        yield words, f"decimal: {json.dumps(found.decimal)}"
    if found.thousands != current.thousands and found.thousands is not None:
        words = f"with {_named(found.thousands)} between thousands"
        yield words, f"thousands: {json.dumps(found.thousands)}"
    if set(found.strip) - set(current.strip):
        words = f"with {', '.join(map(repr, found.strip))}"
        yield words, f"strip: {json.dumps(list(found.strip), ensure_ascii=False)}"
    if found.accounting and not current.accounting:
        yield "negative as in accounts", "accounting: true"


def _named(mark: str) -> str:
    return "blanks" if mark in BLANKS else "apostrophes" if mark in APOSTROPHES else repr(mark)


def dates(texts: Mapping[str, int]) -> list[str] | None:
    """Return the formats in which almost all texts are dates; None if there is none.

    The format of ISO 8601 is the empty text.
    """
    chosen = _some(texts)
    least = MOSTLY * sum(chosen.values())
    iso = sum(count for text, count in chosen.items() if is_iso(text))
    if iso > least:
        return [""]
    formats = [
        date + clock
        for date in DATES
        for clock in CLOCKS
        if any(_fits(text, date + clock) for text in list(chosen)[:3])
    ]
    found = [
        each
        for each in formats
        if sum(count for text, count in chosen.items() if _fits(text, each)) > least
    ]
    return found or None


def is_iso(text: str) -> bool:
    """Tell whether a text is a date or a timestamp as ISO 8601 writes them."""
    return ISO.fullmatch(text) is not None and nanoseconds(text) is not None


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True
