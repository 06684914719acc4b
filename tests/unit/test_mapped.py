"""Arrays that stay on the disk until they are used."""

import sys
from pathlib import Path

import numpy as np
import pytest

from hypertrial import files

ROWS, COLUMNS = 20_000, 50


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("mapped") / "values.npz"
    rng = np.random.default_rng(0)
    files.write_npz(path, {"X": rng.normal(size=(ROWS, COLUMNS)), "y": np.arange(ROWS)})
    return path


def held(path):
    """Return how many bytes of a file this process holds in memory."""
    found, total = False, 0
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        if "-" in line.split()[0]:
            found = line.endswith(str(path))
        elif found and line.startswith("Rss:"):
            total += int(line.split()[1]) * 1024
    return total


@pytest.mark.parametrize(
    "rows",
    [
        np.arange(ROWS),
        np.arange(0, ROWS, 7),
        np.array([5, 3, 3, ROWS - 1]),
        np.array([-1, 0]),
        np.array([], dtype=np.int64),
    ],
    ids=["all", "some", "unordered", "from the end", "none"],
)
def test_rows_are_those_of_the_array(archive, rows):
    for name, values in files.map_npz(archive).items():
        taken = files.take(values, rows)
        assert taken.dtype == values.dtype
        assert np.array_equal(taken, np.load(archive)[name][rows])


def test_a_row_that_is_not_there_is_an_error(archive):
    with pytest.raises(IndexError):
        files.take(files.map_npz(archive)["X"], np.array([ROWS]))


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell")
def test_taking_and_digesting_hold_nothing_of_the_file(archive):
    values = files.map_npz(archive)["X"]
    assert float(values.sum()) and held(archive) > values.nbytes // 2
    files.take(values, np.arange(0, ROWS, 3))
    assert held(archive) < values.nbytes // 8
    files.digest_arrays("", {"X": values})
    assert held(archive) < values.nbytes // 8
