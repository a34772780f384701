"""Steps on a GPU as one CUDA graph: the whole step is recorded once, batches gathered inside, and then played again.

A step of a small network is a hundred short operations, each of which costs Python more time than the GPU. A graph is one.
What is recorded is bound to places in memory. So all that changes from step to step has a place of its own, which is filled
before the recording is played: the places of the samples, what is drawn to change them, the learning rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch

from cnnspec.training.batches.batches import Batch, Draft
from cnnspec.training.batches.stores import sent
from cnnspec.training.optimizer import is_capturable
from cnnspec.training.profile import NoClock
from cnnspec.training.session import Session
from cnnspec.training.step import compute_gradients, take_step, update_weights
from cnnspec.training.steps import PlainSteps, Steps, grouped
from cnnspec.training.task import Tally

Work: TypeAlias = Callable[[], None]
Recorder: TypeAlias = Callable[[Work], Work]  # records what is done, without doing it; the result does it

# Steps before the recording: libraries choose their algorithms, and the optimizer makes its state, in the first ones.
WARM_UP = 3


@dataclass
class CapturedSteps:
    """Records the step once it is warm. Steps of another size, such as the last one of an epoch, are taken one by one.

    Where the step cannot be recorded, all are, and `note` is told why.
    """

    session: Session
    note: Callable[[str], None]
    record: Recorder
    _warm: int = 0
    _recording: Recording | None = None
    _can_record: bool = True

    def groups(self, order: torch.Generator, skip: int) -> Iterator[tuple[Draft, ...]]:
        """Returns the batches of each step before they are made."""
        recipe = self.session.recipe
        return grouped(self.session.train.drafts(recipe.batch, order, skip), recipe.accumulate)

    def take(self, group: tuple[Draft, ...], tally: Tally, samples: int) -> None:
        """Takes a step: the first ones and those of another size as they come, the others as they were recorded."""
        recipe = self.session.recipe
        is_whole = len(group) == recipe.accumulate and all(len(draft.places) == recipe.batch for draft in group)
        if is_whole and self._warm == WARM_UP and self._recording is None and self._can_record:
            self._recording = self._recorded(group, tally, samples)
        if is_whole and self._recording is not None:
            self._recording.play(group)
            tally.count += samples
            return
        self._warm = min(self._warm + int(is_whole), WARM_UP)
        train = self.session.train
        take_step(self.session, [train.made(draft.places, train.numbers(draft)) for draft in group], tally, samples)

    def _recorded(self, group: tuple[Draft, ...], tally: Tally, samples: int) -> Recording | None:
        """Returns the recording of a step, None where it cannot be made."""
        try:
            return Recording.make(self.session, group, tally, samples, self.record)
        except RuntimeError as error:
            self._can_record = False
            reason = str(error).strip().partition("\n")[0]
            self.note(f"steps are taken one operation at a time, since they cannot be recorded as a CUDA graph: {reason}")
            return None

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Puts the whole run on a stream of its own: the default one cannot be recorded."""
        before = torch.cuda.current_stream(self.session.device)
        own = torch.cuda.Stream(self.session.device)  # type: ignore[no-untyped-call]
        own.wait_stream(before)
        try:
            with torch.cuda.stream(own):
                yield
        finally:
            before.wait_stream(own)


@dataclass(frozen=True)
class Recording:
    """A step, and the places that it reads: those of the samples, int64 [n], and what is drawn for them, float64 [n, k]."""

    session: Session
    again: Work
    places: torch.Tensor
    numbers: torch.Tensor | None
    gradients: list[torch.Tensor | None] | None  # for an optimizer that could not be recorded

    @classmethod
    def make(cls, session: Session, group: tuple[Draft, ...], tally: Tally, samples: int, record: Recorder) -> Recording:
        """Records a step for groups of this size, without taking it; raises RuntimeError where that cannot be done."""
        learner = session.learner
        places = torch.cat([draft.places for draft in group])
        numbers = _numbers(session, group)
        sizes = [len(draft.places) for draft in group]
        takes_all = _can_record_update(session)

        def work() -> None:
            compute_gradients(session, _batches(session, places, numbers, sizes), tally, samples)
            if takes_all:
                update_weights(session)

        learner.optimizer.zero_grad()  # gradients belong to the recording from here on
        averaged = None if learner.average is None else learner.average.n_averaged.clone()
        again = record(work)
        if learner.average is not None and averaged is not None:
            learner.average.n_averaged.copy_(averaged)
        gradients = None if takes_all else [parameter.grad for parameter in learner.model.parameters()]
        return cls(session, again, places, numbers, gradients)

    def play(self, group: tuple[Draft, ...]) -> None:
        """Takes the step for another group."""
        learner = self.session.learner
        torch.cat([draft.places for draft in group], out=self.places)
        numbers = _numbers(self.session, group)
        if self.numbers is not None and numbers is not None:
            self.numbers.copy_(numbers, non_blocking=True)
        self.again()
        if self.gradients is not None:
            for parameter, gradient in zip(learner.model.parameters(), self.gradients, strict=True):
                parameter.grad = gradient  # a step that was not recorded has put its own in their place
            update_weights(self.session)
        elif learner.average is not None:
            learner.average.n_averaged += 1  # counted on the CPU, which no recording reaches


def _batches(session: Session, places: torch.Tensor, numbers: torch.Tensor | None, sizes: list[int]) -> list[Batch]:
    """Returns the batches of a step."""
    drawn = [None] * len(sizes) if numbers is None else torch.split(numbers, sizes)
    return [session.train.made(*both) for both in zip(torch.split(places, sizes), drawn, strict=True)]


def _numbers(session: Session, group: tuple[Draft, ...]) -> torch.Tensor | None:
    """Returns what is drawn for all batches of a step, on the device."""
    drawn = [numbers for numbers in map(session.train.numbers, group) if numbers is not None]
    return sent(torch.cat(drawn), session.device) if drawn else None


def _can_record_update(session: Session) -> bool:
    """Returns whether the optimizer looks at nothing but tensors; a loss that is scaled asks more of it than others do."""
    learner = session.learner
    scales = learner.scaler.is_enabled() and not getattr(learner.optimizer, "_step_supports_amp_scaling", False)
    return is_capturable(learner.optimizer) and not scales


def cuda_graph(work: Work) -> Work:
    """Returns a CUDA graph of some work on the current stream; raises RuntimeError where it cannot be recorded."""
    graph = torch.cuda.CUDAGraph()
    # Other threads, such as that of a progress display, may do what they like meanwhile.
    with torch.cuda.graph(graph, stream=torch.cuda.current_stream(), capture_error_mode="thread_local"):
        work()
    return graph.replay


def steps_for(session: Session, note: Callable[[str], None]) -> Steps[Any]:
    """Returns how a session takes its steps; `note` says what a person should know."""
    return CapturedSteps(session, note, cuda_graph) if can_capture(session) else PlainSteps(session)


def can_capture(session: Session) -> bool:
    """Returns whether steps can be recorded: on one GPU that has all the data, and where their parts are not measured."""
    is_alone = session.ranks.is_alone and isinstance(session.clock, NoClock)
    return session.device.type == "cuda" and session.train.is_resident and is_alone
