"""Beginning with the weights of another network: one that has the same parts, and perhaps another head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.analyses.learned import is_below
from cnnspec.network.network import Network
from cnnspec.training.run_folder.names import BEST, LAST
from cnnspec.training.weights.heads import head_layers
from cnnspec.training.weights.weight_report import Tensors, WeightReport, compare, shortened
from cnnspec.training.weights.weights import fill, load_weights, read_weights


class _Beginning(NamedTuple):
    """What a model begins with: weights of a file, and such that stay as drawn because the file lacks them or has other shapes.

    `left_out` are the names of the file that the network lacks.
    """

    weights: dict[str, torch.Tensor]
    missing: tuple[str, ...]
    other_shapes: tuple[str, ...]
    left_out: tuple[str, ...]

    def notes(self, weights: Path, report: WeightReport) -> tuple[str, ...]:
        """Returns a sentence for each kind of difference; where the head of the file only has another name, also what to do."""
        rename = f" ({report.advice(weights)})" if report.rename else ""
        notes = {
            f"{weights} has other shapes for {', '.join(self.other_shapes)}: these begin anew": self.other_shapes,
            f"{weights} lacks {', '.join(self.missing)}: these begin anew": self.missing,
            f"{weights} has {shortened(self.left_out)}, which the network lacks: left out{rename}": self.left_out,
        }
        return tuple(note for note, names in notes.items() if names)


def begin_with(model: nn.Module, network: Network, weights: Path, frozen: Sequence[str]) -> tuple[str, ...]:
    """Fills a model from a file; returns what to say of weights that stay as drawn, and of those of the file that are left out.

    The head may be new, unless it is frozen: with weights that the file lacks, or has in other shapes. What the network lacks
    is left out then. Where parts are frozen, all others may have other shapes: the file is meant to give these parts. Raises
    UsageError for any other difference, or OSError where the file cannot be read.
    """
    _verify_file(weights)
    advice = ""
    try:
        drawn, found = model.state_dict(), read_weights(weights)
        report, layers = compare(drawn, found), head_layers(network)
        free = [name for name in drawn if not is_below(name, frozen)]
        head = [name for name in free if is_below(name, layers)]
        beginning = _beginning(drawn, found, report, head, free if frozen else head)
        if beginning is None and not frozen and _beginning(drawn, found, report, head, free) is not None:
            advice = "; only the last layer begins anew by itself, others do where parts are frozen, as with `freeze features`"
        fill(model, found if beginning is None else beginning.weights, weights)
    except ValueError as error:
        raise UsageError(f"{error}{advice}") from None
    return () if beginning is None else beginning.notes(weights, report)


def _beginning(
    drawn: Tensors, found: Tensors, report: WeightReport, head: Sequence[str], resizable: Sequence[str]
) -> _Beginning | None:
    """Returns what a model begins with, None where the weights of a file do not make a whole model, or nothing of it.

    `drawn` is the model's `state_dict`, `head` its names that may be missing, `resizable` those that may have other shapes.
    """
    missing = tuple(name for name in report.missing if name in head)
    other_shapes = tuple(sorted(name for name in resizable if name in found and found[name].shape != drawn[name].shape))
    anew = {*missing, *other_shapes}
    left_out = report.unexpected if anew & {*head} else ()
    taken = {name: tensor for name, tensor in found.items() if name not in anew and name not in left_out}
    gives_some = any(name in drawn and tensor.is_floating_point() for name, tensor in taken.items())
    weights = {**taken, **{name: drawn[name] for name in anew}}
    if not compare(drawn, weights).fits or (anew and not gives_some):
        return None
    return _Beginning(weights, missing, other_shapes, left_out)


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
    if weights.is_dir():
        raise UsageError(f"{weights} is a folder: name a safetensors file")
