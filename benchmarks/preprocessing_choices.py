"""How missing numbers and categories are best given to trees: the reason for the defaults.

python benchmarks/preprocessing_choices.py [FILE.csv:TARGET[:DROP] ...]

For each file, and for a generated table with a wide category, every way of imputing and of
encoding runs as an ordinary study over three depths, with 5 folds repeated 3 times. Printed is
the best mean score of each way, the seconds of CPU that its trials took, and the number of
values learned.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
IMPUTATION = ["none", "median"]
ENCODINGS = {"decision_tree": ["one_hot", "ordinal"], "xgboost": ["one_hot", "ordinal", "native"]}
GRIDS = {
    "decision_tree": {"max_depth": [4, 6, 8], "min_samples_leaf": [5]},
    "xgboost": {"max_depth": [2, 4, 6], "learning_rate": [0.1], "n_estimators": [100]},
}


def generated(path: Path, rows: int = 6000) -> None:
    """Write a table where a category of 200 labels matters, and gaps depend on the target."""
    rng = np.random.default_rng(0)
    shop = np.minimum(rng.geometric(0.02, rows), 200)
    effect = rng.normal(size=201)[shop]
    price, age = rng.gamma(2.0, 50.0, rows), rng.normal(40, 12, rows)
    signal = effect + price / 80 + np.sin(age / 6) + rng.normal(scale=1.0, size=rows)
    sold = np.where(signal > np.median(signal), "yes", "no")
    price[rng.random(rows) < np.where(signal > 1.5, 0.3, 0.1)] = np.nan
    colour = rng.choice(["red", "green", "blue"], rows)
    table = {"shop": [f"shop {i}" for i in shop], "price": price, "age": age, "colour": colour}
    pd.DataFrame({**table, "sold": sold}).to_csv(path, index=False)


def sources(arguments: list[str], folder: Path) -> dict[str, dict[str, object]]:
    """Return the data sets of the study: those named, and the generated one."""
    generated(folder / "generated.csv")
    found: dict[str, dict[str, object]] = {
        "generated": {"source": "generated.csv", "target": "sold", "categorical": ["shop"]}
    }
    for argument in arguments:
        path, target, *drop = argument.split(":")
        name = Path(path).stem
        found[name] = {"source": str(Path(path).resolve()), "target": target, "drop": drop}
    return found


def run(datasets: dict[str, dict[str, object]], folder: Path) -> None:
    """Run the study of all ways on all data sets."""
    models = {
        model: {"grid": {**grid, "imputation": IMPUTATION, "encoding": ENCODINGS[model]}}
        for model, grid in GRIDS.items()
    }
    study = {
        "study": "ways",
        "datasets": datasets,
        "models": models,
        "split": {"repeats": 3},
        "metrics": {"binary": ["roc_auc"], "multiclass": ["accuracy"], "regression": ["rmse"]},
    }
    (folder / "study.json").write_text(json.dumps(study), encoding="utf-8")
    tables = [f"results/ways/{d}/{m}/trials.csv" for d in datasets for m in models]
    command = [sys.executable, "-m", "snakemake", *tables, "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--cores", "2", "--quiet", "all"]
    command += ["--workflow-profile", str(ROOT / "profiles/default")]
    command += ["--configfile", str(folder / "study.json")]
    subprocess.run(command, check=True, cwd=folder, stderr=subprocess.DEVNULL)


def tell(dataset: str, model: str, folder: Path) -> None:
    """Print the best mean of each way of one model on one data set, best first."""
    root = folder / "results/ways" / dataset / model
    trials = pd.read_csv(root / "trials.csv", keep_default_na=False)
    costs = pd.read_csv(root / "cost.csv").set_index("trial")["cpu_seconds"]
    trials = trials[~trials["default"].astype(str).eq("True")]
    metric = next(c for c in trials.columns if str(c).startswith("mean_test_"))
    trials["cpu_seconds"] = trials["trial"].map(costs)
    print(f"\n{dataset}, {model}, {metric.removeprefix('mean_test_')}")
    for (imputation, encoding), way in trials.groupby(
        ["param_imputation", "param_encoding"], sort=False
    ):
        best = way.iloc[0]
        print(
            f"  imputation {imputation:7} encoding {encoding:8} best {float(best[metric]):.5g} "
            f"± {float(best[metric.replace('mean', 'std')]):.2g}, "
            f"{way['cpu_seconds'].sum():.1f} CPU s, {best['learned_values']} values"
        )


def main() -> None:
    """Run and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        datasets = sources(sys.argv[1:], folder)
        run(datasets, folder)
        for dataset in datasets:
            for model in GRIDS:
                tell(dataset, model, folder)


if __name__ == "__main__":
    main()
