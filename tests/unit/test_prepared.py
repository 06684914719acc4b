"""Prepared rows that trials share: kept while there is room."""

import numpy as np

from hypertrial.preprocessing.prepared import Prepared

BYTES = 800


def rows():
    return None, np.zeros(50), np.ones(50)


class Maker:
    """Makes rows, and notes what the store keeps meanwhile."""

    def __init__(self, store):
        self.store = store
        self.kept = []

    def __call__(self):
        self.kept.append(len(self.store._kept))
        return rows()


def test_rows_are_made_once_while_there_is_room():
    store = Prepared(3 * BYTES)
    make = Maker(store)
    for key in ("a", "b", "c", "a", "b", "c"):
        store.get((key,), make)
    assert make.kept == [0, 1, 2]


def test_the_oldest_are_forgotten_before_new_ones_are_made():
    store = Prepared(2 * BYTES)
    make = Maker(store)
    for key in ("a", "b", "a", "c", "b"):
        store.get((key,), make)
    assert make.kept == [0, 1, 1, 1], "b was used longest ago when c came, and is made again"


def test_what_is_too_large_is_given_and_not_kept():
    store = Prepared(BYTES - 1)
    make = Maker(store)
    assert store.get(("a",), make)[1].shape == (50,)
    store.get(("a",), make)
    assert make.kept == [0, 0]
