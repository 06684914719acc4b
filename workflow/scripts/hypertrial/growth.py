"""How the time and the memory of fits grow with the rows."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

Powers = tuple[float, float]
"""Bounds of the power of the rows that time grows with."""

LINEAR: Powers = (1.0, 1.2)


@dataclass(frozen=True)
class Growth:
    """Between which powers of the rows time grows; ``far`` is that far beyond the probed rows.

    Fits on more than ``most_shared`` rows are done in another way, and share nothing; within
    ``as_with_many_rows()`` fits on few rows are done in that way. Where growth is ``uneven``, it
    differs from set to set: those of each kind are probed on samples that grow, and probes may
    take more time. ``fit_bytes(rows)`` is what a fit holds beside the table.
    """

    fit: Powers = LINEAR
    far: Powers = LINEAR
    most_shared: float = math.inf
    uneven: bool = False
    as_with_many_rows: Callable[[], AbstractContextManager[None]] = nullcontext
    fit_bytes: Callable[[int], float] = lambda rows: 0.0


LINEARLY = Growth()
"""About in proportion to the rows, as most do."""
