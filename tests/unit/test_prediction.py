"""When a replay agrees with the estimator: to the bit, or within a tolerance but for ties."""

from dataclasses import replace

import numpy as np
import pytest

from hypertrial.families import Response
from hypertrial.models import get_family
from hypertrial.prediction import compare

TREE, SVM = get_family("decision_tree"), get_family("svm")
RAW = np.array([-2.0, -1e-3, 0.5, 3.0])
SHARES = np.column_stack([1 - (RAW > 0), RAW > 0]).astype(float)
OWN = Response((RAW > 0).astype(int), RAW, SHARES)


def test_the_same_response_agrees():
    for family in (TREE, SVM):
        found = compare(family, "binary", OWN, OWN)
        assert (found.rows, found.labels_differ, found.raw_difference) == (4, 0, 0.0)
        assert found.agrees


@pytest.mark.parametrize("family", [TREE, SVM])
def test_one_other_label_disagrees_though_all_else_is_equal(family):
    found = compare(family, "binary", OWN, replace(OWN, labels=np.array([0, 1, 1, 1])))
    assert found.labels_differ == 1
    assert not found.agrees


def test_a_tree_must_agree_to_the_bit():
    other = replace(OWN, raw=np.nextafter(RAW, 9))
    assert not compare(TREE, "binary", OWN, other).agrees
    other = replace(OWN, probabilities=np.nextafter(SHARES, 9))
    assert not compare(TREE, "binary", OWN, other).agrees


@pytest.mark.parametrize(("step", "agrees"), [(2e-10, True), (4e-10, False)])
def test_a_machine_must_agree_relative_to_its_largest_value(step, agrees):
    assert compare(SVM, "binary", OWN, replace(OWN, raw=RAW + step)).agrees is agrees


def test_probabilities_must_be_there_on_both_sides_and_agree():
    without = replace(OWN, probabilities=None)
    assert compare(SVM, "binary", without, without).probability_difference is None
    assert compare(SVM, "binary", without, without).agrees
    assert not compare(SVM, "binary", OWN, without).agrees
    assert not compare(SVM, "binary", without, OWN).agrees
    assert not compare(SVM, "binary", OWN, replace(OWN, probabilities=SHARES + 1e-9)).agrees


def test_a_value_that_is_no_number_disagrees():
    raw = RAW.copy()
    raw[1] = np.nan
    assert not compare(SVM, "binary", OWN, replace(OWN, raw=raw)).agrees
    assert not compare(SVM, "binary", replace(OWN, raw=raw), replace(OWN, raw=raw)).agrees


def test_rounding_may_decide_a_tie_and_nothing_else():
    raw = np.array([[2.0, 1e-17], [2.0, 1e-3]])
    own = Response(np.array([0, 1]), raw, np.full((2, 3), 1 / 3))
    tied = replace(own, labels=np.array([2, 1]), raw=np.where(raw < 1e-9, -raw, raw))
    found = compare(SVM, "multiclass", own, tied)
    assert (found.labels_differ, found.ties_differ, found.agrees) == (0, 1, True)
    assert not compare(SVM, "multiclass", own, replace(own, labels=np.array([0, 2]))).agrees
    assert not compare(TREE, "multiclass", own, tied).agrees


def test_values_of_regression_are_compared_as_raw_values():
    own = Response(RAW * 1e-20, RAW * 1e-20)
    assert compare(SVM, "regression", own, own).agrees
    other = Response(own.labels, own.raw * (1 + 1e-6))
    assert not compare(SVM, "regression", own, other).agrees
