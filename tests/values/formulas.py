"""Random formulas in one symbol, for hypothesis, each beside a function that computes the same with integers."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from cnnspec.values.dims import scaled
from cnnspec.values.sizes import Size, symbolic

Function = Callable[[int], int]
Formula = tuple[Size, Function]


@st.composite
def formulas(draw: st.DrawFn, name: str = "H", scales: tuple[float, ...] = (0.5, 1.5, 2.0)) -> Formula:
    """Draws what windows, pads, resizes and sums make of a size."""
    size, function = symbolic(name), _same
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["slide", "shift", "times", "sum", "scale", "rest"]))
        number, divisor = draw(st.integers(-6, 6)), draw(st.integers(1, 5))
        if kind == "slide":
            changed, after = (size + number) // divisor, lambda n, f=function, a=number, d=divisor: (f(n) + a) // d
        elif kind == "shift":
            changed, after = size + number, lambda n, f=function, a=number: f(n) + a
        elif kind == "times":
            changed, after = size * divisor, lambda n, f=function, d=divisor: f(n) * d
        elif kind == "sum":
            other = symbolic(name) // divisor
            changed, after = size + other, lambda n, f=function, d=divisor: f(n) + n // d
        elif kind == "rest":
            changed, after = size - size % divisor, lambda n, f=function, d=divisor: f(n) - f(n) % d
        else:
            scale = draw(st.sampled_from(scales))
            if function(1) < 0:
                continue  # a size is scaled, and sizes are positive
            changed, after = scaled(size, scale), lambda n, f=function, s=scale: int(f(n) * s)
        if not isinstance(changed, Size):
            break
        size, function = changed, after
    return size, function


def _same(number: int) -> int:
    return number
