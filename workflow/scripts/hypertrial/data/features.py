"""Collecting texts: categories as they are found, labels that are known, and either or numbers."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from hypertrial.data import suspicions
from hypertrial.data.collectors import Collector, Values, refuse_dates, remedy_for_dates
from hypertrial.data.columns import as_texts, is_infinite, spellings, text_at
from hypertrial.data.identifiers import Verdict
from hypertrial.data.labels import order, value
from hypertrial.data.sources import Source, mistake, shortened
from hypertrial.data.table import Kind
from hypertrial.data.watch import Watch
from hypertrial.errors import DataError, listing, nearest

MOST_TEXTS = 100
MOSTLY_DISTINCT = 0.5
MOSTLY_NUMBERS = 0.9
NAMED_LABELS = 10


class Labels(Collector):
    """Collects texts, as float64 codes into the labels in their order; NaN is missing.

    ``alike`` are texts that are one label, being one number.
    """

    alike: tuple[str, ...] = ()

    def __init__(self, source: Source, name: str, out: Values, missing: Collection[str]) -> None:
        super().__init__(source, name, out, missing)
        self._codes: dict[str, int] = {}
        self._labels: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels: numbers by their value, then texts."""
        return self._labels

    @property
    def held(self) -> int:
        """The number of labels that are in memory."""
        return len(self._codes)

    def postpone(self) -> None:
        """Ask for all blocks once more, and forget the labels."""
        self.again, self._codes = True, {}

    def add(self, start: int, array: Any) -> None:
        """Take a block; codes follow the labels' first appearance until all are known."""
        texts, indices = encode(array, self._missing)
        codes = [
            np.nan if text is None else self._codes.setdefault(text, len(self._codes))
            for text in texts
        ]
        self._out[start : start + len(indices)] = np.array(codes)[indices]

    def finish(self, rows: int) -> None:
        """Turn the codes into those of the labels in their order."""
        self._labels, places, self.alike = order(list(self._codes))
        ranks = np.array([*places, np.nan])  # codes follow the texts' first appearance
        self._codes = {}
        values = self._out[:rows]
        values[:] = ranks[np.where(np.isnan(values), -1, values).astype(np.int64)]


class KnownLabels(Collector):
    """Collects texts, as float64 codes into labels that are known beforehand.

    A value that is not among them becomes ``unseen``, or an error if that is None; ``what``
    says what the labels are.
    """

    def __init__(
        self,
        source: Source,
        name: str,
        out: Values,
        missing: Collection[str],
        known: Sequence[str],
        what: str,
        unseen: float | None = None,
    ) -> None:
        super().__init__(source, name, out, missing)
        self._labels = tuple(known)
        self._codes = {label: float(code) for code, label in enumerate(known)}
        self._values = _by_value(self._codes)
        self._what, self._unseen = what, unseen

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order that was given."""
        return self._labels

    def add(self, start: int, array: Any) -> None:
        """Take a block; see :class:`Collector`."""
        texts, indices = encode(array, self._missing)
        codes = []
        for position, text in enumerate(texts):
            code = np.nan if text is None else self._code(text, array)
            if code is None:
                row = start + int((indices == position).argmax())
                raise mistake(self._source, row, self._problem(str(text)))
            codes.append(code)
        self._out[start : start + len(indices)] = np.array(codes)[indices]

    def _code(self, text: str, array: Any) -> float | None:
        known = (self._codes.get(each) for each in spellings(text, array))
        code = next((code for code in known if code is not None), None)
        if code is None and self._values and (number := value(text)) is not None:
            code = self._values.get(number)
        return self._unseen if code is None else code

    def _problem(self, text: str) -> str:
        named = listing(map(shortened, self._labels[:NAMED_LABELS]))
        more = len(self._labels) - NAMED_LABELS
        return (
            f"column '{self._name}' holds '{shortened(text)}'{nearest(text, self._labels)}, which "
            f"is not among {self._what}: {named}{f', and {more} more' if more > 0 else ''}"
        )


def _by_value(codes: Mapping[str, float]) -> dict[float | Decimal, float]:
    """Return the codes of labels that are numbers by their value; none if two have one value."""
    numbers = [value(label) for label in codes]
    known = {
        number: code
        for number, code in zip(numbers, codes.values(), strict=True)
        if number is not None
    }
    return known if len(known) == len(numbers) - numbers.count(None) else {}


class OrderedByFile(KnownLabels):
    """Collects a column whose order the file knows, as codes into the labels that occur."""

    def finish(self, rows: int) -> None:
        """Leave out the labels that do not occur."""
        values = self._out[:rows]
        present = ~np.isnan(values)
        used, codes = np.unique(values[present].astype(np.int64), return_inverse=True)
        values[present] = codes
        self._labels = tuple(self._labels[code] for code in used)


class Feature(Collector):
    """Collects a column, as float64: its numbers, or codes where it holds texts.

    ``numeric`` and ``categorical`` tell whether the config declares it so, ``kept`` whether it
    names it otherwise. ``verdict`` is what the finished column seems to be beside a feature.
    """

    verdict: Verdict | None = None

    def __init__(
        self,
        source: Source,
        name: str,
        out: Values,
        missing: Collection[str],
        numeric: bool = False,
        categorical: bool = False,
        kept: bool = False,
    ) -> None:
        super().__init__(source, name, out, missing)
        self._numeric, self._categorical = numeric, categorical
        self._watch = Watch(source, name, missing, kept or numeric, numeric)
        self._labels = Labels(source, name, out, missing) if categorical else None
        self._first_text: tuple[int, str] | None = None

    @property
    def kind(self) -> Kind:
        """The kind of the column, as far as it was seen."""
        return "numeric" if self._labels is None else "categorical"

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of a categorical column, in their order."""
        return () if self._labels is None else self._labels.labels

    @property
    def alike(self) -> tuple[str, ...]:
        """Texts that are one label, being one number."""
        return () if self._labels is None else self._labels.alike

    @property
    def rounded(self) -> str | None:
        """A whole number that float64 rounds, as it is written."""
        return self._watch.rounded if self._labels is None else None

    @property
    def held(self) -> int:
        """The number of labels that were seen."""
        return 0 if self._labels is None else self._labels.held

    def postpone(self) -> None:
        """Ask for all blocks once more, and forget the labels."""
        self.again = True
        if self._labels is not None:
            self._labels.postpone()

    def add(self, start: int, array: Any) -> None:
        """Take a block; see :class:`Collector`."""
        if self._labels is not None:
            self._labels.add(start, array)
            return
        refuse_dates(self._source, self._name, array)
        values, bad = self.numbers(array)
        if bad is None:
            self._watch.see(start, array, values)
            self._out[start : start + len(values)] = values
            return
        text = text_at(array, bad)
        if self._numeric:
            problem = (
                f"column '{self._name}' is declared numeric but '{shortened(text)}' is not a "
                f"finite number{suspicions.hint(text, self._source.reading.notation)}"
            )
            raise mistake(self._source, start + bad, problem)
        if is_infinite(text):
            problem = f"column '{self._name}' holds '{text}'; values must be finite"
            raise mistake(self._source, start + bad, problem)
        self._first_text = start + bad, text
        self._labels = Labels(self._source, self._name, self._out, self._missing)
        if start:
            self.again = True
        else:
            self._labels.add(start, array)

    def finish(self, rows: int) -> None:
        """Complete the codes.

        Raises
        ------
        DataError
            For a column without values, and for texts that are probably no categories.
        """
        if self._labels is not None:
            self._labels.finish(rows)
        values = self._out[:rows]
        present = values[~np.isnan(values)]
        check_values(self._source, self._name, len(present))
        if self._labels is None:
            self.verdict = self._watch.numbers(values)
        elif not self._categorical:
            self._check_labels(present)

    def _check_labels(self, codes: Values) -> None:
        counts = np.bincount(codes.astype(np.int64), minlength=len(self.labels)).tolist()
        texts = dict(zip(self.labels, counts, strict=True))
        notation = self._source.reading.notation
        if self._first_text and notation.reads(self.labels) @ counts > MOSTLY_NUMBERS * len(codes):
            row, text = self._first_text
            problem = (
                f"column '{self._name}' holds '{shortened(text)}' among numbers; "
                "add the text to `missing`, or the column to `categorical`"
            )
            raise mistake(self._source, row, problem)
        if self._first_text:
            suspect(self._source, self._name, *self._first_text, texts)
        self.verdict = self._watch.texts(len(self.labels), len(codes))
        if self.verdict is None and is_wide(len(self.labels), len(codes)):
            raise DataError(
                f"{self._source.path}: column '{self._name}' has {len(self.labels)} different "
                f"texts such as '{shortened(self.labels[0])}'; add it to `drop`, or to "
                "`categorical` if it is meant so"
            )


