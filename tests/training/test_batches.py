"""Splits, scaling and batches."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from statistics import pstdev

import numpy as np
import pytest
import torch
from training_specs import TINY, compiled, request_of

from cnnspec.recipe.augment_kinds import Cutout, HorizontalFlip, RandomCrop
from cnnspec.recipe.data import Digits, Synthetic
from cnnspec.recipe.loss import CrossEntropy, Mse
from cnnspec.training.batches import batches as module
from cnnspec.training.batches.augment_maps import verify_maps, void_of
from cnnspec.training.batches.batches import Batches
from cnnspec.training.data.dataset import Dataset, Part
from cnnspec.training.data.read import read
from cnnspec.training.data.resize import resize_images
from cnnspec.training.data.scaling import Scaling, scaling
from cnnspec.training.data.split import fixed_order, split
from cnnspec.training.problems import TrainingError

CPU = torch.device("cpu")


def part(count: int, *sample: int) -> Part:
    inputs = torch.randint(0, 256, (count, *sample), dtype=torch.uint8)
    return Part(inputs, torch.arange(count))


def plain(levels: float = 1.0) -> Scaling:
    return Scaling(levels, torch.zeros((), dtype=torch.float64), torch.ones((), dtype=torch.float64))


def test_the_fixed_order_never_changes() -> None:
    assert fixed_order(10).tolist() == [2, 4, 6, 8, 5, 1, 7, 0, 9, 3]
    assert sorted(fixed_order(1000).tolist()) == list(range(1000))


def test_the_fixed_order_is_not_the_order_of_the_file() -> None:
    order = fixed_order(1000)
    assert abs(np.corrcoef(order, np.arange(1000))[0, 1]) < 0.1


@pytest.mark.parametrize(("share", "sizes"), [(0.2, (8, 2)), (0.0, (10, 0)), (0.04, (10, 0)), (0.95, (0, 10)), (0.25, (8, 2))])
def test_split(share: float, sizes: tuple[int, int]) -> None:
    train, test = split(part(10, 3), share)
    assert (len(train), 0 if test is None else len(test)) == sizes
    both = torch.cat([train.targets, test.targets]) if test else train.targets
    assert sorted(both.tolist()) == list(range(10))


def test_a_split_that_leaves_nothing_to_learn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no samples for training"):
        read(Synthetic(samples=2, test=0.9), request_of(compiled(TINY), tmp_path))


def test_digits(tmp_path: Path) -> None:
    found, scale = read(Digits(normalize=True), request_of(compiled(TINY), tmp_path))
    assert found.test is not None
    assert (len(found.train), len(found.test)) == (1438, 359)
    scaled = scale.on(CPU, torch.float32).apply(found.train.inputs)
    assert abs(float(scaled.mean())) < 1e-5
    assert abs(float(scaled.std(correction=0)) - 1) < 1e-5
    counts = torch.bincount(torch.cat([found.train.targets, found.test.targets])).tolist()
    assert counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_resized_digits_keep_their_scale(tmp_path: Path) -> None:
    network = compiled("network N {\n input 1x28x28\n flatten\n linear 10\n}\ntrain { data digits, resize=28 }")
    found, scale = read(Digits(resize=28), request_of(network, tmp_path))
    values = scale.on(CPU, torch.float32).apply(found.train.inputs)
    assert values.shape == (1438, 1, 28, 28)
    assert 0.9 < float(values.max()) <= 1.0


def test_resize_of_bytes_rounds_and_averages() -> None:
    checks = torch.tensor([[0, 255], [255, 0]], dtype=torch.uint8).repeat(4, 4)[None, None]
    smaller = resize_images(checks, (2, 2))
    assert smaller.dtype == torch.uint8
    assert smaller.float().sub(127.5).abs().max() < 30
    assert resize_images(checks, (8, 8)) is checks


def test_normalize_with_constants() -> None:
    data = Dataset("x", part(5, 3, 2, 2), None, levels=255.0)
    scale = scaling(data, ((0.5, 0.4, 0.3), 0.25))
    expected = (data.train.inputs.double() / 255 - torch.tensor([0.5, 0.4, 0.3], dtype=torch.float64)[:, None, None]) / 0.25
    assert torch.allclose(scale.on(CPU, torch.float64).apply(data.train.inputs), expected)


def test_normalize_with_too_few_constants() -> None:
    with pytest.raises(TrainingError, match="has 2 numbers, but the data has 3 channels"):
        scaling(Dataset("x", part(5, 3, 2, 2), None), ((0.5, 0.4), 0.25))


def test_a_constant_channel_is_not_divided_by_zero() -> None:
    data = Dataset("x", Part(torch.full((4, 2), 7.0), torch.zeros(4)), None)
    assert scaling(data, True).on(CPU, torch.float32).apply(data.train.inputs).abs().max() < 1e-6


def test_a_flat_input_takes_images_with_one_constant_per_channel(tmp_path: Path) -> None:
    network = compiled("network N {\n input 12\n linear 2\n}\ntrain { data synthetic }")
    found, scale = read(Synthetic(), request_of(network, tmp_path))
    assert found.sample == (12,)
    assert scale.on(CPU, torch.float32).apply(found.train.inputs).shape == (819, 12)


def test_synthetic_is_the_same_every_time(tmp_path: Path) -> None:
    request = request_of(compiled(TINY), tmp_path)
    first, second = read(Synthetic(), request)[0], read(Synthetic(), request)[0]
    assert torch.equal(first.train.inputs, second.train.inputs)
    assert first.classes is not None
    assert len(first.classes) == 10


@pytest.mark.parametrize(("count", "sizes"), [(12, [4, 4, 4]), (11, [4, 4, 3]), (13, [4, 4, 5]), (4, [4]), (1, [1]), (5, [5])])
def test_the_last_batch_has_what_is_left_but_never_one_alone(count: int, sizes: list[int]) -> None:
    found = Batches(part(count, 2), plain(), CPU, torch.float32)
    drawn = list(found.shuffled(4, torch.Generator().manual_seed(0)))
    assert [len(inputs) for inputs, _ in drawn] == sizes
    assert sorted(torch.cat([targets for _, targets in drawn]).tolist()) == list(range(count))


@pytest.mark.parametrize("limit", [0, 1 << 30])
def test_images_are_channels_last_and_scaled_either_way(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SCALED_BYTES", limit)
    whole = part(6, 3, 4, 5)
    found = Batches(whole, plain(255.0), CPU, torch.float32)
    ((inputs, targets),) = found.in_order(6)
    assert torch.allclose(inputs, whole.inputs / 255, atol=1e-7)
    assert inputs.is_contiguous(memory_format=torch.channels_last)
    assert targets.tolist() == list(range(6))


def test_inputs_and_targets_stay_together() -> None:
    whole = Part(torch.arange(20.0).reshape(20, 1), torch.arange(20))
    for inputs, targets in Batches(whole, plain(), CPU, torch.float64).shuffled(3, torch.Generator().manual_seed(1)):
        assert torch.equal(inputs[:, 0], targets.double())


def augmented(count: int, skip: int = 0) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Returns shuffled batches of images of random bytes, cropped and flipped."""
    whole = Part(
        torch.arange(count * 48, dtype=torch.int64).remainder(256).to(torch.uint8).view(count, 3, 4, 4), torch.arange(count)
    )
    found = Batches(whole, plain(255.0), CPU, torch.float32, (RandomCrop(padding=1), HorizontalFlip()))
    return list(found.shuffled(4, torch.Generator().manual_seed(2), skip))


