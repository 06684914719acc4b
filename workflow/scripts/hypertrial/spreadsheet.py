"""Texts that a spreadsheet would take for formulas: guarded, and read back as they were.

A cell that begins with ``=``, ``+``, ``-``, ``@`` (the wide ones of East Asian scripts, too), a
tab or a line's end may be run as a formula when a CSV file is opened in a spreadsheet (OWASP, CSV
Injection). An apostrophe before it makes it a text.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

GUARD = "'"
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def guard(value: Any) -> Any:
    """Return a text that no spreadsheet runs; numbers, also those in texts, stay as they are."""
    if not isinstance(value, str) or not FORMULA.match(value) or _is_number(value):
        return value
    return GUARD + value


def unguard(value: Any) -> Any:
    """Return what :func:`guard` was given."""
    return value[1:] if isinstance(value, str) and GUARDED.match(value) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def guarded(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table with its texts and the names of its columns guarded."""
    return _changed(table, guard)


def unguarded(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the table that :func:`guarded` was given."""
    return _changed(table, unguard)


def _changed(table: "pd.DataFrame", change: Callable[[Any], Any]) -> "pd.DataFrame":
    """Change the texts and the names of columns; a table without any to change is returned."""
    import pandas as pd

    made = {}
    for position, dtype in enumerate(table.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            column = table.iloc[:, position]
            old = column.tolist()
            new = [change(value) for value in old]
            if any(a is not b for a, b in zip(new, old, strict=True)):
                made[position] = pd.Series(new, index=table.index, dtype=object)
    names = [change(name) for name in table.columns]
    if not made and names == list(table.columns):
        return table
    parts = [made.get(position, table.iloc[:, position]) for position in range(table.shape[1])]
    result = pd.concat(parts, axis=1)
    result.columns = pd.Index(names)
    return result
