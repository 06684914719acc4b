"""The forecast: its probes on real data, and to the digit what is computed from them."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from studies import bench, bundled, mixed, rich

from hypertrial import forecast, forecast_probes, forecast_report, setting
from hypertrial.data.table import Column, Table
from hypertrial.forecast import sets_of
from hypertrial.forecast_growth import grown, interpolated
from hypertrial.forecast_probes import Member, Probe, whole_set
from hypertrial.forecast_report import duration, summarise, wall_seconds, warning
from hypertrial.models import get_family
from hypertrial.models.svm import kernel_matrix
from hypertrial.splitting.splits import Splits

SEARCHES = {
    "decision_tree": [{}, {"max_depth": 2}, {"max_depth": 2, "ccp_alpha": 0.01}],
    "svm": [{}, {"C": 10.0}, {"kernel": "linear"}, {"kernel": "linear", "C": 3.0}],
    "xgboost": [{"n_estimators": n, "max_depth": d} for n in (2, 4) for d in (2, 3)],
}
SETS = {"decision_tree": 2, "svm": 2, "xgboost": 2}


def written(made, model, hyperparameters, **changes):
    """Write the forecast of a search; return it and the warning."""
    path = made.folder / "forecast.json"
    spec = made.spec(model, **changes).to_json()
    told = forecast.write(spec, hyperparameters, made.table_paths, made.splits_path, str(path))
    return json.loads(path.read_bytes()), told


def prober_of(made, model, hyperparameters):
    """Return what probes a search."""
    own = setting.load(made.spec(model), made.table_paths, made.splits_path)
    return forecast.Prober(own, sets_of(own, hyperparameters))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("model", SEARCHES)
def test_a_forecast_tells_trials_sets_rows_and_seconds(model, task, tmp_path):
    searched = SEARCHES[model]
    if task == "regression":
        searched = [
            {name: v for name, v in each.items() if name != "ccp_alpha"} for each in searched
        ]
        searched = [each for i, each in enumerate(searched) if each not in searched[:i]]
    made = bench(bundled(task), tmp_path)
    told, warned = written(made, model, searched)
    assert (told["study"], told["dataset"], told["model"]) == ("test", made.table.name, model)
    assert (told["trials"], told["sets"]) == (len(searched), SETS[model])
    assert (told["rows"], told["folds"]) == (90, 3)
    assert told["features"] == len(made.table.columns)
    assert 0 < told["longest_set_cpu_seconds"] < told["cpu_seconds"]
    assert told["cpu_seconds_range"] is None
    assert told["probes_cpu_seconds"] > sum(each["cpu_seconds"] for each in told["probes"]) > 0
    assert [each["failure"] for each in told["probes"]] == [None] * len(told["probes"])
    assert all(each in searched for probe in told["probes"] for each in probe["hyperparameters"])
    assert warned is None


@pytest.mark.parametrize("model", SEARCHES)
def test_searches_of_any_columns_roles_and_preprocessing_can_be_probed(model, tmp_path):
    made = bench(rich("multiclass"), tmp_path, method="stratified_group")
    searched = [{}, {"scaling": "robust"}, {"scaling": "quantile", "imputation": "mean"}]
    told, _ = written(made, model, searched, metrics=["log_loss", "f1"])
    assert told["sets"] == 3
    assert not any(each["failure"] for each in told["probes"])


def test_probes_stop_when_they_have_taken_their_share(tmp_path, monkeypatch):
    made = bench(bundled("binary", 400), tmp_path)
    monkeypatch.setattr(forecast, "LEAST_PROBE_SECONDS", 0.0)
    monkeypatch.setattr(forecast, "PROBE_SHARE", 0.0)
    told, _ = written(made, "decision_tree", SEARCHES["decision_tree"])
    assert [each["rows"] for each in told["probes"]] == [forecast.FIRST_ROWS]
    assert told["cpu_seconds"] > 0


def test_with_time_left_all_rows_are_probed_and_several_sets(tmp_path, monkeypatch):
    made = bench(bundled("binary", 400), tmp_path)
    monkeypatch.setattr(forecast, "LEAST_PROBE_SECONDS", forecast.MOST_PROBE_SECONDS)
    told, _ = written(made, "decision_tree", [{"max_depth": depth} for depth in (1, 2, 3, 4, 5)])
    rows = max(np.count_nonzero(part == 1) for part in made.splits.part)
    probed = [(each["hyperparameters"][0]["max_depth"], each["rows"]) for each in told["probes"]]
    first = forecast.FIRST_ROWS
    assert probed == [(3, first), (3, rows), (5, first), (1, first), (5, rows), (1, rows)]


def test_a_set_of_too_much_work_to_be_probed_is_told_by_its_lightest_trial(tmp_path, monkeypatch):
    made = bench(bundled("binary"), tmp_path)
    searched = [{"n_estimators": 1}, {"n_estimators": 10**9}]
    told, warned = written(made, "xgboost", searched)
    assert [each["hyperparameters"] for each in told["probes"]] == [searched[:1]]
    assert told["cpu_seconds"] > forecast_report.LONG_SECONDS
    assert "use fewer trials" in warned


def test_a_probe_that_fails_is_told(tmp_path):
    made = bench(mixed("regression"), tmp_path)
    told, _ = written(made, "decision_tree", [{"criterion": "poisson"}])
    assert "negative" in told["probes"][0]["failure"]
    assert "1 of its probes failed, so its forecast may be far off: " in summarise([told], 1)[-1]


@pytest.mark.parametrize("most", [40, 70])
def test_a_search_beyond_the_kernel_matrix_is_probed_without_it(most, tmp_path, monkeypatch):
    made = bench(bundled("binary"), tmp_path)
    computed, bound = [], kernel_matrix.MOST_ROWS
    whole = kernel_matrix.symmetric
    monkeypatch.setattr(kernel_matrix, "symmetric", lambda *a: computed.append(1) or whole(*a))
    prober = prober_of(made, "svm", SEARCHES["svm"])
    prober.growth = replace(prober.growth, most_shared=most)
    assert prober.fold_rows == [48, 48, 48]
    prober.run()
    assert not [each.failure for each in prober.probes if each.failure]
    assert bool(computed) == (most == 70)
    assert bound == kernel_matrix.MOST_ROWS


def test_the_growth_of_support_vector_machines_knows_the_bound_of_their_matrix():
    assert get_family("svm").growth.most_shared == kernel_matrix.MOST_ROWS


def test_far_beyond_the_probed_rows_long_searches_have_a_range(tmp_path, monkeypatch):
    made = bench(bundled("binary", 300), tmp_path)
    monkeypatch.setattr(forecast, "LEAST_UNCERTAIN", 0.0)
    monkeypatch.setattr(forecast, "LEAST_PROBE_SECONDS", 0.0)
    monkeypatch.setattr(forecast, "PROBE_SHARE", 0.0)
    monkeypatch.setattr(forecast, "FIRST_ROWS", 50)
    told, _ = written(made, "svm", SEARCHES["svm"])
    low, high = told["cpu_seconds_range"]
    assert low <= told["cpu_seconds"] < high
    told, _ = written(made, "xgboost", SEARCHES["xgboost"])
    assert told["cpu_seconds_range"] is None


def test_a_sample_has_rows_of_every_class_and_of_its_split_only(tmp_path):
    y = np.zeros(1000, dtype=np.int64)
    y[[3, 400, 401, 402, 403, 404, 405, 406, 999]] = 1
    columns = (Column("x", "numeric"),)
    data = Table("rare", "binary", "y", columns, ("no", "yes"), np.arange(1000.0)[:, None], y)
    training, validation = np.arange(0, 900), np.arange(900, 1000)
    sample = forecast_probes.draw(data, (training, validation), 100)
    drawn = sample.table.X[:, 0].astype(int)
    assert 100 <= sample.rows <= 106
    assert set(drawn[sample.training]) <= set(training)
    assert set(drawn[sample.validation]) <= set(validation)
    assert len(sample.validation) in (11, 12, 13)
    assert (sample.table.y[sample.training] == 1).sum() >= forecast_probes.LEAST_OF_A_CLASS
    assert 999 in drawn[sample.validation]
    whole = forecast_probes.draw(data, (training, validation), 900)
    np.testing.assert_array_equal(whole.table.X[:, 0], np.arange(1000))


def test_sets_share_work_and_are_ordered_by_it(tmp_path):
    made = bench(bundled("binary"), tmp_path)
    found = prober_of(made, "xgboost", SEARCHES["xgboost"]).sets
    assert [[each.chosen["n_estimators"] for each in members] for members in found] == [[2, 4]] * 2
    assert [members[0].chosen["max_depth"] for members in found] == [2, 3]
    assert len(prober_of(made, "decision_tree", [{}, {"scaling": "robust"}]).sets) == 2


GROWN = {
    "one point": ([(100, 2.0)], 300, (1.0, 1.2), 6.0),
    "one point, quadratic at least": ([(100, 2.0)], 300, (2.0, 3.0), 18.0),
    "the same rows": ([(50, 1.0), (100, 7.0)], 100, (1.0, 1.2), 7.0),
    "a power between the bounds": ([(100, 1.0), (200, 2.0**2.5)], 400, (2.0, 3.0), 2.0**5),
    "a power above the bounds": ([(100, 1.0), (200, 8.0)], 400, (1.0, 2.0), 32.0),
    "a constant part": ([(100, 3.0), (200, 4.0)], 1000, (1.0, 1.2), 12.0),
    "a constant part beside a square": ([(100, 3.0), (200, 6.0)], 400, (2.0, 3.0), 18.0),
    "noise": ([(100, 3.0), (200, 2.0)], 1000, (1.0, 1.2), 2.0),
    "fewer rows": ([(100, 3.0), (200, 4.0)], 150, (1.0, 1.2), 3.5),
    "only the last two count": ([(10, 9.0), (100, 1.0), (200, 2.0)], 400, (1.0, 1.2), 4.0),
    "nothing": ([(100, 0.0), (200, 0.0)], 400, (1.0, 1.2), 0.0),
}


@pytest.mark.parametrize("case", GROWN)
def test_time_grows_with_the_rows_by(case):
    points, rows, powers, expected = GROWN[case]
    assert grown(points, rows, powers) == pytest.approx(expected, rel=1e-9)


def test_time_lies_on_lines_between_the_probes_and_is_proportional_beyond():
    points = [(4.0, 6.0), (2.0, 2.0), (4.0, 8.0)]
    assert interpolated(points, [1.0, 2.0, 3.0, 4.0, 8.0]) == pytest.approx([1, 2, 4.5, 7, 14])
    assert interpolated([(2.0, 5.0)], [1.0, 2.0, 6.0]) == pytest.approx([2.5, 5.0, 15.0])
    assert interpolated([(0.0, 5.0)], [0.0]) == [5.0]


def test_what_trials_share_counts_once_and_the_rest_for_each():
    assert whole_set(8.0, 6.0, 12, 3) == pytest.approx(6.0 + 12 / 3 * 2.0)
    assert whole_set(8.0, 0.0, 4, 2) == pytest.approx(16.0)
    assert whole_set(7.0, 6.0, 1, 1) == 7.0


def prober_with(family, fold_rows, refit_rows, sets, probes):
    """Return what has probed some sets of a family's trials on some rows."""
    part = np.zeros((len(fold_rows), refit_rows), dtype=np.int8)
    for own, rows in zip(part, fold_rows, strict=True):
        own[:rows] = 1
    splits = Splits(part, np.zeros(refit_rows, dtype=bool))
    own = SimpleNamespace(
        family=get_family(family), splits=splits, spec=SimpleNamespace(task="binary")
    )
    prober = forecast.Prober(own, sets)
    prober.probes = probes
    return prober


