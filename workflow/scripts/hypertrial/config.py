"""The config: read strictly, checked against its schema, turned into frozen dataclasses."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml.error import YAMLError

from hypertrial import config_file
from hypertrial.config_checks import LONGEST_NAME, REPETITION, mistakes, schema
from hypertrial.data.spec import DatasetSpec
from hypertrial.data.table import ROLES
from hypertrial.errors import ConfigError, listing
from hypertrial.families import CLASSIFICATION, REGRESSION, Task
from hypertrial.splitting.split_rules import SplitRules

DIRECTIONS = {"increasing": 1, "decreasing": -1}
Grid = dict[str, list[Any]]


@dataclass(frozen=True)
class ModelSpec:
    """A model to search: for each task its grids and the key they stand under.

    ``grids`` is None for a task whose grid the config leaves to the model. ``preprocessing``
    goes into every grid. ``threads`` is how many a fit may use.
    """

    name: str
    grids: Mapping[Task, tuple[str, tuple[Grid, ...]] | None]
    preprocessing: Grid
    threads: int


@dataclass(frozen=True)
class Study:
    """A whole study, as the config declares it."""

    name: str
    seed: int
    datasets: tuple[DatasetSpec, ...]
    models: tuple[ModelSpec, ...]
    metrics: Mapping[Task, tuple[str, ...]]
    split: SplitRules
    selection: Literal["best", "one_standard_error"]
    outer_folds: int
    permuted: bool
    resamples: int
    level: float
    timeout: float
    max_trials: int
    origin: str

    def threads(self, model: str) -> int:
        """Return how many threads a fit of a model may use."""
        return next(each.threads for each in self.models if each.name == model)


def load_study(paths: Sequence[Path], overrides: Mapping[str, Any] | None = None) -> Study:
    """Read a study from config files, later ones over earlier ones, and overrides over all.

    Raises
    ------
    ConfigError
        With one line for each mistake: the file, the key, what is wrong, what is allowed.
    """
    content: dict[str, Any] = {}
    for path in paths:
        content = _merge(content, config_file.read(path))
    origin = listing(paths)
    if overrides:
        content = _merge(content, _parse_texts(overrides))
        origin += " (with --config)"
    found = list(mistakes(content))
    if found:
        raise ConfigError(*(f"{origin}: {mistake}" for mistake in found))
    content.setdefault("study", _name_of(paths[-1]))
    return _study(_with_defaults(content, schema()), origin)


def _name_of(path: Path) -> str:
    """Return the name of a study that has that of its file."""
    name = re.sub(r"[^A-Za-z0-9_-]", "-", path.stem).lstrip("-_")[:LONGEST_NAME]
    return name if name and not REPETITION.search(name) else "study"


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
        parsed = config_file.parse(value)
    except (YAMLError, ValueError, RecursionError):
        return value
    return parsed if parsed is None or isinstance(parsed, bool | int | float) else value


def _with_defaults(value: Any, rules: Mapping[str, Any]) -> Any:
    """Fill every key that is not given with its default."""
    if isinstance(value, str):
        return value
    named = "properties" in rules and (rules["type"] == "object" or isinstance(value, dict))
    if named or isinstance(rules.get("additionalProperties"), Mapping):
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
        split=_split(content["split"]),
        selection=content["selection"],
        outer_folds=int(content["honesty"]["outer_folds"]),
        permuted=content["honesty"]["permuted"],
        resamples=int(content["bootstrap"]["resamples"]),
        level=float(content["bootstrap"]["level"]),
        timeout=float(content["timeout"]),
        max_trials=int(content["max_trials"]),
        origin=origin,
    )


def _split(item: Mapping[str, Any]) -> SplitRules:
    return SplitRules(
        method=item["method"],
        test_size=float(item["test_size"]),
        folds=int(item["folds"]),
        repeats=int(item["repeats"]),
        gap=int(item["gap"]),
    )


def _composed(value: Any) -> Any:
    """Return a value with its texts in Unicode's composed form (NFC), as names in files are."""
    if isinstance(value, Mapping):
        return {_composed(name): _composed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_composed(item) for item in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _dataset(name: str, given: Mapping[str, Any]) -> DatasetSpec:
    item = _composed(given)
    positive = item["positive"]
    return DatasetSpec(
        name=name,
        source=given["source"] or name,
        target=item["target"],
        drop=tuple(item["drop"]),
        positive=None if positive is None else str(positive),
        task=item["task"],
        numeric=tuple(item["numeric"]),
        categorical=tuple(item["categorical"]),
        ordered=tuple(
            (column, tuple(str(label) for label in labels))
            for column, labels in item["ordered"].items()
        ),
        monotone=tuple((column, DIRECTIONS[way]) for column, way in item["monotone"].items()),
        **{role: item[role] for role in ROLES},
        separator=item["separator"],
        missing=tuple(str(text) for text in item["missing"]),
        drop_duplicates=item["drop_duplicates"],
        drop_missing_target=item["drop_missing_target"],
        encoding=item["encoding"],
        columns=tuple(item["columns"]),
        decimal=item["decimal"],
        thousands=item["thousands"],
        strip=tuple(item["strip"]),
        accounting=item["accounting"],
        dates=tuple((column, tuple(parts)) for column, parts in item["dates"].items()),
        time_format=_time_formats(item),
    )


def _time_formats(item: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the format of each column of times that has one; one for all of them is a text."""
    form = item["time_format"] or {}
    if isinstance(form, str):
        timed = [*([item["time"]] if item["time"] else []), *item["dates"]]
        form = dict.fromkeys(timed, form)
    return tuple(form.items())


def _model(name: str, item: Mapping[str, Any]) -> ModelSpec:
    grids: dict[Task, tuple[str, tuple[Grid, ...]] | None] = {}
    for key, tasks in (("classification", CLASSIFICATION), ("regression", REGRESSION)):
        used = key if item[key] is not None else "grid"
        given = item[used]
        for task in tasks:
            grids[task] = None if given is None else (f"models.{name}.{used}", _grids(given))
    return ModelSpec(name, grids, _grids(item["preprocessing"])[0], int(item["threads"]))


def _grids(given: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> tuple[Grid, ...]:
    """Return a list of grids; a single value stands for a list of one."""
    listed = [given] if isinstance(given, Mapping) else given
    return tuple(
        {name: list(v) if isinstance(v, list) else [v] for name, v in grid.items()}
        for grid in listed
    )
