"""Numbers as pixels: outputs, feature maps, filters."""

from __future__ import annotations

import base64
import io
import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from cnnspec.diagnostics.problem import UsageError

_LARGE = 48  # pixels that a tile is brought to at least, by whole factors
_MARGIN, _PAPER = 4, 255  # pixels between such tiles, and their shade


def picture(output: torch.Tensor) -> np.ndarray:
    """Returns [C, H, W] as bytes: grey [H, W] for one channel, [H, W, 3] for three, and else all channels as grey tiles.

    0 is black and 1 is white; what lies outside is clipped. Tiles stand row by row, in as square an arrangement as they allow.
    """
    pixels = (output.to(torch.float64) * 255).round().clamp(0, 255).nan_to_num().to(torch.uint8).numpy()
    channels = len(pixels)
    if channels == 1:
        return np.ascontiguousarray(pixels[0])
    if channels == 3:
        return np.ascontiguousarray(pixels.transpose(1, 2, 0))
    return sheet(pixels)


def maps_picture(maps: torch.Tensor) -> np.ndarray:
    """Returns feature maps [C, H, W] as grey tiles: the least of all numbers is black, the greatest white."""
    values = maps.to(torch.float64)
    known = values[values.isfinite()]
    least, most = (known.min().item(), known.max().item()) if known.numel() else (0.0, 1.0)
    shades = ((values - least) / ((most - least) or 1.0)).clamp(0, 1).nan_to_num()
    return _laid_out((shades * 255).round().to(torch.uint8).numpy())


def filters_picture(filters: torch.Tensor) -> np.ndarray:
    """Returns the filters [O, I, H, W] of a convolution as tiles: 0 is the middle grey, the greatest number black or white.

    Filters of three channels are in colour; others of several channels have a row each, with a tile for each channel.
    """
    values = filters.to(torch.float64).nan_to_num()
    greatest = values.abs().max().item() or 1.0
    pixels = (127.5 + 127.5 * values / greatest).round().clamp(0, 255).to(torch.uint8)
    channels = pixels.shape[1]
    if channels == 3:
        return _laid_out(pixels.permute(0, 2, 3, 1).numpy())
    tiles = pixels.flatten(0, 1).numpy()
    return _laid_out(tiles) if channels == 1 else _laid_out(tiles, channels)


def sheet(tiles: np.ndarray, columns: int | None = None, gap: int = 1, paper: int = 0) -> np.ndarray:
    """Returns tiles [N, H, W] or [N, H, W, 3] row by row on one sheet, as square as they allow without `columns`.

    There are `gap` pixels between them; `paper` is the shade of what no tile covers.
    """
    count, height, width = tiles.shape[:3]
    across = columns or math.ceil(math.sqrt(count))
    down = math.ceil(count / across)
    whole = np.full((down * (height + gap) - gap, across * (width + gap) - gap, *tiles.shape[3:]), paper, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = index // across * (height + gap), index % across * (width + gap)
        whole[top : top + height, left : left + width] = tile
    return whole


def encoded(pixels: np.ndarray, path: Path) -> bytes:
    """Returns bytes [H, W] or [H, W, 3] in the format that a name asks for; an SVG holds them as a PNG with hard edges.

    Raises UsageError for a format that there is not.
    """
    image = Image.fromarray(pixels)
    ending = path.suffix.lower()
    if ending == ".svg":
        return _svg(image).encode()
    form = Image.registered_extensions().get(ending)
    if form not in Image.SAVE:
        unknown = f"unknown file extension `{path.suffix}`" if path.suffix else "a file without an extension"
        raise UsageError(f"{path}: {unknown}; a picture is a .png, .svg, .jpg or another that pillow writes")
    try:
        return _bytes(image, form)
    except (OSError, ValueError) as error:  # of what the format cannot hold: nothing is on the disk yet
        raise UsageError(f"{path}: {error}; write a .png") from None


def _laid_out(tiles: np.ndarray, columns: int | None = None) -> np.ndarray:
    """Returns tiles on white paper; each pixel of small ones is a square of several."""
    factor = max(1, _LARGE // max(tiles.shape[1:3]))
    return sheet(tiles.repeat(factor, axis=1).repeat(factor, axis=2), columns, _MARGIN, _PAPER)


def _svg(image: Image.Image) -> str:
    size = f'width="{image.width}" height="{image.height}"'
    link = f"data:image/png;base64,{base64.b64encode(_bytes(image, 'PNG')).decode()}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {image.width} {image.height}">'
    return f'{head}\n<image {size} style="image-rendering: pixelated" href="{link}"/>\n</svg>\n'


def _bytes(image: Image.Image, form: str) -> bytes:
    data = io.BytesIO()
    image.save(data, form)
    return data.getvalue()
