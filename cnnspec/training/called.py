"""What devices are called elsewhere. No torch."""

from __future__ import annotations

import re

_GPU = re.compile(r"(?:gpu|cuda|nvidia)?[: ]?(\d*)")


def our_device(name: str) -> str | None:
    """Returns what a device is called here, None where nothing is known by that name: `cuda:1` for `gpu:1`, `GPU1` and `1`."""
    if name.lower() in ("cpu", "auto"):
        return name.lower()
    found = _GPU.fullmatch(name.lower()) if name else None
    return None if found is None else f"cuda:{found[1]}" if found[1] else "cuda"
