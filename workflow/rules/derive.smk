"""Data sets made of others: outer folds of nested cross-validation, and permuted targets.

From here on they are data sets like any other, with searches of their own.
"""


rule derive:
    """Make the table of a derived data set from that of its parent."""
    input:
        values=of_parent("table.npz"),
        about=of_parent("table.json"),
        splits=of_parent("splits.npz"),
        verified=verified_table,
    output:
        values="results/{study}/{dataset}/data/table.npz",
        about="results/{study}/{dataset}/data/table.json",
    log:
        "results/{study}/{dataset}/data/derive.log",
    wildcard_constraints:
        dataset=any_of(DERIVED),
    priority: FIRST
    group:
        CLUSTER.data
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        spec=lambda wildcards: PLAN.data_params(wildcards.dataset),
    run:
        jobs.call(
            workflow,
            log[0],
            "data.derived.prepare",
            params=params.spec,
            parent_paths=[input.values, input.about],
            splits_path=input.splits,
            values=output.values,
            about=output.about,
        )


rule split_outer:
    """Hold out the part of an outer fold, and assign its other rows to inner folds."""
    input:
        parent_values=of_parent("table.npz"),
        parent_about=of_parent("table.json"),
        parent_splits=of_parent("splits.npz"),
        values=rules.derive.output.values,
        about=rules.derive.output.about,
        verified=verified_splits,
    output:
        "results/{study}/{dataset}/data/splits.npz",
    log:
        "results/{study}/{dataset}/data/split.log",
    wildcard_constraints:
        dataset=any_of(OUTER),
    priority: FIRST
    group:
        CLUSTER.data
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        spec=lambda wildcards: PLAN.split_params(wildcards.dataset),
    run:
        jobs.split(
            workflow,
            log[0],
            "splitting.outer.prepare",
            PLAN,
            wildcards.dataset,
            params=params.spec,
            parent_paths=[input.parent_values, input.parent_about],
            parent_splits=input.parent_splits,
            table_paths=[input.values, input.about],
            output=output[0],
        )
