"""Weights on the disk, looked at: those of a run, or of a file from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch

from cnnspec.backends.torch_module import build
from cnnspec.diagnostics.nearest import nearest
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.training.weights.weight_report import Tensors, WeightReport, compare, kind_of, shape_of
from cnnspec.training.weights.weights import read_weights, unusable

_LISTED = 30  # names in a message


def weights_at(path: Path) -> dict[str, torch.Tensor]:
    """Returns the tensors of a safetensors file; raises OSError, or UsageError where it is none."""
    try:
        return read_weights(path)
    except ValueError as error:
        raise UsageError(str(error)) from None


def outline(network: Network) -> dict[str, torch.Tensor]:
    """Returns the state_dict of a network in its order, with names, shapes and kinds, and without numbers."""
    with torch.device("meta"):
        return dict(build(network).state_dict())


def held_against(network: Network, tensors: Tensors) -> WeightReport:
    """Returns what keeps tensors from filling a network: names, shapes, kinds, and numbers that are not finite."""
    expected = outline(network)
    return replace(compare(expected, tensors), unusable=tuple(unusable(expected, tensors)))


def filters(tensors: Mapping[str, torch.Tensor], layer: str | None = None) -> tuple[str, torch.Tensor]:
    """Returns name and weights [O, I, H, W] of a layer, or of the first that convolves; one axis counts as a single row.

    Raises UsageError where there is none.
    """
    real = {name: tensor for name, tensor in tensors.items() if not tensor.is_complex()}  # others have no grey
    known = {name: tensor for name, tensor in real.items() if tensor.dim() in (3, 4) and name.endswith("weight")}
    if not known:
        raise UsageError("there are no filters of one or two axes to show")
    name = next(iter(known)) if layer is None else _named(layer, tensors, known)
    weights = known[name]
    return name, weights if weights.dim() == 4 else weights.unsqueeze(2)


def _named(layer: str, tensors: Mapping[str, torch.Tensor], known: Mapping[str, torch.Tensor]) -> str:
    """Returns the name of the weights of a layer; raises UsageError."""
    layers = [name.removesuffix(".weight") for name in known]
    listed = ", ".join(layers[:_LISTED]) + (f" and {len(layers) - _LISTED} more" if len(layers) > _LISTED else "")
    for name in (layer, f"{layer}.weight"):
        if name in known:
            return name
        if name in tensors:
            shape = shape_of(tensors[name]) + (f" of {kind_of(tensors[name])}" if tensors[name].is_complex() else "")
            raise UsageError(f"--layer {layer}: {name} is {shape}, no filters of one or two axes; there are some in {listed}")
    guess = nearest(layer, layers)
    instead = f"did you mean `{guess}`?" if guess else f"there are some in {listed}"
    raise UsageError(f"--layer {layer}: no layer of this name has filters; {instead}")