def suspect(source: Source, name: str, row: int, text: str, texts: Mapping[str, int]) -> None:
    """Check that texts, with how often each occurs, are no numbers of another notation, or dates.

    Raises
    ------
    DataError
        If almost all seem to be; ``text`` is the first one that is no number, in ``row``.
    """
    found = suspicions.numbers(texts, source.reading.notation)
    if found:
        problem = f"column '{name}' holds '{shortened(text)}', as of numbers {found.what}"
        otherwise = "or add the column to `categorical` or `drop`"
        raise mistake(source, row, f"{problem}; {found.remedy}, {otherwise}")
    formats = suspicions.dates(texts)
    if formats:
        remedy = remedy_for_dates(name, formats[0])
        if len(formats) > 1:
            remedy += f" (the format may be '{formats[1]}', too)"
        problem = f"column '{name}' holds dates or timestamps such as '{shortened(text)}'"
        raise mistake(source, row, f"{problem}; {remedy}")


def encode(array: Any, missing: Collection[str]) -> tuple[list[str | None], npt.NDArray[np.int64]]:
    """Return the distinct texts of an Arrow array, None for missing, and each row's place in them.

    The texts are in the order of their first appearance, in Unicode's composed form (NFC).
    """
    encoded = as_texts(array).dictionary_encode()
    numbers = {value(each) for each in missing} - {None}

    def is_missing(text: str) -> bool:
        written = any(each in missing for each in spellings(text, array))
        return written or (bool(numbers) and value(text) in numbers)

    texts: list[str | None] = [
        None if is_missing(text) else normalize("NFC", text)
        for text in encoded.dictionary.to_pylist()
    ]
    indices = encoded.indices
    if indices.null_count:
        indices = indices.fill_null(len(texts))
        texts.append(None)
    return texts, indices.to_numpy(zero_copy_only=False)


def is_wide(labels: int, present: int) -> bool:
    """Tell whether a column has so many labels for its values that they hardly are categories."""
    return labels > max(MOST_TEXTS, MOSTLY_DISTINCT * present)


def check_values(source: Source, name: str, present: int) -> None:
    """Check that a feature has values.

    Raises
    ------
    DataError
        If it has none.
    """
    if not present:
        raise DataError(f"{source.path}: column '{name}' has no values; add it to `drop`")
