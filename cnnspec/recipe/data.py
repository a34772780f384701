"""The data sets that a spec can name.

Every data set is read into two parts. Where its publishers give none, the rule is the same for all: the samples are put
into a fixed order that depends on nothing but their number, and the last `test` share of it (rounded) is the test part; the
recipe's seed has no say in it, so runs with different seeds are measured on the same samples.

Images are scaled to 0..1. `normalize=true` then subtracts the mean and divides by the standard deviation of the training
part, per channel (of a table: per column); `normalize=(mean, std)` uses the given numbers instead, each one number or one
per channel. Relative paths begin at the folder of the spec; where nothing is there, at the current folder.
"""

from typing import Annotated, ClassVar

from annotated_types import Ge, Lt, MinLen

from cnnspec.declarations.declaration import Declaration
from cnnspec.declarations.types import (
    Flag,
    Integer,
    Number,
    Positive,
    PositiveNumber,
    Says,
    Text,
)
from cnnspec.recipe.table import Table
from cnnspec.values.shapes import Shape

Share = Annotated[float, Ge(0), Lt(1), Says("a share of the samples, from 0 to below 1")]
_Mean = Number | Annotated[tuple[Number, ...], MinLen(1)]
_Deviation = PositiveNumber | Annotated[tuple[PositiveNumber, ...], MinLen(1)]
Normalize = Annotated[Flag | tuple[_Mean, _Deviation], Says("`true`, `false` or `(mean, std)`")]
Resize = Annotated[Positive | tuple[Positive, Positive], Says("a positive integer, or height and width such as `28x32`")]


class Data(Declaration):
    """Base of all data sets. `classes` is the number of classes where it is known without reading, else None.

    `may_be_maps`: a sample may have a label, or numbers, for each of its pixels.
    """

    classes: ClassVar[int | None] = None
    may_be_maps: ClassVar[bool] = False

    def sample(self) -> tuple[int, ...] | None:
        """Returns the shape of one sample, None where only the files tell."""
        return None

    def parts(self) -> tuple[int, int] | None:
        """Returns how many samples there are for training and for testing, None where only the files tell."""
        return None


class Images(Data):
    """Base of the data sets of images with a published size."""

    channels: ClassVar[int] = 1
    size: ClassVar[tuple[int, int]]

    resize: Resize | None = None
    normalize: Normalize = False

    named_only: ClassVar[frozenset[str]] = frozenset({"resize", "normalize"})

    def sample(self) -> tuple[int, ...]:
        return (self.channels, *(resized(self.resize) or self.size))


class Digits(Images):
    """The 1,797 handwritten digits of 8x8 pixels that come with cnnspec (UCI Optical Recognition of Handwritten Digits).

    Pixels count 0 to 16 and are scaled to 0..1. The split is the one for data without a published split, a fifth for testing.
    """

    keyword: ClassVar[str] = "digits"
    examples: ClassVar[tuple[str, ...]] = ("data digits", "data digits, resize=28")
    classes: ClassVar[int | None] = 10
    size: ClassVar[tuple[int, int]] = (8, 8)

    test: Share = 0.2

    named_only: ClassVar[frozenset[str]] = Images.named_only | {"test"}

    def parts(self) -> tuple[int, int]:
        return shared(1797, self.test)


class Idx(Images):
    """Base of the data sets in MNIST's file format: 60,000 images for training and 10,000 for testing, as published.

    `root` is the folder that holds `MNIST/raw/train-images-idx3-ubyte` (or `.gz`) and the rest, as torchvision lays them out.
    Without it the files are looked for below the folder that the environment variable CNNSPEC_DATA names, and otherwise
    downloaded once.
    """

    classes: ClassVar[int | None] = 10
    size: ClassVar[tuple[int, int]] = (28, 28)
    folder: ClassVar[str]

    root: Text | None = None

    named_only: ClassVar[frozenset[str]] = Images.named_only | {"root"}

    def parts(self) -> tuple[int, int]:
        return 60_000, 10_000


class Mnist(Idx):
    """Handwritten digits, 28x28 (LeCun, Cortes, Burges)."""

    keyword: ClassVar[str] = "mnist"
    examples: ClassVar[tuple[str, ...]] = ("data mnist", 'data mnist, root="data", normalize=true')
    folder: ClassVar[str] = "MNIST"


