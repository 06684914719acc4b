"""Damaged files: named, moved aside, and made again by the same command."""

import os
import shutil
from pathlib import Path

import pytest
from projects import Project, contents, differing, trials_in

from hypertrial import manifest

pytestmark = [pytest.mark.workflow, pytest.mark.cluster]


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


EVERY_KIND = """\
study: small
honesty: {permuted: true}
datasets: {iris: , diabetes: }
models:
  decision_tree: {grid: {max_depth: 2}}
  svm: {grid: {C: [0.1, 10]}}
  xgboost: {grid: {n_estimators: [2, 3]}}
"""


def one_of_each_kind(results: Path) -> list[Path]:
    """Return a file of each kind that a study writes, of other data sets and models in turn."""
    kinds: dict[tuple[bool, str], list[Path]] = {}
    for path in sorted(results.rglob("*")):
        if path.is_file() and path.name != manifest.NAME:
            kinds.setdefault(("trials" in path.parts, path.name), []).append(path)
    return [paths[place % len(paths)] for place, paths in enumerate(kinds.values())]


def forge_an_entry(results: Path, path: str) -> None:
    """Have the manifest hold the digest of a file that was changed."""
    changed = results / path
    changed.write_bytes(changed.read_bytes() + b"\n")
    manifest_file = results / manifest.NAME
    entries = manifest.read(results).digests
    forged = manifest.digests_of(results, [path])[path]
    text = manifest_file.read_text("utf-8").replace(entries[path], forged)
    manifest_file.write_text(text, "utf-8")


def test_every_kind_of_file_is_named_when_a_byte_has_changed_and_made_again(
    project: Project,
) -> None:
    project.configure(EVERY_KIND)
    project.succeed()
    results = project.results()
    whole = contents(results)
    wounded = one_of_each_kind(results)
    assert {"chance.json", "rounds.csv", "report.html", "all.scores.jsonl", "table.npz"} <= {
        path.name for path in wounded
    }
    for path in wounded:
        flip_a_byte(path)
    forged = next(
        path
        for path in manifest.read(results).digests
        if path.endswith("winner.json") and results / path not in wounded
    )
    forge_an_entry(results, forged)
    wounded.append(results / forged)
    before = project.versions()
    named = "".join(project.succeed("--dry-run").split())
    assert [path for path in wounded if name_in_output(project, path) not in named] == []
    assert project.versions() == before
    named = "".join(project.succeed().split())
    assert [path for path in wounded if name_in_output(project, path) not in named] == []
    aside = {path for path in results.rglob("*.damaged") if not path.name.startswith(manifest.NAME)}
    assert aside == {path.with_name(f"{path.name}.damaged") for path in wounded}
    for path in results.rglob("*.damaged"):
        path.unlink()
    assert differing(whole, contents(results)) == []
    assert "Nothing to be done" in project.succeed()


def test_what_the_manifest_does_not_vouch_for_is_made_again_but_no_trial(
    finished: Project,
) -> None:
    board = finished.results() / "leaderboard.csv"
    whole = board.read_bytes()
    board.write_bytes(whole.replace(b"iris", b"ires"))
    (finished.results() / manifest.NAME).unlink()
    shutil.rmtree(finished.root / ".snakemake")
    changed = finished.changed_by(finished.succeed)
    assert trials_in(changed) == set()
    assert board.read_bytes() == whole
    assert "small/iris/decision_tree/bundles/all.scores.jsonl" in changed
