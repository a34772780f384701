"""One step of the optimizer. Nothing here waits for the device, nor copies anything to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import nn

from cnnspec.training.batches.batches import Batch
from cnnspec.training.processes.distributed import total
from cnnspec.training.session import Session
from cnnspec.training.task import Tally

Weight: TypeAlias = float | torch.Tensor


def take_step(session: Session, group: Sequence[Batch], tally: Tally, samples: int | None = None) -> None:
    """Changes the weights once, by the mean loss over all samples of `group`, and adds what came of it to `tally`.

    Several batches (`accumulate`) give the gradient of one large one; batch normalisation still sees them one by one. Where
    these are the shares of one process, all of them together have `samples`.
    """
    samples = sum(len(inputs) for inputs, _ in group) if samples is None else samples
    compute_gradients(session, group, tally, samples)
    with session.clock.part("optimizer"):
        update_weights(session)
    tally.count += samples
    session.clock.step()


def compute_gradients(session: Session, group: Sequence[Batch], tally: Tally, samples: int) -> None:
    """Computes the gradients of a step, and adds the losses of its samples to the sums of `tally`."""
    learner, clock = session.learner, session.clock
    learner.optimizer.zero_grad()
    counted = Tally(session.task, session.device)
    for place, ((inputs, targets), weight) in enumerate(zip(group, _weights(session, group, samples), strict=True), 1):
        with learner.gradients(are_complete=place == len(group)):
            with clock.part("forward"):
                loss, outputs = compute_loss(session, inputs, targets)
            with clock.part("backward"):
                learner.scaler.scale(loss * weight).backward()  # type: ignore[no-untyped-call]
        counted.add(loss, outputs, targets)
    tally.merge(counted, session.ranks)


def update_weights(session: Session) -> None:
    """Changes the weights by their gradients, and their average by the weights."""
    learner, clip_norm = session.learner, session.recipe.clip_norm
    if clip_norm is not None:
        learner.scaler.unscale_(learner.optimizer)
        nn.utils.clip_grad_norm_(learner.model.parameters(), clip_norm)
    learner.scaler.step(learner.optimizer)
    learner.scaler.update()
    if learner.average is not None:
        learner.average.update_parameters(learner.model)


def _weights(session: Session, group: Sequence[Batch], samples: int) -> list[Weight]:
    """Returns what the loss of each batch counts in that of the step, times the number of processes.

    The gradient of a step is the mean over the processes. A step none of whose labels counts changes nothing.
    """
    count = session.ranks.count
    divisors = [session.task.divisor(targets) for _, targets in group]
    known = [divisor for divisor in divisors if divisor is not None]
    if not known:
        return [len(inputs) * count / samples for inputs, _ in group]
    whole = total(torch.stack(known).sum(), session.ranks)
    return [torch.where(whole > 0, count / whole, 0.0).to(session.precision.dtype)] * len(group)


def compute_loss(session: Session, inputs: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the loss of one batch, 0 for no samples, and the outputs [n, ...] in the precision of the weights."""
    with session.precision.forward():
        outputs = session.learner.network(inputs)
    outputs = outputs.to(session.precision.dtype)
    if not len(inputs):
        return outputs.sum(), outputs
    return session.task.losses(outputs, targets), outputs
