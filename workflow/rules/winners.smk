"""What the catalogue has of each model on each data set: tables that explain its winner, plots.

Models differ in what can be told of them, so there is a rule for each kind; they do the same.
"""

for KIND in WINNER_TABLES.kinds("explain_winner"):

    rule:
        """Write what explains a winner, and what puts it in doubt."""
        name:
            KIND.name
        input:
            sources(WINNER_TABLES),
        output:
            files_of(KIND, MODEL),
        log:
            f"{MODEL}/{KIND.name}.log",
        wildcard_constraints:
            dataset=any_of(KIND.datasets),
            model=any_of(KIND.models),
        priority: NEXT
        group:
            CLUSTER.results
        resources:
            mem_mb=memory_of_job,
            runtime=minutes_of_job,
        params:
            made_by=dependencies(WINNER_TABLES),
        run:
            jobs.make(workflow, log[0], WINNER_TABLES, place_of(wildcards))


for KIND in WINNER_PLOTS.kinds("plot_winner"):

    rule:
        """Draw a winner, its search, and what it learned."""
        name:
            KIND.name
        input:
            sources(WINNER_PLOTS),
        output:
            files_of(KIND, MODEL),
        log:
            f"{MODEL}/{KIND.name}.log",
        wildcard_constraints:
            dataset=any_of(KIND.datasets),
            model=any_of(KIND.models),
        priority: NEXT
        group:
            CLUSTER.results
        params:
            made_by=dependencies(WINNER_PLOTS),
        run:
            jobs.make(workflow, log[0], WINNER_PLOTS, place_of(wildcards))
