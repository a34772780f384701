"""Lint: layers that change nothing."""

from __future__ import annotations

import re
from typing import ClassVar

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.network.lints.facts import Facts
from cnnspec.network.lints.lint import LayerLint
from cnnspec.network.network import Node

# by keyword: the argument that decides, and the number with which the layer does nothing
IDLE: dict[str, tuple[str, int]] = {
    **dict.fromkeys(("dropout", "channel_dropout", "alpha_dropout", "drop_path"), ("p", 0)),
    **dict.fromkeys(("zero_pad", "constant_pad", "reflection_pad", "replication_pad", "circular_pad"), ("padding", 0)),
    "crop": ("cropping", 0),
    **dict.fromkeys(("maxpool", "avgpool", "stochastic_pool"), ("kernel", 1)),
    "upsample": ("scale_factor", 1),
    "channel_shuffle": ("groups", 1),
    "pixel_shuffle": ("upscale_factor", 1),
    "pixel_unshuffle": ("downscale_factor", 1),
}
_NAME = re.compile(r"\b[A-Za-z_]")


class DoesNothing(LayerLint):
    """A layer that gives what arrives."""

    keyword: str
    argument: str
    number: int
    code: ClassVar[str] = "W0516"
    keywords: ClassVar[tuple[str, ...]] = tuple(IDLE)

    @property
    def message(self) -> str:
        return f"this `{self.keyword}` does nothing: `{self.argument}` is {self.number}"

    @property
    def help(self) -> str:
        return "leave the layer out, or write another number"

    @classmethod
    def holds(cls, node: Node, value: int, facts: Facts) -> bool:
        argument, number = IDLE[node.keyword]
        written = getattr(node.layer, argument)
        if written != number and not (isinstance(written, tuple) and set(written) == {number}):
            return False
        if argument == "kernel" and not _stays(node):
            return False
        return not _is_a_switch(node, argument)

    @classmethod
    def explain(cls, node: Node, value: int, facts: Facts) -> Diagnostic:
        argument, number = IDLE[node.keyword]
        span = node.origin.arguments.get(argument, node.origin.word)
        return diagnose(cls(node.keyword, argument, number), span)


def _stays(node: Node) -> bool:
    """Returns whether a window of one position goes over all positions, and divides by one."""
    layer = node.layer
    stride = getattr(layer, "stride", None)
    every = stride in (None, 1) or (isinstance(stride, tuple) and set(stride) == {1})
    return every and node.input.sizes == node.output.sizes and getattr(layer, "divisor_override", None) in (None, 1)


def _is_a_switch(node: Node, argument: str) -> bool:
    """Returns whether the number comes from a name, which stands for another number elsewhere or some day."""
    written = node.origin.arguments.get(argument)
    return written is None or _NAME.search(re.split("[=:]", written.text)[-1]) is not None
