"""Numbers of data that would be infinite as the network computes with them."""

from __future__ import annotations

import torch

from cnnspec.training.problems import NotANumber


def beyond(text: str, dtype: torch.dtype) -> NotANumber:
    """Returns the problem of a finite number that is beyond those of `dtype`; `text` says what stands where."""
    kind = torch.finfo(dtype)
    wider = ", or compute with `--precision fp64`" if kind.bits < 64 else ""
    return NotANumber(f"{text} is beyond the numbers of {kind.bits} bits (up to {kind.max:.2g})", f"store smaller units{wider}")
