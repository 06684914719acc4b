"""The target: which task it makes, and its values."""

import math
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data import suspicions
from hypertrial.data.collectors import Collector, Numbers, refuse_dates
from hypertrial.data.columns import as_number, as_texts
from hypertrial.data.features import MOSTLY_NUMBERS, Labels, encode
from hypertrial.data.labels import order
from hypertrial.data.roles import check_present
from hypertrial.data.sources import Source, check_column, shortened
from hypertrial.data.spec import DatasetSpec
from hypertrial.errors import DataError, listing
from hypertrial.families import Task

MOST_CLASSES = 100
FEW_WHOLE_NUMBERS = 50


def find_task(spec: DatasetSpec, source: Source) -> Task:
    """Infer the task from the values of the target, where it is obvious.

    Raises
    ------
    DataError
        If the target is unusable, or the task is not obvious.
    """
    target = str(spec.target)
    check_column(source, target, "target")
    distinct: dict[str, None] = {}
    absent, numbers = [np.zeros(0, dtype=bool)], True
    with closing(source.blocks([target])) as blocks:
        for (array,) in blocks:
            refuse_dates(source, target, array)
            values, bad = source.reading.notation.numbers(array, spec.missing)
            absent.append(np.isnan(values) if bad is None else _absent(array, spec.missing))
            numbers = numbers and bad is None
            if len(distinct) <= MOST_CLASSES:
                distinct |= _texts(array, spec.missing)
    _check(spec, source, np.concatenate(absent), order(list(distinct)).labels)
    if len(distinct) <= MOST_CLASSES:
        return infer_task(spec, list(distinct))
    if numbers:
        return "regression"
    return infer_task(spec, _distinct(spec, source))


def _texts(array: Any, missing: Sequence[str]) -> dict[str, None]:
    """Return the different texts of an array that stand for a value, in their order."""
    texts, _ = encode(array, missing)
    return dict.fromkeys(text for text in texts if text is not None)


def lowest(spec: DatasetSpec, source: Source) -> float:
    """Return the lowest number of the target, infinity if a value is none."""
    found = math.inf
    with closing(source.blocks([str(spec.target)])) as blocks:
        for (array,) in blocks:
            values, bad = spec.reading.notation.numbers(array, spec.missing)
            if bad is not None:
                return math.inf
            found = min(found, float(np.nanmin(values, initial=math.inf)))
    return found


def _absent(array: Any, missing: Sequence[str]) -> npt.NDArray[np.bool_]:
    texts, indices = encode(array, missing)
    return np.array([text is None for text in texts], dtype=bool)[indices]


def _distinct(spec: DatasetSpec, source: Source) -> list[str]:
    """Return the target's different texts, in the order of their first appearance."""
    found: dict[str, None] = {}
    for (array,) in source.blocks([str(spec.target)]):
        found |= _texts(array, spec.missing)
    return list(found)


def infer_task(spec: DatasetSpec, distinct: Sequence[str]) -> Task:
    """Infer the task from the target's different texts where it is obvious.

    Numbers are different if their values are. Two different values make it binary. Other
    numbers are regression if one has a fraction or there are more than 50 different ones; 3 to
    50 whole numbers could be either. Other texts are classes, up to 100 of them, unless nearly
    all of them are numbers.

    Raises
    ------
    DataError
        If it is not obvious.
    """
    if None not in map(as_number, distinct):
        distinct = order(distinct).labels
    if len(distinct) == 2:
        return "binary"
    numbers = spec.reading.notation.values(distinct)
    known = ~np.isnan(numbers)
    ask = f"{spec.source}: the task is not obvious from the target '{spec.target}'"
    allowed = f"; set datasets.{spec.name}.task to multiclass or regression"
    if known.all():
        if (numbers % 1).any() or len(distinct) > FEW_WHOLE_NUMBERS:
            return "regression"
        raise DataError(f"{ask}, {len(distinct)} whole numbers{allowed}")
    mostly = known.sum() > MOSTLY_NUMBERS * len(distinct)
    if not mostly:
        _suspect(spec, distinct, int(known.argmin()))
    if len(distinct) > MOST_CLASSES or mostly:
        example = shortened(distinct[int(known.argmin())])
        raise DataError(
            f"{ask}, {len(distinct)} different values such as '{example}'{allowed}, or name the "
            "texts that stand for missing values in `missing`"
        )
    return "multiclass"


