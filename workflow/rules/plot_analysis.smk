"""The plots of what tables answer."""

ANALYSIS_CODE = (
    code.digest("plots.comparisons", "plots.tuning", "plots.importance")
    + f" matplotlib {version('matplotlib')}"
)


rule plot_significance:
    """Draw the differences of the winners of a data set with their intervals."""
    input:
        rules.compare_winners.output[0],
    output:
        plot(f"{DATASET_PLOTS}/significance"),
    log:
        f"{DATASET_PLOTS}/significance.log",
    group:
        CLUSTER.results
    params:
        code=ANALYSIS_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.comparisons.significance",
            table=input[0],
            dataset=wildcards.dataset,
            outputs=output,
        )


rule plot_ranks:
    """Draw the average ranks of the models over data sets, with the critical difference."""
    input:
        rules.rank_models.output[0],
    output:
        plot(f"{STUDY_PLOTS}/critical_difference"),
    log:
        f"{STUDY_PLOTS}/critical_difference.log",
    group:
        CLUSTER.study
    params:
        code=ANALYSIS_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.comparisons.critical_difference",
            table=input[0],
            outputs=output,
        )


rule plot_tuning:
    """Draw what tuning gained, and what each default alone would have lost."""
    input:
        gains=rules.tuning.output.gains,
        losses=rules.tuning.output.losses,
    output:
        plot(f"{DATASET_PLOTS}/tuning"),
    log:
        f"{DATASET_PLOTS}/tuning.log",
    group:
        CLUSTER.results
    params:
        code=ANALYSIS_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.tuning.panels",
            gains=input.gains,
            losses=input.losses,
            dataset=wildcards.dataset,
            outputs=output,
        )


rule plot_budget:
    """Draw the best score to expect of fewer trials."""
    input:
        rules.budget.output[0],
    output:
        plot(f"{DATASET_PLOTS}/budget"),
    log:
        f"{DATASET_PLOTS}/budget.log",
    group:
        CLUSTER.results
    params:
        code=ANALYSIS_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.tuning.budget",
            table=input[0],
            dataset=wildcards.dataset,
            outputs=output,
        )


rule plot_importance:
    """Draw the importance of hyperparameters, and the scores by their values."""
    input:
        table=rules.importance.output[0],
        trials=models_of("trials.csv"),
    output:
        plot(f"{DATASET_PLOTS}/importance"),
    log:
        f"{DATASET_PLOTS}/importance.log",
    group:
        CLUSTER.results
    params:
        code=ANALYSIS_CODE,
        metric=lambda wildcards: PLAN.metrics(wildcards.dataset)[0],
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.importance.panels",
            table=input.table,
            trials=by_model(input.trials),
            metric=params.metric,
            dataset=wildcards.dataset,
            outputs=output,
        )
