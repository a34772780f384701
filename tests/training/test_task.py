"""Losses and measures against torch's own modules, and sums against a plain computation."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnspec.recipe.loss import L1, LOSSES, Bce, BceWithLogits, CrossEntropy, Huber, LabelSmoothing, Loss, Mse, Nll, SmoothL1
from cnnspec.training.data.dataset import Dataset, Part
from cnnspec.training.task import NO_SUMS, Tally, Task

LABELS = torch.tensor([0, 2, 1, 2, 2])
OUTPUTS = torch.rand(5, 3, generator=torch.Generator().manual_seed(0))
ONE_HOT = nn.functional.one_hot(LABELS, 3).float()


CASES: list[tuple[Loss, nn.Module]] = [
    (CrossEntropy(label_smoothing=0.1), nn.CrossEntropyLoss(label_smoothing=0.1)),
    (CrossEntropy(weight=(1.0, 2.0, 0.5)), nn.CrossEntropyLoss(torch.tensor([1.0, 2.0, 0.5]))),
    (CrossEntropy(ignore_index=2), nn.CrossEntropyLoss(ignore_index=2)),
    (LabelSmoothing(label_smoothing=0.3), nn.CrossEntropyLoss(label_smoothing=0.3)),
    (Nll(), nn.NLLLoss()),
    (L1(), nn.L1Loss()),
    (SmoothL1(beta=0.2), nn.SmoothL1Loss(beta=0.2)),
    (Huber(delta=0.2), nn.HuberLoss(delta=0.2)),
    (Mse(), nn.MSELoss()),
    (Bce(), nn.BCELoss()),
    (BceWithLogits(), nn.BCEWithLogitsLoss()),
    (BceWithLogits(pos_weight=(1.0, 2.0, 0.5)), nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0, 0.5]))),
    (BceWithLogits(pos_weight=3.0), nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0))),
]


def test_every_loss_is_compared() -> None:
    assert {type(declared).keyword for declared, _ in CASES} == set(LOSSES)


@pytest.mark.parametrize(("declared", "expected"), CASES)
def test_losses_are_those_of_torch(declared: Loss, expected: nn.Module) -> None:
    targets = LABELS if declared.compares_labels else ONE_HOT
    assert mean_loss(Task(declared, True, ignores=False), OUTPUTS, LABELS) == pytest.approx(
        expected(OUTPUTS, targets).item(), rel=1e-6
    )


def mean_loss(task: Task, outputs: torch.Tensor, targets: torch.Tensor) -> float:
    """Returns the mean loss, whether `losses` gives it or the sum."""
    divisor = task.divisor(targets)
    return task.losses(outputs, targets).item() / (1 if divisor is None else divisor.item())


def test_every_loss_and_argument_counts() -> None:
    values = [mean_loss(Task(declared, True), OUTPUTS, LABELS) for declared, _ in CASES]
    assert len({round(value, 6) for value in values}) == len(values)


def test_class_weights_have_the_precision_of_the_outputs() -> None:
    task = Task(CrossEntropy(weight=(1.0, 2.0, 0.5)), True)
    assert task.losses(OUTPUTS, LABELS).dtype == torch.float32
    assert task.losses(OUTPUTS.double(), LABELS).dtype == torch.float64


@pytest.mark.parametrize("classes", [1, 3])
def test_weights_of_outputs_count_for_each_pixel(classes: int) -> None:
    outputs = torch.randn(2, classes, 3, 3, generator=torch.Generator().manual_seed(3))  # torch would weigh columns
    there = (torch.rand(2, classes, 3, 3, generator=torch.Generator().manual_seed(4)) > 0.5).float()
    weights = (2.0, 5.0, 0.5)[:classes]
    expected = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weights).view(-1, 1, 1))(outputs, there)
    assert Task(BceWithLogits(pos_weight=weights), False).losses(outputs, there).item() == pytest.approx(expected.item())
    assert expected.item() != pytest.approx(nn.BCEWithLogitsLoss()(outputs, there).item())
    once = Task(BceWithLogits(pos_weight=weights[0]), False).losses(outputs, there).item()
    assert (once == pytest.approx(expected.item())) is (classes == 1)


def test_a_label_for_each_pixel() -> None:
    outputs = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(1))
    labels = torch.randint(0, 3, (2, 4, 5), generator=torch.Generator().manual_seed(2))
    task = Task(CrossEntropy(), True, ignores=False)
    assert torch.equal(task.losses(outputs, labels), nn.CrossEntropyLoss()(outputs, labels))
    assert task.tally(outputs, labels) == ((outputs.argmax(1) == labels).sum(), 40)
    hot = nn.functional.one_hot(labels, 3).permute(0, 3, 1, 2).float()
    assert torch.equal(Task(Mse(), True).losses(outputs, labels), nn.MSELoss()(outputs, hot))
    binary = Task(BceWithLogits(), True).losses(outputs[:, :1], labels.clamp(max=1))
    assert torch.equal(binary, nn.BCEWithLogitsLoss()(outputs[:, :1], labels.clamp(max=1).unsqueeze(1).float()))


def test_ignored_pixels_do_not_count() -> None:
    outputs = torch.tensor([[[[2.0, 2.0, 2.0]], [[0.0, 3.0, 0.0]]]])
    labels = torch.tensor([[[0, 0, 255]]])
    assert Task(CrossEntropy(ignore_index=255), True).tally(outputs, labels) == (1, 2)
    assert Task(CrossEntropy(), True).tally(outputs, labels) == (1, 3)


def test_sums_since_an_earlier_moment() -> None:
    tally = Tally(Task(Mse(), False), torch.device("cpu"))
    one, two = torch.tensor([[1.0], [1.0]]), torch.tensor([[2.0], [4.0]])
    tally.add(torch.tensor(3.0), one, one)
    before = tally.since(NO_SUMS)[1]
    tally.add(torch.tensor(5.0), two, torch.zeros(2, 1))
    score, now = tally.since(before)
    assert (score.loss, score.measure) == (5.0, pytest.approx(10**0.5))
    assert now == (4, 16.0, 4.0, 20.0, 4.0)


def test_labels_are_compared_as_labels_or_one_hot() -> None:
    compared = Task(CrossEntropy(), True, ignores=False)
    assert torch.equal(compared.losses(OUTPUTS, LABELS), nn.CrossEntropyLoss()(OUTPUTS, LABELS))
    assert torch.equal(Task(Mse(), True).losses(OUTPUTS, LABELS), nn.MSELoss()(OUTPUTS, ONE_HOT))
    assert torch.equal(Task(Bce(), True).losses(OUTPUTS, LABELS), nn.BCELoss()(OUTPUTS, ONE_HOT))


def test_one_output_for_two_classes() -> None:
    outputs, labels = torch.tensor([[0.2], [0.7], [0.6]]), torch.tensor([0, 1, 0])
    assert torch.equal(Task(Bce(), True).losses(outputs, labels), nn.BCELoss()(outputs, torch.tensor([[0.0], [1.0], [0.0]])))
    assert Task(Bce(), True).tally(outputs, labels) == (2, 3)
    assert Task(BceWithLogits(), True).tally(outputs - 0.5, labels) == (2, 3)
    assert Task(BceWithLogits(), True).tally(outputs, labels) == (1, 3)


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


@pytest.mark.parametrize("sizes", [[5], [2, 3], [1, 1, 3]])
@pytest.mark.parametrize(
    "loss",
    [
        CrossEntropy(weight=(1.0, 3.0, 0.5)),
        CrossEntropy(weight=(0.3, 0.7, 0.1), label_smoothing=0.2),
        CrossEntropy(ignore_index=1),
        CrossEntropy(ignore_index=1, label_smoothing=0.1),
        Nll(weight=(2.0, 5.0, 1.0), ignore_index=0),
    ],
)
def test_labels_weigh_the_same_in_any_batches(sizes: list[int], loss: CrossEntropy) -> None:
    """As in one batch of all; a batch whose labels are all ignored adds nothing."""
    task = Task(loss, True)
    tally = Tally(task, torch.device("cpu"))
    outputs = OUTPUTS.double()
    for some, targets in zip(torch.split(outputs, sizes), torch.split(LABELS, sizes), strict=True):
        tally.add(task.losses(some, targets), some, targets)
    arguments = {name: value for name, value in loss.model_dump().items() if name != "weight"}
    weight = None if loss.weight is None else torch.tensor(loss.weight, dtype=torch.float64)
    expected = getattr(nn, loss.torch_name)(weight, **arguments)(outputs, LABELS)
    assert tally.score().loss == pytest.approx(expected.item(), rel=1e-14)
    counted = loss.ignore_index != LABELS
    assert tally.score().measure == ((outputs.argmax(1) == LABELS) & counted).sum().item() / counted.sum().item()
    assert tally.score().loss != pytest.approx(nn.CrossEntropyLoss()(outputs, LABELS).item(), rel=1e-3)


def test_rmse() -> None:
    task = Task(Mse(), False)
    tally = Tally(task, torch.device("cpu"))
    outputs, targets = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[1.0], [2.0], [6.0]])
    tally.add(task.losses(outputs, targets), outputs, targets)
    assert tally.score().measure == pytest.approx(3**0.5)


@pytest.mark.parametrize(
    ("loss", "targets", "expected"),
    [
        (BceWithLogits(), torch.tensor([[0.0, 1.0], [1.0, 1.0]]), True),
        (Bce(), torch.tensor([[[[0, 255]]], [[[255, 255]]]], dtype=torch.uint8), True),
        (Bce(), torch.tensor([[[[0, 1]]], [[[2, 255]]]], dtype=torch.uint8), False),
        (BceWithLogits(), torch.tensor([[0.0, 0.5]]), False),
        (Mse(), torch.tensor([[0.0, 1.0]]), False),
    ],
)
def test_several_labels_of_a_sample(loss: Loss, targets: torch.Tensor, expected: bool) -> None:
    part = Part(torch.zeros(len(targets), 3), targets)
    assert Task.of(loss, Dataset("given", part, None)).labels == expected
    assert not Task.of(loss, Dataset("given", part, None, classes=("a", "b"))).labels


def test_accuracy_of_several_labels() -> None:
    outputs, targets = torch.tensor([[2.0, -1.0, 0.3], [0.1, 0.2, -3.0]]), torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    task = Task(BceWithLogits(), False, labels=True)
    assert task.measure == "acc"
    tally = Tally(task, torch.device("cpu"))
    tally.add(task.losses(outputs, targets), outputs, targets)
    assert tally.score().measure == pytest.approx(5 / 6)
    assert Task(Bce(), False, labels=True).tally(outputs.sigmoid(), targets) == (5, 6)


@pytest.mark.parametrize(("label", "expected"), [(-1, True), (2, False)])
def test_whether_labels_are_ignored_is_looked_up(label: int, expected: bool) -> None:
    part, other = Part(torch.zeros(2, 3), torch.tensor([0, 1])), Part(torch.zeros(2, 3), torch.tensor([0, label]))
    loss = CrossEntropy(ignore_index=-1)
    for dataset in (Dataset("given", other, None, classes=("a", "b")), Dataset("given", part, other, classes=("a", "b"))):
        assert Task.of(loss, dataset).ignores is expected
        assert Task.of(loss, dataset).is_weighted is expected
    assert not Task.of(Mse(), Dataset("given", other, None, classes=("a", "b"))).ignores


@pytest.mark.parametrize("loss", [CrossEntropy(weight=(0.0, 1.0)), Nll(weight=(0.0, 1.0)), CrossEntropy(ignore_index=0)])
def test_labels_that_do_not_count_have_no_gradient(loss: Loss) -> None:
    outputs = torch.randn(3, 2, requires_grad=True)
    task = Task(loss, True)
    task.losses(outputs, torch.zeros(3, dtype=torch.int64)).backward()  # type: ignore[no-untyped-call]
    assert outputs.grad is not None
    assert torch.equal(outputs.grad, torch.zeros(3, 2))
