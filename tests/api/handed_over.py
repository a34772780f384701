"""Data that a program holds, and a small network that learns it."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.data import Dataset

import cnnspec

NET = """network N {
    input 1x6x6
    flatten
    linear 3
}
train {
    epochs 4
    batch 16
    optimizer adam, lr=0.05
}
"""


def samples(count: int = 60) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns images whose bright row tells the class."""
    random = torch.Generator().manual_seed(0)
    targets = torch.arange(count) % 3
    images = torch.rand(count, 1, 6, 6, generator=random) / 2
    images[torch.arange(count), 0, targets] += 0.5
    return images, targets


class Items(Dataset[Any]):
    """Samples one at a time, as users' own data sets have them."""

    classes = ("low", "middle", "high")

    def __init__(self, x: torch.Tensor, y: torch.Tensor) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.x[index], int(self.y[index])


def run(data: Any, out: str = "run", text: str = NET, **options: Any) -> Any:
    return cnnspec.train(cnnspec.loads(text), data=data, out=out, device="cpu", progress=False, **options)
