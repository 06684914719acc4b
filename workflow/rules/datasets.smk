"""What the catalogue has of each data set: what is in it, then all its models together."""

for KIND in OF_DATA.kinds("describe"):

    rule:
        """Report on the columns and the splits of a data set, and score its baseline."""
        name:
            KIND.name
        input:
            sources(OF_DATA),
        output:
            files_of(KIND, DATASET),
        log:
            f"{DATASET}/data/{KIND.name}.log",
        wildcard_constraints:
            dataset=any_of(KIND.datasets),
        priority: THEN
        group:
            CLUSTER.results
        resources:
            mem_mb=memory_of_job,
            runtime=minutes_of_job,
        params:
            made_by=dependencies(OF_DATA),
        run:
            jobs.make(workflow, log[0], OF_DATA, place_of(wildcards))


for KIND in DATASET_TABLES.kinds("compare_models"):

    rule:
        """Tell whether winners differ, what tuning gained, and which hyperparameters matter."""
        name:
            KIND.name
        input:
            sources(DATASET_TABLES),
        output:
            files_of(KIND, DATASET),
        log:
            f"{DATASET}/{KIND.name}.log",
        wildcard_constraints:
            dataset=any_of(KIND.datasets),
        priority: NEXT
        group:
            CLUSTER.results
        resources:
            mem_mb=memory_of_job,
            runtime=minutes_of_job,
        params:
            made_by=dependencies(DATASET_TABLES),
        run:
            jobs.make(workflow, log[0], DATASET_TABLES, place_of(wildcards))


for KIND in DATASET_PLOTS.kinds("plot_models"):

    rule:
        """Draw all models of a data set beside each other."""
        name:
            KIND.name
        input:
            sources(DATASET_PLOTS),
        output:
            files_of(KIND, DATASET),
        log:
            f"{DATASET}/{KIND.name}.log",
        wildcard_constraints:
            dataset=any_of(KIND.datasets),
        priority: NEXT
        group:
            CLUSTER.results
        params:
            made_by=dependencies(DATASET_PLOTS),
        run:
            jobs.make(workflow, log[0], DATASET_PLOTS, place_of(wildcards))
