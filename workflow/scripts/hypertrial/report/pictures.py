"""Pictures inside the page, each with a text for those who do not see it."""

import base64
import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypertrial.catalogue import groups
from hypertrial.catalogue.entry import Entry, load_function
from hypertrial.plots.style import DPI
from hypertrial.report.source import Source

COLOURS = 128
SMALL = 40_000
"""Bytes of an SVG that is taken as it is."""
DESCRIPTION = re.compile(r"<dc:description>(.*?)</dc:description>", re.DOTALL)
SCREEN = 96
"""Pixels of a page in an inch."""


@dataclass(frozen=True)
class Picture:
    """A picture as the page holds it: its content as a URI, its texts, its size in pixels.

    ``said`` is the sentence of one that had nothing to draw; the page shows that instead.
    """

    said: str
    uri: str
    alt: str
    caption: str
    width: int
    height: int


def load(path: str, source: Source) -> Picture:
    """Return the picture of an SVG file of a study, or of the PNG beside it where that is smaller.

    What it is a picture of, a model on a data set, a data set or all, its folder tells.
    """
    from PIL import Image

    entry = _entry(path, source)
    content, kind = Path(path).read_bytes(), "image/svg+xml"
    sentence = DESCRIPTION.search(content.decode())
    with Image.open(Path(path).with_suffix(".png")) as opened:
        width, height = (round(pixels * SCREEN / DPI) for pixels in opened.size)
        if len(content) > SMALL:
            buffer = io.BytesIO()
            few = opened.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(buffer, "PNG", optimize=True)
            if buffer.tell() < len(content):
                content, kind = buffer.getvalue(), "image/png"
    encoded = base64.b64encode(content).decode()
    place = _place(path, source)
    where = " on ".join(reversed(list(place.values()))) or "all data sets"
    caption = f"{entry.title if entry else Path(path).stem}: {where}"
    said = html.unescape(sentence.group(1)) if sentence else ""
    told = "" if said or entry is None else _alternative(entry, source, place)
    alt = f"{caption}. {told}".strip()
    return Picture(said, f"data:{kind};base64,{encoded}", alt, caption, width, height)


def _place(path: str, source: Source) -> dict[str, str]:
    """Return the data set and the model of a plot, as far as it is about one."""
    folders = Path(path).parent.relative_to(source.root).parts[:-1]
    return dict(zip(("dataset", "model"), folders, strict=False))


def _alternative(entry: Entry, source: Source, place: dict[str, str]) -> str:
    """Return what tells in numbers what a plot shows."""
    if entry.alternative is None:
        return ""
    text: str = load_function(entry.alternative)(source, place)
    return text


def chosen(paths: Sequence[str], entries: Sequence[Entry], source: Source) -> list[str]:
    """Return the paths of the SVG pictures of some entries, in the order of the entries."""
    found = [path for path in sorted(paths) if path.endswith(".svg")]
    return [path for entry in entries for path in found if _entry(path, source) is entry]


def _entry(path: str, source: Source) -> Entry | None:
    """Return the entry of the catalogue for a plot of a study."""
    return groups.plot_of(Path(path).relative_to(source.root))
