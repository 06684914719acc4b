"""What explains each winner: its curves, the columns that it needs, what it learned, its page."""


rule learning_curve:
    """Fit a winner's hyperparameters on parts of its training rows, and score each."""
    input:
        winner=rules.winner.output.winner,
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
    output:
        "results/{study}/{dataset}/{model}/learning_curve.csv",
    log:
        "results/{study}/{dataset}/{model}/learning_curve.log",
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=explanation_code("explanation.learning"),
        spec=lambda wildcards: PLAN.split_params(wildcards.dataset),
    run:
        jobs.call(
            workflow,
            log[0],
            "explanation.learning.write",
            winner=input.winner,
            params=params.spec,
            output=output[0],
        )


rule rounds:
    """Score the first rounds of a winning booster, for about thirty numbers of rounds."""
    input:
        winner=rules.winner.output.winner,
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
    output:
        "results/{study}/{dataset}/{model}/rounds.csv",
    log:
        "results/{study}/{dataset}/{model}/rounds.log",
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=explanation_code("explanation.learning"),
    run:
        jobs.call(
            workflow,
            log[0],
            "explanation.learning.write_rounds",
            winner=input.winner,
            output=output[0],
        )


rule permutation_importance:
    """Shuffle each column of the held-out rows, and see by how much the score falls."""
    input:
        winner=rules.winner.output.winner,
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
    output:
        shown("results/{study}/{dataset}/{model}/permutation_importance.csv"),
    log:
        "results/{study}/{dataset}/{model}/permutation_importance.log",
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=explanation_code("explanation.permutation"),
        rules=lambda wildcards: {
            "seed": seeds.derive(STUDY.seed, "permutation importance", wildcards.dataset),
            "level": STUDY.level,
        },
    run:
        jobs.call(
            workflow,
            log[0],
            "explanation.permutation.write",
            winner=input.winner,
            rules=params.rules,
            output=output[0],
        )
