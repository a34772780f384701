"""A session as the options of its run have it: compiled, measured, and shared by several processes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Node
from cnnspec.training.captured_steps import can_capture
from cnnspec.training.compiled import compile_in_place, verify_compiler
from cnnspec.training.device import own_random_numbers
from cnnspec.training.freezing import refusing_one_answer, refusing_one_sample
from cnnspec.training.measure import EVALUATED
from cnnspec.training.options import TrainOptions
from cnnspec.training.processes.distributed import parallel
from cnnspec.training.processes.distributed_norm import shared_by_samples, synchronized
from cnnspec.training.profile import Profile
from cnnspec.training.session import Session


def fitted(session: Session, options: TrainOptions, trace: Path | None = None) -> Session:
    """Returns the session ready for its next step; all processes connect their networks here. Raises UsageError.

    `trace` is where a profile goes, None where nothing is measured. What the learner begins with must be in it already: layers
    are replaced by others with the same weights.
    """
    learner, ranks, device = session.learner, session.ranks, session.device
    if trace is not None:
        session = replace(session, clock=Profile(trace, device))
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if not ranks.is_alone:
        _verify_shares(session, options.sync_batchnorm)
        shared_by_samples(learner.model)
        if options.sync_batchnorm:
            synchronized(learner.model, device)
    dead_ends = not ranks.is_alone and _has_dead_ends(session)
    if options.compile:
        verify_compiler(device)
        compile_in_place(learner.model, device.type == "cuda" and not can_capture(session))
    return replace(session, learner=replace(learner, parallel=parallel(learner.model, ranks, dead_ends)))


def _verify_shares(session: Session, is_synchronized: bool) -> None:
    """Raises UsageError where a process would have to normalise a single number."""
    network, recipe, processes = session.network, session.recipe, session.ranks.count
    lone = f"one of {processes} processes gets a single sample, which %s cannot normalise"
    for node in () if is_synchronized else refusing_one_sample(network, recipe.freeze):
        for size in session.train.sizes(recipe.batch):
            if size < 2 * processes:
                raise UsageError(f"of a batch of {size}, {lone % _named(node)}: use --sync-batchnorm, or another `batch`")
    for node in refusing_one_answer(network):
        for size in () if session.test is None else session.test.sizes(max(EVALUATED, recipe.batch)):
            if size < 2 * processes:
                raise UsageError(f"of {size} samples for testing, {lone % _named(node)}: leave out `track_running_stats=false`")


def _named(node: Node) -> str:
    return f"`{node.layer.keyword}` ({node.name})"


def _has_dead_ends(session: Session) -> bool:
    """Returns whether there are weights to learn that the outputs do not depend on; one backward pass on zeros tells.

    Some layers draw random numbers even in evaluation (`fractional_maxpool`), which must not be missing to a run that goes on.
    """
    model = session.learner.model.eval()
    sample = torch.zeros(2, *session.network.input.sizes, dtype=session.precision.dtype, device=session.device)
    learned = [weight for weight in model.parameters() if weight.requires_grad]
    with own_random_numbers():
        gradients = torch.autograd.grad(model(sample).sum(), learned, allow_unused=True)
    return any(gradient is None for gradient in gradients)
