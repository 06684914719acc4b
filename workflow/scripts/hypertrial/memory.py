"""Memory that is not used any more, given back to the system."""

import ctypes
import sys
from typing import Any

LARGE_TABLE = 2**24
"""Bytes of a table from which on memory counts for more than the time to get it anew."""

MMAP_THRESHOLD = -3
"""``M_MMAP_THRESHOLD`` of GNU's malloc.h."""

GIVEN_BACK = 2**20
"""Bytes of the smallest array that is given back as soon as it is freed."""


def give_back() -> None:
    """Have this process give unused memory back to the system, what it has and what is to come.

    GNU's library otherwise keeps freed arrays of up to 32 MB, in pieces that the next ones do
    not fit into, and Arrow what it has read files with. Does nothing where there is no such
    library. It is for workers with large tables: small fits take up to a fifth longer.
    """
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    library: Any = ctypes.CDLL(None)
    if hasattr(library, "mallopt") and hasattr(library, "malloc_trim"):
        library.mallopt(MMAP_THRESHOLD, GIVEN_BACK)
        library.malloc_trim(0)
