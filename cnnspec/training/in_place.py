"""Do layers with `inplace=true` overwrite what is needed for the gradients? PyTorch tells it in the backward pass only."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from cnnspec.network.network import Node
from cnnspec.training.attempt import copied, forward
from cnnspec.training.problems import OverwritesNeeded, TrainingError
from cnnspec.training.session import Session

_REFUSED = ("modified by an inplace operation", "used in an in-place operation")  # torch's words


def verify_in_place(session: Session) -> None:
    """Raises TrainingError for the layers that overwrite what a layer before them needs for its gradients.

    One pass of a copy of the network tells, and where it fails one more for each of the layers, which alone overwrites then.
    """
    layers = [node for node in session.network.layers if node.layer.is_in_place]
    if not layers or _has_gradients(session, layers):
        return
    refused = {node.origin.statement: node for node in layers if not _has_gradients(session, [node])}
    if refused:
        raise TrainingError(*(OverwritesNeeded(node.name, node.keyword) for node in refused.values()))


def _has_gradients(session: Session, overwriting: Iterable[Node]) -> bool:
    """Returns whether PyTorch computes the gradients where of all layers only these overwrite their input."""
    names = {node.name for node in overwriting}
    with copied(session.model) as model, torch.enable_grad():
        for name, module in model.named_modules():
            if hasattr(module, "inplace"):
                module.inplace = name in names
        try:
            forward(model, session.network, session.precision).sum().backward()  # type: ignore[no-untyped-call]
        except RuntimeError as error:  # what else goes wrong is told by the run
            return not any(words in str(error) for words in _REFUSED)
    return True
