"""What each class needs to be learned: too few rows are told in words, few with weight suffice."""

from dataclasses import replace

import numpy as np
from studies import bench, bundled, read

from hypertrial import class_needs

LOSS, LABELS = ["log_loss", "roc_auc"], ["accuracy", "roc_auc"]
MODELS = ["decision_tree", "svm"]


def told(counts, metrics, task="binary", weighted=False):
    classes = ["no", "yes", "maybe"][: len(counts)]
    return class_needs.lines("d", task, classes, np.array(counts), metrics, MODELS, weighted)


def test_a_class_with_too_few_rows_for_calibration_is_named_with_what_helps():
    (line,) = told([60, 2], LOSS)
    assert line == (
        "d: class 'yes' has 2 training rows, and svm needs 3 for the probabilities that log_loss "
        "asks for: use metrics that need no probabilities, leave out this model, or merge or drop "
        "the class"
    )
    assert "1 training row with a weight above 0, and" in told([60, 1], LOSS, weighted=True)[0]


def test_enough_rows_or_metrics_without_probabilities_are_not_warned_of():
    assert told([60, 3], LOSS) == []
    assert told([60, 2], LABELS) == []
    assert told([60, 50, 2], LABELS, "multiclass")  # for more than two classes the area needs them
    assert class_needs.lines("d", "regression", [], np.array([]), ["rmse"], MODELS) == []


def weighted(rows_with_weight):
    """Return a table of whose second class only so many rows have a weight, all side by side."""
    data = bundled("binary", 150)
    data = data.rows(np.argsort(data.y, kind="stable"))
    weight = np.ones(len(data.y))
    second = np.flatnonzero(data.y == 1)
    weight[second[rows_with_weight:]] = 0.0
    return replace(data, weight=weight)


def test_rows_without_weight_do_not_keep_a_machine_from_its_calibration(tmp_path):
    made = bench(weighted(9), tmp_path, method="random")
    counts = [
        class_needs.counted(made.table.y[rows], made.table.weight[rows], 2)
        for rows, _ in made.splits.parts()
    ]
    assert 3 <= np.min(counts) < 9
    scores, learned, predictions = read(made.run(made.spec("svm", {}, ["log_loss"])))
    assert scores["status"] == "ok", scores["reason"]
    assert np.isfinite(learned["model.calibration_slope"]).all()
    assert (predictions["probabilities"].min() > 0) & (predictions["probabilities"].max() < 1)


def test_a_trial_says_which_class_has_too_few_rows_with_a_weight(tmp_path):
    made = bench(weighted(6), tmp_path, method="random")
    reason = read(made.run(made.spec("svm", {}, ["log_loss"])))[0]["reason"]
    name = made.table.classes[1]
    assert reason.startswith(f"fold 2: class '{name}' has 2 training rows")
    assert "with a weight above 0, and svm needs 3 for the probabilities that log_loss" in reason
    assert read(made.run(made.spec("decision_tree", {}, ["log_loss"])))[0]["status"] == "ok"
    lines = class_needs.find(made.table_paths, made.splits_path, ["log_loss"], MODELS)
    assert [line.split(":")[0] for line in lines] == [made.table.name]


def test_a_class_in_a_single_group_cannot_be_calibrated_and_is_named(tmp_path):
    data = bundled("binary", 90)
    group = np.where(data.y == 1, 0, 1 + np.arange(90) % 6)
    made = bench(replace(data, group=group.astype(np.int64)), tmp_path, method="stratified")
    reason = read(made.run(made.spec("svm", {}, ["log_loss"])))[0]["reason"]
    assert reason.startswith(f"fold 0: class '{data.classes[1]}' is in too few groups to calibrate")
    assert "\n" not in reason
