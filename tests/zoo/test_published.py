"""The networks below specs/ are those of the papers: parameters, costs, shapes, and names, shapes and order of their tensors.

What torchvision has is compared with what it says itself (`torchvision/*.json`, written by `record_torchvision.py`); the others
with the numbers of parameters that their authors, or programs that many use, print.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import cnnspec

SPECS = Path(__file__).parents[2] / "specs"
RECORDED = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in Path(__file__).parent.glob("torchvision/*.json")
}
FIGURES = ("input", "output", "parameters", "macs")

# file, network, what is set from outside, the published number of parameters and who prints it
COUNTED: list[tuple[str, str | None, dict[str, Any], int]] = [
    ("nin.cnn", None, {}, 966_986),  # github.com/osmr/imgclsmob
    ("resnet20_cifar.cnn", None, {}, 269_722),  # paper: 0.27M; option A has the parameters of the plain network
    ("resnet20_cifar.cnn", None, {"depth": 56}, 853_018),  # paper: 0.85M
    ("resnet20_cifar.cnn", None, {"depth": 110}, 1_727_962),  # paper: 1.7M; github.com/akamaster/pytorch_resnet_cifar10
    ("wrn28_10.cnn", None, {}, 36_479_194),  # paper: 36.5M; github.com/osmr/imgclsmob
    ("wrn28_10.cnn", None, {"depth": 40, "width": 8}, 35_748_314),  # paper: 35.7M; github.com/osmr/imgclsmob
    ("cifar10_fast.cnn", None, {}, 6_573_120),  # as torchinfo counts the author's network (github.com/davidcpage/cifar10-fast)
    ("unet.cnn", None, {}, 31_037_698),  # github.com/milesial/Pytorch-UNet with transposed convolutions
    ("dcgan_generator.cnn", None, {}, 3_576_704),  # PyTorch's DCGAN tutorial
    ("dcgan_discriminator.cnn", None, {}, 2_765_568),  # PyTorch's DCGAN tutorial
    ("m5.cnn", None, {"widths": [32, 32, 64, 64], "stride": 16, "classes": 35}, 26_915),  # PyTorch's audio tutorial
    ("c3d.cnn", None, {"classes": 101}, 78_409_573),  # github.com/jfzhang95/pytorch-video-recognition
    ("darknet53_yolov3.cnn", None, {}, 61_949_149),  # github.com/qqwweee/keras-yolo3: 62,001,757 with 52,608 running statistics
    ("xception.cnn", None, {}, 22_855_952),  # keras.applications: 22,910,480 with 54,528 running statistics
    ("convmixer.cnn", None, {}, 51_625_960),  # paper: 51.6M
    ("convmixer.cnn", None, {"width": 768, "depth": 32, "kernel": 7}, 21_110_248),  # paper: 21.1M
    ("mlp_mixer.cnn", None, {}, 18_528_264),  # paper: 18.5M
]


def figures(net: cnnspec.Network) -> dict[str, Any]:
    """Returns shapes and costs of a network, as the records have them."""
    return {"input": list(net.input), "output": list(net.output), "parameters": net.parameters, "macs": net.macs}


def build(net: cnnspec.Network) -> torch.nn.Module:
    """Returns a network of tensors without storage."""
    with torch.device("meta"):
        return net.build().eval()


def tensors(model: torch.nn.Module) -> list[tuple[str, list[int]]]:
    """Returns name and shape of all parameters and buffers, in their order."""
    return [(name, list(tensor.shape)) for name, tensor in model.state_dict().items()]


def recorded_tensors(modules: dict[str, dict[str, list[int]]]) -> list[tuple[str, list[int]]]:
    """Returns the same from a record, which has one entry for each module."""
    return [
        (f"{module}.{name}" if module else name, shape) for module, group in modules.items() for name, shape in group.items()
    ]


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_network_is_that_of_torchvision(name: str) -> None:
    record = RECORDED[name]
    net = cnnspec.load(SPECS / record["spec"], **record["settings"])
    assert figures(net) == {figure: record[figure] for figure in FIGURES}
    model = build(net)
    assert tensors(model) == recorded_tensors(record["state_dict"])
    with torch.no_grad():
        output = model(torch.empty(2, *record["input"], device="meta"))
    assert list(output.shape) == [2, *record["output"]]


@pytest.mark.parametrize(("file", "network", "settings", "parameters"), COUNTED)
def test_network_has_as_many_parameters_as_published(
    file: str, network: str | None, settings: dict[str, Any], parameters: int
) -> None:
    assert cnnspec.load(SPECS / file, network=network, **settings).parameters == parameters


def test_another_name_shape_or_order_would_be_seen() -> None:
    record = RECORDED["alexnet"]["state_dict"]
    found = tensors(build(cnnspec.load(SPECS / "alexnet.cnn")))
    assert found == recorded_tensors(record)
    assert found != recorded_tensors(dict(reversed(record.items())))
    assert found != recorded_tensors({("stem" if name == "features.0" else name): shapes for name, shapes in record.items()})
    assert found != tensors(build(cnnspec.load(SPECS / "alexnet.cnn", classes=999)))


def test_every_record_counts_the_parameters_of_its_tensors() -> None:
    """What is written down agrees with itself: torchvision counts parameters, and the names tell which tensors are none."""
    buffers = ("running_mean", "running_var", "num_batches_tracked")
    for name, record in RECORDED.items():
        shapes = [shape for key, shape in recorded_tensors(record["state_dict"]) if not key.endswith(buffers)]
        assert sum(torch.Size(shape).numel() for shape in shapes) == record["parameters"], name
    assert len(RECORDED) >= 30
