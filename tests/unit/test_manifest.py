"""The manifest of a study: what it vouches for, and what it no longer does."""

import os
from pathlib import Path

import pytest

from hypertrial import manifest


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return a study's folder with two sealed files."""
    for name, text in (("a.csv", "1\n"), ("iris/svm/b.json", "{}\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        manifest.note(tmp_path / manifest.NAME, manifest.digests_of(tmp_path, [name]))
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def damaged(study: Path) -> list[str]:
    return [each.path for each in manifest.check(study, manifest.read(study).digests)]


def test_whole_files_are_vouched_for(study: Path) -> None:
    found = manifest.read(study)
    assert sorted(found.digests) == ["a.csv", "iris/svm/b.json"]
    assert not found.bad
    assert damaged(study) == []
    assert manifest.unknown(study, found.digests) == []


def test_a_changed_byte_is_found_though_the_time_is_kept(study: Path) -> None:
    path = study / "a.csv"
    before = path.stat()
    path.write_text("2\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert damaged(study) == ["a.csv"]


def test_a_removed_file_is_not_a_damaged_one(study: Path) -> None:
    (study / "a.csv").unlink()
    assert damaged(study) == []


def test_a_folder_in_place_of_a_file_is_damage(study: Path) -> None:
    (study / "a.csv").unlink()
    (study / "a.csv").mkdir()
    found = manifest.check(study, manifest.read(study).digests)
    assert [each.reason for each in found] == ["it cannot be read (is a directory)"]


@pytest.mark.parametrize("part", [0, 1, 2])
def test_an_entry_that_was_changed_vouches_for_nothing(study: Path, part: int) -> None:
    path = study / manifest.NAME
    lines = path.read_text("utf-8").splitlines()
    words = lines[0].split(" ", 2)
    words[part] = words[part][:-1] + ("0" if words[part][-1] != "0" else "1")
    path.write_text("\n".join([" ".join(words), *lines[1:], ""]), "utf-8")
    found = manifest.read(study)
    assert found.bad == {(path, 1): words[2]}
    assert sorted(found.digests) == ["iris/svm/b.json"]
    assert manifest.unknown(study, found.digests) == ["a.csv"]


def test_a_forged_file_with_the_digest_of_its_forgery_is_not_vouched_for(study: Path) -> None:
    before = manifest.read(study).digests["a.csv"]
    (study / "a.csv").write_text("9\n")
    forged = manifest.digests_of(study, ["a.csv"])["a.csv"]
    edit(study / manifest.NAME, before, forged)
    assert "a.csv" not in manifest.read(study).digests


def test_the_last_line_of_a_path_counts_and_a_voided_one_vouches_for_nothing(study: Path) -> None:
    (study / "a.csv").write_text("2\n")
    manifest.note(study / manifest.NAME, {"a.csv": manifest.VOID})
    assert manifest.unknown(study, manifest.read(study).digests) == ["a.csv"]
    manifest.note(study / manifest.NAME, manifest.digests_of(study, ["a.csv"]))
    assert damaged(study) == []
    assert not manifest.unknown(study, manifest.read(study).digests)


def test_a_line_that_a_killed_run_left_half_harms_no_other(study: Path) -> None:
    path = study / manifest.NAME
    path.write_bytes(path.read_bytes()[:-5])
    (study / "c.csv").write_text("3\n")
    manifest.note(path, manifest.digests_of(study, ["c.csv"]))
    found = manifest.read(study)
    assert sorted(found.digests) == ["a.csv", "c.csv"]
    assert len(found.bad) == 1


def test_journals_count_after_the_manifest_and_become_part_of_it(study: Path) -> None:
    (study / "a.csv").write_text("2\n")
    for number, name in enumerate(("old", "new")):
        journal = study / f"{manifest.NAME}.node.{name}"
        digests = {"a.csv": "0" * 64} if name == "old" else manifest.digests_of(study, ["a.csv"])
        manifest.note(journal, digests)
        os.utime(journal, (number, number))
    assert damaged(study) == []
    manifest.compact(study, manifest.read(study).digests)
    assert manifest.journals(study) == []
    assert damaged(study) == []
    assert sorted(manifest.read(study).digests) == ["a.csv", "iris/svm/b.json"]


def test_files_of_trials_logs_and_the_manifest_are_nothing_that_it_should_know(study: Path) -> None:
    for name in ("iris/svm/trials/0a/scores.json", "a.log", "b.part", "c.damaged"):
        (study / name).parent.mkdir(parents=True, exist_ok=True)
        (study / name).write_text("")
    manifest.note(study / f"{manifest.NAME}.node.7", {})
    assert manifest.unknown(study, manifest.read(study).digests) == []


def test_what_was_moved_aside_is_half_repaired_until_it_is_made_again(study: Path) -> None:
    manifest.set_aside(study, "a.csv")
    assert manifest.half_repaired(study) == ["a.csv"]
    (study / "a.csv").write_text("1\n")
    assert manifest.half_repaired(study) == []


def test_a_study_that_has_not_run_has_an_empty_manifest(tmp_path: Path) -> None:
    assert manifest.read(tmp_path / "none").digests == {}
    assert manifest.unknown(tmp_path / "none", {}) == []
