"""The entries of a group are made by one job, each after what it is made from."""

from types import SimpleNamespace

import pytest

from binding import jobs
from binding.mistakes import Mistake
from hypertrial import plan, pool
from hypertrial.catalogue.groups import Group
from hypertrial.config import load_study
from hypertrial.data import datasets
from hypertrial.splitting import making

MAIN = SimpleNamespace(is_main_process=True, cores=2)


@pytest.fixture
def planned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pool, "POOL", pool.Pool())
    (tmp_path / "my.yaml").write_text("study: small\ndatasets: {iris: }\n")
    yield plan.make(load_study([tmp_path / "my.yaml"]))
    pool.POOL.stop()


def test_what_is_made_of_others_of_the_group_comes_after_them(planned, tmp_path):
    group = Group(planned, "dataset", "data")
    folder = tmp_path / "results/small/iris/data"
    table = [str(folder / "table.npz"), str(folder / "table.json")]
    datasets.prepare(planned.data_params("iris"), *table)
    making.prepare(planned.split_params("iris"), table, str(folder / "splits.npz"))
    (place,) = group.places
    jobs.make(MAIN, str(tmp_path / "a.log"), group, place)
    for path in group.outputs(place):
        assert (tmp_path / path).stat().st_size > 0
    times = [(folder / name).stat().st_mtime_ns for name in ("splits.json", "splits.svg")]
    assert times == sorted(times)
    assert not (tmp_path / "a.log").exists()


def test_a_failure_names_its_entry_and_nothing_begins_after_it(planned, tmp_path):
    group = Group(planned, "dataset", "data")
    (place,) = group.places
    with pytest.raises(Mistake, match=r"^iris: (columns|leaks|baseline): FileNotFoundError"):
        jobs.make(MAIN, str(tmp_path / "a.log"), group, place)
    assert "Traceback" in (tmp_path / "a.log").read_text()
    assert not [path for path in group.outputs(place) if (tmp_path / path).exists()]
