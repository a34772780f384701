"""Beginning with the weights of another network: one that has the same parts, and perhaps another head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.analyses.learned import is_below
from cnnspec.training.run_folder.folder import BEST, LAST
from cnnspec.training.weights.weights import fill, load_weights, read_weights


def begin_with(model: nn.Module, weights: Path, frozen: Sequence[str]) -> tuple[str, ...]:
    """Fills a model from a file; returns the names of weights that stay as drawn, because the file's have other shapes.

    Only where parts of the network are frozen, and only outside of them: then the file is meant to give these parts, and a head
    of another size is what the training is for. Raises UsageError, or OSError where the file cannot be read.
    """
    _verify_file(weights)
    advice = ""
    try:
        found = read_weights(weights)
        drawn = model.state_dict()
        other_shapes = [name for name in drawn.keys() & found.keys() if drawn[name].shape != found[name].shape]
        kept = sorted(name for name in other_shapes if frozen and not is_below(name, frozen))
        if drawn.keys() == found.keys() and other_shapes and not frozen:
            advice = "; a part of another size begins anew where others are frozen, as with `freeze features`"
        fill(model, {**found, **{name: drawn[name] for name in kept}}, weights)
    except ValueError as error:
        raise UsageError(f"{error}{advice}") from None
    return tuple(kept)


def take_all(model: nn.Module, weights: Path) -> None:
    """Fills a model from a file that has all of its weights; raises UsageError, or OSError where the file cannot be read."""
    _verify_file(weights)
    try:
        load_weights(model, weights)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _verify_file(weights: Path) -> None:
    if (weights / LAST).is_file():
        raise UsageError(f"{weights} is a run: name its file {weights / LAST}, or {weights / BEST}")
