"""One folder for each model family; the name of the folder is the name of the family.

``declaration.py`` defines ``FAMILY``, a :class:`hypertrial.families.Family`, which
``__init__.py`` hands on. ``explanation.py`` (``EXPLANATION``) and ``onnx.py`` (``add``) are
optional: what they give is missing where they are. A folder is found by its name: adding one is
all that a new family takes. Estimator libraries are imported inside functions, or in modules that
functions import, so that a declaration can be read without loading them.
"""

import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

from hypertrial.errors import ConfigError, listing, nearest
from hypertrial.families import Family

REGISTERED = "HYPERTRIAL_FAMILIES"
"""The variable of the environment that hands registered folders on to other processes."""

_registered: dict[str, Path] = {}


def register(path: str | Path) -> str:
    """Add a family whose folder is elsewhere, for this process and those it starts.

    Returns the family's name, which is that of the folder.

    Raises
    ------
    ConfigError
        If there is no declaration in the folder, or the name is another family's.
    """
    folder = Path(path).resolve()
    if not (folder / "declaration.py").is_file():
        raise ConfigError(f"{path}: is no family, as it has no declaration.py")
    name = folder.name
    if _registered.get(name) == folder:
        return name
    if not name.isidentifier() or name in family_names():
        raise ConfigError(f"{path}: '{name}' is another family's name, or can be none's")
    _registered[name] = folder
    known = filter(None, os.environ.get(REGISTERED, "").split(os.pathsep))
    os.environ[REGISTERED] = os.pathsep.join(dict.fromkeys([*known, str(folder)]))
    _load(f"{__name__}.{name}", folder)
    return name


def _load(name: str, folder: Path) -> None:
    """Import a package from a folder, whose modules are found there from then on."""
    found = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if found is None or found.loader is None:
        raise ConfigError(f"{folder}: cannot be imported")
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    found.loader.exec_module(module)


def built_in() -> tuple[str, ...]:
    """Return the names of the families that are folders of :mod:`hypertrial.models`."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(__path__) if each.ispkg))


def family_names() -> tuple[str, ...]:
    """Return the names of all families, registered ones too."""
    return tuple(sorted({*built_in(), *_registered}))


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
    family: Family = importlib.import_module(f"{__name__}.{name}.declaration").FAMILY
    return family


def modules_of(names: Iterable[str]) -> list[str]:
    """Return the modules that a worker loads before it fits some families."""
    found = []
    for name in names:
        found += [f"{__name__}.{name}.declaration", *get_family(name).modules]
    return list(dict.fromkeys(found))


def folder_of(name: str) -> Path:
    """Return the folder of a family."""
    return _registered.get(name, Path(__file__).parent / name)


def part(name: str, file: str) -> ModuleType | None:
    """Return an optional module of a family's folder; None if there is no such file."""
    if name not in family_names() or not (folder_of(name) / f"{file}.py").is_file():
        return None
    return importlib.import_module(f"{__name__}.{name}.{file}")


for _path in filter(None, os.environ.get(REGISTERED, "").split(os.pathsep)):
    register(_path)
