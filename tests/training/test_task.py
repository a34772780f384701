"""Losses and measures against torch's own modules, and sums against a plain computation."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnspec.recipe.loss import LOSSES, Bce, BceWithLogits, CrossEntropy, Mse
from cnnspec.training import task as module
from cnnspec.training.task import Tally, Task

LABELS = torch.tensor([0, 2, 1, 2, 2])
OUTPUTS = torch.rand(5, 3, generator=torch.Generator().manual_seed(0))
ONE_HOT = nn.functional.one_hot(LABELS, 3).float()


def test_every_declared_loss_has_a_function() -> None:
    assert module.LOSSES.keys() == LOSSES.keys()


def test_labels_are_compared_as_labels_or_one_hot() -> None:
    assert torch.equal(Task(CrossEntropy(), True).losses(OUTPUTS, LABELS), nn.CrossEntropyLoss()(OUTPUTS, LABELS))
    assert torch.equal(Task(Mse(), True).losses(OUTPUTS, LABELS), nn.MSELoss()(OUTPUTS, ONE_HOT))
    assert torch.equal(Task(Bce(), True).losses(OUTPUTS, LABELS), nn.BCELoss()(OUTPUTS, ONE_HOT))


def test_one_output_for_two_classes() -> None:
    outputs, labels = torch.tensor([[0.2], [0.7], [0.6]]), torch.tensor([0, 1, 0])
    assert torch.equal(Task(Bce(), True).losses(outputs, labels), nn.BCELoss()(outputs, torch.tensor([[0.0], [1.0], [0.0]])))
    assert Task(Bce(), True).tally(outputs, labels) == 2
    assert Task(BceWithLogits(), True).tally(outputs - 0.5, labels) == 2
    assert Task(BceWithLogits(), True).tally(outputs, labels) == 1


def test_numbers_in_the_shape_of_the_output() -> None:
    targets = torch.rand(5, 3)
    assert torch.equal(Task(Mse(), False).losses(OUTPUTS, targets), nn.MSELoss()(OUTPUTS, targets))
    assert Task(Mse(), False).measure == "rmse"


@pytest.mark.parametrize("sizes", [[5], [2, 3], [1, 1, 3]])
def test_sums_over_batches_are_means_over_samples(sizes: list[int]) -> None:
    task = Task(CrossEntropy(), True)
    tally = Tally(task, torch.device("cpu"))
    for outputs, targets in zip(torch.split(OUTPUTS, sizes), torch.split(LABELS, sizes), strict=True):
        tally.add(task.losses(outputs, targets), outputs, targets)
    score = tally.score()
    assert score.loss == pytest.approx(nn.CrossEntropyLoss()(OUTPUTS, LABELS).item())
    assert score.measure == pytest.approx((OUTPUTS.argmax(1) == LABELS).float().mean().item())


def test_rmse() -> None:
    task = Task(Mse(), False)
    tally = Tally(task, torch.device("cpu"))
    outputs, targets = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[1.0], [2.0], [6.0]])
    tally.add(task.losses(outputs, targets), outputs, targets)
    assert tally.score().measure == pytest.approx(3**0.5)
