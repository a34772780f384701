"""The training loop, from top to bottom."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import nn

import cnnspec
from cnnspec.backends.torch_module import build
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.recipe.data import Data
from cnnspec.recipe.optimizer import Optimizer
from cnnspec.recipe.recipe import Recipe
from cnnspec.training.batches import Batches
from cnnspec.training.data.dataset import Dataset, Request
from cnnspec.training.data.read import read
from cnnspec.training.data.scaling import Scaling
from cnnspec.training.device import Precision, select_device
from cnnspec.training.folder import BEST, LAST, RunFolder
from cnnspec.training.initialize import initialize
from cnnspec.training.job import RunResult, TrainOptions
from cnnspec.training.problems import LossNotFinite, NothingToLearn, TrainingError
from cnnspec.training.report import EpochReport, Reporter
from cnnspec.training.task import Score, Tally, Task
from cnnspec.training.weights import load_weights, to_bytes

EVALUATED = 256  # samples at a time, or the recipe's batch where that is larger


@dataclass(frozen=True)
class Session:
    """Everything that a run needs, ready for its first step."""

    recipe: Recipe
    precision: Precision
    dataset: Dataset
    scaling: Scaling
    task: Task
    model: nn.Module
    optimizer: torch.optim.Optimizer
    train: Batches
    test: Batches | None

    @property
    def device(self) -> torch.device:
        return self.precision.device


def prepare(network: Network, recipe: Recipe, data: Data, options: TrainOptions, base: Path) -> Session:
    """Returns what a run needs; raises TrainingError and UsageError.

    Torch's random numbers are seeded here: weights and dropout follow from the recipe's seed.
    """
    device = select_device(options.device)
    precision = Precision.select(options.precision, device)
    precision.prepare()
    dataset, scaling = read(data, Request(network.input, network.output, recipe.loss, base))
    torch.manual_seed(recipe.seed)
    model = build(network)
    initialize(model, network, recipe.init)
    if options.weights is not None:
        _begin_with(model, options.weights)
    # Drawn on the CPU and in float32, so that all devices and precisions begin with the same weights.
    model.to(device, precision.dtype)
    if network.input.rank == 3:
        _put_channels_last(model)
    return Session(
        recipe,
        precision,
        dataset,
        scaling,
        Task(recipe.loss, dataset.classes is not None),
        model,
        build_optimizer(recipe.optimizer, model),
        Batches(dataset.train, scaling, device, precision.dtype),
        None if dataset.test is None else Batches(dataset.test, scaling, device, precision.dtype),
    )


def _begin_with(model: nn.Module, weights: Path) -> None:
    """Fills a model from a file; raises UsageError, or OSError where it cannot be read."""
    try:
        load_weights(model, weights)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _put_channels_last(model: nn.Module) -> None:
    """Gives the kernels of two-dimensional convolutions the layout that `Batches` gives images; values stay."""
    for parameter in model.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def build_optimizer(optimizer: Optimizer, model: nn.Module) -> torch.optim.Optimizer:
    """Returns the optimizer of torch.optim for all weights that are not frozen; raises TrainingError where there are none."""
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not weights:
        raise TrainingError(NothingToLearn("the network has no weights to learn: it has none, or all are frozen"))
    kind: type[torch.optim.Optimizer] = getattr(torch.optim, optimizer.torch_name)
    # fused: all weights in one pass, which is the same arithmetic with less overhead.
    return kind(weights, **optimizer.model_dump(), fused=True)  # type: ignore[call-arg]


def run(session: Session, folder: RunFolder, report: Reporter) -> RunResult:
    """Returns the result of all epochs, and fills the run folder; raises TrainingError where the loss stops being a number."""
    recipe, task, model, optimizer = session.recipe, session.task, session.model, session.optimizer
    random = torch.Generator().manual_seed(recipe.seed)
    history: list[EpochReport] = []
    best: tuple[float, int, bytes] | None = None
    training_seconds = 0.0
    report.begin(_title(session, folder), recipe.epochs, len(session.train))
    try:
        for epoch in range(1, recipe.epochs + 1):
            model.train()
            tally = Tally(task, session.device)
            began = perf_counter()
            for inputs, targets in session.train.shuffled(recipe.batch, random):
                with session.precision.forward():
                    outputs = model(inputs)
                outputs = outputs.to(session.precision.dtype)
                loss = task.losses(outputs, targets)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                tally.add(loss, outputs, targets)
                report.step(len(inputs))
            trained = tally.score()  # the only point of an epoch's training that waits for the device
            seconds = perf_counter() - began
            training_seconds += seconds

            if not math.isfinite(trained.loss):
                raise TrainingError(_not_finite(trained, epoch))
            tested = None if session.test is None else _test(session, session.test)
            history.append(_report(epoch, task, trained, tested, len(session.train) / seconds))
            folder.append_metrics(history[-1].as_json())
            rank = _rank(task, trained, tested)
            if best is None or rank > best[0]:
                best = (rank, epoch, to_bytes(model.state_dict()))
            report.epoch(history[-1])
    finally:
        report.end()

    assert best is not None
    folder.write(LAST, to_bytes(model.state_dict()))
    folder.write(BEST, best[2])
    speed = recipe.epochs * len(session.train) / training_seconds
    folder.seal(_facts(session, history[-1], best[1], speed))
    return RunResult(folder.path, str(session.device), tuple(history), best[1], speed, model.eval())


def _test(session: Session, batches: Batches) -> Score:
    size = max(EVALUATED, session.recipe.batch)
    return measure(session.model, batches.in_order(size), session.task, session.precision)


@torch.inference_mode()
def measure(model: nn.Module, batches: Iterable[tuple[torch.Tensor, torch.Tensor]], task: Task, precision: Precision) -> Score:
    """Returns how well a network does on batches, in evaluation mode."""
    model.eval()
    tally = Tally(task, precision.device)
    for inputs, targets in batches:
        with precision.forward():
            outputs = model(inputs)
        outputs = outputs.to(precision.dtype)
        tally.add(task.losses(outputs, targets), outputs, targets)
    return tally.score()


def _rank(task: Task, trained: Score, tested: Score | None) -> float:
    """Returns what makes an epoch the best: accuracy or a small loss on the test part; a small training loss without one."""
    if tested is None:
        return -trained.loss
    return tested.measure if task.classes else -tested.loss


def _report(epoch: int, task: Task, trained: Score, tested: Score | None, speed: float) -> EpochReport:
    test, test_loss = (None, None) if tested is None else (tested.measure, tested.loss)
    return EpochReport(epoch, trained.loss, task.measure, trained.measure, test, test_loss, speed)


def _not_finite(trained: Score, epoch: int) -> LossNotFinite:
    return LossNotFinite(f"the loss became {trained.loss} in epoch {epoch}", "try a smaller learning rate, or `normalize=true`")


def _title(session: Session, folder: RunFolder) -> str:
    parts = f"{len(session.train):,} samples for training"
    if session.test is not None:
        parts += f", {len(session.test):,} for testing"
    return f"{folder.path}: {session.dataset.name}, {parts}, on {session.device}"


def _facts(session: Session, last: EpochReport, best_epoch: int, speed: float) -> dict[str, Any]:
    """Returns what the manifest says besides the sums."""
    dataset, scaling = session.dataset, session.scaling
    return {
        "versions": {"cnnspec": cnnspec.__version__, "torch": torch.__version__, "python": platform.python_version()},
        "device": str(session.device),
        "threads": torch.get_num_threads(),
        "precision": session.precision.name,
        "data": {
            "name": dataset.name,
            "train": len(session.train),
            "test": 0 if session.test is None else len(session.test),
            "classes": None if dataset.classes is None else list(dataset.classes),
            "levels": scaling.levels,
            "mean": scaling.mean.tolist(),
            "std": scaling.std.tolist(),
        },
        "result": {"best_epoch": best_epoch, **last.as_json(), "examples_per_second": round(speed, 1)},
    }
