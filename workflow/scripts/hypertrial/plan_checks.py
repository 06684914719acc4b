"""Mistakes of a config that show once the tasks of its data sets are known."""

from collections.abc import Iterator, Mapping

from hypertrial import space
from hypertrial.config import ModelSpec, Study
from hypertrial.data.table import ROLES
from hypertrial.errors import DataError
from hypertrial.families import Family, Grids, Task
from hypertrial.models import get_family
from hypertrial.splitting import split_rules


def grids(model: ModelSpec, task: Task) -> tuple[str, Grids]:
    """Return a model's grids, each with what the config sets of preprocessing, and their key."""
    own: tuple[str, Grids] = f"models.{model.name}", get_family(model.name).default_grids(task)
    key, grids = model.grids[task] or own
    return key, tuple({**model.preprocessing, **grid} for grid in grids)


def grid_mistakes(study: Study, tasks: Mapping[str, Task]) -> Iterator[str]:
    """Yield what is wrong with the grids and the preprocessing of a study's models."""
    for model in study.models:
        family: Family = get_family(model.name)
        for task in dict.fromkeys(tasks.values()):
            place = f"models.{model.name}.preprocessing"
            wrong = [
                *_preprocessing_mistakes(family, task, place, model),
                *space.mistakes(family, task, place, (model.preprocessing,)),
            ]
            yield from wrong
            if not wrong:
                yield from space.mistakes(family, task, *grids(model, task))


def _preprocessing_mistakes(
    family: Family, task: Task, place: str, model: ModelSpec
) -> Iterator[str]:
    declared = family.declared(task)
    for name in model.preprocessing:
        if name in declared and declared[name].stage != "preprocessing":
            yield f"{place}.{name}: is a hyperparameter of the model; put it into its grid"


def thread_mistakes(study: Study, _: Mapping[str, Task]) -> Iterator[str]:
    """Yield which models are given threads that their fits cannot use."""
    for model in study.models:
        if model.threads > 1 and not get_family(model.name).threaded:
            yield f"models.{model.name}.threads: must be 1, as its fits use one thread"


def split_mistakes(study: Study, tasks: Mapping[str, Task]) -> Iterator[str]:
    """Yield which data sets cannot be split as the study says."""
    for spec in study.datasets:
        if spec.name not in tasks:
            continue
        roles = [role for role in ROLES if getattr(spec, role) is not None]
        try:
            method = split_rules.resolve(spec.name, tasks[spec.name], roles, study.split)
            if method == "predefined" and study.outer_folds:
                yield (
                    f"honesty.outer_folds: must be 0, as the folds of {spec.name} are those of "
                    "a column"
                )
        except DataError as error:
            yield str(error)
