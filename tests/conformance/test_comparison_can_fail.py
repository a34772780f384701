"""Each comparison with torch fails where it should: layers that lie in one respect are found out."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from compare import compare, compare_cost, compare_module, compare_values, compare_weights
from layer_strategies import values_of
from torch import nn
from torch_reference import Accepted, NoModule, run, verdict

from cnnspec.layers.activation import Relu
from cnnspec.layers.base import Sizes
from cnnspec.layers.convolution import Conv
from cnnspec.layers.pooling import MaxPool
from cnnspec.layers.problems import InvalidArgument
from cnnspec.values.call import Call
from cnnspec.values.shapes import Shape

IMAGE = Shape((3, 8, 8))


class TooLarge(Conv):
    """Claims a position more than there is."""

    def infer(self, x: Shape) -> Shape:
        y = super().infer(x)
        return Shape((y.channels, *(size + 1 for size in y.spatial)))


class TooStrict(Conv):
    """Refuses everything."""

    def infer(self, x: Shape) -> Shape:
        raise InvalidArgument("kernel", "no")


class TooTolerant(Conv):
    """Refuses nothing."""

    def infer(self, x: Shape) -> Shape:
        return Shape((self.out_channels, *x.spatial))


class WrongField(Conv):
    """Blames an argument that it does not have."""

    def infer(self, x: Shape) -> Shape:
        raise InvalidArgument("colour", "no")


class WrongWeights(Conv):
    """Forgets the bias."""

    def weights(self, x: Shape) -> Sizes:
        return {"weight": super().weights(x)["weight"]}


class WrongCost(Conv):
    """Counts the bias."""

    def macs(self, x: Shape, y: Shape) -> int:
        return super().macs(x, y) + y.features


class WrongCall(Relu):
    """Builds another function."""

    def torch(self, x: Shape) -> Call:
        return Call("nn.GELU")


class WrongShapeCall(MaxPool):
    """Builds a pool with another stride."""

    def torch(self, x: Shape) -> Call:
        return Call("nn.MaxPool2d", (2, 1))


@pytest.mark.parametrize("kind", [TooLarge, TooStrict, WrongWeights, WrongCost])
def test_lying_convolution_is_found_out(kind: type[Conv]) -> None:
    assert compare(Conv(out_channels=4, kernel=3), IMAGE) == "accepted"
    with pytest.raises(AssertionError):
        compare(kind(out_channels=4, kernel=3), IMAGE)


@pytest.mark.parametrize("kind", [TooTolerant, WrongField])
def test_lying_refusal_is_found_out(kind: type[Conv]) -> None:
    assert compare(Conv(out_channels=4, kernel=9), IMAGE) == "refused"
    with pytest.raises(AssertionError):
        compare(kind(out_channels=4, kernel=9), IMAGE)


@pytest.mark.parametrize("layer", [WrongCall(), WrongShapeCall(kernel=2)], ids=["values", "shape"])
def test_wrong_call_is_found_out(layer: Any) -> None:
    with pytest.raises(AssertionError):
        compare_module(layer, IMAGE, layer.infer(IMAGE))


def test_values_differ_is_found_out() -> None:
    x = Shape((200,))
    compare_values(Relu(), nn.ReLU(), x, x)
    with pytest.raises(AssertionError):
        compare_values(Relu(), nn.LeakyReLU(), x, x)


def test_missing_weight_and_missing_cost_are_found_out() -> None:
    module = nn.BatchNorm2d(3)
    statistics: Sizes = {"running_mean": (3,), "running_var": (3,), "num_batches_tracked": ()}
    compare_weights(module, {"weight": (3,), "bias": (3,)}, statistics)
    with pytest.raises(AssertionError):
        compare_weights(module, {}, {"weight": (3,), "bias": (3,)} | statistics)
    with pytest.raises(AssertionError):
        compare_cost(nn.Linear(4, 4), Shape((4,)), 0)


def test_reference_runs_both_modes() -> None:
    class OnlyTrains(nn.Module):
        """Fails in evaluation."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if not self.training:
                raise ValueError("evaluation")
            return x

    assert isinstance(run(nn.Identity(), IMAGE), Accepted)
    assert isinstance(run(OnlyTrains(), IMAGE), ValueError)
    assert isinstance(verdict(MaxPool(kernel=2), Shape((8,))), NoModule)


def test_unknown_argument_type_asks_for_a_strategy() -> None:
    with pytest.raises(TypeError, match="no strategy"):
        values_of(bytes, (), 2, None)  # type: ignore[arg-type]
