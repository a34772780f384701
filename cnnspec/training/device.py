"""Where to compute, and with which numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from cnnspec.diagnostics.problem import UsageError
from cnnspec.layers.problems import counted
from cnnspec.recipe.precisions import PRECISIONS, our_precision
from cnnspec.training.called import our_device
from cnnspec.training.processes.ranks import ALONE, Ranks


def select_device(name: str, ranks: Ranks = ALONE) -> torch.device:
    """Returns the device for `auto`, `cpu`, `cuda` or `cuda:N`; raises UsageError where it does not exist.

    Only `auto` falls back: to the first GPU, else the CPU. Of several processes each gets a GPU of its own.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not ranks.is_alone:
        if name.startswith("cuda:"):
            raise UsageError(f"--device {name}: with several processes write `cuda`, and each gets a GPU of its own")
        if name == "cuda" or (name == "auto" and count):
            name = f"cuda:{ranks.local}"
    if name == "auto":
        return torch.device("cuda", 0) if count else torch.device("cpu")
    if name == "cpu":
        return torch.device("cpu")
    kind, _, index = name.partition(":")
    if kind != "cuda" or (index and not index.isdecimal()) or name.endswith(":"):
        ours = our_device(name)
        raise UsageError(f"--device {name}: write " + (f"`{ours}`" if ours else "`auto`, `cpu`, `cuda` or `cuda:N`"))
    if count == 0:
        raise UsageError(f"--device {name}: PyTorch {torch.__version__} finds no GPU here; `--device auto` takes what is there")
    if int(index or 0) >= count:
        raise UsageError(f"--device {name}: PyTorch finds {counted(count, 'GPU')} here, counted from 0")
    return torch.device("cuda", int(index or 0))


@contextmanager
def own_random_numbers() -> Iterator[None]:
    """Leaves torch's generators of the CPU and of GPUs as they were, whatever is seeded and drawn inside."""
    # Seeding reaches all GPUs. Before anything has used one, nothing can have been drawn there.
    is_used = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    with torch.random.fork_rng(devices=range(torch.cuda.device_count()) if is_used else ()):
        yield


@dataclass(frozen=True)
class Precision:
    """How numbers are computed: weights and inputs in `dtype`, and convolutions and products as `name` says.

    `fp64` and `fp32` are what they say, `tf32` lets a GPU round the factors of products to 10 bits, and `bf16`
    and `fp16` compute the forward pass in short numbers where torch's autocast holds that to be safe; the loss is always in
    `dtype`. The gradients of `fp16` are scaled up, lest small ones vanish.
    """

    name: str
    device: torch.device

    @classmethod
    def select(cls, name: str, device: torch.device) -> Precision:
        """Returns a precision that the device has; raises UsageError."""
        if name not in PRECISIONS:
            ours = our_precision(name)
            raise UsageError(f"--precision {name}: write " + (f"`{ours}`" if ours else f"one of {', '.join(PRECISIONS)}"))
        if name == "tf32" and device.type != "cuda":
            raise UsageError("--precision tf32 needs an NVIDIA GPU")
        return cls(name, device)

    @property
    def dtype(self) -> torch.dtype:
        return torch.float64 if self.name == "fp64" else torch.float32

    def forward(self) -> AbstractContextManager[Any]:
        """Returns the context in which the network computes its outputs."""
        short = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(self.name)
        return nullcontext() if short is None else torch.autocast(self.device.type, short)

    @property
    def scales_loss(self) -> bool:
        """Returns whether gradients are scaled up."""
        return self.name == "fp16"

    def prepare(self) -> None:
        """Sets what torch keeps per process: on a GPU, whether products may be rounded, and equal results for equal runs."""
        if self.device.type == "cuda":
            products = "tf32" if self.name == "tf32" else "ieee"
            torch.backends.cuda.matmul.fp32_precision = products
            torch.backends.cudnn.conv.fp32_precision = products  # type: ignore[attr-defined]
            torch.backends.cudnn.deterministic = True
            torch.backends.cudnn.benchmark = False
