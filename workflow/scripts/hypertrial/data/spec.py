"""What the config says of a data set."""

from dataclasses import asdict, dataclass

from hypertrial.data import reading
from hypertrial.data.reading import Reading
from hypertrial.families import Task

BUNDLED: dict[str, Task] = {
    "iris": "multiclass",
    "wine": "multiclass",
    "breast_cancer": "binary",
    "digits": "multiclass",
    "diabetes": "regression",
}


@dataclass(frozen=True)
class DatasetSpec:
    """What the config says of a data set; ``task`` is None where it is left to be inferred.

    ``ordered`` holds columns with their labels, lowest first; ``monotone`` columns with 1 or -1.
    ``weight``, ``group``, ``time`` and ``fold`` name the columns that have these roles.
    ``separator`` is None where the ending of the source tells it, ``encoding`` where its first
    bytes do; ``columns`` names those of a file without a header. ``dates`` holds columns with
    what is made of their dates, ``time_format`` columns with the format of their times.
    ``drop_duplicates`` and ``drop_missing_target`` leave out rows. A data set that is made of
    another names its ``parent``; an outer fold of nested cross-validation has its number, from
    1, and how many there are in ``outer``.
    """

    name: str
    source: str
    target: str | None = None
    drop: tuple[str, ...] = ()
    positive: str | None = None
    task: Task | None = None
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    ordered: tuple[tuple[str, tuple[str, ...]], ...] = ()
    monotone: tuple[tuple[str, int], ...] = ()
    weight: str | None = None
    group: str | None = None
    time: str | None = None
    fold: str | None = None
    separator: str | None = None
    missing: tuple[str, ...] = ("",)
    drop_duplicates: bool = False
    drop_missing_target: bool = False
    encoding: str | None = None
    columns: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str | None = None
    strip: tuple[str, ...] = ()
    accounting: bool = False
    dates: tuple[tuple[str, tuple[str, ...]], ...] = ()
    time_format: tuple[tuple[str, str], ...] = ()
    parent: str | None = None
    outer: tuple[int, int] | None = None

    @property
    def reading(self) -> Reading:
        """How the source is to be read."""
        return reading.of(asdict(self))

    @property
    def bundled(self) -> bool:
        """Whether the source is one of scikit-learn's sets."""
        return self.source in BUNDLED
