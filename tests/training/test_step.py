"""One step of the optimizer, against the same step written out with torch alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional
from training_specs import TANH, compiled, recipe_of

from cnnspec.training.device import own_random_numbers
from cnnspec.training.options import TrainOptions
from cnnspec.training.session import Session, prepare
from cnnspec.training.step import take_step
from cnnspec.training.task import Tally

Batch = tuple[torch.Tensor, torch.Tensor]


@pytest.fixture(autouse=True)
def _own_numbers() -> Iterator[None]:
    with own_random_numbers():
        yield


def session_of(*lines: str, precision: str = "fp64") -> Session:
    network = compiled(TANH.replace("EXTRA", "\n".join(lines)))
    recipe = recipe_of(network)
    assert recipe.data is not None
    return prepare(network, recipe, recipe.data, TrainOptions("cpu", precision), Path())


def batches(session: Session, size: int, count: int) -> list[Batch]:
    return [batch for batch, _ in zip(session.train.in_order(size), range(count), strict=False)]


def weights(model: nn.Module) -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in model.parameters()]


def after_steps(session: Session, groups: list[list[Batch]]) -> list[torch.Tensor]:
    tally = Tally(session.task, session.device)
    for group in groups:
        take_step(session, group, tally)
    assert tally.count == sum(len(inputs) for group in groups for inputs, _ in group)
    return weights(session.model)


def by_hand(session: Session, batch: Batch, clip: float | None = None) -> list[torch.Tensor]:
    """Takes a step of gradient descent on the whole batch."""
    parameters = list(session.model.parameters())
    gradients = torch.autograd.grad(functional.cross_entropy(session.model(batch[0]), batch[1]), parameters)
    length = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))  # type: ignore[arg-type]
    factor = 1.0 if clip is None else min(1.0, clip / length.item())
    return [weight.detach() - 0.5 * factor * gradient for weight, gradient in zip(parameters, gradients, strict=True)]


def same(one: list[torch.Tensor], other: list[torch.Tensor], tolerance: float = 1e-6) -> bool:
    return all(torch.allclose(a.double(), b.double(), rtol=tolerance, atol=tolerance) for a, b in zip(one, other, strict=True))


def test_several_batches_make_the_step_of_a_large_one() -> None:
    """Also where the last batch is smaller: each sample counts alike."""
    session = session_of("accumulate 3")
    (large,) = batches(session, 100, 1)
    expected = by_hand(session, large)
    parts = [(large[0][:40], large[1][:40]), (large[0][40:80], large[1][40:80]), (large[0][80:], large[1][80:])]
    assert same(after_steps(session, [parts]), expected)
    assert not same(after_steps(session_of("accumulate 3"), [parts[:2]]), expected)


def test_an_epoch_has_as_many_steps_as_it_says() -> None:
    for lines, expected in ((("batch 64",), 23), (("batch 64", "accumulate 4"), 6), (("batch 2000",), 1)):
        assert session_of(*lines).steps == expected  # of 1,438 samples


@pytest.mark.parametrize(("clip", "shorter"), [(0.01, True), (1e9, False)])
def test_gradients_are_clipped_to_their_common_length(clip: float, shorter: bool) -> None:
    session = session_of(f"clip_norm {clip}")
    (batch,) = batches(session, 64, 1)
    clipped, whole = by_hand(session, batch, clip), by_hand(session, batch)
    assert same(clipped, whole) != shorter
    assert same(after_steps(session, [[batch]]), clipped)


def test_the_average_follows_the_weights() -> None:
    session = session_of("ema 0.75")
    expected: list[torch.Tensor] = []
    for batch in batches(session, 64, 4):
        now = after_steps(session, [[batch]])
        expected = [0.75 * old + 0.25 * new for old, new in zip(expected, now, strict=True)] if expected else now
    assert session.learner.average is not None
    assert same(weights(session.learner.average.module), expected)
    assert session.learner.result is session.learner.average.module
    assert not same(weights(session.model), expected)


def test_half_precision_scales_the_loss_and_skips_steps_that_overflow() -> None:
    session = session_of(precision="fp16")
    scale = session.learner.scaler.get_scale()
    assert scale > 1
    one, two = batches(session, 64, 2)
    expected = by_hand(session, one)
    assert same(after_steps(session, [[one]]), expected, 1e-2)
    before = weights(session.model)
    session.learner.scaler.update(1e38)
    assert same(after_steps(session, [[two]]), before, 0.0)
    assert session.learner.scaler.get_scale() == pytest.approx(0.5e38)
    assert not same(after_steps(session, [[one]]), expected, 0.0)
