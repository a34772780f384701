"""CIFAR-10 and CIFAR-100."""

from typing import ClassVar

from cnnspec.declarations.types import Text
from cnnspec.recipe.data import Images


class Cifar(Images):
    """Base of both: 50,000 colour images for training and 10,000 for testing, 32x32, as published (Krizhevsky 2009).

    `root` is the folder that holds the archive of the binary version or the folder that it unpacks to. Without it they are
    looked for below the folder that the environment variable CNNSPEC_DATA names, and otherwise downloaded once. The version for
    Python, which torchvision keeps, is made of pickles, and is never read.
    """

    channels: ClassVar[int] = 3
    size: ClassVar[tuple[int, int]] = (32, 32)

    root: Text | None = None

    named_only: ClassVar[frozenset[str]] = Images.named_only | {"root"}

    def parts(self) -> tuple[int, int]:
        return 50_000, 10_000


class Cifar10(Cifar):
    """60,000 small photographs of ten kinds of animals and vehicles, 3x32x32 (Krizhevsky 2009).

    `root` holds `cifar-10-binary.tar.gz`, or the folder `cifar-10-batches-bin` that it unpacks to.
    """

    keyword: ClassVar[str] = "cifar10"
    examples: ClassVar[tuple[str, ...]] = ("data cifar10, normalize=true", 'data cifar10, root="data"')
    classes: ClassVar[int | None] = 10


class Cifar100(Cifar):
    """60,000 small photographs of a hundred kinds of things, 3x32x32, with the fine labels (Krizhevsky 2009).

    `root` holds `cifar-100-binary.tar.gz`, or the folder `cifar-100-binary` that it unpacks to.
    """

    keyword: ClassVar[str] = "cifar100"
    examples: ClassVar[tuple[str, ...]] = ("data cifar100, normalize=true", 'data cifar100, root="data"')
    classes: ClassVar[int | None] = 100
