"""Parts of a network that stay as they are while the rest is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import nn

from cnnspec.layers.normalization import BatchNorm
from cnnspec.network.analyses.learned import is_below, keeps_statistics
from cnnspec.network.network import Network, Node


def freeze(model: nn.Module, paths: Sequence[str]) -> None:
    """Keeps gradients from all weights below these module paths, and so the optimizer."""
    for name, parameter in model.named_parameters():
        if is_below(name, paths):
            parameter.requires_grad_(False)


def set_training(model: nn.Module, paths: Sequence[str]) -> None:
    """Puts a model into training mode, without the normalisation below these paths that has running statistics.

    Such layers go on with what they have learned: otherwise the frozen part would change with the new data after all. Dropout
    below the paths is at work as everywhere.
    """
    model.train()
    for name, module in model.named_modules():
        if getattr(module, "track_running_stats", False) and is_below(name, paths):
            module.eval()


def refusing_one_sample(network: Network, paths: Sequence[str]) -> Iterator[Node]:
    """Yields the layers that, with these parts frozen, cannot normalise a batch of one sample in training."""
    return (node for node in _with_single_values(network) if not keeps_statistics(node, paths))


def refusing_one_answer(network: Network) -> Iterator[Node]:
    """Yields the layers that cannot normalise a batch of one sample at any time, for they keep no statistics."""
    return (node for node in _with_single_values(network) if not getattr(node.layer, "track_running_stats", False))


def _with_single_values(network: Network) -> Iterator[Node]:
    """Yields the layers that normalise over the batch, and get a single value of each sample for each of their statistics."""
    return (node for node in network.layers if isinstance(node.layer, BatchNorm) and node.layer.has_single_values(node.input))
