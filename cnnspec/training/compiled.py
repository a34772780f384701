"""Networks that torch.compile has compiled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

import torch
from torch import nn

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.packages import has_triton

_COMPILERS = ("g++", "clang++", "c++", "cl")


def verify_compiler(device: torch.device) -> None:
    """Raises UsageError where torch.compile has nothing to compile with: a C++ compiler for CPUs, Triton for GPUs."""
    if device.type == "cuda":
        if not has_triton():
            raise UsageError("--compile needs Triton on a GPU: pip install triton")
        return
    names: Sequence[str] = [os.environ["CXX"]] if "CXX" in os.environ else _COMPILERS
    if not any(shutil.which(name) for name in names):
        raise UsageError(f"--compile needs a C++ compiler ({' or '.join(names)}), and there is none")


def compile_in_place(model: nn.Module, has_graphs: bool) -> None:
    """Compiles the calls of a model, whose parameters and names stay as they are.

    `has_graphs`: on a GPU torch plays the forward and the backward pass as CUDA graphs, which saves the launches of the single
    operations; not where the whole step is one.
    """
    # `model.compile()` compiles `__call__`, in which torch leaves its own modules alone, nn.Sequential among them.
    model.forward = torch.compile(model.forward, mode="reduce-overhead" if has_graphs else None)
