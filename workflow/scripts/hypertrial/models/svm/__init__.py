"""Support vector machines, as one folder."""

from hypertrial.models.svm.declaration import FAMILY

__all__ = ["FAMILY"]
