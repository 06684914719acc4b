"""What is said of faults of the computer: one line, the place, and what to do."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.exceptions import WorkflowError

from binding import faults
from binding.faults import describe
from binding.mistakes import Mistake


def fault(number: int, path: str | None = None) -> OSError:
    return OSError(number, os.strerror(number), path)


def test_a_full_disk_is_told_with_the_folder_that_is_on_it(tmp_path: Path) -> None:
    found = describe(fault(errno.ENOSPC), str(tmp_path / "iris/svm/trials.csv"))
    assert found == (
        f"{tmp_path}: the disk is full; free some space, and the same command goes on from there"
    )


def test_all_jobs_that_meet_the_same_limit_tell_the_same_line(tmp_path: Path) -> None:
    lines = {describe(fault(errno.EMFILE, str(tmp_path / name)), "") for name in "ab"}
    assert len(lines) == 1
    assert "ulimit -n" in str(lines)


@pytest.mark.parametrize("number", [errno.ENOTDIR, errno.EEXIST])
def test_a_file_where_a_folder_belongs_is_named_itself(tmp_path: Path, number: int) -> None:
    (tmp_path / "iris").write_text("")
    found = describe(fault(number, str(tmp_path / "iris/data/table.npz")), "")
    assert str(found).startswith(f"{tmp_path}/iris: is in the way")


def test_a_file_that_a_single_job_lacks_is_no_fault_of_the_computer() -> None:
    assert describe(fault(errno.ENOENT, "results/small/a.csv"), "") is None
    assert describe(TimeoutError(), "") is None


def test_a_source_that_is_gone_when_its_job_begins_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "FAULTS", faults.Faults())
    faults.FAULTS.workflow = SimpleNamespace(scheduler=None)
    source = tmp_path / "rows.csv"

    error = WorkflowError("Missing files after 5 seconds.")
    job = SimpleNamespace(input=[str(source)], output=["results/small/rows/data/table.npz"])
    told = faults._why_not_begun(job, error)
    assert isinstance(told, Mistake)
    assert f"{source}: is gone since the run began; put it back" in str(told)
    source.write_text("")
    assert faults._why_not_begun(job, error) is None
