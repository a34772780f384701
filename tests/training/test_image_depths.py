"""Images of 16 bits are those of 8 bits with finer shades; of 32 bits nobody knows what is white."""

from __future__ import annotations

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
