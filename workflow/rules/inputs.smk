"""What jobs read: input functions and params, by wildcards."""


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
    """Have a table made again that was made by other params."""
    folder = "results/{study}/{dataset}/data".format(**wildcards)
    return GUARD.check_table(wildcards.dataset, f"{folder}/table.npz", f"{folder}/table.json")


def verified_splits(wildcards):
    """Have splits made again that were made by other params."""
    path = "results/{study}/{dataset}/data/splits.npz".format(**wildcards)
    return GUARD.check_splits(wildcards.dataset, path)


def verified(wildcards):
    """Verify the files that a trial left earlier; a damaged one is moved aside."""
    return GUARD.check(trial_spec(wildcards), TRIAL.format(**wildcards))


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


def refits():
    """Return the proof, for each search in which trials share work, that they may."""
    return [
        f"results/{STUDY.name}/{dataset}/{model}/refit.json"
        for dataset, model in PLAN.searches
        if PLAN.sample(dataset, model)
    ]


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


def of_outer_folds(name):
    """Return for each search a file of the model in each of its data set's outer folds."""
    return {
        f"{dataset}/{model}": [
            f"results/{STUDY.name}/{fold}/{model}/{name}"
            for fold in PLAN.derived(dataset)
            if fold in OUTER
        ]
        for dataset, model in PLAN.declared_searches
        if STUDY.outer_folds
    }


def of_permuted(name):
    """Return for each search a file of the model on its data set's permuted targets."""
    return {
        f"{dataset}/{model}": f"results/{STUDY.name}/{other}/{model}/{name}"
        for dataset, model in PLAN.declared_searches
        for other in PLAN.derived(dataset)
        if other not in OUTER
    }


def derived_results():
    """Return by search what came of the data sets that are made of the config's own."""
    return {
        "outer": of_outer_folds("winner.json"),
        "permuted": of_permuted("winner.json"),
        "chance": of_permuted("chance.json"),
    }


def flat(paths):
    """Return the paths of all searches in one list."""
    return [path for some in paths.values() for path in some]
