"""Names in scripts that the plots' own font has no letters for."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

OTHERS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Zen Hei"),
    *("WenQuanYi Micro Hei", "Droid Sans Fallback", "IPAGothic", "PingFang SC", "Heiti SC"),
    *("Hiragino Sans", "Apple SD Gothic Neo", "Microsoft YaHei", "SimHei", "Yu Gothic"),
    *("MS Gothic", "Malgun Gothic", "NanumGothic", "Arial Unicode MS", "Noto Sans Arabic"),
    *("Noto Sans Devanagari", "Noto Sans Thai", "Noto Emoji", "Segoe UI Symbol", "Symbola"),
)
"""Fonts of other scripts, one or another of which most systems have."""


@cache
def _letters() -> frozenset[str]:
    """Return the characters that the plots' own font has."""
    font = font_manager.get_font(font_manager.findfont(FontProperties()))
    return frozenset(map(chr, font.get_charmap()))


@cache
def _installed() -> tuple[str, ...]:
    names = set(font_manager.fontManager.get_font_names())
    return tuple(name for name in OTHERS if name in names)


def complete(figure: Figure) -> bool:
    """Give texts that the own font lacks letters for those of others; tell whether any changed.

    Other texts stay as they are, so that the fonts of a system change no other plot.
    """
    changed = False
    for text in figure.findobj(Text):
        foreign = {each for each in text.get_text() if not each.isspace()} - _letters()
        if foreign and _installed() and isinstance(text, Text):
            text.set_fontfamily([*FontProperties().get_family(), *_installed()])
            changed = True
    return changed


@contextmanager
def no_warnings() -> Iterator[None]:
    """Draw without a warning for each letter that no font has: a box stands for it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from", UserWarning)
        yield
