"""What is odd about a column, for the report (a few words) and for people (a sentence)."""

from collections.abc import Mapping, Sequence

from hypertrial import wording
from hypertrial.data import precision
from hypertrial.data.collectors import Collector
from hypertrial.data.features import Feature, Labels
from hypertrial.data.leaks import Leak
from hypertrial.data.table import Table

Sentences = tuple[str, ...]


def of_feature(name: str, collector: Collector) -> tuple[Sentences, Sentences]:
    """Return notes and sentences on a feature that is kept."""
    if not isinstance(collector, Feature):
        return (), ()
    notes, sentences = [], list(_alike(name, collector.alike))
    if collector.verdict is not None:
        notes.append("maybe a row's number")
        sentences.append(
            f"column '{name}' may be a row's number or an identifier: {collector.verdict.reason}; "
            "add it to drop if it is, to numeric if it is not"
        )
    if collector.rounded is not None:
        notes.append("rounded by float64")
        sentences.append(
            f"column '{name}' holds whole numbers such as {collector.rounded}, which float64 "
            "rounds; categorical keeps them exact"
        )
    return tuple(notes), tuple(sentences)


def of_labels(name: str, collector: Collector) -> Sentences:
    """Return a sentence on the labels of the target or a role, if texts are one label."""
    return _alike(name, collector.alike) if isinstance(collector, Labels) else ()


def _alike(name: str, texts: Sentences) -> Sentences:
    if not texts:
        return ()
    written = " and ".join(f"'{text}'" for text in texts)
    return (f"column '{name}' writes one number as {written}: labels go by value, so they are one",)


def left_out(name: str, reason: str) -> Sentences:
    """Return a sentence on a column that is left out."""
    return (
        f"column '{name}' is left out, as {reason} like those of an identifier; name it in numeric "
        "or categorical to keep it, or in drop",
    )


def of_rows(dropped: dict[str, int]) -> list[str]:
    """Return sentences on the rows that were left out, none where none were."""
    reasons = {
        "missing_target": "no target (drop_missing_target)",
        "duplicates": "the features and the target of an earlier row (drop_duplicates)",
    }
    return [
        f"{wording.counted(count, 'row has', 'rows have')} {reasons[why]} and "
        f"{'are' if count > 1 else 'is'} left out"
        for why, count in dropped.items()
        if count
    ]


def notes(data: Table, found: Sequence[Leak], dropped: Mapping[str, int]) -> dict[str, Sentences]:
    """Return notes by the columns that leak, and by the target if rows were left out."""
    reasons = {"missing_target": "without it", "duplicates": "equal to an earlier one"}
    rows = [
        f"{wording.counted(count, 'row')} {reasons[why]} left out"
        for why, count in dropped.items()
        if count
    ]
    return {**{leak.column: (leak.note,) for leak in found}, data.target: tuple(rows)}


def of_numbers(data: Table, coarse: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return sentences on numbers of which single precision keeps little, and on weights."""
    found = []
    for name, (single, double) in coarse.items():
        what = "the target" if name == data.target else "column"
        found.append(
            f"{what} '{name}' has {wording.count(double)} different values but "
            f"{wording.count(single)} in single precision "
            "(float32), in which trees and boosting compute; subtract what they have in common, "
            "or divide by their size"
        )
    small = None if data.weight is None else precision.weight_warning(data.weight)
    return [*found, small] if small else found
