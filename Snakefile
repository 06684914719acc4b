"""Hypertrial: one training job per trial; what was set stays apart from what was learned.

snakemake --cores 8                            the study of config/config.yaml
snakemake --cores 8 --configfile mine.yaml     a study of your own
"""

from snakemake.utils import min_version

min_version("9.27")


report: "workflow/report/study.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/derive.smk"
include: "workflow/rules/forecast.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/search.smk"
include: "workflow/rules/datasets.smk"
include: "workflow/rules/winners.smk"
include: "workflow/rules/study.smk"


rule all:
    """Make every table and plot of the study."""
    default_target: True
    input:
        f"results/{STUDY.name}/report.html",
        everything(),


onstart:
    driver.start(CLUSTER)


onsuccess:
    driver.finish(STUDY.name, True)
    SEALS.finish()
    driver.say(f"results/{STUDY.name}/summary.md", f"results/{STUDY.name}/cost.md")


onerror:
    driver.finish(STUDY.name, False)
    SEALS.finish()
