"""Images of 16 bits are those of 8 bits with finer shades; of 32 bits nobody knows what is white."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cnnspec.training.data.images import read_image
from cnnspec.training.problems import TrainingError

SHADES = np.array([[0, 1, 127, 128], [200, 254, 255, 3]], dtype=np.uint8)


@pytest.mark.parametrize("ending", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_the_shades_of_eight(tmp_path: Path, ending: str, channels: int) -> None:
    Image.fromarray(SHADES.astype(np.uint16) * 257).save(tmp_path / f"fine.{ending}")
    Image.fromarray(SHADES).save(tmp_path / f"plain.{ending}")
    fine, plain = (read_image(tmp_path / f"{name}.{ending}", channels) for name in ("fine", "plain"))
    assert torch.equal(fine, plain)
    assert torch.equal(fine[0], torch.from_numpy(SHADES))


def test_grey_maps_of_sixteen_bits(tmp_path: Path) -> None:
    """The format PGM with the most significant byte first, as its definition asks for above 255."""
    path = tmp_path / "map.pgm"
    path.write_bytes(b"P5 4 2 65535\n" + (SHADES.astype(">u2") * 257).tobytes())
    assert torch.equal(read_image(path, 1)[0], torch.from_numpy(SHADES))


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_thirty_two_bits_are_refused(tmp_path: Path, kind: type) -> None:
    path = tmp_path / "deep.tif"
    Image.fromarray(SHADES.astype(kind)).save(path)
    with pytest.raises(TrainingError, match="32 bits"):
        read_image(path, 1)


def write_tiff(path: Path, pixels: bytes, bits: int, sample_format: int) -> None:
    """Writes a grey image 4 wide and 2 high, as the definition of TIFF 6.0 has it: a header, the pixels, and ten entries."""
    entries = [(256, 4), (257, 2), (258, bits), (259, 1), (262, 1), (273, 8), (277, 1), (278, 2), (279, len(pixels))]
    entries += [(339, sample_format)]
    table = b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in entries)
    header = struct.pack("<2sHI", b"II", 42, 8 + len(pixels))
    path.write_bytes(header + pixels + struct.pack("<H", len(entries)) + table + bytes(4))


def test_twelve_bits_of_a_microscope(tmp_path: Path) -> None:
    """Two pixels take three bytes; white is 4095."""
    deep = SHADES.astype(np.uint16) * 16 + SHADES // 16
    assert deep.max() == 4095
    pairs = deep.reshape(-1, 2)
    packed = b"".join(bytes([int(a) >> 4, (int(a) & 15) << 4 | int(b) >> 8, int(b) & 255]) for a, b in pairs)
    write_tiff(tmp_path / "deep.tif", packed, 12, 1)
    assert torch.equal(read_image(tmp_path / "deep.tif", 1)[0], torch.from_numpy(SHADES))


def test_numbers_with_a_sign_are_told_as_such(tmp_path: Path) -> None:
    write_tiff(tmp_path / "heights.tif", (SHADES.astype("<i2") - 100).tobytes(), 16, 2)
    with pytest.raises(TrainingError, match="has pixels of 16 bits with a sign, and no number that is white"):
        read_image(tmp_path / "heights.tif", 1)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_palettes_with_transparency(tmp_path: Path, channels: int) -> None:
    """The colours are those of the palette; a warning of pillow would be an error of this test."""
    image = Image.fromarray(SHADES % 3)
    image.putpalette([250, 0, 0, 0, 120, 0, 9, 9, 9])
    image.save(tmp_path / "clear.png", transparency=bytes([255, 0, 128]))
    image.save(tmp_path / "plain.png")
    clear, plain = (read_image(tmp_path / name, channels) for name in ("clear.png", "plain.png"))
    assert torch.equal(clear[:3], plain[:3])
    if channels == 4:
        assert torch.equal(clear[3], torch.tensor([255, 0, 128], dtype=torch.uint8)[torch.from_numpy(SHADES % 3).long()])
