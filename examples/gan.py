"""Trains two networks against each other, which no `train` block can: what each of them learns from is the other.

    python examples/gan.py

Data are points on a ring of radius 1. The discriminator learns to tell them from what the generator makes of noise, the
generator learns to be taken for data (Goodfellow et al. 2014, with the loss that they recommend).
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

import cnnspec

SPEC = Path(__file__).with_name("gan.cnn")
NOISE = 4


def ring(count: int, random: torch.Generator) -> torch.Tensor:
    """Returns points near the ring, [count, 2]."""
    angle = 2 * math.pi * torch.rand(count, generator=random)
    radius = 1 + 0.05 * torch.randn(count, generator=random)
    return torch.stack((radius * angle.cos(), radius * angle.sin()), dim=1)


def judged(discriminator: nn.Module, points: torch.Tensor, real: bool) -> torch.Tensor:
    """Returns the loss of calling points real or not."""
    logits = discriminator(points)
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))


def main(steps: int = 1500) -> tuple[float, float]:
    """Trains, and returns how far from the ring points are on the mean, before and after."""
    torch.set_num_threads(1)  # networks as small as this gain nothing by more
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(1)
    generator = cnnspec.load(SPEC, network="Generator", noise=NOISE).build()
    discriminator = cnnspec.load(SPEC, network="Discriminator").build()
    makes = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
    judges = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
    before = distance(generator, random)
    for step in range(1, steps + 1):
        made = generator(torch.randn(128, NOISE, generator=random))
        loss = judged(discriminator, ring(128, random), True) + judged(discriminator, made.detach(), False)
        judges.zero_grad()
        loss.backward()
        judges.step()

        fooled = judged(discriminator, made, True)
        makes.zero_grad()
        fooled.backward()
        makes.step()
        if step % 500 == 0:
            print(f"step {step}: discriminator {loss.item():.3f}, generator {fooled.item():.3f}")
    after = distance(generator, random)
    print(f"mean distance from the ring: {before:.3f} before, {after:.3f} after")
    return before, after


@torch.inference_mode()
def distance(generator: nn.Module, random: torch.Generator) -> float:
    """Returns how far from the ring what the generator makes is on the mean."""
    return float((generator(torch.randn(1000, NOISE, generator=random)).norm(dim=1) - 1).abs().mean())


if __name__ == "__main__":
    main()
