"""A family that lives in the tests is registered by its path, and tested as all others are."""

from pathlib import Path

from hypertrial import models

models.register(Path(__file__).parents[1] / "families" / "nearest_neighbours")
