"""Hypertrial's side: the command a person would type, and what it leaves behind."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import ROOT
from hypertrial import plan
from hypertrial.config import load_study
from hypertrial.metrics import METRICS

RESULTS = "results/{study}/{dataset}"


@dataclass(frozen=True)
class Outcome:
    """What came out of a side: ``scores`` are means by search, the greater the better.

    ``defaults`` are those of the default configurations, which a peer has only as a point of its
    grid. ``fit_seconds`` is what trials took, in CPU seconds (GridSearchCV: wall seconds inside its
    workers, as it counts no others).
    """

    trials: int
    fit_seconds: float
    scores: dict[str, list[float]]
    defaults: dict[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Outcome":
        """Read what a peer wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def of_grid(self, key: str, points: int) -> list[float]:
        """Return a search's scores in order, of a grid of so many points.

        The default configuration's is one where the grid holds it, as it is trained once.
        """
        scores = self.scores[key]
        return sorted([*scores, self.defaults[key]] if len(scores) < points else scores)


@dataclass(frozen=True)
class Runnable:
    """A study that can be run: its config, its name and its searches with their metrics."""

    config: Path
    name: str
    metrics: dict[tuple[str, str], str]

    @classmethod
    def of(cls, config: Path) -> "Runnable":
        """Plan the study of a config."""
        planned = plan.make(load_study([config]))
        return cls(
            config,
            planned.study.name,
            {search: planned.metrics(search[0])[0] for search in planned.searches},
        )

    def folder(self, dataset: str) -> str:
        """Return the folder of a data set, relative to that of a run."""
        return RESULTS.format(study=self.name, dataset=dataset)

    def tables(self) -> list[str]:
        """Return the tables of trials: the targets of a run."""
        return [f"{self.folder(dataset)}/{model}/trials.csv" for dataset, model in self.metrics]

    def splits(self) -> list[str]:
        """Return the splits of every data set."""
        names = dict.fromkeys(dataset for dataset, _ in self.metrics)
        return [f"{self.folder(dataset)}/data/splits.npz" for dataset in names]

    def command(self, folder: Path, cores: int, targets: list[str], *options: str) -> list[str]:
        """Return the command that makes some targets (all, if none is named) in a folder."""
        command = [sys.executable, "-m", "snakemake", *targets, "--cores", str(cores)]
        command += ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
        command += ["--workflow-profile", str(ROOT / "profiles/default"), "--quiet", "all"]
        return [*command, "--configfile", str(self.config), *options]

    def outcome(self, folder: Path) -> Outcome:
        """Read what a run made; scores of the default configurations are apart."""
        trials, seconds, scores, defaults = 0, 0.0, {}, {}
        for (dataset, model), metric in self.metrics.items():
            made = folder / self.folder(dataset) / model
            table: Any = pd.read_csv(made / "trials.csv")
            sign = 1 if METRICS[metric].greater_is_better else -1
            means, is_default = sign * table[f"mean_test_{metric}"], table["default"]
            scores[f"{dataset}/{model}"] = means[~is_default].dropna().tolist()
            defaults[f"{dataset}/{model}"] = float(means[is_default].iloc[0])
            seconds += float(pd.read_csv(made / "cost.csv")["cpu_seconds"].sum())
            trials += len(table)
        return Outcome(trials, seconds, scores, defaults)
