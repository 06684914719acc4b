"""An ONNX model takes raw columns and predicts what the trial's estimator predicts, or is none."""

import json
from dataclasses import replace

import numpy as np
import pytest
from finished import export, study, tool
from studies import bench, bundled, estimator, mixed, response, rich
from test_predictor import frame_of

from hypertrial import collect
from hypertrial.errors import HypertrialError
from hypertrial.exports import extras, onnx_model
from hypertrial.exports.extras import NotExportableError

onnx, onnxruntime = tool("onnx"), tool("onnxruntime")

POINTS = {
    "tree": ("decision_tree", {"max_depth": 6, "encoding": "ordinal"}),
    "tree of one leaf": ("decision_tree", {"ccp_alpha": 1e9}),
    "tree of one-hot features": (
        "decision_tree",
        {"encoding": "one_hot", "max_categories": 5, "imputation": "none"},
    ),
    "linear machine": ("svm", {"kernel": "linear", "C": 0.1, "max_categories": 4}),
    "poly machine": ("svm", {"kernel": "poly", "degree": 2, "coef0": 1.0, "scaling": "min_max"}),
    "rbf machine": (
        "svm",
        {"C": 3.0, "imputation": "mean", "missing_indicator": True, "scaling": "robust"},
    ),
    "sigmoid machine": ("svm", {"kernel": "sigmoid", "gamma": 0.01}),
    "boosting": ("xgboost", {"n_estimators": 30, "encoding": "one_hot"}),
    "boosting of codes": ("xgboost", {"n_estimators": 30, "encoding": "ordinal"}),
    "boosting of leaves": ("xgboost", {"n_estimators": 5, "gamma": 1e9, "encoding": "ordinal"}),
}
METRICS = {"binary": ["log_loss"], "multiclass": ["log_loss"], "regression": ["rmse"]}


def properties(content):
    """Return the metadata of a model, as any reader of ONNX finds it."""
    model = onnx.load_from_string(content)
    return {each.key: each.value for each in model.metadata_props}


def outputs(content, data):
    """Feed raw columns to a model by what its metadata says; return its outputs by name."""
    about, frame = properties(content), frame_of(data)
    numbers, texts = (json.loads(about[name]) for name in ("numbers", "texts"))
    feeds = {}
    if numbers:
        feeds["numbers"] = frame[numbers].to_numpy(float)
    if texts:
        feeds["texts"] = frame[texts].astype(object).where(frame[texts].notna(), "").to_numpy()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def trained(data, model, point, folder, metrics=None):
    """Run a trial where a study has it; return its folder, and its estimator's own response."""
    made = bench(data, folder / "data", method="random")
    spec = made.spec(model, point, metrics or METRICS[data.task])
    trial = made.run(spec, folder)
    fitted, X = estimator(made, spec)
    return trial, response(made, spec, fitted, X)


@pytest.mark.parametrize("task", METRICS)
@pytest.mark.parametrize("name", POINTS)
def test_raw_columns_get_the_estimators_predictions(name, task, tmp_path):
    data = rich(task)
    folder, own = trained(data, *POINTS[name], tmp_path)
    given = outputs(onnx_model.convert(folder), data)
    single = POINTS[name][0] == "xgboost"
    if task == "regression":
        scale = np.abs(own.labels).max()
        error = np.abs(given["value"][:, 0] - own.labels).max() / scale
    else:
        assert given["label"].tolist() == np.array(data.classes)[own.labels].tolist()
        assert given["probabilities"].shape == (len(data.y), len(data.classes))
        error = np.abs(given["probabilities"] - own.probabilities).max()
    assert error <= (1e-6 if single else 1e-12)
    if POINTS[name][0] == "decision_tree":
        assert error == 0


def test_a_tree_sends_values_beside_its_thresholds_where_scikit_learn_does(tmp_path):
    data = bundled("regression", 200)
    folder, _ = trained(data, "decision_tree", {}, tmp_path)
    content = onnx_model.convert(folder)
    made = bench(data, tmp_path / "again", method="random")
    fitted, _ = estimator(made, made.spec("decision_tree", {}))
    tree = fitted.tree_
    inner = np.flatnonzero(tree.children_left >= 0)
    X = data.X[np.zeros(3 * len(inner), dtype=int)].copy()
    for place, node in enumerate(np.repeat(inner, 3)):
        middle = np.float32(tree.threshold[node])
        near = (np.nextafter(middle, -np.inf), middle, np.nextafter(middle, np.inf))
        X[place, tree.feature[node]] = near[place % 3]
    beside = replace(data, X=X, y=np.zeros(len(X)))
    np.testing.assert_array_equal(outputs(content, beside)["value"][:, 0], fitted.predict(X))


def test_a_logarithmic_objective_predicts_what_it_means(tmp_path):
    data = bundled("regression")
    folder, own = trained(data, "xgboost", {"n_estimators": 9, "objective": "reg:gamma"}, tmp_path)
    given = outputs(onnx_model.convert(folder), data)["value"][:, 0]
    np.testing.assert_allclose(given, own.labels, rtol=1e-6)


