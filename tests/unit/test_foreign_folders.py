"""A model's folder that was made to harm is refused in one line, before anything is computed."""

import io
import json
import os
import shutil
import zipfile

import numpy as np
import pytest
from studies import bench, rich

from hypertrial import files, predictor, rebuilt
from hypertrial.errors import DataError
from hypertrial.records import PARAMETERS, SCORES

POINTS = {
    "decision_tree": {"max_depth": 4},
    "svm": {"C": 3.0, "imputation": "median"},
    "xgboost": {"n_estimators": 5, "max_cat_to_onehot": 1},
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A finished trial of each family."""
    root = tmp_path_factory.mktemp("models")
    made = bench(rich("multiclass"), root / "data", method="random")
    return {
        model: made.run(made.spec(model, point, ["log_loss"]), root)
        for model, point in POINTS.items()
    }


@pytest.fixture
def forge(folders, tmp_path):
    """Copy a trial's folder and change what is in it, with digests that are right again."""

    def make(model, arrays=None, scores=None):
        folder = tmp_path / "trial"
        shutil.copytree(folders[model], folder)
        content = files.load_npz(folder / PARAMETERS)
        changed = content if arrays is None else arrays(content) or content
        written = changed if isinstance(changed, bytes) else files.npz_bytes(changed)
        (folder / PARAMETERS).write_bytes(written)
        record = json.loads((folder / SCORES).read_bytes())
        del record["digest"]
        record["files"][PARAMETERS] = files.digest_bytes(written)
        if scores is not None:
            record = scores(record) or record
        (folder / SCORES).write_bytes(files.sealed_bytes(record))
        return folder

    return make


def put(name, at, value):
    def change(arrays):
        arrays[name] = arrays[name].copy()
        arrays[name][at] = value

    return change


def without(name):
    return lambda arrays: arrays.pop(name) is None


def cut(name):
    return lambda arrays: {**arrays, name: arrays[name][:-1]}


def cast(name, kind):
    return lambda arrays: {**arrays, name: arrays[name].astype(kind)}


def archive(name, content, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        made.writestr(name, content)
    return buffer.getvalue()


def header(shape, descr="<f8"):
    buffer = io.BytesIO()
    about = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, about)
    return buffer.getvalue()


def objects(_):
    buffer = io.BytesIO()
    np.save(buffer, np.array([print], dtype=object), allow_pickle=True)
    return archive("model.value.npy", buffer.getvalue())


def circle(arrays):
    """Lead the last inner node back to the root's left child."""
    left = arrays["model.left"].copy()
    left[np.flatnonzero(left >= 0)[-1]] = left[0]
    return {**arrays, "model.left": left}


ARRAYS = {
    "a circle": ("decision_tree", circle, "leads in a circle"),
    "a way to itself": ("decision_tree", put("model.right", 0, 0), "leads in a circle"),
    "a child beyond": ("decision_tree", put("model.left", 0, 10**6), "out of range"),
    "one child": ("decision_tree", put("model.left", 0, -1), "one child only"),
    "a feature beyond": ("decision_tree", put("model.feature", 0, 999), "beyond the"),
    "a negative feature": ("decision_tree", put("model.feature", 0, -3), "out of range"),
    "no leaf values": ("decision_tree", without("model.value"), "no array 'value'"),
    "a class too few": (
        "decision_tree",
        lambda arrays: {**arrays, "model.value": arrays["model.value"][:, :-1]},
        "array 'value' has the shape",
    ),
    "texts as thresholds": ("decision_tree", cast("model.threshold", str), "not a number"),
    "no nodes": (
        "decision_tree",
        lambda a: {n: v[:0] if n.startswith("model.") else v for n, v in a.items()},
        "no nodes",
    ),
    "an array more": (
        "decision_tree",
        lambda arrays: {**arrays, "model.other": np.zeros(3)},
        "'other' is none that this model learns",
    ),
    "no columns": ("decision_tree", without("columns"), "no array 'columns'"),
    "a column twice": ("decision_tree", put("columns", 0, "town"), "names of their own"),
    "another kind": ("decision_tree", put("kinds", 0, "text"), "kinds: must be of"),
    "no classes": (
        "decision_tree",
        lambda arrays: {**arrays, "classes": arrays["classes"][:0]},
        "does not suit the task",
    ),
    "a column's position beyond": (
        "decision_tree",
        put("preprocessing.category_columns", 0, 99),
        "out of range",
    ),
    "a negative position": (
        "decision_tree",
        put("preprocessing.category_columns", 0, -1),
        "out of range",
    ),
    "a scale too few": ("svm", cut("preprocessing.scales"), "'preprocessing.scales' has"),
    "no centers": ("svm", without("preprocessing.centers"), "is none that this model learns"),
    "vectors of other width": (
        "svm",
        lambda arrays: {**arrays, "model.support_vectors": arrays["model.support_vectors"][:, 1:]},
        "'support_vectors' has",
    ),
    "an intercept too few": ("svm", cut("model.intercepts"), "'intercepts' has the shape"),
    "counts that do not add up": (
        "svm",
        put("model.support_per_class", 0, 10**9),
        "does not add up",
    ),
    "half a calibration": ("svm", without("model.calibration_offset"), "'calibration_offset'"),
    "trees that overlap": ("xgboost", put("model.tree_start", 1, 0), "do not follow"),
    "a tree of no class": ("xgboost", put("model.tree_class", 0, 7), "out of range"),
    "a child in another tree": ("xgboost", put("model.left", 0, -1), "one child only"),
    "a category beyond": ("xgboost", put("model.set_code", 0, 2**31 - 1), "out of range"),
    "a set's node beyond": ("xgboost", put("model.set_node", -1, 2**30), "out of range"),
    "no margin": ("xgboost", without("model.base_margin"), "no array 'base_margin'"),
    "a header of 10^12 numbers": (
        "svm",
        lambda _: archive("model.value.npy", header((10**12,)) + b"x" * 64),
        "damaged",
    ),
    "an array without bytes": (
        "svm",
        lambda _: archive("a.npy", header((2**62,), "|V0") + b""),
        "no array",
    ),
    "a zip bomb": (
        "svm",
        lambda _: archive("model.value.npy", header((2**23,)) + bytes(2**26), zipfile.ZIP_DEFLATED),
        "damaged",
    ),
    "a pickle": ("svm", objects, "damaged"),
    "no archive": ("svm", lambda _: b"PK\x03\x04 and nothing", "damaged"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_parameters_that_no_fit_learns_are_refused(name, forge):
    model, change, said = ARRAYS[name]
    folder = forge(model, arrays=change)
    with pytest.raises(DataError) as caught:
        predictor.load(folder)
    message = str(caught.value)
    assert said in message
    assert str(folder / PARAMETERS) in message
    assert "\n" not in message


def entry(*keys, value):
    def change(record):
        place = record
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return change


NEEDED = "hyperparameters", "needed"
RECORDS = {
    "another model": ("svm", entry("model", value="os.system"), "unknown model"),
    "another task": ("svm", entry("task", value="clustering"), "task: must be one of"),
    "no needed": ("svm", entry(*NEEDED, value=[]), "needed: must be entries"),
    "a kernel that is none": ("svm", entry(*NEEDED, "kernel", value="x"), "kernel: must be"),
    "gamma as a word": ("svm", entry(*NEEDED, "gamma", value="scale"), "gamma: must be a number"),
    "gamma beyond": ("svm", entry(*NEEDED, "gamma", value=10**400), "gamma: must be"),
    "one more needed": ("svm", entry(*NEEDED, "C", value=1.0), "needed: must be gamma, kernel"),
    "missing is no list": ("svm", entry("missing", value="abc"), "missing: must be a list"),
    "no files": ("svm", entry("files", value=[]), "files, metrics"),
    "no record": ("svm", lambda _: {"status": "ok"}, "no entry 'model'"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_that_no_trial_writes_is_refused(name, forge):
    model, change, said = RECORDS[name]
    folder = forge(model, scores=change)
    with pytest.raises(DataError) as caught:
        predictor.load(folder)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"[" * 10**5, b"{}", b"[]", b'{"trial": 3}', b"\xff", b'{"trial": 1' + b"0" * 5000 + b"}"],
)
def test_a_winner_that_is_no_record_is_damaged(content, tmp_path):
    (tmp_path / "winner.json").write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        predictor.load(tmp_path)


@pytest.mark.parametrize("trial", ["/etc", "../../other", "..", ".", "a/b", "", "x\0y", "\x1b[2J"])
def test_a_winner_names_no_folder_but_one_of_its_own_trials(trial, tmp_path):
    (tmp_path / "winner.json").write_text(json.dumps({"trial": trial}))
    with pytest.raises(DataError, match=r"winner\.json: damaged"):
        predictor.load(tmp_path)


@pytest.mark.parametrize("name", [SCORES, PARAMETERS])
def test_a_pipe_or_folder_in_a_files_place_is_refused(name, forge):
    folder = forge("svm")
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(DataError, match="is not a file"):
        predictor.load(folder)
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(DataError, match=r"is a directory|is not a file"):
        predictor.load(folder)


def test_a_device_in_a_records_place_is_refused(forge):
    folder = forge("svm")
    (folder / SCORES).unlink()
    (folder / SCORES).symlink_to("/dev/zero")
    with pytest.raises(DataError, match="is not a file"):
        predictor.load(folder)


def test_a_record_of_any_size_is_not_read(forge):
    folder = forge("svm")
    with open(folder / SCORES, "wb") as stream:
        stream.truncate(2**40)
    with pytest.raises(DataError, match="is larger than"):
        predictor.load(folder)


def test_hyperparameters_that_are_not_legal_build_no_estimator(forge):
    change = entry("hyperparameters", "set", value={"n_estimators": 10**18})
    folder = forge("xgboost", scores=change)
    source = predictor.load(folder)
    (folder.parents[2] / "data").mkdir(exist_ok=True)
    with pytest.raises(DataError):
        rebuilt.fitted(folder, source.learned)
