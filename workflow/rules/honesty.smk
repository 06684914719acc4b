"""How far the study's own scores can be believed: selection, nested searches, chance."""

MODEL = "results/{study}/{dataset}/{model}"


rule optimism:
    """Find what selecting the winner has added to its score, from out-of-fold predictions."""
    input:
        trials=rules.collect.output.trials,
        winner=rules.winner.output.winner,
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
    output:
        f"{MODEL}/optimism.json",
    log:
        f"{MODEL}/optimism.log",
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=code.digest("honesty.optimism"),
        rules=lambda wildcards: PLAN.winner_rules(wildcards.dataset),
    run:
        jobs.call(
            workflow,
            log[0],
            "honesty.optimism.write",
            trials=input.trials,
            table_paths=[input.values, input.about],
            rules=params.rules,
            winner=input.winner,
            output=output[0],
        )


rule chance:
    """Hold the winner on permuted targets against chance, on its held-out rows."""
    input:
        winner=rules.winner.output.winner,
        parameters=rules.winner.output.parameters,
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
    output:
        f"{MODEL}/chance.json",
    log:
        f"{MODEL}/chance.log",
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=lambda wildcards: code.digest("honesty.chance", f"models.{wildcards.model}"),
        rules=lambda wildcards: PLAN.winner_rules(wildcards.dataset),
    run:
        jobs.call(
            workflow,
            log[0],
            "honesty.chance.write",
            winner=input.winner,
            parameters=input.parameters,
            table_paths=[input.values, input.about],
            splits_path=input.splits,
            rules=params.rules,
            output=output[0],
        )


rule honesty:
    """Put each winner's selected score beside less flattering estimates of it."""
    input:
        winners=rules.leaderboard.input.winners,
        baselines=rules.leaderboard.input.baselines,
        optimism=per_model(f"{MODEL}/optimism.json"),
        outer=flat(of_outer_folds("winner.json")),
        permuted=of_permuted("winner.json").values(),
        chance=of_permuted("chance.json").values(),
    output:
        shown("results/{study}/honesty.csv"),
    log:
        "results/{study}/honesty.log",
    group:
        CLUSTER.study
    params:
        code=code.digest("honesty.table"),
    run:
        jobs.call(
            workflow,
            log[0],
            "honesty.table.write",
            winners=by_search(input.winners),
            optimism=by_search(input.optimism),
            baselines=input.baselines,
            **derived_results(),
            output=output[0],
        )


rule plot_honesty:
    """Draw selected, corrected, nested and held-out scores beside each other."""
    input:
        rules.honesty.output[0],
    output:
        plot("results/{study}/plots/honesty"),
    log:
        "results/{study}/plots/honesty.log",
    group:
        CLUSTER.study
    params:
        code=code.digest("plots.honesty"),
    run:
        jobs.call(
            workflow,
            log[0],
            "plots.honesty.panels",
            table=input[0],
            outputs=output,
        )
