"""Why a loss stopped being a number: the last steps of a run, taken again, with a look at each layer.

Runs are exact, so the steps after the last good checkpoint give the same numbers again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import NoReturn

import torch
from torch import nn

from cnnspec.training.capture import capture, restore
from cnnspec.training.loop import run
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import LossNotFinite
from cnnspec.training.processes.ranks import ALONE
from cnnspec.training.profile import NoClock
from cnnspec.training.run_folder.checkpoint import Checkpoint
from cnnspec.training.run_folder.checkpoints import Checkpoints
from cnnspec.training.session import Session, begin
from cnnspec.training.state import NotFinite, State
from cnnspec.training.task import Tally
from cnnspec.training.weights.weights import all_finite

HUGE = 1e3  # weights beyond it have been driven there
LARGE = 100.0  # what the numbers of data reach that nobody has scaled, such as bytes as floats
_CALMER = "lower `lr`, write `clip_norm 1.0`, or normalise the data (`normalize=true`)"


@dataclass
class Finding:
    """The first layer of a step with outputs that are not finite, and the largest numbers that it had to do with.

    Where there is no such layer (None), the numbers are those of the last one. `gradient` is the first weight, from the loss
    backward, whose gradient is not finite. `data` is the largest number that the network was given.
    """

    layer: str | None = None
    inputs: float = 0.0
    outputs: float = 0.0
    weights: float = 0.0
    gradient: str | None = None
    data: float = 0.0


class _Enough(Exception):
    """One step is taken."""


class _LastStates:
    """Keeps copies of where a run was after each of its last two steps; nobody stops it."""

    is_stopping = False

    def __init__(self, session: Session, state: State) -> None:
        self._session = session
        self.copies: deque[Checkpoint] = deque(maxlen=2)
        self.after_epoch(state)

    def stop(self, state: State) -> NoReturn:
        raise AssertionError("nobody asks to stop")

    def note(self, text: str) -> None:
        """The run itself has said it."""

    def after_step(self, state: State, samples: int) -> None:
        self.after_epoch(state)

    def after_epoch(self, state: State) -> None:
        self.copies.append(capture(self._session, state).copied())


def explain(session: Session, checkpoints: Checkpoints, options: TrainOptions) -> LossNotFinite:
    """Returns in which step the loss stopped being a number, which layer shows it first, and what to try."""
    good = _last_good(checkpoints)
    weights = options.weights if good is None else None  # the file is needed at the beginning only
    learner = begin(session.network, session.recipe, session.precision, weights)
    session = replace(session, learner=learner, ranks=ALONE, clock=NoClock())
    state = State(Tally(session.task, session.device)) if good is None else restore(good, session)
    last = _LastStates(session, state)
    try:
        run(session, state, last, looks=1)
    except NotFinite:
        loss = state.tally.sums[0].item()
        if _is_finite(loss):
            return _burst(session, state, last.copies[0])
    else:
        return LossNotFinite("the loss became infinite or not a number, but not when the steps were taken again", _CALMER)
    where = f"the loss became {loss} in epoch {state.epoch}, step {state.steps}"
    before = Finding()
    for copy in last.copies:  # the step before, which may have made the weights what they are, and the step itself
        state = restore(copy, session)
        finding = _inspected(session, state)
        if finding.layer is not None:
            break
        before = finding
    return _problem(where, session, finding, before)


def _burst(session: Session, state: State, before: Checkpoint) -> LossNotFinite:
    """Returns which weights the last update of an epoch has made infinite, before any loss could tell."""
    name = next(name for name, weight in session.model.named_parameters() if not all_finite([weight]))
    text = f"the update of epoch {state.epoch}, step {state.steps} makes `{name}` infinite or not a number"
    finding = _inspected(session, restore(before, session))
    return LossNotFinite(text, _smaller(session, finding), name.rpartition(".")[0])


def _last_good(checkpoints: Checkpoints) -> Checkpoint | None:
    """Returns the newest checkpoint whose weights are finite; None for the beginning of the run."""
    for _, found in checkpoints.newest_first():
        if isinstance(found, Checkpoint) and all_finite(found.part("model").values()):
            return found
    return None


def _inspected(session: Session, state: State) -> Finding:
    """Returns what a look at each layer shows in the step that comes next."""

    class OneStep(_LastStates):
        def after_step(self, state: State, samples: int) -> None:
            raise _Enough

    finding = Finding()
    with _hooks(session, finding), suppress(NotFinite, _Enough):
        run(session, state, OneStep(session, state), looks=1)
    return finding


@contextmanager
def _hooks(session: Session, finding: Finding) -> Iterator[None]:
    """Fills `finding` from what passes through the layers."""

    def look(name: str) -> object:
        def hook(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
            if not module.training or finding.layer is not None:
                return
            if not output.isfinite().all():
                finding.layer = name
            finding.inputs, finding.outputs = max(map(_largest, inputs), default=0.0), _largest(output)
            finding.weights = max(map(_largest, module.parameters()), default=0.0)

        return hook

    def look_at_data(module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        if module.training:
            finding.data = max(finding.data, *map(_largest, inputs))

    def look_back(name: str) -> object:
        def hook(gradient: torch.Tensor) -> None:
            if finding.gradient is None and not gradient.isfinite().all():
                finding.gradient = name

        return hook

    modules = {node.name: session.model.get_submodule(node.name) for node in session.network.layers}
    handles = [module.register_forward_hook(look(name)) for name, module in modules.items()]  # type: ignore[arg-type]
    handles.append(session.model.register_forward_pre_hook(look_at_data))
    for name, weight in session.model.named_parameters():
        if weight.requires_grad:
            handles.append(weight.register_hook(look_back(name)))  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _largest(values: torch.Tensor) -> float:
    """Returns the largest absolute value; nan or inf where there is one."""
    return values.detach().abs().max().item() if values.numel() else 0.0


def _problem(where: str, session: Session, finding: Finding, before: Finding) -> LossNotFinite:
    precision = session.precision.name
    smaller = _smaller(session, finding)
    calmer = smaller if finding.data > LARGE else _CALMER
    if finding.layer is None:
        text = f"{where}: no layer overflows, but the outputs of the network reach {finding.outputs:.3g}"
        return LossNotFinite(text, smaller if finding.weights > HUGE else calmer)
    text = f"{where}: `{finding.layer}` is the first layer with outputs that are not finite"
    if not _is_finite(finding.inputs):
        return LossNotFinite(f"{text}, and so are its inputs", "look for values in the data that are no numbers", finding.layer)
    if not _is_finite(finding.weights) and before.gradient is not None:
        text += f"; in the step before, the gradient of `{before.gradient}` was not finite"
        return LossNotFinite(text, _finer(precision) or smaller, finding.layer)
    text += f"; its inputs reach {finding.inputs:.3g} and its weights {finding.weights:.3g}"
    if not _is_finite(finding.weights) or finding.weights > HUGE:
        return LossNotFinite(text, smaller, finding.layer)
    return LossNotFinite(text, _finer(precision) or calmer, finding.layer)


def _smaller(session: Session, finding: Finding) -> str:
    """Returns what keeps weights small; where the data has large numbers, which drive them, these come first."""
    steps = f"lower `lr` (here {session.learner.lr:g}), or write `clip_norm 1.0`"
    normalize = getattr(session.recipe.data, "normalize", None)
    if not LARGE < finding.data < math.inf or normalize is True:
        return steps
    how = "bring it to about -1 to 1" if normalize is None else "write `normalize=true` behind `data`"
    return f"the data reaches {finding.data:.3g}: {how}; or {steps}"


def _finer(precision: str) -> str | None:
    """Returns what to try where numbers are short."""
    return f"try `--precision fp32` instead of {precision}" if precision in ("fp16", "bf16") else None


def _is_finite(value: float) -> bool:
    return value - value == 0.0
