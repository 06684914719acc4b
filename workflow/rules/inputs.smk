"""What jobs read, depend on, and ask a cluster for, by wildcards."""


def source_file(wildcards):
    """Return a data set's file; its content counts through the params, not its time.

    Snakemake would take braces in its path for wildcards, so such a file is no input.
    """
    spec = PLAN.dataset(wildcards.dataset)
    named = not spec.bundled and not {"{", "}"} & set(spec.source)
    return ancient(spec.source) if named else []


def trial_spec(wildcards):
    """Return all that a trial's result depends on, as the params of its job."""
    return PLAN.trial(wildcards.dataset, wildcards.model, wildcards.trial)


def verified_table(wildcards):
    """Make a data set's table anew where the config or the file has changed since."""
    folder = "results/{study}/{dataset}/data".format(**wildcards)
    return GUARD.check_table(wildcards.dataset, f"{folder}/table.npz", f"{folder}/table.json")


def verified_splits(wildcards):
    """Have splits made again that were made by other params."""
    path = "results/{study}/{dataset}/data/splits.npz".format(**wildcards)
    return GUARD.check_splits(wildcards.dataset, path)


def verified(wildcards):
    """Verify the files that a trial left earlier; a damaged one is moved aside."""
    return GUARD.check(trial_spec(wildcards), TRIAL.format(**wildcards))


def priority_of_trial(wildcards):
    """Return when a trial's turn is; the results of a search come before further trials."""
    return PLAN.priority(wildcards.dataset, wildcards.model, wildcards.trial)


def threads_of_job(wildcards):
    """Return the cores that a trial's job takes; none if it waits in a thread for the workers.

    There are as many workers as cores, and Snakemake can start all such jobs without
    weighing each of them against all others whenever one ends.
    """
    threads = STUDY.threads(wildcards.model)
    return 0 if workers.are_shared(workflow) and threads == 1 else threads


def search_spec(wildcards):
    """Return what the trials of a search have in common, in the spec of one of them."""
    return PLAN.search_spec(wildcards.dataset, wildcards.model)


def sample_spec(wildcards):
    """Return the trial that is run again alone: one drawn from those that share work."""
    sample = PLAN.sample(wildcards.dataset, wildcards.model)
    return PLAN.trial(wildcards.dataset, wildcards.model, sample)


def sample_scores(wildcards):
    """Return that trial's scores; they carry the digests of its other files."""
    return f"{TRIAL.format(trial=sample_spec(wildcards).trial, **wildcards)}/{SCORES}"


def trials_of_bundle(wildcards):
    """Return the scores of a bundle's trials; that their other files are there is verified."""
    names = {key: value for key, value in wildcards.items() if key != "bundle"}
    return [
        f"{TRIAL.format(trial=trial, **names)}/{SCORES}"
        for trial in search_of(wildcards).bundles[wildcards.bundle]
    ]


def bundles_of(kind):
    """Return an input function for the bundles of a model's trials."""

    def bundles(wildcards):
        folder = "results/{study}/{dataset}/{model}/bundles".format(**wildcards)
        return [f"{folder}/{bundle}.{kind}.jsonl" for bundle in search_of(wildcards).bundles]

    return bundles


def of_parent(name):
    """Return an input function for a file of the data set that another is made of."""

    def path(wildcards):
        parent = PLAN.dataset(wildcards.dataset).parent
        return f"results/{wildcards.study}/{parent}/data/{name}"

    return path


def cores_of_bundle(wildcards):
    """Return the cores of the cluster's job that runs a bundle's trials."""
    return CLUSTER.cores_of(wildcards)


def memory_of_bundle(wildcards, attempt):
    """Return the memory of that job; one that was killed gets more when it is tried again."""
    return CLUSTER.request(wildcards).memory_mb * attempt


def minutes_of_bundle(wildcards, attempt):
    """Return the time limit of that job."""
    return CLUSTER.request(wildcards).minutes * attempt


def memory_of_job(wildcards, attempt):
    """Return the memory of a job that reads a data set, or fits a model's winner on it."""
    return CLUSTER.request_of_job(wildcards).memory_mb * attempt


def minutes_of_job(wildcards, attempt):
    """Return the time limit of that job."""
    return CLUSTER.request_of_job(wildcards).minutes * attempt
