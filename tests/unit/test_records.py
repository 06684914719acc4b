"""The four files of a trial: whole, or named as damaged; current, or made again."""

import json
import shutil
from dataclasses import replace

import pytest
from studies import bench, bundled

from hypertrial import files, records
from hypertrial.errors import DataError
from hypertrial.records import TRIAL_FILES

LIMIT = 60.0


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Two whole trials of one model, on disk."""
    made = bench(bundled("binary", 60), tmp_path_factory.mktemp("bench"))
    specs = [made.spec("svm"), made.spec("svm", {"C": 2.0})]
    for spec in specs:
        made.run(spec)
    return made, specs


@pytest.fixture
def trials(original, tmp_path):
    """Copies of the two trials: the first one's spec and folder, and the second's."""
    made, specs = original
    folders = []
    for spec in specs:
        folders.append(tmp_path / spec.trial)
        shutil.copytree(made.folder / "svm" / "trials" / spec.trial, folders[-1])
    return list(zip(specs, folders, strict=True))


def verify(spec, folder, timeout=LIMIT):
    return records.verify(spec, folder, timeout)


def test_a_trial_is_its_four_files_and_whole(trials):
    for spec, folder in trials:
        assert sorted(path.name for path in folder.iterdir()) == sorted(TRIAL_FILES)
        assert verify(spec, folder) is None


def test_a_spec_survives_its_json(trials):
    spec = trials[0][0]
    assert records.TrialSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize("name", TRIAL_FILES)
@pytest.mark.parametrize("keep", [0.0, 0.5, -1])
def test_a_truncated_file_is_named(trials, name, keep):
    spec, folder = trials[0]
    content = (folder / name).read_bytes()
    size = len(content) - 3 if keep < 0 else int(keep * len(content))
    (folder / name).write_bytes(content[:size])
    assert verify(spec, folder).path == folder / name


@pytest.mark.parametrize("name", ["parameters.npz", "predictions.npz"])
@pytest.mark.parametrize("position", [0, 0.3, 0.999])
def test_a_flipped_bit_of_an_archive_is_named(trials, name, position):
    spec, folder = trials[0]
    content = bytearray((folder / name).read_bytes())
    content[int(position * len(content))] ^= 1
    (folder / name).write_bytes(content)
    assert verify(spec, folder).path == folder / name


@pytest.mark.parametrize("name", ["scores.json", "cost.json"])
def test_any_flipped_bit_of_a_record_is_named(trials, name):
    spec, folder = trials[0]
    whole = (folder / name).read_bytes()
    for position in range(0, len(whole), 3):
        content = bytearray(whole)
        content[position] ^= 1 << position % 8
        (folder / name).write_bytes(content)
        assert verify(spec, folder).path == folder / name


@pytest.mark.parametrize("name", ["scores.json", "cost.json"])
def test_a_changed_number_in_valid_json_is_named(trials, name):
    spec, folder = trials[0]
    content = json.loads((folder / name).read_bytes())
    if name == "scores.json":
        content["folds"][1]["validation"]["f1"] += 1e-9
    else:
        content["seconds"] += 1
    (folder / name).write_bytes(files.json_bytes(content))
    assert verify(spec, folder).path == folder / name


@pytest.mark.parametrize("name", TRIAL_FILES)
def test_a_file_of_another_trial_is_named(trials, name):
    (spec, folder), (_, other) = trials
    assert (folder / name).read_bytes() != (other / name).read_bytes()
    shutil.copy(other / name, folder / name)
    assert verify(spec, folder).path == folder / name


def test_a_trial_under_the_name_of_another_belongs_to_the_other(trials):
    (spec, _), (other, folder) = trials
    fault = verify(spec, folder)
    assert fault.path == folder / "scores.json"
    assert f"trial {other.trial} of test/breast_cancer/svm" in fault.reason


@pytest.mark.parametrize(
    ("name", "by"), [("scores.json", "cost.json"), ("cost.json", "scores.json")]
)
def test_a_record_in_the_place_of_the_other_is_named(trials, name, by):
    spec, folder = trials[0]
    shutil.copy(folder / by, folder / name)
    assert verify(spec, folder).path == folder / name


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 8},
        {"code": "other code"},
        {"source": "another source"},
        {"metrics": ["log_loss"]},  # which needs a calibrated machine
        {"versions": {"numpy": "1.0"}},
        {"splits": {"folds": 4}},
        {"data": {"target": "z"}},
    ],
)
def test_a_trial_made_from_anything_else_is_outdated(trials, change):
    spec, folder = trials[0]
    fault = verify(replace(spec, **change), folder)
    assert fault.path is None
    assert "another config" in fault.reason


@pytest.mark.parametrize("name", [name for name in TRIAL_FILES if name != "scores.json"])
def test_a_missing_file_beside_scores_is_named(trials, name):
    spec, folder = trials[0]
    (folder / name).unlink()
    fault = verify(spec, folder)
    assert (fault.path, fault.reason) == (folder / name, "it is missing")
    records.set_aside(fault)
    assert len(list(folder.iterdir())) == len(TRIAL_FILES) - 1


def test_a_trial_without_scores_is_to_run_and_has_no_fault(trials):
    spec, folder = trials[0]
    (folder / "scores.json").unlink()
    assert verify(spec, folder) is None
    assert not records.is_there(spec, folder, 60)


def test_a_trial_that_has_not_run_has_no_fault(trials, tmp_path):
    assert verify(trials[0][0], tmp_path / "nowhere") is None


def fail(spec, folder, status):
    scores = records.failure(spec, status, "a reason")
    records.stage(folder, records.contents(spec, scores, {}, {}, {"timeout_seconds": LIMIT}))
    records.publish(folder)


def test_a_timed_out_trial_runs_again_under_a_longer_limit_only(trials):
    spec, folder = trials[0]
    fail(spec, folder, records.TIMEOUT)
    assert verify(spec, folder, LIMIT) is None
    assert verify(spec, folder, LIMIT / 2) is None
    fault = verify(spec, folder, LIMIT * 2)
    assert fault.path is None
    assert "shorter limit" in fault.reason


def test_a_trial_that_lost_its_worker_runs_again(trials):
    spec, folder = trials[0]
    fail(spec, folder, records.DIED)
    assert verify(spec, folder).path is None


def test_a_trial_that_failed_does_not_run_again(trials):
    spec, folder = trials[0]
    fail(spec, folder, records.FAILED)
    assert verify(spec, folder, LIMIT * 2) is None


def test_a_damaged_file_is_set_aside_with_its_content(trials):
    spec, folder = trials[0]
    path = folder / "predictions.npz"
    for content in (b"rubbish", b"more rubbish"):
        path.write_bytes(content)
        records.set_aside(verify(spec, folder))
        assert not path.exists()
        assert (folder / "predictions.npz.damaged").read_bytes() == content


def test_an_outdated_trial_keeps_its_files_until_it_has_run_again(trials):
    spec, folder = trials[0]
    records.set_aside(verify(replace(spec, seed=9), folder))
    assert verify(spec, folder) is None


def test_what_is_staged_but_not_published_leaves_the_old_files_intact(trials):
    spec, folder = trials[0]
    before = {name: (folder / name).read_bytes() for name in TRIAL_FILES}
    scores = records.failure(spec, records.FAILED, "a reason")
    records.stage(folder, records.contents(spec, scores, {}, {}, {}))
    assert {name: (folder / name).read_bytes() for name in TRIAL_FILES} == before
    assert verify(spec, folder) is None
    records.publish(folder)
    assert records.read(folder)[0]["reason"] == "a reason"
    assert verify(spec, folder) is None
    assert not list(folder.glob(f"*{files.PART}"))


@pytest.mark.parametrize("name", [records.SCORES, records.COST])
def test_records_that_were_changed_are_not_read(trials, name):
    _, folder = trials[0]
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b"0", b"1", 1))
    with pytest.raises(DataError, match=f"{name}: damaged; run the study again"):
        records.read(folder)


def test_a_link_in_the_place_of_a_staged_file_is_not_taken(trials):
    spec, folder = trials[0]
    for name in TRIAL_FILES:
        (folder / name).rename(folder / f"{name}{files.PART}")
    assert records.is_there(spec, folder, LIMIT, staged=True)
    part = folder / f"{TRIAL_FILES[0]}{files.PART}"
    part.rename(folder / "elsewhere")
    part.symlink_to(folder / "elsewhere")
    assert not records.is_there(spec, folder, LIMIT, staged=True)


@pytest.mark.parametrize("published", range(len(TRIAL_FILES)))
def test_a_trial_whose_publication_was_cut_off_is_taken_and_published(trials, published):
    spec, folder = trials[0]
    before = {name: (folder / name).read_bytes() for name in TRIAL_FILES}
    for name in TRIAL_FILES[published:]:
        (folder / name).rename(folder / f"{name}{files.PART}")
    assert records.is_there(spec, folder, LIMIT, staged=True)
    assert not records.is_there(spec, folder, LIMIT)
    records.publish(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
