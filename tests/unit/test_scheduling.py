"""Jobs that wait for a thread begin by their priority."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import SimpleNamespace

from binding.internals import scheduler
from hypertrial import plan
from hypertrial.config import load_study


def test_a_thread_takes_the_highest_priority_first_and_equal_ones_in_their_order():
    begun, free = [], threading.Event()
    with ThreadPoolExecutor(max_workers=1) as threads:
        threads._work_queue = scheduler._ByPriority()
        threads.submit(lambda _: free.wait(), SimpleNamespace(priority=0))
        for name, priority in (("a", 1), ("b", 1), ("c", 500), ("d", 2)):
            threads.submit(
                lambda _, own: begun.append(own), SimpleNamespace(priority=priority), name
            )
        free.set()
    assert begun == ["c", "d", "a", "b"]


def test_trials_run_search_by_search_and_results_come_before_all_of_them(tmp_path):
    (tmp_path / "my.yaml").write_text("datasets: {iris: , diabetes: }\n")
    planned = plan.make(load_study([tmp_path / "my.yaml"]))
    turns = [
        [planned.priority(*pair, trial.id) for trial in search.trials]
        for pair, search in planned.searches.items()
    ]
    for earlier, later in pairwise(turns):
        assert min(earlier) > max(later)
    assert planned.results_priority > max(turns[0])
