"""How figures are made: looks, labels of axes, and bytes that the solver of the layout keeps."""

from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from hypertrial.plots import style
from hypertrial.report import pictures
from hypertrial.report.source import Source


class Restless(ConstrainedLayoutEngine):
    """Leaves axes a last digit beside their places, as the solver may in another process."""

    def __init__(self, shift: float) -> None:
        super().__init__()
        self._shift = shift

    def execute(self, fig: Figure) -> None:
        super().execute(fig)
        for axes in fig.axes:
            x, y, width, height = axes.get_position(original=True).bounds
            axes._set_position((x + self._shift, y - self._shift, width, height))


@pytest.mark.parametrize("shift", [1e-15, -3e-14])
def test_the_last_digits_of_the_layout_are_not_in_the_file(tmp_path, shift):
    found = []
    for each in (0.0, shift):
        with style.applied():
            figure = Figure(figsize=(4, 3), layout=Restless(each))
            for place in (1, 2):
                figure.add_subplot(1, 2, place).plot([1, 2, 3], [3, 1, 2], "o-")
            style.title(figure, "title", "subtitle")
            style.save(figure, [str(tmp_path / f"{each}.svg")])
        found.append((tmp_path / f"{each}.svg").read_bytes())
    assert b"clip-path" in found[0]
    assert found[0] == found[1]


def test_a_model_looks_the_same_whichever_others_a_study_has():
    alone, all_three = style.looks(["xgboost"]), style.looks(["svm", "decision_tree", "xgboost"])
    assert alone["xgboost"] == all_three["xgboost"]
    assert len(set(all_three.values())) == 3
    assert style.looks(["xgboost", "mine"])["xgboost"] == alone["xgboost"]


@pytest.mark.parametrize(
    ("places", "labels"),
    [
        ([0.99991, 0.99992, 0.99993], ["0.99991", "0.99992", "0.99993"]),
        ([1e12, 2e12], ["1·10¹²", "2·10¹²"]),
        ([0.0, 0.5, 1.0], ["0", "0.5", "1"]),
        ([-1e-17, 0.1], ["0", "0.1"]),
        ([34000.0, 34500.0], ["34\N{NARROW NO-BREAK SPACE}000", "34\N{NARROW NO-BREAK SPACE}500"]),
        ([1e160, 2e160], ["1·10¹⁶⁰", "2·10¹⁶⁰"]),
    ],
)
def test_labels_of_an_axis_need_no_offset_and_no_multiplier(places, labels):
    with style.applied():
        figure, (ax,) = style.grid(1)
        ax.plot(places, range(len(places)))
        ax.set_xticks(places)
        FigureCanvasAgg(figure).draw()
        assert [label.get_text() for label in ax.get_xticklabels()] == labels
        assert ax.xaxis.get_offset_text().get_text() == ""


def test_a_figure_that_holds_only_a_sentence_is_a_sentence_of_the_report(tmp_path):
    root = tmp_path / "study"
    paths = [str(root / "iris" / "plots" / f"other.{end}") for end in ("svg", "png")]
    Path(paths[0]).parent.mkdir(parents=True)
    with style.applied():
        style.sentence("iris: one < two & three.", paths)
    found = pictures.load(paths[0], Source.of(root, [], ["iris/svm"]))
    assert found.said == "iris: one < two & three."
    with style.applied():
        figure, _ = style.grid(1)
        style.save(figure, paths)
    assert pictures.load(paths[0], Source.of(root, [], ["iris/svm"])).said == ""
