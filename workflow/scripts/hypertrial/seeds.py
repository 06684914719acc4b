"""Seeds for every purpose, derived from the one seed of the config."""

import hashlib


def derive(seed: int, *purpose: str) -> int:
    """Return a seed below 2**31 for a purpose, such as ``derive(1, "split", "iris")``."""
    text = "/".join([str(seed), *purpose])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
