"""What is leant on in Snakemake's own objects is there, and leant on in one place alone."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest
import snakemake.api  # noqa: F401 (its modules can be imported after it alone)

from binding.internals import (
    groups,
    job_object,
    messages,
    scheduler,
    workflow_object,
)
from binding.internals.leaning import READ, TOUCHES

BINDING = Path(__file__).parents[2] / "workflow/scripts/binding"
OUTSIDE = sorted(BINDING.glob("*.py"))
PUBLIC = {"snakemake.logging", "snakemake.exceptions", "snakemake.utils"}
"""What workflows import of Snakemake, and its plugins do."""


def lacks(part):
    """Return in what way the installed Snakemake differs from a part that is leant on."""
    where, says, text = part.partition(" says ")
    if says:
        source = inspect.getsource(importlib.import_module(where))
        return None if text in source else f"{where} no longer says: {text}"
    path, _, given = where.partition("(")
    module, _, names = path.partition(":")
    found = importlib.import_module(module)
    for name in names.split("."):
        if hasattr(found, name):
            found = getattr(found, name)
        elif given or not _is_set(found, name):
            return f"{module}: no {name} in {names}"
        else:
            return None
    if not given:
        return None
    known = [name for name in inspect.signature(found).parameters if name != "self"]
    wanted = [name for name in given.rstrip(")").split(", ") if name]
    return None if known == wanted else f"{path} takes {known}, and not {wanted}"


def _is_set(owner, name):
    """Tell whether the objects of a class have an attribute that the class itself has not."""
    if not inspect.isclass(owner):
        return False
    of_class = [each for each in owner.__mro__ if each.__module__ != "builtins"]
    if any(name in inspect.get_annotations(each) for each in of_class):
        return True
    pattern = re.compile(rf"self\.{name}\b[^=\n]*=[^=]")
    return any(pattern.search(inspect.getsource(each)) for each in of_class)


@pytest.mark.parametrize("name", READ)
def test_the_workflow_has_all_that_is_read_of_it(name):
    assert lacks(f"{workflow_object.WORKFLOW}.{name}") is None


@pytest.mark.parametrize("touch", TOUCHES)
def test_snakemake_has_all_that_a_touch_leans_on(touch):
    missing = [lack for part in TOUCHES[touch] if (lack := lacks(part)) is not None]
    assert not missing, f"{touch}: this version of Snakemake has changed: {'; '.join(missing)}"


CHANGED = {
    "snakemake.jobs:Job.clean_up": "snakemake.jobs: no clean_up in Job.clean_up",
    "snakemake.jobs:Jobs": "snakemake.jobs: no Jobs in Jobs",
    "snakemake.jobs:Job.cleanup(all_outputs)": (
        "snakemake.jobs:Job.cleanup takes ['skip_outputs'], and not ['all_outputs']"
    ),
    "snakemake.scheduling.job_scheduler:JobScheduler.runs": (
        "snakemake.scheduling.job_scheduler: no runs in JobScheduler.runs"
    ),
    "snakemake.workflow says Elapsed hours:": "snakemake.workflow no longer says: Elapsed hours:",
}


@pytest.mark.parametrize("part", CHANGED)
def test_a_part_that_is_gone_or_takes_something_else_is_named(part):
    assert lacks(part) == CHANGED[part]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path.stem)
def test_nothing_else_reaches_into_snakemake(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and re.match(r"snakemake\b", node.module or ""):
            assert node.module in PUBLIC
        if isinstance(node, ast.Import):
            assert not any(name.name.startswith("snakemake") for name in node.names)
        if isinstance(node, ast.Attribute) and _is_workflow(node.value):
            assert node.attr in READ


def _is_workflow(node):
    return (isinstance(node, ast.Name) and node.id == "workflow") or (
        isinstance(node, ast.Attribute) and node.attr in ("workflow", "_workflow")
    )


def test_every_touch_tells_its_reason():
    modules = (groups, job_object, messages, scheduler, workflow_object)
    for touch in TOUCHES:
        (found,) = {getattr(each, touch) for each in modules if hasattr(each, touch)}
        assert found.__doc__
