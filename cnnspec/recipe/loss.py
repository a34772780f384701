"""The losses, under torch's names, with its arguments and defaults (a test compares them). All take the mean over the batch.

Class labels (0, 1, ...) are turned into what a loss compares: for `cross_entropy` and `nll` they stay labels; for the others
they become one-hot vectors, or 0 and 1 where the network has a single output. Where every pixel has a label, as in a mask,
the same holds for each pixel.

Left out are torch's `reduction` and its predecessors, and the weights of `bce` and `bce_with_logits` for single samples.
"""

from typing import Annotated, ClassVar

from annotated_types import Ge, Lt, MinLen

from cnnspec.declarations.declaration import Declaration
from cnnspec.declarations.types import Integer, NonNegativeNumber, PositiveNumber, Says
from cnnspec.recipe.table import Table

PositiveWeights = Annotated[
    NonNegativeNumber | Annotated[tuple[NonNegativeNumber, ...], MinLen(1)],
    Says("a number from 0 on, or one for each output such as `[1, 2.5]`"),
]
Smoothing = Annotated[float, Ge(0), Lt(1), Says("a probability (0 to below 1)")]
ClassWeights = Annotated[
    tuple[NonNegativeNumber, ...], MinLen(1), Says("one number from 0 on for each class, such as `[1, 2.5]`")
]


class Loss(Declaration):
    """Base of all losses. `torch_name` is the class in torch.nn; `compares_labels`: it takes labels as they are."""

    torch_name: ClassVar[str]
    compares_labels: ClassVar[bool] = False


class CrossEntropy(Loss):
    """Cross entropy of the class, from logits: the network ends without `softmax`. Needs one output per class.

    `weight` makes some classes count more, pixels or samples labelled `ignore_index` do not count, and `label_smoothing` takes
    that share of the certainty from the right class and spreads it over all (Szegedy et al. 2016).
    """

    keyword: ClassVar[str] = "cross_entropy"
    torch_name: ClassVar[str] = "CrossEntropyLoss"
    compares_labels: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("loss cross_entropy", "loss cross_entropy, label_smoothing=0.1")

    weight: ClassWeights | None = None
    ignore_index: Integer = -100
    label_smoothing: Smoothing = 0.0


class LabelSmoothing(CrossEntropy):
    """Cross entropy with labels that are not quite certain: a share `label_smoothing` is spread over all classes.

    It is `cross_entropy` with the share that is usual; the network ends without `softmax` (Szegedy et al. 2016).
    """

    keyword: ClassVar[str] = "label_smoothing"
    examples: ClassVar[tuple[str, ...]] = ("loss label_smoothing", "loss label_smoothing, 0.2")
    named_only: ClassVar[frozenset[str]] = frozenset({"weight", "ignore_index"})

    label_smoothing: Smoothing = 0.1


class Nll(Loss):
    """Negative logarithm of the right class's probability: the network ends with `log_softmax`."""

    keyword: ClassVar[str] = "nll"
    torch_name: ClassVar[str] = "NLLLoss"
    compares_labels: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("loss nll",)

    weight: ClassWeights | None = None
    ignore_index: Integer = -100


class Mse(Loss):
    """Mean squared error."""

    keyword: ClassVar[str] = "mse"
    torch_name: ClassVar[str] = "MSELoss"
    examples: ClassVar[tuple[str, ...]] = ("loss mse",)


class L1(Loss):
    """Mean absolute error."""

    keyword: ClassVar[str] = "l1"
    torch_name: ClassVar[str] = "L1Loss"
    examples: ClassVar[tuple[str, ...]] = ("loss l1",)


class SmoothL1(Loss):
    """Absolute error, squared below `beta` (Girshick 2015)."""

    keyword: ClassVar[str] = "smooth_l1"
    torch_name: ClassVar[str] = "SmoothL1Loss"
    examples: ClassVar[tuple[str, ...]] = ("loss smooth_l1, beta=0.5",)

    beta: NonNegativeNumber = 1.0


class Huber(Loss):
    """Squared error, absolute beyond `delta` (Huber 1964)."""

    keyword: ClassVar[str] = "huber"
    torch_name: ClassVar[str] = "HuberLoss"
    examples: ClassVar[tuple[str, ...]] = ("loss huber, delta=1.5",)

    delta: PositiveNumber = 1.0


class Bce(Loss):
    """Binary cross entropy, from probabilities: the network ends with `sigmoid`."""

    keyword: ClassVar[str] = "bce"
    torch_name: ClassVar[str] = "BCELoss"
    examples: ClassVar[tuple[str, ...]] = ("loss bce",)


class BceWithLogits(Loss):
    """Binary cross entropy, from logits: the network ends without `sigmoid`.

    What is there counts `pos_weight` times as much as what is not: one number, or one for each output. Of what one sample in
    five has, 4 makes both sides count alike.
    """

    keyword: ClassVar[str] = "bce_with_logits"
    torch_name: ClassVar[str] = "BCEWithLogitsLoss"
    examples: ClassVar[tuple[str, ...]] = ("loss bce_with_logits", "loss bce_with_logits, pos_weight=[4, 9.5]")

    pos_weight: PositiveWeights | None = None


LOSSES: Table[Loss] = Table(
    {
        "loss": (
            "cross_entropy", "label_smoothing", "nll", "mse", "l1", "smooth_l1", "huber", "bce", "bce_with_logits",
        ),
    }
)  # fmt: skip
