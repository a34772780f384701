"""Memory of the values of all networks in specs/, against what torch allocates in a forward pass, on the meta device too."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from measured_memory import backward_peak, inference_peak, kept_for_backward

import cnnspec
from cnnspec.network.analyses.memory import inference_memory
from cnnspec.network.analyses.training_memory import gradient_memory, training_memory

ROOT = Path(__file__).parents[2]
NETWORKS = [(file.name, net) for file in sorted((ROOT / "specs").glob("*.cnn")) for net in cnnspec.check(file).networks]
NAMES = [f"{file}:{net.name}" for file, net in NETWORKS]
SMALL = {"LeNet", "ResNetCifar", "Digits", "Siamese", "Max2", "HighPass", "DenseNet", "MlpMixer"}
BATCH = 2
CLOSE = 1e-3  # torch makes a few numbers for each channel that are gone at once


def measured(net: cnnspec.Network, device: str, batch: int = BATCH) -> tuple[int, int]:
    """Returns bytes: the peak of a forward pass in inference, and what one in training leaves behind."""
    with torch.device(device):
        model = net.build()
        inputs = [torch.zeros(batch, *given.shape.sizes) for given in net.checked.inputs]
        return inference_peak(model, inputs), kept_for_backward(model, inputs)


def told(net: cnnspec.Network, batch: int = BATCH) -> tuple[int, int]:
    return inference_memory(net.checked, 4, batch), training_memory(net.checked, 4, batch)


@pytest.mark.parametrize(("file", "net"), NETWORKS, ids=NAMES)
def test_memory_as_torch_allocates_it(file: str, net: cnnspec.Network) -> None:
    """On the meta device, where storages live and die as elsewhere, and nothing is computed."""
    inference, training = measured(net, "meta")
    assert told(net)[0] == pytest.approx(inference, rel=CLOSE)
    assert told(net)[1] == training


@pytest.mark.parametrize("net", [net for _, net in NETWORKS if net.name in SMALL], ids=lambda net: net.name)
def test_the_meta_device_measures_what_is_allocated(net: cnnspec.Network) -> None:
    inference, training = measured(net, "cpu")
    assert measured(net, "meta")[1] == training == told(net)[1]
    assert measured(net, "meta")[0] == pytest.approx(inference, rel=CLOSE)
    assert told(net)[0] == pytest.approx(inference, rel=CLOSE)


@pytest.mark.parametrize("name", ["ResNet", "VGG", "DenseNet", "MobileNetV2", "GoogLeNet", "UNet"])
def test_what_is_kept_and_gradients_are_near_the_peak_of_a_step(name: str) -> None:
    net = next(net for _, net in NETWORKS if net.name == name)
    with torch.device("meta"):
        inputs = [torch.zeros(BATCH, *given.shape.sizes) for given in net.checked.inputs]
        peak = backward_peak(net.build(), inputs)
    assert peak == pytest.approx(told(net)[1] + gradient_memory(net.checked, 4), rel=0.2)


def test_the_comparison_can_fail() -> None:
    net = next(net for _, net in NETWORKS if net.name == "LeNet")
    inference, training = measured(net, "cpu", batch=BATCH + 1)
    assert told(net)[0] != pytest.approx(inference, rel=0.1)
    assert told(net)[1] != pytest.approx(training, rel=0.1)


def test_a_batch_and_other_numbers() -> None:
    net = next(net for _, net in NETWORKS if net.name == "WideResNet")  # which keeps no indices
    one, many = (inference_memory(net.checked, 4, batch) for batch in (1, 32))
    assert many == 32 * one
    assert inference_memory(net.checked, 2) == one // 2
    assert training_memory(net.checked, 8) == 2 * training_memory(net.checked, 4)
    assert training_memory(net.checked, 4, 32) < 32 * training_memory(net.checked, 4)  # means of batchnorm come once