def test_augmented_batches_are_scaled_afterwards_and_channels_last() -> None:
    inputs, _ = augmented(10)[0]
    assert inputs.dtype == torch.float32
    assert 0 <= float(inputs.min()) <= float(inputs.max()) <= 1
    assert inputs.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("skip", [0, 1, 2, 3, 9])
def test_batches_that_are_left_out_change_nothing_in_the_others(skip: int) -> None:
    whole, rest = augmented(14), augmented(14, skip)
    assert len(rest) == max(0, len(whole) - skip)
    for (inputs, targets), (others, other_targets) in zip(whole[skip:], rest, strict=True):
        assert torch.equal(inputs, others)
        assert torch.equal(targets, other_targets)


def test_no_two_batches_are_augmented_alike() -> None:
    whole = Part(torch.randint(0, 256, (1, 3, 4, 4), dtype=torch.uint8).repeat(64, 1, 1, 1), torch.arange(64))
    found = Batches(whole, plain(255.0), CPU, torch.float32, (RandomCrop(padding=3),))
    batches = [inputs for inputs, _ in found.shuffled(8, torch.Generator().manual_seed(2))]
    assert not any(torch.equal(batches[0], other) for other in batches[1:])


def test_test_images_are_never_augmented() -> None:
    whole = part(6, 3, 4, 5)
    found = Batches(whole, plain(255.0), CPU, torch.float32, (RandomCrop(padding=2),))
    ((inputs, _),) = found.in_order(6)
    assert torch.allclose(inputs, whole.inputs / 255, atol=1e-7)


