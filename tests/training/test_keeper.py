"""What is written down of a run that has just gone wrong: nothing, so that the last good state stays the newest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import torch
from training_specs import TINY, compiled, recipe_of

from cnnspec.training.capture import restore
from cnnspec.training.device import own_random_numbers
from cnnspec.training.keeper import RunKeeper
from cnnspec.training.options import TrainOptions
from cnnspec.training.report import Silent
from cnnspec.training.run_folder.checkpoint import Checkpoint
from cnnspec.training.run_folder.checkpoints import Checkpoints
from cnnspec.training.run_folder.folder import RunFolder
from cnnspec.training.run_folder.names import CHECKPOINTS
from cnnspec.training.session import Session, prepare
from cnnspec.training.signals import StopRequest
from cnnspec.training.state import NotFinite, State
from cnnspec.training.step import take_step
from cnnspec.training.task import Tally


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[Session, State, RunKeeper, Checkpoints]]:
    """A run after its first step, whose checkpoint is written."""
    network = compiled(TINY)
    recipe, options = recipe_of(network), TrainOptions("cpu", "fp64", tmp_path / "run")
    assert recipe.data is not None
    (tmp_path / "run").mkdir()
    folder = RunFolder.create(tmp_path / "run", network, recipe, options, tmp_path)
    with own_random_numbers():
        session = prepare(network, recipe, recipe.data, options, tmp_path)
        state = State(Tally(session.task, session.device))
        with closing(RunKeeper(session, folder, options, Silent(), StopRequest(), {}, 0)) as keeper:
            step(session, state)
            keeper.save(state)
            yield session, state, keeper, Checkpoints(folder.path / CHECKPOINTS)


def step(session: Session, state: State, factor: float = 1.0) -> None:
    inputs, targets = next(iter(session.train.in_order(64)))
    take_step(session, [(inputs * factor, targets)], state.tally)
    state.steps += 1


def numbers(checkpoint: Checkpoint) -> torch.Tensor:
    return torch.cat([tensor.flatten().double() for tensor in checkpoint.part("model").values()])


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_is_never_saved(kept: tuple[Session, State, RunKeeper, Checkpoints], factor: float) -> None:
    session, state, keeper, checkpoints = kept
    before = {path: path.read_bytes() for path in checkpoints.paths()}
    step(session, state, factor)
    assert not all(weight.isfinite().all() for weight in session.model.parameters())
    with pytest.raises(NotFinite):
        keeper.save(state)
    assert {path: path.read_bytes() for path in checkpoints.paths()} == before
    ((_, found),) = checkpoints.newest_first()
    assert isinstance(found, Checkpoint)
    assert numbers(found).isfinite().all()
    assert restore(found, session).steps == 1


def test_an_update_that_makes_weights_infinite_is_never_saved(
    kept: tuple[Session, State, RunKeeper, Checkpoints],
) -> None:
    """The loss of that step was one of the weights before, and tells nothing."""
    session, state, keeper, checkpoints = kept
    session.learner.optimizer.param_groups[0]["lr"] = 1e308
    step(session, state)
    assert state.tally.is_finite()
    assert not all(weight.isfinite().all() for weight in session.model.parameters())
    with pytest.raises(NotFinite):
        keeper.save(state)
    assert len(checkpoints.paths()) == 1


def test_a_good_step_is_saved(kept: tuple[Session, State, RunKeeper, Checkpoints]) -> None:
    session, state, keeper, checkpoints = kept
    step(session, state)
    keeper.save(state)
    _, found = next(iter(checkpoints.newest_first()))
    assert isinstance(found, Checkpoint)
    assert found.facts["steps"] == 2
