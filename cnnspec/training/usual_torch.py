"""PyTorch as it is in a program that has set nothing, whatever the one around has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

# What rounds the factors of products on a CPU; on a GPU the precision of a run decides.
_ROUNDED: tuple[Any, ...] = (torch.backends.mkldnn.matmul, torch.backends.mkldnn.conv)  # type: ignore[attr-defined]


@contextmanager
def usual_torch() -> Iterator[None]:
    """Computes with gradients, without autocast, in float32 on the CPU where nothing else is said, and rounds no factors.

    A run's settings say all that its numbers depend on, so that it can be repeated, and resumed, from elsewhere.
    """
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":  # asked first: the context makes every call of torch slower
            stack.enter_context(torch.device("cpu"))
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(torch.float32)
        for products in _ROUNDED:
            stack.callback(setattr, products, "fp32_precision", products.fp32_precision)
            products.fp32_precision = "ieee"
        yield
