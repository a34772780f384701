"""What is claimed of generated source, as assertions: ruff has no remarks, and the class is the built model."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cnnspec.backends.torch_module import build
from cnnspec.layers.fixed import Weighted
from cnnspec.network.network import Network

RUFF = str(Path(sysconfig.get_path("scripts")) / "ruff")
RULES = "E,F,I,UP,B"


def remarks(source: str) -> str:
    """Returns what `ruff check` and `ruff format` have to say about a source, nothing where all is well."""
    said = ""
    for command in (["check", "--quiet", "--select", RULES], ["format", "--diff", "--quiet"]):
        ruff = [RUFF, command[0], "--isolated", *command[1:], "--stdin-filename", "model.py", "-"]
        run = subprocess.run(ruff, input=source, capture_output=True, text=True, check=False)
        said += run.stdout + run.stderr if run.returncode else ""
    return said


def generated_class(source: str) -> type[nn.Module]:
    """Returns the class at the end of a generated source."""
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source, "generated.py", "exec"), names)
    kinds = [value for value in names.values() if isinstance(value, type) and issubclass(value, nn.Module)]
    return kinds[-1]


def assert_equals_built(source: str, network: Network) -> None:
    """Asserts the same keys, shapes, fixed and frozen weights, and with equal weights bitwise the same outputs."""
    torch.manual_seed(0)
    built, generated = build(network), generated_class(source)()
    expected, found = built.state_dict(), generated.state_dict()
    assert [(name, value.shape) for name, value in found.items()] == [(name, value.shape) for name, value in expected.items()]
    assert trained(generated) == trained(built)
    for name in fixed_names(network):
        assert torch.equal(found[name], expected[name]), f"{name} has other numbers"
    generated.load_state_dict(expected)
    samples = [torch.randn(2, *given.shape.sizes) for given in network.inputs]
    for training in (False, True):
        expected_outputs, outputs = (run(model.train(training), samples) for model in (built, generated))
        assert [output.shape for output in outputs] == [output.shape for output in expected_outputs]
        assert all(map(torch.equal, outputs, expected_outputs)), f"outputs differ with training={training}"


def trained(model: nn.Module) -> dict[str, bool]:
    """Returns which of the tensors in `state_dict` are trained."""
    return {name: value.requires_grad for name, value in model.state_dict(keep_vars=True).items()}


def run(model: nn.Module, samples: list[torch.Tensor]) -> list[torch.Tensor]:
    """Returns the outputs from the same random state each time; not-a-number counts as 0, since it equals nothing."""
    torch.manual_seed(1)
    with torch.no_grad():
        output = model(*samples)
    return [value.nan_to_num() for value in (output if isinstance(output, tuple) else (output,))]


def fixed_names(network: Network) -> list[str]:
    """Returns the names of the parameters whose numbers the spec gives."""
    weighted = [(node, node.layer) for node in network.layers if isinstance(node.layer, Weighted)]
    return [f"{node.name}.{name}" for node, layer in weighted for name in layer.fixed_numbers]
