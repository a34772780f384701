"""Which classes are taken for which, against counting one by one."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import safetensors.torch
import torch
from interruptions import whole
from torch import nn
from training_specs import TINY, compiled

from cnnspec.backends.torch_module import build
from cnnspec.recipe.loss import BceWithLogits, CrossEntropy
from cnnspec.training.device import Precision
from cnnspec.training.results.confusion import as_csv, class_scores
from cnnspec.training.task import Task

CPU = Precision("fp32", torch.device("cpu"))


def counted(labels: torch.Tensor, guesses: torch.Tensor, classes: int) -> list[list[int]]:
    table = [[0] * classes for _ in range(classes)]
    for label, guess in zip(labels.flatten().tolist(), guesses.flatten().tolist(), strict=True):
        table[label][guess] += 1
    return table


@pytest.mark.parametrize("sample", [(), (4, 3)])
def test_each_pair_is_counted(sample: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    outputs, labels = torch.randn(50, 5, *sample), torch.randint(5, (50, *sample))
    batches = [(outputs[:30], labels[:30]), (outputs[30:], labels[30:])]
    found = class_scores(nn.Identity(), batches, Task(CrossEntropy(), True), tuple("abcde"), CPU).matrix
    assert found.tolist() == counted(labels, outputs.argmax(1), 5)
    assert found.tolist() != counted(labels, labels, 5)


def test_a_single_output_tells_two_classes_apart() -> None:
    outputs, labels = torch.tensor([[-1.0], [2.0], [3.0], [-4.0]]), torch.tensor([0, 1, 0, 1])
    found = class_scores(nn.Identity(), [(outputs, labels)], Task(BceWithLogits(), True), ("a", "b"), CPU).matrix
    assert found.tolist() == [[1, 1], [1, 1]]


def test_answers_that_are_no_class_are_counted_apart() -> None:
    outputs, task = torch.eye(4), Task(CrossEntropy(), True)
    found = class_scores(nn.Identity(), [(outputs, torch.tensor([0, 1, 1, 0]))], task, ("a", "b"), CPU)
    assert found.names == ("a", "b", "(no class)")
    assert found.matrix.tolist() == [[1, 0, 1], [0, 1, 1], [0, 0, 0]]
    assert [score.recall for score in found.each()] == [0.5, 0.5, None]
    right = class_scores(nn.Identity(), [(outputs[:2], torch.tensor([0, 1]))], task, ("a", "b"), CPU)
    assert (right.names, right.matrix.tolist()) == (("a", "b"), [[1, 0], [0, 1]])


def test_names_are_quoted_where_they_must_be() -> None:
    text = as_csv(torch.tensor([[1, 2], [3, 4]]), ['a "b", c', "d"])
    assert list(csv.reader(io.StringIO(text))) == [["true class", 'a "b", c', "d"], ['a "b", c', "1", "2"], ["d", "3", "4"]]


def test_a_run_has_that_of_its_best_epoch(tmp_path: Path) -> None:
    network = compiled(TINY.replace("epochs 2", "epochs 3").replace("batch 128", "batch 128\n    optimizer sgd, lr=3"))
    result = whole(network, tmp_path / "run")
    rows = list(csv.reader(io.StringIO((tmp_path / "run" / "confusion.csv").read_text())))
    table = torch.tensor([[int(cell) for cell in row[1:]] for row in rows[1:]])
    assert rows[0] == ["true class", *map(str, range(10))]
    assert table.sum() == 359
    assert table.trace() / 359 == pytest.approx(max(report.test or 0.0 for report in result.history))
    last = safetensors.torch.load((tmp_path / "run" / "model.safetensors").read_bytes())
    model = build(network)
    model.load_state_dict(last)
    for name, value in result.model.state_dict().items():
        assert torch.equal(value, last[name]), name  # counting leaves the last weights in place