def test_all_folds_and_the_refit_are_counted():
    sets = [[Member({}, {}, 1.0)], [Member({}, {}, 3.0)]]
    probed = Probe(sets[0], sets[0], 100, 1.0, 1.0)
    prober = prober_with("xgboost", [100, 200], 300, sets, [probed])
    light = (1 + 2) + 3 * forecast.REFIT_FOLDS
    assert prober.seconds() == pytest.approx([light, 3 * light])


def machines(*folds, rows=1000):
    """Return a prober of two kernels: of each a fold's seconds on 100 and 400 of the rows."""
    sets = [[Member({}, {"kernel": kernel}, 2.0)] for kernel in ("linear", "rbf")]
    probes = [
        Probe(members, members, size, seconds, seconds)
        for members, own in zip(sets, folds, strict=True)
        for size, seconds in zip((100, 400), own, strict=True)
    ]
    return prober_with("svm", [rows], rows, sets, probes)


IN_ALL = 1 + forecast.REFIT_FOLDS
"""How many folds of them the fold and the refit of these machines take."""


def test_time_of_a_kernel_grows_by_its_own_power_and_not_by_anothers():
    prober = machines((1.0, 4.0**2), (1.0, 4.0**2.6))
    assert prober.seconds() == pytest.approx([IN_ALL * 10.0**2, IN_ALL * 10.0**2.6])
    del prober.probes[2]  # one sample tells no power
    assert prober.seconds()[1] == pytest.approx(IN_ALL * 4.0**2.6 * 2.5**2)


