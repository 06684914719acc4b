"""The search space: grids are checked against a family's hyperparameters and expanded."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Any

from hypertrial import elsewhere, files
from hypertrial.errors import listing, nearest
from hypertrial.families import Family, Grids, Hyperparameter, Task, Value
from hypertrial.texts import shown

ID_LENGTH = 12
TASK_KEYS = {"regression": "regression", "binary": "classification", "multiclass": "classification"}


@dataclass(frozen=True)
class Trial:
    """One point of the space; ``id`` is a digest of the model and what is set, nothing else."""

    id: str
    hyperparameters: dict[str, Value]

    @classmethod
    def of(cls, model: str, hyperparameters: Mapping[str, Value]) -> "Trial":
        """Return the trial of a model that sets these hyperparameters."""
        content = {"model": model, "hyperparameters": dict(hyperparameters)}
        return cls(files.digest_value(content)[:ID_LENGTH], dict(hyperparameters))


def mistakes(family: Family, task: Task, key: str, grids: Grids) -> Iterator[str]:
    """Yield a line for each mistake in grids that stand under ``key`` of the config."""
    for position, grid in enumerate(grids):
        place = f"{key}[{position}]" if len(grids) > 1 else key
        for name, values in grid.items():
            yield from _name_mistakes(family, task, f"{place}.{name}", name)
            if name in family.declared(task):
                yield from _value_mistakes(family.declared(task)[name], f"{place}.{name}", values)
        yield from _condition_mistakes(family, task, place, grid)


def _name_mistakes(family: Family, task: Task, place: str, name: str) -> Iterator[str]:
    declared = family.declared(task)
    if name in declared:
        return
    others = [each for each in family.hyperparameters if each.name == name]
    same = next((here for here, each in declared.items() if name in each.same), None)
    near = next((here for here, each in declared.items() if name in each.near), None)
    if same is not None:
        yield f"{place}: is called {same} here"
    elif near is not None:
        yield f"{place}: is not there; the nearest is {near}, {declared[near].meaning}"
    elif name in elsewhere.CONTROL:
        yield f"{place}: {elsewhere.CONTROL[name]}"
    elif others:
        yield f"{place}: {_other_task(family, task, others[0])}"
    else:
        yield (
            f"{place}: unknown hyperparameter{nearest(name, declared)}; known: {listing(declared)}"
        )


def _other_task(family: Family, task: Task, other: Hyperparameter) -> str:
    """Say which task a hyperparameter is for, and what can be done for this one."""
    home = TASK_KEYS[other.tasks[0]]
    if home != TASK_KEYS[task]:
        return f"does not apply to a {task} task; put it under models.{family.name}.{home}"
    classes = {"binary": "two classes", "multiclass": "three classes and more"}
    weigh = "; class_weight: balanced weighs several classes"
    return (
        f"is for {classes[other.tasks[0]]}, the task is {task}; leave it out"
        f"{weigh if 'class_weight' in family.declared(task) else ''}"
    )


def _value_mistakes(declared: Hyperparameter, place: str, values: Sequence[Any]) -> Iterator[str]:
    if not values:
        yield f"{place}: must hold at least one value"
    seen: list[Value] = []
    for value in values:
        try:
            legal = declared.coerce(value)
        except ValueError as error:
            word = dict(declared.synonyms).get(value) if isinstance(value, str) else None
            word = word if word in declared.words else None
            yield f"{place}: {f'{shown(value)} is called {word} here' if word else error}"
            continue
        if legal in seen:
            yield f"{place}: the value {shown(value)} stands twice"
        seen.append(legal)


def _condition_mistakes(
    family: Family, task: Task, place: str, grid: Mapping[str, Sequence[Any]]
) -> Iterator[str]:
    declared = family.declared(task)
    for name in grid:
        condition = declared[name].when if name in declared else None
        if condition is None:
            continue
        parent, allowed = condition
        for value in grid.get(parent, [declared[parent].default]):
            if value not in allowed:
                cure = f"give {parent} {value} a grid of its own"
                if parent not in grid:
                    cure = f"{parent} {value} is the default, set {parent} too"
                yield (
                    f"{place}.{name}: does not apply to {parent} {value}, only to "
                    f"{listing(allowed)}; {cure}"
                )


def size(family: Family, task: Task, grids: Grids) -> int:
    """Return how many trials checked grids stand for, the default configuration included.

    Points that two grids have in common count twice.
    """
    points = [math.prod(map(len, grid.values())) for grid in grids if grid]
    return 1 + sum(points) - sum(_holds_default(family, task, grid) for grid in grids if grid)


def _holds_default(family: Family, task: Task, grid: Mapping[str, Sequence[Any]]) -> bool:
    declared = family.declared(task)
    return all(
        declared[name].default in [declared[name].coerce(value) for value in values]
        for name, values in grid.items()
    )


def expand(family: Family, task: Task, grids: Grids) -> tuple[Trial, ...]:
    """Return the trials of checked grids, the default configuration first, each one once.

    Points that set different things and yet give every hyperparameter that applies the same value
    are one trial. The first stands for all: the default configuration, which sets nothing, for
    points that hold only defaults, so that no growth of a grid renames it.
    """
    declared = family.declared(task)
    trials: dict[tuple[tuple[str, Value], ...], Trial] = {}
    for point in chain([{}], _points(declared, grids)):
        effect = tuple(family.effective(task, point).items())
        if effect not in trials:
            trials[effect] = Trial.of(family.name, point)
    return tuple(trials.values())


def _points(declared: Mapping[str, Hyperparameter], grids: Grids) -> Iterator[dict[str, Value]]:
    for grid in filter(None, grids):
        values = [[declared[name].coerce(value) for value in grid[name]] for name in grid]
        yield from (dict(zip(grid, point, strict=True)) for point in product(*values))
