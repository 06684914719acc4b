"""What a job of a cluster asks for: bundles that share one, cores, memory and time."""

import pytest

from hypertrial import allocation
from hypertrial.search import Search
from hypertrial.space import Trial


def search_of(count, model="decision_tree", dataset="iris"):
    key = {"decision_tree": "max_depth", "svm": "C"}[model]
    trials = tuple(
        Trial.of(model, {key: i + 1 if key == "max_depth" else i + 1.0}) for i in range(count)
    )
    return Search(dataset, model, "multiclass", trials)


def forecast(trials, seconds, rows=1000, features=10):
    return {
        "trials": trials,
        "cpu_seconds": seconds,
        "cpu_seconds_range": None,
        "rows": rows,
        "features": features,
    }


def test_no_more_cores_are_asked_for_than_sets_can_use():
    search = search_of(3)
    assert allocation.request(search, "all", None, 8).cores == 3
    assert allocation.request(search, "all", None, 2).cores == 2
    assert allocation.request(search, "all", None, 8, threads=4).cores == 8


def test_time_and_memory_follow_the_forecast():
    search = search_of(40)
    small, long, wide = (
        allocation.request(search, "all", each, 4)
        for each in (
            forecast(40, 10.0),
            forecast(40, 4 * 3600.0),
            forecast(40, 10.0, rows=1_000_000, features=100),
        )
    )
    assert small.minutes == 11
    assert long.minutes == 10 + 3 * 60
    assert wide.minutes == small.minutes
    assert wide.memory_mb > 4 * 5 * 1_000_000 * 100 * 8 / 2**20
    assert small.memory_mb == pytest.approx(800 + 4 * 400, rel=0.01)


def test_a_forecast_of_a_smaller_grid_is_scaled():
    assert allocation.wall_seconds(search_of(40), "all", forecast(20, 100.0), 2) == pytest.approx(
        100
    )


def test_kernel_matrices_need_memory_up_to_the_rows_that_have_one():
    few, many, more = (allocation.worker_mb("svm", rows, 1) for rows in (100, 8000, 9000))
    assert many - few > 900
    assert more - many < 1


def test_small_searches_share_a_job_and_long_ones_have_their_own():
    searches = [search_of(40, dataset=name) for name in ("a", "b", "c", "d")]
    seconds = {"a": 10.0, "b": 10.0, "c": 3000.0, "d": 3000.0}
    known = {(name, "decision_tree"): forecast(40, each) for name, each in seconds.items()}
    found = allocation.parcels(searches, known, 4)
    assert [found[name, "decision_tree", "all"] for name in "abcd"] == [1, 1, 2, 3]


def test_a_job_has_no_more_trials_than_its_command_can_name():
    searches = [search_of(50, dataset=f"d{i}") for i in range(20)]
    known = {(each.dataset, each.model): forecast(50, 0.1) for each in searches}
    found = list(allocation.parcels(searches, known, 4).values())
    assert sorted(set(found)) == [1, 2, 3]
    assert max(found.count(number) for number in found) == allocation.MOST_TRIALS // 50


def test_without_a_forecast_each_bundle_has_a_job():
    searches = [search_of(120), search_of(40, dataset="other")]
    found = allocation.parcels(searches, {}, 4)
    assert sorted(found.values()) == list(range(1, len(found) + 1))
    assert allocation.request(searches[1], "all", None, 4).minutes == allocation.UNKNOWN_MINUTES


def test_bundles_that_share_a_job_share_its_start():
    """Slurm is asked for the sum of their minutes."""
    search = search_of(40)
    alone, shared = (
        allocation.request(search, "all", forecast(40, 80.0), 4, bundles=number)
        for number in (1, 5)
    )
    assert (alone.minutes, shared.minutes) == (11, 3)
    assert alone.memory_mb == shared.memory_mb


def test_a_job_that_fits_the_winner_follows_the_forecast():
    search = search_of(40)
    quick, slow, wide, unknown = (
        allocation.request_of_fits(search, each)
        for each in (
            forecast(40, 40.0),
            forecast(40, 40 * 3600.0),
            forecast(40, 40.0, rows=1_000_000, features=100),
            None,
        )
    )
    assert (quick.cores, quick.memory_mb) == (1, allocation.SMALL_MB)
    sets = len(search.sets)
    assert quick.minutes == 2 + -(-3 * 5 * 40 // (60 * sets))
    assert slow.minutes == 2 + 3 * 5 * 40 * 60 // sets
    assert wide.memory_mb > 5 * 1_000_000 * 100 * 8 / 2**20
    assert (unknown.cores, unknown.memory_mb, unknown.minutes) == (1, 1800, 10)


def test_a_job_that_reads_follows_the_size_of_the_source():
    small, large, packed = (
        allocation.request_of_reading(size, is_packed)
        for size, is_packed in ((1000, False), (400 * 2**20, False), (100 * 2**20, True))
    )
    assert small == allocation.Request(1, allocation.SMALL_MB, allocation.SMALL_MINUTES + 1)
    assert large == packed == allocation.Request(1, 1200 + 5 * 400, 2 + 3 * 2)


def test_of_two_requests_the_larger_counts_in_each_respect():
    one, other = allocation.Request(1, 3000, 5), allocation.Request(2, 1500, 60)
    assert one.and_at_least(other) == allocation.Request(2, 3000, 60)
