"""The NumPy side of models that share one: predictions from learned arrays."""
