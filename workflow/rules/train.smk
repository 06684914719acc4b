"""One training job per trial; trials that share work are run together and published one by one."""


rule train:
    """Fit and score every fold, refit on all training rows, and prove the parameters."""
    input:
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
        verified=verified,
    output:
        f"{TRIAL}/scores.json",
    log:
        f"{TRIAL}/trial.log",
    priority: priority_of_trial
    group:
        CLUSTER.trials
    threads: threads_of_job
    # What a bundle's trials need of a cluster is asked for by the rule that gathers their records.
    resources:
        mem_mb=0,
        runtime=0,
    params:
        spec=lambda wildcards: trial_spec(wildcards).params,
    run:
        jobs.train(workflow, log[0], SETS, trial_spec(wildcards), input, output[0])


rule refit:
    """Run a trial that shared work with others again, alone: its files must be the same."""
    input:
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
        scores=sample_scores,
    output:
        "results/{study}/{dataset}/{model}/refit.json",
    log:
        "results/{study}/{dataset}/{model}/refit.log",
    priority: THEN
    group:
        CLUSTER.results
    resources:
        mem_mb=memory_of_job,
        runtime=minutes_of_job,
    params:
        code=code.digest("refit"),
        spec=lambda wildcards: sample_spec(wildcards).params,
    run:
        jobs.refit(workflow, log[0], sample_spec(wildcards), input, output[0])
