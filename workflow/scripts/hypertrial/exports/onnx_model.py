"""The winner of a search as an ONNX model, from raw columns to predictions.

It is checked against the trial before it is written.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hypertrial import files, model_folder, prediction, predictor
from hypertrial.data import table
from hypertrial.data.table import Table
from hypertrial.exports import extras, onnx_preparation
from hypertrial.exports.extras import NotExportableError
from hypertrial.exports.onnx_graph import Graph, Outputs
from hypertrial.exports.onnx_preparation import Layout
from hypertrial.exports.searches import Search
from hypertrial.families import Response
from hypertrial.models import part
from hypertrial.predictor import Predictor
from hypertrial.preprocessing import target
from hypertrial.splitting import splits

LABEL, PROBABILITIES, VALUE = "label", "probabilities", "value"
TOLERANCE = 1e-5
"""Of probabilities; of values, relative to the largest."""


def write(found: Sequence[Search], path: Path) -> None:
    """Write the winner of a search.

    Raises
    ------
    NotExportableError
        As :func:`convert` does.
    """
    (search,) = found
    files.write(path, convert(search.folder))


def convert(folder: Path) -> bytes:
    """Return a trial, or the winner of a model's folder, as an ONNX model that was checked.

    Raises
    ------
    NotExportableError
        If the trial has no conversion, or ONNX Runtime predicts another class for a held-out row
        than the trial, or a probability or value that differs by more than ``TOLERANCE``.
    """
    source = predictor.load(folder)
    scores = model_folder.read_scores(source.folder)
    place = source.folder.parents[2] / "data"
    data = table.load(place / "table.npz", place / "table.json")
    held_out = splits.load(place / "splits.npz").held_out
    rows = data.rows(held_out if len(held_out) else prediction.proof_rows(data))
    layout = Layout(data.columns)
    graph, about = _graph(source, layout), _about(scores, source, layout)
    name = about["search"]
    difference = _check(graph.model(name, about), layout, source, rows)
    about |= {"checked_rows": str(len(rows.y)), "largest_difference": repr(difference)}
    return graph.model(name, about)


def _graph(source: Predictor, layout: Layout) -> Graph:
    graph = Graph()
    X = onnx_preparation.features(graph, layout, source.learned)
    model = prediction.of_model(source.learned)
    task = source.task
    own = target.read(source.learned, source.needed)
    family = source.family.name
    conversion = part(family, "onnx")
    if conversion is None:
        raise NotExportableError(f"there is no conversion of the model {family}")
    outputs: Outputs = conversion.add(graph, task, model, source.needed, X)
    _name(graph, onnx_preparation.undone(graph, own, outputs), source.classes)
    return graph


def _name(graph: Graph, outputs: Outputs, classes: Sequence[str]) -> None:
    """Give the graph its outputs, the predicted class by its name."""
    if outputs.value is not None:
        graph.output(outputs.value, VALUE, outputs.kind, 1)
    if outputs.position is not None:
        labels = graph.add("Gather", graph.constant(list(classes)), outputs.position, axis=0)
        graph.output(labels, LABEL, "string")
    if outputs.probabilities is not None:
        graph.output(outputs.probabilities, PROBABILITIES, outputs.kind, len(classes))


def _about(scores: Mapping[str, Any], source: Predictor, layout: Layout) -> dict[str, str]:
    """Return the model's metadata: which columns its inputs take, the classes, the trial."""
    lists = {
        "numbers": layout.names(layout.numbers),
        "texts": layout.names(layout.texts),
        "classes": list(source.classes),
        "hyperparameters": scores["hyperparameters"]["set"],
    }
    search = "/".join(scores[name] for name in ("study", "dataset", "model"))
    texts = {"search": search, "trial": scores["trial"], "task": source.task}
    return {**texts, **{name: files.canonical_json(value) for name, value in lists.items()}}


def run(content: bytes, feeds: dict[str, Any]) -> dict[str, Any]:
    """Return the outputs of a model in ONNX Runtime, by name."""
    runtime = extras.load("onnxruntime", "onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def _check(content: bytes, layout: Layout, source: Predictor, rows: Table) -> float:
    """Return the largest difference between a model and the trial."""
    expected = prediction.predict(source.family, source.task, source.learned, source.needed, rows)
    given = run(content, layout.feeds(rows))
    if LABEL in given:
        apart = int((given[LABEL] != source.named(expected)).sum())
        if apart:
            raise NotExportableError(
                f"ONNX Runtime predicts another class than the trial for {apart} of "
                f"{len(rows.y)} held-out rows"
            )
    difference = _difference(given, expected)
    if not difference <= TOLERANCE:
        raise NotExportableError(
            f"ONNX Runtime differs from the trial by {difference:.3g} on held-out rows; "
            f"{TOLERANCE:g} is allowed"
        )
    return difference


def _difference(given: dict[str, Any], expected: Response) -> float:
    if VALUE in given:
        largest = float(np.abs(expected.labels).max(initial=0.0)) or 1.0
        return float(np.abs(given[VALUE][:, 0] - expected.labels).max(initial=0.0)) / largest
    if expected.probabilities is None:
        return 0.0
    return float(np.abs(given[PROBABILITIES] - expected.probabilities).max(initial=0.0))
