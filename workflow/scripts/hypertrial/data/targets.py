"""The target: which task it makes, and its values."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt

from hypertrial.data import suspicions
from hypertrial.data.collectors import Collector, Numbers, refuse_dates
from hypertrial.data.columns import as_texts, text_at
from hypertrial.data.features import MOSTLY_NUMBERS, Labels
from hypertrial.data.roles import check_present
from hypertrial.data.sources import Source, check_column, shortened
from hypertrial.data.spec import DatasetSpec
from hypertrial.errors import DataError
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
                distinct |= dict.fromkeys(as_texts(array).drop_null().unique().to_pylist())
    _check(spec, source, np.concatenate(absent), distinct)
    if len(distinct) <= MOST_CLASSES:
        return infer_task(spec, list(distinct))
    if numbers:
        return "regression"
    return infer_task(spec, _distinct(spec, source))


def _absent(array: Any, missing: Sequence[str]) -> npt.NDArray[np.bool_]:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = as_texts(array)
    absent = pc.or_(texts.is_null(), pc.is_in(texts, pa.array(missing, pa.string())))
    result: npt.NDArray[np.bool_] = absent.to_numpy(zero_copy_only=False)
    return result


def _distinct(spec: DatasetSpec, source: Source) -> list[str]:
    """Return the target's different texts, in the order of their first appearance."""
    import pyarrow as pa

    texts = [as_texts(array) for (array,) in source.blocks([str(spec.target)])]
    different: list[str] = pa.chunked_array(texts).unique().to_pylist()
    return different


def infer_task(spec: DatasetSpec, distinct: Sequence[str]) -> Task:
    """Infer the task from the target's different texts where it is obvious.

    Two different values make it binary. Other numbers are regression if one has a fraction or
    there are more than 50 different ones; 3 to 50 whole numbers could be either. Other texts
    are classes, up to 100 of them, unless nearly all of them are numbers.

    Raises
    ------
    DataError
        If it is not obvious.
    """
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
    check_present(source, f"the target '{spec.target}'", absent)
    if constant or len(distinct) == 1:
        first = text_at(next(source.blocks([str(spec.target)]))[0], 0)
        raise DataError(
            f"{spec.source}: the target '{spec.target}' is constant: always '{shortened(first)}'"
        )
