"""The catalogue: each result is declared once, and whole."""

import inspect
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath

import pytest

from hypertrial import plan
from hypertrial.catalogue import groups, questions
from hypertrial.catalogue.entry import load_function
from hypertrial.catalogue.groups import ENTRIES, Group
from hypertrial.catalogue.place import Place
from hypertrial.config import load_study

CAPTIONS = Path(__file__).parents[2] / "workflow" / "report"
CONFIG = """
study: small
datasets: {iris: , diabetes: }
honesty: {outer_folds: 2, permuted: true}
"""


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    path = tmp_path_factory.mktemp("catalogue") / "my.yaml"
    path.write_text(CONFIG)
    return plan.make(load_study([path]))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.level}-{entry.name}")
def test_an_entry_gives_its_function_what_that_takes(planned, entry):
    group = Group(planned, entry.level, entry.stage)
    places = [place for place in group.places if entry.applies(place)]
    assert places
    for place in places:
        inspect.signature(load_function(entry.makes)).bind(**entry.arguments(place))
        assert all(path.startswith("results/small/") for path in entry.inputs(place))


@pytest.mark.parametrize(
    "entry",
    [entry for entry in ENTRIES if entry.is_plot],
    ids=lambda entry: f"{entry.level}-{entry.name}",
)
def test_a_plot_answers_a_question_and_is_told_in_words(entry):
    assert entry.question in questions.QUESTIONS
    assert callable(load_function(entry.alternative))
    assert (CAPTIONS / f"{entry.question.caption}.rst").is_file()


def test_no_file_is_made_twice_and_no_name_is_used_twice(planned):
    every = groups.all_files(planned)
    assert len(every) == len(set(every)) > 100
    names = Counter((entry.level, entry.stage, entry.name) for entry in ENTRIES)
    assert max(names.values()) == 1


def test_a_group_can_be_made_in_an_order_in_which_each_finds_its_sources(planned):
    for group in groups.groups(planned):
        for place in group.places:
            order = list(TopologicalSorter(group.needs(place)).static_order())
            assert sorted(order) == sorted(entry.name for entry in group.entries(place))
            assert not set(group.inputs(place)) & set(group.outputs(place))
    place = Place(planned, "iris", "svm")
    needs = Group(planned, "model", "tables").needs(place)
    ledger = {"winner_ledger", "permutation_importance", "learning_curve", "learned"}
    assert set(needs["winner_page"]) == ledger


def test_what_applies_is_made_and_nothing_else(planned):
    made = set(groups.all_files(planned))
    folder = "results/small"
    assert f"{folder}/iris/decision_tree/plots/tree.svg" in made
    assert f"{folder}/iris/svm/plots/tree.svg" not in made
    assert f"{folder}/iris/xgboost/rounds.csv" in made
    assert f"{folder}/iris/svm/rounds.csv" not in made
    assert f"{folder}/iris/plots/probabilities.png" in made
    assert f"{folder}/diabetes/plots/probabilities.png" not in made
    assert f"{folder}/ranks.csv" in made
    derived = {path for path in made if "." in PurePosixPath(path).parts[2] and "/svm/" in path}
    assert derived == {f"{folder}/{name}.permuted/svm/chance.json" for name in ("iris", "diabetes")}


def test_the_kinds_of_a_group_are_all_its_places_once(planned):
    for group in groups.groups(planned):
        kinds = group.kinds("rule")
        assert len({kind.name for kind in kinds}) == len(kinds)
        for kind in kinds:
            product = {(d, m) for d in kind.datasets for m in kind.models}
            assert product == {(place.dataset, place.model) for place in kind.places}
            for place in kind.places:
                outputs = [f"{place.folder}/{name}" for name in kind.names]
                assert outputs == group.outputs(place)
        assert sum(len(kind.places) for kind in kinds) == len(group.places)


def test_a_group_depends_on_the_code_of_its_own_entries_alone(planned):
    of_svm = Group(planned, "model", "tables").entries(Place(planned, "iris", "svm"))
    modules = {name for entry in of_svm for name in entry.code(Place(planned, "iris", "svm"))}
    assert "models.svm" in modules
    assert not [name for name in modules if "xgboost" in name or name.startswith("plots")]


def test_a_plot_is_found_by_its_path():
    for path, name in (
        ("plots/comparison.svg", "comparison"),
        ("iris/plots/tuning.svg", "tuning"),
        ("iris/data/splits.svg", "splits"),
        ("iris/svm/plots/held_out.svg", "winner_on_held_out"),
    ):
        entry = groups.plot_of(PurePosixPath(path))
        assert entry is not None
        assert entry.name == name
    assert groups.plot_of(PurePosixPath("iris/svm/plots/tuning.svg")) is None
