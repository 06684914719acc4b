"""What a job of a cluster asks for: of a bundle of trials together, and of other jobs."""


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
