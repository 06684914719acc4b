"""Files as they are: other notations of numbers, dates, no header, other encodings, no files."""

import gzip
import json
import os
import re
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure
from pyarrow import parquet

from hypertrial import reading_checks
from hypertrial.config import load_study
from hypertrial.data import collectors, datasets, new_rows, opening, reading, suspicions
from hypertrial.data.datasets import DatasetSpec
from hypertrial.data.notation import Notation
from hypertrial.errors import ConfigError, DataError
from hypertrial.plots import fonts, style

MISSING = ("", "NA")


@pytest.fixture
def spec(tmp_path):
    """Write a file and describe it."""

    def write(content, name="my.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return DatasetSpec("mine", str(path), **{"target": "y", "missing": MISSING, **options})

    return write


def read(spec):
    return datasets.read(spec, datasets.find_task(spec))


def table(values, header="x"):
    """Write a file with a column of values, separated by semicolons."""
    rows = "".join(f"{value};{'ab'[i % 2]}\n" for i, value in enumerate(values))
    return f"{header};y\n{rows}"


WRITTEN = {
    "decimal comma": (["0,5", "-1,25", "3"], {"decimal": ","}, [0.5, -1.25, 3]),
    "both": (["1.234,5", "2.000.000", "7"], {"decimal": ",", "thousands": "."}, [1234.5, 2e6, 7]),
    "comma": (["1,000.5", "2,500,000", "12"], {"thousands": ","}, [1000.5, 2.5e6, 12]),
    "blanks": (["1 000", "2\u00a0500", "3\u2009750,5"], {"decimal": ",", "thousands": " "}, None),
    "apostrophe": (["1'000.5", "2’000", "3"], {"thousands": "'"}, [1000.5, 2000, 3]),
    "India": (["12,34,567", "1,00,000", "1,234"], {"thousands": ","}, [1234567, 1e5, 1234]),
    "currency": (["$5", "-$1.50", "$ 20"], {"strip": ("$",)}, [5, -1.5, 20]),
    "euro": (["5,00 €", "7,25 €", "1 €"], {"decimal": ",", "strip": ("€",)}, [5, 7.25, 1]),
    "code": (["EUR 5", "EUR 6.5", "USD 7"], {"strip": ("EUR", "USD")}, [5, 6.5, 7]),
    "per cent": (["5%", "12.5 %", "-3%"], {"strip": ("%",)}, [5, 12.5, -3]),
    "accounts": (
        ["(1,234.5)", "5", "7-"],
        {"thousands": ",", "accounting": True},
        [-1234.5, 5, -7],
    ),
    "minus": (["\u22125", "\u22121.5e3", "2"], {}, [-5, -1500, 2]),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_numbers_are_refused_with_a_remedy_that_reads_them(spec, way):
    values, options, expected = WRITTEN[way]
    expected = [1000, 2500, 3750.5] if expected is None else expected
    given = spec(table(values), separator=";")
    if options:
        with pytest.raises(DataError) as caught:
            read(given)
        message = str(caught.value)
        assert re.search(
            rf"my\.csv: line [234]: column 'x' holds '{re.escape(values[0])}'", message
        )
        assert all(f"`{name}: " in message for name in options)
        assert "or add the column to `categorical` or `drop`" in message
    data, _ = read(replace(given, **options))
    assert data.columns[0].kind == "numeric"
    assert data.X[:, 0].tolist() == expected
    assert read(replace(given, categorical=("x",)))[0].columns[0].kind == "categorical"


def test_a_comma_that_may_be_either_is_asked_about_with_both_remedies(spec):
    with pytest.raises(DataError, match='set `decimal: ","` or `thousands: ","`, or add'):
        read(spec(table(["1,000", "2,500", "7"]), separator=";"))


def test_points_of_sas_are_gaps_to_be_declared(spec):
    given = spec(table([".", "1.5", ".", "3"]), separator=";")
    with pytest.raises(DataError, match=r"line 2: column 'x' holds '\.', .* add '\.' to `missing`"):
        read(given)
    data, _ = read(replace(given, missing=(".",)))
    np.testing.assert_array_equal(data.X[:, 0], [np.nan, 1.5, np.nan, 3])


CATEGORIES = [
    ["10th", "11th", "12th"],
    ["+", "-", "+"],
    ["a-1", "b-2", "c-3"],
    ["1-5", "6-9", "1-5"],
    ["3 rooms", "4 rooms", "5 rooms"],
    ["1.2.3", "1.2.4", "2.0.0"],
    ["A", "1", "2"],
    ["12:30", "13:45", "12:30"],
    ["may", "march", "june"],
]


@pytest.mark.parametrize("values", CATEGORIES)
def test_other_texts_stay_categories(spec, values):
    data, _ = read(spec(table(values), separator=";"))
    assert data.columns[0].kind == "categorical"


@pytest.mark.parametrize("decimal", [",", "."])
def test_a_notation_is_strict(decimal):
    own = Notation(decimal, {",": ".", ".": ","}[decimal])
    texts = ["1,23.4", "1.23,4", "1..5", "1,,5", "5-", "(5)", "$5", "--5", "1,2345", "1.2345", ""]
    good = [text for text, read in zip(texts, own.reads(texts), strict=True) if read]
    assert good == {",": ["1,2345"], ".": ["1.2345"]}[decimal]


def test_a_notation_holds_for_the_target_the_weight_and_declared_numbers(spec):
    rows = "".join(f"{i},5;{i + 1},25;{i},75\n" for i in range(1, 9))
    given = spec(f"x;w;y\n{rows}", separator=";", weight="w")
    with pytest.raises(DataError, match=r"the target 'y' holds '1,75'.*set `decimal: \",\"`"):
        read(given)
    with pytest.raises(DataError, match=r"line 2: the target 'y' .*'1,75' .*`decimal: \",\"`"):
        read(replace(given, task="regression", weight=None))
    with pytest.raises(DataError, match=r"line 2: the weight 'w' .*'2,25' .*`decimal: \",\"`"):
        read(replace(given, task="multiclass", categorical=("x",)))
    with pytest.raises(DataError, match=r"declared numeric but '1,5' is .*`decimal: \",\"`"):
        read(replace(given, weight=None, numeric=("x",), task="multiclass"))
    data, _ = read(replace(given, decimal=","))
    assert (data.task, data.y[0], data.weight[0], data.X[0, 0]) == ("regression", 1.75, 2.25, 1.5)


DATES = {
    "": ["2024-01-31", "2023-12-01", "2024-02-29"],
    "%d.%m.%Y": ["31.01.2024", "01.12.2023", "29.02.2024"],
    "%m/%d/%Y %H:%M": ["01/31/2024 06:00", "12/01/2023 06:00", "02/29/2024 06:00"],
    "%d-%b-%y": ["31-Jan-24", "01-Dec-23", "29-Feb-24"],
}
PARTS = ("year", "quarter", "month", "week", "day", "weekday", "day_of_year", "hour", "days")


@pytest.mark.parametrize("form", DATES)
def test_dates_are_refused_with_a_remedy_that_makes_features_of_them(spec, form):
    given = spec(table([*DATES[form], "NA"], "when"), separator=";")
    with pytest.raises(DataError) as caught:
        read(given)
    assert f"column 'when' holds dates or timestamps such as '{DATES[form][0]}'" in str(
        caught.value
    )
    assert "`dates: {when: [year, month, weekday, days]}`" in str(caught.value)
    assert not form or f"`time_format: {{when: '{form}'}}`" in str(caught.value)
    formats = (("when", form),) if form else ()
    data, report = read(replace(given, dates=(("when", PARTS),), time_format=formats))
    assert [column.name for column in data.columns] == [f"when.{part}" for part in PARTS]
    hour = 6 if "%H" in form else 0
    expected = [
        [2024, 1, 1, 5, 31, 3, 31, hour, 19753 + hour / 24],
        [2023, 4, 12, 48, 1, 5, 335, hour, 19692 + hour / 24],
        [2024, 1, 2, 9, 29, 4, 60, hour, 19782 + hour / 24],
        [np.nan] * len(PARTS),
    ]
    np.testing.assert_array_equal(data.X, expected)
    assert report["dropped"] == []


def test_dates_of_parquet_are_those_of_the_csv(spec, tmp_path):
    frame = pd.DataFrame({"when": pd.to_datetime(["2024-01-31 06:00", None, "1969-12-31 00:00"])})
    frame["day"] = pd.to_datetime(["2024-01-31", "2020-01-01", None]).date
    frame["y"] = ["a", "b", "a"]
    frame.to_parquet(tmp_path / "my.parquet")
    options = {"dates": (("when", PARTS), ("day", ("days",))), "time": None}
    one = read(spec(frame.to_csv(index=False), **options))[0]
    two = read(DatasetSpec("mine", str(tmp_path / "my.parquet"), "y", missing=MISSING, **options))[
        0
    ]
    assert one.digest == two.digest
    assert one.X[2, 8] == -1


def test_a_column_can_be_the_time_and_a_feature_and_is_in_the_report(spec):
    text = "when,x,y\n02.01.2020,1,a\n01.01.2020,2,b\n03.01.2020,3,a\n"
    given = spec(
        text,
        time="when",
        dates=(("when", ("weekday", "days")),),
        time_format=(("when", "%d.%m.%Y"),),
        monotone=(("when.days", 1),),
    )
    data, _ = read(given)
    assert [each.monotone for each in data.columns] == [0, 1, 0]
    assert (np.diff(data.time) / 86_400e9).tolist() == [-1, 2]
    assert data.X[:, 0].tolist() == [4, 3, 5]
    own = spec(text, dates=given.dates, time_format=given.time_format)
    rows = {row["column"]: row for row in datasets._read(own, "binary")[2].rows}
    assert rows["when"]["role"] == "dates"
    assert rows["when"]["note"] == "made into when.weekday, when.days"
    assert rows["when.days"]["note"] == "made of dates"


@pytest.mark.parametrize("text", ["2020-01-02", "32.01.2020", "now", "01.01.20"])
def test_what_does_not_fit_the_format_is_said(spec, text):
    given = spec(f"when,x,y\n01.01.2020,1,a\n{text},2,b\n", dates=(("when", ("days",)),))
    given = replace(given, time_format=(("when", "%d.%m.%Y"),))
    with pytest.raises(DataError, match="line 3: the date 'when' must be a time in the `time_form"):
        read(given)
    with pytest.raises(DataError, match="line 3: the time 'when' must be a time in the `time_form"):
        read(replace(given, dates=(), time="when"))


def test_dates_are_labels_where_they_are_declared_so(spec, tmp_path):
    days = pa.array([18262, 18263, 18262], pa.date32())
    path = tmp_path / "my.parquet"
    parquet.write_table(pa.table({"d": days, "x": [1, 2, 3], "y": ["a", "b", "a"]}), path)
    given = DatasetSpec("mine", str(path), "y", missing=MISSING)
    labels = read(replace(given, categorical=("d",)))[0].columns[0].categories
    assert labels == ("2020-01-01", "2020-01-02")
    assert read(replace(given, group="d"))[0].group.tolist() == [0, 1, 0]


PLAIN = "a,b,y\n1,2,u\n3,4,v\n"
STORED = {
    "carriage returns": (PLAIN.replace("\n", "\r").encode(), {}),
    "utf-16": (PLAIN.encode("utf-16"), {}),
    "utf-16-be": (b"\xfe\xff" + PLAIN.encode("utf-16-be"), {}),
    "utf-32": (PLAIN.encode("utf-32"), {}),
    "without its mark": (PLAIN.encode("utf-16-le"), {"encoding": "utf-16-le"}),
    "tails": (b"a,b,y,,\n1,2,u,,\n3,4,v,,\n", {}),
    "tails of rows": (b"a,b,y\n1,2,u,\n3,4,v,\n", {}),
    "blanks": (b'  a   b y \n  1\t2   u\n 3  4 "v"  \n', {"separator": " "}),
    "no header": (b"1,2,u\n3,4,v\n", {"columns": ("a", "b", "y")}),
    "no header, a mark": (b"\xef\xbb\xbf1,2,u\n3,4,v\n", {"columns": ("a", "b", "y")}),
}


@pytest.mark.parametrize("way", STORED)
def test_files_are_read_however_they_are_stored(spec, way):
    content, options = STORED[way]
    expected = read(spec(PLAIN, "expected.csv"))[0].digest
    for name, written in (("my.csv", content), ("my.csv.gz", gzip.compress(content))):
        assert read(spec(written, name, **options))[0].digest == expected


def test_latin_1_is_read_and_its_bytes_are_said_otherwise(spec):
    text = "größe,y\n1,für\n2,à\n"
    given = spec(text.encode("latin-1"))
    with pytest.raises(DataError, match=r"line 1, byte 3 is not UTF-8 \(0xf6\); set `encoding`"):
        read(given)
    assert read(replace(given, encoding="latin-1"))[0].classes == ("für", "à")
    with pytest.raises(DataError, match="line 2 is not in the encoding ascii"):
        read(replace(spec("x,y\n1,ä\n"), encoding="ascii"))


def test_a_missing_header_is_thought_of(spec):
    flowers = "5.1,3.5,setosa\n4.9,3.0,virginica\n"
    with pytest.raises(DataError, match=r"no column 'y'.*`header: false` and name the `columns`"):
        read(spec(flowers))
    with pytest.raises(DataError, match=r"'1\.5' stands twice; the first line looks like data"):
        read(spec("1.5,1.5,a\n2,3,b\n"))
    with pytest.raises(DataError, match="line 2 has 2 fields, `columns` names 3"):
        read(spec("1,2,a\n3,b\n", columns=("a", "b", "y")))
    with pytest.raises(DataError, match="it is a header; remove `header: false`"):
        read(spec(PLAIN, columns=("a", "b", "y")))
    with pytest.raises(DataError) as caught:
        read(spec("0,1,2,3,target\n5,6,7,8,a\n"))
    assert "looks like data" not in str(caught.value)


def test_names_are_found_however_their_letters_are_composed(spec, tmp_path):
    decomposed = "tempe\u0301rature,y\n1,e\u0301te\u0301\n2,hiver\n"
    given = spec(decomposed, numeric=("temp\u00e9rature",), positive="\u00e9t\u00e9")
    data, _ = read(given)
    assert data.columns[0].name == "temp\u00e9rature"
    assert data.classes == ("hiver", "\u00e9t\u00e9")
    config = tmp_path / "my.yaml"
    config.write_text(f"datasets: {{d: {{source: {given.source}, target: y, numeric: [e\u0301]}}}}")
    assert load_study([config]).datasets[0].numeric == ("\u00e9",)
    values, _ = new_rows.from_frame(pd.DataFrame({"tempe\u0301rature": [7]}), data.columns)
    assert values.tolist() == [[7]]


def test_an_order_that_parquet_knows_is_kept_without_labels_that_do_not_occur(tmp_path):
    grade = pd.Categorical(["mid", "low", None, "high"], ["low", "mid", "zz", "high"], ordered=True)
    frame = pd.DataFrame({"grade": grade, "y": [0, 1, 0, 1]})
    for name in ("my.parquet", "my.pq"):
        frame.to_parquet(tmp_path / name)
        given = DatasetSpec("mine", str(tmp_path / name), "y", missing=MISSING)
        data, _ = read(given)
        assert (data.columns[0].kind, data.columns[0].categories) == (
            "ordered",
            ("low", "mid", "high"),
        )
        np.testing.assert_array_equal(data.X[:, 0], [1, 0, np.nan, 2])
    assert read(replace(given, categorical=("grade",)))[0].columns[0].kind == "categorical"


def test_rows_to_predict_are_read_as_those_of_training(spec, tmp_path):
    options = {"decimal": ",", "thousands": ".", "separator": ";"}
    options |= {"dates": (("when", ("days",)),)}
    given = spec("when;x;y\n2020-01-01;1,5;a\n2020-01-02;2,5;b\n", **options)
    data, _ = read(given)
    assert [column.name for column in data.columns] == ["when.days", "x"]
    said = reading.said(vars(given))
    own = reading.of(said)
    assert own == given.reading
    reading_checks.check_record(json.loads(json.dumps(said)))
    path = tmp_path / "new.csv"
    path.write_text("x;when;id\n3,5;2020-01-03;7\n")
    values, extra = new_rows.read(data.columns, path, own)
    assert (values.tolist(), extra) == ([[18264, 3.5]], ["id"])
    assert new_rows.texts(["id", "x"], data.columns, path, own).values.tolist() == [["7", "3,5"]]
    path.write_text("x,when\n3,2020-01-03\n")
    assert new_rows.read(data.columns, path, own)[0].tolist() == [[18264, 3]]
    frame = pd.DataFrame({"x": [3.5], "when": pd.to_datetime(["2020-01-03"])})
    assert new_rows.from_frame(frame, data.columns, own)[0].tolist() == [[18264, 3.5]]
    with pytest.raises(DataError, match="no column 'when'; columns: x"):
        new_rows.from_frame(frame[["x"]], data.columns, own)
    assert reading.said(vars(DatasetSpec("mine", "my.csv"))) == {}
    path.write_text("x;when\n3.5;2020-01-03\n")
    with pytest.raises(DataError, match=r"column 'x' is numeric but '3\.5' is not a finite number"):
        new_rows.read(data.columns, path, own)


FORGED = [
    [],
    {"other": 1},
    {"dates": 5},
    {"dates": [["when", ["century"]]]},
    {"dates": [["when", [[]]]]},
    {"decimal": ["a"]},
    {"thousands": "long"},
    {"strip": [1]},
    {"accounting": 2},
    {"encoding": "rot13"},
    {"time_format": [["a"]]},
]


@pytest.mark.parametrize("said", FORGED)
def test_a_record_that_says_what_no_config_can_is_refused(said):
    with pytest.raises((ValueError, TypeError)):
        reading_checks.check_record(said)


@pytest.mark.parametrize("text", ["3,4,v\n", "3,4\n", "b,a\n4,3\n"])
def test_rows_to_predict_may_have_a_header_and_lack_the_target(spec, tmp_path, text):
    given = spec("1,2,u\n3,4,v\n", columns=("a", "b", "y"))
    data, _ = read(given)
    (tmp_path / "new.csv").write_text(text)
    values, _ = new_rows.read(data.columns, tmp_path / "new.csv", given.reading)
    assert values.tolist() == [[3, 4]]


def refused(path):
    with pytest.raises(DataError) as caught:
        given = DatasetSpec("mine", str(path), "y")
        datasets.source_digest(given)
        read(given)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 1100
    assert message.isprintable()
    return message


def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    assert "is not a file, but a device or a pipe" in refused(tmp_path / "pipe.csv")
    assert "is not a file, but a device or a pipe" in refused(tmp_path / "zero.csv")
    assert "is a directory" in refused(tmp_path)
    assert "a path cannot hold the character NUL" in refused("a\0b.csv")
    refused(tmp_path / "loop.csv")
    with pytest.raises(DataError, match="is not a file, but a device or a pipe"):
        new_rows.read((), "/dev/zero")


def test_files_of_the_system_are_not_printed(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "hunter2")
    assert "is a file of the system, not of data" in refused("/proc/self/environ")
    (tmp_path / "copy.csv").write_bytes(b"SECRET=hunter2\0A=b\0")
    assert "hunter2" not in refused(tmp_path / "copy.csv")


def test_a_gzip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "INFLATED", 2**20)
    for name, content in (("a.csv.gz", b"\0" * 2**24), ("b.csv.gz", b"x,y\n" + b"1,2\n" * 2**22)):
        (tmp_path / name).write_bytes(gzip.compress(content, 9))
        assert refused(tmp_path / name)
    assert "holds more than 500 times its own size" in refused(tmp_path / "b.csv.gz")


def test_a_table_that_memory_cannot_hold_is_refused(spec, monkeypatch):
    monkeypatch.setattr(collectors.os, "sysconf", lambda _: 2)
    with pytest.raises(DataError, match="3 rows of 2 columns need 0 GB of memory, this computer"):
        read(spec(PLAIN))


def test_what_a_terminal_would_obey_and_what_is_long_is_not_printed(tmp_path):
    path = tmp_path / "my.csv"
    path.write_text("\x1b[31mred,b\n1,2\n")
    assert "\\x1b[31mred" in refused(path)
    path.write_text(",".join(f"{'n' * 90}{i}" for i in range(999)))
    assert "and 979 more" in refused(path)
    path.write_text("x,y\n1,a\n" + "9" * 5000 + "z,b\n" + "3,a\n" * 30)
    assert "…" in refused(path)


WRONG = {
    "decimal: ','\n    thousands: ','": "thousands: must be another character than `decimal`, ','",
    "decimal: '1'": "decimal: must be no digit, sign, bracket or 'e'",
    "strip: [x1]": "strip: 'x1' must be a text without digits, signs and brackets",
    "header: false": "header: without a header `columns` must name all columns, in their order",
    "columns: [a, y]": "columns: names the columns of a file without a header; add `header: false`",
    "encoding: utf-9": "encoding: unknown encoding 'utf-9'; usual ones: utf-8, utf-16",
    "dates: {when: [yaer]}": "dates.when: unknown part 'yaer' (did you mean 'year'?); known: year",
    "dates: {y: [year]}": "dates: 'y' stands in `target` already",
    "time_format: '%Y'": "time_format: is for the columns in `time` and `dates`, of which there",
    "time: t\n    time_format: '%d.%m'": "time_format: must have a year (%Y or %y), such as",
    "time: t\n    time_format: '%Q'": "time_format: unknown directive %Q; known: %Y, %y,",
    "time: t\n    time_format: {u: '%Y'}": "time_format.u: stands neither in `time` nor in `dates`",
    "source: my.pq\n    encoding: utf-8": "encoding: is for text files, not for Parquet",
}


@pytest.mark.parametrize("text", WRONG)
def test_mistakes_in_the_keys_of_reading_are_said(tmp_path, text):
    path = tmp_path / "my.yaml"
    source = "" if "source" in text else "source: my.csv\n    "
    path.write_text(f"datasets:\n  d:\n    {source}target: y\n    {text}\n")
    with pytest.raises(ConfigError) as caught:
        load_study([path])
    assert f"datasets.d.{WRONG[text]}" in str(caught.value)


def test_a_format_of_times_holds_for_all_of_them_or_for_each(tmp_path):
    path = tmp_path / "my.yaml"
    lines = "source: my.csv\n    target: y\n    time: t\n    dates: {when: [days]}\n    "
    for form, expected in (("'%Y'", {"t": "%Y", "when": "%Y"}), ("{t: '%y'}", {"t": "%y"})):
        path.write_text(f"datasets:\n  d:\n    {lines}time_format: {form}\n")
        assert dict(load_study([path]).datasets[0].time_format) == expected


def test_names_without_letters_in_the_font_are_drawn_without_a_warning(tmp_path, monkeypatch):
    font = font_manager.get_font(font_manager.findfont("STIXGeneral"))
    only_there = min(set(map(chr, font.get_charmap())) - fonts._letters())
    monkeypatch.setattr(fonts, "_installed", lambda: ("STIXGeneral",))
    figure = Figure(layout="constrained")
    ax = figure.subplots()
    ax.set_title("plain")
    ax.set_xlabel(f"血圧 {only_there}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        style.save(figure, [str(tmp_path / "a.svg"), str(tmp_path / "a.png")])
    assert "STIXGeneral" in ax.xaxis.label.get_fontfamily()
    assert "STIXGeneral" not in ax.title.get_fontfamily()
    assert "血圧" in (tmp_path / "a.svg").read_text("utf-8")


def test_only_some_of_very_many_texts_are_looked_at():
    many = {f"{i},5": 1 for i in range(20_000)}
    assert suspicions.numbers(many, Notation()).remedy == 'set `decimal: ","`'
