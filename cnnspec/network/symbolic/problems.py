"""Mistakes with sizes that are not numbers yet: `input 3xHxW` without `--input` (codes E0226, E0227 and E0332)."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.diagnostics.problem import Problem
from cnnspec.layers.problems import LayerProblem

GIVE_INPUT = "give the shape of the input with `--input`, or write numbers in the `input` line"


# what says the same of any size, by layer and argument
_GLOBAL = "write `{}`, which takes the whole of any input"
INSTEAD = {
    ("upsample", "size"): "write `upsample 2` (`scale_factor`, which may be a fraction) for a multiple of any size",
    ("avgpool", "kernel"): _GLOBAL.format("global_avgpool"),
    ("maxpool", "kernel"): _GLOBAL.format("global_maxpool"),
    ("reshape", "sizes"): "write -1 for the one size that is left, as in `reshape 8, -1`",
    (
        "linear",
        "in_features",
    ): "pool to a fixed size with `adaptive_avgpool 7` before the `flatten`, and leave `in_features` out",
}


def depends(symbols: frozenset[str]) -> str:
    """Returns `depends on H and W`."""
    names = sorted(symbols)
    return f"depends on {' and '.join(filter(None, (', '.join(names[:-1]), names[-1])))}" if names else "is not known"


class SizeUndecided(Problem):
    """An expression that has a value for numbers only: a condition, a division, a function."""

    text: str
    symbols: frozenset[str]
    code: ClassVar[str] = "E0226"

    @property
    def message(self) -> str:
        return f"{self.text} {depends(self.symbols)}"

    @property
    def help(self) -> str:
        divides = " / " in self.text
        return f"write `//`, which rounds down as layers do; or {GIVE_INPUT}" if divides else GIVE_INPUT


class ArgumentNotFixed(Problem):
    """`kernel=in.height` where the height is a symbol: a layer is made with numbers."""

    keyword: str
    argument: str
    value: str
    symbols: frozenset[str]
    code: ClassVar[str] = "E0227"

    @property
    def message(self) -> str:
        return f"`{self.argument}` of `{self.keyword}` is `{self.value}`, which {depends(self.symbols)}"

    @property
    def label(self) -> str:
        return "a layer is made with numbers"

    @property
    def help(self) -> str:
        instead = INSTEAD.get((self.keyword, self.argument))
        return f"{instead}; or {GIVE_INPUT}" if instead else GIVE_INPUT


class WeightsNotFixed(LayerProblem):
    """`linear 10` behind the `flatten` of an image of any size: it would have weights for each size anew."""

    keyword: str
    what: str  # "features" or "channels"
    size: str
    symbols: frozenset[str]
    stated: str | None
    advice: str | None = None
    facts: tuple[str, ...] = ()
    field: None = None
    code: ClassVar[str] = "E0332"

    @property
    def message(self) -> str:
        return f"`{self.keyword}` needs a fixed number of {self.what}, but {self.size} arrive"

    @property
    def label(self) -> str:
        return f"it would be another layer for each {' and '.join(sorted(self.symbols))}"

    @property
    def notes(self) -> tuple[str, ...]:
        return self.facts

    @property
    def help(self) -> str | None:
        return self.advice
