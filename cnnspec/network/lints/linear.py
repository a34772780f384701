"""Lints about what stands, or does not stand, between layers with weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.network.ending import activation
from cnnspec.network.lints.facts import Facts
from cnnspec.network.lints.lint import LayerLint
from cnnspec.network.network import Node
from cnnspec.values.ranges import PROBABILITIES

if TYPE_CHECKING:
    from cnnspec.layers.convolution import Conv

LINEAR = frozenset({"conv", "conv_transpose", "linear"})
ONLY_IN_TRAINING = frozenset({"dropout", "channel_dropout", "alpha_dropout"})


class NothingNonLinearBetween(LayerLint):
    """Two linear layers that are worth one."""

    first: str
    second: str
    code: ClassVar[str] = "W0511"
    keywords: ClassVar[tuple[str, ...]] = ("conv", "conv_transpose", "linear")
    in_all_uses: ClassVar[bool] = True

    @property
    def message(self) -> str:
        what = (
            f"`{self.second}` follows `{self.first}`" if self.first != self.second else f"two `{self.first}` follow each other"
        )
        return f"{what} with nothing non-linear between: together they are one linear layer"

    @property
    def help(self) -> str:
        return "write an activation such as `relu` between them, or leave one of them out"

    @classmethod
    def holds(cls, node: Node, value: int, facts: Facts) -> bool:
        first = _before(node, facts)
        if first is None or not (_mixes(first) and _mixes(node)):
            return False
        return (
            _body(first) == _body(node)
            and not (_is_split(first, node) or _is_bottleneck(first, node) or _enlarges_scores(first, node))
            and not (facts.is_reused(first) or facts.is_reused(node))
        )

    @classmethod
    def is_worth_a_word(cls, node: Node, hits: int, uses: int, facts: Facts) -> bool:
        first = _before(node, facts)
        assert first is not None
        if first.origin.frames == node.origin.frames:
            return hits == uses
        return hits == uses - _first_rounds(node, facts)  # which follow what stands before the loop

    @classmethod
    def explain(cls, node: Node, value: int, facts: Facts) -> Diagnostic:
        first = _before(node, facts)
        assert first is not None
        labels = [Label(first.origin.word, "linear, too")] if first.origin.word != node.origin.word else []
        return diagnose(cls(first.keyword, node.keyword), node.origin.word, labels=labels)


def _first_rounds(node: Node, facts: Facts) -> int:
    """Returns how often the layer in this place of the text stands in the first round of the loop around it."""
    others = (other.origin for other in facts.nodes if other.origin.word == node.origin.word)
    return sum(bool(origin.frames) and origin.frames[-1].kind == "round" and origin.frames[-1].name == "1" for origin in others)


def _before(node: Node, facts: Facts) -> Node | None:
    """Returns the linear layer whose output is this one's input and nobody else's; dropout ends with training."""
    value = node.inputs[0]
    before = facts.maker(value)
    while before is not None and before.keyword in ONLY_IN_TRAINING and facts.takers[value] >= 0:
        value = before.inputs[0]
        before = facts.maker(value)
    if before is None or before.keyword not in LINEAR or facts.takers[value] < 0:
        return None
    return before if isinstance(before, Node) else None


def _mixes(node: Node) -> bool:
    """Returns whether a layer mixes all channels with weights that training finds: neither depthwise nor fixed numbers."""
    layer = cast("Conv", node.layer)
    return (node.keyword == "linear" or layer.groups == 1) and layer.weight is None and not layer.is_frozen


def _body(node: Node) -> tuple[object, ...]:
    """Returns which body of the text a layer stands in; the rounds of a loop share theirs."""
    calls = tuple(frame.span for frame in node.origin.frames if frame.kind == "block")
    return (node.level, calls, node.caller)


def _is_split(first: Node, second: Node) -> bool:
    """Returns whether a kernel is split into one for each axis, 1x7 and 7x1, which saves weights on purpose."""
    if first.keyword != "conv" or second.keyword != "conv":
        return False
    rank = first.input.rank - 1
    kernels = (cast("Conv", node.layer).per_axis("kernel", cast("Conv", node.layer).kernel, rank) for node in (first, second))
    return all((one == 1) != (other == 1) for one, other in zip(*kernels, strict=True))


def _is_bottleneck(first: Node, second: Node) -> bool:
    """Returns whether the value between has fewer channels than those around it: a matrix of low rank, on purpose."""
    axis = -1 if first.keyword == "linear" else 0
    return first.output.sizes[axis] < min(first.input.sizes[axis], second.output.sizes[axis])


def _enlarges_scores(first: Node, second: Node) -> bool:
    """Returns whether a map of fewer channels, as of scores for each class, is only made larger (Long et al., 2015)."""
    if first.keyword != "conv" or second.keyword != "conv_transpose":
        return False
    is_larger = all(size > before for size, before in zip(second.output.spatial, second.input.spatial, strict=True))
    return is_larger and second.output.channels == second.input.channels < first.input.channels


class ActivatedTwice(LayerLint):
    """Probabilities of probabilities."""

    first: str
    second: str
    code: ClassVar[str] = "W0518"
    keywords: ClassVar[tuple[str, ...]] = ("sigmoid", "hardsigmoid", "softmax", "softmin", "log_softmax")
    in_all_uses: ClassVar[bool] = True

    @property
    def message(self) -> str:
        return f"`{self.second}` follows `{self.first}`, which already gives probabilities: they become almost equal"

    @property
    def help(self) -> str:
        return "leave one of them out"

    @classmethod
    def holds(cls, node: Node, value: int, facts: Facts) -> bool:
        arriving, network = node.inputs[0], facts.network
        return PROBABILITIES.covers(network.ranges[arriving]) and activation(network, arriving) is not None

    @classmethod
    def explain(cls, node: Node, value: int, facts: Facts) -> Diagnostic:
        before = activation(facts.network, node.inputs[0])
        assert before is not None
        labels = [Label(before.origin.word, "gives probabilities")]
        return diagnose(cls(before.keyword, node.keyword), node.origin.word, labels=labels)
