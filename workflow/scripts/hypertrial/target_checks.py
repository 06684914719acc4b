"""Whether the targets of a study suit what is asked of them; looked at before anything runs."""

from collections.abc import Callable, Iterator, Mapping

from hypertrial.config import ModelSpec, Study
from hypertrial.data import datasets
from hypertrial.families import Grids, Task
from hypertrial.preprocessing.preparation import TARGET


def mistakes(
    study: Study,
    tasks: Mapping[str, Task],
    look: bool,
    grids: Callable[[ModelSpec, Task], tuple[str, Grids]],
) -> Iterator[str]:
    """Yield a line for each target that does not suit a monotone column or a logarithm.

    ``look`` tells whether data can be read, ``grids`` what a model searches, and where that stands
    in the config.
    """
    for spec in study.datasets:
        if spec.monotone and tasks.get(spec.name) == "multiclass":
            yield (
                f"datasets.{spec.name}.monotone: is for regression and for two classes, "
                "the task is multiclass"
            )
    for model in study.models if look else ():
        yield from _logarithms(study, tasks, *grids(model, "regression"))


def _logarithms(study: Study, tasks: Mapping[str, Task], key: str, grids: Grids) -> Iterator[str]:
    if not any("log" in grid.get(TARGET, ()) for grid in grids):
        return
    for spec in (each for each in study.datasets if tasks[each.name] == "regression"):
        lowest = datasets.lowest_target(spec)
        if lowest <= 0:
            yield (
                f"{key}.{TARGET}: log needs targets above 0, the lowest of {spec.name} is "
                f"{lowest:g}; use standard or quantile, or add a constant to the target"
            )
