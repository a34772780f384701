"""The edge detector that is learned from pictures: gradient descent on the squared error finds the kernel 1, -1."""

from __future__ import annotations

import torch
from training_specs import compiled

from cnnspec.backends.torch_module import build

TEXT = "network Learned {\n input 1x6x8\n conv 1, kernel=1x2, bias=false\n}"


def test_twenty_steps_find_the_kernel() -> None:
    pixels = torch.ones(1, 1, 6, 8)
    pixels[..., 2:6] = 0
    edges = pixels[..., :-1] - pixels[..., 1:]
    for seed in range(5):
        torch.manual_seed(seed)
        model = build(compiled(TEXT))
        weight = model.get_parameter("0.weight")
        optimizer = torch.optim.SGD([weight], lr=0.03)
        for _ in range(20):
            loss = ((model(pixels) - edges) ** 2).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert torch.allclose(weight.detach().flatten(), torch.tensor([1.0, -1.0]), atol=0.02), (seed, weight)
