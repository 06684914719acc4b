"""How the time of a search grows: with the rows, and with what its family calls work."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hypertrial.models.svm import kernel_matrix

Powers = tuple[float, float]
"""Bounds of the power of the rows that time grows with."""


@dataclass(frozen=True)
class Growth:
    """Between which powers of the rows time grows, of fits and of what follows them.

    ``far`` is that of fits far beyond the probed rows. Fits on more than ``most_shared`` rows
    are done in another way, and share nothing. Where growth is ``uneven``, it differs from set to
    set: those of each kind are probed on samples that grow, and probes may take more time.
    """

    fit: Powers
    predict: Powers
    far: Powers
    most_shared: float = math.inf
    uneven: bool = False

    @property
    def cautious(self) -> Powers:
        """The powers by which it is told whether a probe can be afforded."""
        return self.far if self.uneven else self.fit


LINEAR: Powers = (1.0, 1.2)
GROWTH = {"svm": Growth((1.5, 3.0), (1.5, 2.0), (2.0, 3.0), kernel_matrix.MOST_ROWS, uneven=True)}
"""Of families whose time grows otherwise than about in proportion to the rows."""


def grown(points: Sequence[tuple[int, float]], rows: float, powers: Powers) -> float:
    """Return the seconds for some rows, given those for fewer as ``(rows, seconds)``, ascending.

    The last two points tell the power of the rows that seconds grow with. One above the bounds
    is taken for the upper bound; one below means that a constant part adds to one that grows
    with the lower bound. One point tells nothing, so the lower bound is taken.
    """
    least, most = powers
    last, seconds = points[-1]
    if len(points) == 1 or rows == last:
        return seconds * math.pow(rows / last, least)
    first, before = points[-2]
    seen = math.log(max(seconds, 1e-9) / max(before, 1e-9)) / math.log(last / first)
    if seen >= least:
        return seconds * math.pow(rows / last, min(seen, most))
    at_first, at_last, at_rows = (math.pow(each, least) for each in (first, last, rows))
    slope = max(seconds - before, 0.0) / (at_last - at_first)
    return seconds + slope * (at_rows - at_last)


def interpolated(points: Sequence[tuple[float, float]], work: Sequence[float]) -> list[float]:
    """Return seconds for each work, given those for some as ``(work, seconds)``.

    They lie on straight lines between the points, and are proportional to work beyond them.
    Points of equal work count as their mean.
    """
    at = sorted({each for each, _ in points})
    means = [float(np.mean([s for w, s in points if w == each])) for each in at]
    inside = np.interp(work, at, means)
    ends = np.clip(work, at[0], at[-1])
    return [float(s * w / e) if e else float(s) for s, w, e in zip(inside, work, ends, strict=True)]


UNSURE = 0.6
"""By how much the power of the rows may differ from the one that was seen."""


def within(points: Sequence[tuple[int, float]], powers: Powers, shift: float) -> Powers:
    """Return the power that two points tell, shifted but within bounds; a bound if there is one.

    As bounds of :func:`grown` it gives the least or the most that time may grow by.
    """
    least, most = powers
    if len(points) == 1:
        end = least if shift < 0 else most
        return end, end
    (first, before), (last, seconds) = points[-2:]
    seen = math.log(max(seconds, 1e-9) / max(before, 1e-9)) / math.log(last / first)
    power = min(max(min(max(seen, least), most) + shift, least), most)
    return power, power
