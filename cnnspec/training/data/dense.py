"""Tensors, arrays and images of a program as plain arrays, and what is none of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def as_array(values: Any, what: str) -> np.ndarray:
    """Returns a tensor, an image or a number as an array; raises TypeError and ValueError as `verify_dense` does.

    `what` is what errors call it.
    """
    verify_dense(values, what)
    if not isinstance(values, torch.Tensor):
        return np.asarray(values)
    plain = values.detach().cpu().resolve_conj().resolve_neg()
    short = plain.is_floating_point() and plain.dtype != torch.float64  # numpy has no bfloat16
    found: np.ndarray = (plain.to(torch.float32) if short else plain).numpy()
    return found


def verify_dense(values: Any, what: str) -> None:
    """Raises TypeError for a tensor that does not hold a number at each place, and ValueError for an array that masks some."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        count = int(np.ma.getmaskarray(values).sum())
        raise ValueError(
            f"{what}: {count:,} of {values.size:,} numbers are masked: leave such samples out, or fill the gaps (`.filled(0)`)"
        )
    kind, advice = _other_kind(values) if isinstance(values, torch.Tensor) else ("", "")
    if kind:
        raise TypeError(f"{what}: tensors hold a number at each place, this one is {kind}: {advice}")


def _other_kind(values: torch.Tensor) -> tuple[str, str]:
    """Returns what a tensor is that is not dense, and what to do about it; nothing for one that is."""
    if values.is_nested:
        return "nested", "bring the samples to one shape (`.to_padded_tensor(0)`)"
    if values.is_meta:
        return "on the device `meta`, without numbers", "make it on another device"
    if values.layout != torch.strided:
        return "sparse", "write it out (`.to_dense()`)"
    if values.is_quantized:
        return "quantised", "hand over its numbers (`.dequantize()`)"
    return "", ""
