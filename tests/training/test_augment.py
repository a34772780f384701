"""Augmentation against what it is by definition: one image at a time, in plain loops."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch
from torch.nn import functional

from cnnspec.recipe.augment import AUGMENTATIONS, Augmentation
from cnnspec.recipe.augment_kinds import Cutout, HorizontalFlip, RandomAffine, RandomCrop, RandomErasing, VerticalFlip
from cnnspec.recipe.augment_sense import augment_problems
from cnnspec.training.batches.augment import COVERS, DRAWN, MOVES, Frame, augment, draw
from cnnspec.training.batches.augment_moves import Affine
from cnnspec.values.shapes import Shape

N, H, W = 64, 9, 7
ALL: list[Augmentation] = [
    RandomCrop(padding=2),
    RandomCrop(padding=(1, 3), padding_mode="reflect"),
    RandomCrop(padding=3, padding_mode="edge", fill=0.5),
    HorizontalFlip(),
    VerticalFlip(p=0.7),
    RandomAffine(degrees=20.0, translate=(0.2, 0.3), scale=(0.8, 1.2)),
    Cutout(size=4),
    RandomErasing(p=0.8, value=0.5),
]


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(channels: int = 3) -> torch.Tensor:
    return torch.randint(1, 256, (N, H, W, channels), generator=random(5), dtype=torch.uint8)


def augmented(
    kinds: Sequence[Augmentation], images: torch.Tensor, maps: torch.Tensor | None, seeded: torch.Generator, void: int = 0
) -> tuple[torch.Tensor, torch.Tensor | None]:
    return augment(kinds, images, maps, draw(kinds, *images.shape[:3], seeded), void=void)


def changed(*kinds: Augmentation, seed: int = 0) -> torch.Tensor:
    return augmented(kinds, images(), None, random(seed))[0]


def test_every_declared_augmentation_has_a_function() -> None:
    assert MOVES.keys() | COVERS.keys() == AUGMENTATIONS.keys() == DRAWN.keys()
    assert {word for word, kind in AUGMENTATIONS.items() if kind.moves} == MOVES.keys()


@pytest.mark.parametrize("kind", ALL)
def test_equal_seeds_give_equal_images(kind: Augmentation) -> None:
    assert torch.equal(changed(kind), changed(kind))
    assert not torch.equal(changed(kind), changed(kind, seed=1))
    assert changed(kind).dtype == torch.uint8
    assert changed(kind).shape == images().shape


@pytest.mark.parametrize("kind", ALL)
def test_floats_are_changed_as_bytes_are(kind: Augmentation) -> None:
    floats, _ = augmented([kind], images().double(), None, random())
    assert (floats - changed(kind).double()).abs().max() <= 0.5 + 1e-4


@pytest.mark.parametrize(("mode", "pad"), [("constant", "constant"), ("reflect", "reflect"), ("edge", "replicate")])
def test_a_crop_is_a_piece_of_the_padded_image(mode: str, pad: str) -> None:
    found = changed(RandomCrop(padding=(2, 3), padding_mode=mode)).float()
    padded = functional.pad(images().permute(0, 3, 1, 2).float(), (3, 3, 2, 2), pad).permute(0, 2, 3, 1)
    places = set()
    for image, whole in zip(found, padded, strict=True):
        pieces = [(i, j) for i in range(5) for j in range(7) if torch.equal(image, whole[i : i + H, j : j + W])]
        assert pieces
        places.update(pieces)
    assert len(places) > 25  # of 35


def test_the_fill_of_a_crop_is_a_brightness() -> None:
    found = changed(RandomCrop(padding=8, fill=0.2))
    assert bool((found == 51).all(3).any())


def test_padding_beyond_the_image_goes_on_reflecting() -> None:
    row = torch.arange(1, 4, dtype=torch.uint8).view(1, 1, 3, 1).repeat(50, 2, 1, 1)
    found, _ = augmented([RandomCrop(padding=(0, 9), padding_mode="reflect")], row, None, random())
    wave = "3212321232123212321232123"
    assert all("".join(map(str, image[0, :, 0].tolist())) in wave for image in found)


@pytest.mark.parametrize(("kind", "axis"), [(HorizontalFlip(), 2), (VerticalFlip(), 1)])
def test_flips(kind: Augmentation, axis: int) -> None:
    found, before = changed(kind), images()
    flipped = [torch.equal(one, other) for one, other in zip(found, before.flip(axis), strict=True)]
    kept = [torch.equal(one, other) for one, other in zip(found, before, strict=True)]
    assert [one != other for one, other in zip(flipped, kept, strict=True)] == [True] * N
    assert 20 < sum(flipped) < 44


def test_probabilities_of_0_and_1() -> None:
    assert torch.equal(changed(HorizontalFlip(p=0.0)), images())
    assert torch.equal(changed(HorizontalFlip(p=1.0)), images().flip(2))
    assert torch.equal(changed(RandomErasing(p=0.0)), images())


def test_cutout_is_a_square_that_may_reach_beyond_the_edge() -> None:
    found = changed(Cutout(size=4))
    sizes = set()
    for image, before in zip(found, images(), strict=True):
        erased = (image == 0).all(2)
        rows, columns = erased.any(1).sum(), erased.any(0).sum()
        assert erased.sum() == rows * columns
        assert torch.equal(image[~erased], before[~erased])
        sizes.add((int(rows), int(columns)))
    assert (4, 4) in sizes
    assert max(sizes) == (4, 4)
    assert min(min(size) for size in sizes) == 2


def test_erased_rectangles_have_the_areas_and_ratios_asked_for() -> None:
    large = torch.ones(500, 60, 50, 1, dtype=torch.uint8)
    found, _ = augmented([RandomErasing(p=1.0, scale=(0.1, 0.3), ratio=(0.5, 2.0))], large, None, random())
    erased = (found == 0).squeeze(3)
    rows, columns = erased.any(2).sum(1), erased.any(1).sum(1)
    assert torch.equal(erased.sum((1, 2)), rows * columns)
    share, ratio = rows * columns / 3000, rows / columns
    assert 0.09 < float(share.min()) < 0.12
    assert 0.28 < float(share.max()) < 0.32
    assert 0.45 < float(ratio.min()) < 0.6
    assert 1.7 < float(ratio.max()) < 2.2
    assert abs(float(share.mean()) - 0.2) < 0.01


def test_an_image_that_no_rectangle_fits_stays() -> None:
    thin = torch.ones(10, 1, 40, 1, dtype=torch.uint8)
    found, _ = augmented([RandomErasing(p=1.0, scale=(0.9, 1.0), ratio=(1.0, 1.0))], thin, None, random())
    assert torch.equal(found, thin)


def test_a_quarter_turn_and_a_shift() -> None:
    square = torch.randint(0, 256, (1, 6, 6, 2), generator=random(), dtype=torch.uint8)
    one, zero = torch.ones(1, dtype=torch.float64), torch.zeros(1, 2, dtype=torch.float64)
    turned = Affine(one * math.pi / 2, zero, one).apply(square, 0)
    assert torch.equal(turned, square.rot90(-1, (1, 2))) or torch.equal(turned, square.rot90(1, (1, 2)))
    shifted = Affine(0 * one, zero + torch.tensor([2, -1]), one).apply(square, 9)
    assert torch.equal(shifted[:, 2:, :-1], square[:, :-2, 1:])
    assert bool((shifted[:, :2] == 9).all())
    assert bool((shifted[:, :, -1] == 9).all())


def test_scaling_keeps_the_centre() -> None:
    dot = torch.zeros(1, 7, 7, 1, dtype=torch.uint8)
    dot[0, 3, 3] = dot[0, 3, 5] = 200
    one = torch.ones(1, dtype=torch.float64)
    half = Affine(0 * one, torch.zeros(1, 2, dtype=torch.float64), one / 2).apply(dot, 0)
    assert half[0, 3, 3, 0] == 200
    assert half[0, 3, 4, 0] == 200


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind.moves])
def test_maps_move_with_their_images(kind: Augmentation) -> None:
    masks = torch.randint(0, 4, (N, H, W), generator=random(1), dtype=torch.uint8)
    pictures = masks.unsqueeze(3).repeat(1, 1, 1, 2) * 60
    moved_images, moved_masks = augmented([kind], pictures, masks, random(), void=255)
    assert moved_masks is not None
    assert moved_masks.shape == masks.shape
    assert set(moved_masks.unique().tolist()) <= {0, 1, 2, 3, 255}
    if not isinstance(kind, RandomAffine):
        inside = moved_masks != 255
        assert torch.equal(moved_images[inside][:, 0], moved_masks[inside] * 60)
    _, as_images = augmented([kind], pictures, pictures, random())
    assert as_images is not None
    plain = augmented(
        [kind.model_copy(update={"fill": 0.0}) if isinstance(kind, RandomCrop) else kind], pictures, None, random()
    )
    assert torch.equal(as_images, plain[0])


@pytest.mark.parametrize("kind", [kind for kind in ALL if not kind.moves])
def test_maps_are_not_erased(kind: Augmentation) -> None:
    masks = torch.ones(N, H, W, dtype=torch.uint8)
    assert augmented([kind], images(), masks, random())[1] is masks


def test_the_order_of_the_lines_counts() -> None:
    crop, erase = RandomCrop(padding=3), Cutout(size=3, fill=1.0)
    assert not torch.equal(changed(crop, erase), changed(erase, crop))


def test_long_floats_keep_their_digits() -> None:
    values = torch.rand(3, 6, 5, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    still = Affine(
        torch.zeros(3, dtype=torch.float64), torch.zeros(3, 2, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    )
    assert (still.apply(values, 0) - values).abs().max() < 1e-14


SHARES = [(1e-6, 1e-4), (1e-4, 0.02), (0.02, 0.33), (0.3, 0.3), (0.5, 0.9), (0.8, 0.8), (0.9, 1.0)]
RATIOS = [(0.01, 0.02), (0.02, 0.1), (0.3, 3.3), (1.0, 1.0), (2.0, 3.0), (6.0, 9.0), (15.0, 40.0), (0.1, 10.0)]


@pytest.mark.parametrize(("height", "width"), [(1, 9), (2, 2), (3, 8), (9, 7), (28, 28)])
def test_the_warning_that_nothing_is_erased_is_right(height: int, width: int) -> None:
    """The truth is every rectangle of a fine grid of shares and ratios, through what erases."""
    steps = torch.linspace(0, 1, 100, dtype=torch.float64)
    warned = 0
    for scale in SHARES:
        for ratio in RATIOS:
            kind = RandomErasing(p=1.0, scale=scale, ratio=ratio)
            low, high = math.log(ratio[0]), math.log(ratio[1])
            pairs = torch.cartesian_prod(scale[0] + steps * (scale[1] - scale[0]), low + steps * (high - low))
            shares, aspects = pairs.split(1, dim=1)
            nowhere = torch.zeros(len(shares), 1, dtype=torch.float64)
            frame = Frame(torch.device("cpu"), len(shares), height, width)
            covered, _ = COVERS["random_erasing"](kind, frame, shares, aspects, nowhere, nowhere, nowhere)
            told = [problem.code for problem in augment_problems([kind], Shape((1, height, width)))]
            assert told == ([] if bool(covered.any()) else ["W0544"]), (scale, ratio)
            warned += len(told)
    assert 0 < warned < len(SHARES) * len(RATIOS) or height == 1
