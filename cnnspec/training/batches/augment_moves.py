"""Where the pixels of a batch go: one move for the images and all that lies over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch.nn import functional


class Move(Protocol):
    """Takes each pixel of the result from somewhere in the same image."""

    def apply(self, values: torch.Tensor, fill: float) -> torch.Tensor:
        """Returns values [N, H, W] (masks) or [N, H, W, C] (images) of the same type; `fill` is what comes from outside."""
        ...


@dataclass(frozen=True)
class Pick:
    """Pixel (i, j) of image n comes from row `rows[n, i]`, column `columns[n, j]`, where `inside[n, i, j]` (None: always)."""

    rows: torch.Tensor
    columns: torch.Tensor
    inside: torch.Tensor | None = None

    def apply(self, values: torch.Tensor, fill: float) -> torch.Tensor:
        """Returns the pixels picked, `fill` outside."""
        image = torch.arange(len(values), device=values.device).view(-1, 1, 1)
        picked = values[image, self.rows.unsqueeze(2), self.columns.unsqueeze(1)]
        if self.inside is None:
            return picked
        outside = ~(self.inside if values.dim() == 3 else self.inside.unsqueeze(3))
        return picked.masked_fill(outside, fill if values.is_floating_point() else round(fill))


@dataclass(frozen=True)
class Affine:
    """Each image turned by `angle` (radians) and scaled around its centre, then moved by `shift` pixels [N, 2], row first."""

    angle: torch.Tensor
    shift: torch.Tensor
    scale: torch.Tensor

    def apply(self, values: torch.Tensor, fill: float) -> torch.Tensor:
        """Returns images interpolated linearly, masks from the nearest pixel; `fill` outside."""
        is_mask = values.dim() == 3
        layers = (values.unsqueeze(3) if is_mask else values).permute(0, 3, 1, 2)
        layers = layers if layers.dtype == torch.float64 else layers.to(torch.float32)
        # What is left of a layer of ones says how much of a pixel comes from inside.
        whole = torch.cat((layers, torch.ones_like(layers[:, :1])), dim=1)
        mode = "nearest" if is_mask else "bilinear"
        sampled = functional.grid_sample(
            whole, self._sources(*values.shape[1:3]).to(whole.dtype), mode, "zeros", align_corners=False
        )
        found = sampled[:, :-1] + fill * (1 - sampled[:, -1:])
        found = found.permute(0, 2, 3, 1)
        found = found.squeeze(3) if is_mask else found
        return found.to(values.dtype) if values.is_floating_point() else found.round().to(values.dtype)

    def _sources(self, height: int, width: int) -> torch.Tensor:
        """Returns where each pixel comes from, [N, H, W, 2] as grid_sample has it: x before y, -1 and 1 being the edges."""
        device = self.angle.device
        down = torch.arange(height, device=device, dtype=torch.float64) - (height - 1) / 2
        right = torch.arange(width, device=device, dtype=torch.float64) - (width - 1) / 2
        y = (down.view(1, -1, 1) - self.shift[:, 0].view(-1, 1, 1)) / self.scale.view(-1, 1, 1)
        x = (right.view(1, 1, -1) - self.shift[:, 1].view(-1, 1, 1)) / self.scale.view(-1, 1, 1)
        cosine, sine = self.angle.cos().view(-1, 1, 1), self.angle.sin().view(-1, 1, 1)
        across, along = cosine * x + sine * y, cosine * y - sine * x
        return torch.stack((across * 2 / width, along * 2 / height), dim=3)
