"""Training keeps images with their channels last; no layer may give other values for that."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from training_specs import compiled

from cnnspec.backends.torch_module import build
from cnnspec.layers.registry import all_kinds
from cnnspec.network.network import Network

EXAMPLES = [example for kind in all_kinds() for example in kind.examples]
IMAGES = ("4x8x8", "4x12x10", "12x9x9", "16x5x5", "16x16x16")


def compare(model: nn.Module, *sizes: int) -> None:
    """Fails where a network gives other values for images with their channels last."""
    inputs = torch.rand(2, *sizes, dtype=torch.float64)
    outputs = []
    for layout in (torch.contiguous_format, torch.channels_last):
        torch.manual_seed(0)
        outputs.append(model(inputs.contiguous(memory_format=layout)))
    torch.testing.assert_close(outputs[1], outputs[0])


def network_for(example: str) -> Network | None:
    """Returns a network of one layer and an image that it takes, or None where it takes none of these."""
    for shape in IMAGES:
        try:
            return compiled(f"network N {{\n input {shape}\n {example}\n relu\n}}")
        except AssertionError:
            continue
    return None


@pytest.mark.parametrize("example", EXAMPLES)
def test_layers_give_the_same_for_both_layouts(example: str) -> None:
    network = network_for(example)
    if network is not None:
        compare(build(network).double().eval(), *network.input.sizes)


def test_most_examples_take_images() -> None:
    assert sum(network_for(example) is not None for example in EXAMPLES) > len(EXAMPLES) * 2 // 3


def test_a_difference_is_found() -> None:
    class Memory(nn.Module):
        """Returns numbers in the order of the memory, which no layer should know."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.as_strided(x.shape, torch.empty(x.shape).stride())

    with pytest.raises(AssertionError):
        compare(Memory(), 4, 8, 8)
