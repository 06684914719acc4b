"""What `snakemake --report` shows."""

import json
import re

import pytest
from projects import Project

pytestmark = pytest.mark.workflow


def test_its_report_shows_results_under_the_questions_that_they_answer(finished: Project) -> None:
    finished.succeed("--report", "shown.html")
    text = (finished.root / "shown.html").read_text("utf-8")
    (line,) = re.findall(r"^\s*var results = (\{.*\});$", text, re.MULTILINE)
    results = json.loads(line)
    (line,) = re.findall(r"^\s*var categories = (\{.*\});$", text, re.MULTILINE)
    categories = json.loads(line)
    assert [name[0] for name in sorted(categories)] == list("12345678")
    study = "results/small"
    for path in (f"{study}/leaderboard.csv", f"{study}/iris/plots/significance.svg"):
        assert results[path]["caption"]
    tree = results[f"{study}/iris/decision_tree/plots/tree.svg"]
    assert tree["labels"]["data set"] == "iris"
    assert tree["labels"]["model"] == "decision_tree"
    assert not [path for path in results if "/trials/" in path]
    stems = [path.rpartition(".")[0] for path in results if path.endswith((".svg", ".png"))]
    assert len(stems) == len(set(stems)) > 20
