"""Which source files a piece of the package depends on, found from its imports."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from hypertrial import files
from hypertrial.models import folder_of

PACKAGE = Path(__file__).parent


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    """Return the files of this package that a file imports anywhere in it."""
    found: list[Path] = []
    for node in _statements(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found += [file for name in names if (file := _file(name)) is not None]
    return tuple(dict.fromkeys(found))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every statement in a piece of code; to look at expressions too takes much longer."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child
            yield from _statements(child)


def _file(module: str) -> Path | None:
    """Return the file of a module of this package, or None for any other name."""
    first, *rest = module.split(".")
    if first != PACKAGE.name:
        return None
    stem = PACKAGE.joinpath(*rest)
    if rest[:1] == ["models"] and len(rest) > 1:  # a family's folder may be elsewhere
        stem = folder_of(rest[1]).joinpath(*rest[2:])
    candidates = [stem.with_suffix(".py"), stem / "__init__.py"]
    return next((path for path in candidates if path.is_file()), None)


@cache
def files_of(*modules: str) -> list[str]:
    """Return the sorted files that modules (``trial``, ``models.svm``) are made of.

    The files are those of the modules and of everything in the package that they import.
    """
    waiting: list[Path] = []
    for name in modules:
        path = _file(f"{PACKAGE.name}.{name}")
        if path is None:
            raise ModuleNotFoundError(f"{PACKAGE.name}.{name}")
        waiting.append(path)
    seen: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += _imports(path)
    return sorted(str(path) for path in seen)


@cache
def digest(*modules: str) -> str:
    """Return a digest of the content of the files of modules, for the params of a rule.

    As a parameter it is compared by content and once; as inputs of every trial, files of code
    would be hashed for every trial.
    """
    return files.digest_value([files.digest_file(path) for path in files_of(*modules)])