class FashionMnist(Idx):
    """Pieces of clothing, 28x28 (Xiao, Rasul, Vollgraf 2017)."""

    keyword: ClassVar[str] = "fashion_mnist"
    examples: ClassVar[tuple[str, ...]] = ("data fashion_mnist", 'data fashion_mnist, root="data"')
    folder: ClassVar[str] = "FashionMNIST"


class KMnist(Idx):
    """Cursive Japanese characters (kuzushiji), 28x28 (Clanuwat et al. 2018)."""

    keyword: ClassVar[str] = "kmnist"
    examples: ClassVar[tuple[str, ...]] = ("data kmnist", 'data kmnist, root="data"')
    folder: ClassVar[str] = "KMNIST"


class Folder(Data):
    """Images in one folder per class and below it, or such folders in a zip file; classes are numbered in order of their names.

    With folders `train` and `test` (`val`, `valid`) in `path`, these are the two parts; otherwise `path` holds the classes, and
    `test` is the share for testing. Images are read as the network's input asks: one channel means grey, three RGB, four RGBA.
    Without `resize` all must have one size. Images that would take more than 40 % of the machine's memory stay in their files
    and are decoded by other processes each time they are needed.
    """

    keyword: ClassVar[str] = "folder"
    examples: ClassVar[tuple[str, ...]] = ('data folder, "cifar10"', 'data folder, "photos", resize=64, test=0.1')

    path: Text
    resize: Resize | None = None
    normalize: Normalize = False
    test: Share = 0.2

    named_only: ClassVar[frozenset[str]] = frozenset({"resize", "normalize", "test"})


class Csv(Data):
    """A table of numbers, one sample a line; `target` is the column to predict, by its number (-1 is the last) or its name.

    A first line without numbers (or with ascending whole ones, such as years) is a header. The other columns fill the network's
    input in their order. Targets are class numbers (0, 1, ...) or words where the loss is `cross_entropy` or the network has
    several outputs, two words (or numbers from 0 to 1) with `bce` and `bce_with_logits`, and otherwise numbers that its one
    output approximates.
    """

    keyword: ClassVar[str] = "csv"
    examples: ClassVar[tuple[str, ...]] = (
        'data csv, "people.csv", target=-1',
        'data csv, "houses.csv", target="price", normalize=true',
    )

    path: Text
    target: Annotated[Integer | Text, Says("the number or the name of a column")] = -1
    normalize: Normalize = False
    test: Share = 0.2

    named_only: ClassVar[frozenset[str]] = frozenset({"normalize", "test"})


class Synthetic(Data):
    """Made-up samples in the network's own shapes, the same every time: for trying out a network and for measuring speed.

    With one output per class (a flat output of two numbers and more, or a binary loss) every class is a random pattern, and
    every sample a pattern with noise. Where the loss compares labels and the output has positions, each of these has a random
    label; otherwise targets are noise in the shape of the output.
    """

    keyword: ClassVar[str] = "synthetic"
    may_be_maps: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("data synthetic", "data synthetic, 4096")

    samples: Positive = 1024
    test: Share = 0.2

    named_only: ClassVar[frozenset[str]] = frozenset({"test"})

    def parts(self) -> tuple[int, int]:
        return shared(self.samples, self.test)


def resized(resize: int | tuple[int, int] | None) -> tuple[int, int] | None:
    """Returns height and width that `resize` asks for, None where it asks for nothing."""
    return (resize, resize) if isinstance(resize, int) else resize


def resize_to(given: Shape) -> str | None:
    """Returns the size of an input's images as `resize` takes it, `32` or `28x32`; None where it has no size in numbers."""
    if given.rank != 3 or not all(isinstance(size, int) for size in given.spatial):
        return None
    height, width = given.spatial
    return f"{height}" if height == width else f"{height}x{width}"


def shared(samples: int, test: float) -> tuple[int, int]:
    """Returns how many of so many samples are for training and for testing, of which `test` is the share."""
    count = round(test * samples)
    return samples - count, count


def is_shared(data: Data | None, train: int, test: int) -> bool:
    """Returns whether the samples for testing are a share `test` of all of them, and no part of their own."""
    share = getattr(data, "test", 0.0)
    return test > 0 and shared(train + test, share) == (train, test)


DATA: Table[Data] = Table(
    {
        "data": ("digits", "mnist", "fashion_mnist", "kmnist", "folder", "csv", "synthetic"),
        "data_cifar": ("cifar10", "cifar100"),
        "data_arrays": ("npz", "pairs"),
    }
)
