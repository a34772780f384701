"""Numbers and shapes for people."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from cnnspec.network.network import Network
from cnnspec.values.dims import Formula
from cnnspec.values.shapes import Dim, shape_text

Sizes = tuple[int, ...]

BINARY = ("B", "KiB", "MiB", "GiB", "TiB")
DECIMAL = ("", "k", "M", "G", "T")


def memory(size: Dim) -> str:
    """Returns a number of bytes with a binary unit, `241.0 KiB`; one that depends on sizes that are not known, as a formula."""
    if not isinstance(size, int):
        return f"{size} B"
    amount = float(size)
    for unit in BINARY:
        if amount < 1024 or unit == BINARY[-1]:
            break
        amount /= 1024
    return f"{size} B" if unit == "B" else f"{amount:,.1f} {unit}"


def rounded(count: Dim) -> str:
    """Returns a count to three digits with an SI prefix: `417 k`, `4.09 G`; counts below 1,000 and formulas as they are."""
    if not isinstance(count, int):
        return str(count)
    if count < 1000:
        return str(count)
    whole = round(count, 3 - len(str(count)))
    power = min((len(str(whole)) - 1) // 3, len(DECIMAL) - 1)
    amount = whole / 1000**power
    return f"{amount:,.{max(0, 3 - len(str(int(amount))))}f} {DECIMAL[power]}"


def number(count: Dim) -> str:
    """Returns a count with thousands separators, `61,706`; one that depends on a size that is not known, as its formula."""
    return f"{count:,}" if isinstance(count, int) else str(count)


def ends(network: Network) -> str:
    """Returns what goes in and what comes out: `1x28x28 -> 10`, `left 3x64x64, right 3x64x64 -> 10, 5`."""
    return arrow(((given.name, given.shape.sizes) for given in network.inputs), (output.sizes for output in network.outputs))


def arrow(inputs: Iterable[tuple[str | None, Sizes]], outputs: Iterable[Sizes]) -> str:
    """Returns `ends` of named sizes; a single input is shown without its name."""
    given = list(inputs)
    left = [shape(sizes) if name is None or len(given) == 1 else f"{name} {shape(sizes)}" for name, sizes in given]
    return f"{', '.join(left)} -> {', '.join(map(shape, outputs))}"


def one_or_all(shapes: tuple[Sizes, ...]) -> Sizes | tuple[Sizes, ...]:
    """Returns the only one of several shapes, or all of them, as documents and the Python API have it."""
    return shapes[0] if len(shapes) == 1 else shapes


def shape(sizes: Sizes) -> str:
    """Returns `6x28x28`; a dash where there are no axes."""
    return shape_text(sizes) or "-"


def percent(share: float | None) -> str:
    """Returns a share of 1 as `12.5 %`; a dash for none, and where it is not known."""
    return f"{100 * share:.1f} %" if share else "-"


def intensity(operations: float | None) -> str:
    """Returns operations per byte with one digit behind the point; a dash for none, and where that is not known."""
    return f"{operations:,.1f}" if operations else "-"


def decimal(value: int | Fraction | None) -> str:
    """Returns a number with at most three digits behind the point: `2`, `0.5`, `-1.333`; a formula as it is."""
    if value is None:
        return "-"
    return str(value) if isinstance(value, int | Formula) else f"{float(value):.3f}".rstrip("0").rstrip(".")
