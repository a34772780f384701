"""The changes that an image can undergo."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le

from cnnspec.declarations.types import NonNegative, NonNegativeNumber, Positive, PositiveNumber, Probability, Says
from cnnspec.recipe.augment import Augmentation

Padding = Annotated[Positive | tuple[NonNegative, NonNegative], Says("a positive integer, or one for height and width")]
PaddingMode = Annotated[Literal["constant", "edge", "reflect"], Says("`constant`, `edge` or `reflect`")]
Grey = Annotated[float, Ge(0), Le(1), Says("a brightness from 0 to 1")]
Range = Annotated[tuple[PositiveNumber, PositiveNumber], Says("the smallest and the largest value, such as `(0.9, 1.1)`")]
Shares = Annotated[
    tuple[Annotated[float, Gt(0), Le(1)], Annotated[float, Gt(0), Le(1)]],
    Says("the smallest and the largest share of the image, from above 0 to 1, such as `(0.02, 0.33)`"),
]
Shift = Annotated[tuple[Probability, Probability], Says("shares of height and width, such as `(0.1, 0.1)`")]


class RandomCrop(Augmentation):
    """A piece as large as the image, cut at random out of the image with `padding` more pixels on each side.

    They have the value `fill` (0 is black), or repeat the edge, or mirror the image.
    """

    keyword: ClassVar[str] = "random_crop"
    examples: ClassVar[tuple[str, ...]] = ("augment random_crop, padding=4", "augment random_crop, 4, padding_mode=reflect")

    padding: Padding
    fill: Grey = 0.0
    padding_mode: PaddingMode = "constant"


class HorizontalFlip(Augmentation):
    """Left and right exchanged, with probability `p`."""

    keyword: ClassVar[str] = "horizontal_flip"
    examples: ClassVar[tuple[str, ...]] = ("augment horizontal_flip",)

    p: Probability = 0.5


class VerticalFlip(Augmentation):
    """Top and bottom exchanged, with probability `p`."""

    keyword: ClassVar[str] = "vertical_flip"
    examples: ClassVar[tuple[str, ...]] = ("augment vertical_flip, p=0.2",)

    p: Probability = 0.5


class RandomAffine(Augmentation):
    """Turned by up to `degrees` either way, shifted by up to a share of height and width, and scaled.

    Pixels are interpolated between their neighbours (those of masks are taken from the nearest); what comes from outside is
    black. torchvision gives shifts as width and height; here, as everywhere in a spec, height comes first.
    """

    keyword: ClassVar[str] = "random_affine"
    examples: ClassVar[tuple[str, ...]] = ("augment random_affine, 15", "augment random_affine, 10, translate=(0.1, 0.1)")

    degrees: NonNegativeNumber
    translate: Shift | None = None
    scale: Range | None = None


class Cutout(Augmentation):
    """A square of `size` pixels erased around a pixel drawn at random; it may reach beyond the edge (DeVries, Taylor 2017)."""

    keyword: ClassVar[str] = "cutout"
    moves: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ("augment cutout, size=8",)

    size: Positive
    fill: Grey = 0.0


class RandomErasing(Augmentation):
    """With probability `p`, a rectangle erased that covers a share in `scale` of the image (Zhong et al. 2017).

    Its height divided by its width is in `ratio`. One that is larger than the image is drawn again, up to ten times.
    """

    keyword: ClassVar[str] = "random_erasing"
    moves: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ("augment random_erasing", "augment random_erasing, p=0.25, scale=(0.02, 0.2)")

    p: Probability = 0.5
    scale: Shares = (0.02, 0.33)
    ratio: Range = (0.3, 3.3)
    value: Grey = 0.0
