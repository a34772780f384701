"""Symbolic sizes: formulas such as `floor((H+1)/2)` that stand where a shape has an integer.

A `Size` is constant + sum of coefficient * product, a product being symbols, floors and sums in parentheses. It behaves as an
integer under `+ - * // %`, and whatever has no symbol left in it is a plain `int` again. Two formulas are equal (`==`) where
they are written alike in this form; what depends on the symbols is asked with comparisons, which give a `Condition`, or with
`differ` (see `conditions`). Floors are floors: `//` rounds down, for negative numbers too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from numbers import Rational
from typing import NamedTuple, TypeAlias

from cnnspec.values.dims import Dim, Formula, Undecided

LARGEST_DENOMINATOR = 1 << 10  # of a scale factor that is taken for the fraction that it is: 0.5, 0.75, 2.0


class Symbol(NamedTuple):
    """A size that is not known: H."""

    name: str

    def __str__(self) -> str:
        return self.name

    def at(self, values: Mapping[str, int]) -> int:
        """Returns the value for these values of the symbols."""
        return values[self.name]


class Floor(NamedTuple):
    """floor(numerator / divisor), where the numerator is a Size with coefficients between 0 and the divisor."""

    numerator: Size
    divisor: int

    def __str__(self) -> str:
        text = str(self.numerator)
        return f"floor({text if text.isalnum() else f'({text})'}/{self.divisor})"

    def at(self, values: Mapping[str, int]) -> int:
        """Returns the value for these values of the symbols."""
        return self.numerator.at(values) // self.divisor


class Scaled(NamedTuple):
    """floor(size * factor) in double precision, as torch resizes; its steps do not repeat, so less can be decided about it."""

    size: Size
    factor: float

    def __str__(self) -> str:
        text = str(self.size)
        return f"floor({self.factor}*{text if text.isalnum() else f'({text})'})"

    def at(self, values: Mapping[str, int]) -> int:
        """Returns the value for these values of the symbols."""
        return int(self.size.at(values) * self.factor)


class Size(Formula):
    """A formula in at least one symbol; `terms` are coefficients and products, like terms joined, in a fixed order."""

    __slots__ = ("_hash", "_text", "constant", "terms")

    constant: int
    terms: Terms
    _hash: int
    _text: str

    def __new__(cls, constant: int, terms: Terms) -> Size:
        self = object.__new__(cls)
        self.constant = constant
        self.terms = terms
        self._hash = hash((constant, terms))
        self._text = ""
        return self

    # arithmetic

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, Size):
            return _collected(self.constant + other.constant, (*self.terms, *other.terms))
        other = _whole(other, f"{self} + {other}", self.symbols)
        return Size(self.constant + other, self.terms) if other else self

    __radd__ = __add__

    def __neg__(self) -> Size:
        return Size(-self.constant, tuple((-coefficient, product) for coefficient, product in self.terms))

    def __sub__(self, other: Dim) -> Dim:
        return self + -other

    def __rsub__(self, other: Dim) -> Dim:
        return -self + other

    def __mul__(self, other: Dim) -> Dim:
        if not isinstance(other, Size):
            other = _whole(other, f"{other} * ({self})", self.symbols)
            if other in (0, 1):
                return self if other else 0
            return Size(self.constant * other, tuple((coefficient * other, product) for coefficient, product in self.terms))
        (mine, left), (theirs, right) = self._factors(), other._factors()
        return Size(0, ((mine * theirs, tuple(sorted((*left, *right), key=str))),))

    __rmul__ = __mul__

    def __floordiv__(self, divisor: int) -> Dim:
        """Returns floor(self / divisor): whole multiples stand outside of the floor, and a floor of a floor is one floor."""
        if not isinstance(divisor, int) or isinstance(divisor, Size):
            raise Undecided(f"({self}) // {divisor}", self.symbols)
        if divisor < 1:
            raise ZeroDivisionError("a symbolic size is divided by positive integers only")
        whole, rest = divmod(self.constant, divisor)
        multiple = _collected(whole, ((coefficient // divisor, product) for coefficient, product in self.terms))
        left = tuple((coefficient % divisor, product) for coefficient, product in self.terms if coefficient % divisor)
        if not left:
            return multiple
        shared = math.gcd(divisor, *(coefficient for coefficient, _ in left))
        inside = Size(rest // shared, tuple((coefficient // shared, product) for coefficient, product in left))
        return multiple + _floor(inside, divisor // shared)

    def __mod__(self, divisor: int) -> Dim:
        return self - self // divisor * divisor

    def __truediv__(self, divisor: object) -> float:
        raise Undecided(f"({self}) / {divisor}", self.symbols)

    def __rtruediv__(self, number: object) -> float:
        raise Undecided(f"{number} / ({self})", self.symbols)

    def __rfloordiv__(self, number: Dim) -> Dim:
        raise Undecided(f"{number} // ({self})", self.symbols)

    def __pow__(self, exponent: object) -> Dim:  # type: ignore[override]
        raise Undecided(f"({self}) ** {exponent}", self.symbols)

    def __int__(self) -> int:
        raise Undecided(str(self), self.symbols)

    __index__ = __float__ = __int__

    def __ceil__(self) -> Dim:
        return self

    __floor__ = __ceil__

    def _factors(self) -> tuple[int, Product]:
        """Returns a number and the product that it is to be multiplied with: this size in parentheses, or its one term."""
        if not self.constant and len(self.terms) == 1:
            return self.terms[0]
        shared = math.gcd(self.constant, *(coefficient for coefficient, _ in self.terms))
        if self.terms[0][0] < 0:
            shared = -shared
        terms = tuple((coefficient // shared, product) for coefficient, product in self.terms)
        return shared, (Size(self.constant // shared, terms),)

    # Comparisons give a `Condition` where it depends on the symbols.

    def __ge__(self, other: float) -> bool:
        return _at_least(self, math.ceil(other) if isinstance(other, float) else other)

    def __le__(self, other: float) -> bool:
        return _at_least(math.floor(other) if isinstance(other, float) else other, self)

    def __gt__(self, other: float) -> bool:
        return _at_least(self, (math.floor(other) if isinstance(other, float) else other) + 1)

    def __lt__(self, other: float) -> bool:
        return _at_least((math.ceil(other) if isinstance(other, float) else other) - 1, self)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Size) and self.constant == other.constant and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    # what it says

    def at(self, values: Mapping[str, int]) -> int:
        """Returns the value for these values of the symbols."""
        total = self.constant
        for coefficient, product in self.terms:
            for factor in product:
                coefficient *= factor.at(values)
            total += coefficient
        return total

    @property
    def symbols(self) -> frozenset[str]:
        """Returns the names of the symbols in it."""
        return frozenset(name for _, product in self.terms for factor in product for name in symbols_of(factor))

    def __str__(self) -> str:
        if not self._text:
            self._text = _text(self)
        return self._text

    def __format__(self, specification: str) -> str:
        """Returns the text; what a specification says of digits and separators has no meaning for a formula."""
        return format(str(self), specification.replace(",", "").rstrip("d"))

    def __repr__(self) -> str:
        return f"Size({self})"


Factor: TypeAlias = "Symbol | Floor | Scaled | Size"
Product: TypeAlias = tuple[Factor, ...]
Terms: TypeAlias = tuple[tuple[int, Product], ...]


def _whole(number: object, text: str, symbols: frozenset[str]) -> int:
    """Returns an integer, which a fraction may be; raises Undecided for other numbers, of which sizes are not made."""
    if isinstance(number, Rational) and number.denominator == 1:
        return int(number.numerator)
    raise Undecided(text, symbols)


def symbolic(name: str) -> Size:
    """Returns the size that a symbol stands for."""
    return Size(0, ((1, (Symbol(name),)),))


def symbols_of(factor: Factor) -> frozenset[str]:
    """Returns the names of the symbols in a size or a part of one."""
    match factor:
        case Symbol(name):
            return frozenset((name,))
        case Floor(size, _) | Scaled(size, _):
            return size.symbols
        case Size():
            return factor.symbols
    return frozenset()


def value_at(size: Dim, values: Mapping[str, int]) -> int:
    """Returns a size as an integer, for these values of the symbols."""
    return size.at(values) if isinstance(size, Size) else size


def scaled_formula(size: Dim, factor: float) -> Dim:
    """Returns floor(size * factor) of a formula, as a fraction of it where that is exact."""
    assert isinstance(size, Size)
    exact = Fraction(factor)
    if exact.denominator <= LARGEST_DENOMINATOR:  # then the product is exact, too
        return size * exact.numerator // exact.denominator
    return Size(0, ((1, (Scaled(size, factor),)),))


def _at_least(left: Dim, right: Dim) -> bool:
    from cnnspec.values.conditions import at_least  # conditions are made of sizes

    return at_least(left, right)  # type: ignore[return-value]


def _collected(constant: int, terms: Iterable[tuple[int, Product]]) -> Dim:
    """Returns a sum with like terms joined."""
    found: dict[Product, int] = {}
    for coefficient, product in terms:
        found[product] = found.get(product, 0) + coefficient
    left = [(coefficient, product) for product, coefficient in found.items() if coefficient]
    if not left:
        return constant
    left.sort(key=lambda term: (-len(term[1]), tuple(map(str, term[1]))))
    return Size(constant, tuple(left))


def _floor(inside: Size, divisor: int) -> Dim:
    """Returns a floor; floor((floor(x/p) + r) / q) is floor((x + p*r) / (p*q)) (Graham, Knuth, Patashnik, section 3.2)."""
    if len(inside.terms) == 1:
        coefficient, product = inside.terms[0]
        if coefficient == 1 and len(product) == 1 and isinstance(product[0], Floor):
            inner = product[0]
            return (inner.numerator + inner.divisor * inside.constant) // (inner.divisor * divisor)
    return Size(0, ((1, (Floor(inside, divisor),)),))


def _is_floor(size: Size) -> bool:
    """Returns whether a size is a floor plus a constant."""
    coefficient, product = size.terms[0]
    return len(size.terms) == 1 and coefficient == 1 and len(product) == 1 and isinstance(product[0], Floor)


def _text(size: Size) -> str:
    """Returns `2*floor((H+1)/2)-3`; a constant beside a single floor goes into it: `floor((H-4)/2)`."""
    floor = size.terms[0][1][0]
    if size.constant and _is_floor(size) and isinstance(floor, Floor):
        inside = floor.numerator + size.constant * floor.divisor
        assert isinstance(inside, Size)
        return str(Floor(inside, floor.divisor))
    parts: list[str] = []
    for coefficient, product in size.terms:
        number = abs(coefficient)
        factors = [str(number)] if number != 1 else []
        factors += [f"({factor})" if isinstance(factor, Size) and not _is_floor(factor) else str(factor) for factor in product]
        sign = "-" if coefficient < 0 else "+" if parts else ""
        parts.append(sign + "*".join(factors))
    if size.constant:
        parts.append(f"{size.constant:+d}")
    return "".join(parts)
