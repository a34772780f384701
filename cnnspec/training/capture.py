"""What a run goes on from, taken out of it and put back. `run_folder/checkpoint.py` says what is where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch

from cnnspec.training.optimizer import set_learning_rate
from cnnspec.training.random_numbers import random_states, restore_random_states
from cnnspec.training.report import EpochReport
from cnnspec.training.run_folder.checkpoint import Checkpoint, Tensors
from cnnspec.training.session import Learner, Session
from cnnspec.training.state import Best, State, Stopwatch
from cnnspec.training.task import Tally

VERSION = 5


def capture(session: Session, state: State) -> Checkpoint:
    """Returns what `restore` needs; its tensors are those of the run, not copies of them."""
    learner = session.learner
    optimizer, numbers = _optimizer_state(learner)
    tensors = {
        **_named("model", learner.model.state_dict()),
        **_named("average", {} if learner.average is None else learner.average.state_dict()),
        **_named("optimizer", optimizer),
        **_named("best", {} if state.best is None else state.best.weights),
        **_named("random", random_states(session.device)),
        "tally": state.tally.sums,
    }
    facts = {
        "version": VERSION,
        "epoch": state.epoch,
        "steps": state.steps,
        "count": state.tally.count,
        "logged": state.logged,
        "history": [asdict(report) for report in state.history],
        "best": None if state.best is None else {"epoch": state.best.epoch, "rank": state.best.rank},
        "seconds": state.seconds,
        "epoch_seconds": state.watch.seconds,
        "samples": state.samples,
        "is_enough": state.is_enough,
        "lr": learner.lr,
        "scaler": learner.scaler.state_dict(),
        "optimizer": numbers,
    }
    return Checkpoint(tensors, facts)


def restore(checkpoint: Checkpoint, session: Session) -> State:
    """Returns the state of a checkpoint, and puts the learner and torch's random numbers back to it.

    Raises ValueError where it is from another network or recipe.
    """
    learner, facts = session.learner, checkpoint.facts
    if facts["version"] != VERSION:
        raise ValueError(f"it has version {facts['version']}, and this cnnspec reads {VERSION}")
    try:
        learner.model.load_state_dict(checkpoint.part("model"))
        if learner.average is not None:
            learner.average.load_state_dict(checkpoint.part("average"))
        _restore_optimizer(learner, checkpoint.part("optimizer"), facts["optimizer"])
        set_learning_rate(learner.optimizer, facts["lr"])
    except (KeyError, RuntimeError) as error:
        raise ValueError(f"it does not fit the network: {error}") from None
    if facts["scaler"] and learner.scaler.is_enabled():
        learner.scaler.load_state_dict(facts["scaler"])
    restore_random_states(checkpoint.part("random"), session.device)
    tally = Tally(session.task, session.device)
    tally.count = facts["count"]
    tally.sums.copy_(checkpoint.tensors["tally"])
    best = facts["best"]
    return State(
        tally,
        facts["epoch"],
        facts["steps"],
        Stopwatch(facts["epoch_seconds"]),
        tuple(facts["logged"]),
        [EpochReport(**report) for report in facts["history"]],
        None if best is None else Best(best["epoch"], best["rank"], checkpoint.part("best")),
        facts["seconds"],
        facts["samples"],
        facts["is_enough"],
    )


def _named(part: str, tensors: Mapping[str, torch.Tensor]) -> Tensors:
    return {f"{part}/{name}": tensor for name, tensor in tensors.items()}


def _optimizer_state(learner: Learner) -> tuple[Tensors, dict[str, Any]]:
    """Returns the optimizer's state by `parameter/key`: its tensors, and what it keeps as plain numbers."""
    tensors: Tensors = {}
    numbers: dict[str, Any] = {}
    names = _learned(learner)
    for index, values in learner.optimizer.state_dict()["state"].items():
        for key, value in values.items():
            (tensors if isinstance(value, torch.Tensor) else numbers)[f"{names[index][0]}/{key}"] = value
    return tensors, numbers


def _restore_optimizer(learner: Learner, tensors: Tensors, numbers: Mapping[str, Any]) -> None:
    """Fills the optimizer; its hyperparameters are those of the recipe already, apart from the learning rate."""
    names = _learned(learner)
    places = {name: index for index, (name, _) in enumerate(names)}
    state: dict[int, dict[str, Any]] = {}
    for path, value in {**tensors, **numbers}.items():
        name, _, key = path.rpartition("/")
        index = places[name]
        state.setdefault(index, {})[key] = _laid_out_as(names[index][1], value)
    learner.optimizer.load_state_dict({**learner.optimizer.state_dict(), "state": state})
    for index, values in state.items():
        kept = learner.optimizer.state[names[index][1]]
        for key, value in values.items():
            if isinstance(value, torch.Tensor) and kept[key].dtype != value.dtype:  # torch gives it the dtype of the weights
                kept[key] = value.to(kept[key].device)


def _learned(learner: Learner) -> list[tuple[str, torch.Tensor]]:
    """Returns the parameters that the optimizer changes with their names, in its order."""
    names = {parameter: name for name, parameter in learner.model.named_parameters()}
    return [(names[parameter], parameter) for group in learner.optimizer.param_groups for parameter in group["params"]]


def _laid_out_as(parameter: torch.Tensor, value: Any) -> Any:
    """Returns a momentum with the strides of its parameter: fused optimizers pair the numbers as they lie in memory."""
    if not isinstance(value, torch.Tensor) or value.shape != parameter.shape or not value.is_floating_point():
        return value
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value)
