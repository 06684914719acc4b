"""From a file to predictions: the same rows in any format give the same table and predictions."""

import csv
import gzip
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from pyarrow import parquet
from studies import bench

from hypertrial import prediction, predictor, rebuilt
from hypertrial.data import datasets
from hypertrial.data.datasets import DatasetSpec
from hypertrial.errors import DataError
from hypertrial.models import get_family

TARGET = "the, target"
NAMES = ["a b", 'say "x"', "größe", "x,y", "tab\there", "価格", "it's", "#", "e;f", "-1"]
TEXTS = ["a", "b c", "d,e", 'f "g"', "h\nk", "ü\tö", "m;n", "'", "1.5 kg", "–"]
LEVELS = ("low", "mid, or so", "high")
POINTS = {
    "decision_tree": [{"max_depth": 3}, {"encoding": "ordinal", "imputation": "median"}],
    "svm": [{}, {"scaling": "quantile", "missing_indicator": True, "max_categories": 3}],
    "xgboost": [{"n_estimators": 3}, {"n_estimators": 3, "encoding": "one_hot"}],
}
FORMATS = ("data.csv", "data.csv.gz", "data.tsv", "data.parquet")


def written(number, way):
    """Return a number as a person or a program may write it."""
    return {"plain": repr, "scientific": lambda x: f"{x:.17e}", "signed": lambda x: f"{x:+.17g}"}[
        way
    ](number)


def feature(kind, rows, rng, way):
    """Return a column's values as a file holds them, None where one is missing."""
    if kind == "fractions":
        values = [
            written(float(x), way) for x in rng.normal(size=rows) * 10.0 ** rng.integers(-9, 9)
        ]
    elif kind == "whole":
        values = [str(x) for x in rng.integers(-5, 1000, rows)]
    elif kind == "booleans":
        values = [("False", "True")[x] for x in rng.integers(0, 2, rows)]
    elif kind == "codes":
        values = [f"{x:03}" for x in rng.integers(0, 6, rows)]
    elif kind == "ordered":
        values = [LEVELS[x] for x in rng.integers(0, 3, rows)]
    else:
        values = [TEXTS[x] for x in rng.integers(0, len(TEXTS), rows)]
    gaps = rng.random(rows) < rng.choice([0.0, 0.2])
    gaps[:2] = False
    return [None if gap else value for gap, value in zip(gaps, values, strict=True)]


@st.composite
def frames(draw):
    """Draw a frame of texts as they stand in a file, and what the config says of it."""
    task = draw(st.sampled_from(("binary", "multiclass", "regression")))
    rows = draw(st.integers(60, 90))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    kinds = ("fractions", "whole", "booleans", "codes", "ordered", "texts")
    columns, options = {}, {"categorical": [], "ordered": []}
    names = draw(st.permutations(NAMES))
    for name in names[: draw(st.integers(2, 6))]:
        kind = draw(st.sampled_from(kinds))
        columns[name] = feature(
            kind, rows, rng, draw(st.sampled_from(("plain", "scientific", "signed")))
        )
        if kind == "codes":
            options["categorical"].append(name)
        if kind == "ordered":
            options["ordered"].append((name, LEVELS))
    if task == "regression":
        target = [repr(float(x)) for x in rng.normal(size=rows)]
    else:
        labels = ("no, never", "yes") if task == "binary" else ("1", "02", "three")
        target = [labels[x] for x in rng.permutation(np.arange(rows) % len(labels))]
    columns[TARGET] = target
    role = draw(st.sampled_from((None, "group", "time", "fold")))
    if role == "group":
        columns["who"] = [f"patient {x}" for x in rng.integers(0, rows // 3, rows)]
    elif role == "time":
        days = np.datetime64("2024-02-28") + rng.permutation(rows)
        columns["who"] = [str(day) for day in days]
    elif role == "fold":
        columns["who"] = [("0", "1", "2", "test")[x] for x in np.arange(rows) % 4]
    if role:
        options[role] = "who"
    if draw(st.booleans()):
        columns["count me"] = [f"{x:.3f}" for x in rng.gamma(1.0, 1.0, rows) + 0.01]
        options["weight"] = "count me"
    order = draw(st.permutations(list(columns)))
    spec = DatasetSpec(
        "odd",
        "",
        TARGET,
        task=task,
        missing=("", "NA"),
        **{
            key: tuple(value) if isinstance(value, list) else value
            for key, value in options.items()
        },
    )
    return pd.DataFrame({name: columns[name] for name in order}, dtype=object), spec


def padded(text, rng):
    """Return a field with blanks around it, which do not count."""
    return f"{' ' * rng.integers(0, 2)}{text}{' ' * rng.integers(0, 2)}"


def write(frame, path, rng):
    """Write a frame of texts; Parquet holds numbers and booleans as such where it can."""
    name = path.name
    if name.endswith(".parquet"):
        parquet.write_table(pa.table({key: typed(frame[key]) for key in frame}), path)
        return
    with (gzip.open if name.endswith(".gz") else open)(
        path, "wt", encoding="utf-8", newline=""
    ) as stream:
        writer = csv.writer(stream, delimiter="\t" if ".tsv" in name else ",")
        writer.writerow(frame)
        for row in frame.itertuples(index=False):
            writer.writerow([rng.choice(["", "NA"]) if x is None else padded(x, rng) for x in row])


def typed(values):
    """Return a column in the type that a data base would keep it in."""
    present = [x for x in values if x is not None]
    if set(present) <= {"True", "False"}:
        return pa.array([None if x is None else x == "True" for x in values])
    if all(x.lstrip("-").isdigit() and str(int(x)) == x for x in present):
        return pa.array([None if x is None else int(x) for x in values])
    try:
        if any("." in x for x in present):
            return pa.array([None if x is None else float(x) for x in values])
    except ValueError:
        pass
    return pa.array(list(values), pa.string())


def assert_equal(task, found, wanted):
    """Compare labels, or values, which a matrix product of other rows may round otherwise."""
    if task == "regression":
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)
    else:
        assert list(found) == list(wanted)


@pytest.mark.parametrize("model", POINTS)
@settings(max_examples=25)
@given(data=st.data())
def test_every_format_gives_the_same_table_and_the_same_predictions(model, data):
    frame, spec = data.draw(frames())
    point = data.draw(st.sampled_from(POINTS[model]))
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = [table_of(frame, spec, folder / each, rng) for each in FORMATS]
        table = tables[0]
        assert {each.digest for each in tables} == {table.digest}
        try:
            made = bench(table, folder / "data")
        except DataError as error:  # groups and times are random: a part may lack a class
            assert "has no" in str(error)
            reject()
        trial = made.run(made.spec(model, point, data={"missing": list(spec.missing)}), folder)
        source = predictor.load(trial)
        family = get_family(model)
        response = prediction.predict(family, spec.task, source.learned, source.needed, table)
        rows = rng.permutation(len(frame))[:20]
        wanted = source.named(response)[rows]
        features = [column.name for column in table.columns]
        part = frame.loc[rows, list(rng.permutation(features))]
        assert_equal(spec.task, source.predict(part, unseen="ignore"), wanted)
        for each in FORMATS:
            path = folder / f"new {each}"
            write(part, path, rng)
            assert_equal(spec.task, source.predict(path, unseen="ignore"), wanted)
        rebuilt_too = source.named(rebuilt.respond(source, path, unseen="ignore"))
        assert_equal(spec.task, rebuilt_too, wanted)


def table_of(frame, spec, path, rng):
    """Return the table that a file of a frame is read into."""
    write(frame, path, rng)
    return datasets.read(replace(spec, source=str(path)), spec.task)[0]
