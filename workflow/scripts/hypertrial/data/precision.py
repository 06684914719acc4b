"""What single precision (float32) holds: trees and boosting compare and add in it."""

import numpy as np
import numpy.typing as npt

from hypertrial.data.sources import Source, mistake

LARGEST = float(np.finfo(np.float32).max)
COARSE = 0.5
"""A column is coarse if single precision keeps at most this share of its different values."""
SMALL_WEIGHT = 0.1


def first_beyond(values: npt.NDArray[np.float64]) -> int | None:
    """Return where the first value stands that single precision cannot hold, or None."""
    beyond = np.abs(values) > LARGEST
    return int(beyond.argmax()) if beyond.any() else None


def beyond(source: Source, name: str, row: int, number: float) -> Exception:
    """Return the error that says which value of a column single precision cannot hold."""
    held, most = (f"{each:.6g}".replace("e+", "e") for each in (number, LARGEST))
    return mistake(
        source,
        row,
        f"column '{name}' holds {held}, and single precision (float32), in which trees and "
        f"boosting compute, ends at {most}; divide the column by a power of ten, or add the text "
        "to `missing` if it stands for a gap",
    )


def distinct(ordered: npt.NDArray[np.float64]) -> int:
    """Return how many different values sorted numbers, at least one, have in single precision."""
    with np.errstate(over="ignore", under="ignore"):
        single = ordered.astype(np.float32)
    return 1 + int(np.count_nonzero(single[1:] != single[:-1]))


def is_coarse(double: int, single: int) -> bool:
    """Tell whether single precision makes far fewer values of so many different ones."""
    return single <= COARSE * double and double > 1


def weight_warning(weight: npt.NDArray[np.float64]) -> str | None:
    """Say if weights are so small that boosting can learn little from them."""
    mean = float(weight.mean())
    if mean >= SMALL_WEIGHT:
        return None
    return (
        f"the weights have a mean of {mean:.2g}: min_child_weight and the penalties of "
        "boosting and C of support vector machines are in units of weight, so that little or "
        "nothing is learned; multiply the weights so that their mean is 1"
    )
