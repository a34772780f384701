"""The same bits from the same steps: what a GPU needs for it beside seeds, and which operations do not have it even so."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import torch

_MISSING = re.compile(r"(\w+) does not have a deterministic implementation")  # torch's words
_INTENDED = (  # PyTorch's words again
    "because it uses CuBLAS",  # whose products may differ on several streams at once, and a run has one
    "This instance was constructed with capturable=True",  # rates stay on the device in all steps
)


@contextmanager
def repeatable(device: torch.device, note: Callable[[str], None]) -> Iterator[None]:
    """Lets a GPU add in the same order each time where PyTorch has an algorithm for it; `note` is told once of what has none.

    Threads of a GPU that add into one number do so in the order in which they come. CPUs are not concerned.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html
    """
    if device.type != "cuda":
        yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what PyTorch asks for; read before the first product
    with warnings.catch_warnings(), _deterministic():
        for words in _INTENDED:
            warnings.filterwarnings("ignore", message=f".*{words}")
        warnings.filterwarnings("always", message=f".*{_MISSING.pattern}")
        warnings.showwarning = _Noting(note, warnings.showwarning)  # type: ignore[assignment]
        yield


class _Noting:
    """Makes notes of PyTorch's warnings about the order of sums, one for each operation, and shows all other warnings."""

    def __init__(self, note: Callable[[str], None], others: Callable[..., None]) -> None:
        self._note, self._others, self._told = note, others, set[str]()

    def __call__(
        self, message: Warning | str, category: type[Warning], filename: str, lineno: int, *rest: TextIO | str | None
    ) -> None:
        found = _MISSING.search(str(message))
        if found is None:
            self._others(message, category, filename, lineno, *rest)
        elif found[1] not in self._told:
            self._told.add(found[1])
            self._note(
                f"runs of this network on a GPU, and resumed ones, may differ in their last digits: PyTorch's `{found[1]}` "
                "adds in an order that changes"
            )


@contextmanager
def _deterministic() -> Iterator[None]:
    """Sets PyTorch to algorithms that are the same each time, and back at the end."""
    filling: Any = torch.utils.deterministic
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        filling.fill_uninitialized_memory,
    )
    torch.use_deterministic_algorithms(True, warn_only=True)
    filling.fill_uninitialized_memory = False  # a help against mistakes of PyTorch itself, that takes time
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        filling.fill_uninitialized_memory = before[2]
