"""A checked network as Python sees it: its shapes, its layers, a torch module or source made of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnspec.api.needs import imports
from cnnspec.backends.numbers import ends, one_or_all
from cnnspec.network.network import Network as CheckedNetwork

if TYPE_CHECKING:
    import torch

Sizes = tuple[int, ...]


class Node(NamedTuple):
    """One layer of a network: module path, keyword, shapes without the batch, and costs for one sample."""

    name: str
    kind: str
    input: tuple[int, ...]
    output: tuple[int, ...]
    parameters: int
    macs: int


class Network:
    """A checked network. Shapes are tuples of integers and do not mention the batch.

    With an `input 3xHxW` whose sizes are not known, they hold formulas for integers: `str` shows one, `.at({"H": 32, "W": 32})`
    is its value, and a comparison that depends on the sizes raises `ArithmeticError`. `macs` may be a formula, too.
    """

    def __init__(self, checked: CheckedNetwork) -> None:
        self.checked = checked

    @property
    def name(self) -> str:
        return self.checked.name

    @property
    def input(self) -> Sizes | tuple[Sizes, ...]:
        """The shape of one sample; of several inputs, a tuple of shapes."""
        return one_or_all(tuple(given.shape.sizes for given in self.checked.inputs))

    @property
    def output(self) -> Sizes | tuple[Sizes, ...]:
        """The shape of the output for one sample; of several outputs, a tuple of shapes."""
        return one_or_all(tuple(shape.sizes for shape in self.checked.outputs))

    @property
    def parameters(self) -> int:
        """The number of parameters, frozen ones included, buffers not; those of a reused layer once."""
        return self.checked.parameters

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one sample, bias excluded."""
        return self.checked.macs

    @cached_property
    def valid_inputs(self) -> dict[str, Any]:
        """The inputs that the network takes, as in `cnnspec summary --format json`: `text`, `alternatives` and more."""
        from cnnspec.network.symbolic.valid_sizes import valid_sizes
        from cnnspec.network.symbolic.valid_text import as_json

        return as_json(valid_sizes(self.checked))

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The layers in the order of execution, without what merges their values."""
        return tuple(
            Node(node.name, node.layer.keyword, node.input.sizes, node.output.sizes, node.parameters, node.macs)
            for node in self.checked.layers
        )

    def summary(
        self,
        *,
        depth: int | None = None,
        batch: int | None = None,
        dtype: str = "float32",
        columns: Sequence[str] | None = None,
        sort: str | None = None,
        reverse: bool = False,
    ) -> None:
        """Prints the table that `cnnspec summary` prints; ValueError for columns or dtypes that there are not."""
        from cnnspec.backends.summary import PLAIN, render

        layout = PLAIN._replace(columns=PLAIN.columns if columns is None else columns, sort=sort, reverse=reverse)
        print(render(self.checked, "text", depth, batch, dtype, layout))

    def build(self, device: torch.device | str | None = None, weights: str | os.PathLike[str] | None = None) -> torch.nn.Module:
        """Returns a torch module with freshly initialised weights, or with those of a safetensors file.

        The initialisation is the spec's (`init` in `train { }` and of single layers), else torch's own; seed it with
        `torch.manual_seed`. Raises ValueError where the names or shapes in the file do not fit.
        """
        with imports("Network.build"):
            from cnnspec.backends.torch_module import build
            from cnnspec.training.weights.initialize import initialize

        model = build(self.checked)
        initialize(model, self.checked, self.checked.recipe.init if self.checked.recipe else None)
        if weights is not None:
            with imports("Network.build"):
                from cnnspec.training.weights.weights import load_weights

            load_weights(model, Path(weights))
        return model if device is None else model.to(device)

    def generate(self) -> str:
        """Returns stand-alone PyTorch source whose class has the same `state_dict` and outputs as `build()`."""
        from cnnspec.backends.torch_source import generate

        return generate(self.checked)

    def __repr__(self) -> str:
        return f"<cnnspec.Network {self.name}: {ends(self.checked)}, {self.parameters:,} parameters>"

    def _repr_markdown_(self) -> str:
        """What notebooks show."""
        from cnnspec.backends.summary import render

        return render(self.checked, "markdown")
