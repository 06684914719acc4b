"""The page itself: the summary's answers, the winners, the data, all trials, the cost."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypertrial import files
from hypertrial.catalogue import groups, questions
from hypertrial.catalogue.entry import Entry, load_function
from hypertrial.catalogue.questions import Question
from hypertrial.report import answers, libraries, pictures, trials
from hypertrial.report.pictures import Picture
from hypertrial.report.source import Source
from hypertrial.wording import counted

TITLES = (
    *(each.title for each in questions.QUESTIONS if each not in (questions.DATA, questions.COST)),
    "Trials without a result",
    "Proof of the parameters",
    questions.DATA.title,
)
"""The titles of the sections that the summary or :data:`NOTES` may have a text for."""
LONG_CELL = 28
"""Letters from which on a cell of a table is cut into lines."""
FITTING = (
    "The training score tells how well a model fits rows it has seen, the validation score how "
    "well it predicts others. A gap between them that stays open says overfitting; two low curves "
    "that have met, underfitting; a validation curve that still rises, that more rows would help."
)
LEARNED = (
    "More learned values are not better in themselves: where a trial with few scores as well, it "
    "generalises from less. What each winner learned stands under Winners."
)
ON_HELD_OUT = (
    "The best model of each data set, on rows that nothing was fitted to or chosen by. The other "
    "models' pictures stand under Winners."
)
NOTES = {"Over- or underfitting?": FITTING, "What was learned?": LEARNED}
WITH_PARTS = questions.DATA, questions.HELD_OUT, questions.COST
"""Questions whose pictures of a data set stand in parts of their own, by data set."""


@dataclass(frozen=True)
class Part:
    """A part of a section that a reader can open: its title, its text, its pictures."""

    title: str
    pictures: Sequence[Picture]
    html: Any = ""
    open: bool = False


@dataclass(frozen=True)
class Section:
    """A section of the page."""

    title: str
    answer: Sequence[str] = ()
    html: Any = ""
    pictures: Sequence[Picture] = ()
    parts: Sequence[Part] = ()

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
    tables: Sequence[str],
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
    tables
        The paths of the tables and records that answers and alternative texts are told from.
    """
    import jinja2

    found = libraries.scripts()
    table_css, css = libraries.styles()
    source = Source.of(Path(output).parent, tables, list(winners))
    data = trials.data(winners, source.metrics())
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
        about=_about(len(data["rows"]), winners),
        sections=_sections(summary, winners, drawn, source),
        cost=_cost(cost, drawn, source),
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
    html = re.sub(rf"<td>(?=[^<]{{{LONG_CELL}}})", '<td class="long">', html)
    return _trusted(html)


def _parts(text: str) -> dict[str, str]:
    """Return the Markdown under each heading of the second level."""
    _, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return {title.strip(): body for title, _, body in (part.partition("\n") for part in parts)}


def _about(trials: int, winners: Mapping[str, str]) -> str:
    """Say how much the study holds."""
    pairs = [name.split("/") for name in winners]
    datasets, models = {dataset for dataset, _ in pairs}, {model for _, model in pairs}
    return (
        f"{counted(trials, 'trial')} of {counted(len(models), 'model')} on "
        f"{counted(len(datasets), 'data set')}."
    )


def _sections(
    summary: str, winners: Mapping[str, str], plots: Sequence[str], source: Source
) -> list[Section]:
    texts = {**_parts(Path(summary).read_text("utf-8")), **NOTES}
    by_title = {each.title: each for each in questions.QUESTIONS}
    answered = [
        Section(
            title,
            _answer(by_title.get(title), source),
            _html(texts.get(title, ""), 0),
            _load(plots, _pictured(by_title.get(title)), source),
            _of_data(plots, source) if title == questions.DATA.title else (),
        )
        for title in TITLES
        if title in texts
    ]
    best = Section(questions.HELD_OUT.title, html=_html(ON_HELD_OUT, 0), parts=_best(plots, source))
    return [answered[0], best, *answered[1:], _winners(winners, plots, source)]


def _answer(question: Question | None, source: Source) -> list[str]:
    if question is None or question.answer is None:
        return []
    said: list[str] = load_function(question.answer)(source)
    return said


def _pictured(question: Question | None) -> list[Entry]:
    """Return the plots that stand in a question's section: of all data sets, and of each."""
    every = groups.plots("study")
    if question not in WITH_PARTS:
        every += groups.plots("dataset")
    return [entry for entry in every if question is not None and entry.question is question]


def _of_model(on_held_out: bool) -> list[Entry]:
    """Return a model's plots on held-out rows, or its others.

    Those on held-out rows of a data set's best model stand open.
    """
    every = groups.plots("model")
    return [entry for entry in every if (entry.question is questions.HELD_OUT) is on_held_out]


def _of_dataset(question: Question) -> list[Entry]:
    return [entry for entry in groups.plots("dataset") if entry.question is question]


def _load(plots: Sequence[str], entries: Sequence[Entry], source: Source) -> list[Picture]:
    return [pictures.load(path, source) for path in pictures.chosen(plots, entries, source)]


def _of(plots: Sequence[str], dataset: str, model: str | None = None) -> list[str]:
    """Return the plots of a data set alone, or of one of its models."""
    folder = dataset if model is None else f"{dataset}/{model}"
    return [path for path in plots if Path(path).parent.parent.as_posix().endswith(f"/{folder}")]


def _of_data(plots: Sequence[str], source: Source) -> list[Part]:
    """Return the pictures of the columns and splits of each data set."""
    return [
        Part(name, _load(_of(plots, name), _of_dataset(questions.DATA), source))
        for name in source.searches
    ]


def _best(plots: Sequence[str], source: Source) -> list[Part]:
    """Return for each data set how its best model does on the rows that were held out."""
    return [
        Part(
            f"{model} on {name}",
            [
                *_load(_of(plots, name), _of_dataset(questions.HELD_OUT), source),
                *_load(_of(plots, name, model), _of_model(on_held_out=True), source),
            ],
            open=True,
        )
        for name, model in answers.best_models(source).items()
    ]


def _winners(winners: Mapping[str, str], plots: Sequence[str], source: Source) -> Section:
    best, parts = answers.best_models(source), []
    for name, path in winners.items():
        dataset, model = name.split("/")
        won = model in source.won(dataset)
        shown = [] if best.get(dataset) == model else _of_model(on_held_out=True)
        entries = [*shown, *_of_model(on_held_out=False)]
        drawn = _load(_of(plots, dataset, model), entries, source) if won else []
        html = _html(Path(path).read_text("utf-8"), 2)
        parts.append(Part(f"{model} on {dataset}{'' if won else ': no winner'}", drawn, html))
    text = (
        "What each winner was given, what it learned, and how one of its predictions comes about."
    )
    return Section("Winners", html=_html(text, 0), parts=parts)


def _cost(cost: str, plots: Sequence[str], source: Source) -> Section:
    """Return what trials took, by search and against their scores."""
    return Section(
        questions.COST.title,
        _answer(questions.COST, source),
        _html(_untitled(Path(cost).read_text("utf-8")), 1),
        _load(plots, _pictured(questions.COST), source),
        parts=[
            Part(name, _load(_of(plots, name), _of_dataset(questions.COST), source))
            for name in source.searches
        ],
    )


def _untitled(text: str) -> str:
    """Return a page in Markdown without its title, as the section has one."""
    return re.sub(r"\A# .*\n+", "", text)
