"""A graph of ONNX operators under construction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.exports import extras

OPERATORS, TREE_OPERATORS, FORMAT = 17, 3, 8
"""Versions that runtimes have known since 2022: operators, those of trees, the file's format."""

TREES = "ai.onnx.ml"
ROWS = "rows"


@dataclass(frozen=True)
class Outputs:
    """Values of a graph: the position of the predicted class and the probabilities, or a number.

    ``kind`` is the type of probabilities and numbers.
    """

    kind: str
    position: str | None = None
    probabilities: str | None = None
    value: str | None = None


class Graph:
    """Nodes and constants; a value is known by its name.

    ``inputs`` and ``outputs`` hold for each name the type and the width, None for a vector.
    """

    def __init__(self) -> None:
        self.onnx = extras.load("onnx", "onnx")
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: dict[str, tuple[str, int | None]] = {}
        self.outputs: dict[str, tuple[str, int | None]] = {}

    def input(self, name: str, kind: str, width: int) -> str:
        """Add an input of shape (rows, width)."""
        self.inputs[name] = (kind, width)
        return name

    def output(self, value: str, name: str, kind: str, width: int | None = None) -> None:
        """Make a value an output of shape (rows, width), or (rows,)."""
        self.nodes.append(self.onnx.helper.make_node("Identity", [value], [name]))
        self.outputs[name] = (kind, width)

    def constant(self, values: npt.ArrayLike) -> str:
        """Add a constant; floats are double, texts are text."""
        array = np.asarray(values)
        if array.dtype.kind == "U":
            array = array.astype(object)
        name = f"constant_{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def add(self, operator: str, *values: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator on values; return its result."""
        name = f"{operator.lower()}_{len(self.nodes)}"
        node = self.onnx.helper.make_node(
            operator, list(values), [name], domain=domain, **attributes
        )
        self.nodes.append(node)
        return name

    def cast(self, value: str, kind: str) -> str:
        """Return a value in another type."""
        return self.add("Cast", value, to=self._type(kind))

    def columns(self, value: str, positions: Sequence[int]) -> str:
        """Return some columns of a value of shape (rows, columns)."""
        index = self.constant(np.array(positions, dtype=np.int64))
        return self.add("Gather", value, index, axis=1)

    def beside(self, blocks: Sequence[str]) -> str:
        """Return blocks of columns side by side."""
        return blocks[0] if len(blocks) == 1 else self.add("Concat", *blocks, axis=1)

    def row_sums(self, value: str) -> str:
        """Return the sum of each row, shape (rows, 1)."""
        return self.add("ReduceSum", value, self.constant(np.array([1])), keepdims=1)

    def largest(self, value: str) -> str:
        """Return the position of each row's first largest value, shape (rows,)."""
        return self.add("ArgMax", value, axis=1, keepdims=0)

    def flat(self, value: str) -> str:
        """Return truth values of shape (rows, 1) as positions of shape (rows,)."""
        return self.add("Reshape", self.cast(value, "int64"), self.constant(np.array([-1])))

    def model(self, name: str, about: Mapping[str, str]) -> bytes:
        """Return the checked model as bytes; ``about`` becomes its metadata."""
        helper = self.onnx.helper
        graph = helper.make_graph(
            self.nodes,
            name,
            [self._shaped(*each) for each in self.inputs.items()],
            [self._shaped(*each) for each in self.outputs.items()],
            self.constants,
        )
        versions = [
            helper.make_opsetid("", OPERATORS),
            helper.make_opsetid(TREES, TREE_OPERATORS),
        ]
        model = helper.make_model(
            graph, opset_imports=versions, ir_version=FORMAT, producer_name="hypertrial"
        )
        helper.set_model_props(model, dict(about))
        self.onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString(deterministic=True)
        return content

    def _type(self, kind: str) -> int:
        number: int = getattr(self.onnx.TensorProto, kind.upper())
        return number

    def _shaped(self, name: str, described: tuple[str, int | None]) -> Any:
        kind, width = described
        shape = [ROWS] if width is None else [ROWS, width]
        return self.onnx.helper.make_tensor_value_info(name, self._type(kind), shape)
