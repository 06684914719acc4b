"""The package keeps to its bounds, and its lists of dependencies agree."""

import ast
import os
import re
import subprocess
import sys
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
    """Ask a process of its own, as this one has loaded everything."""
    code = (
        "import sys; from hypertrial.models import family_names, get_family; "
        "[get_family(name) for name in family_names()]; "
        "print({name.split('.')[0] for name in sys.modules} & {'sklearn', 'xgboost', 'scipy'})"
    )
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.stdout == "set()\n", done.stderr


def normal(name):
    """Return a name as all its spellings have it; on Linux XGBoost is ``xgboost-cpu``."""
    name = re.sub(r"[-_.]+", "-", name).lower()
    return "xgboost" if name == "xgboost-cpu" else name


FROM_CONDA = {"playwright-python": "playwright"}
LOCKS = ("requirements.txt", "requirements-export.txt")


def locked(lock="requirements.txt"):
    """Return the versions of a lock by package, markers left out."""
    found = {}
    for line in (ROOT / lock).read_text().splitlines():
        if line[:1] not in (" ", "#", ""):
            name, version, _ = PIN.match(line).groups()
            found.setdefault(normal(name), set()).add(version)
    return found


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    parts = (project["project"]["dependencies"], groups["test"], groups["export"])
    return [{normal(re.match(r"[A-Za-z0-9_.-]+", each)[0]) for each in part} for part in parts]


def conda():
    content = YAML(typ="safe").load((ROOT / "environment.yml").read_text())
    pairs = [each.split("=") for each in content["dependencies"] if not each.startswith("python>")]
    assert all(len(pair) == 2 for pair in pairs)
    return {FROM_CONDA.get(name, normal(name)): version for name, version in pairs}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_a_pinned_version_with_hashes(lock):
    blocks = re.split(r"\n(?=[A-Za-z])", (ROOT / lock).read_text().strip())
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


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_one_version_of_each_package(lock):
    assert {name: found for name, found in locked(lock).items() if len(found) > 1} == {}


def test_the_lock_of_exports_is_that_of_their_group_and_fits_the_main_one():
    *_, export = declared()
    main, own = locked(), locked("requirements-export.txt")
    assert export <= set(own)
    assert not export & set(main)
    assert {name: main[name] for name in own if name in main} == {
        name: own[name] for name in own if name in main
    }
    text = (ROOT / "requirements-export.txt").read_text()
    direct = re.findall(r"^(\S+)==(?:(?!^\S).)*?pyproject\.toml:export", text, re.M | re.S)
    assert {normal(name) for name in direct} == export


def test_the_environment_names_the_direct_dependencies_at_the_locked_versions():
    run, test, _ = declared()
    environment = conda()
    assert set(environment) == run | test
    versions = locked()
    assert {name: {version} for name, version in environment.items()} == {
        name: versions[name] for name in environment
    }


def test_the_lock_of_plugins_for_clusters_adds_to_the_main_one_and_is_hashed():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    text = (ROOT / "requirements-cluster.txt").read_text()
    own = locked("requirements-cluster.txt")
    assert {normal(each) for each in groups["cluster"]} <= set(own)
    assert not set(own) & set(locked())
    assert all(len(versions) == 1 for versions in own.values())
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) >= 2 * len(own)
    assert "://" not in text
    beyond = {normal(line[2:]) for line in text.splitlines() if re.match(r"# [a-z-]+$", line)}
    assert beyond <= set(locked())


def foreign_imports(paths):
    """Return the packages that modules import, beside Python's own and the project's."""
    known = {
        "sklearn": "scikit-learn",
        "ruamel": "ruamel-yaml",
        "mlflow": "mlflow-skinny",
        "markdown_it": "markdown-it-py",
        "PIL": "pillow",
    }
    roots = {name.split(".")[0] for path in paths for name in imports_of(path)}
    from sys import stdlib_module_names

    scripts = (ROOT / "workflow" / "scripts").rglob("*.py")
    own = {"hypertrial", "binding", *(path.stem for path in scripts)}
    return {known.get(root, root) for root in roots - set(stdlib_module_names) - own}


def test_everything_the_package_imports_is_a_direct_dependency():
    run, _, export = declared()
    scripts = set((ROOT / "workflow" / "scripts").rglob("*.py"))
    exports = set((PACKAGE / "exports").glob("*.py"))
    assert len(exports) > 3
    assert foreign_imports(scripts - exports) <= run
    assert foreign_imports(exports) <= run | export


def test_exports_import_their_packages_only_when_they_are_used():
    for path in (PACKAGE / "exports").glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {ast.unparse(node).split()[1].split(".")[0] for node in top}
        assert not names & {"mlflow", "onnx", "onnxruntime", "optuna_dashboard", "optuna"}


def test_no_model_is_named_outside_its_folder_and_the_config():
    named = re.compile(r"['\"](decision_tree|svm|xgboost)['\"]")
    paths = [*(ROOT / "workflow").rglob("*.py"), *(ROOT / "workflow").rglob("*.smk")]
    paths += [ROOT / "Snakefile", *(ROOT / "workflow" / "schemas").iterdir()]
    outside = [path for path in paths if PACKAGE / "models" not in path.parents]
    assert [str(path) for path in outside if named.search(path.read_text("utf-8"))] == []


def test_results_are_ignored_but_for_their_readme():
    lines = (ROOT / ".gitignore").read_text().splitlines()
    assert "/results/*" in lines
    assert lines.index("!/results/README.md") > lines.index("/results/*")
