"""A family that lives in one folder of the tests goes the whole way, with nothing else edited."""

import json

import numpy as np
import pandas as pd
import pytest
from projects import ROOT, contents, copy_project, differing

pytestmark = pytest.mark.workflow

OWN = "nearest_neighbours"
CONFIG = """\
study: own
datasets:
  visits: {source: visits.csv, target: outcome, weight: counts, monotone: {age: increasing}}
  diabetes:
models:
  nearest_neighbours: {grid: {n_neighbors: [1, 9], weights: [uniform, distance]}}
  decision_tree: {grid: {max_depth: [2]}}
bootstrap: {resamples: 100}
"""


@pytest.fixture(scope="module")
def finished_twice(tmp_path_factory):
    """Two projects in which the same study has run, on one core and on two."""
    rng = np.random.default_rng(2)
    age = rng.integers(20, 90, 120)
    outcome = np.where(age + rng.normal(scale=15, size=120) > 55, "ill", "well")
    frame = {"age": age, "room": rng.choice(["a", "b", "c"], 120), "outcome": outcome}
    made = []
    for cores in (1, 2):
        project = copy_project(tmp_path_factory.mktemp("own") / "project")
        project.environment["HYPERTRIAL_FAMILIES"] = str(ROOT / "tests" / "families" / OWN)
        project.configure(CONFIG)
        weights = np.arange(120) % 5 + 1
        pd.DataFrame({**frame, "counts": weights}).to_csv(project.root / "visits.csv", index=False)
        project.succeed(cores=cores)
        made.append(project)
    return made


def test_two_runs_are_the_same_bytes(finished_twice):
    one, other = (contents(each.results("own")) for each in finished_twice)
    assert differing(one, other) == []


def test_every_trial_is_proved_and_its_record_says_what_was_not_heeded(finished_twice):
    for dataset in ("visits", "diabetes"):
        folders = sorted((finished_twice[0].results("own") / dataset / OWN / "trials").iterdir())
        assert len(folders) == 5
        for folder in folders:
            scores = json.loads((folder / "scores.json").read_bytes())
            assert scores["status"] == "ok"
            assert scores["replay"]["agrees"]
            heeded = [note for note in scores["warnings"] if "does not" in note]
            assert len(heeded) == (2 if dataset == "visits" else 0)


def test_the_summary_says_what_a_family_does_not_heed(finished_twice):
    text = (finished_twice[0].results("own") / "summary.md").read_text("utf-8")
    assert f"- visits: {OWN} does not heed the rows' weights in its fits\n" in text
    assert f"- visits: {OWN} does not obey monotone columns\n" in text
    assert "diabetes: nearest" not in text
    assert "decision_tree does not" not in text


def test_ledger_explanation_and_report_tell_of_it(finished_twice):
    results = finished_twice[0].results("own")
    page = (results / "set_or_learned.md").read_text("utf-8")
    assert "### `nearest_neighbours`: Nearest neighbours" in page
    assert "**Training rows are learned.**" in page
    ledger = pd.read_csv(results / "diabetes" / OWN / "winner_ledger.csv")
    assert {"rows", "targets", "n_neighbors", "algorithm"} <= set(ledger["name"])
    winner = (results / "diabetes" / OWN / "winner.md").read_text("utf-8")
    assert winner.startswith("# Nearest neighbours on diabetes")
    assert "values of `rows`" in winner
    assert (results / "diabetes" / "decision_tree" / "plots" / "tree.svg").exists()
    assert not (results / "diabetes" / OWN / "plots" / "tree.svg").exists()
    report = (results / "report.html").read_text("utf-8")
    assert report.count(OWN) > 20


def test_without_its_path_it_is_unknown(finished_twice):
    project = finished_twice[1]
    project.environment.clear()
    assert f"models.{OWN}: " in project.fail("-n")
