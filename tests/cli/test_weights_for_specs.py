"""`cnnspec weights FILE --for SPEC`: the network that is meant, and what cannot be asked beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
import safetensors.torch
import torch
from command_line import Done, cnnspec
from torch import nn

SPEC = """network Head(classes, width=4) {
    input 1x8x8
    conv width, kernel=3
    flatten
    linear classes
}
network Other {
    input 64
    linear 10
}
"""


def weights_of(model: nn.Module) -> None:
    safetensors.torch.save_file(model.state_dict(), "w.safetensors")


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    """A spec of two networks, and the weights of a model that torch itself has made, which is the first of them."""
    Path("net.cnn").write_text(SPEC)
    weights_of(nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(144, 10)))


def held(*arguments: str) -> Done:
    return cnnspec("weights", "w.safetensors", "--for", "net.cnn", *arguments)


def test_the_advice_for_a_parameter_without_a_value_can_be_followed() -> None:
    done = held("--network", "Head")
    assert (done.code, "set it with `--set classes=...`" in done.err) == (1, True)
    assert held("--network", "Head", "--set", "classes=10").out == "fits Head\n"
    other = held("--network", "Head", "--set", "classes=9")
    assert (other.code, "misshapen   2.weight: 10x144 instead of 9x144" in other.out) == (1, True)


def test_another_input_makes_other_weights_fit() -> None:
    weights_of(nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 8 * 8, 10)))
    arguments = ("--network", "Head", "--set", "classes=10")
    assert held(*arguments).code == 1
    assert held(*arguments, "--input", "1x10x10").out == "fits Head\n"


def test_a_recipe_that_does_not_fit_is_no_matter_of_the_weights() -> None:
    safetensors.torch.save_file({"0.weight": torch.zeros(10, 64), "0.bias": torch.zeros(10)}, "w.safetensors")
    Path("net.cnn").write_text("network N {\n input 64\n linear 10\n}\ntrain {\n loss bce\n}\n")
    assert (held().code, held().out, held().err) == (0, "fits N\n", "")


def test_the_limit_of_layers_holds() -> None:
    assert "at least 2 layers" in held("--network", "Head", "--set", "classes=10", "--max-layers", "1").err
    Path("pyproject.toml").write_text("[tool.cnnspec]\nmax-layers = 1\n")
    assert "at least 2 layers" in held("--network", "Head", "--set", "classes=10").err


def test_the_network_of_a_run() -> None:
    Path("net.cnn").write_text("network N {\n input 1x8x8\n flatten\n linear 10\n}\ntrain {\n data digits\n epochs 1\n}\n")
    assert cnnspec("train", "net.cnn", "--device", "cpu", "--out", "run").code == 0
    assert cnnspec("weights", "run", "--for", "run").out == "fits N\n"
    assert cnnspec("weights", "w.safetensors", "--for", "run").code == 1
    assert "--set is for specs" in cnnspec("weights", "run", "--for", "run", "--set", "a=1").complaint


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("--set a=1", "--set is about the network to fit: add --for SPEC"),
        ("--input 1x8x8", "--input is about the network to fit: add --for SPEC"),
        ("--for net.cnn -o x.safetensors", "--for says whether weights fit, and -o writes: leave out one of them"),
        ("--for net.cnn --picture x.png", "and --picture writes: leave out one of them"),
        ("--for net.cmn", "net.cmn is no run folder and no spec"),
    ],
)
def test_misuse(arguments: str, complaint: str) -> None:
    done = cnnspec("weights", "w.safetensors", *arguments.split())
    assert (done.code, complaint in done.complaint) == (2, True)
    assert not list(Path().glob("x.*"))


@pytest.mark.parametrize(
    ("number", "dtype", "told"),
    [
        (float("nan"), torch.float32, "2 of 640 numbers in `0.weight` that are infinite or not a number"),
        (-float("inf"), torch.float16, "2 of 640 numbers in `0.weight` that are infinite or not a number"),
        (1e39, torch.float64, "2 of 640 numbers in `0.weight` beyond what float32 holds, to which it would be rounded"),
    ],
)
def test_numbers_that_no_command_takes_do_not_fit(number: float, dtype: torch.dtype, told: str) -> None:
    """What `train --weights` refuses."""
    weight = torch.zeros(10, 64, dtype=dtype)
    weight[3, :2] = number
    safetensors.torch.save_file({"0.weight": weight, "0.bias": torch.zeros(10)}, "w.safetensors")
    done = held("--network", "Other")
    assert (done.code, done.out.splitlines()[-1], f"unusable    {told}" in done.out) == (1, "does not fit Other", True)
    found = held("--network", "Other", "--format", "json").json
    assert (found["fits"], found["missing"], len(found["unusable"])) == (False, [], 1)
    assert {**found["unusable"][0], "why": ""} == {"name": "0.weight", "wrong": 2, "total": 640, "why": ""}
    data = ("--data", "synthetic, 40", "--epochs", "1", "--out", "run")
    refused = cnnspec("train", "net.cnn", "--network", "Other", "--weights", "w.safetensors", *data)
    assert (refused.code, told in refused.err) == (2, True)
    weight[3, :2] = 1
    safetensors.torch.save_file({"0.weight": weight, "0.bias": torch.zeros(10)}, "w.safetensors")
    assert held("--network", "Other").code == 0
    assert cnnspec("train", "net.cnn", "--network", "Other", "--weights", "w.safetensors", *data).code == 0
