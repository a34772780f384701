"""Whether a spec computes what torchvision's network of the same name computes: largest differences, as a Markdown table.

    python -m venv DIR && DIR/bin/pip install torch torchvision safetensors numpy -e .
    DIR/bin/python benchmarks/compare_torchvision.py [NAME...]

Torchvision's network gets random weights and running statistics; a strict `load_state_dict` carries them over, and back; and
both see the same two random images in evaluation mode. The difference is relative to the largest output. Required: 1e-5.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import nn

import cnnspec

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "tests" / "zoo" / "torchvision"
LIMIT = 1e-5


def reference(name: str) -> nn.Module:
    """Returns torchvision's network in evaluation mode, with running statistics and scales that are no longer 0 and 1."""
    without_helpers = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    model: nn.Module = torchvision.models.get_model(name, weights=None, **without_helpers).eval()
    for key, tensor in model.state_dict().items():
        if key.endswith("running_mean"):
            tensor.normal_(std=0.1)
        elif key.endswith(("running_var", "layer_scale")) or (tensor.dim() == 1 and key.endswith("weight")):
            tensor.uniform_(0.5, 1.5)
    return model


@torch.no_grad()
def difference(record: dict[str, Any]) -> tuple[float, float]:
    """Returns the largest difference of two outputs, and the same relative to the largest output."""
    torch.manual_seed(0)
    theirs = reference(record["network"])
    ours = cnnspec.load(ROOT / "specs" / record["spec"], **record["settings"]).build().eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    images = torch.randn(2, *record["input"])
    expected, found = theirs(images), ours(images)
    absolute = (expected - found).abs().max().item()
    return absolute, absolute / expected.abs().max().item()


def main() -> int:
    """Prints one row for each network as it is measured; returns 1 where a difference is too large."""
    names = sys.argv[1:] or sorted(path.stem for path in RECORDS.glob("*.json"))
    print(f"torchvision {torchvision.__version__}, torch {torch.__version__}\n")
    print("| torchvision | spec | set | largest difference | relative |\n|---|---|---|---|---|")
    worst = 0.0
    for name in names:
        record = json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))
        absolute, relative = difference(record)
        settings = ", ".join(f"`{key}={json.dumps(value)}`" for key, value in record["settings"].items())
        print(f"| {name} | `{record['spec']}` | {settings} | {absolute:.1e} | {relative:.1e} |", flush=True)
        worst = max(worst, relative)
    print(f"\nworst: {worst:.1e}")
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
