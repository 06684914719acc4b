"""What every family keeps to, also one that is registered by its path."""

import os
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from studies import bench, bundled, rich

from hypertrial import models, pool
from hypertrial.errors import ConfigError
from hypertrial.families import TASKS
from hypertrial.models import built_in, family_names, get_family
from hypertrial.space import mistakes

ROOT = Path(__file__).parents[2]
OWN = "nearest_neighbours"


def test_a_family_of_the_tests_stands_beside_those_that_are_built_in():
    assert set(family_names()) == {*built_in(), OWN}
    assert models.folder_of(OWN) == ROOT / "tests" / "families" / OWN
    assert get_family(OWN).name == OWN


@pytest.mark.parametrize("model", family_names())
def test_a_folder_says_its_own_name_and_what_is_optional_may_be_missing(model):
    family, folder = get_family(model), models.folder_of(model)
    assert folder.name == family.name
    for name in ("declaration", "fitting", "replay"):
        assert models.part(model, name) is not None
    for name in ("explanation", "onnx", "nothing"):
        assert (models.part(model, name) is None) == (not (folder / f"{name}.py").exists())


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", family_names())
def test_examples_are_legal_and_the_first_fits_every_task(model, task):
    family = get_family(model)
    points = family.points(task)
    assert points[0] == family.examples[0]
    for point in points:
        grid = {name: [value] for name, value in point.items()}
        assert list(mistakes(family, task, "grid", (grid,))) == []


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", family_names())
def test_every_example_replays_and_says_what_is_not_heeded(model, task, tmp_path):
    family, made = get_family(model), bench(rich(task), tmp_path, method="random")
    for point in family.points(task):
        scores, _, _ = made.result(model, point)
        assert (scores["status"], scores["reason"]) == ("ok", None), point
        assert scores["replay"]["labels_differ"] == 0
        said = f"{model} does not heed the rows' weights in its fits"
        assert (said in scores["warnings"]) == (not family.heeds_weights)


@pytest.mark.parametrize("model", family_names())
def test_a_fit_heeds_weights_where_its_family_says_so(model, tmp_path):
    family, data = get_family(model), rich("regression")
    made = bench(data, tmp_path / "a", method="random")
    plain = bench(replace(data, weight=None), tmp_path / "b", method="random")
    point = {**family.examples[0], "target_transform": "none"}
    one, other = (each.result(model, point)[1] for each in (made, plain))
    same = one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)
    assert same == (not family.heeds_weights)


def test_names_that_other_tools_have_are_of_one_family_each():
    names = [name for model in family_names() for name in get_family(model).known_as]
    assert len(names) == len(set(names))
    assert all(name.isalpha() and name.islower() for name in names)


@pytest.mark.parametrize("model", family_names())
def test_the_libraries_of_a_family_are_installed_packages(model):
    for name in get_family(model).libraries:
        assert any(each in {name, f"{name}-cpu"} for each in _installed())


def _installed():
    return {each.metadata["Name"].lower() for each in metadata.distributions()}


def run(code, **variables):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow" / "scripts"), **variables}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


def test_workers_load_the_libraries_of_the_families_that_are_asked_for():
    code = (
        "from hypertrial.pool import POOL; POOL.preload(['decision_tree', 'nearest_neighbours']); "
        "loaded = POOL.call(1, 'worker.loaded'); "
        "print([n in loaded for n in ('sklearn.tree', 'sklearn.neighbors', 'xgboost')])"
    )
    done = run(code)
    assert done.stdout == "[True, True, False]\n", done.stderr
    assert pool.PRELOADED[0] == "hypertrial.worker"


def test_other_processes_know_a_registered_family_by_the_environment():
    code = "from hypertrial.models import family_names; print(*family_names())"
    assert OWN in run(code).stdout.split()
    assert run(code, **{models.REGISTERED: ""}).stdout.split() == list(built_in())


@pytest.mark.parametrize("name", ["svm", "two words", OWN])
def test_a_name_is_of_one_family(name, tmp_path):
    (tmp_path / name).mkdir()
    (tmp_path / name / "declaration.py").touch()
    with pytest.raises(ConfigError, match="another family's name, or can be none's"):
        models.register(tmp_path / name)


def test_a_folder_without_a_declaration_is_no_family(tmp_path):
    with pytest.raises(ConfigError, match=r"has no declaration\.py"):
        models.register(tmp_path)
    assert models.register(models.folder_of(OWN)) == OWN


@pytest.mark.parametrize("k", [1, 2, 5, 12])
@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_equally_near_rows_are_chosen_among_as_scikit_learn_does(metric, k, tmp_path):
    data = bundled("multiclass", 150)
    coarse = replace(data, X=np.round(data.X))
    point = {"n_neighbors": k, "metric": metric, "scaling": "none"}
    scores, _, _ = bench(coarse, tmp_path).result(OWN, point)
    assert (scores["status"], scores["reason"]) == ("ok", None)
    assert scores["replay"]["raw_difference"] == 0


def test_a_config_may_call_it_as_other_tools_do_and_is_told_its_name(tmp_path):
    from hypertrial.config import load_study

    (tmp_path / "my.yaml").write_text("datasets: {iris: }\nmodels: {KNN: {grid: {}}}\n")
    with pytest.raises(ConfigError, match=f"models.KNN: is called {OWN} here"):
        load_study([tmp_path / "my.yaml"])
