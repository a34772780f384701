"""Files of arrays that are damaged, encrypted or packed by another program: told as such, whatever the libraries raise."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from training_specs import compiled, request_of

from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe.data_arrays import Npz
from cnnspec.training.data.arrays import read_arrays
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.inputs import read_input
from cnnspec.values.shapes import Shape

NET = "network N {\n input 1x2x2\n flatten\n linear 3\n}\ntrain { data synthetic }"
X, Y = np.arange(36.0).reshape(9, 1, 2, 2), np.arange(9) % 3


def stored(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def archive(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for name, member in members.items():
            packed.writestr(f"{name}.npy", member)
    return content.getvalue()


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def flagged(at_member: int, at_directory: int, value: int) -> bytes:
    """Returns a good archive with two bytes of zip's fields for its first member replaced."""
    content = bytearray(archive(x=stored(X), y=stored(Y)))
    directory = content.find(b"PK\x01\x02")
    content[at_member] = content[directory + at_directory] = value
    return bytes(content)


def fault(content: bytes, base: Path) -> str | None:
    (base / "a.npz").write_bytes(content)
    try:
        data = read_arrays(Npz(path="a.npz", test=0.0), request_of(compiled(NET), base))
    except TrainingError as error:
        (problem,) = error.problems
        return f"{problem.code} {problem.message}"
    assert len(data.train) > 0
    return None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (archive(x=b"", y=stored(Y)), "is empty"),
        (archive(x=b"junk", y=stored(Y)), "does not begin as an array of numpy"),
        (flagged(6, 8, 1), "cannot be read: File 'x.npy' is encrypted"),
        (flagged(8, 10, 97), "cannot be read: That compression method is not supported"),
        (archive(x=header("{'descr': '<f8', 'fortran_order': Fal"), y=stored(Y)), "cannot be read: "),
        (
            archive(x=header("{'descr': '<f8', 'shape': (10000000000000,), 'fortran_order': False}"), y=stored(Y)),
            "cannot be read",
        ),
    ],
)
def test_a_member_that_is_no_array(content: bytes, reason: str, tmp_path: Path) -> None:
    found = fault(content, tmp_path)
    assert found is not None
    assert found.startswith(f"E0422 {tmp_path}/a.npz: the array `x` {reason}")


def test_good_arrays_are_read(tmp_path: Path) -> None:
    assert fault(archive(x=stored(X), y=stored(Y)), tmp_path) is None


def test_any_damage_is_told(tmp_path: Path) -> None:
    """Bytes are replaced and ends cut off, of whole files and of members in files that are whole."""
    draw = random.Random(4)
    whole, member = archive(x=stored(X), y=stored(Y)), stored(X)
    told = 0
    for turn in range(400):
        content = bytearray(whole if turn % 2 else member)
        for _ in range(draw.randint(1, 4)):
            content[draw.randrange(128 if turn % 2 == 0 else len(content))] = draw.randrange(256)
        content = content[: draw.choice([len(content), draw.randrange(len(content))])]
        damaged = bytes(content) if turn % 2 else archive(x=bytes(content), y=stored(Y))
        found = fault(damaged, tmp_path)
        told += found is not None
        assert found is None or (found.startswith(("E0407", "E0410", "E0422", "E0425", "E0430")) and len(found) < 400)
    assert told > 200


@pytest.mark.parametrize("text", ["{'descr': '<f8', 'fortran_order': Fal", "{'descr': '<f8', 'shape': (((("])
def test_an_input_with_a_damaged_header(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(header(text))
    with pytest.raises(UsageError, match=r"x\.npy is no array of numbers: "):
        read_input(tmp_path / "x.npy", Shape((1, 2, 2)))
