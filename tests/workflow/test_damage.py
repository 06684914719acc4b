"""Damaged files of trials: named, moved aside, and made again by the same command."""

import os
import shutil
from pathlib import Path

import pytest
from projects import Project, trials_in

pytestmark = pytest.mark.workflow


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip_a_byte(path: Path) -> None:
    """Flip one byte in the middle, and keep the file's times."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def change_a_digit(path: Path) -> None:
    """Change the last digit of the first score."""
    head, mark, tail = path.read_text("utf-8").partition('"validation": {')
    number = tail.index(",")
    digit = str((int(tail[number - 1]) + 1) % 10)
    path.write_text(head + mark + tail[: number - 1] + digit + tail[number:], "utf-8")


@pytest.fixture
def damaged(finished: Project) -> tuple[Project, dict[str, Path]]:
    """Damage one file of each of four trials, each in another way."""
    folders = sorted((finished.results() / "iris/decision_tree/trials").iterdir())
    files = [
        folders[0] / "parameters.npz",
        folders[1] / "predictions.npz",
        folders[2] / "scores.json",
        folders[3] / "cost.json",
    ]
    truncate(files[0])
    flip_a_byte(files[1])
    change_a_digit(files[2])
    shutil.copy2(folders[4] / "cost.json", files[3])
    return finished, {f"iris/decision_tree/{file.parent.name}": file for file in files}


def name_in_output(project: Project, path: Path) -> str:
    return str(path.relative_to(project.root))


def test_each_is_named_and_only_its_trial_runs_again(
    damaged: tuple[Project, dict[str, Path]],
) -> None:
    project, files = damaged
    wounds = {path: path.read_bytes() for path in files.values()}
    output: list[str] = []
    redone = trials_in(project.changed_by(lambda: output.append(project.succeed())))
    assert redone == set(files), output[0]
    flat = "".join(output[0].split())
    for path, content in wounds.items():
        assert name_in_output(project, path) in flat
        assert path.with_name(f"{path.name}.damaged").read_bytes() == content
    assert "Nothing to be done" in project.succeed()


def test_a_dry_run_only_names_them(damaged: tuple[Project, dict[str, Path]]) -> None:
    project, files = damaged
    before = project.versions()
    flat = "".join(project.succeed("--dry-run").split())
    assert all(name_in_output(project, path) in flat for path in files.values())
    assert project.versions() == before


def test_a_damaged_table_and_damaged_splits_are_made_again(finished: Project) -> None:
    about = finished.results() / "iris/data/table.json"
    splits = finished.results() / "diabetes/data/splits.npz"
    whole = about.read_bytes(), splits.read_bytes()
    truncate(about)
    truncate(splits)
    finished.succeed()
    assert (about.read_bytes(), splits.read_bytes()) == whole


def test_a_cut_table_and_cut_splits_are_made_again(finished: Project) -> None:
    data = finished.results() / "iris/data"
    whole = {path.name: path.read_bytes() for path in sorted(data.glob("*.npz"))}
    for name in whole:
        truncate(data / name)
    finished.succeed()
    assert {path.name: path.read_bytes() for path in sorted(data.glob("*.npz"))} == whole


def test_a_table_with_another_bit_is_named_and_not_trained_on(finished: Project) -> None:
    path = finished.results() / "iris/data/table.npz"
    whole = path.read_bytes()
    flip_a_byte(path)
    shutil.rmtree(sorted((finished.results() / "iris/decision_tree/trials").iterdir())[0])
    said = "results/small/iris/data/table.npz: damaged; remove it and run the study again"
    assert said in " ".join(finished.fail().split())
    path.unlink()
    finished.succeed()
    assert path.read_bytes() == whole


def test_a_damaged_winner_is_named(finished: Project) -> None:
    path = finished.results() / "iris/decision_tree/winner.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    said = finished.fail()
    assert "iris/decision_tree/winner.json: damaged; remove it" in said
    around = ("Exiting because", "Failed", "Log file", "Complete Log", "WorkflowError", "Mistake:")
    assert [words for words in around if words in said] == []
    path.unlink()
    finished.succeed()
    assert path.read_bytes() == whole
