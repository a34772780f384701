"""The training loop, from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn, Protocol

from cnnspec.training.batches.batches import Batch, Batches
from cnnspec.training.captured_steps import steps_for
from cnnspec.training.freezing import set_training
from cnnspec.training.measure import EVALUATED, measure
from cnnspec.training.optimizer import set_learning_rate
from cnnspec.training.processes.distributed import take_buffers
from cnnspec.training.random_numbers import ORDER, SHARE, generator, random_states, reseed, restore_random_states
from cnnspec.training.repeatable import repeatable
from cnnspec.training.report import EpochReport
from cnnspec.training.run_folder.metrics import rank
from cnnspec.training.schedule import learning_rate
from cnnspec.training.session import Session
from cnnspec.training.state import State
from cnnspec.training.steps import PlainSteps, Steps
from cnnspec.training.task import Score

# How often the loss is looked at: a CPU has it at hand, while a GPU would have to finish first.
LOOKS = {"cpu": 1, "cuda": 100}


class Keeper(Protocol):
    """Who writes down what happens, and may stop the run."""

    @property
    def is_stopping(self) -> bool: ...

    def stop(self, state: State) -> NoReturn: ...

    def note(self, text: str) -> None: ...

    def after_step(self, state: State, samples: int) -> None: ...

    def after_epoch(self, state: State) -> None: ...


def run(session: Session, state: State, keeper: Keeper, looks: int | None = None) -> None:
    """Trains from `state` to the end of the recipe; raises NotFinite, and what the keeper raises.

    `looks`: the loss is looked at every so many steps, and no step is taken as a recording.
    """
    steps = PlainSteps(session) if looks else steps_for(session, keeper.note)
    with steps.stream(), repeatable(session.device, keeper.note):
        while not state.is_finished(session.recipe):
            for samples in _train_epoch(session, state, steps, looks or LOOKS[session.device.type]):
                keeper.after_step(state, samples)
            take_buffers(session.learner.result, session.ranks)
            tested = None if session.test is None else _test(session, session.test, state, keeper)
            trained = state.tally.score()
            rate = state.tally.count / state.watch.seconds
            report = _report(session, state, trained, tested, rate)
            state.close_epoch(report, rank(report.as_json()), session.learner.weights())
            keeper.after_epoch(state)


def _train_epoch(session: Session, state: State, steps: Steps[Any], looks: int) -> Iterator[int]:
    """Takes the steps of an epoch that are left, and returns after each of them how many samples it took.

    Raises NotFinite where the loss has stopped being a number; only every so many steps (`looks`) and at the end it is fetched.
    """
    recipe = session.recipe
    order = generator(recipe.seed, ORDER, state.epoch)
    skip, ranks = state.steps * recipe.accumulate, session.ranks
    groups = steps.groups(order, skip)
    sizes = iter(session.train.sizes(recipe.batch)[skip:])
    set_training(session.model, recipe.freeze)
    state.watch.start()
    while (group := _next(session, groups)) is not None:
        samples = sum(islice(sizes, recipe.accumulate))
        if not ranks.is_first:  # its own dropout, and nothing that a checkpoint would have to keep
            reseed(recipe.seed, SHARE, state.epoch, state.steps, ranks.rank)
        step = (state.epoch - 1) * session.steps + state.steps
        rate = learning_rate(recipe.schedule, recipe.optimizer.lr, step, session.steps, recipe.epochs)
        set_learning_rate(session.learner.optimizer, rate)
        steps.take(group, state.tally, samples)
        state.steps += 1
        if state.steps % looks == 0:
            state.verify_finite()
        yield samples
    # Without steps to look at, the only point of an epoch's training that waits for the device.
    state.verify_finite(session.model.parameters())
    state.watch.stop()


def _next(session: Session, groups: Iterator[Any]) -> Any:
    """Returns the batches of a step, None at the end of the epoch."""
    with session.clock.part("data"):
        return next(groups, None)


def _test(session: Session, batches: Batches, state: State, keeper: Keeper) -> Score:
    """Returns how well the network does on the test part; a run that is stopped meanwhile goes on before it."""
    drawn = random_states(session.device)

    def while_nobody_stops() -> Iterator[Batch]:
        for batch in batches.in_order(max(EVALUATED, session.recipe.batch), session.ranks):
            if keeper.is_stopping:
                restore_random_states(drawn, session.device)
                keeper.stop(state)
            if len(batch[0]):
                yield batch

    with session.clock.part("evaluation"):
        return measure(session.learner.result, while_nobody_stops(), session.task, session.precision, ranks=session.ranks)


def _report(session: Session, state: State, trained: Score, tested: Score | None, rate: float) -> EpochReport:
    test, test_loss = (None, None) if tested is None else (tested.measure, tested.loss)
    lr = session.learner.lr
    return EpochReport(state.epoch, trained.loss, session.task.measure, trained.measure, test, test_loss, rate, lr)
