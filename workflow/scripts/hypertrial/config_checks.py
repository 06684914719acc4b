"""What is wrong with a config: against its schema, and beyond what a schema can say."""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from ruamel.yaml import YAML

from hypertrial import elsewhere, reading_checks
from hypertrial.data.spec import BUNDLED
from hypertrial.data.table import ROLES
from hypertrial.errors import listing, nearest
from hypertrial.families import Task
from hypertrial.metrics import METRICS
from hypertrial.models import family_names, get_family
from hypertrial.texts import shown

SCHEMA = Path(__file__).parents[2] / "schemas" / "config.schema.yaml"
FOR_ALL = ("source", "drop", "positive", "drop_duplicates")
"""What can be said of a bundled set, too."""
RESERVED = ("plots", "exports")
LONGEST_NAME = 100
"""How many characters a name may have that becomes a folder's; a test holds the schema to it."""
REPETITION = re.compile(r"(.+)\1{19}$")
"""What Snakemake takes for a rule that calls itself: an ending repeated twenty times."""
UNUSABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that no file's name can have, nor UTF-8 in the case of the second."""
MOST_SPLITS = 10_000
MOST_BITS = 10_000
"""Of an integer; Python writes out none of more than about 14 000."""
TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "integer": "an integer",
    "boolean": "true or false",
    "null": "empty",
}

MESSAGES = {
    "pattern": "{found} may hold letters, digits, '_' and '-' only, and not begin with these two",
    "minimum": "must be at least {rule}, not {found}",
    "maximum": "must be at most {rule}, not {found}",
    "exclusiveMinimum": "must be above {rule}, not {found}",
    "exclusiveMaximum": "must be below {rule}, not {found}",
    "minItems": "must not be empty",
    "minProperties": "must not be empty",
    "minLength": "must not be empty",
    "maxLength": "must be at most {rule} character{s} long, not {found}",
    "uniqueItems": "a value stands twice in {found}",
}


@cache
def schema() -> dict[str, Any]:
    """Return the schema of the config."""
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(SCHEMA.read_text("utf-8"))
    return content


