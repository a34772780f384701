"""Weights as safetensors: the same model gives the same bytes, wherever and whenever it was trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import nn


def to_bytes(state: Mapping[str, torch.Tensor]) -> bytes:
    """Returns a state_dict in the safetensors format, without metadata; strides and devices leave no trace."""
    plain = {name: tensor.detach().to("cpu").contiguous() for name, tensor in state.items()}
    return safetensors.torch.save(plain)


def load_weights(model: nn.Module, path: Path) -> None:
    """Fills a model from a safetensors file; raises OSError, or ValueError where it is none or does not fit the model."""
    fill(model, read_weights(path), path)


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Returns the tensors of a safetensors file by name; raises OSError, or ValueError where it is none."""
    try:
        return safetensors.torch.load(path.read_bytes())
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path} is no safetensors file, or is cut short: {error}") from None


def fill(model: nn.Module, found: Mapping[str, torch.Tensor], path: Path) -> None:
    """Fills a model with the tensors of a file; raises ValueError where they do not fit."""
    expected = model.state_dict()
    faults = _names("missing", expected.keys() - found.keys()) + _names("unexpected", found.keys() - expected.keys())
    for name in sorted(expected.keys() & found.keys()):
        if expected[name].shape != found[name].shape:
            faults.append(f"{name} is {_shape(found[name])} instead of {_shape(expected[name])}")
    if faults:
        raise ValueError(f"{path} does not fit the network: {'; '.join(faults)}")
    model.load_state_dict(found)


def _names(what: str, names: set[str]) -> list[str]:
    if not names:
        return []
    shown = sorted(names)
    more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
    return [f"{what}: {', '.join(shown[:5])}{more}"]


def _shape(tensor: torch.Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "a single number"
