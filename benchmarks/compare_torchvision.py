"""Whether a spec computes what torchvision's network of the same name computes: largest differences, as a Markdown table.

    python -m venv DIR && DIR/bin/pip install torch torchvision safetensors numpy -e .
    DIR/bin/python benchmarks/compare_torchvision.py [NAME...]

Torchvision's network gets random weights and running statistics; a strict `load_state_dict` carries them over to the network
that is built and to the one of the generated source, and back; and all see the same two random images in evaluation mode.
Differences are relative to the largest output; required: 1e-5. The last column shows that one would be seen: it is the
difference after the first weights of ours have grown by 1 %. What acts only in training (momentum, rates of dropout) is
compared as a setting.
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
    """Returns torchvision's network in evaluation mode, with random numbers everywhere that let the image through to the end.

    Networks begin with weights so small, and scales and running statistics so plain, that their outputs hardly depend on
    what comes in.
    """
    without_helpers = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    model: nn.Module = torchvision.models.get_model(name, weights=None, **without_helpers).eval()
    for key, tensor in model.state_dict().items():
        if key.endswith(("running_mean", "bias")):
            tensor.normal_(std=0.1)
        elif key.endswith(("running_var", "layer_scale")) or tensor.dim() == 1:
            tensor.uniform_(0.5, 1.5)
        elif key.endswith("weight"):
            nn.init.kaiming_normal_(tensor)
    return model


def generated(net: cnnspec.Network) -> nn.Module:
    """Returns the model of the generated source."""
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(net.generate(), f"{net.name}.py", "exec"), names)
    model: nn.Module = names[net.name]()
    return model


def settings(model: nn.Module) -> dict[tuple[str, str], object]:
    """Returns eps and momentum of each norm by its name, and rates of dropout by the name of the module around it."""
    found: dict[tuple[str, str], object] = {}
    for name, module in model.named_modules():
        for setting in ("eps", "momentum"):
            if hasattr(module, setting):
                found[name, setting] = getattr(module, setting)
        if hasattr(module, "p"):
            found[name.rpartition(".")[0], "p"] = module.p
    return found


@torch.no_grad()
def differences(record: dict[str, Any]) -> tuple[float, float, float]:
    """Returns the largest relative difference of what is built, of what is generated, and after a change of weights.

    Raises RuntimeError where tensors differ in name or shape, and ValueError where settings differ.
    """
    torch.manual_seed(0)
    theirs = reference(record["network"])
    images = torch.randn(2, *record["input"])
    expected = theirs(images)

    def difference(model: nn.Module) -> float:
        return ((expected - model(images)).abs().max() / expected.abs().max()).item()

    net = cnnspec.load(ROOT / "specs" / record["spec"], **record["settings"])
    found = []
    for ours in (net.build().eval(), generated(net).eval()):
        ours.load_state_dict(theirs.state_dict(), strict=True)
        theirs.load_state_dict(ours.state_dict(), strict=True)
        if not settings(ours).items() <= settings(theirs).items():
            raise ValueError(f"settings differ: {dict(settings(ours).items() - settings(theirs).items())}")
        found.append(difference(ours))
    next(ours.parameters()).mul_(1.01)
    return found[0], found[1], difference(ours)


def main() -> int:
    """Prints one row for each network as it is measured; returns 1 where a difference is too large, or could not be seen."""
    names = sys.argv[1:] or sorted(path.stem for path in RECORDS.glob("*.json"))
    print(f"torchvision {torchvision.__version__}, torch {torch.__version__}\n")
    print("| torchvision | spec | set | built | generated | weights changed |\n|---|---|---|---|---|---|")
    failed = False
    for name in names:
        record = json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))
        built, source, changed = differences(record)
        given = ", ".join(f"`{key}={json.dumps(value)}`" for key, value in record["settings"].items())
        print(f"| {name} | `{record['spec']}` | {given} | {built:.1e} | {source:.1e} | {changed:.1e} |", flush=True)
        failed |= not (built <= LIMIT and source <= LIMIT and changed > LIMIT)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
