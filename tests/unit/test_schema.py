"""The schema of the config agrees with the package, and the package with itself."""

import pytest

from hypertrial.config_checks import schema
from hypertrial.data.datasets import BUNDLED
from hypertrial.families import TASKS
from hypertrial.metrics import METRICS
from hypertrial.models import built_in, family_names, get_family
from hypertrial.space import mistakes


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", family_names())
def test_a_familys_own_grid_has_no_mistake(model, task):
    family = get_family(model)
    assert list(mistakes(family, task, "grid", family.default_grids(task))) == []
    declared = family.declared(task)
    assert all(each.coerce(each.default) == each.default for each in declared.values())


def keys_of(rules, place=""):
    """Yield every key of the schema with its rules, and whether it is required."""
    for name, each in rules.get("properties", {}).items():
        yield f"{place}{name}", each, name in rules.get("required", [])
        yield from keys_of(each, f"{place}{name}.")
    others = rules.get("additionalProperties")
    if isinstance(others, dict):
        yield from keys_of(others, f"{place}*.")


def test_every_key_of_the_schema_is_described_and_has_a_default_or_is_required():
    for name, rules, required in keys_of(schema()):
        assert rules.get("description", "").endswith("."), name
        assert ("default" in rules) != required, name


def test_no_mapping_of_the_schema_takes_unknown_keys():
    mappings = [rules for _, rules, _ in keys_of(schema())] + [schema()]
    mappings += [r["additionalProperties"] for r in mappings if "additionalProperties" in r]
    for rules in mappings:
        if isinstance(rules, dict) and "properties" in rules:
            assert rules["additionalProperties"] is False


def test_the_schema_names_the_metrics_and_sets_that_there_are():
    properties = schema()["properties"]
    for task in TASKS:
        default = properties["metrics"]["properties"][task]["default"]
        assert all(task in METRICS[name].tasks for name in default)
    assert f"({', '.join(BUNDLED)})" in properties["datasets"]["description"]
    assert set(properties["models"]["default"]) <= set(built_in())
