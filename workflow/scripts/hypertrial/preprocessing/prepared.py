"""Prepared rows that the trials of a worker share."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from hypertrial.families import Matrix

CACHE_BYTES = 256 * 2**20


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
        made = make()
        self._kept[key] = made
        while self._size() > self._limit:
            self._kept.popitem(last=False)
        return made

    def _size(self) -> int:
        return sum(first.nbytes + second.nbytes for _, first, second in self._kept.values())
