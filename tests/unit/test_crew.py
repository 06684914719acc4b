"""Workers that are killed or stopped at the worst moment cost one task at most."""

import os
import signal
import time
import traceback
from concurrent.futures import Future
from multiprocessing import forkserver
from pathlib import Path

import psutil
import pytest

from hypertrial import crew as crews
from hypertrial.crew import Crew, InterruptedRunError, OutOfTimeError, Task, WorkerDiedError
from hypertrial.pool import Pool

LONG = 60


@pytest.fixture
def crew():
    Pool.preload()
    made = Crew(2)
    yield made
    made.stop()


def ask(crew: Crew, function: str, limit: float | None = None, **arguments: object) -> Future:
    return crew.submit(Task(f"faulty.{function}", arguments, limit))


def processes(crew: Crew) -> list[psutil.Process]:
    return [worker._known for worker in crew._workers]


def both_work(crew: Crew) -> bool:
    """Tell whether tasks are done, more of them than there are posts."""
    return len({ask(crew, "process").result(LONG) for _ in range(4)}) > 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_dies_in_a_task_costs_that_task(crew, number):
    with pytest.raises(WorkerDiedError) as death:
        ask(crew, "end", number=number).result(LONG)
    assert death.value.cause == number.name
    assert both_work(crew)


def test_a_worker_killed_in_the_middle_of_its_answer_holds_up_no_other(crew):
    with pytest.raises(WorkerDiedError, match="-9"):
        ask(crew, "answer_half", number=signal.SIGKILL).result(LONG)
    assert both_work(crew)


def test_a_worker_stopped_in_the_middle_of_its_answer_runs_out_of_time(crew):
    with pytest.raises(OutOfTimeError):
        ask(crew, "answer_half", limit=0.5, number=signal.SIGSTOP).result(LONG)
    assert both_work(crew)


@pytest.mark.parametrize("limit", [1e-6, 0.001, 0.3])
def test_a_limit_has_an_effect_however_short(crew, limit):
    with pytest.raises(OutOfTimeError):
        ask(crew, "sleep", limit=limit).result(LONG)
    assert both_work(crew)


@pytest.mark.parametrize("limit", [3600, 1e18])
def test_a_limit_that_is_long_enough_has_none(crew, limit):
    assert ask(crew, "length", limit=limit, content="four").result(LONG) == 4


@pytest.mark.parametrize("content", ["short", "longer than a pipe holds" * 10**6])
def test_a_task_given_to_a_stopped_worker_is_done_by_another(crew, monkeypatch, content):
    monkeypatch.setattr(crews, "BEGIN_SECONDS", 2.0)
    assert both_work(crew)
    stopped = processes(crew)
    for process in stopped:
        process.suspend()
    results = [ask(crew, "length", content=content).result(LONG) for _ in range(3)]
    assert results == [len(content)] * 3
    assert not set(processes(crew)) & set(stopped)


@pytest.mark.parametrize("content", ["short", "longer than a pipe holds" * 10**6])
def test_a_task_given_to_a_dead_worker_is_done_by_another(crew, content):
    assert both_work(crew)
    for process in processes(crew):
        process.kill()
    assert [ask(crew, "length", content=content).result(LONG) for _ in range(3)]


def kill_fork_server() -> None:
    os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)


def test_the_fork_servers_death_loses_no_task_that_runs_and_repeats_none(crew, tmp_path):
    note, gate = tmp_path / "note", tmp_path / "gate"
    running = ask(crew, "wait_for", path=str(gate), note=str(note))
    wait_until(note.exists)
    kill_fork_server()
    assert both_work(crew)
    gate.write_text("through", "utf-8")
    assert running.result(LONG) == "through"
    assert note.read_text("utf-8") == "begun\n"


def test_a_worker_that_dies_after_its_fork_server_is_told_so(crew, tmp_path):
    note = tmp_path / "note"
    running = ask(crew, "wait_for", path=str(tmp_path / "never"), note=str(note))
    wait_until(note.exists)
    kill_fork_server()
    for process in processes(crew):
        process.kill()
    with pytest.raises(WorkerDiedError) as death:
        running.result(LONG)
    assert death.value.cause == "its exit code is unknown"
    assert both_work(crew)


@pytest.mark.parametrize("times", [1, 3])
def test_the_fork_servers_death_while_workers_start_stops_nothing(crew, times):
    asked = [ask(crew, "process") for _ in range(2)]
    for _ in range(times):
        kill_fork_server()
        time.sleep(0.01)
    assert [each.result(LONG) for each in asked]


def wait_until(condition) -> None:
    limit = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("function", "arguments", "kind", "text"),
    [
        ("fail", {"error": "value"}, ValueError, "wrong"),
        ("fail", {"error": "stubborn"}, RuntimeError, "very wrong"),
        ("give_what_cannot_travel", {}, Exception, "lambda"),
    ],
)
def test_an_error_comes_back_with_its_traceback(crew, function, arguments, kind, text):
    with pytest.raises(kind, match=text) as error:
        ask(crew, function, **arguments).result(LONG)
    assert "worker.py" in "".join(traceback.format_exception(error.value))
    assert both_work(crew)


def test_a_crew_that_is_stopped_ends_its_workers_and_gives_up_what_waits(crew, tmp_path):
    note = tmp_path / "note"
    asked = [ask(crew, "wait_for", path=str(tmp_path / "never"), note=str(note)) for _ in range(5)]
    wait_until(lambda: note.exists() and len(processes(crew)) == 2)
    ended = processes(crew)
    crew.stop()
    errors = [type(each.exception(LONG)) for each in asked]
    assert errors.count(InterruptedRunError) >= 3
    assert set(errors) <= {InterruptedRunError, WorkerDiedError}
    psutil.wait_procs(ended, timeout=LONG)
    assert not any(process.is_running() for process in ended)


def test_a_worker_ends_with_its_driver(tmp_path: Path) -> None:
    made = crews.Worker()
    made._pipe.close()
    psutil.wait_procs([made._known], timeout=LONG)
    assert not made._known.is_running()
