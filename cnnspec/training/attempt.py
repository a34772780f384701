"""A pass through a copy of a network, for what only an attempt tells before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import nn

from cnnspec.network.network import Network
from cnnspec.training.device import Precision, own_random_numbers

_SAMPLES = 2  # the fewest that batch normalisation takes


@contextmanager
def copied(model: nn.Module) -> Iterator[nn.Module]:
    """Gives a copy of a model to try; random numbers go on afterwards as if nothing had been drawn."""
    with own_random_numbers():
        yield deepcopy(model)


def forward(model: nn.Module, network: Network, precision: Precision) -> torch.Tensor:
    """Returns the outputs [2, ...] for zeros, in the precision of the weights."""
    inputs = torch.zeros(_SAMPLES, *network.input.sizes, device=precision.device, dtype=precision.dtype)
    with precision.forward():
        outputs: torch.Tensor = model(inputs)
    return outputs.to(precision.dtype)
