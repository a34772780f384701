"""The numbers that a network may compute in, and what others call them. No torch."""

from __future__ import annotations

import re

PRECISIONS = ("fp64", "fp32", "tf32", "bf16", "fp16")

# Without signs between words; a mixed precision is that of its steps.
_OURS = {
    name: precision
    for precision, names in {
        "fp64": "float64 double f64 64 64true",
        "fp32": "float32 float single full f32 32 32true highest false no none off",
        "tf32": "tensorfloat32 high",
        "bf16": "bfloat16 bf16mixed bf16true mixedbfloat16",
        "fp16": "float16 half f16 16 16mixed 16true fp16mixed mixed mixedfloat16 amp true yes on",
    }.items()
    for name in (precision, *names.split())
}


def our_precision(name: str) -> str | None:
    """Returns what a precision is called here, None where nothing is known by that name: `fp16` for `torch.half`."""
    return _OURS.get(re.sub(r"[\W_]", "", name.removeprefix("torch.")).lower())
