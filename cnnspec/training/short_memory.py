"""Memory that runs out, told by what it was wanted for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe.data import Data


@contextmanager
def told_of_memory(wanted: str, advice: str) -> Iterator[None]:
    """Raises UsageError where there is too little memory for what happens within: `there is not enough memory for ...: ...`."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_of_memory(error):
            raise
        raise UsageError(f"there is not enough memory for {wanted}: {advice}") from error


def _is_of_memory(error: MemoryError | RuntimeError) -> bool:
    """Returns whether memory ran out: torch has an exception of its own for GPUs only."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def told_of_data(data: Data) -> AbstractContextManager[None]:
    """Says so where there is too little memory for the samples, whatever the size of a step."""
    return told_of_memory(f"the data (`{data.keyword}`)", "take fewer or smaller samples, or leave more memory to the run")
