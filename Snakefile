"""Hypertrial: one training job per trial; what was set stays apart from what was learned.

snakemake --cores 8                            the study of config/config.yaml
snakemake --cores 8 --configfile mine.yaml     a study of your own
"""

from snakemake.utils import min_version

min_version("9.27")


report: "workflow/report/study.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/shown.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/grouped.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/derive.smk"
include: "workflow/rules/forecast.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/collect.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/ledger.smk"
include: "workflow/rules/honesty.smk"
include: "workflow/rules/analyse.smk"
include: "workflow/rules/explained.smk"
include: "workflow/rules/explain.smk"
include: "workflow/rules/explain_page.smk"
include: "workflow/rules/plot_model.smk"
include: "workflow/rules/plot_dataset.smk"
include: "workflow/rules/plot_explain.smk"
include: "workflow/rules/plot_study.smk"
include: "workflow/rules/plot_analysis.smk"
include: "workflow/rules/targets.smk"
include: "workflow/rules/report.smk"


rule all:
    """Make every table and plot of the study."""
    default_target: True
    input:
        expand(
            "results/{study}/{table}",
            study=STUDY.name,
            table=[
                "report.html",
                "summary.md",
                "leaderboard.csv",
                "leaderboard.tex",
                "held_out.csv",
                "honesty.csv",
                "cost.csv",
                "cost.md",
                "set_or_learned.md",
            ],
        ),
        answers(),
        data_files(),
        model_tables(),
        study_plots(),
        explanation_files(),


onstart:
    driver.start(CLUSTER)


onsuccess:
    driver.finish(STUDY.name, True)
    SEALS.finish()
    driver.say(f"results/{STUDY.name}/summary.md", f"results/{STUDY.name}/cost.md")


onerror:
    driver.finish(STUDY.name, False)
    SEALS.finish()
