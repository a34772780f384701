"""What the arguments of constructor calls are called: a layer gives some of them by position only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from cnnspec.values.call import Call, Value


class Unstated(Enum):
    """The default of an argument that has none."""

    UNSTATED = "unstated"


UNSTATED: Final = Unstated.UNSTATED
SIZES = frozenset(
    "in_channels in_features out_channels out_features num_features num_channels normalized_shape groups channels "
    "start stop".split()
)
"""Torch's arguments that count channels or features: one parameter where they are equal, given by position."""

TUPLE = ""
"""The function of a call that stands for a tuple whose items are arguments of their own."""

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "AlphaDropout": ("p",),
    "AvgPool": ("kernel_size",),
    "BatchNorm": ("num_features",),
    "ChannelLayerNorm": ("normalized_shape",),
    "ChannelShuffle": ("groups",),
    "ConstantPad": ("padding", "value"),
    "Conv": ("in_channels", "out_channels"),
    "ConvTranspose": ("in_channels", "out_channels"),
    "DropPath": ("p",),
    "Dropout": ("p",),
    "Flatten": ("start_dim", "end_dim"),
    "FractionalMaxPool": ("kernel_size",),
    "GroupNorm": ("num_groups", "num_channels"),
    "InstanceNorm": ("num_features",),
    "LPPool": ("norm_type", "kernel_size"),
    "LayerNorm": ("normalized_shape",),
    "LayerScale": ("size", "init"),
    "Linear": ("in_features", "out_features"),
    "LocalResponseNorm": ("size",),
    "MaxPool": ("kernel_size",),
    "PixelShuffle": ("upscale_factor",),
    "PixelUnshuffle": ("downscale_factor",),
    "RMSNorm": ("normalized_shape",),
    "Slice": ("start", "stop"),
    "StochasticPool": ("kernel_size", "stride"),
    "Threshold": ("threshold", "value"),
    "Unflatten": ("dim", "unflattened_size"),
    "torch.full": ("size", "init"),
    TUPLE: ("channels",),
}
"""What torch calls the arguments that layers give by position; without the rank at the end of the class name."""


@dataclass(frozen=True, slots=True)
class Formals:
    """What a constructor calls its arguments: names by position, defaults, and which of them are sizes."""

    positional: Sequence[str]
    defaults: Mapping[str, Value | Unstated] = field(default_factory=dict)
    sizes: Collection[str] = SIZES


def formals_of(call: Call, defaults: Mapping[str, Value | Unstated] | None = None) -> Formals:
    """Returns what torch calls the arguments of a call."""
    names = [argument_name(call.function, position) for position in range(len(call.positional))]
    return Formals(names, defaults or {})


def argument_name(function: str, position: int) -> str:
    """Returns what torch calls the argument at a position: `out_channels` for the second one of `nn.Conv2d`."""
    names = ARGUMENTS.get(_without_rank(function), ())
    return names[position] if position < len(names) else _otherwise(function, position)


def _otherwise(function: str, position: int) -> str:
    name = _without_rank(function)
    if name.startswith("Adaptive"):
        return "output_size"
    if name.endswith("Pad"):
        return "padding"
    return f"axis{position + 1}" if name == "Permute" else f"argument{position + 1}"


def _without_rank(function: str) -> str:
    name = function.removeprefix("nn.")
    return name[:-2] if name[-2:] in ("1d", "2d", "3d") else name
