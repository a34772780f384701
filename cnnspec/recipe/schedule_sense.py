"""Does a schedule make sense for as many epochs as a run has?"""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.recipe.problems import RecipeProblem
from cnnspec.recipe.schedule import Schedule
from cnnspec.recipe.schedule_curves import Cosine, Exponential, MultiStep, OneCycle, Step
from cnnspec.recipe.schedule_problems import RateGrows, RateRises, ScheduleBeyondRun, SecondWarmup


def schedule_problems(schedule: Schedule, lr: float, epochs: int) -> Iterator[RecipeProblem]:
    """Returns what of a schedule that begins with `lr` never comes in so many epochs, or goes the wrong way."""
    run = "a run of 1 epoch" if epochs == 1 else f"a run of {epochs} epochs"
    if schedule.warmup >= epochs:
        warmup = "1 epoch" if schedule.warmup == 1 else f"{schedule.warmup:g} epochs"
        text = f"a warm-up of {warmup} takes all of {run}: the learning rate only rises"
        yield ScheduleBeyondRun("warmup", text, "a warm-up is a small part of a run, often a twentieth")
    if isinstance(schedule, Step) and schedule.step_size >= epochs:
        text = f"{run} ends before the learning rate changes: `step_size` is {schedule.step_size}"
        yield ScheduleBeyondRun("step_size", text, "change it earlier, or train for more epochs")
    if isinstance(schedule, MultiStep) and (late := sorted({at for at in schedule.milestones if at >= epochs})):
        what = f"milestone {late[0]}" if len(late) == 1 else f"milestones {', '.join(map(str, late))}"
        it = "it" if len(late) == 1 else "them"
        yield ScheduleBeyondRun("milestones", f"{run} ends before the {what}", f"place {it} earlier, or train for more epochs")
    if isinstance(schedule, OneCycle) and schedule.three_phase and schedule.pct_start >= 0.5:
        text = f"up and down again in `pct_start={schedule.pct_start:g}` of the run each leave nothing for the third phase"
        yield ScheduleBeyondRun("pct_start", text, "with `three_phase`, `pct_start` is below 0.5")
    if isinstance(schedule, OneCycle) and schedule.warmup > 0:
        yield SecondWarmup(schedule.pct_start)
    if isinstance(schedule, Step | MultiStep | Exponential) and schedule.gamma > 1:
        yield RateGrows(schedule.keyword, schedule.gamma)
    if isinstance(schedule, Cosine) and schedule.eta_min > lr > 0:
        yield RateRises(lr, schedule.eta_min)
