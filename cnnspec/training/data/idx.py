"""The IDX format of MNIST.

Two zero bytes, the type (0x08 is uint8), the number of axes, the size of each as a big-endian int32, and the data.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import torch

from cnnspec.training.problems import DataBroken, DataMissing, TrainingError

_UNSIGNED_BYTE = 8
_COMPRESSED = b"\x1f\x8b"  # how files of gzip begin
_AGAIN = "delete the file and fetch it again"


def read_idx(path: Path, axes: int) -> torch.Tensor:
    """Returns an IDX file of uint8 with `axes` axes as a tensor; raises TrainingError where it is cut short or something else.

    What gzip has compressed is uncompressed on the way, whatever its name.
    """
    try:
        data = path.read_bytes()
        if data.startswith(_COMPRESSED):
            data = gzip.decompress(data)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise TrainingError(DataBroken(f"{path} is damaged or cut short: {str(error).lower()}", _AGAIN)) from None
    except OSError as error:
        raise TrainingError(DataMissing(f"{path} cannot be read: {error.strerror or error}")) from None
    return _parse(data, axes, path)


def _axes(count: int) -> str:
    return "1 axis" if count == 1 else f"{count} axes"


def _parse(data: bytes, axes: int, path: Path) -> torch.Tensor:
    header = 4 + 4 * axes
    if data[:3] != bytes((0, 0, _UNSIGNED_BYTE)) or len(data) < 4:
        text = f"{path} is no IDX file of bytes, which begin with 00 00 08: it begins with {data[:4].hex(' ') or 'nothing'}"
        raise TrainingError(DataBroken(text, _AGAIN))
    if data[3] != axes:
        text = f"{path} has {_axes(data[3])}, where {_axes(axes)} should be"
        raise TrainingError(DataBroken(text, "images have 3 axes and labels 1: do two files have each other's name?"))
    if len(data) < header:
        raise TrainingError(DataBroken(f"{path} is cut short within its first {header} bytes", _AGAIN))
    sizes = struct.unpack(f">{axes}I", data[4:header])
    expected, found = math.prod(sizes), len(data) - header
    if found != expected:
        what = "is cut short" if found < expected else "is too long"
        shape = "x".join(map(str, sizes))
        raise TrainingError(DataBroken(f"{path} {what}: {shape} are {expected:,} bytes, but {found:,} follow", _AGAIN))
    # A copy, because memory that belongs to bytes must not be written to.
    return torch.from_numpy(np.frombuffer(data, np.uint8, offset=header).reshape(sizes).copy())
