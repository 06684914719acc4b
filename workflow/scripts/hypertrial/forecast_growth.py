"""How the time of a search grows: with the rows, and with what its family calls work."""

import math
from collections.abc import Sequence

import numpy as np

from hypertrial.growth import Powers

UNSURE = 0.6
"""By how much the power of the rows may differ from the one that was seen."""


def power_seen(points: Sequence[tuple[int, float]]) -> float:
    """Return the power of the rows that seconds grow with, by the last two ``(rows, seconds)``."""
    (first, before), (last, seconds) = points[-2:]
    return math.log(max(seconds, 1e-9) / max(before, 1e-9)) / math.log(last / first)


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
    if (seen := power_seen(points)) >= least:
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


def shifted(points: Sequence[tuple[int, float]], powers: Powers, shift: float) -> float:
    """Return the power that two points tell, shifted but within bounds; a bound if there is one."""
    least, most = powers
    if len(points) == 1:
        return least if shift < 0 else most
    seen = min(max(power_seen(points), least), most)
    return min(max(seen + shift, least), most)
