"""One training job per trial."""


rule train:
    """Fit and score every fold, refit on all training rows, and prove the parameters."""
    input:
        values=rules.prepare.output.values,
        about=rules.prepare.output.about,
        splits=rules.split.output[0],
        verified=verified,
    output:
        parameters=f"{TRIAL}/parameters.npz",
        predictions=f"{TRIAL}/predictions.npz",
        cost=f"{TRIAL}/cost.json",
        scores=f"{TRIAL}/scores.json",
    log:
        f"{TRIAL}/trial.log",
    threads: 1
    params:
        spec=lambda wildcards: trial_spec(wildcards).to_json(),
    run:
        jobs.train(workflow, log[0], params.spec, input, output, STUDY.timeout)
