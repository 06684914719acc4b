"""CSV tables hold no formulas, and are read back as they were."""

import csv

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypertrial import collect, spreadsheet

HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "+1+2",
    "-cmd|calc",
    "@SUM(A1)",
    "\t=1",
    "'=x",
    "''@y",
    "＝1",
    "\n=1",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_formula_is_written_as_a_text_and_read_back(tmp_path, text):
    table = pd.DataFrame({text: [1.5, 2.5], "label": [text, "plain"], "trial": ["a", "b"]})
    collect.write_table(table, tmp_path / "t.csv")
    with open(tmp_path / "t.csv", encoding="utf-8", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r\n＝")]
    pd.testing.assert_frame_equal(collect.read_table(tmp_path / "t.csv"), table, check_dtype=False)


def test_numbers_are_no_formulas(tmp_path):
    table = pd.DataFrame({"x": [-1.5, np.nan], "label": ["-1", "+1"], "mixed": [-3, "scale"]})
    collect.write_table(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "x,label,mixed\n-1.5,-1,-3\n,+1,scale\n"


@given(st.text(st.sampled_from("'=+-@＝\t\r\na1 "), max_size=6))
def test_every_text_comes_back(text):
    assert spreadsheet.unguard(spreadsheet.guard(text)) == text


def test_a_table_without_formulas_is_not_copied():
    table = pd.DataFrame({"x": [1], "label": ["plain"]})
    assert spreadsheet.guarded(table) is table
