"""What a winner learned, as its family tells it, and the winner's page."""


wildcard_constraints:
    learned="|".join(map(re.escape, sorted(LEARNED_TABLES.values()))) or "none",


rule learned_table:
    """Write a winner's rules, support vectors, or use of features, as its family tells them."""
    input:
        winner=rules.winner.output.winner,
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
    output:
        "results/{study}/{dataset}/{model}/{learned}",
    log:
        "results/{study}/{dataset}/{model}/{learned}.log",
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=explanation_code("explanation.learned"),
    run:
        jobs.call(
            workflow,
            log[0],
            "explanation.learned.write",
            winner=input.winner,
            output=output[0],
        )


rule winner_page:
    """Explain a winner: its scores, what it was given and learned, and one of its predictions."""
    input:
        winner=rules.winner.output.winner,
        ledger=rules.ledger.output[0],
        importance=rules.permutation_importance.output[0],
        curve=rules.learning_curve.output[0],
        learned=learned_table,
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
    output:
        "results/{study}/{dataset}/{model}/winner.md",
    log:
        "results/{study}/{dataset}/{model}/winner_page.log",
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=explanation_code("explanation.page"),
    run:
        jobs.call(
            workflow,
            log[0],
            "explanation.page.write",
            winner=input.winner,
            ledger=input.ledger,
            importance=input.importance,
            curve=input.curve,
            learned=input.learned or None,
            output=output[0],
        )
