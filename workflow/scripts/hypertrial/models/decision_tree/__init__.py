"""Decision trees, as one folder."""

from hypertrial.models.decision_tree.declaration import FAMILY

__all__ = ["FAMILY"]
