"""The moving average of the weights: what is tested, saved and evaluated, and what becomes of running statistics."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.nn import functional
from training_specs import TINY, compiled, recipe_of

from cnnspec.training.device import own_random_numbers
from cnnspec.training.options import TrainOptions
from cnnspec.training.result import RunResult
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.session import prepare
from cnnspec.training.step import take_step
from cnnspec.training.task import Tally
from cnnspec.training.train import train

NORMALIZED = """
network Net {
    input 1x8x8
    flatten
    linear 16
    batchnorm
    tanh
    linear 10
}
train {
    data digits
    optimizer sgd, lr=0.5
    ema 0.75
}
"""


def trained(folder: Path, *lines: str) -> RunResult:
    network = compiled(TINY.replace("    seed 3", "\n".join(("    seed 3", *lines))))
    return train(network, recipe_of(network), TrainOptions("cpu", out=folder))


def test_it_is_tested_and_saved_and_changes_nothing_in_training(tmp_path: Path) -> None:
    plain, averaged = trained(tmp_path / "plain"), trained(tmp_path / "averaged", "ema 0.9")
    for one, other in zip(plain.history, averaged.history, strict=True):
        assert (other.loss, other.train) == (one.loss, one.train)
        assert other.test_loss != one.test_loss
    for result in (plain, averaged):
        found = evaluate(read_run(result.path), options=EvaluateOptions("cpu"))
        assert (found.loss, found.value) == (result.last.test_loss, result.last.test)


def test_running_statistics_are_averaged_as_the_weights_are() -> None:
    """By hand: of two steps, the first average is what the first step left, and the second has a quarter of the second."""
    network = compiled(NORMALIZED)
    recipe = recipe_of(network)
    assert recipe.data is not None
    with own_random_numbers():
        session = prepare(network, recipe, recipe.data, TrainOptions("cpu", "fp64"), Path())
    learner, tally = session.learner, Tally(session.task, session.device)
    assert learner.average is not None
    means, averages = [torch.zeros(16, dtype=torch.float64)], []
    for batch in (batch for batch, _ in zip(session.train.in_order(64), range(2), strict=False)):
        weight, bias = (learner.model.get_parameter(f"1.{name}").detach().clone() for name in ("weight", "bias"))
        outputs = functional.linear(batch[0].flatten(1), weight, bias)
        means.append(0.9 * means[-1] + 0.1 * outputs.mean(0))
        session.model.train()
        take_step(session, [batch], tally)
        averages.append(learner.weights()["2.running_mean"].clone())
        assert torch.allclose(learner.model.get_buffer("2.running_mean"), means[-1], rtol=1e-12)
    assert torch.allclose(averages[0], means[1], rtol=1e-12)
    assert torch.allclose(averages[1], 0.75 * means[1] + 0.25 * means[2], rtol=1e-12)
    assert not torch.allclose(averages[1], means[2], rtol=1e-3)
