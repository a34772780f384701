"""Small networks and files for the tests of training."""

from __future__ import annotations

import struct
from pathlib import Path

import torch

from cnnspec.compiler import check_source
from cnnspec.network.network import Network
from cnnspec.recipe.recipe import Recipe
from cnnspec.source import Source
from cnnspec.training.data.dataset import Request

TINY = """
network Tiny {
    input 1x8x8
    conv 4, kernel=3
    batchnorm
    relu
    flatten
    dropout 0.1
    linear 10
}
train {
    data digits
    epochs 2
    batch 128
    seed 3
}
"""

TANH = """
network Net {
    input 1x8x8
    flatten
    linear 16
    tanh
    linear 10
}
train {
    data digits
    optimizer sgd, lr=0.5
    EXTRA
}
"""  # without a layer that draws, or that depends on the batch


def compiled(text: str) -> Network:
    """Returns the network of a text without mistakes."""
    result = check_source(Source("test.cnn", text))
    assert result.ok, [item.message for item in result.diagnostics]
    return result.networks[-1]


def recipe_of(network: Network) -> Recipe:
    assert network.recipe is not None
    return network.recipe


def request_of(network: Network, base: Path) -> Request:
    return Request(network.input, network.output, recipe_of(network).loss, base)


def write_idx(path: Path, values: torch.Tensor) -> None:
    """Writes uint8 values in the IDX format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = bytes((0, 0, 8, values.dim())) + struct.pack(f">{values.dim()}I", *values.shape)
    path.write_bytes(header + values.numpy().tobytes())


def write_mnist(root: Path, train: int = 40, test: int = 10, size: int = 28) -> Path:
    """Writes a tiny data set in MNIST's layout and returns the folder of its files."""
    raw = root / "MNIST" / "raw"
    random = torch.Generator().manual_seed(0)
    for name, count in (("train", train), ("t10k", test)):
        images = torch.randint(0, 256, (count, size, size), generator=random, dtype=torch.uint8)
        write_idx(raw / f"{name}-images-idx3-ubyte", images)
        write_idx(raw / f"{name}-labels-idx1-ubyte", torch.arange(count, dtype=torch.uint8) % 10)
    return raw
