"""The reference of the config, made from the schema and the families' declarations."""

from collections.abc import Iterator, Mapping
from typing import Any

from hypertrial import files
from hypertrial.config_checks import schema
from hypertrial.families import Hyperparameter
from hypertrial.markdown import table
from hypertrial.metrics import METRICS
from hypertrial.models import built_in, get_family

BEGIN, END = "<!-- made by `make docs`: begin -->", "<!-- made by `make docs`: end -->"


def markdown() -> str:
    """Return the tables of all keys, of all models' hyperparameters and of all metrics."""
    parts = ["## Keys", table(("key", "type", "default", "meaning"), _keys(schema(), ""))]
    parts.append("## Hyperparameters")
    for name in built_in():
        family = get_family(name)
        rows = [_hyperparameter(each) for each in family.hyperparameters]
        header = ("hyperparameter", "values", "default", "applies to", "meaning")
        simplest = f"The simplest trial has {family.simplest}."
        parts += [f"### `{name}`: {family.title}", table(header, rows), simplest]
    parts += ["## Metrics", table(("metric", "tasks", "better"), _metrics())]
    return "\n\n".join(parts)


def _keys(rules: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, each in rules.get("properties", {}).items():
        key = f"{prefix}{name}"
        required = name in rules.get("required", ())
        yield f"`{key}`", _type(each), _default(each, required), each["description"]
        yield from _keys(each, f"{key}.")
        others = each.get("additionalProperties")
        if isinstance(others, Mapping):
            yield from _keys(others, f"{key}.<name>.")


def _type(rules: Mapping[str, Any]) -> str:
    if "enum" in rules:
        return ", ".join(rules["enum"])
    given: str | list[str] = rules["type"]
    kinds = given if isinstance(given, list) else [given]
    words = {"object": "mapping", "array": "list", "string": "text", "null": "empty"}
    bounds = [
        f"{word} {rules[key]}"
        for key, word in (
            ("minimum", "at least"),
            ("exclusiveMinimum", "above"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "below"),
        )
        if key in rules
    ]
    kind = " or ".join(words.get(kind, kind) for kind in kinds)
    return " ".join([kind, *bounds[:1]]) + "".join(f", {bound}" for bound in bounds[1:])


def _default(rules: Mapping[str, Any], required: bool) -> str:
    if required:
        return "required"
    value = rules["default"]
    return "–" if value is None or value == {} else f"`{files.canonical_json(value)}`"


def _hyperparameter(each: Hyperparameter) -> tuple[str, str, str, str, str]:
    conditions = []
    if len(each.tasks) < 3:
        conditions.append("regression" if each.tasks == ("regression",) else "classification")
    if each.when:
        conditions.append(f"{each.when[0]} {', '.join(each.when[1])}")
    default = files.canonical_json(each.default).strip('"')
    applies = "; ".join(conditions) or "all"
    return f"`{each.name}`", each.allowed(), f"`{default}`", applies, each.meaning


def _metrics() -> Iterator[tuple[str, str, str]]:
    for name, metric in METRICS.items():
        better = "higher" if metric.greater_is_better else "lower"
        yield f"`{name}`", ", ".join(metric.tasks), better


def renew(text: str) -> str:
    """Return a page with the part between its marks made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{markdown()}\n\n{END}{after}"
