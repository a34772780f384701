"""Files of weights in other formats, as those who write them do."""

from __future__ import annotations

import errno
import gzip
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from cnnspec.training.weights.weights import read_weights

STATE = {"0.weight": torch.ones(2, 3)}


def savez(path: Path, **arrays: np.ndarray) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def save_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.ones(2))


def save_pickle(path: Path) -> None:
    path.write_bytes(b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94.")  # the word `a`, protocol 4


def save_zipped(names: tuple[str, ...]) -> Callable[[Path], None]:
    def save(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "content")

    return save


def save_script(path: Path) -> None:
    class Twice(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 2 * x

    torch.jit.trace(Twice(), torch.ones(1)).save(str(path))


FORMATS: dict[str, tuple[Callable[[Path], object], str]] = {
    "npz": (lambda path: savez(path, a=np.ones(2), b=np.ones(3)), r"an \.npz file of numpy with 2 arrays"),
    "one.npz": (
        lambda path: savez(path, a=np.ones(2)),
        r"with 1 array: .*safetensors\.numpy\.save_file",
    ),
    "npy": (save_array, r"a single array of numpy"),
    "pt": (lambda path: torch.save(STATE, path), r"a file of torch\.save, a pickle, .* never read"),  # noqa: TID251
    "pth": (
        lambda path: torch.save(STATE, path, _use_new_zipfile_serialization=False),  # noqa: TID251
        r"pickle\.dump, a pickle, .* never read",
    ),
    "pkl": (save_pickle, r"pickle\.dump, a pickle, .* never read"),
    "keras": (save_zipped(("metadata.json", "config.json", "model.weights.h5")), "a Keras model"),
    "zip": (save_zipped(("weights/model.safetensors",)), r"a zip file with weights/model\.safetensors in it: unpack it first"),
    "h5": (lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100)), "an HDF5 file, as Keras writes"),
    "gz": (lambda path: path.write_bytes(gzip.compress(safetensors.torch.save(STATE))), "compressed with gzip"),
    "lfs": (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"), "git lfs pull"),
    "html": (lambda path: path.write_text("\n<!DOCTYPE html>\n<html>"), "a web page"),
    "json": (lambda path: path.write_text(json.dumps({"metadata": {}, "weight_map": {}})), "the list of the parts"),
    "empty": (lambda path: path.touch(), "is empty"),
    "cut.npz": (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(50)), "a zip file that is cut short"),
    "text": (lambda path: path.write_text("hello, world"), "no safetensors file, or is cut short"),
}


@pytest.mark.parametrize("ending", FORMATS)
def test_what_a_file_is(ending: str, tmp_path: Path) -> None:
    save, expected = FORMATS[ending]
    path = tmp_path / f"w.{ending}"
    save(path)
    with pytest.raises(ValueError, match=expected) as caught:
        read_weights(path)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_model(tmp_path: Path) -> None:
    save_script(tmp_path / "m.pt")
    with pytest.raises(ValueError, match=r"a TorchScript model, .* never read"):
        read_weights(tmp_path / "m.pt")


@pytest.mark.parametrize("beginning", [b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x1f\x8b"])
def test_lengths_that_look_like_another_format(beginning: bytes, tmp_path: Path) -> None:
    """A safetensors file begins with the length of its header, whose bytes may be those of a pickle or of gzip."""
    plain = safetensors.torch.save(STATE)
    length = int.from_bytes(plain[:8], "little")
    wanted = int.from_bytes(beginning, "little")
    content = wanted.to_bytes(8, "little") + plain[8 : 8 + length].ljust(wanted) + plain[8 + length :]
    assert content.startswith(beginning)
    (tmp_path / "w.safetensors").write_bytes(content)
    assert torch.equal(read_weights(tmp_path / "w.safetensors")["0.weight"], STATE["0.weight"])


def test_the_advice_for_arrays_works(tmp_path: Path) -> None:
    import safetensors.numpy

    np.savez(tmp_path / "weights.npz", **{"0.weight": np.ones((2, 3), np.float32)})
    safetensors.numpy.save_file(dict(np.load(tmp_path / "weights.npz")), tmp_path / "weights.safetensors")
    assert torch.equal(read_weights(tmp_path / "weights.safetensors")["0.weight"], STATE["0.weight"])


@pytest.mark.parametrize("kind", ["pipe", "endless", "folder"])
def test_what_is_no_plain_file_is_not_read(kind: str, tmp_path: Path) -> None:
    """A pipe and a device would be read for ever."""
    path = tmp_path / "w.safetensors"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    with pytest.raises(OSError, match="it is a folder" if kind == "folder" else "it is no plain file"):
        read_weights(path)


def test_a_file_larger_than_the_memory_is_named(tmp_path: Path) -> None:
    """A real limit, in a process of its own: the file has room in it once, and its tensors have none beside it."""
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file({"a": torch.zeros(1 << 27)}, path)
    program = f"""
import resource
from pathlib import Path
import safetensors.torch
from cnnspec.training.weights.weights import read_weights
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (700 << 20), -1))
try:
    read_weights(Path({str(path)!r}))
except OSError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == f"[Errno {errno.ENOMEM}] there is not enough memory to read its 0.5 GiB: {str(path)!r}\n"
