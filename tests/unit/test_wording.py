"""Numbers, counts and lists read as a person would write them, for 0, 1, 2 and many."""

import math

import pytest

from hypertrial import wording

THIN, MINUS = wording.THIN, wording.MINUS


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.95432, "0.9543"),
        (0.99996, "1"),
        (24539.4, f"24{THIN}539"),
        (34950.0, f"34{THIN}950"),
        (999.96, f"1{THIN}000"),
        (-5.28, f"{MINUS}5.28"),
        (0.25, "0.25"),
        (0.0, "0"),
        (-0.0, "0"),
        (1e-12, "1·10⁻¹²"),
        (0.00002, "0.00002"),
        (1.5e160, "1.5·10¹⁶⁰"),
        (-1e12, f"{MINUS}1·10¹²"),
        (9.99e11, f"999{THIN}000{THIN}000{THIN}000"),
        (math.nan, "–"),
        (math.inf, "∞"),
    ],
)
def test_a_number_has_few_digits_and_no_exponent_of_a_machine(value, text):
    assert wording.number(value) == text


def test_a_mean_and_its_deviation_are_rounded_alike():
    assert wording.spread(24539.2, 1834.7) == f"24{THIN}539 ± 1{THIN}800"
    assert wording.spread(0.99583, 0.00612) == "0.9958 ± 0.0061"
    assert wording.spread(34953.0, math.nan) == f"34{THIN}953 ± –"


def test_a_year_is_not_cut_into_thousands():
    assert wording.number(2015.0, 6, apart=False) == "2015"
    assert wording.number(1234567.0, 6, apart=False) == "1234567"


@pytest.mark.parametrize(("value", "text"), [(0.02, "+0.02"), (-0.5, f"{MINUS}0.5"), (0, "0")])
def test_a_difference_has_its_sign(value, text):
    assert wording.signed(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 1, "no row"),
        (1, 1, "the one row"),
        (0, 2, "none of 2 rows"),
        (1, 2, "1 of 2 rows"),
        (2, 2, "both rows"),
        (3, 3, "all 3 rows"),
        (1200, 4000, f"1{THIN}200 of 4{THIN}000 rows"),
    ],
)
def test_how_many_of_how_many(part, whole, text):
    assert wording.some(part, whole, "row") == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "no searches"), (1, "1 search"), (2, "2 searches"), (12, "12 searches")]
)
def test_counted_things_have_their_form(value, text):
    assert wording.counted(value, "search", "searches") == text


@pytest.mark.parametrize(
    ("names", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_lists_end_in_and(names, text):
    assert wording.listed(names) == text
