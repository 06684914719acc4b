"""Learned arrays that may come from elsewhere, each held against what its place expects of it."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

KINDS = {"number": "f", "integer": "iu", "flag": "b", "text": "U"}
"""The letters of NumPy's types."""


class Expected:
    """Arrays by name, which are taken by those who know what they should be."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._arrays = arrays
        self._taken: set[str] = set()

    def __contains__(self, name: str) -> bool:
        """Tell whether there is an array of this name."""
        return name in self._arrays

    def take(
        self,
        name: str,
        kind: Literal["number", "integer", "flag", "text"],
        *shape: int | None,
        low: float | None = None,
        below: float | None = None,
    ) -> npt.NDArray[Any]:
        """Return an array of a kind and shape; None stands for any length.

        Raises
        ------
        ValueError
            If it is missing, of another kind or shape, or has a value under ``low``, or not
            under ``below``.
        """
        if name not in self._arrays:
            raise ValueError(f"there is no array '{name}'")
        array = self._arrays[name]
        self._taken.add(name)
        fits = len(array.shape) == len(shape) and all(
            due in (None, own) for own, due in zip(array.shape, shape, strict=True)
        )
        if not fits:
            raise ValueError(f"array '{name}' has the shape {array.shape}, not {_shape(shape)}")
        if array.dtype.kind not in KINDS[kind]:
            raise ValueError(f"array '{name}' holds {array.dtype}, not a {kind} each")
        outside = (low is not None and (array < low).any()) or (
            below is not None and (array >= below).any()
        )
        if outside:
            raise ValueError(f"array '{name}' has a value that is out of range")
        return array

    def finish(self) -> None:
        """Check that nothing is left that nobody has taken.

        Raises
        ------
        ValueError
            If there is.
        """
        left = sorted(self._arrays.keys() - self._taken)
        if left:
            raise ValueError(f"array '{left[0]}' is none that this model learns")


def check_trees(
    left: npt.NDArray[Any],
    right: npt.NDArray[Any],
    feature: npt.NDArray[Any],
    roots: npt.NDArray[Any],
    features: int,
) -> None:
    """Check that nodes are trees, whose every way from a root ends at a leaf.

    ``left`` and ``right`` have shape (nodes,), and are negative at a leaf; ``roots``, in order,
    are where the nodes of each tree begin. A node has one parent at most, and a root none, so
    that no way comes back to where it was.

    Raises
    ------
    ValueError
        If they are no such trees, or a node splits on a feature that there is not.
    """
    inner = left >= 0
    if not np.array_equal(inner, right >= 0):
        raise ValueError("a node has one child only")
    children = np.concatenate([left[inner], right[inner]]).astype(np.int64)
    parents = np.tile(np.flatnonzero(inner), 2)
    if (children >= len(left)).any() or (feature[inner] < 0).any():
        raise ValueError("a node's child or feature is out of range")
    if (feature[inner] >= features).any():
        raise ValueError(f"a node splits on a feature beyond the {features} that there are")
    tree = np.searchsorted(roots, np.arange(len(left)), side="right")
    if (tree[children] != tree[parents]).any():
        raise ValueError("a node's child stands in another tree")
    if len(np.unique(children)) < len(children) or np.isin(children, roots).any():
        raise ValueError("the nodes are no tree: a way through them leads in a circle")


def _shape(shape: tuple[int | None, ...]) -> str:
    words = ["any" if length is None else str(length) for length in shape]
    return f"({', '.join(words)}{',' if len(words) == 1 else ''})"
