"""The package keeps to its bounds, and its lists of dependencies agree."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workflow" / "scripts" / "hypertrial"
MODULES = sorted(PACKAGE.rglob("*.py"))
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)((?: ; [^\\]+)?) \\$")


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_short_and_knows_neither_snakemake_nor_pickle(path):
    roots = {name.split(".")[0] for name in imports_of(path)}
    assert not roots & {"snakemake", "pickle", "joblib", "cloudpickle", "dill", "binding"}
    assert len(path.read_text("utf-8").splitlines()) <= 350
    assert "allow_pickle=True" not in path.read_text("utf-8")


def test_models_import_no_estimator_library_when_they_are_declared():
    for path in (PACKAGE / "models").glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {ast.unparse(node).split()[1].split(".")[0] for node in top}
        assert not names & {"sklearn", "xgboost", "scipy"}


def normal(name):
    """Return a name as all its spellings have it; on Linux XGBoost is ``xgboost-cpu``."""
    name = re.sub(r"[-_.]+", "-", name).lower()
    return "xgboost" if name == "xgboost-cpu" else name


def locked():
    """Return the versions of requirements.txt by package, markers left out."""
    found = {}
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line[:1] not in (" ", "#", ""):
            name, version, _ = PIN.match(line).groups()
            found.setdefault(normal(name), set()).add(version)
    return found


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run, test = project["project"]["dependencies"], project["dependency-groups"]["test"]
    return [
        {normal(re.match(r"[A-Za-z0-9_.-]+", each)[0]) for each in part} for part in (run, test)
    ]


def conda():
    content = YAML(typ="safe").load((ROOT / "environment.yml").read_text())
    pairs = [each.split("=") for each in content["dependencies"] if not each.startswith("python>")]
    assert all(len(pair) == 2 for pair in pairs)
    return {normal(name): version for name, version in pairs}


def test_every_line_of_the_lock_is_a_pinned_version_with_hashes():
    blocks = re.split(r"\n(?=[A-Za-z])", (ROOT / "requirements.txt").read_text().strip())
    assert len(blocks) > 30
    for block in blocks:
        first, *rest = block.splitlines()
        assert PIN.match(first), first
        hashes = [line.strip().removesuffix(" \\") for line in rest if "--hash" in line]
        assert hashes, first
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes)
        others = [line.strip() for line in rest if "--hash" not in line]
        assert all(line.startswith("#") for line in others), first
        assert "://" not in block
        assert " @ " not in first


def test_the_lock_holds_one_version_of_each_package():
    assert {name: found for name, found in locked().items() if len(found) > 1} == {}


def test_the_environment_names_the_direct_dependencies_at_the_locked_versions():
    run, test = declared()
    environment = conda()
    assert set(environment) == run | test
    versions = locked()
    assert {name: {version} for name, version in environment.items()} == {
        name: versions[name] for name in environment
    }


def test_everything_the_package_imports_is_a_direct_dependency():
    known = {"sklearn": "scikit-learn", "ruamel": "ruamel-yaml"}
    run, _ = declared()
    scripts = sorted((ROOT / "workflow" / "scripts").rglob("*.py"))
    roots = {name.split(".")[0] for path in scripts for name in imports_of(path)}
    from sys import stdlib_module_names

    own = {"hypertrial", "binding", *(path.stem for path in scripts)}
    foreign = {known.get(root, root) for root in roots - set(stdlib_module_names) - own}
    assert foreign <= run


def test_results_are_ignored_but_for_their_readme():
    lines = (ROOT / ".gitignore").read_text().splitlines()
    assert "/results/*" in lines
    assert lines.index("!/results/README.md") > lines.index("/results/*")
