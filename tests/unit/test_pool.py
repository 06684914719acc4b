"""The pool of workers: what it survives."""

import multiprocessing
import time

import pytest

from hypertrial.errors import DataError
from hypertrial.pool import InterruptedRunError, Pool


@pytest.fixture
def pool():
    made = Pool()
    yield made
    made.stop()


def test_a_mistake_comes_back_as_it_was_raised(pool):
    arguments = {"params": '{"spec": {"name": "a", "source": "no.csv"}, "task": "binary"}'}
    with pytest.raises(DataError, match=r"no\.csv"):
        pool.call(1, "data.datasets.prepare", **arguments, values="v", about="a")


def test_an_idle_workers_death_does_not_end_the_pool(pool):
    assert "hypertrial.trial" in pool.call(2, "worker.loaded")
    for worker in multiprocessing.active_children():
        worker.kill()
        worker.join()
    time.sleep(0.5)
    assert "hypertrial.trial" in pool.call(2, "worker.loaded")


def test_a_stopped_pool_takes_no_more_work(pool):
    pool.call(1, "worker.loaded")
    pool.stop()
    pool.warm(1)
    with pytest.raises(InterruptedRunError):
        pool.call(1, "worker.loaded")


def test_a_warm_pool_has_its_workers_before_it_is_called(pool):
    others = set(multiprocessing.active_children())
    pool.warm(2)
    assert len(set(multiprocessing.active_children()) - others) == 2
    assert "hypertrial.trial" in pool.call(2, "worker.loaded")
