"""What the splits of a tree mean in the units and the labels of the raw columns."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from hypertrial.explanation.values import number
from hypertrial.families import Parameters
from hypertrial.prediction import MODEL
from hypertrial.preprocessing import preparation, replaying


def raw_threshold(values: Parameters, feature: int, threshold: float) -> float:
    """Return a threshold before scaling; ``values`` are what preprocessing learned."""
    if "centers" in values and feature < len(values["centers"]):
        return float(threshold * values["scales"][feature] + values["centers"][feature])
    if "factors" in values and feature < len(values["factors"]):
        return float((threshold - values["offsets"][feature]) / values["factors"][feature])
    if "quantiles" in values and feature < values["quantiles"].shape[1]:
        quantiles = values["quantiles"][:, feature]
        return float(np.interp(threshold, values["references"], quantiles))
    return threshold


def rows_through(learned: Parameters, X: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Return how many rows of prepared X pass through each node."""
    left, right = learned[f"{MODEL}left"], learned[f"{MODEL}right"]
    rows = np.zeros(len(left), dtype=np.int64)
    waiting = [(0, np.arange(len(X)))]
    while waiting:
        node, here = waiting.pop()
        rows[node] = len(here)
        if left[node] >= 0:
            column = X[here, learned[f"{MODEL}feature"][node]]
            goes_left = np.where(
                np.isnan(column),
                learned[f"{MODEL}missing_left"][node],
                column <= learned[f"{MODEL}threshold"][node],
            ).astype(bool)
            waiting += [(int(left[node]), here[goes_left]), (int(right[node]), here[~goes_left])]
    return rows


@dataclass(frozen=True)
class Questions:
    """What the splits of learned trees ask, as texts for both of their sides.

    ``below`` is the sign of the comparison that leads left: ``≤`` or ``<``.
    """

    learned: Parameters
    below: str

    @cached_property
    def names(self) -> list[str]:
        """The names of the features."""
        return replaying.own_feature_names(self.learned)

    @cached_property
    def values(self) -> Parameters:
        """What preprocessing learned."""
        start = preparation.PREFIX
        return {name.removeprefix(start): each for name, each in self.learned.items()}

    @cached_property
    def _numeric(self) -> npt.NDArray[np.intp]:
        return np.flatnonzero(self.learned["kinds"] != "categorical")

    def is_yes_or_no(self, feature: int) -> bool:
        """Tell whether a feature is 0 or 1: a one-hot feature, or an indicator."""
        return len(self._numeric) <= feature < len(self.names) - len(self._coded)

    @cached_property
    def _coded(self) -> npt.NDArray[np.intp]:
        """The positions of the columns whose features are codes."""
        coded = "code_labels" in self.values
        return (
            np.flatnonzero(self.learned["kinds"] == "categorical") if coded else np.array([], int)
        )

    def labels(self, feature: int) -> list[str]:
        """Return the labels behind a feature's codes 0, 1, 2, ...; none for a number."""
        labels: list[str] = []
        first_code = len(self.names) - len(self._coded)
        if feature >= first_code:
            position = self._coded[feature - first_code]
            labels = self.values["code_labels"][self.values["code_columns"] == position].tolist()
        elif feature < len(self._numeric):
            own = self.learned["level_columns"] == self._numeric[feature]
            labels = self.learned["levels"][own].tolist()
        return labels

    def sides(self, feature: int, threshold: float, missing: str = "") -> tuple[str, str]:
        """Return what holds for the rows that go left, and for those that go right.

        ``missing`` is the side, ``left`` or ``right``, that is to be said to take missing values.
        """
        name = " ".join(self.names[feature].split())
        raw = raw_threshold(self.values, feature, threshold)
        if self.is_yes_or_no(feature) and 0 <= raw <= 1:
            return f"not ({name})", name
        if math.isinf(raw):
            known, gap = f"{name} is known", f"{name} is missing"
            return (known, gap) if raw > 0 else (gap, known)
        return self._compared(name, self.labels(feature), raw, missing)

    def _compared(self, name: str, labels: list[str], raw: float, missing: str) -> tuple[str, str]:
        shown = number(raw)
        signs = (self.below, ">" if self.below == "≤" else "≥")
        if labels:
            # Codes are whole: below 1.5, or below 2, are the labels up to the second.
            code = math.floor(raw) if self.below == "≤" else math.ceil(raw) - 1
            shown, signs = (
                " ".join(labels[int(np.clip(code, 0, len(labels) - 1))].split()),
                ("≤", ">"),
            )
        ends = {side: " or missing" if missing == side else "" for side in ("left", "right")}
        return (
            f"{name} {signs[0]} {shown}{ends['left']}",
            f"{name} {signs[1]} {shown}{ends['right']}",
        )

    def among(self, feature: int, codes: npt.NDArray[np.int64], missing: str) -> tuple[str, str]:
        """Return what holds left and right of a split by a set of categories, which go right."""
        labels = self.labels(feature)
        name = " ".join(self.names[feature].split())
        listed = ", ".join(" ".join(labels[code].split()) for code in codes if code < len(labels))
        ends = {side: " or missing" if missing == side else "" for side in ("left", "right")}
        return f"{name} not in {{{listed}}}{ends['left']}", f"{name} in {{{listed}}}{ends['right']}"