def test_the_range_holds_powers_beside_the_one_that_was_seen_within_the_bounds():
    prober = machines((1.0, 4.0**2), (1.0, 4.0**2.8))
    low, high = prober.seconds(-0.5), prober.seconds(0.5)
    assert low == pytest.approx([IN_ALL * 4.0**2 * 2.5**1.5, IN_ALL * 4.0**2.8 * 2.5**2.3])
    assert high == pytest.approx([IN_ALL * 4.0**2 * 2.5**2.5, IN_ALL * 4.0**2.8 * 2.5**3.0])
    assert prober.limits(1000.0) is not None
    assert prober.limits(1.0) is None
    assert machines((1.0, 4.0**2), (1.0, 4.0**2.8), rows=400).limits(1000.0) is None


def test_every_kernel_is_probed_on_samples_that_grow(tmp_path, monkeypatch):
    made = bench(bundled("binary", 400), tmp_path)
    monkeypatch.setattr(forecast, "LEAST_PROBE_SECONDS", 1000.0)
    monkeypatch.setattr(forecast, "MOST_PROBE_SECONDS", 1000.0)
    kernels = ("linear", "rbf", "poly")
    searched = [{"kernel": kernel, "C": C} for kernel in kernels for C in (0.1, 1.0)]
    told, _ = written(made, "svm", searched)
    assert told["sets"] == 3
    found = {kernel: set() for kernel in kernels}
    for probe in told["probes"]:
        found[probe["hyperparameters"][-1]["kernel"]].add(probe["rows"])
    assert set(map(len, found.values())) == {2}


