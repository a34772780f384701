"""Weights as safetensors: the same model gives the same bytes, wherever and whenever it was trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import nn

from cnnspec.training.weights.foreign import foreign_format
from cnnspec.training.weights.weight_report import compare, kind_of


def to_bytes(state: Mapping[str, torch.Tensor]) -> bytes:
    """Returns a state_dict in the safetensors format, without metadata; strides and devices leave no trace."""
    plain = {name: tensor.detach().to("cpu").contiguous() for name, tensor in state.items()}
    return safetensors.torch.save(plain)


def all_finite(tensors: Iterable[torch.Tensor]) -> bool:
    """Returns whether all numbers are numbers, and none infinite; waits for the device, once."""
    found = [is_finite(tensor).all() for tensor in tensors]
    return not found or bool(torch.stack(found).all())


def is_finite(tensor: torch.Tensor) -> torch.Tensor:
    """Returns of each number whether it is one and not infinite; floats of 8 bits are widened: PyTorch (2.13) does not tell."""
    is_short = tensor.is_floating_point() and tensor.itemsize == 1
    return (tensor.to(torch.float32) if is_short else tensor).isfinite()


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Returns the tensors of a safetensors file by name; raises OSError, or ValueError where it is none."""
    data = path.read_bytes()
    try:
        return safetensors.torch.load(data)  # first: the length that such a file begins with may look like any other format
    except safetensors.SafetensorError as error:
        other = foreign_format(data) or f"is no safetensors file, or is cut short: {error}"
        raise ValueError(f"{path} {other}") from None
    except KeyError as error:  # of the format, but not of its package for PyTorch
        raise ValueError(f"{path} holds numbers of the kind {error.args[0]}, which cannot be read into PyTorch") from None


def load_weights(model: nn.Module, path: Path) -> None:
    """Fills a model from a safetensors file; raises OSError, or ValueError where it is none or does not fit the model."""
    fill(model, read_weights(path), path)


def fill(model: nn.Module, found: Mapping[str, torch.Tensor], path: Path) -> None:
    """Fills a model with the tensors of a file; raises ValueError where they do not fit, or are not all finite in the model.

    All names have to be there, and none besides, but for the counts of batches that torch takes for 0; floats of another size
    are rounded to the model's.
    """
    state = model.state_dict()
    report = compare(state, found)
    if not report.fits:
        advice = report.advice(path)
        raise ValueError(f"{path} does not fit the network: {report}" + (f" ({advice})" if advice else ""))
    spoilt = next((name for name, tensor in found.items() if not all_finite([tensor])), None)
    if spoilt is not None:
        count = int((~is_finite(found[spoilt])).sum())
        raise ValueError(
            f"{path} has {count:,} of {found[spoilt].numel():,} numbers in `{spoilt}` that are infinite or not a number"
        )
    rounded = {name: found[name].to(state[name].dtype) for name, *_ in report.converted}
    beyond = next((name for name, tensor in rounded.items() if not all_finite([tensor])), None)
    if beyond is not None:
        count, kind = int((~is_finite(rounded[beyond])).sum()), kind_of(rounded[beyond])
        raise ValueError(
            f"{path} has {count:,} of {rounded[beyond].numel():,} numbers in `{beyond}` beyond what {kind} holds, to which it "
            f"would be rounded: the largest is {found[beyond].abs().max():.3g}"
        )
    model.load_state_dict(dict(found))  # without the versions that a state_dict has, as it is read from a file
