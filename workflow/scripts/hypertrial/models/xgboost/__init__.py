"""Gradient boosting with XGBoost, as one folder."""

from hypertrial.models.xgboost.declaration import FAMILY

__all__ = ["FAMILY"]
