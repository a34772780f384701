"""The losses, under torch's names. All take the mean over the batch.

Class labels (0, 1, ...) are turned into what a loss compares: for `cross_entropy` they stay labels; for the others they become
one-hot vectors, or 0 and 1 where the network has a single output.
"""

from typing import ClassVar

from cnnspec.declarations.declaration import Declaration


class Loss(Declaration):
    """Base of all losses."""


class CrossEntropy(Loss):
    """Cross entropy of the class, from logits: the network ends without `softmax`. Needs one output per class."""

    keyword: ClassVar[str] = "cross_entropy"
    examples: ClassVar[tuple[str, ...]] = ("loss cross_entropy",)


class Mse(Loss):
    """Mean squared error."""

    keyword: ClassVar[str] = "mse"
    examples: ClassVar[tuple[str, ...]] = ("loss mse",)


class Bce(Loss):
    """Binary cross entropy, from probabilities: the network ends with `sigmoid`."""

    keyword: ClassVar[str] = "bce"
    examples: ClassVar[tuple[str, ...]] = ("loss bce",)


class BceWithLogits(Loss):
    """Binary cross entropy, from logits: the network ends without `sigmoid`."""

    keyword: ClassVar[str] = "bce_with_logits"
    examples: ClassVar[tuple[str, ...]] = ("loss bce_with_logits",)


LOSSES: dict[str, type[Loss]] = {kind.keyword: kind for kind in (CrossEntropy, Mse, Bce, BceWithLogits)}
