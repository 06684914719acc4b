"""The page itself: the summary's answers, the data sets, the winners, all trials, the cost."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypertrial import files
from hypertrial.metrics import METRICS
from hypertrial.report import libraries, pictures, trials
from hypertrial.report.pictures import Picture

SECTIONS = {
    "What won": ("comparison", "critical_difference"),
    "Is the difference real?": ("significance",),
    "Was tuning worth it?": ("tuning", "budget"),
    "Which hyperparameters matter?": ("importance",),
    "Is the winner honest?": ("honesty",),
    "Over- or underfitting?": ("learning_curves",),
    "Trials without a result": (),
    "Proof of the parameters": ("learned_values",),
    "Data": (),
}
"""The sections of the page that answer questions, and their pictures."""
FITTING = (
    "The training score tells how well a model fits rows it has seen, the validation score how "
    "well it predicts others. A gap between them that stays open says overfitting; two low curves "
    "that have met, underfitting; a validation curve that still rises, that more rows would help."
)
OF_DATASET = ("report", "splits", "probabilities", "cost_and_score")
OF_WINNER = (
    "held_out",
    "residuals",
    "tree",
    "learned",
    "permutation_importance",
    "rounds",
    "validation_curves",
    "heat_maps",
)


@dataclass(frozen=True)
class Section:
    """A section of the page."""

    title: str
    html: str
    pictures: Sequence[Picture]

    @property
    def anchor(self) -> str:
        """Its place in the page, for links."""
        return re.sub(r"[^a-z]+", "-", self.title.lower()).strip("-")


def write(
    study: str,
    summary: str,
    cost: str,
    winners: Mapping[str, str],
    plots: Sequence[str],
    metrics: Mapping[str, str],
    output: str,
) -> None:
    """Write the report of a study.

    Parameters
    ----------
    study
        The study's name.
    summary, cost
        The paths of the study's pages in Markdown.
    winners
        The Markdown page of each search's winner, by ``dataset/model``; the tables of its trials
        and their costs stand beside it.
    plots
        The paths of all plots of the study, in both formats.
    metrics
        The ranking metric of each data set.
    """
    import jinja2

    found = libraries.scripts()
    table_css, css = libraries.styles()
    data = trials.data(winners, metrics)
    drawn = [path for path in plots if path.endswith(".svg")]
    template = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(libraries.ASSETS),
        undefined=jinja2.StrictUndefined,
    ).get_template("report.html.j2")
    page = template.render(
        study=study,
        policy=_trusted(libraries.policy(found)),
        table_css=_trusted(table_css),
        css=_trusted(css),
        trials=len(data["rows"]),
        models={name.split("/")[1] for name in winners},
        sections=_sections(summary, drawn, metrics, data),
        datasets=_datasets(drawn, metrics),
        winners=_winners(winners, drawn),
        cost=_html(Path(cost).read_text("utf-8"), 1),
        data=_trusted(trials.as_json(data)),
        scripts=[{"module": each.module, "text": _trusted(each.text)} for each in found],
    )
    files.write(output, page)


def _trusted(text: str) -> Any:
    """Return a text that the template takes as it is: our own, a library's, or escaped."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704


def _html(text: str, deeper: int) -> Any:
    """Return Markdown as HTML, its headings so many levels deeper; HTML in it stays text."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + deeper)}"
    html = parser.renderer.render(tokens, parser.options, {})
    html = html.replace("<table>", '<div class="wide" tabindex="0"><table>')
    html = html.replace("</table>", "</table></div>").replace("<th>", '<th scope="col">')
    return _trusted(html)


def _parts(text: str) -> dict[str, str]:
    """Return the Markdown under each heading of the second level."""
    _, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return {title.strip(): body for title, _, body in (part.partition("\n") for part in parts)}


def _sections(
    summary: str, plots: Sequence[str], metrics: Mapping[str, str], data: Mapping[str, Any]
) -> list[Section]:
    answers = _parts(Path(summary).read_text("utf-8"))
    answers["Over- or underfitting?"] = FITTING
    facts = {"comparison": _best(data, metrics)}
    return [
        Section(
            title,
            _html(answers.get(title, ""), 0),
            [
                pictures.load(path, _where(path, metrics), facts)
                for path in pictures.chosen(plots, names)
            ],
        )
        for title, names in SECTIONS.items()
        if title in answers
    ]


def _best(data: Mapping[str, Any], metrics: Mapping[str, str]) -> str:
    """Say in numbers which model is best on each data set."""
    said = []
    for dataset, metric in metrics.items():
        best = [
            row for row in data["rows"] if row[0] == dataset and row[2] == 1 and row[3] is not None
        ]
        sign = 1 if METRICS[metric].greater_is_better else -1
        row = max(best, key=lambda each: sign * each[3])
        said.append(f"{row[1]} is best on {dataset} with {METRICS[metric].title} {row[3]:.4g}")
    return "; ".join(said) + "."


def _where(path: str, metrics: Mapping[str, str]) -> str:
    """Return what a plot is about: a data set, a winner, or all of them."""
    folder = Path(path).parent.parent
    if folder.name in metrics:
        return folder.name
    if folder.parent.name in metrics:
        return f"{folder.name} on {folder.parent.name}"
    return "all data sets"


def _of(plots: Sequence[str], dataset: str, model: str | None = None) -> list[str]:
    """Return the plots of a data set alone, or of one of its models."""
    folder = dataset if model is None else f"{dataset}/{model}"
    return [path for path in plots if Path(path).parent.parent.as_posix().endswith(f"/{folder}")]


def _datasets(plots: Sequence[str], metrics: Mapping[str, str]) -> dict[str, list[Picture]]:
    return {
        name: [
            pictures.load(path, name, {}) for path in pictures.chosen(_of(plots, name), OF_DATASET)
        ]
        for name in metrics
    }


def _winners(winners: Mapping[str, str], plots: Sequence[str]) -> list[dict[str, Any]]:
    rows = []
    for name, path in winners.items():
        dataset, model = name.split("/")
        chosen = pictures.chosen(_of(plots, dataset, model), OF_WINNER)
        rows.append(
            {
                "dataset": dataset,
                "model": model,
                "html": _html(Path(path).read_text("utf-8"), 2),
                "pictures": [pictures.load(each, f"{model} on {dataset}", {}) for each in chosen],
            }
        )
    return rows
