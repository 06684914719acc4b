"""The pool of workers: what it survives."""

import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hypertrial import pool as pools
from hypertrial.crew import WorkerDiedError
from hypertrial.errors import DataError
from hypertrial.pool import InterruptedRunError, Pool

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"


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


def test_a_job_is_done_though_some_workers_die_of_it(pool, tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "PACKAGE", "faulty")
    note = str(tmp_path / "note")
    assert pool.call(1, "die", times=4, note=note) == 5
    with pytest.raises(WorkerDiedError):
        pool.call(1, "die", attempts=2, times=7, note=note)
    assert pool.call(1, "die", times=7, note=note) == 8


def test_a_stopped_pool_takes_no_more_work(pool):
    pool.call(1, "worker.loaded")
    pool.stop()
    with pytest.raises(InterruptedRunError):
        pool.call(1, "worker.loaded")


PRELOADING = """
import multiprocessing, sys
from multiprocessing import forkserver
from hypertrial.pool import POOL

POOL.preload()
server = forkserver._forkserver._forkserver_pid
assert server and not multiprocessing.active_children()
print("hypertrial.trial" in POOL.call(2, "worker.loaded"))
assert forkserver._forkserver._forkserver_pid == server
print("xgboost" in sys.modules)
"""


def test_preloading_starts_the_server_that_workers_are_forked_from():
    told = subprocess.run(
        [sys.executable, "-c", PRELOADING],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    )
    assert told.stdout.split() == ["True", "False"]
