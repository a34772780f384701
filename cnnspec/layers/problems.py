"""What layers refuse (codes E03xx): facts without a place. `field` is the argument at fault, None the layer as a whole."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.diagnostics.problem import Problem
from cnnspec.values.shapes import Shape


class LayerProblem(Problem):
    """Base of what layers raise. Those about one argument name it in their `field`."""

    @property
    def argument(self) -> str | None:
        """Returns the argument at fault, None for the layer as a whole."""
        found: str | None = getattr(self, "field", None)
        return found

    def fallback(self) -> Shape | None:
        """Returns the output to go on with, where it is known in spite of the mistake."""
        return None


_SIZE_NAMES = {
    "in_channels": "input channels",
    "in_features": "input features",
    "num_features": "channels",
    "num_channels": "channels",
    "normalized_shape": "values along the normalized axes",
}


class DeclaredSizeDiffers(LayerProblem):
    """`in_features=256` where 400 arrive."""

    field: str
    keyword: str
    declared: int | tuple[int, ...]
    arriving: int | tuple[int, ...]
    code: ClassVar[str] = "E0303"

    @property
    def what(self) -> str:
        name = _SIZE_NAMES[self.field]
        return name.removesuffix("s") if self.declared == 1 else name

    @property
    def message(self) -> str:
        verb = "arrives" if self.arriving == 1 else "arrive"
        return f"`{self.keyword}` expects {_sizes(self.declared)} {self.what}, but {_sizes(self.arriving)} {verb}"

    @property
    def label(self) -> str:
        return f"declares {_sizes(self.declared)}"


class InFeaturesDiffer(DeclaredSizeDiffers):
    """Of a linear layer."""

    code: ClassVar[str] = "E0301"


class InChannelsDiffer(DeclaredSizeDiffers):
    """Of a convolution."""

    code: ClassVar[str] = "E0302"


class NotFlattened(LayerProblem):
    """A linear layer after an image."""

    arriving: Shape
    assumed: Shape
    field: None = None
    code: ClassVar[str] = "E0304"

    def fallback(self) -> Shape:
        return self.assumed

    @property
    def message(self) -> str:
        return f"`linear` needs a flat value, but {self.arriving} arrives"

    @property
    def label(self) -> str:
        return f"would multiply only the last axis, of size {self.arriving.sizes[-1]}"

    @property
    def help(self) -> str:
        last = self.arriving.sizes[-1]
        return (
            f"insert a line `flatten` before it, which gives {self.arriving.features} features; "
            f"to apply it along the last axis all the same, write `in_features={last}`"
        )


class NeedsPositions(LayerProblem):
    """A layer for images on a flat value."""

    keyword: str
    arriving: Shape
    ranks: tuple[int, ...]
    field: None = None
    code: ClassVar[str] = "E0306"

    @property
    def message(self) -> str:
        return f"`{self.keyword}` needs channels and positions, but a flat value of {self.arriving} arrives"

    @property
    def help(self) -> str:
        return "move it before the `flatten`, or give the value positions with `unflatten` or `reshape`"


class WrongRank(LayerProblem):
    """A number of axes that the layer does not exist for."""

    keyword: str
    arriving: Shape
    ranks: tuple[int, ...]
    field: None = None
    code: ClassVar[str] = "E0307"

    @property
    def message(self) -> str:
        known = " or ".join(str(rank + 1) for rank in self.ranks)
        return f"`{self.keyword}` takes values with {known} axes (channels first), but {self.arriving} has {self.arriving.rank}"


class WrongNumberOfAxes(LayerProblem):
    """`kernel=3x3x3` on an image."""

    field: str
    keyword: str
    given: int
    needed: int
    code: ClassVar[str] = "E0308"

    @property
    def message(self) -> str:
        axes = counted(self.needed, "spatial axis")
        return f"`{self.field}` has {counted(self.given, 'number')}, but this `{self.keyword}` has {axes}"

    @property
    def help(self) -> str:
        return f"write one integer for all axes, or {self.needed} of them"


class NotDivisible(LayerProblem):
    """Channels that do not split evenly."""

    field: str
    keyword: str
    what: str
    size: int
    divisor: int
    code: ClassVar[str] = "E0310"

    @property
    def message(self) -> str:
        return f"{self.what} of `{self.keyword}` ({self.size}) are not divisible by `{self.field}` ({self.divisor})"

    @property
    def help(self) -> str:
        divisors = sorted(range(1, min(self.size, 4096) + 1), key=lambda n: (self.size % n > 0, abs(n - self.divisor)))
        near = sorted(n for n in divisors[:6] if self.size % n == 0)
        if self.size == 1:
            return nearest_multiples(self.size, self.divisor) + f" by {self.divisor}"
        known = f"{self.size} is divisible by {', '.join(map(str, near))}"
        return f"{known}; {nearest_multiples(self.size, self.divisor)} by {self.divisor}"


class InvalidArgument(LayerProblem):
    """A combination of arguments that torch refuses; the text says which rule it breaks, `change` what would do instead."""

    field: str | None
    text: str
    advice: str | None = None
    change: dict[str, int | tuple[int, ...]] | None = None
    code: ClassVar[str] = "E0311"

    @property
    def message(self) -> str:
        return self.text

    @property
    def help(self) -> str | None:
        return self.advice


class WrongWeightShape(LayerProblem):
    """`weight=[[...]]` that does not fit."""

    field: str
    given: tuple[int, ...]
    needed: tuple[int, ...]
    code: ClassVar[str] = "E0312"

    @property
    def message(self) -> str:
        return f"`{self.field}` has shape {_sizes(self.given)}, but this layer needs {_sizes(self.needed)}"


class AxisOutOfRange(LayerProblem):
    """`softmax axis=3` on an image."""

    field: str
    keyword: str
    number: int
    arriving: Shape
    code: ClassVar[str] = "E0315"

    @property
    def message(self) -> str:
        return (
            f"`{self.keyword}` has no axis {self.number} to work on: {self.arriving} has {counted(self.arriving.rank, 'axis')}"
        )

    @property
    def help(self) -> str:
        last = self.arriving.rank - 1
        return f"write 0 for the channels{f', up to {last} for the last axis' if last else ''}; the batch is not counted"


class OneValuePerChannel(LayerProblem):
    """A norm over a single number, which has no deviation."""

    keyword: str
    arriving: Shape
    field: None = None
    code: ClassVar[str] = "E0321"

    @property
    def message(self) -> str:
        return f"`{self.keyword}` needs more than one value in each channel, but {self.arriving} arrives"

    @property
    def help(self) -> str:
        return "move it before the layer that leaves one value in each channel, or leave it out"


class NotExactlyOne(LayerProblem):
    """Two arguments that say the same thing, or neither of them."""

    field: str | None
    keyword: str
    choices: tuple[str, str]
    given: bool
    code: ClassVar[str] = "E0322"

    @property
    def message(self) -> str:
        first, second = self.choices
        if self.given:
            return f"`{self.keyword}` takes either `{first}` or `{second}`, not both"
        return f"`{self.keyword}` needs `{first}` or `{second}`"


def nearest_multiples(size: int, divisor: int) -> str:
    """Returns the nearest numbers that are divisible, in words: `6 and 8 are divisible`."""
    below = size - size % divisor
    return f"{below} and {below + divisor} are divisible" if below else f"{divisor} is divisible"


def _sizes(value: int | tuple[int, ...]) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def counted(number: int, noun: str) -> str:
    """Returns `1 axis`, `2 axes`, `2 processes`."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith("is"):
        return f"{number} {noun[:-2]}es"
    return f"{number} {noun}es" if noun.endswith("s") else f"{number} {noun}s"
