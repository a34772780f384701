"""Half precision: gradients are clipped as they are, not as they are scaled, and the scale survives an interruption."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from training_specs import TANH, compiled, recipe_of

from cnnspec.training.batches.batches import Batch
from cnnspec.training.capture import capture, restore
from cnnspec.training.device import own_random_numbers
from cnnspec.training.options import TrainOptions
from cnnspec.training.session import Session, prepare
from cnnspec.training.state import State
from cnnspec.training.step import take_step
from cnnspec.training.task import Tally


@pytest.fixture(autouse=True)
def _own_numbers() -> Iterator[None]:
    with own_random_numbers():
        yield


def session_of(line: str = "", precision: str = "fp16") -> Session:
    network = compiled(TANH.replace("EXTRA", line))
    recipe = recipe_of(network)
    assert recipe.data is not None
    return prepare(network, recipe, recipe.data, TrainOptions("cpu", precision), Path())


def first_batch(session: Session) -> Batch:
    return next(iter(session.train.in_order(64)))


def vector(session: Session) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for weight in session.model.parameters()])


def way(session: Session) -> torch.Tensor:
    """Returns how far one step moves the weights."""
    before = vector(session)
    take_step(session, [first_batch(session)], Tally(session.task, session.device))
    return vector(session) - before


@pytest.mark.parametrize("clip", [0.01, 0.1])
def test_a_step_is_as_long_as_the_clipped_gradient_asks_for(clip: float) -> None:
    """Plain gradient descent goes lr times the length of the gradient: no scale has a part in that."""
    assert float(way(session_of()).norm()) > 0.5 * 0.1 * 1.5
    assert float(way(session_of(f"clip_norm {clip}")).norm()) == pytest.approx(0.5 * clip, rel=1e-3)


def test_gradients_below_the_limit_are_not_clipped() -> None:
    """They would be, in the numbers that half precision scales them to: 65,536 times as large."""
    free = session_of()
    assert free.learner.scaler.get_scale() == 65536
    assert torch.equal(way(session_of("clip_norm 10")), way(free))


def test_the_scale_is_captured_and_restored() -> None:
    session, fresh = session_of(), session_of()
    way(session)
    session.learner.scaler.update(1024.0)
    way(session)
    assert session.learner.scaler.get_scale() == 1024
    state = restore(capture(session, State(Tally(session.task, session.device))).copied(), fresh)
    assert state.epoch == 1
    assert fresh.learner.scaler.get_scale() == 1024
    assert fresh.learner.scaler.state_dict() == session.learner.scaler.state_dict()
    assert fresh.learner.scaler.state_dict() != session_of().learner.scaler.state_dict()
    assert torch.equal(way(fresh), way(session))
    assert torch.equal(vector(fresh), vector(session))


def test_without_half_precision_there_is_no_scale() -> None:
    session, fresh = session_of(precision="fp32"), session_of(precision="fp32")
    way(session)
    restore(capture(session, State(Tally(session.task, session.device))).copied(), fresh)
    assert fresh.learner.scaler.get_scale() == 1
    assert torch.equal(vector(fresh), vector(session))
