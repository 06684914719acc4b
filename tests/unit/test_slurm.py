"""What Slurm's commands print, as it is understood."""

import pytest

from binding.slurm import Most, _minutes, _most_of

SINFO = """\
short*|8|32000|4:00:00
short*|16|64000|4:00:00
long|64|128000|30-00:00:00
endless|4|8000|infinite
"""


def most(partition=None, text=SINFO):
    return _most_of([line.split("|") for line in text.splitlines()], partition)


def test_the_largest_node_of_the_default_partition_counts():
    assert most() == Most(16, 64000, 240)


@pytest.mark.parametrize(
    ("partition", "expected"),
    [
        ("long", Most(64, 128000, 30 * 24 * 60)),
        ("endless", Most(4, 8000, None)),
        ("short,long", Most(64, 128000, 30 * 24 * 60)),
        ("short,endless", Most(16, 64000, None)),
    ],
)
def test_nodes_of_a_named_partition_count(partition, expected):
    assert most(partition) == expected


def test_all_nodes_count_where_no_partition_is_meant():
    without_default = SINFO.replace("*", "")
    assert most(text=without_default) == Most(64, 128000, None)
    assert most("none such") == Most(64, 128000, None)


def test_lines_that_tell_nothing_are_passed_over():
    assert most(text="") is None
    assert most(text="slurm_load_partitions: Unable to contact slurm controller") is None
    assert most(text="main*|n/a|n/a|60:00\nmain*|2+|4000|60:00\nmain*|2|4000|60:00") == Most(
        2, 4000, 60
    )


@pytest.mark.parametrize(
    ("limit", "minutes"),
    [
        ("5:00", 5),
        ("10:00:00", 600),
        ("2-12:30:00", 3630),
        ("1-00:00:00", 1440),
        ("infinite", None),
        ("n/a", None),
    ],
)
def test_time_limits(limit, minutes):
    assert _minutes(limit) == minutes
