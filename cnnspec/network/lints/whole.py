"""Lints about a network as a whole: its input, its size, its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.network.ending import last_change
from cnnspec.network.lints.facts import Facts
from cnnspec.network.lints.linear import ONLY_IN_TRAINING
from cnnspec.network.lints.lint import NetworkLint
from cnnspec.network.network import MergeNode, Network, Node
from cnnspec.values.shapes import Shape

SMALLEST_IMAGE = 8  # along an axis
COLOURS = (1, 3, 4)  # channels of grey, colour, and colour with transparency
LARGE = 1_000_000  # parameters: below that it matters little where they are
SHARE = 0.9
ACTIVATIONS = frozenset(
    "celu elu gelu hardshrink hardswish hardtanh leaky_relu log_sigmoid mish prelu relu relu6 rrelu selu silu "
    "softplus softshrink softsign tanh tanhshrink threshold".split()
)
LOGITS = frozenset({"cross_entropy", "label_smoothing", "bce_with_logits"})


class ActivatedLogits(NetworkLint):
    """A classifier whose outputs are cut off or bent."""

    activation: str
    layer: str
    code: ClassVar[str] = "W0520"

    @property
    def message(self) -> str:
        return f"this classifier ends with `{self.activation}`, so its outputs cannot take all values that logits need"

    @property
    def help(self) -> str:
        return f"leave `{self.activation}` out: the last `{self.layer}` gives the logits"

    @classmethod
    def find(cls, facts: Facts) -> Iterator[Diagnostic]:
        network = facts.network
        if len(network.returns) > 1:
            return
        last = _last_in_evaluation(network, network.returns[0])
        if last is None or last.keyword not in ACTIVATIONS:
            return
        before = _last_in_evaluation(network, last.inputs[0])
        if isinstance(before, Node) and before.keyword == "linear" and _is_classifier(facts, before):
            labels = [Label(before.origin.word, "the last layer with weights")]
            yield diagnose(cls(last.keyword, before.keyword), last.origin.word, labels=labels)


def _last_in_evaluation(network: Network, value: int) -> Node | MergeNode | None:
    """Returns the last node that computes the numbers of a value when the network is not trained; None for an input."""
    node = last_change(network, value)
    while node is not None and node.keyword in ONLY_IN_TRAINING:
        node = last_change(network, node.inputs[0])
    return node


def _is_classifier(facts: Facts, last: Node) -> bool:
    """Returns whether a network is trained to tell classes apart or, where no recipe says, counts them by name."""
    if facts.recipe is not None:
        return facts.recipe.loss.keyword in LOGITS
    count = last.origin.arguments.get("out_features")
    return count is not None and "classes" in count.text


class MostParametersInOneLayer(NetworkLint):
    """One layer that is nine tenths of a large network."""

    keyword: str
    parameters: int
    total: int
    input: Shape
    code: ClassVar[str] = "W0522"

    @property
    def message(self) -> str:
        share = 100 * self.parameters // self.total
        return f"{share} % of all parameters are in this `{self.keyword}`: {self.parameters:,} of {self.total:,}"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"{self.input} arrives",)

    @property
    def help(self) -> str:
        if self.keyword == "linear":
            return "make what arrives smaller: pool more often, or write `global_avgpool` before `flatten`"
        return "write fewer channels or a smaller kernel, or a convolution with `kernel=1` and fewer channels before it"

    @classmethod
    def find(cls, facts: Facts) -> Iterator[Diagnostic]:
        if facts.is_a_part or all(given.shape.rank == 1 for given in facts.network.inputs):
            return  # there are more layers elsewhere; what is flat from the beginning cannot be pooled
        largest, most, layers, total = None, 0, 0, 0
        for node in facts.network.layers:
            if node.keyword in ("linear", "conv", "conv_transpose"):
                layers += 1
                count = node.parameters
                total += count
                if count > most:
                    largest, most = node, count
        if largest is not None and layers > 1 and total >= LARGE and most > SHARE * facts.network.parameters:
            problem = cls(largest.keyword, most, facts.network.parameters, largest.input)
            yield diagnose(problem, largest.origin.word)


class ChannelsLast(NetworkLint):
    """`input 32x32x3`: 32 channels of 32x3 pixels, which no image has."""

    shape: Shape
    meant: Shape
    code: ClassVar[str] = "W0523"

    @property
    def message(self) -> str:
        *others, last = self.shape.spatial
        size = "x".join(map(str, (*others, last)))
        return f"{self.shape} is {self.shape.channels} channels of {size}: channels come first"

    @property
    def help(self) -> str:
        return f"write `input {self.meant}`"

    @classmethod
    def find(cls, facts: Facts) -> Iterator[Diagnostic]:
        for given in facts.network.inputs:
            meant = _channels_first(given.shape.sizes)
            if meant is not None and given.span is not None and given.span.source is not None:
                yield diagnose(cls(given.shape, Shape(meant)), given.span)


def _channels_first(sizes: tuple[int, ...]) -> tuple[int, ...] | None:
    """Returns the sizes in the order in which an image or a film is meant: from 32x32x3, 16x32x32x3 and 16x3x32x32."""
    if len(sizes) not in (3, 4) or sizes[0] in COLOURS:
        return None
    *others, last = sizes
    height, width = others[-2:]
    if last in COLOURS and height == width >= SMALLEST_IMAGE:
        return (last, *others)
    frames, channels, *image = sizes
    if channels in COLOURS and len(image) == 2 and image[0] == image[1] >= SMALLEST_IMAGE:
        return (channels, frames, *image)
    return None
