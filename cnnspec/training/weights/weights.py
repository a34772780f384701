"""Weights as safetensors: the same model gives the same bytes, wherever and whenever it was trained."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from mmap import mmap
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import nn

from cnnspec.training.run_folder.plain_files import plain_bytes
from cnnspec.training.weights.foreign import foreign_format
from cnnspec.training.weights.weight_report import Tensors, Unusable, compare, kind_of


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
    """Returns the tensors of a safetensors file by name; raises OSError, also where it is no plain file or larger than the
    memory that is left, or ValueError where it is none."""
    try:
        data = plain_bytes(path)
        _verify_room(len(data))
        return safetensors.torch.load(data)  # first: the length that such a file begins with may look like any other format
    except safetensors.SafetensorError as error:
        other = foreign_format(data) or f"is no safetensors file, or is cut short: {error}"
        raise ValueError(f"{path} {other}") from None
    except KeyError as error:  # of the format, but not of its package for PyTorch
        raise ValueError(f"{path} holds numbers of the kind {error.args[0]}, which cannot be read into PyTorch") from None
    except MemoryError:  # not that of a step
        size = f"{path.stat().st_size / 2**30:,.1f} GiB"
        raise OSError(errno.ENOMEM, f"there is not enough memory to read its {size}", str(path)) from None


def _verify_room(size: int) -> None:
    """Raises MemoryError where there is no room for a copy of so many bytes: safetensors (0.8) panics then."""
    try:
        mmap(-1, max(1, size)).close()  # nothing of it is touched
    except OSError:
        raise MemoryError from None


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
    wrong = next(unusable(state, found), None)
    if wrong is not None:
        raise ValueError(f"{path} has {wrong}")
    model.load_state_dict(dict(found))  # without the versions that a state_dict has, as it is read from a file


def unusable(expected: Tensors, found: Tensors) -> Iterator[Unusable]:
    """Returns what is wrong with the numbers of a file, for each tensor that a network has: those that are not finite, or would
    not be once they are rounded to the network's floats."""
    for name in (name for name in expected if name in found):
        here, kind = found[name], expected[name].dtype
        if not all_finite([here]):
            yield Unusable(name, _infinite(here), here.numel(), "that are infinite or not a number")
        elif here.is_floating_point() and here.dtype != kind and not all_finite([rounded := here.to(kind)]):
            largest = f"{here.abs().max():.3g}"
            why = f"beyond what {kind_of(rounded)} holds, to which it would be rounded: the largest is {largest}"
            yield Unusable(name, _infinite(rounded), here.numel(), why)


def _infinite(tensor: torch.Tensor) -> int:
    """Returns how many numbers are infinite or none at all."""
    return int((~is_finite(tensor)).sum())
