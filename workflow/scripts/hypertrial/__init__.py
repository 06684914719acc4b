"""Hypertrial: hyperparameter search whose set values and learned values stay apart.

The package knows nothing of Snakemake. A study flows one way through it::

    config -> datasets -> splits -> space -> trial -> collect -> compare -> plots
"""

__version__ = "0.1.0"
