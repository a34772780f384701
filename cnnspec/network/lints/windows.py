"""Lints about windows that slide: what they never read, and what they read in vain."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.network.lints.facts import Facts
from cnnspec.network.lints.lint import LayerLint
from cnnspec.network.network import Node

if TYPE_CHECKING:
    from cnnspec.layers.convolution import Conv
    from cnnspec.layers.padding import ZeroPad
    from cnnspec.layers.pooling import MaxPool

LINES = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}  # by the number of axes


class Slide(NamedTuple):
    """A window along one axis: `extent` is D(K-1)+1, `margin` the padding at each end."""

    size: int
    kernel: int
    extent: int
    stride: int
    dilation: int
    margin: int
    places: int  # at which the window stands

    @property
    def unread(self) -> int:
        """Returns how many positions lie behind the last window, padding not counted; 0 where the kernel leaves gaps anyway."""
        if self.kernel < self.stride:
            return 0
        return max(0, (self.size + 2 * self.margin - self.extent) % self.stride - self.margin)

    def lost(self, padded: int) -> int:
        """Returns how many of them are no padding, where the last ones that arrive were `padded`."""
        return max(0, self.unread - padded)

    @property
    def met(self) -> int:
        """Returns how many of the kernel's numbers lie on the input, at one place of the window at least."""
        starts = range(-self.margin, -self.margin + self.places * self.stride, self.stride)
        return sum(any(0 <= start + tap * self.dilation < self.size for start in starts) for tap in range(self.kernel))


def slides(node: Node) -> Iterator[Slide]:
    """Yields the window of a convolution or pool along each axis."""
    layer, rank = cast("Conv", node.layer), node.input.rank - 1
    window = layer.window(node.input)
    assert window.start is not None
    kernel = layer.per_axis_or_one("kernel", layer.kernel, rank)
    dilation = layer.per_axis_or_one("dilation", getattr(layer, "dilation", 1), rank)
    rows = zip(
        node.input.spatial, kernel, window.extent, window.stride, dilation, window.start, node.output.spatial, strict=True
    )
    for size, taps, extent, stride, spread, start, count in rows:
        yield Slide(size, taps, extent, int(stride), spread, -int(start), count)


class EdgeNeverRead(LayerLint):
    """Pixels at the edge before which the last window ends."""

    keyword: str
    unread: tuple[int, ...]
    sizes: tuple[int, ...]
    advice: str
    code: ClassVar[str] = "W0513"
    keywords: ClassVar[tuple[str, ...]] = ("conv", "maxpool", "avgpool", "lp_pool", "stochastic_pool")

    @property
    def message(self) -> str:
        names = LINES[len(self.sizes)]
        lost = [(count, name) for count, name in zip(self.unread, names, strict=True) if count]
        parts = [f"the last {name}" if count == 1 else f"the last {count} {name}s" for count, name in lost]
        verb = "is" if len(lost) == 1 and lost[0][0] == 1 else "are"
        return f"`{self.keyword}` on {'x'.join(map(str, self.sizes))}: {' and '.join(parts)} {verb} never read"

    @property
    def help(self) -> str:
        return self.advice

    @classmethod
    def holds(cls, node: Node, value: int, facts: Facts) -> bool:
        layer = cast("MaxPool", node.layer)
        if layer.stride == 1 or (node.keyword != "conv" and getattr(layer, "ceil_mode", False)):
            return False
        return any(slide.unread for slide in slides(node)) and any(_lost(node, facts))

    @classmethod
    def explain(cls, node: Node, value: int, facts: Facts) -> Diagnostic:
        found, lost = list(slides(node)), _lost(node, facts)
        advice = f"write {_remedy(node.keyword, found)}, or change the size before it"
        problem = cls(node.keyword, lost, node.input.spatial, advice)
        reasons = [_why(slide) for slide, count in zip(found, lost, strict=True) if count]
        return diagnose(problem, node.origin.word, notes=reasons[:1])


def _lost(node: Node, facts: Facts) -> tuple[int, ...]:
    """Returns how many positions at the end of each axis are read by no window, those that a pad layer added not counted."""
    return tuple(slide.lost(padded) for slide, padded in zip(slides(node), _padded(node, facts), strict=True))


