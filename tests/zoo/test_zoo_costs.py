"""MACs and parameters of all networks in specs/, against torch's own counters on the meta device."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import cnnspec

ROOT = Path(__file__).parents[2]
NETWORKS = [(file.name, net) for file in sorted((ROOT / "specs").glob("*.cnn")) for net in cnnspec.check(file).networks]


def model_of(net: cnnspec.Network) -> nn.Module:
    with torch.device("meta"):
        return net.build().eval()


def operations(net: cnnspec.Network) -> int:
    """Returns what torch counts for one sample: two operations for each multiply-accumulate."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model_of(net)(*(torch.zeros(1, *given.shape.sizes, device="meta") for given in net.checked.inputs))
    return int(counter.get_total_flops())


@pytest.mark.parametrize(("file", "net"), NETWORKS, ids=[f"{file}:{net.name}" for file, net in NETWORKS])
def test_costs_as_torch_counts_them(file: str, net: cnnspec.Network) -> None:
    assert 2 * net.macs == operations(net)
    assert net.parameters == sum(parameter.numel() for parameter in model_of(net).parameters())


def test_another_network_costs_something_else() -> None:
    one, other = (cnnspec.load(ROOT / "specs" / "lenet.cnn", classes=classes) for classes in (10, 11))
    assert 2 * one.macs != operations(other)
    assert one.parameters != sum(parameter.numel() for parameter in model_of(other).parameters())
