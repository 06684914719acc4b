"""A result is made again when the code that makes it changes, and only then."""

from pathlib import Path

import pytest

from hypertrial import code
from hypertrial.models import family_names


def names_of(*modules):
    """Return files by their place in the package, also those of a family that is elsewhere."""
    paths = map(Path, code.files_of(*modules))
    inside = [path.relative_to(code.PACKAGE) for path in paths if path.is_relative_to(code.PACKAGE)]
    outside = set(map(Path, code.files_of(*modules))) - {code.PACKAGE / path for path in inside}
    found = [*inside, *(Path("models", *path.parts[-2:]) for path in outside)]
    return {str(path.with_suffix("")) for path in found}


@pytest.mark.parametrize("model", family_names())
def test_a_trial_depends_on_its_own_family_and_on_what_a_trial_needs(model):
    files = names_of("trial", f"models.{model}")
    needed = {"trial", "records", "metrics", "prediction", "families", "files", "data/table"}
    needed |= {"preprocessing/preprocessing", "preprocessing/replaying", "splitting/splits"}
    own = {f"models/{model}/{part}" for part in ("declaration", "fitting", "replay")}
    assert needed | own <= files
    assert not files & {f"models/{model}/{part}" for part in ("explanation", "onnx")}
    folders = {name.split("/")[1] for name in files if name.startswith("models/")}
    assert folders == {model, "__init__"}
    later = {"config", "plan", "space", "collect", "compare", "summary", "pool", "worker"}
    later |= {"data/datasets", "splitting/making", "predictor", "ledger/ledger"}
    assert not files & later
    assert not [name for name in files if name.startswith("plots")]


def test_a_data_set_does_not_depend_on_trials():
    found = names_of("data.datasets")
    assert found >= {"data/datasets", "data/csv_source", "data/table", "files"}
    assert not found & {"trial", "splitting/splits", "records", "config"}


def test_plots_depend_on_the_helpers_of_plots():
    found = names_of("plots.curves")
    assert {"plots/curves", "plots/style", "collect"} <= found
    assert "trial" not in found


def test_an_unknown_module_is_an_error():
    with pytest.raises(ModuleNotFoundError, match=r"hypertrial\.trail"):
        code.files_of("trail")


def test_a_digest_is_of_the_content_of_the_files():
    assert code.digest("seeds") == code.digest("seeds")
    assert code.digest("seeds") != code.digest("files")
    assert code.digest("trial", "models.svm") != code.digest("trial", "models.xgboost")
    assert len(code.digest("seeds")) == 64
