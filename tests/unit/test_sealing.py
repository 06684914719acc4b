"""Jobs pass through the seals of their study: inputs that changed meanwhile stop them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binding.mistakes import Mistake
from binding.sealing import Seals
from hypertrial import manifest

BOARD = "results/small/leaderboard.csv"


def job(rule: str, inputs: list[str], outputs: list[str]) -> Any:
    return SimpleNamespace(rule=SimpleNamespace(name=rule), input=inputs, output=outputs)


@pytest.fixture
def seals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seals:
    """Return the seals of a run whose first job has written a leaderboard."""
    monkeypatch.chdir(tmp_path)
    seals = Seals(SimpleNamespace(is_main_process=True), "small")
    made = job("leaderboard", [], [BOARD])
    seals.run(made, lambda: write(BOARD, "svm,0.9\n"), is_here=True)
    return seals


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, "utf-8")


def test_a_job_whose_input_is_whole_runs(seals: Seals) -> None:
    Path(BOARD).touch()
    page = "results/small/summary.md"
    seals.run(job("summary", [BOARD], [page]), lambda: write(page, "svm"), is_here=True)
    assert sorted(manifest.read(Path("results/small")).digests) == ["leaderboard.csv", "summary.md"]


@pytest.mark.parametrize("rule", ["summary", "train"])
def test_a_job_whose_input_was_exchanged_during_the_run_does_not_begin(
    seals: Seals, rule: str
) -> None:
    write(BOARD, "svm,1.0\n")
    with pytest.raises(Mistake, match=f"{BOARD}: damaged: it has changed since the job that made"):
        seals.run(job(rule, [BOARD], []), pytest.fail, is_here=True)


def test_a_job_that_was_cut_off_leaves_nothing_that_is_vouched_for(seals: Seals) -> None:
    def cut_off() -> None:
        write(BOARD, "svm,0.")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seals.run(job("leaderboard", [], [BOARD]), cut_off, is_here=True)
    assert manifest.read(Path("results/small")).digests == {}


def test_a_job_made_anew_is_vouched_for_with_its_new_content(seals: Seals) -> None:
    again = job("leaderboard", [], [BOARD])
    seals.run(again, lambda: write(BOARD, "svm,0.8\n"), is_here=True)
    seals.run(job("summary", [BOARD], []), lambda: None, is_here=True)
    folder = Path("results/small")
    assert manifest.check(folder, manifest.read(folder).digests) == []


def test_trials_are_not_in_the_manifest_as_they_have_their_own_digests(seals: Seals) -> None:
    scores = "results/small/iris/svm/trials/0123456789ab/scores.json"
    seals.run(job("train", [], [scores]), lambda: write(scores, "{}"), is_here=True)
    assert sorted(manifest.read(Path("results/small")).digests) == ["leaderboard.csv"]


def test_a_job_of_another_process_is_sealed_in_its_journal(seals: Seals) -> None:
    theirs = Seals(SimpleNamespace(is_main_process=False), "small")
    again = job("leaderboard", [], [BOARD])
    seals.run(
        again,
        lambda: theirs.run(again, lambda: write(BOARD, "svm,0.7\n"), is_here=True),
        is_here=False,
    )
    folder = Path("results/small")
    assert len(manifest.journals(folder)) == 1
    assert manifest.check(folder, manifest.read(folder).digests) == []
    seals.finish()
    assert manifest.journals(folder) == []
    assert manifest.check(folder, manifest.read(folder).digests) == []
