"""Trains a network of two inputs, which no `train` block can: what is compared are its two outputs with each other.

    python examples/siamese.py

Pictures are noisy versions of a few patterns. The contrastive loss (Hadsell, Chopra, LeCun 2006) pulls the codes of two
versions of one pattern together and pushes those of different patterns apart, until they are `MARGIN` away from each other.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch.nn import functional

import cnnspec

PATTERNS, MARGIN = 6, 2.0


def pairs(count: int, random: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Returns two batches of pictures [count, 1, 16, 16], and whether both of a pair are of one pattern [count]."""
    patterns = torch.randn(PATTERNS, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    left = torch.randint(PATTERNS, (count,), generator=random)
    same = torch.rand(count, generator=random) < 0.5
    right = torch.where(same, left, (left + torch.randint(1, PATTERNS, (count,), generator=random)) % PATTERNS)
    noise = torch.randn(2, count, 1, 16, 16, generator=random)
    return patterns[left] + noise[0], patterns[right] + noise[1], same


def contrastive_loss(one: torch.Tensor, other: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    """Returns the mean over all pairs of codes [N, code]."""
    distance = functional.pairwise_distance(one, other)
    return torch.where(same, distance**2, functional.relu(MARGIN - distance) ** 2).mean()


def main(steps: int = 200) -> float:
    """Trains, and returns the share of pairs that the distance of their codes tells right."""
    torch.set_num_threads(1)  # networks as small as this gain nothing by more
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(1)
    model = cnnspec.load(Path(__file__).with_name("siamese.cnn")).build()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for step in range(1, steps + 1):
        left, right, same = pairs(64, random)
        loss = contrastive_loss(*model(left, right), same)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 0:
            print(f"step {step}: loss {loss.item():.3f}")
    with torch.inference_mode():
        left, right, same = pairs(500, random)
        found = functional.pairwise_distance(*model(left, right)) < MARGIN / 2
    right_share = float((found == same).float().mean())
    print(f"pairs told right: {right_share:.3f}")
    return right_share


if __name__ == "__main__":
    main()
