"""Pictures inside the page, each with a text for those who do not see it."""

import base64
import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypertrial.plots.style import DPI
from hypertrial.report import alternatives, winner_alternatives
from hypertrial.report.source import Source

COLOURS = 128
SMALL = 40_000
"""Bytes of an SVG that is taken as it is."""
DESCRIPTION = re.compile(r"<dc:description>(.*?)</dc:description>", re.DOTALL)
SCREEN = 96
"""Pixels of a page in an inch."""

TITLES = {
    "comparison": "The winners of all models with the spread over folds",
    "critical_difference": "Average ranks of the models over data sets",
    "learned_values": "How many values each trial learned, against its score",
    "honesty": "Selected scores beside less flattering estimates of them",
    "significance": "Differences of the winners with their intervals",
    "tuning": "What tuning gained, and what each default alone would lose",
    "budget": "The best score to expect of fewer trials",
    "importance": "Importance of hyperparameters, and scores by their values",
    "learning_curves": "Learning curves: scores against the number of training rows",
    "probabilities": "ROC, precision-recall and calibration curves of the winners",
    "cost_and_score": "What trials cost against their score",
    "report": "The data set: its target and its columns",
    "splits": "Which rows train, validate and are held out",
    "validation_curves": "Validation and training scores by hyperparameter",
    "heat_maps": "Scores by pairs of hyperparameters",
    "held_out": "Predictions of the held-out rows",
    "residuals": "Errors on the held-out rows",
    "tree": "The winning tree",
    "learned": "What was learned",
    "permutation_importance": "Loss of score when a column's values are shuffled",
    "rounds": "Scores against the number of rounds",
}
ALTERNATIVES = {**alternatives.BY_NAME, **winner_alternatives.BY_NAME}
"""What tells in numbers what a picture of a name shows."""


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

    name = Path(path).stem
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
    caption = f"{TITLES.get(name, name)}: {where}"
    said = html.unescape(sentence.group(1)) if sentence else ""
    told = ALTERNATIVES[name](source, place) if name in ALTERNATIVES and not said else ""
    alt = f"{caption}. {told}".strip()
    return Picture(said, f"data:{kind};base64,{encoded}", alt, caption, width, height)


def _place(path: str, source: Source) -> dict[str, str]:
    """Return the data set and the model of a plot, as far as it is about one."""
    folders = Path(path).parent.relative_to(source.root).parts[:-1]
    return dict(zip(("dataset", "model"), folders, strict=False))


def chosen(paths: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the paths of the SVG pictures of some names, in the order of the names."""
    return [path for name in names for path in sorted(paths) if Path(path).name == f"{name}.svg"]