def _suspect(spec: DatasetSpec, distinct: Sequence[str], example: int) -> None:
    """Check that the texts of a target are no numbers of another notation, nor dates."""
    texts = dict.fromkeys(distinct, 1)
    lead = f"{spec.source}: the target '{spec.target}' holds '{shortened(distinct[example])}'"
    otherwise = f"set datasets.{spec.name}.task to multiclass if these are classes"
    found = suspicions.numbers(texts, spec.reading.notation)
    if found:
        raise DataError(f"{lead}, as of numbers {found.what}; {found.remedy}, or {otherwise}")
    if suspicions.dates(texts):
        raise DataError(f"{lead}, as of dates, which are no target; {otherwise}")


def collector(
    spec: DatasetSpec, source: Source, task: Task
) -> tuple[Collector, npt.NDArray[np.float64]]:
    """Return what collects the target's numbers or classes, and the array that it fills."""
    target, out = str(spec.target), np.empty(source.most_rows)
    if task != "regression":
        return Labels(source, target, out, spec.missing), out
    return Numbers(
        source,
        target,
        out,
        spec.missing,
        lambda text: f"the target '{target}' must be a finite number for regression, not '{text}'",
    ), out


def values(
    spec: DatasetSpec, source: Source, task: Task, filled: Collector, out: npt.NDArray[np.float64]
) -> npt.NDArray[Any]:
    """Return the target, of shape (n,), from the n values that were collected.

    Numbers are float64, codes of classes int64.

    Raises
    ------
    DataError
        If a value is missing, all are the same, or the classes do not make the task.
    """
    _check(spec, source, np.isnan(out), filled.labels, bool(out.min() == out.max()))
    if task == "regression":
        return out
    count = len(filled.labels)
    if (count == 2) != (task == "binary"):
        raise DataError(
            f"{spec.source}: the target '{spec.target}' has {count} classes, which is not "
            f"{task}; set datasets.{spec.name}.task to "
            f"{'binary' if count == 2 else 'multiclass or regression'}"
        )
    return out.astype(np.int64)


def _check(
    spec: DatasetSpec,
    source: Source,
    absent: npt.NDArray[np.bool_],
    distinct: Any,
    constant: bool = False,
) -> None:
    if not len(absent):
        raise DataError(f"{spec.source}: has a header but no rows")
    present_rows(spec, source, absent)
    if constant or len(distinct) == 1:
        blocks = source.blocks([str(spec.target)])
        first = next(text for (array,) in blocks for text in _texts(array, spec.missing))
        raise DataError(
            f"{spec.source}: the target '{spec.target}' is constant: always '{shortened(first)}'"
        )


def present_rows(
    spec: DatasetSpec, source: Source, absent: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Return the rows that stay where ``absent``, shape (n,), tells where the target is missing.

    Raises
    ------
    DataError
        If none stays, or one is missing and is not to be left out.
    """
    if absent.all() and spec.drop_missing_target:
        raise DataError(f"{spec.source}: the target '{spec.target}' is missing in every row")
    if absent.any() and not spec.drop_missing_target:
        check_present(source, f"the target '{spec.target}'", absent, _remedy(spec, source, absent))
    return np.flatnonzero(~absent)


def _remedy(spec: DatasetSpec, source: Source, absent: npt.NDArray[np.bool_]) -> str:
    """Say what stands where the target is missing, and what can be done."""
    import pyarrow as pa

    found: dict[str, None] = {}
    start = 0
    for (array,) in source.blocks([str(spec.target)]):
        gaps = pa.array(absent[start : start + len(array)])
        found |= dict.fromkeys(as_texts(array).filter(gaps).drop_null().unique().to_pylist())
        start += len(array)
    named = [f"'{text}'" for text in sorted(found) if text]
    leave_out = "`drop_missing_target: true` leaves such rows out"
    if not named:
        return f" is missing; {leave_out}"
    stand = "stands for a missing value" if len(named) == 1 else "stand for missing values"
    return (
        f" is missing: {listing(named)} {stand}, as `missing` says; {leave_out}, or set `missing` "
        f"to other texts if {'it is' if len(named) == 1 else 'these are'} none"
    )