def mistakes(content: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each mistake in a config: its key, what is wrong, what is allowed."""
    traps = list(_traps(content, ""))
    if traps:
        yield from traps
        return
    errors = sorted(
        Draft202012Validator(schema()).iter_errors(content),
        key=lambda error: [str(part) for part in error.absolute_path],
    )
    for error in errors:
        yield from _explain(error)
    if not errors:
        yield from _beyond_schema(content)


def _traps(value: Any, key: str) -> Iterator[str]:
    """Find what YAML reads as something that no key can hold."""
    if isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str):
                yield f"{key or 'top level'}: the key {shown(name)} is not a text; quote it"
            elif UNUSABLE.search(name):
                yield f"{key or 'top level'}: the key {shown(name)} {_unusable(name)}"
            else:
                yield from _traps(item, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _traps(item, f"{key}[{position}]")
    elif (problem := _trap(value)) is not None:
        yield f"{key}: {problem}"


def _trap(value: Any) -> str | None:
    """Say what is wrong with a single value; None if nothing is."""
    if isinstance(value, str):
        return f"{shown(value)} {_unusable(value)}" if UNUSABLE.search(value) else None
    if isinstance(value, float) and not math.isfinite(value):
        return f"must be a finite number, not {value}"
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        return f"{shown(value)} is no number here"
    if isinstance(value, bytes):
        return "is binary, and must be a text or a number"
    if isinstance(value, bool | int | float | None):
        return None
    return f"is read as a {type(value).__name__}; quote it if it is a text"


def _unusable(text: str) -> str:
    return f"holds {'a NUL' if chr(0) in text else 'half a character'}, which no text here may"


def _key(parts: Sequence[Any]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _explain(error: ValidationError) -> Iterator[str]:
    """Say one violation of the schema in words: key, problem, what is allowed."""
    parts = list(error.absolute_path)
    key = _key(parts)
    lead = f"{key}: " if key else ""
    schema_part: Any = error.schema
    found: Any = error.instance
    rule: Any = error.validator_value
    if error.validator == "additionalProperties":
        known = schema_part["properties"]
        for name in found:
            if name not in known:
                yield _unknown_key(parts, name, found[name], known)
    elif error.validator == "required":
        yield from (f"{lead}the key '{name}' is missing" for name in rule if name not in found)
    elif error.validator == "type":
        kinds = [rule] if isinstance(rule, str) else rule
        allowed = " or ".join(TYPES[kind] for kind in kinds)
        is_text = isinstance(found, bool) and "string" in kinds
        quote = "; quote it if it is a text" if is_text else ""
        yield f"{lead}must be {allowed}, not {shown(found)}{quote}"
    elif error.validator == "enum":
        hint = nearest(found, [str(item) for item in rule])
        yield f"{lead}unknown value {shown(found)}{hint}; allowed: {listing(rule)}"
    else:
        plain = MESSAGES.get(str(error.validator), "does not fit the schema: {found}")
        yield lead + plain.format(rule=rule, found=shown(found), s="s" if rule != 1 else "")


@cache
def _hyperparameters() -> frozenset[str]:
    """Return the hyperparameters of all models, by any name."""
    declared = [each for name in family_names() for each in get_family(name).hyperparameters]
    return frozenset(name for each in declared for name in (each.name, *each.same))


def _unknown_key(parts: Sequence[Any], name: str, value: Any, known: Collection[str]) -> str:
    """Say that there is no such key, and which there is if it is one of other tools'."""
    place = _key([*parts, name])
    words = {(): elsewhere.STUDY, ("split",): elsewhere.SPLIT}.get(tuple(parts))
    if words is None and len(parts) == 2:
        words = {"datasets": elsewhere.DATASET, "models": elsewhere.MODEL}.get(parts[0])
    said = elsewhere.key(words or {}, name, value)
    if said is None and name in _hyperparameters():
        said = "is a hyperparameter; its values stand under models.<name>.grid"
    if said is None and parts:
        said = elsewhere.key(elsewhere.STUDY, name, value)
    if said is not None:
        return f"{place}: {said}"
    return f"{place}: unknown key{nearest(name, known)}; known: {listing(known)}"


def _beyond_schema(content: Mapping[str, Any]) -> Iterator[str]:
    """Check what a schema cannot say: names of models, and what each data set needs."""
    yield from _name_mistakes("study", content.get("study") or "")
    yield from _size_mistakes(content)
    for name in content.get("models", {}):
        known = family_names()
        if name not in known:
            others = {each: get_family(each).known_as for each in known}
            said = elsewhere.model(name, others) or f"unknown model{nearest(name, known)}"
            yield f"models.{name}: {said}; known: {listing(known)}"
    for task, names in (content.get("metrics") or {}).items():
        yield from _metric_mistakes(task, names)
    for name, dataset in content["datasets"].items():
        yield from _dataset_mistakes(f"datasets.{name}", name, dataset or {})


def _name_mistakes(key: str, name: str) -> Iterator[str]:
    if found := REPETITION.search(name):
        yield (
            f"{key}: the name ends with {shown(found[1])} twenty times, which Snakemake takes for "
            "a rule that calls itself; take another"
        )


def _size_mistakes(content: Mapping[str, Any]) -> Iterator[str]:
    if (content.get("honesty") or {}).get("outer_folds") == 1:
        yield "honesty.outer_folds: must be 0, for none, or at least 2, not 1"
    split = content.get("split") or {}
    splits = split.get("folds", 2) * split.get("repeats", 1)
    if splits > MOST_SPLITS:
        yield f"split: folds times repeats must be at most {MOST_SPLITS}, not {splits}"


def _metric_mistakes(task: Task, names: Sequence[str]) -> Iterator[str]:
    known = [name for name, metric in METRICS.items() if task in metric.tasks]
    for name in names:
        if name not in METRICS:
            hint = nearest(name, known)
            yield f"metrics.{task}: unknown metric '{name}'{hint}; known: {listing(known)}"
        elif name not in known:
            yield f"metrics.{task}: {name} is not for {task} tasks; known: {listing(known)}"


def _dataset_mistakes(key: str, name: str, dataset: Mapping[str, Any]) -> Iterator[str]:
    source = dataset.get("source", name)
    yield from _name_mistakes(key, name)
    if name in RESERVED:
        yield f"{key}: this name is used for a folder of results; take another"
    if source in BUNDLED:
        for option in dataset:
            if option not in FOR_ALL:
                yield f"{key}.{option}: is for files; {source} is a bundled set"
        return
    if "source" not in dataset:
        yield (
            f"{key}: unknown bundled set{nearest(name, BUNDLED)}; one of {listing(BUNDLED)}, "
            "or give `source`, the path of a file"
        )
        return
    if "target" not in dataset:
        yield f"{key}.target: the column to predict is needed for a file"
        return
    yield from _column_mistakes(key, dataset)
    if dataset.get("task") not in (None, "binary") and "positive" in dataset:
        yield f"{key}.positive: is for binary tasks, the task is {dataset['task']}"
    yield from reading_checks.mistakes(key, dataset)


def _column_mistakes(key: str, dataset: Mapping[str, Any]) -> Iterator[str]:
    """Find columns that stand in two places."""
    uses: dict[str, str] = {}
    for option in ("target", *ROLES, "drop", "numeric", "categorical", "ordered"):
        given = dataset.get(option, [])
        for column in [given] if isinstance(given, str) else given:
            if column in uses:
                yield f"{key}.{option}: '{column}' stands in `{uses[column]}` already"
            uses[column] = option
    for column, labels in dataset.get("ordered", {}).items():
        if len({str(label) for label in labels}) < len(labels):
            yield f"{key}.ordered.{column}: a value stands twice"
    for column in dataset.get("monotone", []):
        if uses.get(column, "numeric") not in ("numeric", "ordered"):
            yield f"{key}.monotone: '{column}' stands in `{uses[column]}`; it must be a number"
