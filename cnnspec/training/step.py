"""One step of the optimizer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from cnnspec.training.batches import Batch
from cnnspec.training.session import Session
from cnnspec.training.task import Tally


def take_step(session: Session, group: Sequence[Batch], tally: Tally) -> None:
    """Changes the weights once, by the mean loss over all samples of `group`; nothing here waits for the device.

    Several batches (`accumulate`) give the gradient of one large one; batch normalisation still sees them one by one.
    """
    learner, recipe = session.learner, session.recipe
    samples = sum(len(inputs) for inputs, _ in group)
    learner.optimizer.zero_grad()
    for inputs, targets in group:
        loss, outputs = compute_loss(session, inputs, targets)
        share = loss if len(group) == 1 else loss * (len(inputs) / samples)
        learner.scaler.scale(share).backward()  # type: ignore[no-untyped-call]
        tally.add(loss, outputs, targets)
    if recipe.clip_norm is not None:
        learner.scaler.unscale_(learner.optimizer)
        nn.utils.clip_grad_norm_(learner.model.parameters(), recipe.clip_norm)
    learner.scaler.step(learner.optimizer)
    learner.scaler.update()
    if learner.average is not None:
        learner.average.update_parameters(learner.model)


def compute_loss(session: Session, inputs: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the mean loss of one batch, and the outputs [n, ...] in the precision of the weights."""
    with session.precision.forward():
        outputs = session.model(inputs)
    outputs = outputs.to(session.precision.dtype)
    return session.task.losses(outputs, targets), outputs
