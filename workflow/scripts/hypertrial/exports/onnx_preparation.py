"""The preprocessing of a trial as ONNX operators: raw columns to features, answers turned back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data.table import Column, Table
from hypertrial.exports.extras import NotExportableError
from hypertrial.exports.onnx_graph import TREES, Graph, Outputs
from hypertrial.families import Parameters
from hypertrial.preprocessing.preparation import PREFIX
from hypertrial.preprocessing.target import STANDARD, Target

NUMBERS, TEXTS = "numbers", "texts"
NOWHERE = -1


@dataclass(frozen=True)
class Layout:
    """Which raw columns the two inputs hold, by position: numbers; ordered and categorical texts.

    Numbers are doubles, NaN where missing; a missing text is empty.
    """

    columns: tuple[Column, ...]

    def of(self, *kinds: str) -> list[int]:
        """Return the positions of the columns of some kinds."""
        return [i for i, column in enumerate(self.columns) if column.kind in kinds]

    @property
    def numbers(self) -> list[int]:
        """The positions of numeric columns."""
        return self.of("numeric")

    @property
    def texts(self) -> list[int]:
        """The positions of ordered and of categorical columns."""
        return self.of("ordered", "categorical")

    def names(self, positions: Sequence[int]) -> list[str]:
        """Return the names of columns."""
        return [self.columns[i].name for i in positions]

    def feeds(self, table: Table) -> dict[str, npt.NDArray[Any]]:
        """Return a table's rows as the inputs of the graph."""
        texts = np.full((len(table.X), len(self.texts)), "", dtype=object)
        for place, position in enumerate(self.texts):
            labels = table.columns[position].categories
            known = np.flatnonzero(~np.isnan(table.X[:, position]))
            codes = table.X[known, position].astype(int)
            texts[known, place] = np.array(labels, dtype=object)[codes]
        blocks = {NUMBERS: table.X[:, self.numbers], TEXTS: texts}
        return {name: block for name, block in blocks.items() if block.shape[1]}


def features(graph: Graph, layout: Layout, learned: Parameters) -> str:
    """Add the inputs and the preprocessing; return the features, double (rows, features).

    Raises
    ------
    NotExportableError
        If a step has no operators here.
    """
    values = {
        name.removeprefix(PREFIX): array
        for name, array in learned.items()
        if name.startswith(PREFIX)
    }
    if "quantiles" in values:
        raise NotExportableError("scaling: quantile has no ONNX operator")
    if "" in [label for i in layout.texts for label in layout.columns[i].categories]:
        raise NotExportableError("a category is the empty text, which stands for a missing value")
    if layout.numbers:
        graph.input(NUMBERS, "double", len(layout.numbers))
    if layout.texts:
        graph.input(TEXTS, "string", len(layout.texts))
    blocks = []
    if layout.of("numeric", "ordered"):
        blocks.append(_scaled(graph, _numeric(graph, layout), values))
    for position in layout.of("categorical"):
        encode = _one_hot if "categories" in values else _codes
        encoded = encode(graph, _text(graph, layout, position), position, values)
        blocks += [] if encoded is None else [encoded]
    return graph.beside(blocks)


def undone(graph: Graph, target: Target, outputs: Outputs) -> Outputs:
    """Return a model's outputs with its number, if any, in the target's own units.

    Raises
    ------
    NotExportableError
        If the transformation of the target cannot be said in ONNX operators.
    """
    if target.idle or outputs.value is None:
        return outputs
    if "target_quantiles" in target.arrays:
        raise NotExportableError("target_transform: quantile has no ONNX operator")
    value = graph.cast(outputs.value, "double")
    if target.log:
        return replace(outputs, kind="double", value=graph.add("Exp", value))
    center, scale = (graph.constant(target.arrays[name]) for name in STANDARD)
    whole = graph.add("Add", graph.add("Mul", value, scale), center)
    return replace(outputs, kind="double", value=whole)


def _text(graph: Graph, layout: Layout, position: int) -> str:
    return graph.columns(TEXTS, [layout.texts.index(position)])


def _numeric(graph: Graph, layout: Layout) -> str:
    """Return numeric and ordered columns in the order of all columns; codes start at 0."""
    ordered = layout.of("ordered")
    if not ordered:
        return NUMBERS
    blocks = [NUMBERS] if layout.numbers else []
    for position in ordered:
        labels = layout.columns[position].categories
        codes = np.arange(len(labels))
        blocks.append(_encoded(graph, _text(graph, layout, position), labels, codes, np.nan))
    there = [*layout.numbers, *ordered]
    return graph.columns(graph.beside(blocks), np.argsort(there).tolist())


def _encoded(
    graph: Graph, texts: str, labels: Sequence[str], codes: Sequence[float] | Any, other: float
) -> str:
    """Return a code for each text, double (rows, 1); ``other`` for one that is not listed."""
    given = dict(zip(labels, codes, strict=True)) or {"": other}  # an encoder needs a key
    coded = graph.add(
        "LabelEncoder",
        texts,
        domain=TREES,
        keys_strings=list(given),
        values_floats=[float(code) for code in given.values()],
        default_float=float(other),
    )
    return graph.cast(coded, "double")


def _scaled(graph: Graph, block: str, values: Parameters) -> str:
    if "fill_values" in values:
        missing = graph.add("IsNaN", block)
        block = graph.add("Where", missing, graph.constant(values["fill_values"]), block)
        gaps = values.get("indicator_columns", np.array([], dtype=int)).tolist()
        if gaps:
            told = graph.cast(graph.columns(missing, gaps), "double")
            block = graph.beside([block, told])
    if "centers" in values:
        centred = graph.add("Sub", block, graph.constant(values["centers"]))
        return graph.add("Div", centred, graph.constant(values["scales"]))
    if "factors" in values:
        scaled = graph.add("Mul", block, graph.constant(values["factors"]))
        return graph.add("Add", scaled, graph.constant(values["offsets"]))
    return block


def _one_hot(graph: Graph, texts: str, position: int, values: Parameters) -> str | None:
    """Return the one-hot features of a column; what is not listed is rare, if there is such one."""
    own = values["category_columns"] == position
    labels, missing, rare = (
        values[name][own].tolist() for name in ("categories", "category_missing", "category_rare")
    )
    listed = {
        "" if gap else label: code
        for code, (label, gap, pooled) in enumerate(zip(labels, missing, rare, strict=True))
        if not pooled
    }
    if not labels:
        return None
    other = rare.index(True) if True in rare else NOWHERE
    codes = _encoded(graph, texts, list(listed), list(listed.values()), other)
    known = graph.constant(np.arange(len(labels), dtype=float).reshape(1, -1))
    return graph.cast(graph.add("Equal", codes, known), "double")


def _codes(graph: Graph, texts: str, position: int, values: Parameters) -> str:
    """Return the learned code of each category, NaN where it is missing or was not seen."""
    labels = values["code_labels"][values["code_columns"] == position].tolist()
    return _encoded(graph, texts, labels, np.arange(len(labels)), np.nan)
