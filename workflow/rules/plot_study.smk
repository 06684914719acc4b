"""The plots of the whole study."""

STUDY_PLOTS = "results/{study}/plots"


rule plot_comparison:
    """Compare the winners over data sets, with the spread over folds."""
    input:
        winners=rules.leaderboard.input.winners,
        baselines=rules.leaderboard.input.baselines,
    output:
        plot(f"{STUDY_PLOTS}/comparison"),
    log:
        f"{STUDY_PLOTS}/comparison.log",
    group:
        CLUSTER.study
    params:
        code=PLOT_CODE,
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.overview.comparison",
            winners=input.winners,
            baselines=input.baselines,
            outputs=output,
        )


rule plot_learned_values:
    """Draw how many values each trial learned against its score."""
    input:
        trials=per_model("results/{study}/{dataset}/{model}/trials.csv"),
        winners=rules.leaderboard.input.winners,
    output:
        plot(f"{STUDY_PLOTS}/learned_values"),
    log:
        f"{STUDY_PLOTS}/learned_values.log",
    group:
        CLUSTER.study
    params:
        code=PLOT_CODE,
        metrics={dataset: PLAN.metrics(dataset)[0] for dataset in DECLARED},
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.overview.learned_values",
            trials=by_search(input.trials),
            winners=input.winners,
            metrics=params.metrics,
            outputs=output,
        )
