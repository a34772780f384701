"""Networks that torchvision does not have compute what their papers say: their parts, put together in torch by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

import cnnspec

SPECS = Path(__file__).parents[2] / "specs"


def built(net: cnnspec.Network) -> nn.Module:
    """Returns a network in evaluation mode, with running statistics and scales that are no longer 0 and 1."""
    torch.manual_seed(0)
    model = net.build().eval()
    for key, tensor in model.state_dict().items():
        if key.endswith("running_var") or (key.endswith("weight") and tensor.dim() == 1):
            tensor.uniform_(0.5, 1.5)
    return model


def part(model: nn.Module, name: str, *values: torch.Tensor) -> torch.Tensor:
    """Returns what one module of a network makes of values."""
    result: torch.Tensor = model.get_submodule(name)(*values)
    return result


@torch.no_grad()
def test_shortcuts_of_the_small_resnet_have_no_weights() -> None:
    """Option A: with a main branch that gives 0, a block keeps every other position and adds channels of zeros."""
    model = built(cnnspec.load(SPECS / "resnet20_cifar.cnn"))
    for tensor in (model.get_parameter("layer2.0.bn2.weight"), model.get_parameter("layer2.0.bn2.bias")):
        tensor.zero_()
    x = torch.rand(2, 16, 32, 32)
    torch.testing.assert_close(part(model, "layer2.0", x), functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 8, 8)))


@torch.no_grad()
def test_wide_blocks_pass_on_the_raw_value_or_project_the_activated_one() -> None:
    model = built(cnnspec.load(SPECS / "wrn28_10.cnn", width=1))
    for name, channels, stride in (("block1.1", 16, 1), ("block2.0", 16, 2)):
        x = torch.randn(2, channels, 8, 8)
        active = functional.relu(part(model, f"{name}.bn1", x))
        inner = functional.relu(part(model, f"{name}.bn2", part(model, f"{name}.conv1", active)))
        shortcut = x if stride == 1 else part(model, f"{name}.convShortcut", active)
        torch.testing.assert_close(part(model, name, x), part(model, f"{name}.conv2", inner) + shortcut)


@torch.no_grad()
def test_siamese_network_has_one_set_of_weights() -> None:
    model = built(cnnspec.load(SPECS / "siamese.cnn"))
    left, right = torch.rand(2, 3, 1, 56, 46).unbind()
    first, second = model(left, right)
    torch.testing.assert_close(first, part(model, "tower", left))
    torch.testing.assert_close(second, part(model, "tower", right))
    assert {name.partition(".")[0] for name in model.state_dict()} == {"tower"}


@torch.no_grad()
def test_unet_hands_over_each_level() -> None:
    model = built(cnnspec.load(SPECS / "unet.cnn", input="3x16x16", width=4, levels=2))
    x = torch.rand(2, 3, 16, 16)
    enc0 = part(model, "enc0", x)
    enc1 = part(model, "enc1", functional.max_pool2d(enc0, 2))
    middle = part(model, "middle", functional.max_pool2d(enc1, 2))
    dec1 = part(model, "dec1", torch.cat((enc1, part(model, "up1", middle)), 1))
    dec0 = part(model, "dec0", torch.cat((enc0, part(model, "up0", dec1)), 1))
    torch.testing.assert_close(model(x), part(model, "head", dec0))


@torch.no_grad()
def test_yolo_looks_at_three_grids() -> None:
    model = built(cnnspec.load(SPECS / "darknet53_yolov3.cnn", input="3x64x64"))
    x = torch.rand(1, 3, 64, 64)
    stages = [part(model, "stem", x)]
    for number in range(1, 6):
        stages.append(part(model, f"stage{number}", stages[-1]))
    neck0 = part(model, "neck0", stages[5])
    neck1 = part(model, "neck1", torch.cat((functional.interpolate(part(model, "8", neck0), scale_factor=2), stages[4]), 1))
    neck2 = part(model, "neck2", torch.cat((functional.interpolate(part(model, "12", neck1), scale_factor=2), stages[3]), 1))
    expected = [part(model, f"head{number}", neck) for number, neck in enumerate((neck0, neck1, neck2))]
    torch.testing.assert_close(list(model(x)), expected)


@torch.no_grad()
def test_the_comparison_sees_a_wrong_order() -> None:
    model = built(cnnspec.load(SPECS / "unet.cnn", input="3x16x16", width=4, levels=1))
    x = torch.rand(2, 3, 16, 16)
    enc0 = part(model, "enc0", x)
    up0 = part(model, "up0", part(model, "middle", functional.max_pool2d(enc0, 2)))
    with pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(model(x), part(model, "head", part(model, "dec0", torch.cat((up0, enc0), 1))))
