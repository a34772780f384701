"""Writes down what torchvision's networks look like, for tests that run without it: run by hand, in an environment of its own.

    python -m venv DIR && DIR/bin/pip install torch torchvision
    DIR/bin/python tests/zoo/record_torchvision.py [NAME...]

Each `torchvision/<name>.json` holds which spec makes the same network, the input and output of one sample, parameters, MACs
(half of what torch's counter of operations finds in convolutions and linear layers), and the tensors of `state_dict` in their
order, one module a line.
"""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

FOLDER = Path(__file__).parent / "torchvision"
# What torchvision calls a network, and how a spec makes it: the file below specs/ and the parameters of its network.
NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "alexnet": ("alexnet.cnn", {}),
    "vgg11": ("vgg.cnn", {"depth": 11}),
    "vgg11_bn": ("vgg.cnn", {"depth": 11, "batch_norm": True}),
    "vgg13": ("vgg.cnn", {"depth": 13}),
    "vgg16": ("vgg.cnn", {}),
    "vgg16_bn": ("vgg.cnn", {"batch_norm": True}),
    "vgg19": ("vgg.cnn", {"depth": 19}),
    "resnet18": ("resnet.cnn", {"depth": 18}),
    "resnet34": ("resnet.cnn", {"depth": 34}),
    "resnet50": ("resnet.cnn", {}),
    "resnet101": ("resnet.cnn", {"depth": 101}),
    "resnet152": ("resnet.cnn", {"depth": 152}),
    "resnext50_32x4d": ("resnet.cnn", {"groups": 32, "width_per_group": 4}),
    "resnext101_32x8d": ("resnet.cnn", {"depth": 101, "groups": 32, "width_per_group": 8}),
    "wide_resnet50_2": ("resnet.cnn", {"width_per_group": 128}),
    "googlenet": ("googlenet.cnn", {}),
    "inception_v3": ("inception_v3.cnn", {}),
    "densenet121": ("densenet121.cnn", {}),
    "densenet161": ("densenet121.cnn", {"counts": [6, 12, 36, 24], "growth": 48}),
    "densenet201": ("densenet121.cnn", {"counts": [6, 12, 48, 32]}),
    "squeezenet1_1": ("squeezenet1_1.cnn", {}),
    "mobilenet_v2": ("mobilenet_v2.cnn", {}),
    "mobilenet_v3_large": ("mobilenet_v3.cnn", {}),
    "mobilenet_v3_small": ("mobilenet_v3.cnn", {"small": True}),
    "mnasnet1_0": ("mnasnet1_0.cnn", {}),
    "shufflenet_v2_x1_0": ("shufflenet_v2.cnn", {}),
    "shufflenet_v2_x0_5": ("shufflenet_v2.cnn", {"widths": [24, 48, 96, 192, 1024]}),
    "efficientnet_b0": ("efficientnet_b0.cnn", {}),
    "efficientnet_v2_s": ("efficientnet_v2_s.cnn", {}),
    "regnet_y_400mf": ("regnet.cnn", {}),
    "regnet_x_400mf": (
        "regnet.cnn",
        {"stages": [[32, 1], [64, 2], [160, 7], [400, 12]], "group_width": 16, "squeeze": False},
    ),
    "convnext_tiny": ("convnext_tiny.cnn", {}),
}
SIDES = {"inception_v3": 299, "efficientnet_v2_s": 384}
# The two networks of the Inception family are built without the classifiers that help only in training.
ARGUMENTS = {name: {"aux_logits": False, "init_weights": False} for name in ("googlenet", "inception_v3")}


def describe(name: str) -> dict[str, Any]:
    """Returns what a network of torchvision is; its forward pass runs on tensors without storage."""
    side = SIDES.get(name, 224)
    model = torchvision.models.get_model(name, weights=None, **ARGUMENTS.get(name, {})).eval().to("meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        output = model(torch.empty(1, 3, side, side, device="meta"))
    tensors = [(*key.rpartition(".")[::2], list(tensor.shape)) for key, tensor in model.state_dict().items()]
    spec, settings = NETWORKS[name]
    return {
        "network": name,
        "spec": spec,
        "settings": settings,
        "torchvision": torchvision.__version__.partition("+")[0],
        "input": [3, side, side],
        "output": list(output.shape[1:]),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "macs": counter.get_total_flops() // 2,
        "state_dict": {
            module: {key: shape for _, key, shape in group} for module, group in groupby(tensors, lambda row: row[0])
        },
    }


def layout(description: dict[str, Any]) -> str:
    """Returns the description as JSON, with one line for each module."""
    *others, (last, modules) = description.items()
    head = [f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in others]
    body = ",\n".join(f"  {json.dumps(module)}: {json.dumps(tensors)}" for module, tensors in modules.items())
    return "{\n" + "".join(head) + f"{json.dumps(last)}: {{\n{body}\n}}\n}}\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or NETWORKS:
        text = layout(describe(name))
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
        found = json.loads(text)
        print(f"{name}: {found['parameters']:,} parameters, {found['macs']:,} MACs")