DURATIONS = {
    0.0: "0 s",
    0.0042: "0.0042 s",
    0.4567: "0.46 s",
    3.14: "3.1 s",
    42.4: "42 s",
    99.4: "99 s",
    99.6: "1 min 40 s",
    200: "3 min 20 s",
    203: "3 min 20 s",
    599: "10 min",
    750: "12 min",
    5_950: "99 min",
    5_990: "1 h 40 min",
    12_000: "3 h 20 min",
    35_990: "10 h",
    111_600: "31 h",
    200_000: "2.3 days",
    3_000_000: "35 days",
    1e9: "32 years",
}


@pytest.mark.parametrize("seconds", DURATIONS)
def test_durations_are_in_words_of_about_two_digits(seconds):
    assert duration(seconds) == DURATIONS[seconds]


def told(model="svm", seconds=100.0, longest=10.0, limits=None, trials=61, **others):
    return {
        "dataset": "big",
        "model": model,
        "trials": trials,
        "sets": 12,
        "rows": 160_000,
        "cpu_seconds": seconds,
        "cpu_seconds_range": limits,
        "longest_set_cpu_seconds": longest,
        "probes_cpu_seconds": 1.0,
        "probes": [],
        **others,
    }


def test_a_search_of_more_than_an_hour_is_warned_of_in_one_line():
    assert warning(told(seconds=3600.0)) is None
    assert warning(told(seconds=31 * 3600.0)) == (
        "big/svm: about 31 h of CPU for 61 trials on 160000 rows; "
        "use fewer trials or fewer rows, or another model"
    )
    assert warning(told(seconds=31 * 3600.0, limits=[20 * 3600.0, 40 * 86400.0])) == (
        "big/svm: about 31 h of CPU for 61 trials on 160000 rows (20 h to 40 days, as it is not "
        "known how fast time grows with the rows); use fewer trials or fewer rows, or another model"
    )


