"""What the outputs of a trained network say about classes."""

from __future__ import annotations

import torch

from cnnspec.network.ending import ending
from cnnspec.network.network import Network
from cnnspec.recipe.loss import Bce, BceWithLogits, CrossEntropy, Loss, Nll


def probabilities(outputs: torch.Tensor, network: Network, loss: Loss) -> torch.Tensor | None:
    """Returns the probability of each class [N, C] from outputs [N, C], or [N, 2] from one output for two classes.

    They add up to 1 where a softmax is behind them; with a binary loss each class has a probability of its own. None where the
    outputs were trained to be something else, as with `mse`.
    """
    found = of_each(outputs, network, loss)
    if found is None or found.shape[1] > 1:
        return found
    return torch.cat((1 - found, found), dim=1)


def of_each(outputs: torch.Tensor, network: Network, loss: Loss) -> torch.Tensor | None:
    """Returns the probability that each output [N, C] stands for, as many as there are; None as `probabilities` does."""
    outputs, end = outputs.to(torch.float64), ending(network)
    if end.are_probabilities:
        return outputs
    if end.are_logarithms or isinstance(loss, Nll):
        return outputs.exp()
    if isinstance(loss, CrossEntropy):
        return outputs.softmax(1)
    if isinstance(loss, BceWithLogits):
        return outputs.sigmoid()
    return outputs if isinstance(loss, Bce) else None
