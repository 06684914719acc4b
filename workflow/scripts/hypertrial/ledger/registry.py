"""What the registry says of what is set and what is learned, for the page of the ledger."""

from collections.abc import Iterable, Sequence

from hypertrial import files
from hypertrial.families import Family, Hyperparameter, LearnedArray
from hypertrial.ledger.entries import KINDS
from hypertrial.markdown import table
from hypertrial.models import get_family
from hypertrial.preprocessing import preparation

BEGIN, END = "<!-- made from the registry: begin -->", "<!-- made from the registry: end -->"

NOTES = {
    "Scaling is set, the scale is learned.": "That numbers are scaled, and how, is a "
    "hyperparameter. The means and deviations are estimated from training rows, inside each "
    "fold: they are parameters as much as a threshold is, and are counted as such.",
    "The target's transformation is set, its units are learned.": "With `target_transform: "
    "standard` the mean and the deviation of the target are estimated from training rows, with "
    "their weights, inside each fold, and `quantile` learns its quantiles. Leaf values, dual "
    "coefficients, `epsilon` and penalties are then in transformed units, and prediction needs the "
    "arrays to turn its answers back. The logarithm has nothing to learn, so prediction needs its "
    "name.",
    "`indicator_columns` is learned, and not always needed.": "Where it is empty, nothing is "
    "looked up in it.",
    "`random_state` is a control.": "It can change what is learned, for instance which of two "
    "equally good splits a tree takes. But no seed is better than another before the data are "
    "seen, and to search for a lucky one would be to fit noise.",
    "The search learns, too.": "The winner's hyperparameters were picked because they scored best "
    "on validation rows, so these scores are a little too good for the winner. Hence the rows "
    "that are held out: no trial sees them, and only winners are scored on them.",
    "Names are data.": "The names of columns and classes are kept with Φ: they tell which column "
    "of a new file is which, and what a predicted class is called. They are neither set nor "
    "learned, and nothing is computed from them.",
}
"""Borderline cases of every model; each family has its own beside them."""


def markdown(models: Sequence[str]) -> str:
    """Return what the registry says of the kinds, of some models, and of preprocessing."""
    families = [get_family(name) for name in models]
    notes = {title: text for each in families for title, text in each.borderline.items()} | NOTES
    parts = [
        BEGIN,
        "## The kinds",
        table(("kind", "meaning"), [(words(kind), text) for kind, text in KINDS.items()]),
        "No model chooses in fitting today, so that kind always has the count 0.",
        "## The models",
        *(part for family in families for part in _model(family)),
        "## Preprocessing",
        *_preprocessing(families),
        "## Borderline cases",
        *(f"**{title}** {text}" for title, text in notes.items()),
        END,
    ]
    return "\n\n".join(parts)


def _model(family: Family) -> list[str]:
    own = [each for each in family.hyperparameters if each.stage == "model"]
    needed = list(dict.fromkeys(f"`{each.name}`" for each in own if each.needed))
    what = "Prediction needs none of these."
    if needed:
        apply = "they apply" if len(needed) > 1 else "it applies"
        what = f"Of these, prediction needs {', '.join(needed)}, where {apply}."
    header = ("hyperparameter", "default", "what it is", "prediction needs it")
    rows = [
        (_name(each), _default(each), each.meaning, "yes" if each.needed else "no") for each in own
    ]
    return [
        f"### `{family.name}`: {family.title}",
        "It is given:",
        table(header, rows),
        f"{what} {family.needed_because}".rstrip(),
        "It learns:",
        _arrays(family.arrays),
        f"What counts as the simplest: {family.simplest}.",
    ]


def _default(each: Hyperparameter) -> str:
    text = files.canonical_json(each.default).strip('"')
    return f"`{text}`"


def _name(each: Hyperparameter) -> str:
    limits = []
    if each.tasks == ("regression",):
        limits.append("regression")
    elif "regression" not in each.tasks:
        limits.append("two classes" if each.tasks == ("binary",) else "classification")
    if each.when:
        limits.append(f"{each.when[0]} {', '.join(each.when[1])}")
    return f"`{each.name}`" + (f" ({'; '.join(limits)})" if limits else "")


def _arrays(arrays: Iterable[LearnedArray]) -> str:
    rows = [(f"`{each.name}`", each.shape, each.meaning) for each in arrays]
    return table(("array", "shape", "what it holds"), rows)


def _preprocessing(families: Sequence[Family]) -> list[str]:
    """Return the tables of what preprocessing is given, model by model, and what it learns."""
    found: dict[str, dict[str, Hyperparameter]] = {}
    for family in families:
        for each in family.hyperparameters:
            if each.stage == "preprocessing":
                found.setdefault(each.name, {})[family.name] = each
    rows = []
    for by_model in found.values():
        first = next(iter(by_model.values()))
        defaults = [
            _default(by_model[family.name]) if family.name in by_model else "–"
            for family in families
        ]
        rows.append((f"`{first.name}`", *defaults, first.meaning))
    header = ("hyperparameter", *(f"default of `{each.name}`" for each in families), "what it is")
    return [
        "Before a model sees a row, missing numbers are filled in, numbers are scaled, and "
        "categories become features; the target of a regression may be transformed. How, is set:",
        table(header, rows),
        "Prediction needs none of these settings: which arrays there are says what to do. Only "
        "`target_transform: log` learns nothing, and so is needed itself. Training learns, where "
        "the settings ask for it and the table has such columns:",
        _arrays(preparation.ARRAYS),
    ]


def words(kind: str) -> str:
    """Return the name of a kind in words."""
    return kind.replace("_", " ")


def renew(text: str, models: Sequence[str]) -> str:
    """Return a page with what it says of the registry made anew for some models."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + markdown(models) + after
