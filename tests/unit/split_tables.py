"""Small tables to be split, with the roles that a test asks for."""

import numpy as np

from hypertrial.data.table import Column, Table


def table_of(counts, task=None, **roles):
    """Return a table with so many rows of each class, or of one number for regression."""
    task = task or ("binary" if len(counts) == 2 else "multiclass")
    y = np.repeat(np.arange(len(counts)), counts)
    if task == "regression":
        y = np.arange(sum(counts), dtype=float)
    classes = tuple(f"class {i}" for i in range(len(counts))) if task != "regression" else ()
    X = np.arange(float(len(y)))[:, None]
    arrays = {role: np.asarray(values) for role, values in roles.items()}
    return Table("t", task, "y", (Column("x", "numeric"),), classes, X, y, **arrays)


def random_table(seed, task, rows, groups=20, times=30):
    """Return a table of random rows, with every role but folds."""
    rng = np.random.default_rng(seed)
    classes = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": ()}[task]
    y = rng.integers(0, len(classes), rows) if classes else rng.normal(size=rows)
    return Table(
        "t",
        task,
        "y",
        (Column("x", "numeric"), Column("z", "numeric")),
        classes,
        rng.normal(size=(rows, 2)),
        y,
        weight=rng.random(rows),
        group=rng.integers(0, groups, rows) * 7 - 3,
        time=rng.integers(0, times, rows) * 0.5,
    )
