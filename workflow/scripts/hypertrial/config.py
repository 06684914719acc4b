"""The config: read strictly, checked against its schema, turned into frozen dataclasses."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from hypertrial.datasets import BUNDLED, DatasetSpec
from hypertrial.errors import ConfigError, listing, nearest
from hypertrial.families import CLASSIFICATION, REGRESSION, Task
from hypertrial.models import family_names

SCHEMA = Path(__file__).parents[2] / "schemas" / "config.schema.yaml"
RESERVED = ("plots",)
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
    "maxLength": "must be at most {rule} character long, not {found}",
    "uniqueItems": "a value stands twice in {found}",
}

Grid = dict[str, list[Any]]


@dataclass(frozen=True)
class ModelSpec:
    """A model to search: for each task its grids and the key they stand under.

    ``grids`` is None for a task whose grid the config leaves to the model.
    """

    name: str
    grids: Mapping[Task, tuple[str, tuple[Grid, ...]] | None]


@dataclass(frozen=True)
class Study:
    """A whole study, as the config declares it."""

    name: str
    seed: int
    datasets: tuple[DatasetSpec, ...]
    models: tuple[ModelSpec, ...]
    metrics: Mapping[Task, tuple[str, ...]]
    test_size: float
    folds: int
    timeout: float
    max_trials: int
    origin: str


@cache
def schema() -> dict[str, Any]:
    """Return the schema of the config."""
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(SCHEMA.read_text("utf-8"))
    return content


def load_study(paths: Sequence[Path], overrides: Mapping[str, Any] | None = None) -> Study:
    """Read a study from config files, later ones over earlier ones, and overrides over all.

    Raises
    ------
    ConfigError
        With one line for each mistake: the file, the key, what is wrong, what is allowed.
    """
    content: dict[str, Any] = {}
    for path in paths:
        content = _merge(content, read_yaml(path))
    origin = listing(paths)
    if overrides:
        content = _merge(content, _parse_texts(overrides))
        origin += " (with --config)"
    mistakes = list(_mistakes(content))
    if mistakes:
        raise ConfigError("\n".join(f"{origin}: {mistake}" for mistake in mistakes))
    content.setdefault("study", re.sub(r"[^A-Za-z0-9_-]", "-", paths[-1].stem).lstrip("-_"))
    return _study(_with_defaults(content, schema()), origin)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML 1.2 mapping: ``1e-3`` is a number, ``no`` a text, a repeated key an error.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not such a mapping, or asks for code to be run.
    """
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
        json.dumps(content, skipkeys=True, default=str)  # finds an alias inside its own anchor
    except OSError as error:
        raise ConfigError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start + 1} is not UTF-8") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = " ".join(str(error.problem or error.context).split())
        raise ConfigError(f"{path}: line {line}: {problem}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split()).lower()}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: must be a mapping of keys, such as 'datasets:'")
    if "__use_yte__" in content:
        raise ConfigError(f"{path}: __use_yte__: is refused, as a config must not run code")
    return content


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _parse_texts(value: Any) -> Any:
    """Read the texts of a command line's ``--config`` as YAML scalars."""
    if isinstance(value, Mapping):
        return {str(key): _parse_texts(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_parse_texts(item) for item in value]
    if not isinstance(value, str):
        return value
    try:
        parsed = YAML(typ="safe", pure=True).load(value)
    except YAMLError:
        return value
    return parsed if parsed is None or isinstance(parsed, bool | int | float) else value


def _mistakes(content: dict[str, Any]) -> Iterator[str]:
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
            if isinstance(name, str):
                yield from _traps(item, f"{key}.{name}" if key else name)
            else:
                yield f"{key or 'top level'}: the key {name!r} is not a text; quote it"
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _traps(item, f"{key}[{position}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{key}: must be a finite number, not {value}"
    elif not isinstance(value, str | bool | int | float | None):
        yield f"{key}: is read as a {type(value).__name__}; quote it if it is a text"


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
                place = _key([*parts, name])
                yield f"{place}: unknown key{nearest(name, known)}; known: {listing(known)}"
    elif error.validator == "required":
        yield from (f"{lead}the key '{name}' is missing" for name in rule if name not in found)
    elif error.validator == "type":
        kinds = [rule] if isinstance(rule, str) else rule
        allowed = " or ".join(TYPES[kind] for kind in kinds)
        yield f"{lead}must be {allowed}, not {_shown(found)}"
    elif error.validator == "enum":
        hint = nearest(found, [str(item) for item in rule])
        yield f"{lead}unknown value {_shown(found)}{hint}; allowed: {listing(rule)}"
    else:
        plain = MESSAGES.get(str(error.validator), "does not fit the schema: {found}")
        yield lead + plain.format(rule=rule, found=_shown(found))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _beyond_schema(content: Mapping[str, Any]) -> Iterator[str]:
    """Check what a schema cannot say: names of models, and what each data set needs."""
    for name in content.get("models", {}):
        known = family_names()
        if name not in known:
            yield f"models.{name}: unknown model{nearest(name, known)}; known: {listing(known)}"
    for name, dataset in content["datasets"].items():
        yield from _dataset_mistakes(f"datasets.{name}", name, dataset or {})


def _dataset_mistakes(key: str, name: str, dataset: Mapping[str, Any]) -> Iterator[str]:
    source = dataset.get("source", name)
    if name in RESERVED:
        yield f"{key}: this name is used for a folder of results; take another"
    if source in BUNDLED:
        for option in ("target", "task", "numeric", "categorical", "separator", "missing"):
            if option in dataset:
                yield f"{key}.{option}: is for CSV files; {source} is a bundled set"
        return
    if "source" not in dataset:
        yield (
            f"{key}: unknown bundled set{nearest(name, BUNDLED)}; one of {listing(BUNDLED)}, "
            "or give `source`, the path of a CSV file"
        )
        return
    if "target" not in dataset:
        yield f"{key}.target: the column to predict is needed for a CSV file"
        return
    uses: dict[str, str] = {dataset["target"]: "target"}
    for option in ("drop", "numeric", "categorical"):
        for column in dataset.get(option, []):
            if column in uses:
                yield f"{key}.{option}: '{column}' stands in `{uses[column]}` already"
            uses[column] = option
    if dataset.get("task") not in (None, "binary") and "positive" in dataset:
        yield f"{key}.positive: is for binary tasks, the task is {dataset['task']}"


def _with_defaults(value: Any, rules: Mapping[str, Any]) -> Any:
    """Fill every key that is not given with its default."""
    if rules.get("type") == "object" or (isinstance(value, dict) and "properties" in rules):
        value = value or {}
        filled = {
            name: _with_defaults(value.get(name, each.get("default")), each)
            for name, each in rules.get("properties", {}).items()
        }
        others = rules.get("additionalProperties")
        if isinstance(others, Mapping):
            filled |= {
                name: _with_defaults(item or {}, others)
                for name, item in value.items()
                if name not in filled
            }
        return filled
    return value


def _study(content: Mapping[str, Any], origin: str) -> Study:
    return Study(
        name=content["study"],
        seed=int(content["seed"]),
        datasets=tuple(_dataset(name, item) for name, item in content["datasets"].items()),
        models=tuple(_model(name, item) for name, item in content["models"].items()),
        metrics={task: tuple(names) for task, names in content["metrics"].items()},
        test_size=float(content["split"]["test_size"]),
        folds=int(content["split"]["folds"]),
        timeout=float(content["timeout"]),
        max_trials=int(content["max_trials"]),
        origin=origin,
    )


def _dataset(name: str, item: Mapping[str, Any]) -> DatasetSpec:
    positive = item["positive"]
    return DatasetSpec(
        name=name,
        source=item["source"] or name,
        target=item["target"],
        drop=tuple(item["drop"]),
        positive=None if positive is None else str(positive),
        task=item["task"],
        numeric=tuple(item["numeric"]),
        categorical=tuple(item["categorical"]),
        separator=item["separator"],
        missing=tuple(str(text) for text in item["missing"]),
    )


def _model(name: str, item: Mapping[str, Any]) -> ModelSpec:
    grids: dict[Task, tuple[str, tuple[Grid, ...]] | None] = {}
    for key, tasks in (("classification", CLASSIFICATION), ("regression", REGRESSION)):
        used = key if item[key] is not None else "grid"
        given = item[used]
        for task in tasks:
            grids[task] = None if given is None else (f"models.{name}.{used}", _grids(given))
    return ModelSpec(name, grids)


def _grids(given: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> tuple[Grid, ...]:
    """Return a list of grids; a single value stands for a list of one."""
    listed = [given] if isinstance(given, Mapping) else given
    return tuple(
        {name: list(v) if isinstance(v, list) else [v] for name, v in grid.items()}
        for grid in listed
    )
