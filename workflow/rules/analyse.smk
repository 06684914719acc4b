"""Answers from tables: is a difference real, was tuning worth it, which hyperparameters matter."""

OF_DATASET = "results/{study}/{dataset}"


rule compare_winners:
    """Tell of each pair of winners how sure it is that they differ."""
    input:
        winners=models_of("winner.json"),
        splits=rules.split.output[0],
    output:
        shown(f"{OF_DATASET}/significance.csv"),
    log:
        f"{OF_DATASET}/significance.log",
    group:
        CLUSTER.results
    params:
        code=code.digest("analysis.significance"),
        level=STUDY.level,
    run:
        jobs.call(
            workflow,
            log[0],
            "analysis.significance.write",
            winners=input.winners,
            splits_path=input.splits,
            level=params.level,
            output=output[0],
        )


rule rank_models:
    """Rank the models over all data sets, and tell how far apart ranks must be to differ."""
    input:
        winners=rules.leaderboard.input.winners,
    output:
        shown("results/{study}/ranks.csv"),
    log:
        "results/{study}/ranks.log",
    group:
        CLUSTER.study
    params:
        code=code.digest("analysis.ranks"),
    run:
        jobs.call(
            workflow,
            log[0],
            "analysis.ranks.write",
            winners=input.winners,
            output=output[0],
        )


rule tuning:
    """Hold winners against default configurations, and each hyperparameter's default alone."""
    input:
        winners=models_of("winner.json"),
        trials=models_of("trials.csv"),
        data=[*rules.prepare.output, *rules.split.output],
    output:
        gains=shown(f"{OF_DATASET}/tuning.csv"),
        losses=shown(f"{OF_DATASET}/tunability.csv"),
    log:
        f"{OF_DATASET}/tuning.log",
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=code.digest("analysis.tuning", *(f"models.{model.name}" for model in STUDY.models)),
        rules=lambda wildcards: PLAN.winner_rules(wildcards.dataset),
    run:
        jobs.call(
            workflow,
            log[0],
            "analysis.tuning.write",
            winners=by_model(input.winners),
            trials=by_model(input.trials),
            data_paths=input.data,
            rules=params.rules,
            outputs=output,
        )


rule budget:
    """Tell the best score to expect of fewer trials, from those that ran."""
    input:
        trials=models_of("trials.csv"),
    output:
        shown(f"{OF_DATASET}/budget.csv"),
    log:
        f"{OF_DATASET}/budget.log",
    group:
        CLUSTER.results
    params:
        code=code.digest("analysis.budget"),
        metric=lambda wildcards: PLAN.metrics(wildcards.dataset)[0],
    run:
        jobs.call(
            workflow,
            log[0],
            "analysis.budget.write",
            trials=by_model(input.trials),
            metric=params.metric,
            output=output[0],
        )


rule importance:
    """Tell which hyperparameters matter."""
    input:
        trials=models_of("trials.csv"),
    output:
        shown(f"{OF_DATASET}/importance.csv"),
    log:
        f"{OF_DATASET}/importance.log",
    group:
        CLUSTER.results
    params:
        code=code.digest("analysis.importance") + f" optuna {version('optuna')}",
        metric=lambda wildcards: PLAN.metrics(wildcards.dataset)[0],
        seed=seeds.derive(STUDY.seed, "importance"),
    run:
        jobs.call(
            workflow,
            log[0],
            "analysis.importance.write",
            trials=by_model(input.trials),
            metric=params.metric,
            seed=params.seed,
            output=output[0],
        )
