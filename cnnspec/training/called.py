"""What devices and precisions are called elsewhere. No torch."""

from __future__ import annotations

import re

PRECISIONS = {
    name: ours
    for ours, names in {
        "fp64": "fp64 double float64 f64 64",
        "fp32": "fp32 single float float32 f32 32 full",
        "tf32": "tf32 tensorfloat32",
        "bf16": "bf16 bfloat16 bf16-mixed",
        "fp16": "fp16 half float16 f16 16 16-mixed fp16-mixed mixed amp",
    }.items()
    for name in names.split()
}
_GPU = re.compile(r"(?:gpu|cuda|nvidia)?[: ]?(\d*)")


def our_precision(name: str) -> str | None:
    """Returns what a precision is called here, None where nothing is known by that name: `fp16` for `half`."""
    return PRECISIONS.get(name.lower().removeprefix("torch."))


def our_device(name: str) -> str | None:
    """Returns what a device is called here, None where nothing is known by that name: `cuda:1` for `gpu:1`, `GPU1` and `1`."""
    if name.lower() in ("cpu", "auto"):
        return name.lower()
    found = _GPU.fullmatch(name.lower()) if name else None
    return None if found is None else f"cuda:{found[1]}" if found[1] else "cuda"
