"""A step neither waits for its device nor copies anything to it: on the meta device, which has no numbers to wait for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tape import tensors
from torch.utils._python_dispatch import TorchDispatchMode
from training_specs import compiled, recipe_of

import cnnspec
from cnnspec.backends.torch_module import build
from cnnspec.training.batches.batches import Batches
from cnnspec.training.optimizer import build_optimizer
from cnnspec.training.options import TrainOptions
from cnnspec.training.session import Session, prepare
from cnnspec.training.step import compute_gradients, update_weights
from cnnspec.training.task import Tally

META = torch.device("meta")
SPECS = Path(__file__).parents[2] / "specs"
TEXT = """
network Net {
    input 1x8x8
    conv 4, kernel=3, padding=1
    batchnorm
    drop: residual { drop_path 0.5 }
    stochastic_pool 2
    fractional_maxpool 2, output_size=3
    rrelu
    dropout 0.5
    channel_dropout 0.5
    flatten
    linear OUTPUTS
}
train {
    data digits, normalize=true
    EXTRA
}
"""


class NothingCrosses(TorchDispatchMode):
    """Refuses operations that bring something from one device to another; the meta device itself refuses to be read."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        everything = [*tensors(args), *tensors(kwargs or {}), *tensors(result)]
        is_copy = func in _COPIES  # others take a single number of the CPU as an argument, as they take Python's
        devices = {tensor.device.type for tensor in everything if tensor.dim() or is_copy}
        if len(devices) > 1:
            raise AssertionError(f"{func} copies between {' and '.join(sorted(devices))}")
        return result


_COPIES = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}


def on_meta(*lines: str, outputs: int = 10) -> Session:
    network = compiled(TEXT.replace("EXTRA", "\n".join(lines)).replace("OUTPUTS", str(outputs)))
    recipe = recipe_of(network)
    assert recipe.data is not None
    found = prepare(network, recipe, recipe.data, TrainOptions("cpu"), Path())
    train = Batches(found.dataset.train, found.scaling, META, torch.float32, recipe.augment)
    found.model.to(META)
    return replace(found, train=train, precision=replace(found.precision, device=META))


def computed(session: Session) -> None:
    """Computes the gradients of a step; what a criterion has to bring to the device, it brings in the first one."""
    (draft,) = (draft for draft, _ in zip(session.train.drafts(64, torch.Generator()), range(1), strict=False))
    numbers = session.train.numbers(draft)
    numbers = None if numbers is None else numbers.to(META)
    tally = Tally(session.task, META)
    compute_gradients(session, [session.train.made(draft.places, numbers)], tally, 64)
    with NothingCrosses():
        compute_gradients(session, [session.train.made(draft.places, numbers)], tally, 64)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["loss cross_entropy, weight=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], ignore_index=4"],
        ["loss cross_entropy, label_smoothing=0.1"],
        ["loss mse"],
        ["loss bce_with_logits"],
        ["loss huber"],
        ["augment random_crop, padding=1", "augment horizontal_flip", "augment vertical_flip"],
        ["augment random_affine, degrees=10", "augment cutout, size=3", "augment random_erasing"],
    ],
    ids=lambda lines: "; ".join(lines),
)
def test_a_step(lines: list[str]) -> None:
    computed(on_meta(*lines))


@pytest.mark.parametrize(
    "path", sorted(path for path in SPECS.glob("*.cnn") if path.stem != "blocks"), ids=lambda path: path.stem
)
def test_forward_and_backward_pass_of_real_networks(path: Path) -> None:
    network = cnnspec.load(path)
    if any(isinstance(size, str) or not isinstance(size, int) for size in _flat(network.input)):
        pytest.skip("its sizes are open")
    with META:
        model = build(network.checked).to(META)
        given = [torch.empty(2, *sizes) for sizes in _inputs(network.input)]
    if not any(parameter.requires_grad for parameter in model.parameters()):
        pytest.skip("it has nothing to learn")
    with NothingCrosses():
        outputs = model(*given)
        sum(output.sum() for output in tensors(outputs)).backward()


@pytest.mark.parametrize("lines", [[], ["ema 0.9"], ["clip_norm 1"]], ids=lambda lines: "; ".join(lines))
def test_an_update(lines: list[str]) -> None:
    session = on_meta(*lines)
    learner = session.learner
    if learner.average is not None:
        learner.average.module.to(META)
    session = replace(session, learner=replace(learner, optimizer=build_optimizer(session.recipe.optimizer, learner.model)))
    computed(session)
    update_weights(session)  # the first one copies the weights
    with NothingCrosses():
        update_weights(session)


@pytest.mark.parametrize("axes", [(3,), ()], ids=["vector", "number"])
def test_copies_are_found(axes: tuple[int, ...]) -> None:
    with NothingCrosses(), pytest.raises(AssertionError, match="copies between cpu and meta"):
        torch.zeros(axes).to(META)


def _inputs(given: Any) -> list[Any]:
    return [given] if isinstance(given[0], int) else list(given)


def _flat(given: Any) -> list[Any]:
    return [size for sizes in _inputs(given) for size in (sizes if isinstance(sizes, tuple) else (sizes,))]
