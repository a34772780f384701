"""What a run leaves behind when all its epochs are done."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

import cnnspec
from cnnspec.backends.torch_module import build
from cnnspec.training.measure import EVALUATED
from cnnspec.training.result import RunResult
from cnnspec.training.results.confusion import LARGEST_TABLE, as_csv, class_scores
from cnnspec.training.run_folder.curve import curve
from cnnspec.training.run_folder.folder import RunFolder
from cnnspec.training.run_folder.metrics import known
from cnnspec.training.run_folder.names import BEST, CONFUSION, CURVE, LAST
from cnnspec.training.session import Session
from cnnspec.training.state import State
from cnnspec.training.weights.weights import to_bytes


def finish(session: Session, state: State, folder: RunFolder, data: Mapping[str, Any]) -> RunResult:
    """Returns the result of a run, and writes weights, curve, confusions and, last of all, the manifest; raises OSError.

    `data` is by what the data is known again.
    """
    assert state.best is not None
    model = session.learner.result
    last = to_bytes(model.state_dict())
    folder.write(LAST, last)
    folder.write(BEST, to_bytes(state.best.weights))
    folder.write(CURVE, curve(state.history, state.best.epoch).encode())
    classes = session.dataset.classes
    if classes is not None and len(classes) <= LARGEST_TABLE:
        folder.write(CONFUSION, _confusions(session, state, model, classes).encode())
    speed = state.samples / state.seconds
    folder.seal(_facts(session, state, data, speed))
    return RunResult(folder.path, str(session.device), tuple(state.history), state.best.epoch, speed, _plain(session))


def _plain(session: Session) -> nn.Module:
    """Returns the network with what it has learned, as `build` gives one: without what training puts into it and leaves in it.

    That is the layout of kernels, hooks, layers that processes share, and the gradients of the last step.
    """
    model = build(session.network).to(session.device, session.precision.dtype)
    model.load_state_dict(session.learner.weights())
    for parameter, learned in zip(model.parameters(), session.model.parameters(), strict=True):
        parameter.requires_grad_(learned.requires_grad)
    return model.eval()


def _confusions(session: Session, state: State, model: nn.Module, classes: tuple[str, ...]) -> str:
    """Returns the table of the best epoch on the test part (the training part where there is none)."""
    assert state.best is not None
    last = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    batches = (session.test or session.train).in_order(max(EVALUATED, session.recipe.batch))
    model.load_state_dict(state.best.weights)
    scores = class_scores(model, batches, session.task, classes, session.precision)
    model.load_state_dict(last)
    return as_csv(scores.matrix, scores.names)


def _known(line: dict[str, Any]) -> dict[str, Any]:
    return {name: known(value) for name, value in line.items()}


def _facts(session: Session, state: State, data: Mapping[str, Any], speed: float) -> dict[str, Any]:
    """Returns what the manifest says besides the sums."""
    assert state.best is not None
    return {
        "versions": {"cnnspec": cnnspec.__version__, "torch": torch.__version__, "python": platform.python_version()},
        "device": str(session.device),
        "threads": torch.get_num_threads(),
        "precision": session.precision.name,
        "data": data,
        "result": _known(
            {"best_epoch": state.best.epoch, **state.history[-1].as_json(), "examples_per_second": round(speed, 1)}
        ),
    }
