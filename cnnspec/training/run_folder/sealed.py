"""Tensors and JSON in one file that tells whether it is whole: safetensors with a SHA-256 sum of the file in its header.

The sum is taken over the file with zeros in the place of the sum, so that a single bit anywhere shows, and the file is a plain
safetensors file for every other program.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import safetensors
import safetensors.torch
import torch

from cnnspec.training.run_folder.stored_json import parsed

_NONE = "0" * 64


def seal(tensors: Mapping[str, torch.Tensor], facts: Mapping[str, Any]) -> bytes:
    """Returns tensors and JSON facts as bytes."""
    plain = {name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()}
    data = safetensors.torch.save(plain, {"sha256": _NONE, "facts": json.dumps(facts)})
    return _with_sum(data, _NONE, hashlib.sha256(data).hexdigest())


def unseal(data: bytes) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Returns what `seal` was given; raises ValueError for anything else."""
    metadata = _header(data).get("__metadata__")
    metadata = metadata if isinstance(metadata, dict) else {}
    written = metadata.get("sha256")
    if not isinstance(written, str) or len(written) != len(_NONE):
        raise ValueError("it has no SHA-256 sum")
    if hashlib.sha256(_with_sum(data, written, _NONE)).hexdigest() != written:
        raise ValueError("its SHA-256 sum differs")
    return safetensors.torch.load(data), json.loads(metadata["facts"])


def _header(data: bytes) -> dict[str, Any]:
    """Returns the JSON at the beginning of a safetensors file: 8 bytes of length, then so many bytes of JSON."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise ValueError("it is cut short, or no safetensors file")
    try:
        header = parsed(data[8 : 8 + length])
    except ValueError:
        raise ValueError("it is no safetensors file") from None
    if not isinstance(header, dict):
        raise ValueError("it is no safetensors file")
    return header


def _with_sum(data: bytes, old: str, new: str) -> bytes:
    """Returns the file with another sum; the header, where the sum stands, comes before all tensors."""
    return data.replace(old.encode(), new.encode(), 1)
