"""What torch does with a layer, found without asking the layer: torch's class and arguments follow from the names alone."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from cnnspec.layers.base import Layer
from cnnspec.values.shapes import Shape

BATCH = 2

# torch's names for arguments that have another name here
RENAMED = {"kernel_size": "kernel", "dim": "axis", "start_dim": "start_axis", "end_dim": "end_axis"}
# torch's arguments that cnnspec does not have: other return values, placement, private and deprecated ones
OMITTED = frozenset({"return_indices", "device", "dtype", "_random_samples", "min_value", "max_value", "args", "kwargs"})
# cnnspec's own arguments, which say nothing about the module's shape
NO_ARGUMENTS = frozenset({"weight", "bias_value", "frozen", "init", "axis"})
INFERRED: dict[str, Callable[[Shape], int]] = {
    "in_channels": lambda x: x.channels,
    "num_features": lambda x: x.channels,
    "num_channels": lambda x: x.channels,
    "in_features": lambda x: x.sizes[-1],
    "normalized_shape": lambda x: x.sizes[-1],
}


class NoModule(Exception):
    """torch has no class for this number of spatial axes."""


@dataclass
class Accepted:
    """torch ran: the output shapes without the batch, in training and in evaluation."""

    training: tuple[int, ...]
    evaluation: tuple[int, ...]


class Function(nn.Module):
    """A module without weights around a function."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x)


class ChannelNorm(nn.Module):
    """Layer normalization over axis 1, by exchanging it with the last."""

    def __init__(self, layer: Any, x: Shape) -> None:
        super().__init__()
        channels = x.channels
        if layer.normalized_shape not in (None, channels, (channels,)):
            raise ValueError("normalized_shape is not the channels")
        self.eps = layer.eps
        with_bias = layer.elementwise_affine and layer.bias
        self.weight = nn.Parameter(torch.ones(channels)) if layer.elementwise_affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if with_bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x.transpose(1, -1), x.shape[1:2], self.weight, self.bias, self.eps).transpose(1, -1)


def reference_module(layer: Layer, x: Shape) -> nn.Module:
    """Returns torch's own module for a layer; raises what torch raises, or NoModule."""
    if layer.keyword in OWN and (layer.keyword != "layernorm" or layer.axis == "channels"):  # type: ignore[attr-defined]
        return OWN[layer.keyword](layer, x)
    torch_class = reference_class(type(layer), x)
    given = {}
    for name in inspect.signature(torch_class).parameters:
        if name not in OMITTED:
            given[name] = _torch_argument(layer, name, x)
    known = {RENAMED.get(name, name) for name in given} | NO_ARGUMENTS
    for name, field in type(layer).model_fields.items():
        if name not in known and getattr(layer, name) != field.default:
            raise TypeError(f"{torch_class.__name__} has no `{name}`")
    if layer.keyword == "upsample" and given["mode"] == "linear":
        given["mode"] = {2: "linear", 3: "bilinear", 4: "trilinear"}.get(x.rank, "linear")
    return torch_class(**given)  # type: ignore[no-any-return]


def reference_class(kind: type[Layer], x: Shape) -> Any:
    """Returns torch's class for an input of this rank; raises NoModule where there is none."""
    by_rank = {int(name[-2]) if re.search(r"\dd$", name) else None: name for name in reversed(kind.torch_names)}
    rank = x.rank - 1
    if kind.keyword == "batchnorm":
        rank = max(rank, 1)
    name = by_rank.get(None) or by_rank.get(rank)
    if name is None:
        raise NoModule(f"{kind.keyword} with {rank} spatial axes")
    return getattr(nn, name)


def _torch_argument(layer: Layer, name: str, x: Shape) -> Any:
    if name in INFERRED:
        written = getattr(layer, name, None)
        return INFERRED[name](x) if written is None else written
    value = getattr(layer, RENAMED.get(name, name))
    counts_batch = name in type(layer).torch_axes
    return value + 1 if counts_batch and value >= 0 else value


def run(module: nn.Module, x: Shape, batch: int = BATCH) -> Accepted | Exception:
    """Returns the output shapes of a real run in training and in evaluation, or the first exception."""
    shapes = []
    try:
        for training in (True, False):
            module.train(training)
            with torch.no_grad():
                shapes.append(tuple(module(torch.randn(batch, *x.sizes)).shape[1:]))
    except Exception as error:
        return error
    return Accepted(*shapes)


def verdict(layer: Layer, x: Shape) -> Accepted | Exception:
    """Returns what torch says to a layer on an input: shapes, or why it refuses to build or run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = reference_module(layer, x)
        except Exception as error:
            return error
        return run(module, x)


def _global(name: str) -> Callable[[Any, Shape], nn.Module]:
    def build(layer: Any, x: Shape) -> nn.Module:
        if x.rank == 1:
            raise NoModule(name)
        return getattr(nn, f"{name}{x.rank - 1}d")(1)  # type: ignore[no-any-return]

    return build


def _stochastic_pool(layer: Any, x: Shape) -> nn.Module:
    """Returns a pool with windows at the same places."""
    if x.rank == 1:
        raise NoModule("stochastic pool")
    return getattr(nn, f"MaxPool{x.rank - 1}d")(layer.kernel, layer.stride)  # type: ignore[no-any-return]


def _crop(layer: Any, x: Shape) -> nn.Module:
    rank = x.rank - 1
    if rank == 0:
        raise NoModule("crop")
    amounts = (layer.cropping,) * (2 * rank) if isinstance(layer.cropping, int) else layer.cropping
    if len(amounts) != 2 * rank:
        raise ValueError("two amounts for each axis")
    return Function(lambda t: F.pad(t, [-amount for amount in amounts]))


def _slice(layer: Any, x: Shape) -> nn.Module:
    start, stop = (number + x.channels if number < 0 else number for number in (layer.start, layer.stop))
    if start < 0:
        raise IndexError("narrow would count a negative number from the end once more")
    return Function(lambda t: t.narrow(1, start, stop - start))


def _layer_scale(layer: Any, x: Shape) -> nn.Module:
    scale = torch.full((x.channels, *(1,) * (x.rank - 1)), layer.init)
    return Function(lambda t: t * scale)


def _permute(layer: Any, x: Shape) -> nn.Module:
    return Function(lambda t: t.permute(0, *(axis + 1 if axis >= 0 else axis for axis in layer.axes)))


OWN: dict[str, Callable[[Any, Shape], nn.Module]] = {
    "global_avgpool": _global("AdaptiveAvgPool"),
    "global_maxpool": _global("AdaptiveMaxPool"),
    "stochastic_pool": _stochastic_pool,
    "layernorm": ChannelNorm,
    "drop_path": lambda layer, x: nn.Identity(),
    "layer_scale": _layer_scale,
    "crop": _crop,
    "slice": _slice,
    "permute": _permute,
    "reshape": lambda layer, x: Function(lambda t: t.reshape(t.shape[0], *layer.sizes)),
}
# whose values differ from the reference's by design, or by chance
OTHER_VALUES = frozenset({"stochastic_pool"})
