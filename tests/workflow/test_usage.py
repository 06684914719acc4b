"""What a person meets: dry runs, mistakes, make."""

import subprocess
import sys
from pathlib import Path

import pytest
from projects import ROOT, Project, clean_environment

pytestmark = pytest.mark.workflow


def lines_about(output: str, file: str) -> list[str]:
    """Return the lines of an output that speak of a file, folded lines put together."""
    return [line.strip() for line in output.splitlines() if file in line and "profile" not in line]


def test_a_dry_run_says_how_many_trials_each_model_has(project: Project) -> None:
    output = project.succeed("--dry-run")
    assert "Study 'small': 16 trials" in output
    assert "iris: decision_tree 5, svm 3 (1 set) (multiclass)" in output
    assert "diabetes: decision_tree 5, svm 3 (1 set) (regression)" in output
    assert "forced" not in output
    assert not (project.root / "results").exists()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            "datasets: {irsi: }",
            "study.yaml: datasets.irsi: unknown bundled set (did you mean 'iris'?)",
        ),
        (
            "datasets: {iris: }\nmodels: {svm: {grid: {gamma: [1], kernel: linear}}}",
            "study.yaml: models.svm.grid.gamma: does not apply to kernel linear",
        ),
        (
            "datasets: {a: {source: missing.csv, target: y}}",
            "missing.csv: no such file or directory",
        ),
        ("datasets: {iris: }\nmax_trials: 10", "study.yaml: models: 167 trials"),
        ("datasets: {iris: }\n__use_yte__: true", "__use_yte__: is refused"),
    ],
)
def test_a_mistake_in_the_config_is_one_line(project: Project, config: str, message: str) -> None:
    project.configure(config)
    output = project.fail()
    assert message in output
    assert "Traceback" not in output
    assert len(output.split(message)[1].splitlines()) < 5
    assert not (project.root / "results").exists()


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_mistakes_in_the_data_are_lines_before_anything_runs(
    project: Project, arguments: tuple[str, ...]
) -> None:
    (project.root / "bad.csv").write_text("a,y\n1,0\n2,1\n3\n", "utf-8")
    rows = "".join(f"{i},{'inf' if i == 9 else i},{'ab'[i % 2]}\n" for i in range(30))
    (project.root / "worse.csv").write_text(f"a,\x1b[31mb,y\n{rows}", "utf-8")
    project.configure(
        "study: small\n"
        "datasets:\n"
        "  bad: {source: bad.csv, target: y, task: binary}\n"
        "  iris: {positive: setosa}\n"
        "  worse: {source: worse.csv, target: y, positive: c}\n"
        "models: {decision_tree: {grid: {}}}\n"
    )
    assert [line for line in project.fail(*arguments).splitlines() if "profile" not in line] == [
        "bad.csv: line 4 has 1 fields, the header has 2",
        "iris: `positive` is for two classes, the task is multiclass",
        "worse.csv: line 11: column '\\x1b[31mb' holds 'inf'; values must be finite",
        "worse.csv: positive: no class 'c'; classes: a, b",
    ]
    assert not (project.root / "results").exists()


def test_ready_refuses_a_config_that_asks_for_code_before_snakemake_reads_it(
    project: Project,
) -> None:
    trap = project.root / "trap"
    project.configure(
        f"__use_yte__: true\n__definitions__:\n  - open({str(trap)!r}, 'w')\ndatasets: {{iris: }}\n"
    )
    done = subprocess.run(
        [sys.executable, "workflow/scripts/ready.py", "study.yaml"],
        cwd=project.root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("study.yaml: __use_yte__: is refused")
    assert not trap.exists()


def test_single_keys_can_be_set_on_the_command_line(project: Project) -> None:
    output = project.succeed("--dry-run", "--config", "study=other")
    assert "Study 'other': 16 trials" in output


def test_the_default_study_has_about_60_trials_a_model_on_four_data_sets() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--dry-run", "--nolock"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    sets = "iris: decision_tree 61 (21 sets), svm 60 (12 sets), xgboost 46 (10 sets) (multiclass)"
    assert sets in done.stderr


@pytest.mark.parametrize(
    ("model", "own", "others"),
    [
        ("decision_tree", {"sklearn.tree"}, {"xgboost"}),
        ("svm", {"sklearn.svm"}, {"xgboost"}),
        ("xgboost", {"xgboost"}, set()),
    ],
)
def test_workers_inherit_the_libraries_of_their_families_but_not_the_driver(
    tmp_path: Path, model: str, own: set[str], others: set[str]
) -> None:
    main = tmp_path / "main.py"
    main.write_text(
        "import snakemake, sys\n"
        f"sys.path.insert(0, {str(ROOT / 'workflow/scripts')!r})\n"
        "from hypertrial.pool import POOL\n"
        f"POOL.preload([{model!r}])\n"
        "print(*POOL.call(1, 'worker.loaded'))\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(main)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert own | {"hypertrial.trial"} <= loaded
    assert not others & loaded
    assert not [name for name in loaded if name.startswith("snakemake")]
