"""k nearest neighbours, as one folder: the least that a family takes."""

from hypertrial.models.nearest_neighbours.declaration import FAMILY

__all__ = ["FAMILY"]
