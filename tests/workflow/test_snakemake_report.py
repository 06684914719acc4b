"""What `snakemake --report` shows, and that a plot is added in one place."""

import json
import re
from typing import Any

import pytest
from projects import Project

pytestmark = pytest.mark.workflow

PLOT = '''
from hypertrial import winnerless
from hypertrial.plots import style


def draw(winner, outputs):
    """Draw how many trials a winner was chosen from."""
    with style.applied():
        figure, (ax,) = style.grid(1)
        ax.bar(["trials"], [winnerless.read(winner)["trials"]])
        style.save(figure, outputs)


def tell(source, place):
    """Tell it in words."""
    return f"{source.winner(place)['trials']} trials on {place['dataset']}."
'''
ENTRY = """
ENTRIES += (
    plot(
        "model",
        "plots/number_of_trials",
        "plots.number_of_trials.draw",
        WINNER,
        question=MATTER,
        title="How many trials there were",
        alternative="plots.number_of_trials.tell",
    ),
)
"""


def test_its_report_shows_results_under_the_questions_that_they_answer(finished: Project) -> None:
    finished.succeed("--report", "shown.html")
    results, categories = shown(finished, "results"), shown(finished, "categories")
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


def shown(project: Project, what: str) -> Any:
    """Return what the page of Snakemake's own report knows of the results, or of categories."""
    text = (project.root / "shown.html").read_text("utf-8")
    (line,) = re.findall(rf"^\s*var {what} = (\{{.*\}});$", text, re.MULTILINE)
    return json.loads(line)


def test_a_plot_added_as_one_entry_and_one_function_is_made_and_shown_everywhere(
    finished: Project,
) -> None:
    package = "workflow/scripts/hypertrial"
    finished.append(f"{package}/plots/number_of_trials.py", PLOT)
    finished.append(f"{package}/catalogue/of_winners_plots.py", ENTRY)
    changed = finished.changed_by(finished.succeed)
    for search in ("iris/svm", "diabetes/decision_tree"):
        for ending in ("svg", "png"):
            assert f"small/{search}/plots/number_of_trials.{ending}" in changed
    assert not [path for path in changed if path.endswith((".csv", "winner.md", "winner.json"))]
    page = (finished.results() / "report.html").read_text("utf-8")
    assert "How many trials there were: svm on iris. 3 trials on iris." in page
    finished.succeed("--report", "shown.html")
    found = shown(finished, "results")["results/small/iris/svm/plots/number_of_trials.svg"]
    assert found["labels"] == {
        "result": "number of trials",
        "data set": "iris",
        "model": "svm",
    }
    assert found["caption"]
