"""The learning rate of each step, as a number: no state to keep, so a run that goes on computes what it would have had."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnnspec.recipe.schedule import Schedule
from cnnspec.recipe.schedule_curves import Cosine, Exponential, MultiStep, OneCycle, Polynomial, Step


@dataclass(frozen=True)
class Moment:
    """A step of a run, counted from 0: the epoch it belongs to, and its place among the `steps` behind the warm-up."""

    epoch: int
    step: int
    steps: int


def learning_rate(schedule: Schedule | None, lr: float, step: int, per_epoch: int, epochs: int) -> float:
    """Returns the rate of a step, which is counted from 0 over all epochs of `per_epoch` steps; `lr` is the optimizer's.

    The warm-up rises in a straight line: its k-th of w steps has k/w of `lr`.
    """
    if schedule is None:
        return lr
    warm = round(schedule.warmup * per_epoch)
    if step < warm:
        return lr * ((step + 1) / warm)
    moment = Moment(step // per_epoch, step - warm, max(1, epochs * per_epoch - warm))
    return CURVES[schedule.keyword](schedule, lr, moment)


def differ(schedule: Schedule, lr: float, steps: int, per_epoch: int, epochs: tuple[int, int]) -> bool:
    """Returns whether the rates of the first steps are others in a run of one number of epochs than in one of another.

    Asked are the last steps of the epochs, until which a curve has come a long way.
    """
    one, other = epochs
    asked = (step for step in (*range(per_epoch - 1, steps, per_epoch), steps - 1) if step >= 0)
    return any(
        learning_rate(schedule, lr, step, per_epoch, one) != learning_rate(schedule, lr, step, per_epoch, other)
        for step in asked
    )


def _constant(schedule: Schedule, lr: float, moment: Moment) -> float:
    return lr


def _step(schedule: Step, lr: float, moment: Moment) -> float:
    return lr * schedule.gamma ** (moment.epoch // schedule.step_size)


def _multistep(schedule: MultiStep, lr: float, moment: Moment) -> float:
    return lr * schedule.gamma ** bisect_right(sorted(schedule.milestones), moment.epoch)


def _exponential(schedule: Exponential, lr: float, moment: Moment) -> float:
    return lr * schedule.gamma**moment.epoch


def _cosine(schedule: Cosine, lr: float, moment: Moment) -> float:
    return _half_wave(lr, schedule.eta_min, moment.step / moment.steps)


def _polynomial(schedule: Polynomial, lr: float, moment: Moment) -> float:
    return float(lr * (1 - moment.step / moment.steps) ** schedule.power)


def _one_cycle(schedule: OneCycle, lr: float, moment: Moment) -> float:
    """Returns the rate of a phase: between two rates, from one step to another that need not be whole (as torch has them)."""
    first = lr / schedule.div_factor
    last = first / schedule.final_div_factor
    top, end = schedule.pct_start * moment.steps - 1, moment.steps - 1
    phases = [(0.0, top, first, lr), (top, end, lr, last)]
    if schedule.three_phase:
        back = 2 * top  # as long down as it went up
        phases = [(0.0, top, first, lr), (top, back, lr, first), (back, end, first, last)]
    start, stop, before, after = next((phase for phase in phases if moment.step <= phase[1]), phases[-1])
    share = (moment.step - start) / (stop - start) if stop > start else 1.0
    if schedule.anneal_strategy == "linear":
        return before + (after - before) * share
    return _half_wave(before, after, share)


def _half_wave(before: float, after: float, share: float) -> float:
    """Returns the value of half a cosine wave between two values, after a share of it."""
    return after + (before - after) * (1 + math.cos(math.pi * share)) / 2


CURVES: dict[str, Callable[[Any, float, Moment], float]] = {
    "constant": _constant,
    "step": _step,
    "multistep": _multistep,
    "exponential": _exponential,
    "cosine": _cosine,
    "polynomial": _polynomial,
    "one_cycle": _one_cycle,
}