def test_wall_time_is_that_of_the_longest_set_or_the_share_of_the_cores():
    two = [told(), told("xgboost", 60.0, 50.0, trials=39)]
    started = forecast_report.START_SECONDS + 100 * 0.01
    assert wall_seconds(two, 2, 0.01) == pytest.approx((started + 80, started + 80))
    assert wall_seconds(two, 8, 0.01) == pytest.approx((started + 50, started + 50))
    two[0]["cpu_seconds_range"] = [50.0, 1000.0]
    assert wall_seconds(two, 2, 0.01) == pytest.approx((started + 55, started + 530))
    assert wall_seconds(two, 16, 0.01) == pytest.approx((started + 50, started + 100))


def test_the_plan_is_a_table_and_the_wall_time():
    lines = summarise([told(limits=[90.0, 400.0]), told("xgboost", 60.0, 50.0)], 2)
    assert lines == [
        "data set  model    trials  sets  CPU time",
        "big       svm          61    12  90 s to 6 min 40 s",
        "big       xgboost      61    12  60 s",
        "all                   122    24  2 min 30 s to 7 min 40 s",
        "On 2 cores the trials take about 81 s to 4 min; tables and plots come on top. "
        "(A set is trials that share work.)",
    ]
    assert summarise([], 2) == []
    assert summarise([told()], 1)[-1].startswith("On 1 core the trials take about 1 min 50 s; ")


def test_a_plan_names_the_searches_without_a_forecast(tmp_path, capsys):
    paths = [tmp_path / "iris" / model / "forecast.json" for model in ("svm", "tree", "xgboost")]
    for path in paths[:2]:
        path.parent.mkdir(parents=True)
    paths[0].write_text(json.dumps(told()))
    paths[1].write_text("{")
    forecast_report.print_plan([str(path) for path in paths], 2)
    printed = capsys.readouterr().out.splitlines()
    assert printed[1].split()[:3] == ["big", "svm", "61"]
    assert printed[-1] == "No forecast of: iris/tree, iris/xgboost"


def test_the_report_puts_forecast_and_truth_side_by_side(tmp_path):
    costs = {"svm": "a,2.0,3000000\nb,4.0,5000000\n", "xgboost": "c,8.0,\nd,,\n"}
    forecasts = {"svm": told(seconds=4.0, trials=2), "xgboost": told(seconds=6.0, trials=1)}
    for model, rows in costs.items():
        (tmp_path / f"{model}.csv").write_text(f"trial,cpu_seconds,peak_memory_bytes\n{rows}")
        (tmp_path / f"{model}.json").write_text(json.dumps(forecasts[model]))
    forecast_report.report(
        {f"big/{model}": str(tmp_path / f"{model}.json") for model in costs},
        {f"big/{model}": str(tmp_path / f"{model}.csv") for model in costs},
        str(tmp_path / "cost.md"),
    )
    page = (tmp_path / "cost.md").read_text()
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in page.splitlines()
        if line.startswith("| big")
    ]
    assert rows == [
        ["big", "svm", "2", "12", "4 s", "6 s", "1.50", "3 s", "5 MB"],
        [
            "big",
            "xgboost",
            "2 (forecast for 1), 1 without a cost",
            "12",
            "6 s",
            "8 s",
            "–",
            "8 s",
            "–",
        ],
    ]
    assert "In all: forecast 10 s, truth 14 s." in page
    assert "samples of the rows, which took 2 s in all" in page