@pytest.mark.parametrize("name", ["standard", "log"])
@pytest.mark.parametrize(
    ("model", "point"),
    [("decision_tree", {"max_depth": 5}), ("svm", {}), ("xgboost", {"n_estimators": 9})],
)
def test_answers_are_turned_back_from_a_transformed_target(model, point, name, tmp_path):
    data = bundled("regression")
    folder, own = trained(data, model, {**point, "target_transform": name}, tmp_path)
    given = outputs(onnx_model.convert(folder), data)["value"][:, 0]
    np.testing.assert_allclose(given, own.labels, rtol=1e-6)


def test_a_machine_without_calibration_gives_labels_alone(tmp_path):
    data = mixed("multiclass")
    folder, own = trained(data, "svm", {"C": 2.0}, tmp_path, ["accuracy"])
    given = outputs(onnx_model.convert(folder), data)
    assert list(given) == ["label"]
    assert given["label"].tolist() == np.array(data.classes)[own.labels].tolist()


def test_odd_names_stay_texts(tmp_path):
    data = mixed("binary")
    odd = ("a/b\n$x$", "", "Ω <b>", "{}")
    columns = tuple(replace(each, name=name) for each, name in zip(data.columns, odd, strict=True))
    data = replace(data, columns=columns, classes=('"no"', "yes\\n"))
    folder, own = trained(data, "decision_tree", {"max_depth": 3}, tmp_path)
    content = onnx_model.convert(folder)
    about = properties(content)
    assert json.loads(about["numbers"]) == [odd[0], odd[2]]
    assert json.loads(about["texts"]) == [odd[1], odd[3]]
    assert json.loads(about["classes"]) == list(data.classes)
    labels = outputs(content, data)["label"].tolist()
    assert labels == np.array(data.classes)[own.labels].tolist()


def test_what_has_no_conversion_is_refused(tmp_path):
    cases = {
        "sets of categories": (rich("binary"), "xgboost", {"n_estimators": 30}),
        "scaling: quantile": (bundled("binary"), "svm", {"scaling": "quantile"}),
        "target_transform: quantile": (
            bundled("regression"),
            "svm",
            {"target_transform": "quantile"},
        ),
    }
    for i, (reason, case) in enumerate(cases.items()):
        folder, _ = trained(*case, tmp_path / str(i))
        with pytest.raises(NotExportableError, match=reason):
            onnx_model.convert(folder)
    data = mixed("binary")
    data = replace(
        data,
        columns=(
            data.columns[0],
            replace(data.columns[1], categories=("", "b", "c")),
            *data.columns[2:],
        ),
    )
    folder, _ = trained(data, "svm", {}, tmp_path / "empty")
    with pytest.raises(NotExportableError, match="empty text"):
        onnx_model.convert(folder)


def test_a_model_that_predicts_otherwise_is_refused(tmp_path):
    """Far from zero squared distances from norms cancel, which the trial corrects and ONNX not."""
    data = bundled("regression")
    far = replace(data, X=np.round(data.X * 100) + 1e7 * (np.arange(len(data.y)) % 2)[:, None])
    point = {"scaling": "none", "gamma": 0.001, "C": 1000.0}
    folder, _ = trained(far, "svm", point, tmp_path)
    with pytest.raises(NotExportableError, match=r"differs from the trial by .* on held-out rows"):
        onnx_model.convert(folder)


def test_a_missing_package_is_told_in_one_line():
    with pytest.raises(HypertrialError, match=r"needs no-such-thing.*make export-tools") as told:
        extras.load("no_such_thing", "no-such-thing")
    assert "\n" not in str(told.value)


def test_the_command_writes_winners_and_names_what_it_cannot(tmp_path):
    models = {"decision_tree": [{"max_depth": 3}], "xgboost": [{"n_estimators": 40}]}
    folder, made = study(tmp_path, rich("multiclass"), models, method="random")
    paths = {model: folder / "exports" / "mixed" / model / "winner.onnx" for model in models}
    paths["xgboost"].parent.mkdir(parents=True)
    paths["xgboost"].write_bytes(b"of an earlier study")
    error = export("onnx", folder, "--overwrite", fails=True)
    assert error.startswith(f"{paths['xgboost']}: not written: encoding: native")
    assert error.count("\n") == 1
    assert not paths["xgboost"].exists()
    content = paths["decision_tree"].read_bytes()
    told = collect.read_table(folder / "mixed" / "decision_tree" / "held_out_predictions.csv")
    given = outputs(content, made.table.rows(made.splits.held_out))
    assert given["label"].tolist() == told["predicted"].tolist()
    winner = json.loads((folder / "mixed" / "decision_tree" / "winner.json").read_text())
    about = properties(content)
    assert about["trial"] == winner["trial"]
    assert (about["checked_rows"], about["largest_difference"]) == (str(len(told)), "0.0")
