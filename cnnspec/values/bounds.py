"""How formulas behave: between which numbers they lie, whether they grow, and how they repeat themselves."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

from cnnspec.values.dims import Dim
from cnnspec.values.sizes import Factor, Floor, Product, Scaled, Size, Symbol

Bound: TypeAlias = float  # integers, and infinities
Bounds: TypeAlias = tuple[Bound, Bound]
EVERYTHING = (-math.inf, math.inf)


class Repeat(NamedTuple):
    """f(n + period) = f(n) + gain for all integers n."""

    period: int
    gain: int


def bounds(size: Dim, smallest: int = 1) -> Bounds:
    """Returns numbers between which a size lies wherever all symbols are at least `smallest`."""
    if isinstance(size, int):
        return size, size
    low: Bound = size.constant
    high: Bound = size.constant
    for coefficient, product in size.terms:
        least, most = _product_bounds(product, smallest)
        if coefficient < 0:
            least, most = most, least
        low, high = low + coefficient * least, high + coefficient * most
    return low, high


def _product_bounds(product: Product, smallest: int) -> Bounds:
    low: Bound = 1
    high: Bound = 1
    for factor in product:
        least, most = _factor_bounds(factor, smallest)
        if least < 0 and len(product) > 1:
            return EVERYTHING
        low *= least
        high = 0 if most == 0 or high == 0 else high * most
    return low, high


def _factor_bounds(factor: Factor, smallest: int) -> Bounds:
    match factor:
        case Symbol():
            return smallest, math.inf
        case Floor(numerator, divisor):
            return tuple(  # type: ignore[return-value]
                number if math.isinf(number) else number // divisor for number in bounds(numerator, smallest)
            )
        case Scaled(size, scale):
            low, high = bounds(size, smallest)
            return (-math.inf if low < 0 else math.floor(low * scale)), high
        case Size():
            return bounds(factor, smallest)


def grows(size: Dim, smallest: int = 1) -> int:
    """Returns 1 for a size that never falls as its symbols grow from `smallest` on, -1 for one that never rises, 0 otherwise.

    0 does not say that it does both: only that nothing is known.
    """
    if isinstance(size, int):
        return 1
    signs = {_product_grows(product, smallest) * (1 if coefficient > 0 else -1) for coefficient, product in size.terms}
    return signs.pop() if len(signs) == 1 else 0


def _product_grows(product: Product, smallest: int) -> int:
    for factor in product:
        inside = factor.numerator if isinstance(factor, Floor) else factor.size if isinstance(factor, Scaled) else factor
        if isinstance(inside, Size) and grows(inside, smallest) != 1:
            return 0
        if len(product) > 1 and _factor_bounds(factor, smallest)[0] < 0:
            return 0
    return 1


def repeat(size: Dim) -> Repeat | None:
    """Returns how a size in one symbol repeats itself, None where it does not: products, and scales that are no fractions.

    Floors: f(n + P) = f(n) + Q gives floor(f/d) the period P * d / gcd(Q, d).
    """
    if isinstance(size, int):
        return Repeat(1, 0)
    period, parts = 1, []
    for coefficient, product in size.terms:
        if len(product) != 1:
            return None
        part = _factor_repeat(product[0])
        if part is None:
            return None
        period = math.lcm(period, part.period)
        parts.append((coefficient, part))
    return Repeat(period, sum(coefficient * part.gain * (period // part.period) for coefficient, part in parts))


def _factor_repeat(factor: Factor) -> Repeat | None:
    match factor:
        case Symbol():
            return Repeat(1, 1)
        case Size():
            return repeat(factor)
        case Floor(numerator, divisor):
            inside = repeat(numerator)
            if inside is None:
                return None
            times = divisor // math.gcd(divisor, inside.gain)
            return Repeat(inside.period * times, inside.gain * times // divisor)
    return None
