"""One module for each model family; the name of the module is the name of the family.

Every module defines ``FAMILY``, a :class:`hypertrial.families.Family`, and is found by its name:
adding one is all that a new family takes. Estimator libraries are imported inside functions, so
that a declaration can be read without loading them.
"""

import importlib
import pkgutil
from functools import cache

from hypertrial.errors import ConfigError, listing, nearest
from hypertrial.families import Family


def family_names() -> tuple[str, ...]:
    """Return the names of all families: the modules of :mod:`hypertrial.models`."""
    found = pkgutil.iter_modules(__path__)
    return tuple(sorted(module.name for module in found if not module.ispkg))


@cache
def get_family(name: str) -> Family:
    """Return a family by its name.

    Raises
    ------
    ConfigError
        If there is no such family.
    """
    if name not in family_names():
        known = family_names()
        raise ConfigError(f"unknown model '{name}'{nearest(name, known)}; known: {listing(known)}")
    family: Family = importlib.import_module(f"{__name__}.{name}").FAMILY
    return family
