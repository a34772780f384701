"""Data in the shapes that a network asks for: arrays of numpy, and pairs of images."""

from typing import Annotated, ClassVar

from annotated_types import MinLen

from cnnspec.declarations.types import NonNegative, Says, Text
from cnnspec.recipe.data import Data, Normalize, Resize, Share

MaskValues = Annotated[tuple[NonNegative, ...], MinLen(2), Says("a number for each class, such as `[0, 255]`")]


class Npz(Data):
    """Arrays in a file of numpy.savez: `x` (or `x_train`) holds samples, `y` (or `y_train`) what to predict for each.

    `x` and `y` as arguments give other names. Arrays with `_test` behind these names, or in the place of `_train`, are the test
    part. Samples have the shape of the network's input; images may do without the channel where it is one, or have it last.
    Bytes (uint8) mean 0 to 1. Targets are class numbers, [N] or one for each pixel [N, H, W], or numbers in the shape of the
    output; bytes of images mean 0 to 1 there, too, unless none is above 1.
    """

    keyword: ClassVar[str] = "npz"
    may_be_maps: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ('data npz, "digits.npz"', 'data npz, "scans.npz", x="images", y="masks", test=0.1')

    path: Text
    x: Text | None = None
    y: Text | None = None
    normalize: Normalize = False
    test: Share = 0.2

    named_only: ClassVar[frozenset[str]] = frozenset({"x", "y", "normalize", "test"})


class Pairs(Data):
    """Two folders of images with the same names (but for their endings): from each image of `inputs` to one of `targets`.

    Where the loss compares classes (`cross_entropy`, `nll`), targets are masks: grey images or images with a palette, whose
    numbers are the classes of the pixels; `mask_values=[0, 255]` says which numbers stand for class 0, class 1 and so on.
    Otherwise they are images, scaled to 0..1, with as many channels as the output. Without `targets` the image itself is the
    target (autoencoders). `resize` brings inputs to a size, and targets to the height and width of the output. A zip file may
    stand in the place of a folder.
    """

    keyword: ClassVar[str] = "pairs"
    may_be_maps: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = (
        'data pairs, "noisy", "clean"',
        'data pairs, "photos", "masks", resize=256, test=0.1',
        'data pairs, "photos", "masks", mask_values=[0, 255]',
    )

    inputs: Text
    targets: Text | None = None
    resize: Resize | None = None
    normalize: Normalize = False
    mask_values: MaskValues | None = None
    test: Share = 0.2

    named_only: ClassVar[frozenset[str]] = frozenset({"resize", "normalize", "mask_values", "test"})
