"""Trains a network of two outputs, which no `train` block can: each has a loss, and only you can weigh them.

    python examples/detector.py

Pictures hold one bright rectangle. The cell with its centre has to say so, and where exactly and how large it is; the boxes of
all other cells do not count.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch.nn import functional

import cnnspec

SIZE, CELLS = 32, 4
WEIGHT = 5.0  # of the boxes, as in YOLO


def pictures(count: int, random: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns pictures [count, 1, 32, 32] and their boxes [count, 4]: centre and size (y, x, height, width) from 0 to 1."""
    size = torch.randint(5, 13, (count, 2), generator=random)
    corner = (torch.rand(count, 2, generator=random) * (SIZE - size)).long()
    places = torch.arange(SIZE)
    inside = [(places >= corner[:, axis, None]) & (places < (corner + size)[:, axis, None]) for axis in range(2)]
    shown = (inside[0].unsqueeze(2) & inside[1].unsqueeze(1)).unsqueeze(1).float()
    noise = 0.2 * torch.randn(count, 1, SIZE, SIZE, generator=random)
    return shown + noise, torch.cat(((corner + size / 2) / SIZE, size / SIZE), dim=1)


def targets(boxes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Returns which cell has the object [N, 1, 4, 4], the row and column of it [N, 2], and what it should say [N, 4]."""
    cell = (boxes[:, :2] * CELLS).long().clamp(max=CELLS - 1)
    objects = torch.zeros(len(boxes), 1, CELLS, CELLS)
    objects[torch.arange(len(boxes)), 0, cell[:, 0], cell[:, 1]] = 1
    return objects, cell, torch.cat((boxes[:, :2] * CELLS - cell, boxes[:, 2:]), dim=1)


def overlap(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Returns the intersection over union of boxes [N, 4]."""
    low = torch.maximum(one[:, :2] - one[:, 2:] / 2, other[:, :2] - other[:, 2:] / 2)
    high = torch.minimum(one[:, :2] + one[:, 2:] / 2, other[:, :2] + other[:, 2:] / 2)
    common = (high - low).clamp(min=0).prod(1)
    return common / (one[:, 2:].prod(1) + other[:, 2:].prod(1) - common)


def main(steps: int = 300) -> float:
    """Trains, and returns the mean overlap of the boxes found with the true ones, on new pictures."""
    torch.set_num_threads(1)  # networks as small as this gain nothing by more
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(1)
    model = cnnspec.load(Path(__file__).with_name("detector.cnn")).build()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for step in range(1, steps + 1):
        images, boxes = pictures(64, random)
        objects, cell, wanted = targets(boxes)
        said, where = model(images)
        mine = where[torch.arange(len(images)), :, cell[:, 0], cell[:, 1]]
        loss = functional.binary_cross_entropy_with_logits(said, objects) + WEIGHT * functional.mse_loss(mine, wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(f"step {step}: loss {loss.item():.3f}")
    model.eval()
    with torch.inference_mode():
        images, boxes = pictures(200, random)
        said, where = model(images)
        best = said.flatten(1).argmax(1)
        cell = torch.stack((best // CELLS, best % CELLS), dim=1)
        found = where[torch.arange(len(images)), :, cell[:, 0], cell[:, 1]]
        found = torch.cat(((found[:, :2] + cell) / CELLS, found[:, 2:]), dim=1)
        mean = float(overlap(found, boxes).mean())
    print(f"mean overlap (intersection over union): {mean:.3f}")
    return mean


if __name__ == "__main__":
    main()
