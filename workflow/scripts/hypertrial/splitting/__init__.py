"""Splits: held-out rows and folds, how they are made, and what may leak between them."""
