"""Data sets that are made of others, to tell whether a study's own scores can be believed.

An *outer fold* of nested cross-validation has the training rows of its parent, one part of them
held out. A *permuted* data set has its parent's rows with the targets in random order, so that
nothing can be learned. Both are data sets like any other to all that follows.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hypertrial import files, seeds
from hypertrial.data import table
from hypertrial.data.spec import DatasetSpec
from hypertrial.data.table import Table
from hypertrial.splitting import outer, splits
from hypertrial.splitting.outer import Place
from hypertrial.splitting.split_rules import SplitRules
from hypertrial.splitting.splits import Splits


def specs(parent: DatasetSpec, outer_folds: int, permuted: bool) -> list[DatasetSpec]:
    """Return the specs of the data sets that are made of a parent.

    Their names have a dot, which no name of a config has.
    """
    child = replace(parent, parent=parent.name)
    made = [
        replace(child, name=f"{parent.name}.outer{fold}", outer=(fold, outer_folds))
        for fold in range(1, outer_folds + 1)
    ]
    if permuted:
        made.append(replace(child, name=f"{parent.name}.permuted"))
    return made


def prepare(
    params: str,
    parent_paths: Sequence[str],
    splits_path: str,
    values: str,
    about: str,
) -> None:
    """Make the table of a derived data set, as a plan's ``data_params`` say, and write it."""
    content = json.loads(params)
    parent = table.load(*parent_paths)
    rules, seed = SplitRules.from_json(json.dumps(content["splits"]))
    fold = content["outer"]
    made = _made(parent, None if fold is None else splits.load(splits_path), fold, rules, seed)
    report = table.read_description(parent_paths[1])
    counts = np.bincount(made.y, minlength=len(made.classes)).tolist() if made.classes else []
    report |= {"class_counts": dict(zip(made.classes, counts, strict=True)), "warnings": []}
    named = replace(made, name=content["name"])
    about_it: dict[str, Any] = {**report, **named.description()}
    table.save(named, {**about_it, "params": files.digest_text(params)}, values, about)


def make(parent: Table, made: Splits, spec: DatasetSpec, rules: SplitRules, seed: int) -> Table:
    """Return the table of a data set that is made of a parent, whose splits are ``made``."""
    return replace(_made(parent, made, spec.outer, rules, seed), name=spec.name)


def _made(
    parent: Table, made: Splits | None, fold: Place | None, rules: SplitRules, seed: int
) -> Table:
    if made is None or fold is None:
        return _permuted(parent, seeds.derive(seed, "permuted", parent.name))
    rows, _ = outer.part(parent, made, rules, seed, fold)
    return parent.rows(rows)


def _permuted(parent: Table, seed: int) -> Table:
    """Return a table whose targets are in random order; weights stay with their rows."""
    order = np.random.default_rng(seed).permutation(len(parent.y))
    return replace(parent, y=parent.y[order])
