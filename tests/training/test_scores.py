"""Scores class by class and errors of a regression, held against counting one by one."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from cnnspec.recipe.loss import Bce, BceWithLogits, CrossEntropy, Mse
from cnnspec.training.results.evaluation import Evaluation, class_table, confusion_table
from cnnspec.training.results.scores import ClassCount, ClassScores, LabelCount, NumberCount
from cnnspec.training.task import Task

NAMES = tuple("abcdefg")
CPU = torch.device("cpu")


def counted(outputs: torch.Tensor, targets: torch.Tensor, names: tuple[str, ...] = NAMES, size: int = 10) -> ClassScores:
    count = ClassCount(names, Task(CrossEntropy(), True), CPU)
    for some, labels in zip(outputs.split(size), targets.split(size), strict=True):
        count.add(some, labels)
    return count.scores()


@pytest.mark.parametrize("sample", [(), (3, 4)])
def test_each_class_against_counting(sample: tuple[int, ...]) -> None:
    random = torch.Generator().manual_seed(0)
    outputs, targets = torch.randn(40, 7, *sample, generator=random), torch.randint(7, (40, *sample), generator=random)
    targets[0] = -100
    scores = counted(outputs, targets)
    assert scores.per_pixel == bool(sample)
    pairs = list(zip(targets.flatten().tolist(), outputs.argmax(1).flatten().tolist(), strict=True))
    pairs = [pair for pair in pairs if pair[0] >= 0]
    for label, score in enumerate(scores.each()):
        right = sum(true == taken == label for true, taken in pairs)
        true, taken = (sum(pair[side] == label for pair in pairs) for side in (0, 1))
        assert score.samples == true
        assert (score.precision, score.recall) == (pytest.approx(right / taken), pytest.approx(right / true))
        assert score.f1 == pytest.approx(2 * right / (true + taken))
        assert score.iou == pytest.approx(right / (true + taken - right))


def test_top_five_against_sorting() -> None:
    random = torch.Generator().manual_seed(1)
    outputs, targets = torch.randn(33, 7, generator=random), torch.randint(7, (33,), generator=random)
    inside = [label in row.argsort(descending=True)[:5] for row, label in zip(outputs, targets, strict=True)]
    assert counted(outputs, targets).top5 == pytest.approx(sum(inside) / 33)
    assert counted(outputs[:, :5], targets % 5).top5 is None


def test_the_most_frequent_mistakes() -> None:
    targets = torch.tensor([0, 0, 0, 1, 2, 2])
    taken = torch.tensor([1, 1, 0, 1, 0, 2])
    scores = counted(functional.one_hot(taken, 3).float(), targets, ("a", "b", "c"))
    assert scores.confusions(10) == [("a", "b", 2), ("c", "a", 1)]
    assert scores.confusions(1) == [("a", "b", 2)]


def test_classes_that_never_come() -> None:
    scores = counted(torch.eye(3)[:1], torch.tensor([0]), ("a", "b", "c"))
    assert [(score.recall, score.precision) for score in scores.each()] == [(1, 1), (None, None), (None, None)]
    assert class_table(scores).rows[-1] == ("mean", "1", "1.000", "1.000", "1.000")


def test_many_classes_have_no_matrix_to_look_at() -> None:
    names = tuple(f"c{number}" for number in range(30))
    outputs = torch.eye(30).roll(1, 0)
    table = confusion_table(counted(outputs, torch.arange(30), names))
    assert table.head == ("true class", "taken for", "times")
    assert (len(table.rows), table.rows[0]) == (10, ("c0", "c29", "1"))


@pytest.mark.parametrize("origin", [0.0, 1e6])
def test_errors_of_a_regression(origin: float) -> None:
    random = torch.Generator().manual_seed(2)
    targets = torch.randn(50, 3, generator=random, dtype=torch.float64) + origin
    outputs = targets + torch.randn(50, 3, generator=random, dtype=torch.float64) / 2
    count = NumberCount()
    for some, values in zip(outputs.split(7), targets.split(7), strict=True):
        count.add(some, values)
    found = count.scores()
    assert found.mae == pytest.approx((outputs - targets).abs().mean().item())
    assert found.rmse == pytest.approx(functional.mse_loss(outputs, targets).sqrt().item())
    explained = 1 - ((outputs - targets) ** 2).sum() / ((targets - targets.mean(0)) ** 2).sum()
    assert found.r2 == pytest.approx(explained.item(), rel=1e-6)


def test_targets_that_do_not_vary_have_no_share_to_explain() -> None:
    count = NumberCount()
    count.add(torch.zeros(4, 1), torch.ones(4, 1))
    assert count.scores().r2 is None
    found = Evaluation("csv", "test", 4, 1.0, Task(Mse(), False).measure, 1.0, numbers=count.scores())
    assert found.more_lines() == ["mean absolute error 1, root mean squared error 1"]


@pytest.mark.parametrize("loss", [Bce(), BceWithLogits()])
@pytest.mark.parametrize("sample", [(), (4, 5)])
def test_each_label_against_counting(loss: Bce | BceWithLogits, sample: tuple[int, ...]) -> None:
    random = torch.Generator().manual_seed(2)
    logits = torch.randn(30, 3, *sample, generator=random)
    targets = torch.randint(2, (30, 3, *sample), generator=random).float()
    outputs = logits if isinstance(loss, BceWithLogits) else logits.sigmoid()
    count = LabelCount(Task(loss, False, labels=True))
    for some, labels in zip(outputs.split(7), targets.split(7), strict=True):
        count.add(some, labels)
    scores = count.scores()
    assert scores.per_pixel == bool(sample)
    given, true = logits > 0, targets == 1
    assert scores.exact == pytest.approx(sum(torch.equal(one, other) for one, other in zip(given, true, strict=True)) / 30)
    for label, score in enumerate(scores.each()):
        pairs = list(zip(true[:, label].flatten().tolist(), given[:, label].flatten().tolist(), strict=True))
        right = sum(one and other for one, other in pairs)
        assert score.samples == sum(one for one, _ in pairs)
        assert score.recall == pytest.approx(right / score.samples)
        assert score.precision == pytest.approx(right / sum(other for _, other in pairs))
        assert score.iou == pytest.approx(right / sum(one or other for one, other in pairs))


def test_means_are_those_of_scikit_learn() -> None:
    """A class that is true and never taken counts as 0 (`zero_division=0`); one that never comes up does not count."""
    true, taken = torch.tensor([0, 0, 1, 1, 2, 2]), torch.tensor([0, 1, 1, 1, 0, 1])
    scores = counted(functional.one_hot(taken, 4).float(), true, ("a", "b", "c", "d"))
    *_, mean = class_table(scores).rows
    assert mean == ("mean", "6", *(f"{value:.3f}" for value in ((1 / 2 + 2 / 4) / 3, (1 / 2 + 1) / 3, (1 / 2 + 2 / 3) / 3)))
