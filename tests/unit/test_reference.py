"""config/README.md says what the schema and the models declare."""

from pathlib import Path

from hypertrial import reference
from hypertrial.config_checks import schema
from hypertrial.models import built_in, get_family

PAGE = Path(__file__).parents[2] / "config" / "README.md"


def test_the_page_is_in_step_with_schema_and_declarations() -> None:
    text = PAGE.read_text("utf-8")
    assert reference.renew(text) == text, "run `make docs`"


def test_every_key_and_hyperparameter_is_on_the_page() -> None:
    text = reference.markdown()
    names = [f"`{name}`" for name in schema()["properties"]]
    for family in map(get_family, built_in()):
        names += [f"`{each.name}`" for each in family.hyperparameters]
    assert [name for name in names if name not in text] == []


def test_renewing_keeps_what_stands_around_the_tables() -> None:
    page = f"before\n{reference.BEGIN}\nstale words\n{reference.END}\nafter\n"
    renewed = reference.renew(page)
    assert renewed.startswith("before\n")
    assert renewed.endswith("\nafter\n")
    assert "stale words" not in renewed
