"""Prepared rows that the trials of a worker share."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from hypertrial.families import Matrix

CACHE_BYTES = 64 * 2**20
"""Enough for all folds of small data, and for one of larger: the store adds little to them."""


class Prepared:
    """A bounded store of prepared rows, so that trials of one worker share a fold's work."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[Any, ...], tuple[Any, Matrix, Matrix]] = OrderedDict()

    def get(
        self, key: tuple[Any, ...], make: Callable[[], tuple[Any, Matrix, Matrix]]
    ) -> tuple[Any, Matrix, Matrix]:
        """Return the transformer and two matrices of a key, making them if they are not kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._shrink(max(map(_bytes, self._kept.values()), default=0))
        made = make()
        self._kept[key] = made
        self._shrink(0)
        return made

    def _shrink(self, room: int) -> None:
        """Forget what was used longest ago until there is room for so many bytes more."""
        while self._kept and sum(map(_bytes, self._kept.values())) + room > self._limit:
            self._kept.popitem(last=False)


def _bytes(made: tuple[Any, Matrix, Matrix]) -> int:
    _, first, second = made
    return first.nbytes + second.nbytes
