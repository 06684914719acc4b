"""Whether the targets of a study suit what is asked of them; looked at before anything runs."""

from collections.abc import Iterator, Mapping, Sequence

from hypertrial.data import datasets
from hypertrial.data.spec import DatasetSpec
from hypertrial.families import Grids, Task
from hypertrial.preprocessing.preparation import TARGET


def mistakes(
    specs: Sequence[DatasetSpec], tasks: Mapping[str, Task], key: str, grids: Grids
) -> Iterator[str]:
    """Yield a line for each regression of which a model's grids ask an impossible logarithm.

    ``key`` is the place of the grids in the config.
    """
    if not any("log" in grid.get(TARGET, ()) for grid in grids):
        return
    for spec in (each for each in specs if tasks[each.name] == "regression"):
        lowest = datasets.lowest_target(spec)
        if lowest <= 0:
            yield (
                f"{key}.{TARGET}: log needs targets above 0, the lowest of {spec.name} is "
                f"{lowest:g}; use standard or quantile, or add a constant to the target"
            )
