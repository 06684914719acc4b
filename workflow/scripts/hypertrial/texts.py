"""Texts of data and configs as they may be shown: on one line, cut, without control characters.

A terminal would obey an escape sequence in a name, and show a text in another order after a
character that sets the direction of writing (Unicode Technical Report 36).
"""

import re

LINE_ENDS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters but tabs and line feeds, marks of direction, and halves of characters."""
MOST_SHOWN = 60
LONGEST_LINE = 1000
END_OF_LINE = 300


def escaped(text: str) -> str:
    r"""Return a text with its control characters written out, such as ``\x1b``; lines stay."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """Return a text on one line that can be printed; the middle of a very long one is left out."""
    line = escaped(LINE_ENDS.sub(" ", text))
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[: LONGEST_LINE - END_OF_LINE]} … {line[-END_OF_LINE:]}"


def shown(value: object) -> str:
    """Return a value of a config as a message shows it, cut to a sane length."""
    if isinstance(value, str) and len(value) > MOST_SHOWN:
        value = value[:MOST_SHOWN]  # a text of many megabytes is not written out first
    try:
        text = repr(value)
    except ValueError:  # Python writes out no integer of more than 4300 digits
        return "an integer of very many digits"
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."
