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
    trained = [(name, parameter.requires_grad) for name, parameter in built.named_parameters()]
    assert [(name, parameter.requires_grad) for name, parameter in generated.named_parameters()] == trained
    for name in fixed_names(network):
        assert torch.equal(found[name], expected[name]), f"{name} has other numbers"
    generated.load_state_dict(expected)
    sample = torch.randn(2, *network.input.sizes)
    for training in (False, True):
        outputs = [run(model.train(training), sample) for model in (built, generated)]
        assert torch.equal(*outputs), f"outputs differ with training={training}"


def run(model: nn.Module, sample: torch.Tensor) -> torch.Tensor:
    """Returns the output from the same random state each time; not-a-number counts as 0, since it equals nothing."""
    torch.manual_seed(1)
    with torch.no_grad():
        output: torch.Tensor = model(sample)
    return output.nan_to_num()


def fixed_names(network: Network) -> list[str]:
    """Returns the names of the parameters whose numbers the spec gives."""
    weighted = [(node, node.layer) for node in network.layers if isinstance(node.layer, Weighted)]
    return [f"{node.name}.{name}" for node, layer in weighted for name in layer.fixed_numbers]
