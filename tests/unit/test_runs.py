"""Which runs are over, by their notes; what is said of a lock, and what is swept."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from binding import locks, runs

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
RUN = """
from binding import runs
runs.LONGEST_FOLDER = {longest}
run = runs.enter()
assert runs.enter() is run
assert run.note not in [other.note for other in runs.others()]
run.sockets.mkdir(parents=True)
(run.sockets / "pymp-of-this-run").touch()
print("entered", flush=True)
input()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextlib.contextmanager
def running(longest: int = 1000) -> Iterator[subprocess.Popen]:
    """Have another process be a run of this folder; it is reaped in the end only."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN.format(longest=longest)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    )
    with process:
        assert process.stdout.readline() == "entered\n"
        yield process
        process.kill()


def states() -> list[bool | None]:
    return [run.is_over for run in runs.others()]


def killed(process: subprocess.Popen) -> None:
    """Kill a process and leave it a zombie: nobody asks for its exit code."""
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


def lock() -> None:
    locks.FOLDER.mkdir(parents=True)
    (locks.FOLDER / "0.input.lock").write_text("data.csv\n", "utf-8")


def rewrite(**changes: object) -> None:
    """Change a note of a run in its place, as one that another computer has written."""
    (note,) = runs.FOLDER.glob(f"*{runs.NOTE}")
    about = json.loads(note.read_text("utf-8"))
    with open(note, "r+", encoding="utf-8") as stream:
        stream.truncate()
        stream.write(json.dumps({**about, **changes}))


def test_a_run_is_over_as_soon_as_its_process_is_a_zombie():
    lock()
    with running() as process:
        assert states() == [False]
        assert not locks.are_stale()
        told = locks.reason([])
        assert f"(process {process.pid} on " in told
        assert "--unlock" not in told
        killed(process)
        assert states() == [True]
        assert locks.are_stale()
        assert "killed" in locks.reason([])


def test_a_run_that_ends_leaves_nothing():
    with running() as process:
        process.communicate("\n")
        assert list(runs.FOLDER.iterdir()) == []


def test_a_process_is_told_by_its_number_where_notes_cannot_be_held():
    with running() as process:
        rewrite(held=False)
        assert states() == [False]
        rewrite(held=False, born=time.time() - 1000)  # another process had this number
        assert states() == [True]
        rewrite(held=False, born=runs.psutil.Process(process.pid).create_time())
        killed(process)
        assert states() == [True]
    assert states() == [True]


def test_nothing_is_known_of_a_run_on_another_computer_and_the_command_is_told():
    lock()
    with running() as process:
        rewrite(host="elsewhere")
        killed(process)
    assert states() == [None]
    assert not locks.are_stale()
    told = locks.reason([Path.cwd() / "my study.yaml"])
    assert "on elsewhere); if it has ended, unlock with: " in told
    assert told.endswith("-m snakemake --unlock --configfile 'my study.yaml'")
    runs.sweep()
    assert states() == [None]


def test_a_lock_without_a_note_is_not_stale_but_the_command_is_told():
    assert not locks.are_stale()
    lock()
    assert not locks.are_stale()
    assert "left no note" in locks.reason([])
    assert locks.reason([]).endswith("-m snakemake --unlock")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host": "a"}'])
def test_a_run_that_was_killed_before_it_could_write_its_note_is_over(content):
    runs.FOLDER.mkdir(parents=True)
    (runs.FOLDER / f"0123abcd{runs.NOTE}").write_text(content, "utf-8")
    assert states() == [True]


def test_what_runs_that_are_over_have_left_is_swept(monkeypatch):
    monkeypatch.setattr(runs, "LONGEST_FOLDER", 1000)
    with running() as alive:
        with running() as over:
            killed(over)
        old, recent = (runs.FOLDER / name for name in ("pymp-old", "pymp-recent"))
        for folder in (old, recent):
            folder.mkdir()
        os.utime(old, (0, 0))
        assert sorted(run.pid for run in runs.others()) == sorted([alive.pid, over.pid])
        runs.sweep()
        assert [run.pid for run in runs.others()] == [alive.pid]
        kept = runs.others()[0].sockets.relative_to(Path.cwd())
        assert sorted(runs.FOLDER.iterdir()) == sorted([kept, kept.with_suffix(runs.NOTE), recent])
    runs.sweep()
    assert list(runs.FOLDER.iterdir()) == [recent]


@pytest.mark.parametrize("fits", [True, False])
def test_sockets_go_elsewhere_where_paths_would_be_too_long(folder, monkeypatch, fits):
    """The folder for temporary files may itself be too deep, as a job's of a cluster."""
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(runs.tempfile, "tempdir", str(folder))
    longest = len(str(folder / "hypertrial-01234567")) - (not fits)
    monkeypatch.setattr(runs, "LONGEST_FOLDER", longest)
    with running(longest) as process:
        (run,) = runs.others()
        assert run.sockets.parent == (folder if fits else Path("/tmp"))
        assert [path.name for path in run.sockets.iterdir()] == ["pymp-of-this-run"]
        killed(process)
    runs.sweep()
    assert not run.sockets.exists()
