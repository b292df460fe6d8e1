"""Random numbers from (seed, name, index), never from global state."""

import hashlib

import numpy as np


def derive_seed(seed: int, name: str, index: int = 0) -> int:
    """Give a 63-bit seed that depends on all three values and on nothing else."""
    digest = hashlib.sha256(f"{seed}/{name}/{index}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def make_generator(seed: int, name: str, index: int = 0) -> np.random.Generator:
    """Give the numpy generator that belongs to (seed, name, index)."""
    return np.random.default_rng(derive_seed(seed, name, index))
