"""Tables in LaTeX, in which texts of data and configs stay texts."""

import re
from collections.abc import Iterable, Sequence

from hypertrial.wording import MINUS, RAISED, THIN

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "±": r"$\pm$",
    "–": "--",
    MINUS: r"$-$",
    THIN: r"\,",
    "·": r"$\cdot$",
    "∞": r"$\infty$",
    **{
        raised: rf"\textsuperscript{{{digit}}}"
        for digit, raised in zip("-0123456789", RAISED, strict=True)
    },
}


def escape(text: object) -> str:
    """Return a text on one line that LaTeX shows as it is; what cannot be printed is left out."""
    shown = (c if c.isprintable() or c == THIN else " " for c in str(text))
    line = " ".join(re.split(rf"(?:(?!{THIN})\s)+", "".join(shown).strip()))
    return "".join(SPECIAL.get(character, character) for character in line)


def table(header: Sequence[object], rows: Iterable[Sequence[object]], right: Sequence[int]) -> str:
    """Return a ``tabular`` with the rules of the package booktabs.

    The columns whose positions stand in ``right`` are aligned to the right. Square brackets at
    the start of a row would be taken for an argument, so each row begins with an empty group.
    """
    columns = "".join("r" if place in right else "l" for place in range(len(header)))
    lines = [[escape(cell) for cell in row] for row in [header, *rows]]
    body = ["{}" + " & ".join(row) + r" \\" for row in lines]
    return "\n".join(
        [
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            body[0],
            r"\midrule",
            *body[1:],
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )
