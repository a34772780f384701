"""Learning rates against torch's schedulers: step by step, or once an epoch for those that jump."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler

from cnnspec.recipe.schedule import SCHEDULES, Schedule
from cnnspec.recipe.schedule_curves import Constant, Cosine, Exponential, MultiStep, OneCycle, Polynomial, Step
from cnnspec.training.optimizer import set_learning_rate
from cnnspec.training.schedule import CURVES, learning_rate

EPOCHS, PER_EPOCH, LR = 12, 5, 0.4
STEPS = EPOCHS * PER_EPOCH
Make = Callable[[Any], lr_scheduler.LRScheduler]


def ours(schedule: Schedule | None) -> list[float]:
    return [learning_rate(schedule, LR, step, PER_EPOCH, EPOCHS) for step in range(STEPS)]


def theirs(make: Make, steps: int, every: int) -> list[float]:
    """Returns what a scheduler of torch gives for each step when it is called after every so many of them."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    scheduler = make(optimizer)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if (step + 1) % every == 0 and step + 1 < steps:
            scheduler.step()
    return rates


BY_EPOCH: list[tuple[Schedule, Make]] = [
    (Step(step_size=3), lambda item: lr_scheduler.StepLR(item, 3)),
    (Step(step_size=5, gamma=0.3), lambda item: lr_scheduler.StepLR(item, 5, 0.3)),
    (MultiStep(milestones=(7, 2, 9), gamma=0.5), lambda item: lr_scheduler.MultiStepLR(item, [2, 7, 9], 0.5)),
    (Exponential(gamma=0.8), lambda item: lr_scheduler.ExponentialLR(item, 0.8)),
    (Constant(), lambda item: lr_scheduler.ConstantLR(item, 1.0)),
]
BY_STEP: list[tuple[Schedule, Callable[[Any, int], lr_scheduler.LRScheduler]]] = [
    (Cosine(), lambda item, steps: lr_scheduler.CosineAnnealingLR(item, steps)),
    (Cosine(eta_min=0.05), lambda item, steps: lr_scheduler.CosineAnnealingLR(item, steps, 0.05)),
    (Polynomial(), lambda item, steps: lr_scheduler.PolynomialLR(item, steps)),
    (Polynomial(power=2.5), lambda item, steps: lr_scheduler.PolynomialLR(item, steps, 2.5)),
    (OneCycle(), lambda item, steps: lr_scheduler.OneCycleLR(item, LR, steps, cycle_momentum=False)),
    (
        OneCycle(pct_start=0.45, anneal_strategy="linear", div_factor=10.0, final_div_factor=50.0),
        lambda item, steps: lr_scheduler.OneCycleLR(
            item, LR, steps, pct_start=0.45, anneal_strategy="linear", div_factor=10, final_div_factor=50, cycle_momentum=False
        ),
    ),
    (
        OneCycle(three_phase=True),
        lambda item, steps: lr_scheduler.OneCycleLR(item, LR, steps, three_phase=True, cycle_momentum=False),
    ),
]


@pytest.mark.parametrize(("schedule", "make"), BY_EPOCH)
def test_schedules_that_jump(schedule: Schedule, make: Make) -> None:
    assert ours(schedule) == pytest.approx(theirs(make, STEPS, PER_EPOCH))


@pytest.mark.parametrize(("schedule", "make"), BY_STEP)
def test_schedules_that_bend(schedule: Schedule, make: Callable[[Any, int], lr_scheduler.LRScheduler]) -> None:
    assert ours(schedule) == pytest.approx(theirs(lambda item: make(item, STEPS), STEPS, 1), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("schedule", "make"), BY_STEP)
def test_the_rest_of_the_run_follows_a_warm_up(
    schedule: Schedule, make: Callable[[Any, int], lr_scheduler.LRScheduler]
) -> None:
    found = ours(schedule.model_copy(update={"warmup": 2.0}))
    rest = STEPS - 2 * PER_EPOCH
    assert found[:10] == pytest.approx([LR * step / 10 for step in range(1, 11)])
    assert found[10:] == pytest.approx(theirs(lambda item: make(item, rest), rest, 1), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("schedule", "make"), BY_EPOCH)
def test_epochs_count_from_the_beginning_all_the_same(schedule: Schedule, make: Make) -> None:
    found = ours(schedule.model_copy(update={"warmup": 0.6}))
    assert found[:3] == pytest.approx([LR / 3, LR * 2 / 3, LR])
    assert found[3:] == pytest.approx(theirs(make, STEPS, PER_EPOCH)[3:])


def test_without_a_schedule_nothing_changes() -> None:
    assert set(ours(None)) == {LR}


def test_schedules_differ() -> None:
    rates = [tuple(ours(schedule)) for schedule, _ in [*BY_EPOCH, *BY_STEP]]
    assert len(set(rates)) == len(rates)


@pytest.mark.parametrize("steps", [1, 2, 3, 10])
@pytest.mark.parametrize("schedule", [schedule for schedule, _ in [*BY_EPOCH, *BY_STEP]])
@pytest.mark.parametrize("warmup", [0.0, 1.0, 50.0])
def test_short_runs_have_a_rate_at_every_step(schedule: Schedule, steps: int, warmup: float) -> None:
    chosen = schedule.model_copy(update={"warmup": warmup})
    assert all(0 <= learning_rate(chosen, LR, step, steps, 1) <= LR for step in range(steps))


def test_every_declared_schedule_has_a_curve() -> None:
    assert CURVES.keys() == SCHEDULES.keys()


def test_setting_the_rate() -> None:
    optimizer = torch.optim.SGD([{"params": [torch.zeros(1)]}, {"params": [torch.ones(1)]}], lr=1.0)
    set_learning_rate(optimizer, 0.25)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.25]