@pytest.mark.parametrize(("far", "spread"), [(1.7e12, 1e4), (1e12, 1e3), (2e7, 3.0), (0.0, 1.0), (0.5, 1e-9), (3.0, 0.0)])
def test_deviations_of_numbers_far_from_zero(far: float, spread: float) -> None:
    values = far + spread * torch.rand(9000, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = scaling(Dataset("x", Part(values, torch.zeros(9000)), None), True)
    assert found.mean.tolist() == pytest.approx(values.mean(0).tolist(), rel=1e-13)
    exact = [pstdev(map(Fraction, column)) for column in values.T[:, :300].tolist()]
    few = scaling(Dataset("x", Part(values[:300], torch.zeros(300)), None), True)
    assert few.std.tolist() == pytest.approx([deviation or 1.0 for deviation in exact], rel=1e-9)


def test_targets_as_losses_compare_them() -> None:
    images = torch.tensor([0, 51, 255, 102], dtype=torch.uint8).view(1, 1, 2, 2)
    ((_, compared),) = Batches(Part(images, images), plain(), CPU, torch.float32).in_order(1)
    assert torch.equal(compared, torch.tensor([[[[0.0, 0.2], [1.0, 0.4]]]]))
    ((_, labels),) = Batches(Part(images, images[:, 0]), plain(), CPU, torch.float32).in_order(1)
    assert (labels.dtype, labels.shape) == (torch.int64, (1, 2, 2))
    ((_, voxels),) = Batches(Part(images, images.to(torch.int64)), plain(), CPU, torch.float32).in_order(1)
    assert torch.equal(voxels, images.to(torch.int64))


def test_maps_are_moved_with_their_images() -> None:
    images = torch.randint(1, 256, (8, 1, 4, 4), dtype=torch.uint8)
    found = Batches(Part(images, images[:, 0]), plain(), CPU, torch.float32, (RandomCrop(padding=1), HorizontalFlip()), void=0)
    for inputs, targets in found.shuffled(4, torch.Generator()):
        assert torch.equal(inputs[:, 0], targets.float())


def test_images_and_targets_of_two_sizes_cannot_be_moved_together() -> None:
    data = Dataset("x", Part(torch.zeros(2, 1, 8, 8), torch.zeros(2, 4, 4, dtype=torch.uint8)), None)
    with pytest.raises(TrainingError, match="images are 8x8 and targets 4x4"):
        verify_maps((HorizontalFlip(),), data)
    verify_maps((Cutout(size=2),), data)
    verify_maps((HorizontalFlip(),), Dataset("x", Part(torch.zeros(2, 1, 8, 8), torch.zeros(2)), None))


def test_what_a_mask_has_outside() -> None:
    assert void_of(CrossEntropy(ignore_index=255), torch.uint8) == 255
    assert void_of(CrossEntropy(), torch.uint8) == void_of(Mse(), torch.float32) == 0
    assert void_of(CrossEntropy(ignore_index=65_535), torch.int32) == 65_535
    assert void_of(CrossEntropy(ignore_index=256), torch.uint8) == 0  # a byte would make 0 of it anyway, or refuse it


def test_synthetic_labels_for_each_pixel(tmp_path: Path) -> None:
    network = compiled("network N {\n input 3x4x4\n conv 5, kernel=1\n}\ntrain { data synthetic }")
    found, _ = read(Synthetic(), request_of(network, tmp_path))
    assert (found.target, found.classes) == ((4, 4), tuple("01234"))
    assert found.train.targets.unique().tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("samples", "size", "sizes"), [(6, 1, [1] * 6), (1, 1, [1]), (5, 2, [2, 3]), (4, 3, [4]), (7, 3, [3, 4])]
)
def test_batches_of_one_are_what_was_asked_for(samples: int, size: int, sizes: list[int]) -> None:
    found = Batches(part(samples, 2), plain(), CPU, torch.float32)
    assert found.sizes(size) == sizes
    taken = found.shuffled(size, torch.Generator().manual_seed(1))
    assert [len(inputs) for inputs, _ in taken] == sizes