def _padded(node: Node, facts: Facts) -> tuple[int, ...]:
    """Returns how many positions at the end of each axis a layer just before has added."""
    before = facts.maker(node.inputs[0])
    if not isinstance(before, Node) or not before.keyword.endswith("_pad"):
        return (0,) * (node.input.rank - 1)
    layer = cast("ZeroPad", before.layer)
    return tuple(max(0, end) for _, end in layer.ends("padding", layer.padding, before.input))


def _why(slide: Slide) -> str:
    begins = (slide.places - 1) * slide.stride - slide.margin
    return (
        f"the last of {slide.places} windows covers positions {begins} to {begins + slide.extent - 1} of 0 to {slide.size - 1}"
    )


def _remedy(keyword: str, found: list[Slide]) -> str:
    if keyword in ("maxpool", "avgpool", "lp_pool"):
        return "`ceil_mode=true`"
    if keyword == "conv":
        for margin in range(1, max(slide.extent for slide in found)):
            if margin > max(slide.margin for slide in found) and not any(
                slide._replace(margin=margin).unread for slide in found
            ):
                return f"`padding={margin}`"
    return "another stride"


class KernelOnPadding(LayerLint):
    """A kernel so large, on a map so small, that most of its weights only ever meet padding."""

    met: int
    taps: int
    sizes: tuple[int, ...]
    code: ClassVar[str] = "W0514"
    keywords: ClassVar[tuple[str, ...]] = ("conv",)

    @property
    def message(self) -> str:
        where = "x".join(map(str, self.sizes))
        return f"{self.taps - self.met} of the {self.taps} positions of this kernel only ever meet padding: the map is {where}"

    @property
    def help(self) -> str:
        return "begin with a larger input, leave out a stride or a pool before, or write a smaller kernel"

    @classmethod
    def holds(cls, node: Node, value: int, facts: Facts) -> bool:
        layer = cast("Conv", node.layer)
        if layer.padding == 0 or layer.kernel == 1 or layer.padding_mode != "zeros":
            return False
        largest = layer.kernel if isinstance(layer.kernel, int) else max(layer.kernel)
        spread = layer.dilation if isinstance(layer.dilation, int) else max(layer.dilation)
        if min(node.input.spatial) >= (largest - 1) * spread + 1:
            return False  # at its first place or its last, each number of the kernel lies on the input
        met, taps = _met(node)
        return 2 * met < taps

    @classmethod
    def explain(cls, node: Node, value: int, facts: Facts) -> Diagnostic:
        span = node.origin.arguments.get("kernel", node.origin.word)
        return diagnose(cls(*_met(node), node.input.spatial), span)


def _met(node: Node) -> tuple[int, int]:
    """Returns how many numbers of a kernel meet the input, and how many there are."""
    found = list(slides(node))
    return math.prod(slide.met for slide in found), math.prod(slide.kernel for slide in found)


class PaddingAroundOne(LayerLint):
    """A border of zeros for a kernel that looks at one position."""

    is_one_everywhere: bool
    code: ClassVar[str] = "W0515"
    keywords: ClassVar[tuple[str, ...]] = ("conv",)

    @property
    def message(self) -> str:
        return "a kernel of 1 with padding: the border of the output holds nothing but the bias"

    @property
    def help(self) -> str:
        if self.is_one_everywhere:
            return "leave `padding` out: a kernel of 1 keeps the size without"
        return "write the padding axis by axis, with 0 where the kernel is 1: it keeps the size without"

    @classmethod
    def holds(cls, node: Node, value: int, facts: Facts) -> bool:
        layer = cast("Conv", node.layer)
        if layer.padding == 0 or layer.padding == "same" or (isinstance(layer.kernel, int) and layer.kernel > 1):
            return False
        if layer.padding_mode != "zeros":
            return False
        return any(slide.kernel == 1 and slide.margin > 0 for slide in slides(node))

    @classmethod
    def explain(cls, node: Node, value: int, facts: Facts) -> Diagnostic:
        is_one_everywhere = all(slide.kernel == 1 for slide in slides(node))
        return diagnose(cls(is_one_everywhere), node.origin.arguments.get("padding", node.origin.word))
