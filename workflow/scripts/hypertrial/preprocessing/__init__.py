"""Preprocessing: its hyperparameters, its fit, and its replay with NumPy."""
