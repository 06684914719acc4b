"""Parts of Markdown pages: tables, and texts of data and configs that must stay texts."""

import re
from collections.abc import Iterable, Sequence

from hypertrial.texts import one_line

SPECIAL = re.compile(r"[\\`*\[\]~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
TAG, ENTITY = re.compile(r"<(?=[A-Za-z/!?])"), re.compile(r"&(?=#?[A-Za-z0-9]+;)")
"""A sign that begins a tag or an entity; any other, such as that of ``<=50K``, stays as it is."""


def escape(text: object) -> str:
    """Return a text that Markdown shows as it is, on one line.

    Pipes are left to :func:`table`, which escapes those of its cells.
    """
    line = one_line(" ".join(str(text).split()))
    return SPECIAL.sub(r"\\\g<0>", TAG.sub("&lt;", ENTITY.sub("&amp;", line)))


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table with its columns aligned, so that it reads well as plain text."""
    cells = [[_cell(value) for value in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    padded = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([padded[0], rule, *padded[1:]])


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
