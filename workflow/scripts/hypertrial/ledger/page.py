"""The page *Set or learned?*: the kinds of a study's values, explained to a newcomer.

Its middle part, between two marks, is that of :mod:`hypertrial.ledger.registry`.
"""

from collections.abc import Iterable, Sequence

from hypertrial import files, winnerless
from hypertrial.ledger import entries, registry
from hypertrial.ledger.entries import KINDS, STAGES, Entry
from hypertrial.markdown import escape, table
from hypertrial.models import get_family
from hypertrial.wording import counted, number

Ledgers = dict[tuple[str, str], list[Entry]]
"""The winners' ledgers by data set and model."""

INTRODUCTION = (
    "Two sorts of values make a prediction. A **hyperparameter** is *set* before training: by "
    "the search, or by a default. A **parameter** is *learned*: training estimates it from the "
    "data, and from other data it would be another. In one line, `y = M_H(Φ | D)`: somebody sets "
    "the hyperparameters H; training on the data D finds the parameters Φ; and whoever has the "
    "function M_H and Φ can predict, without D and without the program that did the training."
)


def write(study: str, winners: Sequence[str], ledgers: Sequence[str], output: str) -> None:
    """Write the page *Set or learned?* of a study.

    ``winners`` are the winners' records (``winner.json``), and ``ledgers`` what
    :func:`hypertrial.ledger.ledger.write_winner` made of them, in the same order.
    """
    found = zip(map(winnerless.read, winners), ledgers, strict=True)
    pairs = [(record, path) for record, path in found if winnerless.won(record)]
    records = [record for record, _ in pairs]
    own = {(record["dataset"], record["model"]): entries.read(path) for record, path in pairs}
    models = list(dict.fromkeys(record["model"] for record in records))
    parts = [
        "# Set or learned?",
        f"This is the ledger of the study {escape(study)}: of every value, of which kind it is.",
        INTRODUCTION,
        *(_example(own) if own else ["No model has a winner, as all trials failed."]),
        "## The winners, kind by kind",
        *_totals(own),
        registry.markdown(models),
        "## What each winner was given, and what it learned",
        *_numbers(own, models),
    ]
    files.write(output, "\n\n".join(parts) + "\n")


def _example(ledgers: Ledgers) -> list[str]:
    """Tell the story of the smallest winner that was tuned, and of the others on its data set."""

    def simplicity(key: tuple[str, str]) -> tuple[bool, int]:
        own = ledgers[key]
        return not _of(own, "set"), sum(each.values for each in _of(own, "learned"))

    first = min(ledgers, key=simplicity)
    others = [key for key in ledgers if key[0] == first[0] and key != first]
    return [
        "For example:",
        "\n".join(f"- {_story(*key, ledgers[key])}" for key in (first, *others)),
    ]


def _story(dataset: str, model: str, own: Sequence[Entry]) -> str:
    chosen, defaulted, learned = (_of(own, kind) for kind in ("set", "defaulted", "learned"))
    what = f"{_count(chosen, 'value')} ({_settings(chosen)})" if chosen else "nothing"
    became = "".join(f"; {each.name} became {each.value}" for each in _of(own, "resolved"))
    prepared = sum(each.values for each in learned if each.stage == "preprocessing")
    total = sum(each.values for each in learned)
    needed = sum(each.values for each in learned if each.needed)
    all_of = "all of these" if needed == total else f"{needed} of these"
    extra = _needed(own)
    beside = f"and {_settings(extra)}" if extra else "and no hyperparameter"
    return (
        f"**{get_family(model).title} on {escape(dataset)}.** The search set {what} and left "
        f"{_count(defaulted, 'value')} at the default{escape(became)}. Training learned "
        f"{counted(total, 'value')}, {prepared or 'none'} of them in preprocessing. Prediction "
        f"needs {all_of}, {beside}."
    )


def _count(entries: Sequence[Entry], noun: str) -> str:
    return counted(len(entries), noun)


def _of(entries: Iterable[Entry], kind: str) -> list[Entry]:
    return [each for each in entries if each.kind == kind]


def _settings(entries: Iterable[Entry]) -> str:
    return ", ".join(escape(f"{each.name}={each.value}") for each in entries) or "–"


def _totals(ledgers: Ledgers) -> list[str]:
    """Return the table of counts and bytes by kind, a row for each winner."""
    rows = []
    for (dataset, model), own in ledgers.items():
        parts = []
        for kind in KINDS:
            found = _of(own, kind)
            stages = [[each for each in found if each.stage == stage] for stage in STAGES]
            parts += stages if kind == "learned" else [found]
        parts.append(_needed(own))
        rows.append((escape(dataset), model, *map(_sizes, parts)))
    titles = [
        title
        for kind in KINDS
        for title in (
            [f"learned: {stage}" for stage in STAGES]
            if kind == "learned"
            else [registry.words(kind)]
        )
    ]
    return [
        table(("data set", "model", *titles, "needed of the hyperparameters"), rows),
        "How many values, and in brackets their bytes: a learned array's in memory, a "
        "hyperparameter's as JSON. The last column counts the hyperparameters that prediction "
        "needs beside what was learned. Names of columns and classes are not counted.",
    ]


def _sizes(entries: Sequence[Entry]) -> str:
    if not entries:
        return "0"
    return f"{sum(each.values for each in entries)} ({sum(each.bytes for each in entries)})"


def _numbers(ledgers: Ledgers, models: Sequence[str]) -> list[str]:
    """Return, for each model, its winners' hyperparameters and learned arrays."""
    parts = []
    for model in models:
        own = {dataset: found for (dataset, name), found in ledgers.items() if name == model}
        given = [
            (
                escape(dataset),
                *(_settings(_of(found, kind)) for kind in ("set", "resolved", "control")),
                _settings(_needed(found)),
            )
            for dataset, found in own.items()
        ]
        arrays = [
            _array(dataset, each)
            for dataset, found in own.items()
            for each in _of(found, "learned")
        ]
        parts += [
            f"### {get_family(model).title}, winner by winner",
            table(("data set", "set", "resolved", "control", "prediction needs"), given),
            table(("data set", "array", "shape", "range", "values", "needed"), arrays),
        ]
    return [
        *parts,
        "An array is needed if a prediction fails or changes without it. The arrays are in "
        "each winner's `winner.npz`. Beside it, `winner_ledger.csv` has these rows with all "
        "digits, those of the defaults and of the names; `ledger.csv` has the counts of every "
        "trial.",
    ]


def _needed(entries: Iterable[Entry]) -> list[Entry]:
    """Return the hyperparameters that prediction needs."""
    return [each for each in entries if each.needed and each.kind != "learned"]


def _array(dataset: str, each: Entry) -> Sequence[object]:
    ends = [number(end) for end in (each.minimum, each.maximum) if end is not None]
    area = " to ".join(dict.fromkeys(ends)) or "–"
    needed = "yes" if each.needed else "no"
    return (escape(dataset), f"{each.stage}.{each.name}", each.shape, area, each.values, needed)
