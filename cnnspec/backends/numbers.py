"""Numbers for people."""

from __future__ import annotations

BINARY = ("B", "KiB", "MiB", "GiB", "TiB")
DECIMAL = ("", "k", "M", "G", "T")


def memory(size: int) -> str:
    """Returns a number of bytes with a binary unit: `241.0 KiB`."""
    amount = float(size)
    for unit in BINARY:
        if amount < 1024 or unit == BINARY[-1]:
            break
        amount /= 1024
    return f"{size} B" if unit == "B" else f"{amount:,.1f} {unit}"


def rounded(count: int) -> str:
    """Returns a count to three digits with an SI prefix: `417 k`, `4.09 G`; counts below 1,000 as they are."""
    if count < 1000:
        return str(count)
    whole = round(count, 3 - len(str(count)))
    power = min((len(str(whole)) - 1) // 3, len(DECIMAL) - 1)
    amount = whole / 1000**power
    return f"{amount:,.{max(0, 3 - len(str(int(amount))))}f} {DECIMAL[power]}"


def shape(sizes: tuple[int, ...]) -> str:
    """Returns `6x28x28`; a dash where there are no axes."""
    return "x".join(map(str, sizes)) or "-"
