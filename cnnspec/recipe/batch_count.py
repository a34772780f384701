"""How many batches an epoch has."""

from __future__ import annotations


def batch_count(samples: int, size: int) -> int:
    """Returns into how many batches samples are divided: the last one has what is left.

    A single sample that is left goes with the batch before, for batch normalisation cannot train on it; batches of one sample
    are what was asked for.
    """
    return samples if size == 1 else max(1, -(-(samples - 1) // size))
